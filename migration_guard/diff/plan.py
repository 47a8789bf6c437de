"""What the phases of the differ yield: planned operations with their needs, and what they could not or may not decide.

Pure data, and the one question that orders them: does an operation fulfil a need? Nothing here looks at a state.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from migration_guard.state.model import ModelKey
from migration_guard.state.operations import (
    AddField,
    AlterField,
    AlterIndexTogether,
    AlterOrderWithRespectTo,
    AlterUniqueTogether,
    CreateModel,
    DeleteModel,
    Migration,
    Operation,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
)
from migration_guard.values import Unknown, plain


class NeedKind(enum.Enum):
    """What must have happened first to the model or field that a `Need` names."""

    CREATE = "create"
    REMOVE = "remove"
    ALTER = "alter"
    UNSET_ORDER = "unset order_with_respect_to"
    ALTER_TOGETHER = "alter unique_together or index_together"
    REMOVE_INDEX_OR_CONSTRAINT = "remove index or constraint"


@dataclass(frozen=True, slots=True)
class Need:
    """An operation must come after the one that does `kind` to a model, or to one of its fields.

    `setting` names the setting through which a swappable model was found: the migration then depends on the setting.
    """

    app_label: str
    model_name: str
    field_name: str | None
    kind: NeedKind
    setting: str | None = None

    @property
    def model_key(self) -> ModelKey:
        return self.app_label, self.model_name.lower()

    def fulfilled_by(self, operation: Operation) -> bool:
        """Whether this operation (of the app that the need names) is what the need waits for."""
        model = self.model_name.lower()
        name = self.field_name
        match self.kind:
            case NeedKind.CREATE if name is None:
                return isinstance(operation, CreateModel) and operation.name.lower() == model
            case NeedKind.CREATE:
                return _creates_field(operation, model, name)
            case NeedKind.REMOVE if name is None:
                return isinstance(operation, DeleteModel) and operation.name.lower() == model
            case NeedKind.REMOVE:
                return isinstance(operation, RemoveField) and _is_field(operation, model, name)
            case NeedKind.ALTER:
                return isinstance(operation, AlterField) and _is_field(operation, model, name)
            case NeedKind.UNSET_ORDER:
                return (
                    isinstance(operation, AlterOrderWithRespectTo)
                    and operation.name.lower() == model
                    and str(plain(operation.order_with_respect_to) or "").lower() != (name or "").lower()
                )
            case NeedKind.ALTER_TOGETHER:
                return (
                    isinstance(operation, (AlterUniqueTogether, AlterIndexTogether)) and operation.name.lower() == model
                )
            case _:
                return isinstance(operation, (RemoveIndex, RemoveConstraint)) and operation.model_name.lower() == model


def _is_field(operation: AddField | RemoveField | AlterField, model: str, name: str | None) -> bool:
    return operation.model_name.lower() == model and operation.name.lower() == (name or "").lower()


def _creates_field(operation: Operation, model: str, name: str | None) -> bool:
    if isinstance(operation, CreateModel):
        return operation.name.lower() == model and any(name == field_name for field_name, _ in operation.fields)
    return isinstance(operation, AddField) and _is_field(operation, model, name)


@dataclass(frozen=True, slots=True)
class Planned:
    """An operation that an app needs, not yet in a migration. `first` puts it before those planned so far."""

    app_label: str
    operation: Operation
    needs: tuple[Need, ...] = ()
    first: bool = False


class DoubtKind(enum.Enum):
    """UNDECIDED: there may be a change, or not. UNWRITABLE: there is one, but its text is not known.

    VERBATIM: its text is a name as it was imported, from a module that could not be read: right, but Django may know a
    longer one. BARE: it depends on the machine, and where nothing is configured, models and migrations agree. FURTHER:
    migrations make models that are not known, and touch no other.
    """

    UNDECIDED = "undecided"
    UNWRITABLE = "unwritable"
    VERBATIM = "verbatim"
    BARE = "bare"
    FURTHER = "further"

    @property
    def stops(self) -> bool:
        """Whether nothing may be written for an app with such a doubt."""
        return self in (DoubtKind.UNDECIDED, DoubtKind.UNWRITABLE)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that could not be decided: which app and what in it, and what was not known.

    `model` is a model that may or may not have to be created: whoever needs it is in doubt as well.
    """

    app_label: str
    subject: str
    unknown: Unknown
    model: ModelKey | None = field(default=None, compare=False)
    kind: DoubtKind = DoubtKind.UNDECIDED


@dataclass(frozen=True, slots=True)
class Refused:
    """A question to which there is no answer: Django stops here. `message` is what it says."""

    message: str
    app_label: str = ""
    subject: str = ""
    status: int = 3


@dataclass(frozen=True, slots=True)
class Hint:
    """A removal and an addition that look like a rename that nobody confirmed."""

    app_label: str
    old: str
    new: str
    kind: str
    """"model" or "field"."""

    @property
    def message(self) -> str:
        return f"{self.old} was removed and {self.new} was added with the same definition: this looks like a rename"


@dataclass(frozen=True, slots=True)
class Note:
    """Something that Django says on its way, such as that a default must be corrected by hand."""

    message: str


Remark: TypeAlias = Doubt | Refused | Hint | Note


@dataclass(frozen=True, slots=True)
class Diff:
    """What is missing between two states: migrations by app (in the order in which Django writes them), and remarks."""

    migrations: Mapping[str, tuple[Migration, ...]]
    doubts: tuple[Doubt, ...] = ()
    refusals: tuple[Refused, ...] = ()
    hints: tuple[Hint, ...] = ()
    notes: tuple[Note, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.migrations)

    def doubtful_apps(self) -> Mapping[str, tuple[Doubt, ...]]:
        """The apps of which nothing may be written, and why: their own doubts, and those of apps that they build on."""
        found: dict[str, tuple[Doubt, ...]] = {}
        for doubt in self.doubts:
            if not doubt.kind.stops:
                continue
            found[doubt.app_label] = (*found.get(doubt.app_label, ()), doubt)
        changed = True
        while changed:
            changed = False
            for app, migrations in self.migrations.items():
                if app in found:
                    continue
                planned = {(d.app_label, d.name) for m in migrations for d in m.dependencies}
                behind = [a for a, ms in self.migrations.items() if a in found and any(m.key in planned for m in ms)]
                if behind:
                    found[app] = found[behind[0]]
                    changed = True
        return found
