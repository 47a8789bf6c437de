"""Objects to Values: what a migration file could say about an object.

In: any object. Out: a Value, never an exception.
"""

from __future__ import annotations

import datetime
import decimal
import pathlib
import uuid
from typing import TYPE_CHECKING, Any

from migration_guard.evaluate import flags
from migration_guard.evaluate.objects import (
    Bound,
    Class,
    EnumMember,
    External,
    Function,
    Instance,
    Module,
    Native,
    Object,
    Partial,
    Raised,
    Regex,
    Stuck,
    Thunk,
)
from migration_guard.evaluate.sizes import weight
from migration_guard.values import Call, Const, Map, Origin, Ref, Seq, Unknown, Value

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

CONSTANTS = (
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    type(None),
    type(...),
    range,
    decimal.Decimal,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    datetime.tzinfo,
    uuid.UUID,
    pathlib.PurePath,
)
MAX_DEPTH = 60
MAX_ITEMS = 100_000


def export(interp: Interpreter, obj: Object, depth: int = 0) -> Value:
    """The deconstructed form of an object."""
    if isinstance(obj, CONSTANTS):
        return Const(obj)
    if depth > MAX_DEPTH:
        return Unknown("the value is nested too deeply")
    if isinstance(obj, (list, tuple, set, frozenset, dict)) and depth == 0:
        try:
            weight(obj, MAX_ITEMS, unknown=True)
        except Stuck as stuck:
            return stuck.unknown
    if isinstance(obj, (list, tuple, set, frozenset)):
        kind = "list" if isinstance(obj, list) else type(obj).__name__
        items = obj if isinstance(obj, (list, tuple)) else interp.iterate(obj)
        return Seq(kind, tuple(export(interp, item, depth + 1) for item in items))
    if isinstance(obj, dict):
        return Map(tuple((export(interp, k, depth + 1), export(interp, v, depth + 1)) for k, v in obj.items()))
    if isinstance(obj, Instance):
        return _instance(interp, obj, depth)
    return _other(interp, obj, depth)


def _other(interp: Interpreter, obj: Object, depth: int) -> Value:
    match obj:
        case Unknown():
            return obj
        case Class():
            # `canonical` is how a native class deconstructs its instances; as a value it is named where it is defined.
            return (
                obj.canonical if obj.canonical is not None and not (obj.native and obj.has("deconstruct")) else obj.ref
            )
        case Function():
            return obj.ref
        case Native():
            return obj.ref or Unknown(f"{obj.name} cannot be referred to")
        case EnumMember():
            if obj.choices:
                return export(interp, obj.value, depth + 1)
            return _member(obj)
        case External():
            return obj.ref
        case Module():
            return Ref(obj.name, "")
        case Bound():
            return _bound(obj)
        case Partial(kind="alias"):
            parameters = tuple(export(interp, item, depth + 1) for item in obj.args)
            return Call(Ref("types", "GenericAlias"), (export(interp, obj.func, depth + 1), Seq("tuple", parameters)))
        case Partial():
            args = tuple(export(interp, arg, depth + 1) for arg in (obj.func, *obj.args))
            return Call(
                Ref("functools", obj.kind), args, {k: export(interp, v, depth + 1) for k, v in obj.kwargs.items()}
            )
        case Regex():
            return Call(Ref("re", "compile"), (export(interp, obj.pattern, depth + 1), Const(obj.flags)))
        case Thunk():
            return export(interp, obj.force(), depth + 1)
        case _:
            return Unknown(f"a value of type {type(obj).__name__} cannot be written in a migration")


def _member(obj: EnumMember) -> Value:
    """A flag is written as its canonical members; what equals a plain value keeps it for comparisons."""
    members = flags.parts(obj) if flags.is_flag(obj) else [obj]
    if not members:
        return Unknown(f"a value of {obj.cls.name} without a member cannot be written in a migration")
    names = " | ".join(f"{obj.cls.qualname}['{member.name}']" for member in members)
    return Ref(
        obj.cls.module, names, equals=obj.value if obj.plain and isinstance(obj.value, (int, str, float)) else None
    )


def _bound(obj: Bound) -> Value:
    """A class method is referred to through its class (https://code.djangoproject.com/ticket/22436)."""
    if isinstance(obj.self, Class):
        return Ref(obj.self.module, f"{obj.self.qualname}.{obj.func.name}")
    return Unknown(f"the bound method {obj.func.name} cannot be written in a migration")


def _instance(interp: Interpreter, obj: Instance, depth: int) -> Value:
    for cls, exporter in interp.exporters:
        if cls in obj.cls.mro if isinstance(cls, Class) else cls == obj.cls.ref.path:
            return exporter(interp, obj)
    if not obj.cls.has("deconstruct"):
        if obj.cls.doubts or obj.doubts:
            return opaque_call(interp, obj, depth)
        return no_serializer(obj)
    try:
        parts = interp.call(interp.getattr(obj, "deconstruct"), [], {})
        path, args, kwargs = interp.iterate(parts)[-3:]
        if not isinstance(path, str) or not isinstance(kwargs, dict):
            raise Stuck(Unknown(f"{obj.cls.name}.deconstruct() returns something that is not known"))
        call = call_value(interp, path, interp.iterate(args), kwargs, obj.origin, depth)
        interp.made[id(call)] = (call, obj)
        return call
    except Stuck as stuck:
        return Unknown(f"{obj.cls.name}: {stuck.unknown.reason}", obj.origin, stuck.unknown.remedy)
    except (Raised, ValueError) as raised:
        return Unknown(f"{obj.cls.name}.deconstruct() raises {raised}", obj.origin)


def no_serializer(obj: Instance) -> Unknown:
    """What Django cannot write."""
    shown = f"<{obj.cls.module}.{obj.cls.qualname} object>"
    reason = f"Cannot serialize: {shown}. There are some values Django cannot serialize into migration files"
    return Unknown(reason, obj.origin, "Give its class a deconstruct(), or use a function that makes the value.")


def call_value(
    interp: Interpreter, path: str, args: list[Any], kwargs: dict[str, Any], origin: Origin | None, depth: int = 0
) -> Call:
    """A Call from what `deconstruct()` returned; Django splits the path at its last dot."""
    module, _, name = path.rpartition(".")
    exported = {k: export(interp, v, depth + 1) for k, v in kwargs.items()}
    return Call(Ref(module, name), tuple(export(interp, arg, depth + 1) for arg in args), exported, origin)


def opaque_call(interp: Interpreter, obj: Instance, depth: int = 0) -> Call:
    """An instance of a class that could not be read: the call as written, its class uncertain."""
    ref = obj.cls.canonical or obj.cls.ref
    return Call(
        Ref(ref.module, ref.qualname, certain=False),
        tuple(export(interp, arg, depth + 1) for arg in obj.args),
        {k: export(interp, v, depth + 1) for k, v in obj.kwargs.items()},
        obj.origin,
    )
