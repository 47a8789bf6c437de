"""The constraints of a database, as Django's introspection would find them.

In: effects of statements. Out: names of constraints by columns and kind. An empty catalogue answers like an empty
database. The order of answers is the order of creation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from migration_guard.sql.dialect import built_in_collation
from migration_guard.sql.statements import (
    Adds,
    Constraint,
    CreatesTable,
    Drops,
    DropsColumn,
    DropsTable,
    Effect,
    Naming,
    RenamesColumn,
    RenamesIndex,
    RenamesTable,
    RewritesColumn,
    SetsCollation,
    Validates,
)
from migration_guard.values import assert_never

Key: TypeAlias = tuple[str, bool]
"""A constraint's name, and whether it is a part of its column's definition: then it may share its name with another."""


@dataclass(frozen=True, slots=True)
class TableFacts:
    """One table: its constraints by name, and its columns with sequences."""

    constraints: Mapping[Key, Constraint]
    sequences: Mapping[str, str]


EMPTY = TableFacts({}, {})


class Catalogue:
    """Tables by name. It changes only through `record`. `fill` is called when something is asked for the first time."""

    def __init__(self, fill: Callable[[Catalogue], None] | None = None) -> None:
        self._facts: dict[str, TableFacts] = {}
        self._extensions: set[str] = set()
        self._collations: dict[str, bool] = {}
        self._fill = fill

    def _filled(self) -> None:
        fill, self._fill = self._fill, None
        if fill is not None:
            fill(self)

    @property
    def _tables(self) -> dict[str, TableFacts]:
        self._filled()
        return self._facts

    @property
    def extensions(self) -> set[str]:
        """Names of the extensions that are there."""
        self._filled()
        return self._extensions

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of all tables."""
        return tuple(self._tables)

    def constraints(self, table: str) -> Iterable[Constraint]:
        """All constraints and indexes of a table, in the order of their creation."""
        found = tuple(self._tables.get(table, EMPTY).constraints.values())
        return _numbered(replace(item, index=False) if _served(item, found) else item for item in found)

    def table_of(self, name: str) -> str | None:
        """The table that an index or a constraint belongs to."""
        return next((table for table, facts in self._tables.items() if (name, False) in facts.constraints), None)

    def sequence(self, table: str, column: str) -> str | None:
        """The sequence that belongs to a column."""
        return self._tables.get(table, EMPTY).sequences.get(column)

    def is_deterministic(self, collation: str) -> bool:
        """Whether a collation is there and deterministic."""
        self._filled()
        return self._collations.get(collation, built_in_collation(collation))

    def has_extension(self, name: str) -> bool:
        return name in self.extensions

    def record(self, effects: Iterable[Effect]) -> None:
        """What statements did."""
        for effect in effects:
            self._record(effect)

    def _record(self, effect: Effect) -> None:
        match effect:
            case SetsCollation(name=name, deterministic=None):
                self._collations.pop(name, None)
            case SetsCollation(name=name, deterministic=bool() as deterministic):
                self._collations[name] = deterministic
            case CreatesTable():
                facts = TableFacts({}, dict(effect.sequences))
                for constraint in effect.constraints:
                    facts = _changed(facts, Adds(effect.table, constraint))
                self._tables[effect.table] = facts
            case DropsTable():
                self._tables.pop(effect.table, None)
            case RenamesTable():
                if effect.old in self._tables:
                    self._tables[effect.new] = _named_anew(self._tables.pop(effect.old), effect)
            case RenamesColumn() | RewritesColumn() | DropsColumn() | Adds() | Drops() | RenamesIndex() | Validates():
                facts = self._tables.get(effect.table, EMPTY)
                self._tables[effect.table] = _changed(facts, effect)
            case SetsCollation():
                return
            case _:
                assert_never(effect)


def _served(key: Constraint, found: Iterable[Constraint]) -> bool:
    """Whether the index that a foreign key brings gave way to another one that serves it as well."""
    if not (key.foreign_key and key.index):
        return False
    return any(
        item.index and not item.foreign_key and item.columns[: len(key.columns)] == key.columns for item in found
    )


Change: TypeAlias = RenamesColumn | RewritesColumn | DropsColumn | Adds | Drops | RenamesIndex | Validates
COUNTED = "_chk_"


def _changed(facts: TableFacts, effect: Change) -> TableFacts:
    constraints, sequences = dict(facts.constraints), dict(facts.sequences)
    match effect:
        case RenamesColumn(old=old, new=new):
            for key, constraint in constraints.items():
                columns = tuple(new if column == old else column for column in constraint.columns)
                constraints[key] = replace(constraint, columns=columns)
            if old in sequences:
                sequences[new] = sequences.pop(old)
        case RewritesColumn(column=column):
            own = [key for key, item in constraints.items() if key[1] and item.columns == (column,)]
            _put_in_place(constraints, own, effect.constraints)
        case DropsColumn(column=column):
            constraints = {key: item for key, item in constraints.items() if column not in item.columns}
            sequences.pop(column, None)
        case Adds(constraint=constraint, sequence=sequence):
            if constraint is not None:
                constraint = _counted(constraint, effect.table, constraints.values())
                constraints[_key(constraint)] = constraint
            if sequence is not None:
                sequences[sequence[0]] = sequence[1]
        case Drops():
            constraints.pop((effect.name, False), None)
            sequences.pop(effect.sequence_of, None)
        case RenamesIndex(old=old, new=new):
            if (old, False) in constraints:
                constraints[new, False] = replace(constraints.pop((old, False)), name=new)
        case Validates(name=name):
            if (name, False) in constraints:
                constraints[name, False] = replace(constraints[name, False], valid=True)
        case _:
            assert_never(effect)
    return TableFacts(constraints, sequences)


def _key(constraint: Constraint) -> Key:
    return constraint.name, constraint.naming is Naming.COLUMN


def _put_in_place(constraints: dict[Key, Constraint], old: Iterable[Key], new: Iterable[Constraint]) -> None:
    kept = {_key(item): item for item in new}
    for key in old:
        if key not in kept:
            del constraints[key]
    constraints.update(kept)


def _counted(constraint: Constraint, table: str, others: Iterable[Constraint]) -> Constraint:
    """A constraint with the next number, where it gets one."""
    if constraint.naming is not Naming.COUNTED:
        return constraint
    start = f"{table}{COUNTED}"
    ends = (item.name.removeprefix(start) for item in others if item.name.startswith(start))
    return replace(constraint, name=f"{start}{max((int(end) for end in ends if end.isdecimal()), default=0) + 1}")


def _named_anew(facts: TableFacts, effect: RenamesTable) -> TableFacts:
    """The constraints whose names begin with that of the table."""
    start, constraints = f"{effect.old}{COUNTED}", {}
    for item in facts.constraints.values():
        if item.naming is Naming.COUNTED and item.name.startswith(start):
            item = replace(item, name=f"{effect.new}{COUNTED}{item.name.removeprefix(start)}")
        constraints[_key(item)] = item
    return replace(facts, constraints=constraints)


def _numbered(constraints: Iterable[Constraint]) -> tuple[Constraint, ...]:
    """Django shows constraints that are named like their column under a number."""
    found, number = [], 0
    for item in constraints:
        if item.naming is Naming.COLUMN and item.columns == (item.name,):
            number += 1
            item = replace(item, name=f"__unnamed_constraint_{number}__")
        found.append(item)
    return tuple(found)
