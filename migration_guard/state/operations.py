"""Migration operations as frozen data, one class per operation of Django.

Behaviour (applying, reducing, naming, writing, SQL) is attached outside, by `match`. Field names are the argument
names of Django's operations (https://docs.djangoproject.com/en/stable/ref/migration-operations/).
`call` is the operation as written in its file: its class may be a subclass of the one that is modelled here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from migration_guard.state.model import Field
from migration_guard.values import NONE, Call, Map, Origin, Unknown, Value

NO_HINTS = Map(())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    call: Call | None = field(default=None, compare=False, repr=False)

    @property
    def origin(self) -> Origin | None:
        return self.call.origin if self.call else None


@dataclass(frozen=True, slots=True)
class CreateModel(_Base):
    name: str
    fields: tuple[tuple[str, Field], ...]
    options: Mapping[str, Value] = field(default_factory=dict)
    bases: tuple[Value, ...] = ()
    """() stands for Django's default, (models.Model,)."""
    managers: tuple[tuple[str, Value], ...] = ()
    incomplete: tuple[Unknown, ...] = field(default=(), compare=False)
    """What of the arguments could not be read: there may be more fields, options, bases or managers."""


@dataclass(frozen=True, slots=True)
class DeleteModel(_Base):
    name: str


@dataclass(frozen=True, slots=True)
class RenameModel(_Base):
    old_name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class AlterModelTable(_Base):
    name: str
    table: Value


@dataclass(frozen=True, slots=True)
class AlterModelTableComment(_Base):
    name: str
    table_comment: Value


@dataclass(frozen=True, slots=True)
class AlterUniqueTogether(_Base):
    name: str
    unique_together: Value
    """A set of tuples of field names (normalised as Django does), or None."""


@dataclass(frozen=True, slots=True)
class AlterIndexTogether(_Base):
    name: str
    index_together: Value


@dataclass(frozen=True, slots=True)
class AlterOrderWithRespectTo(_Base):
    name: str
    order_with_respect_to: Value


@dataclass(frozen=True, slots=True)
class AlterModelOptions(_Base):
    name: str
    options: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class AlterModelManagers(_Base):
    name: str
    managers: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class AddField(_Base):
    model_name: str
    name: str
    field: Field
    preserve_default: bool = True


@dataclass(frozen=True, slots=True)
class RemoveField(_Base):
    model_name: str
    name: str


@dataclass(frozen=True, slots=True)
class AlterField(_Base):
    model_name: str
    name: str
    field: Field
    preserve_default: bool = True


@dataclass(frozen=True, slots=True)
class RenameField(_Base):
    model_name: str
    old_name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class AddIndex(_Base):
    """Also `AddIndexConcurrently` (`concurrently`)."""

    model_name: str
    index: Value
    concurrently: bool = False


@dataclass(frozen=True, slots=True)
class RemoveIndex(_Base):
    model_name: str
    name: str
    concurrently: bool = False


@dataclass(frozen=True, slots=True)
class RenameIndex(_Base):
    model_name: str
    new_name: str
    old_name: str | None = None
    old_fields: Value = NONE


@dataclass(frozen=True, slots=True)
class AddConstraint(_Base):
    """Also `AddConstraintNotValid` (`validate` False)."""

    model_name: str
    constraint: Value
    validate: bool = True


@dataclass(frozen=True, slots=True)
class RemoveConstraint(_Base):
    model_name: str
    name: str


@dataclass(frozen=True, slots=True)
class AlterConstraint(_Base):
    model_name: str
    name: str
    constraint: Value


@dataclass(frozen=True, slots=True)
class ValidateConstraint(_Base):
    model_name: str
    name: str


@dataclass(frozen=True, slots=True)
class SeparateDatabaseAndState(_Base):
    database_operations: tuple[Operation, ...] = ()
    state_operations: tuple[Operation, ...] = ()


@dataclass(frozen=True, slots=True)
class RunSQL(_Base):
    sql: Value
    reverse_sql: Value = NONE
    state_operations: tuple[Operation, ...] = ()
    hints: Value = NO_HINTS
    elidable: bool = False


@dataclass(frozen=True, slots=True)
class RunPython(_Base):
    code: Value
    reverse_code: Value = NONE
    atomic: Value = NONE
    hints: Value = NO_HINTS
    elidable: bool = False


@dataclass(frozen=True, slots=True)
class DatabaseOperation(_Base):
    """An operation of `django.contrib.postgres` that touches the database only: extensions and collations."""

    kind: str
    """Class name, such as "CreateExtension" or "CreateCollation"."""
    arguments: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CustomOperation(_Base):
    """An operation class that is not Django's.

    `state_operations` is what its `state_forwards` was understood to do; `unknown` is set where it was not understood,
    and then `touches` names the models (lower case) of the app that it could change, None standing for all of them.
    `creates`: it makes models, which and how many is not known, and does nothing else.
    """

    state_operations: tuple[Operation, ...] = ()
    unknown: Unknown | None = None
    touches: tuple[str, ...] | None = None
    creates: bool = False


Operation: TypeAlias = (
    CreateModel
    | DeleteModel
    | RenameModel
    | AlterModelTable
    | AlterModelTableComment
    | AlterUniqueTogether
    | AlterIndexTogether
    | AlterOrderWithRespectTo
    | AlterModelOptions
    | AlterModelManagers
    | AddField
    | RemoveField
    | AlterField
    | RenameField
    | AddIndex
    | RemoveIndex
    | RenameIndex
    | AddConstraint
    | RemoveConstraint
    | AlterConstraint
    | ValidateConstraint
    | SeparateDatabaseAndState
    | RunSQL
    | RunPython
    | DatabaseOperation
    | CustomOperation
)


@dataclass(frozen=True, slots=True)
class Dependency:
    """A migration that must come first. `name` may be "__first__" or "__latest__"; `setting` is set for a swappable
    dependency, whose app label is then that of the setting's value (kept symbolic for the writer)."""

    app_label: str
    name: str
    setting: str | None = None


@dataclass(frozen=True, slots=True)
class Migration:
    """One migration: file or planned. Lists are as written; `problems` say what could not be understood."""

    app_label: str
    name: str
    operations: tuple[Operation, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    run_before: tuple[Dependency, ...] = ()
    replaces: tuple[tuple[str, str], ...] = ()
    initial: bool | None = None
    atomic: bool = True
    origin: Origin | None = field(default=None, compare=False)
    problems: tuple[Unknown, ...] = field(default=(), compare=False)
    unknown_links: Unknown | None = field(default=None, compare=False)
    """Set where `dependencies`, `run_before` or `replaces` could not be fully known (an unreadable file included)."""

    @property
    def key(self) -> tuple[str, str]:
        return self.app_label, self.name
