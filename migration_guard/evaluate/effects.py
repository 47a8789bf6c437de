"""What code binds and changes, read from its IR alone.

In: statements, or a function of a module. Out: the names that they bind in their scope, and the names of the module
through which a function changes lists, dicts and other objects. Nothing is executed here.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.evaluate.objects import Function
from migration_guard.source.ir import Body, Node

MUTATORS = {
    *("append", "extend", "insert", "update", "remove", "add", "setdefault", "pop", "popitem", "clear", "discard"),
    *("sort", "reverse"),
    *("read", "read_dict", "read_file", "read_string", "set", "add_section", "remove_section", "remove_option"),
}
"""Methods that change the list, set, dict or parser of configuration files that they are called on."""


def changed_globals(function: Function) -> frozenset[str]:
    """The names of its module that a call of a function rebinds, or whose objects it changes in place."""
    if function.changes is None:
        function.changes = frozenset(_changed(function))
    return function.changes


def _changed(function: Function) -> Iterator[str]:
    if function.kind not in ("def", "async"):
        return
    local = {name for _, name, *_ in function.params} | {name for node in function.body for name in bound_names(node)}
    yield from (name for name in changed_names(function.body) if name not in local)
    yield from (name for node in _statements(function.body) if node[0] == "global" for name in node[2])


def changed_attributes(method: Function) -> list[str]:
    """The attributes of its first argument that a method sets, or whose objects it changes in place."""
    if method.kind not in ("def", "async") or not method.params:
        return []
    first = method.params[0][1]
    found = (_attribute(target, first) for node in _statements(method.body) for target in _targets(node))
    return list(dict.fromkeys(name for name in found if name is not None))


def _targets(node: Node) -> list[Node]:
    match node[0]:
        case "assign" | "del":
            return list(node[2])
        case "aug" | "for":
            return [node[2]]
        case "ann" if node[4] is not None:
            return [node[2]]
        case "expr" if node[2][0] == "call" and node[2][2][0] == "attr" and node[2][2][2] in MUTATORS:
            return [node[2][2][1]]
    return []


def _attribute(target: Node, first: str) -> str | None:
    """`name`, where a target is `first.name` or a part of it."""
    while target[0] in ("sub", "attr"):
        if target[0] == "attr" and target[1] == ["name", first]:
            return str(target[2])
        target = target[1]
    return None


def changed_names(body: Body) -> Iterator[str]:
    """The names whose objects statements may change in place, those of the statements in them included."""
    for node in _statements(body):
        yield from _roots_changed(node)


def _statements(body: Body) -> Iterator[Node]:
    todo: list[Node] = list(body)
    while todo:
        node = todo.pop()
        yield node
        for inner in bodies(node):
            todo += inner


def _roots_changed(node: Node) -> Iterator[str]:
    """The names through which one statement changes an object."""
    match node[0]:
        case "assign" | "del":
            yield from (name for target in node[2] if target[0] in ("sub", "attr") for name in roots(target))
        case "aug" if node[2][0] in ("sub", "attr"):
            yield from roots(node[2])
        case "expr" if node[2][0] == "call" and node[2][2][0] == "attr" and node[2][2][2] in MUTATORS:
            yield from roots(node[2][2])


def roots(target: Node) -> Iterator[str]:
    """The names that a target, or the object of a call, begins with."""
    while target[0] in ("attr", "sub", "star", "call"):
        target = target[2] if target[0] == "call" else target[1]
    if target[0] == "name":
        yield target[1]
    elif target[0] in ("tuple", "list"):
        for item in target[1]:
            yield from roots(item)


def bound_names(node: Node) -> Iterator[str]:
    """The names that a statement may bind in its own scope, those of the statements in it included."""
    todo = [node]
    while todo:
        node = todo.pop()
        yield from _own_names(node)
        for body in reversed(bodies(node)):
            todo += reversed(body)


def _own_names(node: Node) -> Iterator[str]:
    kind = node[0]
    if kind == "assign":
        for target in node[2]:
            yield from target_names(target)
    elif kind in ("ann", "aug"):
        yield from target_names(node[2])
    elif kind in ("class", "def"):
        yield node[2]
    elif kind == "import":
        yield from (asname or dotted.partition(".")[0] for dotted, asname in node[2])
    elif kind == "from" and node[4] != "*":
        yield from (asname or name for name, asname in node[4])
    elif kind == "for":
        yield from target_names(node[2])


def bodies(node: Node) -> list[Body]:
    """The statement lists inside a compound statement that run in the same scope."""
    match node[0]:
        case "if" | "while":
            return [node[3], node[4]]
        case "for":
            return [node[4], node[5]]
        case "try":
            return [node[2], *(handler[2] for handler in node[3]), node[4], node[5]]
        case "with":
            return [node[3]]
        case _:
            return []


def target_names(target: Node) -> Iterator[str]:
    if target[0] == "name":
        yield target[1]
    elif target[0] in ("tuple", "list"):
        for item in target[1]:
            yield from target_names(item)
    elif target[0] == "star":
        yield from target_names(target[1])
