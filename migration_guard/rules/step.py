"""What a rule sees of a migration: its operations one by one, between their states, with the statements they become.

`SeparateDatabaseAndState`, `RunSQL` with state operations and operations that are not Django's are taken apart: each
inner operation is a `Step` of its own that says what it reaches. Nothing here reads files.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from migration_guard.sql.impact import Touch
from migration_guard.sql.statements import Statement
from migration_guard.state.model import Field, Model, ModelKey, State
from migration_guard.state.operations import Migration, Operation
from migration_guard.values import Unknown

FieldKey: TypeAlias = tuple[str, str, str]
"""(app_label, lower-case model name, field name)."""


class Reach(enum.Enum):
    """What an operation changes."""

    BOTH = "the state and the database"
    STATE = "the state only"
    DATABASE = "the database only"


@dataclass(frozen=True, slots=True)
class Born:
    """What came into being earlier in the same change set: no running code knows it, and no rows are in it."""

    models: frozenset[ModelKey] = frozenset()
    fields: frozenset[FieldKey] = frozenset()
    tables: frozenset[str] = frozenset()
    was: Mapping[ModelKey, ModelKey] = field(default_factory=dict)
    """Models renamed in the change set: what the running code calls them."""

    def has_model(self, key: ModelKey) -> bool:
        return key in self.models

    def has_field(self, key: ModelKey, name: str) -> bool:
        return key in self.models or (*key, name) in self.fields

    def has_table(self, table: str) -> bool:
        return table.lower() in self.tables


@dataclass(frozen=True, slots=True)
class Step:
    """One operation that is no container of others."""

    migration: Migration
    index: int
    """Of the operation in the migration's list; inner operations have that of the one around them."""
    operation: Operation
    before: State
    after: State
    statements: tuple[Statement, ...] = ()
    """Of all databases that are judged, one after the other; comments left out."""
    reach: Reach = Reach.BOTH
    born: Born = field(default_factory=Born)
    running: State = field(default_factory=State)
    """The state before the change set; `Context.running_model` knows better where there is a base ref."""
    outer: tuple[Operation, ...] = ()
    """The operations around this one, the outermost first."""
    doubt: Unknown | None = None
    """Why it is not known whether the operation does this at all; every hit is then a possible one."""
    unwritten: tuple[str, ...] = ()
    """Why some of its statements are not known, if so."""

    @property
    def app_label(self) -> str:
        return self.migration.app_label

    @property
    def in_database(self) -> bool:
        return self.reach is not Reach.STATE

    @property
    def in_state(self) -> bool:
        return self.reach is not Reach.DATABASE

    @property
    def atomic(self) -> bool:
        """Whether it runs in a transaction, on databases that have such for DDL."""
        return self.migration.atomic

    @property
    def words(self) -> Iterator[str]:
        """What it is, for rules that are about one thing only: its classes, and what its statements do."""
        yield from (cls.__name__ for cls in type(self.operation).__mro__)
        for statement in self.statements:
            yield from statement.impact.kinds

    def key(self, name: str) -> ModelKey:
        """The key of a model that the operation names."""
        return self.app_label, name.lower()

    def old_model(self, name: str) -> Model | None:
        return self.before.get(self.key(name))

    def new_model(self, name: str) -> Model | None:
        return self.after.get(self.key(name))

    def old_field(self, model: str, name: str) -> Field | None:
        found = self.old_model(model)
        return found.fields.get(name) if found is not None else None

    def live(self, statement: Statement) -> tuple[Touch, ...]:
        """What a statement locks, less what came into being in this change set."""
        return tuple(touch for touch in statement.impact.touches if not self.born.has_table(touch.table))


@dataclass(frozen=True, slots=True)
class Steps:
    """A migration's steps. `before` and `after` are the states around it."""

    migration: Migration
    steps: tuple[Step, ...]
    before: State
    after: State
    earlier: tuple[Steps, ...] = ()
    """Those of the same change set that come before it."""

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)
