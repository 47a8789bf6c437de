"""What comes out of this room: statements, and what of them is known beyond their text.

`Statement.text` is one line of `sqlmigrate`. `effects` say what it does to the constraints of a database, so that
later statements know the names that Django would look up. `NoPreview` is raised inside this room only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from migration_guard.sql.impact import UNKNOWN_IMPACT, Impact
from migration_guard.state.operations import Operation

PLACEHOLDER = "cannot be previewed"
DERIVED = "the name of the constraint is derived: Django would look it up in the database"


class Refused(Exception):
    """What Django would raise instead of writing SQL."""


class NoPreview(Exception):
    """Something that the SQL hangs on is not known; the reason is for the reader."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason.replace("*/", "* /").replace("\n", " ")


class Naming(Enum):
    """Where the name of a constraint comes from."""

    LASTING = "it was given one"
    COUNTED = "the server: that of the table with a number that counts on; it goes with the table's"
    COLUMN = "the column, whose definition it is a part of: it goes when that is written anew"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A constraint or an index as introspection would show it. `columns` is empty for one on expressions."""

    name: str
    columns: tuple[str, ...] = ()
    primary_key: bool = False
    unique: bool = False
    index: bool = False
    check: bool = False
    foreign_key: bool = False
    plain_index: bool = True
    """Of the kind that `db_index` makes (b-tree)."""
    valid: bool = True
    """Whether the rows that were there have been looked at."""
    naming: Naming = Naming.LASTING


@dataclass(frozen=True, slots=True)
class CreatesTable:
    """A table comes into being, with the constraints that its definition brings."""

    table: str
    constraints: tuple[Constraint, ...] = ()
    sequences: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DropsTable:
    """A table goes away."""

    table: str


@dataclass(frozen=True, slots=True)
class RenamesTable:
    """A table gets another name; its constraints keep theirs."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class RenamesColumn:
    """A column gets another name."""

    table: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class DropsColumn:
    """A column goes away, and with it every constraint that covers it."""

    table: str
    column: str


@dataclass(frozen=True, slots=True)
class RewritesColumn:
    """A column is defined anew, with these constraints as a part of its definition."""

    table: str
    column: str
    constraints: tuple[Constraint, ...] = ()


@dataclass(frozen=True, slots=True)
class Adds:
    """A constraint, an index, or the sequence of a column is added."""

    table: str
    constraint: Constraint | None = None
    sequence: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Drops:
    """A constraint or an index goes away (or the sequence of a column)."""

    table: str
    name: str = ""
    sequence_of: str = ""


@dataclass(frozen=True, slots=True)
class RenamesIndex:
    """An index gets another name."""

    table: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Validates:
    """A constraint holds for all rows from now on."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class SetsCollation:
    """A collation is there, deterministic or not; or (None) no longer."""

    name: str
    deterministic: bool | None


Effect: TypeAlias = (
    SetsCollation
    | CreatesTable
    | DropsTable
    | RenamesTable
    | RenamesColumn
    | RewritesColumn
    | DropsColumn
    | Adds
    | Drops
    | RenamesIndex
    | Validates
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, or a comment line where `comment` is set. `notes` say what was derived, or could not be known."""

    text: str
    operation: Operation | None = None
    database: str = ""
    impact: Impact = UNKNOWN_IMPACT
    effects: tuple[Effect, ...] = ()
    notes: tuple[str, ...] = field(default=())
    comment: bool = False
    parts: tuple[Statement, ...] = ()
    """The statements of hand-written SQL that is sent in one piece, each with its own impact."""
    late: bool = False
    """Whether Django puts it off until the end of the migration; only said where operations are looked at singly."""
