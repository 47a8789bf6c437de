"""Class statements: bases, body, enum members, decorators. In: a class node. Out: a Class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migration_guard.evaluate import classes, enums, metaclasses
from migration_guard.evaluate.expressions import arguments, evaluate
from migration_guard.evaluate.frames import Frame
from migration_guard.evaluate.objects import Class, External, Function, Native, Object, Raised, Stuck
from migration_guard.source.ir import Body, Node
from migration_guard.values import Unknown


def create(node: Node, frame: Frame, execute: Callable[[Body, Frame], None]) -> Object:
    """Execute a class statement in `frame`."""
    _, at, name, args, keywords, body, decorators = node
    frame.at = at
    origin = frame.origin
    qualname = frame.child_qualname(name)
    bases, named = _bases(args, keywords, frame)
    cls = Class(name, frame.module.name, qualname, origin=origin, keywords=named, order=frame.interp.tick())
    _set_bases(cls, bases, strict=frame.strict)
    inner = Frame(frame.interp, frame.module, cls.namespace, "class", frame, qualname, owner=cls, at=at)
    execute(body, inner)
    _own_functions(cls)
    frame.interp.created(cls)
    if enums.is_enum(cls):
        enums.make_members(frame.interp, cls)
    made = metaclasses.complete(frame.interp, cls, strict=frame.strict)
    return _decorated(made, decorators, frame) if isinstance(made, Class) else made


def _bases(args: list[Node], keywords: list[Any], frame: Frame) -> tuple[list[Object], dict[str, Object]]:
    try:
        return arguments(args, keywords, frame)
    except Stuck as stuck:
        return [stuck.unknown], {}


def _set_bases(cls: Class, bases: list[Object], *, strict: bool = False) -> None:
    """Resolve bases; what is not a class leaves a doubt. A hook may replace a base (`__mro_entries__` is not run)."""
    resolved: list[Object] = []
    doubts = []
    for obj in bases:
        base = classes.base_class(obj)
        if isinstance(base, Unknown):
            doubts.append(Unknown(f"a base of {cls.name} is not known: {base.reason}", base.origin, base.remedy))
        elif base not in resolved:
            resolved.append(base)
    cls.bases = tuple(resolved)
    cls.doubts = tuple(doubts)
    try:
        classes.finish(cls)
    except Raised as raised:
        if strict:
            raise
        cls.doubts = (*cls.doubts, Unknown(str(raised), cls.origin))
        cls.mro = (cls, *dict.fromkeys(c for base in resolved for c in base.mro))
    metaclasses.inherit(cls)


def make_class(
    interp: Any, name: Object, bases: list[Object], namespace: dict[str, Object], frame: Frame | None
) -> Class:
    """`type(name, bases, namespace)`."""
    if not isinstance(name, str):
        raise Stuck(Unknown("type() of a name that is not known"))
    module = namespace.get("__module__")
    if not isinstance(module, str):
        module = frame.module.name if frame is not None else "builtins"
    qualname = namespace.get("__qualname__", name)
    origin = frame.origin if frame is not None else None
    cls = Class(name, module, qualname, origin=origin, namespace=dict(namespace), order=interp.tick())
    _set_bases(cls, bases)
    interp.created(cls)
    if enums.is_enum(cls):
        enums.make_members(interp, cls)
    return cls


def _own_functions(cls: Class) -> None:
    for value in cls.namespace.values():
        if isinstance(value, Function) and value.owner is None and value.qualname.startswith(cls.qualname + "."):
            value.owner = cls
            if value.name in ("__init_subclass__", "__class_getitem__"):
                value.binding = "class"


def _decorated(cls: Class, decorators: list[Node], frame: Frame) -> Object:
    """Apply class decorators; one that cannot be followed is taken to return the class, as nearly all do."""
    for decorator in reversed(decorators):
        try:
            callee = evaluate(decorator, frame)
            if isinstance(callee, (Function, Native)):
                result = frame.interp.call(callee, [cls], {}, frame)
                if isinstance(result, Class):
                    cls = result
            elif isinstance(callee, External) and callee.missing is not None:
                raise Stuck(callee.missing)
            elif isinstance(callee, Unknown):
                raise Stuck(callee)
        except (Stuck, Raised) as error:
            if isinstance(error, Stuck):
                frame.interp.note(error.unknown)
                _perhaps_changed(cls, error.unknown, frame)
    return cls


def _perhaps_changed(cls: Class, why: Unknown, frame: Frame) -> None:
    reason = Unknown(f"a decorator of {cls.name} may have changed it: {why.reason}", cls.origin, why.remedy)
    frame.interp.unfollowed.setdefault(cls, reason)
