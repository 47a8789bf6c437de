"""Code that was put off, and changes to what it reads.

Module-level calls and class bodies run when somebody asks for their names. Python ran them where they stand: before a
statement changes a name or an object that such code reads, `settle` runs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migration_guard.evaluate.effects import MUTATORS, changed_globals, roots
from migration_guard.evaluate.frames import Frame
from migration_guard.evaluate.objects import Function, Object
from migration_guard.source.ir import Node


def settle(node: Node, frame: Frame) -> None:
    """Run what was put off in a module and reads what a statement is about to change."""
    changed = [name for name in (*_changes(node), *_effects(node, frame)) if name in frame.names]
    if not changed:
        return
    for thunk in frame.pending:
        for name in reads(thunk.node, frame):
            frame.readers.setdefault(name, []).append(thunk)
    frame.pending.clear()
    for name in changed:
        for thunk in frame.readers.pop(name, ()):
            if thunk.state == "new":
                thunk.force()


def has_effects(node: Node, frame: Frame) -> bool:
    """Whether a call must run where it stands: a method that changes a list, a function that sets globals."""
    func = node[2]
    if func[0] == "attr":
        return func[2] in MUTATORS
    callee = _callee(node, frame)
    return callee is not None and bool(changed_globals(callee))


def _callee(node: Node, frame: Frame) -> Function | None:
    """The function of the module that an expression calls."""
    named = node[0] == "call" and node[2][0] == "name"
    callee: Object = frame.names.get(node[2][1]) if named else None
    return callee if isinstance(callee, Function) and callee.module == frame.module.name else None


def _effects(node: Node, frame: Frame) -> Iterator[str]:
    """The names whose objects the call in a simple statement changes."""
    call = {"expr": 2, "assign": 3, "ann": 4}.get(node[0])
    value = node[call] if call is not None else None
    callee = _callee(value, frame) if value is not None else None
    if callee is not None:
        yield from changed_globals(callee)


def _changes(node: Node) -> Iterator[str]:
    """The names that a simple statement rebinds, and those through which it changes objects."""
    match node[0]:
        case "assign" | "del":
            for target in node[2]:
                yield from roots(target)
        case "ann" if node[4] is not None:
            yield from roots(node[2])
        case "aug" | "for":
            yield from roots(node[2])
        case "class" | "def":
            yield node[2]
        case "import" | "from" if node[-1] != "*":
            yield from (asname or name for name, asname in node[-1])
        case "expr" if node[2][0] == "call":
            yield from roots(node[2][2])
            for argument in node[2][3]:
                yield from roots(argument)


def reads(code: Any, frame: Frame) -> set[str]:
    """Every name that code of a module mentions, also through functions of the module."""
    names: set[str] = set()
    todo = list(_mentioned(code))
    while todo:
        name = todo.pop()
        if name not in names:
            names.add(name)
            value = frame.names.get(name)
            if isinstance(value, Function):
                todo += _mentioned(value.body)
    return names


def _mentioned(code: Any) -> Iterator[str]:
    todo = [code]
    while todo:
        node = todo.pop()
        if len(node) == 2 and node[0] == "name" and isinstance(node[1], str):  # not the keyword `name=`
            yield node[1]
        else:
            todo += [part for part in node if isinstance(part, list)]
