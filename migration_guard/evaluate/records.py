"""Classes that are little more than their fields: dataclasses, `namedtuple`, `NamedTuple`.

In: a class with annotations, or names. Out: natives that set the fields as Python's generated `__init__` does. Order,
slots and hashing are not modelled: nobody asks for them in models or settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from migration_guard.evaluate.classes import OBJECT, finish
from migration_guard.evaluate.objects import Class, Function, Instance, Native, Object, Raised, Stuck
from migration_guard.evaluate.operators import compare
from migration_guard.evaluate.sizes import described
from migration_guard.values import Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

REQUIRED = object()
FIELD = finish(Class("Field", "dataclasses", "Field", bases=(OBJECT,), native=True))


def _field(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return Instance(FIELD, dict(kwargs))


def _dataclass(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    if not args:
        return Native("dataclass", lambda interp, inner, _: _dataclass(interp, inner, kwargs), kind="static")
    cls = args[0]
    if isinstance(cls, Class):
        fields = _annotated(cls)
        if kwargs.get("init", True) and not isinstance(cls.namespace.get("__init__"), Function):
            cls.namespace["__init__"] = Native("__init__", lambda i, a, k: _fill(i, a[0], fields, a[1:], k))
        if kwargs.get("eq", True):
            cls.namespace.setdefault("__eq__", Native("__eq__", _equal))
    return cls


def _annotated(cls: Class) -> dict[str, Object]:
    """The fields of a class and its parents with their defaults."""
    fields: dict[str, Object] = {}
    for owner in reversed(cls.mro):
        annotations = owner.namespace.get("__annotations__")
        if isinstance(annotations, Mapping):
            for name, annotation in annotations.items():
                if "ClassVar" not in str(annotation)[:200]:
                    fields[name] = owner.namespace.get(name, REQUIRED)
    return fields


def _fill(
    interp: Interpreter, obj: Object, fields: Mapping[str, Object], args: list[Object], kwargs: dict[str, Object]
) -> Object:
    """Set the attributes that a call gives values to."""
    if not isinstance(obj, Instance):
        raise Stuck(Unknown(f"{described(obj)} is not an instance"))
    given = dict(zip(fields, args, strict=False))
    odd = [name for name in kwargs if name in given or name not in fields]
    if len(args) > len(fields) or odd:
        raise Raised("TypeError", f"{obj.cls.name}() got arguments that it does not take")
    for name, default in fields.items():
        obj.attrs[name] = given[name] if name in given else kwargs[name] if name in kwargs else _value(interp, default)
        if obj.attrs[name] is REQUIRED:
            raise Raised("TypeError", f"{obj.cls.name}() misses a required argument: '{name}'")
    if obj.cls.has("__post_init__"):
        interp.call(interp.getattr(obj, "__post_init__"), [], {})
    return None


def _value(interp: Interpreter, default: Object) -> Object:
    if not isinstance(default, Instance) or default.cls is not FIELD:
        return default
    if "default_factory" in default.attrs:
        return interp.call(default.attrs["default_factory"], [], {})
    return default.attrs.get("default", REQUIRED)


def _equal(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    one, other = args[0], args[1]
    if not isinstance(other, Instance) or one.cls is not other.cls:
        return False
    return compare(interp, "==", list(one.attrs.values()), list(other.attrs.values()))


def _as_tuple(cls: Class, fields: Mapping[str, Object]) -> Class:
    """Make instances of a class tuples with names."""

    def init(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        _fill(interp, args[0], fields, args[1:], kwargs)
        args[0].attrs["__data__"] = tuple(args[0].attrs[name] for name in fields)
        return None

    def replace(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        return interp.call(args[0].cls, [], {**{name: args[0].attrs[name] for name in fields}, **kwargs})

    def as_dict(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        return {name: args[0].attrs[name] for name in fields}

    cls.namespace |= {
        "_fields": tuple(fields),
        "__init__": Native("__init__", init),
        "_replace": Native("_replace", replace),
        "_asdict": Native("_asdict", as_dict),
        "_make": Native("_make", lambda i, a, k: i.call(a[0], i.iterate(a[1]), {}), kind="class"),
    }
    return cls


def _typed_tuple(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`class Pair(NamedTuple)`; a subclass of Pair has its fields already."""
    if NAMED_TUPLE in args[0].bases:
        _as_tuple(args[0], _annotated(args[0]))
    return None


def _namedtuple(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    names = args[1] if len(args) > 1 else kwargs.get("field_names", ())
    fields = names.replace(",", " ").split() if isinstance(names, str) else interp.iterate(names)
    if not isinstance(args[0], str) or not all(isinstance(name, str) for name in fields):
        raise Stuck(Unknown("the fields of a named tuple are not known"))
    defaults = interp.iterate(kwargs.get("defaults") or ())
    known = dict.fromkeys(fields, REQUIRED) | dict(zip(fields[len(fields) - len(defaults) :], defaults, strict=False))
    module = interp.frame.module.name if interp.frame is not None else "collections"
    return _as_tuple(finish(Class(args[0], module, args[0], bases=(OBJECT,))), known)


NAMED_TUPLE = finish(
    Class(
        "NamedTuple",
        "typing",
        "NamedTuple",
        bases=(OBJECT,),
        namespace={"__init_subclass__": Native("__init_subclass__", _typed_tuple, kind="class")},
        native=True,
    )
)
DATACLASSES: dict[str, Object] = {
    "dataclass": Native("dataclass", _dataclass, kind="static"),
    "field": Native("field", _field, kind="static"),
}
NAMEDTUPLE = Native("namedtuple", _namedtuple, kind="static")
