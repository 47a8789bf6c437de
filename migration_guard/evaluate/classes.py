"""Classes: C3 linearisation, creation, and attribute lookup as Python does it.

In: interpreted or native `Class` objects. Out: method resolution orders and attributes, bound where Python binds them.
Knows nothing of modules or statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from migration_guard.evaluate import methods
from migration_guard.evaluate.objects import (
    Bound,
    Class,
    External,
    Function,
    Instance,
    Native,
    Object,
    Partial,
    Raised,
    Stuck,
    Super,
    Thunk,
)
from migration_guard.values import Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

OBJECT = Class("object", "builtins", "object", native=True)


def linearize(cls: Class) -> tuple[Class, ...]:
    """C3: the method resolution order of a class from those of its bases (https://docs.python.org/3/howto/mro.html)."""
    bases = [base for base in cls.bases if isinstance(base, Class)]
    sequences = [list(base.mro) for base in bases] + [bases]
    result = [cls]
    while sequences := [s for s in sequences if s]:
        for sequence in sequences:
            head = sequence[0]
            if not any(head in other[1:] for other in sequences):
                break
        else:
            raise Raised("TypeError", "Cannot create a consistent method resolution order (MRO)")
        result.append(head)
        for sequence in sequences:
            if sequence[0] is head:
                del sequence[0]
    return tuple(result)


def finish(cls: Class) -> Class:
    """Give a new class its MRO and the doubts of its bases."""
    if not cls.bases and cls is not OBJECT:
        cls.bases = (OBJECT,)
    doubts = list(cls.doubts)
    for base in cls.bases:
        if isinstance(base, Class):
            doubts += [doubt for doubt in base.doubts if doubt not in doubts]
    cls.doubts = tuple(doubts)
    cls.mro = linearize(cls)
    return cls


def opaque_class(external: External) -> Class:
    """A stand-in for a class whose source could not be read: everything about it is in doubt."""
    reason = external.missing or Unknown(f"{external.ref.path} could not be read")
    name = external.qualname.rpartition(".")[2] or external.module.rpartition(".")[2]
    cls = Class(name, external.module, external.qualname, doubts=(reason,), canonical=external.ref)
    return finish(cls)


def base_class(obj: Object) -> Class | Unknown:
    """What a base expression evaluated to, as a Class; an opaque one where it was not read."""
    if isinstance(obj, Partial) and obj.kind == "alias":
        obj = obj.func
    if isinstance(obj, Class):
        return obj
    if isinstance(obj, External):
        return opaque_class(obj)
    if isinstance(obj, Unknown):
        return obj
    return Unknown(f"the base {obj!r} is not a class")


def find(mro: Sequence[Class], name: str) -> tuple[bool, Object]:
    for cls in mro:
        if name in cls.namespace:
            value = cls.namespace[name]
            if isinstance(value, Thunk):
                value = cls.namespace[name] = value.force()
            return True, value
    return False, None


def bind(interp: Interpreter, attribute: Object, instance: Object, cls: Object) -> Object:
    """The descriptor protocol for what we model: functions, static and class methods, properties."""
    if isinstance(attribute, Function):
        kind = attribute.binding
    elif isinstance(attribute, Native):
        kind = attribute.kind
    else:
        return _from_descriptor(interp, attribute, instance, cls)
    if kind == "static":
        return attribute
    if kind == "class":
        return Bound(attribute, cls)
    if kind == "classproperty":
        return interp.call(attribute, [cls], {})
    if kind in ("property", "cached_property"):
        return attribute if instance is None else interp.call(attribute, [instance], {})
    return attribute if instance is None else Bound(attribute, instance)


def _from_descriptor(interp: Interpreter, attribute: Object, instance: Object, owner: Object) -> Object:
    """An instance of a class of the program with a `__get__` of its own answers itself."""
    if isinstance(attribute, Instance) and not attribute.cls.native:
        found, getter = find(attribute.cls.mro, "__get__")
        if found and isinstance(getter, Function):
            return interp.call(getter, [attribute, instance, owner], {})
    if isinstance(attribute, Partial) and attribute.kind == "partialmethod" and instance is not None:
        return Partial(bind(interp, attribute.func, instance, owner), attribute.args, attribute.kwargs)
    return attribute


def instance_attribute(interp: Interpreter, obj: Instance, name: str) -> Object:
    found, hook = find(obj.cls.mro, "__getattribute__")
    if found and isinstance(hook, Function):
        return interp.call(hook, [obj, name], {})
    return plain_attribute(interp, obj, name)


def plain_attribute(interp: Interpreter, obj: Instance, name: str) -> Object:
    """`object.__getattribute__(obj, name)`."""
    if name in obj.attrs:
        return obj.attrs[name]
    found, value = find(obj.cls.mro, name)
    if found:
        return bind(interp, value, obj, obj.cls)
    if name == "__class__":
        return obj.cls
    if name == "__dict__":
        return obj.attrs
    if name in ("__module__", "__doc__"):
        return obj.cls.module if name == "__module__" else None
    if "__data__" in obj.attrs and methods.has(obj.attrs["__data__"], name):
        return methods.attribute(interp, obj.attrs["__data__"], name)
    found, fallback = find(obj.cls.mro, "__getattr__")
    if found and isinstance(fallback, (Function, Native)):
        return interp.call(fallback, [obj, name], {})
    for doubt in (*obj.doubts, *obj.cls.doubts, *_unread(obj.cls, name)):
        raise Stuck(doubt)
    raise Raised("AttributeError", f"'{obj.cls.name}' object has no attribute '{name}'")


def set_attribute(interp: Interpreter, obj: Instance, name: str, value: Object) -> None:
    """`obj.name = value` of an instance."""
    found, attribute = find(obj.cls.mro, name)
    if name == "__class__" and isinstance(value, Class):
        obj.cls = value
    elif found and isinstance(attribute, Function) and "setter" in attribute.attrs:
        interp.call(attribute.attrs["setter"], [obj, value], {})
    elif obj.cls.native and "__setattr__" in obj.cls.namespace:
        interp.call(obj.cls.namespace["__setattr__"], [obj, name, value], {})
    else:
        obj.attrs[name] = value


def _unread(cls: Class, name: str) -> list[Unknown]:
    """Why a class may have an attribute that was not found in it."""
    if name.startswith("__") and name.endswith("__"):
        return []
    reasons = [base.unread for base in cls.mro if base.unread is not None]
    return [Unknown(f"{cls.name}.{name}: {reason.reason}", reason.origin, reason.remedy) for reason in reasons]


_PATCHES: list[tuple[Class, str, Object]] = []
_ABSENT = object()


def patch(cls: Class, name: str, value: Object) -> None:
    """Set an attribute of a class. Native classes are shared: what a program changes in them lasts until `restore`."""
    if cls.native:
        _PATCHES.append((cls, name, cls.namespace.get(name, _ABSENT)))
    cls.namespace[name] = value


def restore() -> None:
    """Undo what an earlier program changed in native classes."""
    while _PATCHES:
        cls, name, value = _PATCHES.pop()
        if value is _ABSENT:
            cls.namespace.pop(name, None)
        else:
            cls.namespace[name] = value


def class_attribute(interp: Interpreter, cls: Class, name: str) -> Object:
    found, value = find(cls.mro, name)
    if found:
        hook = interp.hooks.get("class_attribute")
        if hook is not None and isinstance(value, Instance):
            return hook(cls, name, value)
        return bind(interp, value, None, cls)
    special = {
        "__name__": cls.name,
        "__qualname__": cls.qualname,
        "__module__": cls.module,
        "__mro__": tuple(cls.mro),
        "mro": Native("mro", lambda interp, args, kwargs: list(cls.mro), kind="static"),
        "__bases__": cls.bases,
        "__doc__": None,
        "__dict__": cls.namespace,
        "__class__": None,
    }
    if name in special:
        return special[name]
    found, meta = metaclass_attribute(interp, cls, name)
    if found:
        return meta
    hook = interp.class_attributes.get(name)
    if hook is not None:
        return hook(cls)
    for doubt in (*cls.doubts, *_unread(cls, name)):
        raise Stuck(doubt)
    raise Raised("AttributeError", f"type object '{cls.name}' has no attribute '{name}'")


def metaclass_attribute(interp: Interpreter, cls: Class, name: str) -> tuple[bool, Object]:
    if cls.meta is None:
        return False, None
    found, value = find([owner for owner in cls.meta.mro if owner.module != "builtins"], name)
    return (True, bind(interp, value, cls, cls.meta)) if found else (False, None)


def super_attribute(interp: Interpreter, obj: Super, name: str) -> Object:
    owner = obj.self.cls if isinstance(obj.self, Instance) else obj.self
    if not isinstance(owner, Class):
        raise Stuck(Unknown("super() of an object that is not known"))
    instance: Object = obj.self if isinstance(obj.self, Instance) else None
    mro = owner.mro
    if instance is None and obj.cls not in mro and owner.meta is not None and obj.cls in owner.meta.mro:
        mro, instance, owner = owner.meta.mro, owner, owner.meta  # in a method of a metaclass
    start = mro.index(obj.cls) + 1 if obj.cls in mro else 1
    found, value = find(mro[start:], name)
    if found:
        if instance is None and isinstance(value, (Function, Native)) and name == "__new__":
            return value
        return bind(interp, value, instance, owner)
    if isinstance(instance, Instance) and "__data__" in instance.attrs:
        # The part of an instance that a builtin type contributes: `class Registry(dict)`.
        return methods.inherited(interp, instance.attrs["__data__"], name)
    for cls in mro[start:]:
        for doubt in cls.doubts:
            raise Stuck(doubt)
    if name in ("__init__", "__init_subclass__", "__set_name__", "contribute_to_class", "__setattr__"):
        return Native(name, lambda interp, args, kwargs: None, kind="static")
    raise Raised("AttributeError", f"'super' object has no attribute '{name}'")
