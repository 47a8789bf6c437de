"""Migration files taken apart and put together again: pieces of a safe form as texts.

In: the layout of a file and the pieces that it becomes. Out: the text of the file with the first piece, and of new
files with the others. Text that stays, and text that moves, keeps its comments; functions and imports go where they
are needed. Nothing is written to disk.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from migration_guard.fixes.safer import Part, Piece
from migration_guard.source.edit import Edit
from migration_guard.source.layout import Item, Layout, Statement
from migration_guard.versions import Version
from migration_guard.write.literal import Literal
from migration_guard.write.migration import operation_text

POSTGRES = "django.contrib.postgres.operations"
INDENT = " " * 8
_GENERATED = re.compile(r"\A(#[^\n]*\n|\s)*")


@dataclass(frozen=True, slots=True)
class Element:
    """An operation as text: what stands before it, itself, what stands behind its comma."""

    before: str
    core: str
    after: str
    names: frozenset[str]
    imports: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        return f"{self.before}{self.core},{self.after}"


class Page:
    """The file of a migration that is about to become several."""

    def __init__(self, layout: Layout, version: Version) -> None:
        self.layout = layout
        self.version = version

    # Elements

    def element(self, part: Part) -> Element | None:
        """The text of a part; None where it cannot be written."""
        item = self.layout.items[part.index]
        before = self.slice(item.slot.start, item.at.start)
        before = before if "\n" in before else f"\n{INDENT}"
        if part.same:
            return Element(before, self.slice(item.at.start, item.at.end), self.comment(item), item.names)
        if part.renamed is not None:
            return self.renamed(item, part.renamed, before)
        written = operation_text(part.operation, self.version)
        if not isinstance(written, Literal) or not written.certain:
            return None
        core = written.text.replace("\n", f"\n{INDENT}")
        names = frozenset(re.findall(r"[A-Za-z_]\w*", written.text))
        return Element(f"\n{INDENT}", core, "", names, written.imports)

    def renamed(self, item: Item, name: str, before: str) -> Element | None:
        """The operation under another class, its arguments as they are written."""
        if item.call is None or item.call.called.rpartition(".")[2] not in (
            name.removesuffix("Concurrently"),
            name.removesuffix("NotValid"),
        ):
            return None
        core = name + self.slice(item.call.func.end, item.at.end)
        line = f"from {POSTGRES} import {name}"
        return Element(before, core, self.comment(item), item.names | {name}, frozenset({line}))

    def comment(self, item: Item) -> str:
        after = self.slice(item.after.start, item.after.end)
        return after if "\n" not in after else ""

    def slice(self, start: int, end: int) -> str:
        return self.layout.text[start:end]

    # The file itself

    def first(self, piece: Piece) -> list[Edit] | None:
        """Edits that leave the first piece in the file."""
        elements = [self.element(part) for part in piece.parts]
        written = [element for element in elements if element is not None]
        if len(written) < len(elements):
            return None
        layout = self.layout
        edits = [Edit(layout.operations.start, layout.operations.end, f"[{_joined(written)}\n    ]")]
        names = self.header_names().union(*(element.names for element in written))
        edits += self.atomic(piece.atomic)
        edits += self.imports(written, names)
        edits += self.unused(names)
        return edits

    def atomic(self, wanted: bool) -> list[Edit]:
        """`atomic` as wanted."""
        known = self.layout.attribute("atomic")
        if known is not None:
            return [] if wanted else [Edit(known.value.start, known.value.end, "False")]
        return [] if wanted else [Edit(self.layout.body, self.layout.body, "    atomic = False\n\n")]

    def imports(self, elements: Iterable[Element], names: frozenset[str]) -> list[Edit]:
        """The import lines that new texts need, after the last import."""
        wanted = frozenset().union(*(element.imports for element in elements))
        missing = sorted(line for line in wanted if not self.is_imported(line))
        if not missing:
            return []
        kept = self.needed(names)
        ends = [found.at.end for found in self.layout.statements if found.is_import and found.binds & kept]
        at = ends[-1] if ends else 0
        text = "".join(f"\n{line}" for line in missing)
        return [Edit(at, at, text if at else text.lstrip("\n") + "\n")]

    def is_imported(self, line: str) -> bool:
        (wanted,) = ast.parse(line).body
        for statement in self.layout.statements:
            if statement.is_import:
                found = ast.parse(self.slice(statement.at.start, statement.at.end)).body
                if any(_offers(node, wanted) for node in found):
                    return True
        return False

    def header_names(self) -> frozenset[str]:
        """The names that the class mentions outside of its operations."""
        layout = self.layout
        outside = self.slice(layout.cls.start, layout.operations.start)
        return frozenset(re.findall(r"[A-Za-z_]\w*", outside))

    # What goes and what stays

    def needed(self, names: frozenset[str]) -> frozenset[str]:
        """These names, and those that their definitions mention."""
        found, before = set(names), -1
        while len(found) != before:
            before = len(found)
            for statement in self.layout.statements:
                if statement.binds & found and not statement.is_import:
                    found |= statement.names
        return frozenset(found)

    def unused(self, names: frozenset[str]) -> list[Edit]:
        """Edits that remove what only operations needed that are gone now."""
        once = self.needed(self.header_names().union(*(item.names for item in self.layout.items)))
        now = self.needed(names)
        edits = []
        for statement in self.layout.statements:
            if not statement.binds & once or statement.binds <= now:
                continue
            if statement.is_import:
                edits += self.trimmed(statement, now)
            elif not statement.binds & now:
                edits.append(Edit(statement.whole.start, statement.whole.end, ""))
        return edits

    def trimmed(self, statement: Statement, names: frozenset[str]) -> list[Edit]:
        text = trimmed_import(self.slice(statement.at.start, statement.at.end), names)
        if text is not None:
            return [Edit(statement.at.start, statement.at.end, text)]
        above = self.slice(statement.whole.start, statement.at.start)
        start = statement.whole.start if statement.whole.start and not above.strip() else statement.at.start
        return [Edit(start, statement.whole.end, "")]

    # New files

    def other(self, piece: Piece, app_label: str, previous: str) -> str | None:
        """The text of a new file for a piece that comes after the migration `previous`."""
        elements = [self.element(part) for part in piece.parts]
        written = [element for element in elements if element is not None]
        if len(written) < len(elements):
            return None
        names = frozenset({"migrations"}).union(*(element.names for element in written))
        atomic = "" if piece.atomic else "    atomic = False\n\n"
        above = self.above(self.needed(names), written)
        return (
            f"{above}\n\n\nclass Migration(migrations.Migration):\n\n{atomic}    dependencies = [\n"
            f'        ("{app_label}", "{previous}"),\n    ]\n\n    operations = [{_joined(written)}\n    ]\n'
        )

    def above(self, names: frozenset[str], elements: Sequence[Element]) -> str:
        """The imports and definitions that a new file needs."""
        imports, definitions = [], []
        for statement in self.layout.statements:
            if not statement.binds & names:
                continue
            text = self.slice(statement.at.start, statement.at.end)
            if statement.is_import:
                imports.append(trimmed_import(text, names) or text)
            else:
                whole = self.slice(statement.whole.start, statement.whole.end)
                definitions.append(_GENERATED.sub("", whole) if statement.whole.start == 0 else whole.strip("\n"))
        known = set("\n".join(imports).splitlines())
        added = sorted(line for element in elements for line in element.imports if not self.is_offered(line, imports))
        lines = [*imports, *(line for line in dict.fromkeys(added) if line not in known)]
        if not any("migrations" in line for line in imports):
            lines.insert(0, "from django.db import migrations")
        return "\n\n\n".join(["\n".join(lines), *definitions])

    def is_offered(self, line: str, imports: Iterable[str]) -> bool:
        (wanted,) = ast.parse(line).body
        return any(_offers(ast.parse(text).body[0], wanted) for text in imports)


def _joined(elements: Iterable[Element]) -> str:
    return "".join(element.text for element in elements)


def _offers(found: ast.stmt, wanted: ast.stmt) -> bool:
    """Whether an import gives all that another one asks for."""
    match found, wanted:
        case ast.Import(names=have), ast.Import(names=want):
            return {alias.name for alias in want if not alias.asname} <= {
                alias.name for alias in have if not alias.asname
            }
        case ast.ImportFrom(module=one, names=have, level=0), ast.ImportFrom(module=two, names=want):
            names = {alias.name for alias in have if not alias.asname}
            return one == two and {alias.name for alias in want} <= names
        case _:
            return False


def trimmed_import(text: str, names: frozenset[str]) -> str | None:
    """An import without the names that are not needed; as it is where it has comments, None where nothing is left."""
    body = ast.parse(text).body
    node = body[0]
    if len(body) > 1 or not isinstance(node, (ast.Import, ast.ImportFrom)):
        return text
    kept = [alias for alias in node.names if (alias.asname or alias.name.partition(".")[0]) in names]
    if not kept:
        return None
    if len(kept) == len(node.names) or "#" in text:
        return text
    node.names = kept
    return ast.unparse(node)
