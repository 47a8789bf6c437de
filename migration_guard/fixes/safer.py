"""The safe form of a migration: the same final state, reached in steps that do not block a table for long.

In: operations between their states, and what the database can do. Out: `Piece`s, each to be a migration of its own:
indexes built concurrently, constraints added without a look at the rows and validated later, removals from the state
only. Files and texts are not known here. No safe form is None, never a guess.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from migration_guard.sql.acts import Kind
from migration_guard.sql.profiles import Profile
from migration_guard.state import operations as ops
from migration_guard.state.apply import apply
from migration_guard.state.model import Field, Model, ModelKey, State
from migration_guard.state.operations import Migration, Operation
from migration_guard.state.problem import Problem
from migration_guard.values import FALSE, TRUE, Call, Const, Ref, Seq, Truth, Unknown, same
from migration_guard.versions import CHECK_CONSTRAINT_CONDITION, Version

MAX_NAME = 30
"""Names of constraints that every database takes."""


class Measure(enum.Flag):
    """What may be done. REMOVALS leaves columns and tables in the database until a later release."""

    INDEXES = enum.auto()
    CONSTRAINTS = enum.auto()
    NOT_NULL = enum.auto()
    REMOVALS = enum.auto()
    DATA = enum.auto()
    """Data migrations apart from changes of tables."""
    SINGLE = enum.auto()
    """One operation for each migration, where the database does not take DDL back."""


ONLINE = Measure.INDEXES | Measure.CONSTRAINTS | Measure.NOT_NULL


class Stage(enum.Enum):
    """When a part runs: with the others, outside of a transaction, after all others, or last of these.

    What only looks at rows comes before what locks: a lock must not be held while rows are looked at.
    """

    MAIN = "main"
    CONCURRENT = "concurrent"
    LATE = "late"
    LAST = "last"


LATE_STAGES = (Stage.LATE, Stage.LAST)
ALL_STAGES = (Stage.CONCURRENT, *LATE_STAGES)


@dataclass(frozen=True, slots=True)
class Part:
    """An operation of the safe form. `index` is that of the operation it comes from; `same`: it is that operation.

    `renamed` is the class that takes the place of the operation's own, where nothing else about it changes.
    """

    operation: Operation
    index: int
    same: bool = True
    renamed: str | None = None
    stage: Stage = Stage.MAIN


@dataclass(frozen=True, slots=True)
class Piece:
    """A migration of the safe form."""

    parts: tuple[Part, ...]
    atomic: bool = True

    @property
    def operations(self) -> tuple[Operation, ...]:
        return tuple(part.operation for part in self.parts)


@dataclass(slots=True)
class Form:
    """The making of a safe form. `notes` say what is left to be done by hand, in a later release."""

    app_label: str
    version: Version
    measures: Measure
    profiles: Sequence[Profile]
    created: set[ModelKey] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    allowed: Measure = field(init=False)
    """The measures that are tried at the moment."""

    def __post_init__(self) -> None:
        self.allowed = self.measures

    def pieces(self, migration: Migration, before: State) -> tuple[Piece, ...] | None:
        """The safe form of a migration; None where there is none, or where it is safe as it is."""
        created = frozenset(self.created)
        parts = self.parts(migration, before, self.measures)
        if parts is not None and not _can_wait(parts, LATE_STAGES):
            self.created = set(created)
            parts = self.parts(migration, before, self.measures & ~(Measure.CONSTRAINTS | Measure.NOT_NULL))
        if not parts:
            return None
        found = tuple(self.grouped(parts, migration.atomic))
        order = [part.index for part in found[0].parts]
        unchanged = len(found) == 1 and all(part.same for part in parts) and order == sorted(order)
        return None if unchanged and found[0].atomic == migration.atomic else found

    def parts(self, migration: Migration, before: State, measures: Measure) -> list[Part] | None:
        """The parts of all operations, in order; None where one cannot be applied."""
        self.allowed = measures
        self.notes = []
        found: list[Part] = []
        for index, operation in enumerate(migration.operations):
            after = apply(operation, self.app_label, before, self.version)
            if isinstance(after, Problem):
                return None
            found += self.safe(operation, index, before)
            if isinstance(operation, ops.CreateModel):
                self.created.add((self.app_label, operation.name.lower()))
            before = after
        return found

    def may(self, measure: Measure) -> bool:
        """Whether something is wanted, and every database can do it."""
        if measure in ONLINE and not (self.profiles and all(profile.extensions for profile in self.profiles)):
            return False
        return measure in self.allowed

    # Operations

    def safe(self, operation: Operation, index: int, before: State) -> list[Part]:
        """The parts that an operation becomes."""
        as_it_is = [Part(operation, index)]
        if (self.app_label, _model_of(operation)) in self.created:
            return as_it_is
        match operation:
            case ops.AddIndex(concurrently=False) | ops.RemoveIndex(concurrently=False) if self.may(Measure.INDEXES):
                renamed = f"{type(operation).__name__}Concurrently"
                return [Part(replace(operation, concurrently=True), index, False, renamed, Stage.CONCURRENT)]
            case ops.AddIndex(concurrently=True) | ops.RemoveIndex(concurrently=True):
                return [Part(operation, index, stage=Stage.CONCURRENT)]
            case ops.AddConstraint(validate=True) if self.may(Measure.CONSTRAINTS):
                return self.constraint(operation, index) or as_it_is
            case ops.ValidateConstraint() if self.may(Measure.CONSTRAINTS):
                return [Part(operation, index, stage=Stage.LATE)]
            case ops.AlterField() if self.may(Measure.NOT_NULL) and all(map(_believes_checks, self.profiles)):
                return self.not_null(operation, index, before) or as_it_is
            case ops.RemoveField() if self.may(Measure.REMOVALS):
                return self.removal(operation, index, before) or as_it_is
            case ops.SeparateDatabaseAndState(
                database_operations=(), state_operations=(ops.RemoveField() as inner,)
            ) if self.may(Measure.REMOVALS):
                return self.removal(inner, index, before)[:-1] + as_it_is
            case ops.DeleteModel() if self.may(Measure.REMOVALS):
                return self.deletion(operation, index, before) or as_it_is
            case _:
                return as_it_is

    def constraint(self, operation: ops.AddConstraint, index: int) -> list[Part]:
        """A check is added without a look at the rows, and validated in a transaction of its own."""
        call = operation.constraint
        if not isinstance(call, Call) or call.func.name != "CheckConstraint":
            return []
        name = call.kwargs.get("name")
        if not isinstance(name, Const) or not isinstance(name.value, str):
            return []
        added = replace(operation, validate=False)
        validated = ops.ValidateConstraint(operation.model_name, name.value)
        return [
            Part(added, index, False, "AddConstraintNotValid"),
            Part(validated, index, False, stage=Stage.LATE),
        ]

    def not_null(self, operation: ops.AlterField, index: int, before: State) -> list[Part]:
        """A check that is validated first spares SET NOT NULL its look at the rows."""
        model = before.get((self.app_label, operation.model_name.lower()))
        old = model.fields.get(operation.name) if model is not None else None
        if model is None or old is None or not _becomes_required(old, operation):
            return []
        name = _free_name(model, f"{model.name.lower()}_{operation.name}_set"[:MAX_NAME])
        keyword = "condition" if CHECK_CONSTRAINT_CONDITION(self.version) else "check"
        filled = Call(Ref("django.db.models", "Q"), (), {f"{operation.name}__isnull": FALSE})
        check = Call(Ref("django.db.models", "CheckConstraint"), (), {keyword: filled, "name": Const(name)})
        return [
            Part(ops.AddConstraint(operation.model_name, check, validate=False), index, False),
            Part(ops.ValidateConstraint(operation.model_name, name), index, False, stage=Stage.LATE),
            Part(operation, index, stage=Stage.LAST),
            Part(ops.RemoveConstraint(operation.model_name, name), index, False, stage=Stage.LAST),
        ]

    def removal(self, operation: ops.RemoveField, index: int, before: State) -> list[Part]:
        """The field leaves the state; the column stays, and takes rows that do not name it."""
        model = before.get((self.app_label, operation.model_name.lower()))
        old = model.fields.get(operation.name) if model is not None else None
        if model is None or old is None or old.type is None or old.many_to_many or not old.type.column:
            return []
        if model.flag("managed", True) is False or isinstance(old.attr("primary_key"), Unknown):
            return []
        parts = []
        if _needs_a_value(old):
            parts.append(Part(ops.AlterField(operation.model_name, operation.name, _optional(old)), index, False))
        gone = ops.SeparateDatabaseAndState(state_operations=(operation,))
        self.notes.append(
            f"the column of {model.app_label}.{model.name}.{operation.name} stays in the database; drop it in a later "
            "release, when no running code uses it"
        )
        return [*parts, Part(gone, index, False)]

    def deletion(self, operation: ops.DeleteModel, index: int, before: State) -> list[Part]:
        model = before.get((self.app_label, operation.name.lower()))
        if model is None or model.flag("proxy") or not model.flag("managed", True):
            return []
        self.notes.append(
            f"the table of {model.app_label}.{model.name} stays in the database; drop it in a later release, when no "
            "running code uses it"
        )
        return [Part(ops.SeparateDatabaseAndState(state_operations=(operation,)), index, False)]

    # Migrations

    def grouped(self, parts: Sequence[Part], atomic: bool) -> Iterable[Piece]:
        """Parts as migrations: in order, but for what can wait until the others are done."""
        waiting = (Stage.CONCURRENT, *LATE_STAGES) if _can_wait(parts, ALL_STAGES) else LATE_STAGES
        group: list[Part] = []
        for part in (*(part for part in parts if part.stage not in waiting), *_of(parts, waiting, Stage.CONCURRENT)):
            if group and self.apart(group[-1], part):
                yield _piece(group, atomic)
                group = []
            group.append(part)
        if group:
            yield _piece(group, atomic)
        late = tuple(part for stage in LATE_STAGES for part in parts if part.stage is stage)
        if late:
            yield Piece(late)

    def apart(self, one: Part, other: Part) -> bool:
        """Whether two neighbours belong to different migrations."""
        if (one.stage is Stage.CONCURRENT) != (other.stage is Stage.CONCURRENT):
            return True
        if self.may(Measure.DATA) and _is_data(one.operation) != _is_data(other.operation):
            return True
        return self.may(Measure.SINGLE) and not any(profile.rolls_back_ddl for profile in self.profiles)


def _believes_checks(profile: Profile) -> bool:
    """Whether a validated check spares SET NOT NULL its look at the rows."""
    row = profile.locks.row(Kind.SET_NOT_NULL_CHECKED, profile.server)
    return row is not None and row.scans is Truth.NO


def _piece(group: list[Part], atomic: bool) -> Piece:
    return Piece(tuple(group), atomic and group[0].stage is not Stage.CONCURRENT)


def _is_data(operation: Operation) -> bool:
    return isinstance(operation, (ops.RunPython, ops.RunSQL))


def _becomes_required(old: Field, operation: ops.AlterField) -> bool:
    """Whether NULL to NOT NULL is all that changes, and no default must be filled in."""
    new = operation.field
    if old.attr("null") != TRUE or new.attr("null") != FALSE or new.many_to_many or new.unknown is not None:
        return False
    if "default" in new.call.kwargs or not operation.preserve_default or "db_default" in new.call.kwargs:
        return False
    return same(old.with_kwargs(null=None).call, new.with_kwargs(null=None).call) is Truth.YES


def _free_name(model: Model, name: str) -> str:
    """The name, or one like it that no constraint of the model has."""
    known = model.option("constraints")
    taken = (
        {call.kwargs.get("name") for call in known.items if isinstance(call, Call)} if isinstance(known, Seq) else ()
    )
    number = 2
    free = name
    while Const(free) in taken:
        free = f"{name[: MAX_NAME - 2]}_{number}"
        number += 1
    return free


def _needs_a_value(field: Field) -> bool:
    """Whether a row that does not name the column is refused."""
    has_default = not isinstance(field.attr("db_default"), Unknown) and "db_default" in field.call.kwargs
    return field.attr("null") != TRUE and not has_default and field.attr("primary_key") != TRUE


def _optional(field: Field) -> Field:
    """The field as it may stay: nullable, and without a constraint that the new code knows nothing of."""
    optional = field.with_kwargs(null=TRUE)
    return optional.with_kwargs(db_constraint=FALSE) if field.is_relation else optional


def _of(parts: Sequence[Part], waiting: tuple[Stage, ...], stage: Stage) -> list[Part]:
    return [part for part in parts if part.stage is stage] if stage in waiting else []


def _can_wait(parts: Sequence[Part], stages: tuple[Stage, ...]) -> bool:
    """Whether parts of some stages may come after all others that stand behind them in the list."""
    waiting: list[Operation] = []
    for part in parts:
        if part.stage in stages:
            waiting.append(part.operation)
        elif waiting and not _indifferent(part.operation, waiting):
            return False
    return True


def _indifferent(operation: Operation, waiting: Sequence[Operation]) -> bool:
    """Whether an operation does the same before and after those that wait."""
    models = {_model_of(other) for other in waiting}
    names = {other.name for other in waiting if isinstance(other, _WAITS)}
    indexed = {_model_of(other) for other in waiting if isinstance(other, (ops.AddIndex, ops.RemoveIndex))}
    match operation:
        case ops.RunPython():
            return not any(isinstance(other, (ops.AlterField, ops.RemoveConstraint)) for other in waiting)
        case ops.RunSQL() | ops.CustomOperation() | ops.RenameModel() | ops.DeleteModel() | ops.RenameField():
            return False
        case ops.SeparateDatabaseAndState():
            inner = (*operation.database_operations, *operation.state_operations)
            return all(_indifferent(other, waiting) for other in inner)
        case ops.RemoveField() | ops.AlterField() | ops.RemoveConstraint() | ops.AlterConstraint():
            model = _model_of(operation)
            return model not in indexed and (model not in models or operation.name not in names)
        case _:
            return True


def _model_of(operation: Operation) -> str:
    return str(getattr(operation, "model_name", None) or getattr(operation, "name", "")).lower()


_WAITS = (ops.ValidateConstraint, ops.AlterField, ops.RemoveConstraint)
