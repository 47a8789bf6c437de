"""Statements that wait until the end of a migration, and follow the renames and removals that happen meanwhile.

In: a template and its parts: texts, and references to tables and columns. Out: text. Immutable: a rename gives a new
template. (Django: `django.db.backends.ddl_references`.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from migration_guard.sql.acts import Act, Kind
from migration_guard.sql.names import index_name
from migration_guard.sql.profiles import Profile
from migration_guard.sql.statements import Effect


@dataclass(frozen=True, slots=True)
class TableName:
    """A table."""

    table: str


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """Columns of a table, each with an operator class and a suffix such as DESC."""

    table: str
    columns: tuple[str, ...]
    suffixes: tuple[str, ...] = ()
    opclasses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GeneratedName:
    """The name of an index or constraint that follows from its table and columns."""

    table: str
    columns: tuple[str, ...]
    suffix: str


@dataclass(frozen=True, slots=True)
class ForeignKeyName:
    """The name of a foreign key: its suffix names the target where it asks for it."""

    table: str
    columns: tuple[str, ...]
    to_table: str
    to_column: str
    suffix: str


@dataclass(frozen=True, slots=True)
class CompiledExpressions:
    """Expressions over columns of a table. `compile` makes the text again after a rename of a column."""

    table: str
    columns: tuple[str, ...]
    compile: Callable[[Mapping[str, str]], str] = field(compare=False)
    renamed: Mapping[str, str] = field(default_factory=dict)


Part: TypeAlias = "str | TableName | ColumnNames | GeneratedName | ForeignKeyName | CompiledExpressions | Template"


@dataclass(frozen=True, slots=True)
class Template:
    """A statement with holes. `effects` gives what it does once it is run."""

    text: str
    parts: Mapping[str, Part]
    effects: Callable[[Template, Profile], tuple[Effect, ...]] | None = field(default=None, compare=False)
    notes: tuple[str, ...] = ()
    kind: Kind | None = None
    """What the statement does to its table."""

    @property
    def acts(self) -> tuple[Act, ...]:
        table, other = self.parts.get("table"), self.parts.get("to_table")
        if self.kind is None or not isinstance(table, TableName):
            return ()
        return (Act(self.kind, table.table, (other.table,) if isinstance(other, TableName) else ()),)

    def render(self, profile: Profile) -> str:
        return self.text % {name: render(part, profile) for name, part in self.parts.items()}

    def references_table(self, table: str) -> bool:
        return any(_references_table(part, table) for part in self.parts.values())

    def references_column(self, table: str, column: str) -> bool:
        return any(_references_column(part, table, column) for part in self.parts.values())

    def with_renamed_table(self, old: str, new: str) -> Template:
        return replace(self, parts={name: _renamed_table(part, old, new) for name, part in self.parts.items()})

    def with_renamed_column(self, table: str, old: str, new: str) -> Template:
        parts = {name: _renamed_column(part, table, old, new) for name, part in self.parts.items()}
        return replace(self, parts=parts)


def render(part: Part, profile: Profile) -> str:
    """A part as it stands in SQL."""
    match part:
        case str():
            return part
        case TableName():
            return profile.quote_name(part.table)
        case ColumnNames():
            return ", ".join(_column(part, place, profile) for place in range(len(part.columns)))
        case GeneratedName():
            return profile.quote_name(plain_name(part, profile))
        case ForeignKeyName():
            return profile.quote_name(plain_name(part, profile))
        case CompiledExpressions():
            return part.compile(part.renamed)
        case Template():
            return part.render(profile)


def plain_name(part: Part, profile: Profile) -> str:
    """The name that a part generates, without quotes."""
    match part:
        case GeneratedName():
            return index_name(part.table, part.columns, part.suffix, profile.max_name_length)
        case ForeignKeyName():
            suffix = part.suffix % {"to_table": part.to_table, "to_column": part.to_column}
            return index_name(part.table, part.columns, suffix, profile.max_name_length)
        case str():
            return part[1:-1] if part[:1] == part[-1:] == profile.quote else part
        case _:
            return ""


def _column(part: ColumnNames, place: int, profile: Profile) -> str:
    words = [profile.quote_name(part.columns[place])]
    if part.opclasses:
        words.append(part.opclasses[place])
    if place < len(part.suffixes) and part.suffixes[place]:
        words.append(part.suffixes[place])
    return " ".join(words)


def _references_table(part: Part, table: str) -> bool:
    match part:
        case str():
            return False
        case Template():
            return part.references_table(table)
        case ForeignKeyName():
            return table in (part.table, part.to_table)
        case _:
            return part.table == table


def _references_column(part: Part, table: str, column: str) -> bool:
    match part:
        case str() | TableName():
            return False
        case Template():
            return part.references_column(table, column)
        case ForeignKeyName():
            own = part.table == table and column in part.columns
            return own or (part.to_table == table and part.to_column == column)
        case _:
            return part.table == table and column in part.columns


def _renamed_table(part: Part, old: str, new: str) -> Part:
    match part:
        case str():
            return part
        case Template():
            return part.with_renamed_table(old, new)
        case ForeignKeyName() if part.to_table == old:
            own = new if part.table == old else part.table
            return replace(part, table=own, to_table=new)
        case _:
            return replace(part, table=new) if part.table == old else part


def _renamed_column(part: Part, table: str, old: str, new: str) -> Part:
    match part:
        case str() | TableName():
            return part
        case Template():
            return part.with_renamed_column(table, old, new)
        case _:
            pass
    if isinstance(part, ForeignKeyName) and part.to_table == table and part.to_column == old:
        part = replace(part, to_column=new)
    if part.table != table or old not in part.columns:
        return part
    columns = tuple(new if column == old else column for column in part.columns)
    if isinstance(part, CompiledExpressions):
        return replace(part, columns=columns, renamed={**part.renamed, old: new})
    return replace(part, columns=columns)
