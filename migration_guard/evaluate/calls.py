"""Calling interpreted functions and classes: argument binding, frames, instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migration_guard.evaluate import classes, enums, metaclasses, patterns
from migration_guard.evaluate.expressions import evaluate, soft
from migration_guard.evaluate.frames import Frame
from migration_guard.evaluate.objects import (
    Arguments,
    Bound,
    Class,
    Function,
    Instance,
    Native,
    Object,
    Partial,
    Raised,
    Regex,
    Stuck,
)
from migration_guard.evaluate.statements import Return, execute
from migration_guard.values import Origin, Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter


def bind_arguments(function: Function, args: list[Object], kwargs: dict[str, Object]) -> dict[str, Object]:
    """Parameter names to arguments, as Python binds them."""
    names: dict[str, Object] = {}
    rest = list(args)
    named = dict(kwargs)
    extra_name = None
    for kind, name, _ in function.params:
        if kind in ("posonly", "arg"):
            if rest:
                names[name] = rest.pop(0)
                if kind == "arg" and name in named:
                    raise Raised("TypeError", f"{function.name}() got multiple values for argument '{name}'")
                continue
            _from_keywords(function, name, named, names)
        elif kind == "vararg":
            names[name] = tuple(rest)
            rest = []
        elif kind == "kwonly":
            _from_keywords(function, name, named, names)
        else:
            extra_name = name
    if rest:
        raise Raised("TypeError", f"{function.name}() takes fewer positional arguments")
    if extra_name is not None:
        names[extra_name] = named
    elif named:
        raise Raised("TypeError", f"{function.name}() got an unexpected keyword argument '{next(iter(named))}'")
    return names


def _from_keywords(function: Function, name: str, named: dict[str, Object], names: dict[str, Object]) -> None:
    if name in named:
        names[name] = named.pop(name)
    elif name in function.defaults:
        names[name] = function.defaults[name]
    else:
        raise Raised("TypeError", f"{function.name}() missing a required argument: '{name}'")


def call_function(interp: Interpreter, function: Function, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """Run a function's body over its arguments."""
    if function.kind == "async":
        raise Stuck(Unknown(f"{function.name} is asynchronous", function.origin))
    if function.opaque is not None:
        target = _undecorated(interp, function)
        if target is not function:
            return interp.call(target, args, kwargs)
    names = bind_arguments(function, args, kwargs)
    frame = Frame(
        interp,
        function.scope.module,
        names,
        "function",
        function.scope,
        function.qualname,
        function=function,
        owner=function.owner,
        at=function.origin.at,
    )
    interp.spend(frame)
    if function.kind == "lambda":
        return soft(function.body, frame)
    if function.kind == "generator":
        frame.yields = []
    try:
        execute(function.body, frame)
    except Return as returned:
        if frame.yields is None:
            return returned.value
    return None if frame.yields is None else iter(frame.yields)


def function_attribute(interp: Interpreter, obj: Object, name: str) -> Object:
    """An attribute of what can be called, or of a compiled pattern."""
    func = obj.func if isinstance(obj, (Bound, Partial)) else obj
    if isinstance(obj, Partial) and obj.kind == "alias" and name in ("__origin__", "__args__"):
        return obj.func if name == "__origin__" else obj.args
    if isinstance(obj, Partial) and name in ("func", "args", "keywords"):
        return {"func": obj.func, "args": obj.args, "keywords": obj.kwargs}[name]
    if isinstance(obj, Bound) and name in ("__self__", "__func__"):
        return obj.self if name == "__self__" else obj.func
    if isinstance(obj, Regex):
        if name in ("pattern", "flags"):
            return obj.pattern if name == "pattern" else obj.flags
        return patterns.method(obj, name)
    if isinstance(func, Function):
        if name in func.attrs:
            return func.attrs[name]
        special = {
            "__name__": func.name,
            "__qualname__": func.qualname,
            "__module__": func.module,
            "__doc__": None,
            "__wrapped__": None,
            "__dict__": func.attrs,
        }
        if name in special:
            return special[name]
        if func.opaque is not None and (made := _undecorated(interp, func)) is not func:
            return interp.getattr(made, name)
        if name in func.attrs:
            return func.attrs[name]
    if isinstance(func, Native) and name in ("__name__", "__qualname__", "__module__"):
        if func.ref is not None:
            return func.ref.module if name == "__module__" else func.ref.qualname
        return func.name
    raise Raised("AttributeError", f"{obj!r} has no attribute '{name}'")


def _undecorated(interp: Interpreter, function: Function) -> Object:
    """What the decorators make of a function, when they can be followed; worked out at the first call."""
    known = function.attrs.get("__decorated__")
    if known is not None:
        return known
    opaque, function.opaque = function.opaque, None
    result: Object = function
    try:
        for decorator, frame in function.attrs.get("__decorators__", []):
            result = interp.call(evaluate(decorator, frame), [result], {}, frame)
    except (Stuck, Raised):
        function.opaque = opaque
        assert opaque is not None
        raise Stuck(opaque) from None
    if isinstance(result, Unknown):
        function.opaque = opaque
        raise Stuck(result)
    if result is not function:
        function.attrs["__decorated__"] = result
        function.opaque = None
    return result


def instantiate(
    interp: Interpreter, cls: Class, args: list[Object], kwargs: dict[str, Object], frame: Frame | None
) -> Object:
    """`cls(*args, **kwargs)`: a plain value for types that are plain, an enum member, or an Instance."""
    if enums.is_enum(cls):
        if len(args) == 1:
            return enums.from_value(cls, args[0])
        raise Stuck(Unknown(f"the functional interface of {cls.name} is not followed"))
    construct = cls.namespace.get("__construct__")
    if isinstance(construct, Native):
        return construct.fn(interp, Arguments(args), kwargs)
    if metaclasses.is_metaclass(cls) and len(args) == 3:
        return metaclasses.construct(interp, cls, args, kwargs)
    instead = metaclasses.calls_itself(cls)
    if instead is not None:
        return interp.call(instead, [cls, *args], kwargs)
    return _instance(interp, cls, args, kwargs, frame.origin if frame is not None else None)


def _instance(
    interp: Interpreter, cls: Class, args: list[Object], kwargs: dict[str, Object], origin: Origin | None
) -> Object:
    obj = _new(interp, cls, args, kwargs)
    if not isinstance(obj, Instance):
        return obj
    obj.args, obj.kwargs, obj.origin = tuple(args), dict(kwargs), origin
    found, init = classes.find(obj.cls.mro, "__init__")
    if found:
        try:
            interp.call(init, [obj, *args], kwargs)
        except Stuck as stuck:
            obj.doubts = (*obj.doubts, stuck.unknown)
    return obj


def _new(interp: Interpreter, cls: Class, args: list[Object], kwargs: dict[str, Object]) -> Object:
    found, new = classes.find(cls.mro, "__new__")
    if found and isinstance(new, Function):
        try:
            return interp.call(new, [cls, *args], kwargs)
        except Stuck:
            pass
    obj = Instance(cls, order=interp.tick())
    for base in cls.mro:
        construct: Any = base.namespace.get("__construct__")
        if isinstance(construct, Native) and not cls.has("__init__"):
            obj.attrs["__data__"] = construct.fn(interp, Arguments(args), kwargs)
            break
    return obj


def _type_call(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return _instance(interp, args[0], args[1:], kwargs, None)


def _object_new(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    if not args or not isinstance(args[0], Class):
        raise Stuck(Unknown("object.__new__() of a class that is not known"))
    return Instance(args[0], order=interp.tick())


def _object_setattr(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    if len(args) == 3 and isinstance(args[0], Instance) and isinstance(args[1], str):
        args[0].attrs[args[1]] = args[2]
    return None


def _object_getattribute(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    if len(args) != 2 or not isinstance(args[0], Instance) or not isinstance(args[1], str):
        raise Stuck(Unknown("which attribute is asked for is not known"))
    return classes.plain_attribute(interp, args[0], args[1])


classes.OBJECT.namespace["__getattribute__"] = Native("__getattribute__", _object_getattribute)
metaclasses.TYPE.namespace["__call__"] = Native("__call__", _type_call)
classes.OBJECT.namespace["__setattr__"] = Native("__setattr__", _object_setattr)
classes.OBJECT.namespace["__new__"] = Native("__new__", _object_new, kind="static")
