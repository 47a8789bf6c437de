"""Where the parts of a migration file are: imports, top-level statements, the class' attributes, its operations.

In: the text of a file. Out: a `Layout` of spans, or None where the file is not written in the usual way (operations
in a list of their own, one class `Migration`, nothing but plain attributes in it). Positions are LibCST's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from migration_guard.source.edit import Placed, Span

if TYPE_CHECKING:
    import libcst

PLAIN = frozenset({"dependencies", "operations", "atomic", "initial", "replaces", "run_before"})


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call: its keyword, if any, and where its value is."""

    keyword: str | None
    value: Span
    text: str


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call: where it is, the text of what is called, and its arguments."""

    at: Span
    func: Span
    called: str
    arguments: tuple[Argument, ...]

    def argument(self, keyword: str, position: int | None = None) -> Argument | None:
        """The argument of that keyword, or at that position."""
        for index, found in enumerate(self.arguments):
            if found.keyword == keyword or (found.keyword is None and index == position):
                return found
        return None


@dataclass(frozen=True, slots=True)
class Item:
    """An operation of the list. `slot` is all that goes with it: the comments above it, its comma, a comment after."""

    at: Span
    slot: Span
    after: Span
    """What is left of the slot behind the comma: a comment on the same line."""
    call: CallSite | None
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Statement:
    """A top-level statement with the lines above it: what it binds, what it mentions. `plain`: a simple import."""

    at: Span
    whole: Span
    binds: frozenset[str]
    names: frozenset[str]
    is_import: bool = False


@dataclass(frozen=True, slots=True)
class Attribute:
    """A plain attribute of the class and where its statement and value are."""

    name: str
    line: Span
    value: Span


@dataclass(frozen=True, slots=True)
class Layout:
    """The parts of a migration file."""

    text: str
    statements: tuple[Statement, ...]
    attributes: tuple[Attribute, ...]
    operations: Span
    items: tuple[Item, ...]
    dependencies: tuple[Span, ...]
    cls: Span
    body: int
    """Where the first statement of the class begins; attributes may be put before it."""

    def attribute(self, name: str) -> Attribute | None:
        return next((found for found in self.attributes if found.name == name), None)


def layout(text: str) -> Layout | None:
    """The parts of a migration file. Raises SourceError where it is no Python."""
    import libcst

    placed = Placed(text)
    classes = [node for node in placed.module.body if isinstance(node, libcst.ClassDef)]
    found = [node for node in classes if node.name.value == "Migration"]
    if len(found) != 1 or not isinstance(found[0].body, libcst.IndentedBlock):
        return None
    return _Reader(placed, text).read(found[0])


def call_at(text: str, line: int, column: int) -> CallSite | None:
    """The call that begins at a place (lines from 1, columns from 0 in characters)."""
    import libcst

    reader = _Reader(placed := Placed(text), text)
    wanted = _offset(text, line, column)
    for node in _walk(placed.module):
        if isinstance(node, libcst.Call) and placed.span(node).start == wanted:
            return reader.call(node)
    return None


class _Reader:
    def __init__(self, placed: Placed, text: str) -> None:
        self.placed = placed
        self.text = text

    def read(self, cls: libcst.ClassDef) -> Layout | None:
        import libcst

        attributes = []
        for statement in cls.body.body:
            plain = _assigned(statement)
            if plain is None:
                if _is_docstring(statement):
                    continue
                return None
            name, value = plain
            attributes.append(Attribute(name, self.placed.span(statement), self.placed.span(value)))
        listed = _value_of(cls, "operations")
        if not isinstance(listed, libcst.List) or {item.name for item in attributes} - PLAIN:
            return None
        if not all(isinstance(element, libcst.Element) for element in listed.elements):
            return None
        depends = _value_of(cls, "dependencies")
        links = depends.elements if isinstance(depends, libcst.List) else ()
        return Layout(
            self.text,
            tuple(self.statements(cls)),
            tuple(attributes),
            self.placed.span(listed),
            tuple(self.items(listed)),
            tuple(self.placed.span(element.value) for element in links),
            self.placed.span(cls),
            self.line_start(attributes[0].line.start) if attributes else self.placed.span(cls).end,
        )

    def line_start(self, at: int) -> int:
        return self.text.rfind("\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        """The end of the line, if nothing but a comment is left on it; else the place itself."""
        end = self.text.find("\n", at)
        end = len(self.text) if end < 0 else end
        rest = self.text[at:end].strip()
        return end if not rest or rest.startswith("#") else at

    def items(self, listed: libcst.List) -> Iterator[Item]:
        import libcst

        start = self.placed.span(listed).start + 1
        end = self.placed.span(listed).end - 1
        for element in listed.elements:
            at = self.placed.span(element.value)
            comma = re.compile(r"\s*(#[^\n]*\n\s*)*,").match(self.text, at.end)
            behind = comma.end() if comma else at.end
            stop = min(self.line_end(behind), end)
            call = self.call(element.value) if isinstance(element.value, libcst.Call) else None
            names = frozenset(_names(element.value))
            yield Item(at, Span(start, stop, at.line), Span(behind, stop, at.line), call, names)
            start = stop

    def call(self, node: libcst.Call) -> CallSite:
        arguments = []
        for argument in node.args:
            at = self.placed.span(argument.value)
            keyword = argument.keyword.value if argument.keyword is not None else argument.star or None
            arguments.append(Argument(keyword, at, self.text[at.start : at.end]))
        func = self.placed.span(node.func)
        return CallSite(self.placed.span(node), func, self.text[func.start : func.end], tuple(arguments))

    def statements(self, cls: libcst.ClassDef) -> Iterator[Statement]:
        end = 0
        for node in self.placed.module.body:
            if node is cls:
                end = self.placed.span(node).end
                continue
            at = self.placed.span(node)
            stop = self.line_end(at.end)
            binds, is_import = _bound(node)
            yield Statement(at, Span(end, stop, at.line), frozenset(binds), frozenset(_names(node)), is_import)
            end = stop


def _offset(text: str, line: int, column: int) -> int:
    at = 0
    for _ in range(line - 1):
        at = text.find("\n", at) + 1
    return at + column


def _walk(node: libcst.CSTNode) -> Iterator[libcst.CSTNode]:
    waiting = [node]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += reversed(list(found.children))


def _names(node: libcst.CSTNode) -> Iterator[str]:
    """Every name that is mentioned in a node, that of attributes left out."""
    import libcst

    for found in _walk(node):
        if isinstance(found, libcst.Name):
            yield found.value


def _assigned(statement: Any) -> tuple[str, Any] | None:
    """The name and the value of a statement that is one plain assignment."""
    import libcst

    if not isinstance(statement, libcst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    node = statement.body[0]
    if isinstance(node, libcst.Assign) and len(node.targets) == 1:
        target: Any = node.targets[0].target
        value: Any = node.value
    elif isinstance(node, libcst.AnnAssign) and node.value is not None:
        target, value = node.target, node.value
    else:
        return None
    return (target.value, value) if isinstance(target, libcst.Name) else None


def _value_of(cls: libcst.ClassDef, name: str) -> Any:
    for statement in cls.body.body:
        found = _assigned(statement)
        if found is not None and found[0] == name:
            return found[1]
    return None


def _is_docstring(statement: Any) -> bool:
    import libcst

    body = statement.body if isinstance(statement, libcst.SimpleStatementLine) else ()
    return len(body) == 1 and isinstance(body[0], libcst.Expr)


def _bound(node: Any) -> tuple[set[str], bool]:
    """The names that a top-level statement binds, and whether it is an import."""
    import libcst

    if isinstance(node, (libcst.FunctionDef, libcst.ClassDef)):
        return {node.name.value}, False
    found: set[str] = set()
    is_import = False
    for part in node.body if isinstance(node, libcst.SimpleStatementLine) else ():
        if isinstance(part, (libcst.Import, libcst.ImportFrom)) and not isinstance(part.names, libcst.ImportStar):
            is_import = True
            for alias in part.names:
                named = alias.asname.name if alias.asname is not None else alias.name
                found.add(_first(named))
        else:
            assigned = _assigned(node)
            found |= {assigned[0]} if assigned is not None else set()
    return found, is_import


def _first(node: Any) -> str:
    import libcst

    while isinstance(node, libcst.Attribute):
        node = node.value
    return str(node.value)
