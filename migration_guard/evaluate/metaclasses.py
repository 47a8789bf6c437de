"""What Python does around the making of a class: metaclasses of the program, `__init_subclass__`, `__set_name__`.

In: a class whose body has been run. Out: the class that its metaclass makes of it. A metaclass that cannot be followed
leaves the class as it was when it got stuck.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration_guard.evaluate import classes
from migration_guard.evaluate.builtins import TYPES
from migration_guard.evaluate.objects import Bound, Class, Function, Instance, Native, Object, Raised, Stuck
from migration_guard.evaluate.operators import mapping
from migration_guard.values import Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

TYPE = TYPES["type"]


def inherit(cls: Class) -> None:
    """Set the metaclass: the most derived among the one that is written and those of the bases."""
    written = cls.keywords.get("metaclass")
    winner = written if isinstance(written, Class) else None
    for base in cls.mro[1:]:
        if base.meta is not None and (winner is None or winner in base.meta.mro):
            winner = base.meta
    cls.meta = winner


def complete(interp: Interpreter, cls: Class, *, strict: bool) -> Object:
    """Run what the program does when a class is made, over a class whose body has been run."""
    new = _method(cls.meta, "__new__") if cls.meta is not None else None
    if cls.meta is None or (new is None and _method(cls.meta, "__init__") is None):
        _greet(interp, cls)
        return cls
    interp.building.append(cls)
    try:
        namespace = {"__module__": cls.module, "__qualname__": cls.qualname, **cls.namespace}
        made = construct(interp, cls.meta, [cls.name, cls.bases, namespace], _options(cls))
        if isinstance(made, Unknown):
            raise Stuck(made)
        return made
    except (Stuck, Raised) as error:
        if isinstance(error, Raised) and strict:
            raise
        why = error.unknown.reason if isinstance(error, Stuck) else f"it raises {error}"
        interp.unfollowed[cls] = Unknown(f"the metaclass of {cls.name} was not followed to its end: {why}", cls.origin)
        interp.note(interp.unfollowed[cls])
        return cls
    finally:
        interp.building.pop()


def construct(interp: Interpreter, meta: Class, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`meta(name, bases, namespace)`."""
    new = _method(meta, "__new__")
    made = interp.call(new, [meta, *args], kwargs) if new else type_new(interp, [meta, *args], kwargs)
    if isinstance(made, Class) and made.meta is not None and meta in made.meta.mro:
        init = _method(made.meta, "__init__")
        if init is not None:
            interp.call(init, [made, *args], kwargs)
    return made


def type_new(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`type.__new__(meta, name, bases, namespace)`: the class that is being built, or one made of nothing else."""
    if len(args) != 4 or not isinstance(args[0], Class) or not isinstance(args[1], str):
        raise Stuck(Unknown("type.__new__() with arguments that are not known"))
    meta, name, bases, namespace = args[0], args[1], interp.iterate(args[2]), dict(mapping(args[3]))
    shell = interp.building[-1] if interp.building else None
    if shell is None or shell.name != name:
        cls = interp.plain_class(name, bases, namespace)
    else:
        interp.building[-1] = None
        cls = _refill(shell, bases, namespace)
    cls.meta = _most_derived(meta, cls.bases)
    _greet(interp, cls)
    return cls


def _most_derived(meta: Class, bases: tuple[Object, ...]) -> Class:
    """The metaclass that `type.__new__` settles on."""
    for base in bases:
        if isinstance(base, Class) and base.meta is not None and meta in base.meta.mro:
            meta = base.meta
    return meta


def made_by_call(interp: Interpreter, name: str, bases: list[Object], namespace: dict[str, Object]) -> Object:
    """`type(name, bases, namespace)`: the metaclass of the bases makes the class, where the program defines one."""
    plain = [base for base in bases if isinstance(base, Class)]
    meta = _most_derived(TYPE, tuple(plain))
    if len(plain) != len(bases) or (_method(meta, "__new__") is None and _method(meta, "__init__") is None):
        return interp.plain_class(name, bases, namespace)
    frame = interp.frame
    named = {"__module__": frame.module.name, **namespace} if frame is not None else namespace
    interp.building.append(None)
    try:
        return construct(interp, meta, [name, tuple(bases), named], {})
    finally:
        interp.building.pop()


def _refill(cls: Class, bases: list[Object], namespace: dict[str, Object]) -> Class:
    """Give a class what its metaclass made of its body and bases."""
    cls.namespace.clear()
    cls.namespace.update({k: v for k, v in namespace.items() if k not in ("__module__", "__qualname__")})
    if tuple(bases) != cls.bases:
        known = [base for base in bases if isinstance(base, Class)]
        cls.bases, cls.doubts = tuple(known), ()
        classes.finish(cls)
    return cls


def _greet(interp: Interpreter, cls: Class) -> None:
    """Tell attributes their names, and the parent that it has a new subclass."""
    for name, value in list(cls.namespace.items()):
        if isinstance(value, Instance) and not value.cls.native:
            hook = _method(value.cls, "__set_name__")
            if hook is not None:
                _attempt(interp, Bound(hook, value), [cls, name], {})
    found, hook = classes.find(cls.mro[1:], "__init_subclass__")
    if found and isinstance(hook, (Function, Native)):
        _attempt(interp, Bound(hook, cls), [], _options(cls))


def _attempt(interp: Interpreter, callee: Bound, args: list[Object], kwargs: dict[str, Object]) -> None:
    try:
        interp.call(callee, args, kwargs)
    except Stuck as stuck:
        interp.note(stuck.unknown)


def _options(cls: Class) -> dict[str, Object]:
    return {name: value for name, value in cls.keywords.items() if name != "metaclass"}


def _method(cls: Class, name: str) -> Function | None:
    """A method that the program defines, not one of ours."""
    found, value = classes.find(cls.mro, name)
    return value if found and isinstance(value, Function) else None


def calls_itself(cls: Class) -> Function | None:
    """`__call__` of the metaclass: what `cls()` does instead of making an instance."""
    return _method(cls.meta, "__call__") if cls.meta is not None else None


def is_metaclass(cls: Class) -> bool:
    return TYPE in cls.mro


TYPE.namespace["__new__"] = Native("__new__", type_new, kind="static")
