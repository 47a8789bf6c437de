"""Changes to source text, in place: everything outside an edit stays as it is, to the last byte.

In: the bytes of a file, and edits by position in its text. Out: new bytes, or a `SourceError` where the result would
not be Python. `links` finds the lists by which a migration names others; what is not written as a literal is said to
be so, never guessed. Nothing is written to disk here.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from migration_guard.source.errors import SourceError
from migration_guard.source.lower_cst import parse
from migration_guard.source.text import decode, unescape

if TYPE_CHECKING:
    import libcst

ATTRIBUTES = ("dependencies", "run_before", "replaces")
_LINE_END = re.compile(r"\r\n|\r|\n")
_SAFE_IN_QUOTES = re.compile(r"[\w.+-]+")


@dataclass(frozen=True, slots=True)
class SourceText:
    """A file's text with its own line ends, and its encoding, of which a byte order mark is part ("utf-8-sig")."""

    text: str
    encoding: str

    @staticmethod
    def of(data: bytes) -> SourceText:
        """The text of a file. Raises SourceError where it could not be written back unchanged."""
        decode(data)  # for its complaints
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
        if text.encode(encoding) != data:
            raise SourceError(0, 0, f"cannot be written back as {encoding}")
        return SourceText(text, encoding)

    def encoded(self, text: str) -> bytes:
        """The bytes of a changed text. Raises SourceError for characters that the encoding lacks."""
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise SourceError(0, 0, f"{text[error.start : error.end]!r} cannot be written in {self.encoding}") from None

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """The bytes of the file with edits applied."""
        return self.encoded(apply_edits(self.text, edits))


# Edits


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """`text[start:end]` becomes `replacement`; an insertion where both are equal."""

    start: int
    end: int
    replacement: str


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits applied.

    Edits may touch, not overlap; two different insertions at one place have no order and overlap as well (ValueError,
    for it is a mistake of the caller). The result is parsed again: SourceError where it is no longer Python.
    """
    pieces: list[str] = []
    at = 0
    last: Edit | None = None
    for edit in sorted(set(edits)):
        insertions = last is not None and last.start == last.end == edit.start == edit.end
        if not at <= edit.start <= edit.end <= len(text) or insertions:
            raise ValueError(f"edits overlap or lie outside the text: {last}, {edit}")
        pieces += [text[at : edit.start], edit.replacement]
        at, last = edit.end, edit
    result = "".join([*pieces, text[at:]])
    if last is not None:
        try:
            parse(decode(result))
        except SourceError as error:
            message = f"after the edit it would not be valid Python: {error.message}"
            raise SourceError(error.line, error.column, message) from None
    return result


# Where things are


@dataclass(frozen=True, slots=True)
class Span:
    """A range of the text, and the line (1-based) on which it begins."""

    start: int
    end: int
    line: int


class Placed:
    """A parsed text and where its nodes are. Positions are LibCST's, counted in the text as given."""

    def __init__(self, text: str) -> None:
        from libcst.metadata import MetadataWrapper, PositionProvider  # costs more than the rest of LibCST

        self.text = text.removeprefix("\ufeff")
        self._shift = len(text) - len(self.text)
        self._lines = [0, *(found.end() for found in _LINE_END.finditer(self.text))]
        wrapper = MetadataWrapper(parse(decode(text)), unsafe_skip_copy=True)
        self.module: libcst.Module = wrapper.module
        try:
            self._places: Mapping[Any, Any] = wrapper.resolve(PositionProvider)
        except RecursionError:
            raise SourceError(0, 0, "nested too deeply") from None

    def span(self, node: libcst.CSTNode) -> Span:
        """Where a node is."""
        place = self._places[node]
        start = self._lines[place.start.line - 1] + place.start.column
        end = self._lines[place.end.line - 1] + place.end.column
        return Span(start + self._shift, end + self._shift, place.start.line)

    def body_of(self, token: libcst.SimpleString) -> Span | None:
        """What is between the quotes of a string on one line; None where the place cannot be made sure of."""
        at = self.span(token)
        quotes = len(token.quote)
        if self.text[at.start - self._shift : at.end - self._shift] != token.value:
            return None
        return Span(at.start + len(token.prefix) + quotes, at.end - quotes, at.line)

    def strings(self) -> Iterator[libcst.SimpleString]:
        """All string constants, joined ones piece by piece, in no particular order."""
        import libcst

        rest: list[libcst.CSTNode] = [self.module]
        while rest:
            node = rest.pop()
            if isinstance(node, libcst.SimpleString):
                yield node
            rest += node.children


def string_value(node: object) -> str | None:
    """The value of a plain string constant; None for bytes, formatted and joined strings, and for all else."""
    import libcst

    if not isinstance(node, libcst.SimpleString) or "b" in node.prefix.lower():
        return None
    body = node.value[len(node.prefix) + len(node.quote) : -len(node.quote)]
    try:
        return body if "r" in node.prefix.lower() else unescape(body)
    except ValueError:
        return None


def string_edits(text: str, names: Mapping[str, str]) -> list[Edit]:
    """Edits that replace string constants whose whole value is a key of `names`."""
    if not any(name in text for name in names):
        return []
    placed = Placed(text)
    found = []
    for token in placed.strings():
        new = names.get(string_value(token) or "")
        at = placed.body_of(token) if new is not None else None
        if new is not None and at is not None and _SAFE_IN_QUOTES.fullmatch(new):
            found.append(Edit(at.start, at.end, new))
    return sorted(found)


# The lists that link migrations


@dataclass(frozen=True, slots=True)
class Link:
    """One item of `dependencies`, `run_before` or `replaces`.

    `app_label` and `name` are None where they are not constants; `setting` is set for
    `swappable_dependency(settings.X)`. `at` is the text between the quotes of the name, None where the name is not
    written there as one plain string.
    """

    attribute: str
    line: int
    app_label: str | None = None
    name: str | None = None
    setting: str | None = None
    at: Span | None = None

    @property
    def known(self) -> bool:
        return self.setting is not None or (self.app_label is not None and self.name is not None)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A list of links, or a part of one, that is not written as literal items."""

    attribute: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Links:
    """The links of a migration file in the order in which they are written, and what of them is not literal."""

    items: tuple[Link, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()

    def of(self, attribute: str) -> tuple[Link, ...]:
        return tuple(item for item in self.items if item.attribute == attribute)

    def pairs(self, attribute: str) -> tuple[tuple[str | None, str | None], ...]:
        """(app label, name) of each item that is not swappable."""
        return tuple((item.app_label, item.name) for item in self.of(attribute) if item.setting is None)


def links(text: str) -> Links:
    """The links of the class `Migration` at the top of a migration file."""
    return _Finder(Placed(text)).found()


def rename_edits(found: Links, names: Mapping[str, Mapping[tuple[str, str], str]]) -> list[Edit] | Unreadable:
    """Edits that give links new names; `names` maps attributes to (app label, name) and the new name.

    The first item that must change and is not literal makes the answer an `Unreadable`.
    """
    edits = []
    for item in found.items:
        if item.app_label is None or item.name is None:
            continue
        new = names.get(item.attribute, {}).get((item.app_label, item.name))
        if new is None:
            continue
        if item.at is None:
            return Unreadable(item.attribute, item.line, f"{item.name!r} is not written there as a plain string")
        if not _SAFE_IN_QUOTES.fullmatch(new):
            return Unreadable(item.attribute, item.line, f"{new!r} is not a name that can be written in any string")
        edits.append(Edit(item.at.start, item.at.end, new))
    return edits


class _Finder:
    """Looks through the class body once; names that are bound once to a string count as that string."""

    def __init__(self, placed: Placed) -> None:
        self.placed = placed
        self.items: list[Link] = []
        self.unreadable: list[Unreadable] = []
        self.names: dict[str, str | None] = {}
        self.seen: set[str] = set()

    def found(self) -> Links:
        import libcst

        body = self.placed.module.body
        self._bind(body)
        classes = [node for node in body if isinstance(node, libcst.ClassDef) and node.name.value == "Migration"]
        if len(classes) != 1:
            line = self.placed.span(classes[1]).line if classes else 0
            reason = "there is more than one class Migration" if classes else "there is no class Migration"
            return Links((), tuple(Unreadable(attribute, line, reason) for attribute in ATTRIBUTES))
        statements = classes[0].body.body
        self._bind(statements)
        for statement in statements:
            self._statement(statement)
        return Links(tuple(self.items), tuple(self.unreadable))

    def _bind(self, statements: Sequence[Any]) -> None:
        for targets, value, _ in _assignments(statements):
            for name in targets:
                self.names[name] = string_value(value) if name not in self.names else None

    def _statement(self, statement: Any) -> None:
        import libcst

        if isinstance(statement, libcst.SimpleStatementLine):
            assigned = list(_assignments([statement]))
            for targets, value, node in assigned:
                for attribute in (name for name in targets if name in ATTRIBUTES):
                    self._list(attribute, value, node)
            if assigned:
                return
        for attribute in _bound_somewhere(statement):
            self._complain(attribute, statement, "it is changed in a way that cannot be followed")

    def _list(self, attribute: str, value: Any, node: Any) -> None:
        import libcst

        if attribute in self.seen:
            self._complain(attribute, node, "it is assigned more than once")
        self.seen.add(attribute)
        if not isinstance(value, (libcst.List, libcst.Tuple)):
            self._complain(attribute, node, "it is not written as a list")
            return
        for element in value.elements:
            if isinstance(element, libcst.Element):
                self._item(attribute, element.value)
            else:
                self._complain(attribute, element.value, "it holds the items of another list")

    def _item(self, attribute: str, node: Any) -> None:
        import libcst

        link = Link(attribute, self.placed.span(node).line)
        if isinstance(node, (libcst.Tuple, libcst.List)) and len(node.elements) == 2:
            app, name = (part.value if isinstance(part, libcst.Element) else None for part in node.elements)
            at = self.placed.body_of(name) if isinstance(name, libcst.SimpleString) else None
            link = replace(link, app_label=self._text(app), name=self._text(name), at=at)
        elif isinstance(node, libcst.Call):
            link = replace(link, setting=_swappable(node))
        self.items.append(link)
        if not link.known:
            self._complain(attribute, node, "an item is not a pair of constants")

    def _text(self, node: object) -> str | None:
        import libcst

        return self.names.get(node.value) if isinstance(node, libcst.Name) else string_value(node)

    def _complain(self, attribute: str, node: Any, reason: str) -> None:
        self.unreadable.append(Unreadable(attribute, self.placed.span(node).line, reason))


def _assignments(statements: Sequence[Any]) -> Iterator[tuple[list[str], Any, Any]]:
    """Plain assignments among statements: the names, the value, the node."""
    import libcst

    for line in statements:
        for node in line.body if isinstance(line, libcst.SimpleStatementLine) else ():
            if isinstance(node, libcst.Assign):
                targets = [part.target for part in node.targets]
                if all(isinstance(target, libcst.Name) for target in targets):
                    yield [target.value for target in targets if isinstance(target, libcst.Name)], node.value, node
            elif isinstance(node, libcst.AnnAssign) and isinstance(node.target, libcst.Name) and node.value:
                yield [node.target.value], node.value, node


def _bound_somewhere(statement: Any) -> list[str]:
    """The lists that a statement mentions, functions aside: they have names of their own."""
    import libcst

    if isinstance(statement, libcst.FunctionDef):
        return []
    found: set[str] = set()
    rest = [statement]
    while rest:
        node = rest.pop()
        if isinstance(node, libcst.Name) and node.value in ATTRIBUTES:
            found.add(node.value)
        rest += node.children
    return sorted(found)


def _swappable(call: libcst.Call) -> str | None:
    """The setting of `migrations.swappable_dependency(settings.NAME)`."""
    import libcst

    function = call.func
    called = function.attr.value if isinstance(function, libcst.Attribute) else getattr(function, "value", None)
    if called != "swappable_dependency" or len(call.args) != 1:
        return None
    value = call.args[0].value
    plain = isinstance(value, libcst.Attribute) and isinstance(value.value, libcst.Name)
    return value.attr.value if plain and value.value.value == "settings" else None  # type: ignore[attr-defined]


# What a change amounts to


def changed_constants(before: Any, after: Any) -> list[tuple[Any, Any]] | None:
    """The constants in which two IRs differ, in order; None where they differ in anything else."""
    changes: list[tuple[Any, Any]] = []
    rest = [(before, after, False)]
    while rest:
        one, other, constant = rest.pop()
        if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)) and len(one) == len(other):
            constant = len(one) == 2 and one[0] == other[0] == "const"
            rest += [(left, right, constant) for left, right in zip(reversed(one), reversed(other), strict=True)]
        elif type(one) is not type(other) or one != other:
            if not constant:
                return None
            changes.append((one, other))
    return changes
