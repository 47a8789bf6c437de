"""Statements: executing module, class and function bodies over a frame.

Inside functions every statement counts: Stuck ends the call. At module and class level a statement that cannot be
understood costs only the names that it binds. Imports, class bodies and calls at module level are put off (Thunk)
until somebody asks for their names, so that only what matters is read.
"""

from __future__ import annotations

import builtins as python_builtins
from collections.abc import Callable
from functools import partial
from typing import Any

from migration_guard.evaluate import branches, classbody, classes, imports, operators
from migration_guard.evaluate.branches import Break, Continue
from migration_guard.evaluate.effects import changed_attributes
from migration_guard.evaluate.expressions import assign, evaluate, make_function, soft
from migration_guard.evaluate.frames import Frame
from migration_guard.evaluate.objects import (
    TOO_DEEP,
    Class,
    External,
    Function,
    Instance,
    Native,
    Object,
    Raised,
    Stuck,
    Thunk,
)
from migration_guard.evaluate.pending import has_effects, settle
from migration_guard.evaluate.sizes import checked
from migration_guard.source.ir import Body, Node
from migration_guard.values import Origin, Unknown


class Return(Exception):
    """Unwinds an interpreted function."""

    def __init__(self, value: Object) -> None:
        self.value = value


def execute(body: Body, frame: Frame) -> None:
    """Run statements in order."""
    interp = frame.interp
    for node in body:
        interp.spend(frame)
        frame.at = node[1]
        if frame.kind == "module" and not frame.eager:
            if frame.pending or frame.readers:
                settle(node, frame)
            interp.top_level(frame.module, node[1], partial(_tolerant, node, frame))
        elif frame.kind != "function":
            _tolerant(node, frame)
        else:
            DISPATCH[node[0]](node, frame)


def _tolerant(node: Node, frame: Frame) -> None:
    """At module and class level what cannot be understood makes the names that it binds Unknown, and no more."""
    try:
        DISPATCH[node[0]](node, frame)
    except Stuck as stuck:
        branches.forget(node, frame, stuck.unknown)
    except Raised as raised:
        if frame.strict:
            raise
        if frame.kind == "module" and node[0] == "raise" and frame.module.failed is None:
            frame.module.failed = raised
        branches.forget(node, frame, Unknown(f"this raises {raised}", frame.origin))
    except RecursionError:
        branches.forget(node, frame, Unknown(TOO_DEEP, frame.origin))


def _expr(node: Node, frame: Frame) -> None:
    if frame.kind == "function":
        try:
            evaluate(node[2], frame)
        except Stuck as stuck:
            # A call for its effect only, such as logging; what it may have done to arguments is not followed.
            frame.interp.note(stuck.unknown)
            _unsettle(node[2], stuck.unknown, frame)
        return
    tried = frame.strict and node[2][0] != "call"  # try: unicode; except NameError: ...
    if tried or branches.worth_running(node[2], frame):
        evaluate(node[2], frame)


def _unsettle(call: Node, unknown: Unknown, frame: Frame) -> None:
    """`self.load()` that was not followed: the attributes that `load` sets are not known."""
    func = call[2] if call[0] == "call" else None
    if func is None or func[0] != "attr" or func[1][0] != "name":
        return
    owner = frame.names.get(func[1][1])
    method = owner.cls.find(func[2]) if isinstance(owner, Instance) and owner.cls.has(func[2]) else None
    if not isinstance(owner, Instance) or not isinstance(method, Function) or not method.params:
        return
    for name in changed_attributes(method):
        found, declared = classes.find(owner.cls.mro, name)
        if name in owner.attrs or not (found and isinstance(declared, Function)):
            owner.attrs[name] = unknown


def _assign(node: Node, frame: Frame) -> None:
    _, at, targets, value_node = node
    if frame.kind == "module" and not frame.eager and _puts_off(value_node, frame) and _fresh(targets, frame):
        value: Object = defer(value_node, frame, at)
    else:
        value = soft(value_node, frame)
        frame.at = at
    for target in targets:
        assign(target, value, frame)


def _fresh(targets: list[Node], frame: Frame) -> bool:
    """Whether all targets are names that have no value yet: an old value may be part of the new one."""
    return all(target[0] == "name" and target[1] not in frame.names for target in targets)


def _puts_off(node: Node, frame: Frame) -> bool:
    """Whether a module-level value is worth a Thunk: a call, which may lead into other modules."""
    if node[0] == "attr":
        return not _of_native(node, frame)
    return bool(node[0] == "call" and not has_effects(node, frame))


def _of_native(node: Node, frame: Frame) -> bool:
    """Whether an attribute is one of a native module's: that costs nothing now, and the program may change it later."""
    while node[0] == "attr":
        node = node[1]
    root = frame.names.get(node[1]) if node[0] == "name" else None
    return isinstance(root, Thunk) and root.kind == "import" and root.module in frame.interp.natives


def defer(node: Node, frame: Frame, at: int) -> Thunk:
    return _put_off(frame, node, "value", at, lambda: soft(node, frame))


def _put_off(frame: Frame, node: Node, kind: str, at: int, run: Callable[[], Object]) -> Thunk:
    """A Thunk for code of a module, which `settle` runs before what it reads is changed."""

    def placed() -> Object:
        outer, frame.at = frame.at, at
        try:
            return run()
        finally:
            frame.at = outer

    thunk = Thunk(lambda: frame.interp.top_level(frame.module, at, placed), kind, node)
    frame.pending.append(thunk)
    return thunk


def _ann(node: Node, frame: Frame) -> None:
    _, at, target, annotation, value = node
    if frame.kind == "class" and target[0] == "name":
        frame.names.setdefault("__annotations__", {})[target[1]] = annotation
    if value is not None:
        _assign(["assign", at, [target], value], frame)


def _aug(node: Node, frame: Frame) -> None:
    _, _, target, op, value_node = node
    current = evaluate(target, frame)
    try:
        value = evaluate(value_node, frame)
    except Stuck as stuck:
        if op == "+" and isinstance(current, (list, tuple)):
            # The rest of the list stays known; the unknown part is one unknown item.
            value = type(current)([stuck.unknown])
        else:
            raise
    if isinstance(current, list) and op == "+":
        current.extend(frame.interp.iterate(value))
        checked(current)
        result: Object = current
    elif isinstance(current, (set, dict)) and op == "|" and isinstance(value, type(current)):
        current.update(value)
        result = current
    elif isinstance(current, Instance) and current.cls.has(method := f"__i{operators.BINARY[op][1]}__"):
        result = frame.interp.call(frame.interp.getattr(current, method), [value], {})
    else:
        result = operators.binary(frame.interp, op, current, value)
    assign(target, result, frame)


def _import(node: Node, frame: Frame) -> None:
    for dotted, asname in node[2]:
        imports.bind_import(frame, dotted, asname)


def _from(node: Node, frame: Frame) -> None:
    _, _, level, module, names = node
    imports.bind_from(frame, level, module, names)


def _class(node: Node, frame: Frame) -> None:
    name = node[2]
    at = node[1]
    # Keywords speak of a metaclass or of `__init_subclass__`, which may keep a list of the classes made.
    if frame.kind == "module" and not frame.eager and name not in frame.names and not node[4]:
        create = classbody.create
        frame.store(name, _put_off(frame, node, "class", at, lambda: create(node, frame, execute)))
    else:
        frame.store(name, classbody.create(node, frame, execute))


def _def(node: Node, frame: Frame) -> None:
    _, at, name, params, body, decorators, kind = node
    function = make_function(name, params, body, kind, frame)
    value: Object = function
    for decorator in reversed(decorators):
        value = decorate(decorator, value, frame)
        if value is None:
            return
    frame.at = at
    frame.store(name, value)


def decorate(decorator: Node, value: Object, frame: Frame) -> Object:
    """Apply one decorator of a function; one that cannot be read leaves a function that can be named, not called."""
    function = value if isinstance(value, Function) else None
    if decorator[0] == "attr" and decorator[2] in ("setter", "deleter", "getter") and decorator[1][0] == "name":
        getter = frame.names.get(decorator[1][1])
        if isinstance(getter, Function):
            getter.attrs[decorator[2]] = value
            return getter
        return value
    simple = decorator[1] if decorator[0] == "name" else decorator[2] if decorator[0] == "attr" else ""
    if function is not None and simple in BINDINGS:
        function.binding = BINDINGS[simple]
        return function
    if function is not None:
        function.opaque = Unknown(f"the decorator of {function.name} was not followed", function.origin)
        function.attrs.setdefault("__decorators__", []).append((decorator, frame))
    return value


BINDINGS = {
    "staticmethod": "static",
    "classmethod": "class",
    "property": "property",
    "cached_property": "cached_property",
    "classproperty": "classproperty",
}


def _if(node: Node, frame: Frame) -> None:
    while True:
        _, at, test, body, orelse = node
        try:
            chosen = body if frame.interp.truth(evaluate(test, frame)) else orelse
        except Stuck as stuck:
            if frame.kind == "function":
                raise
            branches.either(body, orelse, stuck.unknown, frame, execute)
            return
        frame.at = at
        if chosen is body or len(orelse) != 1 or orelse[0][0] != "if":
            execute(chosen, frame)
            return
        node = orelse[0]  # a loop, because thousands of elifs are nested as deeply


def _for(node: Node, frame: Frame) -> None:
    _, _, target, iterable, body, orelse = node
    for item in frame.interp.iterate(evaluate(iterable, frame)):
        frame.interp.spend(frame)
        assign(target, item, frame)
        try:
            if not _round(body, frame):
                return
        except branches.Torn as torn:
            branches.tear(node, frame, torn.unknown)
            return
    execute(orelse, frame)


def _round(body: Body, frame: Frame) -> bool:
    """One round of a loop; False when it broke out."""
    outer, frame.eager = frame.eager, True
    try:
        execute(body, frame)
    except Break:
        return False
    except Continue:
        pass
    finally:
        frame.eager = outer
    return True


def _while(node: Node, frame: Frame) -> None:
    _, _, test, body, orelse = node
    while frame.interp.truth(evaluate(test, frame)):
        frame.interp.spend(frame)
        try:
            if not _round(body, frame):
                return
        except branches.Torn as torn:
            branches.tear(node, frame, torn.unknown)
            return
    execute(orelse, frame)


def _try(node: Node, frame: Frame) -> None:
    _, _, body, handlers, orelse, final = node
    try:
        _strictly(body, frame, strict=frame.strict or bool(handlers))
    except Raised as raised:
        outer, frame.handling = frame.handling, raised
        try:
            _handle(raised, handlers, frame)
        finally:
            frame.handling = outer
    else:
        execute(orelse, frame)
    finally:
        execute(final, frame)


def _strictly(body: Body, frame: Frame, *, strict: bool) -> None:
    """Run a body whose exceptions matter: nothing is put off, and what Python would raise is raised."""
    outer = frame.strict, frame.eager
    frame.strict, frame.eager = strict, True
    try:
        execute(body, frame)
    finally:
        frame.strict, frame.eager = outer


def _exception_names(node: Node) -> list[str]:
    if node[0] == "tuple":
        return [name for item in node[1] for name in _exception_names(item)]
    return [node[1] if node[0] == "name" else node[2] if node[0] == "attr" else ""]


def _is_kind(raised: Raised, names: list[str]) -> bool:
    """Whether an exception is of a class of one of these names; enough, because few names mean two exceptions."""
    own = {raised.name}
    known = getattr(python_builtins, raised.name, None)
    if isinstance(raised.value, Instance):
        own.update(cls.name for cls in raised.value.cls.mro)
    elif isinstance(known, type):
        own.update(cls.__name__ for cls in known.__mro__)
    else:
        own |= {"Exception", "BaseException"}
    return not own.isdisjoint(names)


def _handle(raised: Raised, handlers: list[Any], frame: Frame) -> None:
    for kind, name, body in handlers:
        if kind is None or _is_kind(raised, _exception_names(kind)):
            if name is not None:
                frame.store(name, _exception(raised, frame))
            execute(body, frame)
            return
    raise raised


def _exception(raised: Raised, frame: Frame) -> Object:
    """What `except ... as name` binds."""
    if raised.value is not None:
        return raised.value
    cls = frame.interp.builtins.get(raised.name)
    if isinstance(cls, Class) and raised.message:
        return Instance(cls, {"args": (raised.message,)})
    return Unknown("an exception", frame.origin)


def _with(node: Node, frame: Frame) -> None:
    _, _, items, body = node
    suppressed: list[str] = []
    entered: list[Instance] = []
    for context, target in items:
        if context[0] == "call" and _exception_names(context[2])[-1] == "suppress":
            suppressed += [name for arg in context[3] for name in _exception_names(arg)]
            continue
        value = _entered(soft(context, frame), frame, entered)
        if target is not None:
            assign(target, value, frame)
    try:
        if suppressed or entered:
            # What the program's own context manager changes holds for the body alone: nothing is put off.
            _strictly(body, frame, strict=bool(suppressed) or frame.strict)
        else:
            execute(body, frame)
    except Raised as raised:
        if not _is_kind(raised, suppressed):
            raise
    finally:
        for instance in reversed(entered):
            _call_method(instance, "__exit__", [None, None, None], frame)


def _entered(manager: Object, frame: Frame, entered: list[Instance]) -> Object:
    """What `with manager as` binds; only classes that say what happens then are followed."""
    if isinstance(manager, Instance) and isinstance(manager.cls.find("__enter__"), (Function, Native)):
        entered.append(manager)
        return _call_method(manager, "__enter__", [], frame)
    return Unknown("the value of a context manager", frame.origin)


def _call_method(instance: Instance, name: str, args: list[Object], frame: Frame) -> Object:
    try:
        return frame.interp.call(frame.interp.getattr(instance, name), args, {})
    except Stuck as stuck:
        return stuck.unknown


def _return(node: Node, frame: Frame) -> None:
    raise Return(None if node[2] is None else soft(node[2], frame))


def _raise(node: Node, frame: Frame) -> None:
    if node[2] is None:
        raise frame.handling or Raised("RuntimeError", "No active exception to reraise")
    value = soft(node[2], frame)
    if isinstance(value, Class):
        value = frame.interp.call(value, [], {})
    if isinstance(value, Instance):
        args = value.attrs.get("args") or value.args
        raise Raised(value.cls.name, str(args[0]) if args else "", value)
    if isinstance(value, External):
        raise Raised(value.ref.name)
    raise Raised("Exception", "an exception that is not known")


def _assert(node: Node, frame: Frame) -> None:
    try:
        if not frame.interp.truth(evaluate(node[2], frame)):
            raise Raised("AssertionError")
    except Stuck as stuck:
        frame.interp.note(stuck.unknown)


def _del(node: Node, frame: Frame) -> None:
    for target in node[2]:
        if target[0] == "name":
            frame.delete(target[1])
        elif target[0] == "sub":
            owner, index = evaluate(target[1], frame), evaluate(target[2], frame)
            owner = owner.attrs.get("__data__", owner) if isinstance(owner, Instance) else owner
            if isinstance(owner, (list, dict)):
                operators.pure(owner.__delitem__, index)
        elif target[0] == "attr":
            frame.interp.delattr(evaluate(target[1], frame), target[2])


def _global(node: Node, frame: Frame) -> None:
    module_frame = frame
    while module_frame.parent is not None:
        module_frame = module_frame.parent
    for name in node[2]:
        frame.nonlocals[name] = module_frame


def _nonlocal(node: Node, frame: Frame) -> None:
    for name in node[2]:
        outer = frame.parent
        while outer is not None and (name not in outer.names or outer.kind != "function"):
            outer = outer.parent
        if outer is not None:
            frame.nonlocals[name] = outer


def _pass(node: Node, frame: Frame) -> None:
    return None


def _break(node: Node, frame: Frame) -> None:
    raise Break


def _continue(node: Node, frame: Frame) -> None:
    raise Continue


def _unsupported(node: Node, frame: Frame) -> None:
    raise Stuck(Unknown(f"{node[2]} is not supported", Origin(str(frame.module.path), node[1])))


DISPATCH: dict[str, Callable[[Node, Frame], None]] = {
    "expr": _expr,
    "assign": _assign,
    "ann": _ann,
    "aug": _aug,
    "import": _import,
    "from": _from,
    "class": _class,
    "def": _def,
    "if": _if,
    "for": _for,
    "while": _while,
    "try": _try,
    "with": _with,
    "return": _return,
    "raise": _raise,
    "assert": _assert,
    "del": _del,
    "global": _global,
    "nonlocal": _nonlocal,
    "pass": _pass,
    "break": _break,
    "continue": _continue,
    "unsupported": _unsupported,
}
