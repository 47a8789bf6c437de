"""Expressions: IR node and frame in, object out.

Raises Stuck where the value cannot be known and Raised where Python would raise. `soft` turns Stuck into an Unknown
in places where a part may be unknown while the whole is not: arguments, items, assigned values.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migration_guard.evaluate import operators
from migration_guard.evaluate.frames import Frame
from migration_guard.evaluate.objects import Class, Function, Object, Raised, Stuck, Super, Unset
from migration_guard.evaluate.sizes import checked
from migration_guard.source.ir import Node
from migration_guard.values import Unknown

MAX_ITEMS = 100_000
CONVERSIONS: dict[str, Callable[[Any], str]] = {"s": str, "r": repr, "a": ascii}


PASSING_ON = frozenset({"name", "attr", "sub", "call"})
"""Expressions whose value may be a variable of the environment itself, not something made of it."""


def evaluate(node: Node, frame: Frame) -> Object:
    """The object that an expression denotes; never an Unknown (that raises Stuck)."""
    value = DISPATCH[node[0]](node, frame)
    if isinstance(value, Unknown):
        raise (Unset if value.unset else Stuck)(value)
    return value


def soft(node: Node, frame: Frame) -> Object:
    """As `evaluate`, with Unknown for what cannot be known; its place is that of the code that needs it."""
    try:
        return DISPATCH[node[0]](node, frame)
    except Stuck as stuck:
        unknown = stuck.unknown
        unset = isinstance(stuck, Unset) and node[0] in PASSING_ON
        if unknown.origin is None or unknown.unset is not unset:
            return Unknown(unknown.reason, unknown.origin or frame.origin, unknown.remedy, unset)
        return unknown


def _const(node: Node, frame: Frame) -> Object:
    return node[1]


def _bytes(node: Node, frame: Frame) -> Object:
    return node[1].encode("latin-1")


def _complex(node: Node, frame: Frame) -> Object:
    return complex(0, node[1])


def _ellipsis(node: Node, frame: Frame) -> Object:
    return ...


def _name(node: Node, frame: Frame) -> Object:
    return frame.load(node[1])


def _attr(node: Node, frame: Frame) -> Object:
    return frame.interp.getattr(evaluate(node[1], frame), node[2])


def _sub(node: Node, frame: Frame) -> Object:
    return operators.subscript(frame.interp, evaluate(node[1], frame), evaluate(node[2], frame))


def _slice(node: Node, frame: Frame) -> Object:
    return slice(*(None if part is None else evaluate(part, frame) for part in node[1:4]))


def arguments(args: list[Node], keywords: list[Any], frame: Frame) -> tuple[list[Object], dict[str, Object]]:
    """Evaluated call arguments; unknown ones are Unknown, unknown starred ones raise Stuck."""
    positional: list[Object] = []
    for arg in args:
        if arg[0] == "star":
            positional += frame.interp.iterate(evaluate(arg[1], frame))
        else:
            positional.append(soft(arg, frame))
    named: dict[str, Object] = {}
    for name, value in keywords:
        if name is not None:
            named[name] = soft(value, frame)
        else:
            _update(named, operators.mapping(evaluate(value, frame)), frame)
    return positional, named


def _update(named: dict[str, Object], more: dict[Any, Object], frame: Frame) -> None:
    frame.interp.charge(len(more))
    for name in more:
        if not isinstance(name, str):
            raise Raised("TypeError", "keywords must be strings")
        if name in named:
            raise Raised("TypeError", f"got multiple values for keyword argument '{name}'")
    named.update(more)


def _call(node: Node, frame: Frame) -> Object:
    _, at, func, args, keywords = node
    outer, frame.at = frame.at, at
    if func[0] == "name" and func[1] in ("super", "locals", "globals", "vars") and not args:
        return frame.interp.frame_builtin(func[1], frame)
    if func[0] == "name" and func[1] == "super" and len(args) == 2:
        owner, instance = evaluate(args[0], frame), evaluate(args[1], frame)
        if isinstance(owner, Class):
            return Super(owner, instance)
    callee = evaluate(func, frame)
    positional, named = arguments(args, keywords, frame)
    frame.at = at
    frame.interp.frame = frame
    result = frame.interp.call(callee, positional, named, frame)
    frame.at = outer
    return result


def items(nodes: list[Node], frame: Frame) -> list[Object]:
    result: list[Object] = []
    for node in nodes:
        if node[0] == "star":
            result += frame.interp.iterate(evaluate(node[1], frame))
        else:
            result.append(soft(node, frame))
    return result


def _list(node: Node, frame: Frame) -> Object:
    return items(node[1], frame)


def _tuple(node: Node, frame: Frame) -> Object:
    return tuple(items(node[1], frame))


def _set(node: Node, frame: Frame) -> Object:
    return {operators.key(item) for item in items(node[1], frame)}


def _dict(node: Node, frame: Frame) -> Object:
    result: dict[Object, Object] = {}
    for key, value in node[1]:
        if key is None:
            result.update(operators.mapping(evaluate(value, frame)))
            frame.interp.charge(8 * len(result))
        else:
            result[operators.key(evaluate(key, frame))] = soft(value, frame)
    return result


def _bin(node: Node, frame: Frame) -> Object:
    chain = []
    while node[0] == "bin":  # a loop, because a sum of thousands of terms is nested as deeply
        chain.append(node)
        node = node[2]
    value = evaluate(node, frame)
    for link in reversed(chain):
        value = operators.binary(frame.interp, link[1], value, evaluate(link[3], frame))
        if isinstance(value, Unknown):
            raise Stuck(value)
    return value


def _unary(node: Node, frame: Frame) -> Object:
    operand = evaluate(node[2], frame)
    if node[1] == "not":
        return not frame.interp.truth(operand)
    return operators.unary(frame.interp, node[1], operand)


def _bool(node: Node, frame: Frame) -> Object:
    value: Object = None
    for operand in node[2]:
        try:
            value = evaluate(operand, frame)
        except Unset:
            if node[1] == "and" or operand is node[2][-1]:
                raise
            continue  # `os.getenv(name) or default`: the default is written
        if frame.interp.truth(value) is (node[1] == "or"):
            return value
    return value


def _cmp(node: Node, frame: Frame) -> Object:
    left = evaluate(node[1], frame)
    for op, right_node in node[2]:
        right = evaluate(right_node, frame)
        result = operators.compare(frame.interp, op, left, right)
        if not frame.interp.truth(result):
            return result
        left = right
    return result


def _ifexp(node: Node, frame: Frame) -> Object:
    return evaluate(node[2] if _holds(node[1], frame) else node[3], frame)


def _holds(test: Node, frame: Frame) -> bool:
    """Whether a condition within an expression holds.

    `x if x is not None else default` writes the default of a variable of the environment as `x or default` does, and
    a filter in a comprehension leaves out what nobody set.
    """
    try:
        return frame.interp.truth(evaluate(test, frame))
    except Unset:
        match test:
            case ["cmp", [kind, *_], [["is" | "is not" as op, ["const", None]]]] if kind in PASSING_ON:
                return bool(op == "is")
            case ["unary", "not", [kind, *_]] if kind in PASSING_ON:
                return True
            case [kind, *_] if kind in PASSING_ON:
                return False
        raise


def _lambda(node: Node, frame: Frame) -> Object:
    _, at, params, body = node
    frame.at = at
    return make_function("<lambda>", params, body, "lambda", frame)


def make_function(name: str, params: list[Any], body: Any, kind: str, frame: Frame) -> Function:
    defaults = {p[1]: soft(p[2], frame) for p in params if p[2] is not None}
    return Function(
        name=name,
        module=frame.module.name,
        qualname=frame.child_qualname(name),
        params=params,
        body=body,
        scope=frame,
        defaults=defaults,
        origin=frame.origin,
        kind=kind,
        owner=None,
    )


def _fstr(node: Node, frame: Frame) -> Object:
    parts = []
    for part in node[1]:
        if part[0] == "const":
            parts.append(part[1])
            continue
        _, expr, conversion, spec = part
        methods = ("__repr__",) if conversion in ("r", "a") else ()
        value = operators.formattable(frame.interp, evaluate(expr, frame), *methods)
        if conversion:
            value = CONVERSIONS[conversion](value)
        parts.append(operators.formatted(value, "" if spec is None else evaluate(spec, frame)))
        frame.interp.charge(len(parts[-1]))
    return checked("".join(parts))


def _comp(node: Node, frame: Frame) -> Object:
    _, kind, element, generators = node
    inner = Frame(
        frame.interp,
        frame.module,
        {},
        "function",
        frame if frame.kind != "class" else _class_view(frame),
        frame.qualname,
        frame.function,
        frame.owner,
        frame.at,
    )
    result: list[Object] = []

    def emit() -> None:
        if kind == "dict":
            result.append((operators.key(evaluate(element[0], inner)), soft(element[1], inner)))
        else:
            result.append(soft(element, inner))
        if len(result) > MAX_ITEMS:
            raise Stuck(Unknown("it has too many items", frame.origin))

    _generate(generators, 0, inner, frame, emit)
    if kind == "dict":
        return dict(result)
    if kind == "set":
        return {operators.key(item) for item in result}
    return iter(result) if kind == "gen" else result


def _class_view(frame: Frame) -> Frame:
    # More lenient than Python, where a comprehension in a class body sees class names only in its first iterable.
    return Frame(frame.interp, frame.module, frame.names, "function", frame.parent, frame.qualname)


def _generate(generators: list[Any], index: int, inner: Frame, outer: Frame, emit: Callable[[], None]) -> None:
    if index == len(generators):
        emit()
        return
    target, iterable, conditions, is_async = generators[index]
    if is_async:
        raise Stuck(Unknown("asynchronous comprehension", outer.origin))
    for item in inner.interp.iterate(evaluate(iterable, outer if index == 0 else inner)):
        inner.interp.spend(inner)
        assign(target, item, inner)
        if all(_holds(condition, inner) for condition in conditions):
            _generate(generators, index + 1, inner, outer, emit)


def _walrus(node: Node, frame: Frame) -> Object:
    value = soft(node[2], frame)
    frame.store(node[1], value)
    return value


def _yield(node: Node, frame: Frame) -> Object:
    if frame.yields is None:
        raise Stuck(Unknown("yield outside of a function", frame.origin))
    frame.yields.append(None if node[1] is None else soft(node[1], frame))
    if len(frame.yields) > MAX_ITEMS:
        raise Stuck(Unknown("it yields too many items", frame.origin))
    return None


def _yieldfrom(node: Node, frame: Frame) -> Object:
    if frame.yields is None:
        raise Stuck(Unknown("yield outside of a function", frame.origin))
    frame.yields += frame.interp.iterate(evaluate(node[1], frame))
    return None


def _unsupported(node: Node, frame: Frame) -> Object:
    raise Stuck(Unknown(f"{node[-1] if isinstance(node[-1], str) else node[0]} is not supported here", frame.origin))


def assign(target: Node, value: Object, frame: Frame) -> None:
    """Bind a target: a name, an attribute, an item, or a pattern of them."""
    kind = target[0]
    if kind == "name":
        frame.store(target[1], value)
    elif kind == "attr":
        owner = evaluate(target[1], frame)
        frame.interp.setattr(owner, target[2], value)
    elif kind == "sub":
        operators.set_item(frame.interp, evaluate(target[1], frame), evaluate(target[2], frame), value)
    elif kind in ("tuple", "list"):
        _unpack(target[1], value, frame)
    elif kind == "star":
        assign(target[1], value, frame)


def _unpack(targets: list[Node], value: Object, frame: Frame) -> None:
    if isinstance(value, Unknown):
        for target in targets:
            assign(target, value, frame)
        return
    values = frame.interp.iterate(value)
    star = next((i for i, target in enumerate(targets) if target[0] == "star"), None)
    if star is not None:
        tail = len(targets) - star - 1
        if len(values) < len(targets) - 1:
            raise Raised("ValueError", f"cannot unpack {len(values)} values")
        values = [*values[:star], values[star : len(values) - tail], *values[len(values) - tail :]]
    if len(values) != len(targets):
        raise Raised("ValueError", f"cannot unpack {len(values)} values")
    for target, item in zip(targets, values, strict=True):
        assign(target, item, frame)


DISPATCH: dict[str, Callable[[Node, Frame], Object]] = {
    "const": _const,
    "bytes": _bytes,
    "complex": _complex,
    "ellipsis": _ellipsis,
    "name": _name,
    "attr": _attr,
    "sub": _sub,
    "slice": _slice,
    "call": _call,
    "list": _list,
    "tuple": _tuple,
    "set": _set,
    "dict": _dict,
    "bin": _bin,
    "unary": _unary,
    "bool": _bool,
    "cmp": _cmp,
    "ifexp": _ifexp,
    "lambda": _lambda,
    "fstr": _fstr,
    "comp": _comp,
    "walrus": _walrus,
    "await": _unsupported,
    "yield": _yield,
    "yieldfrom": _yieldfrom,
    "star": _unsupported,
    "unsupported": _unsupported,
}
