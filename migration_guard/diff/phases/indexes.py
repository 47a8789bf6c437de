"""Indexes and constraints of kept models: added, removed, renamed, altered.

`compare_indexes` and `compare_constraints` are computed once; the phases read from them, because removals come before
the fields change and additions after.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from migration_guard.diff.matching import Matching, reason
from migration_guard.diff.phases.options import TogetherChange, together_changes
from migration_guard.diff.plan import Doubt, Planned, Remark
from migration_guard.diff.relations import model_needs
from migration_guard.diff.values_of import called_name, items
from migration_guard.state.model import ModelKey
from migration_guard.state.operations import (
    AddConstraint,
    AddIndex,
    AlterConstraint,
    Operation,
    RemoveConstraint,
    RemoveIndex,
    RenameIndex,
)
from migration_guard.values import NONE, Call, Const, Seq, Truth, Unknown, Value, plain, same
from migration_guard.versions import (
    ADDED_INDEXES_NEED_RELATED_MODELS,
    ALTER_CONSTRAINT,
    CONSTRAINT_FIELDS_SEEN_THROUGH_RENAMES,
)

NON_DB_ATTRS = ("violation_error_code", "violation_error_message")
"""What a constraint says to people only: changing it does not recreate it."""


@dataclass(frozen=True, slots=True)
class IndexRename:
    """`old` is a name, or the fields of an `index_together` row."""

    old_name: str | None
    new_name: str
    old_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class IndexChanges:
    """What happens to the indexes, or the constraints, of one kept model."""

    key: ModelKey
    added: tuple[Value, ...] = ()
    removed: tuple[Value, ...] = ()
    renamed: tuple[IndexRename, ...] = ()
    altered: tuple[Value, ...] = ()
    remarks: tuple[Remark, ...] = ()


def _missing(values: Sequence[Value], others: Sequence[Value]) -> tuple[list[Value], list[Value]]:
    """The values that are certainly not among the others, and those of which that is not known."""
    missing, unclear = [], []
    for value in values:
        truth = Truth.any(same(value, other) for other in others)
        if truth is Truth.NO and called_name(value) is not None:
            missing.append(value)
        elif truth is not Truth.YES:
            unclear.append(value)
    return missing, unclear


def _sides(matching: Matching, key: ModelKey, option: str) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
    return items(matching.old_model(key).option(option)), items(matching.new_model(key).option(option))


def _unreadable(matching: Matching, key: ModelKey, option: str) -> Doubt | None:
    values = (matching.new_model(key).option(option), matching.old_model(key).option(option))
    for value in values:
        if isinstance(value, Unknown):
            if same(*values) is Truth.YES:
                return None
            return Doubt(key[0], f"{key[0]}.{matching.new_model(key).name} ({option})", value)
    return None


def _compare(matching: Matching, key: ModelKey, option: str) -> IndexChanges:
    """Added and removed ones; an unclear one takes everything with it that it could correspond to."""
    if (doubt := _unreadable(matching, key, option)) is not None:
        return IndexChanges(key, remarks=(doubt,))
    old, new = _sides(matching, key, option)
    added, unclear_new = _missing(new, old)
    removed, unclear_old = _missing(old, new)
    subject = f"{key[0]}.{matching.new_model(key).name} ({option})"
    doubts = [Doubt(key[0], subject, reason(value, *old, *new)) for value in (*unclear_new, *unclear_old)]
    if key in matching.unsure and (added or removed):
        doubts.append(Doubt(key[0], subject, matching.unsure[key]))
        added, removed = [], []
    return IndexChanges(key, tuple(added), tuple(removed), remarks=tuple(doubts))


def compare_indexes(matching: Matching) -> tuple[IndexChanges, ...]:
    """What happens to the indexes of every kept model."""
    together: dict[ModelKey, TogetherChange] = {}
    for change in together_changes(matching, "index_together"):
        if isinstance(change, TogetherChange):
            together[change.key] = change
    found = []
    for key in matching.kept_models:
        changes = _compare(matching, key, "indexes")
        # A row may become an index that is also the new name of another one: both renames look at all that is new.
        found.append(_with_rows_turned_indexes(_with_renames(changes), changes.added, together.get(key)))
    return tuple(found)


def _nameless(value: Value) -> Value:
    assert isinstance(value, Call)
    return replace(value, kwargs={k: v for k, v in value.kwargs.items() if k != "name"})


def _with_renames(changes: IndexChanges) -> IndexChanges:
    """Indexes that differ in nothing but their name are renamed."""
    renamed: list[IndexRename] = []
    taken: list[Value] = []
    unclear: list[Value] = []
    for new in changes.added:
        for old in changes.removed:
            truth = same(_nameless(old), _nameless(new))
            if truth is Truth.NO:
                continue
            (taken if truth is Truth.YES else unclear).extend((new, old))
            if truth is Truth.YES:
                renamed.append(IndexRename(called_name(old), called_name(new) or ""))
    doubts = tuple(
        Doubt(changes.key[0], f"{'.'.join(changes.key)} (index {called_name(value)})", reason(value, *unclear))
        for value in unclear
        if value not in taken
    )
    gone = (*taken, *unclear)
    return replace(
        changes,
        added=tuple(value for value in changes.added if value not in gone),
        removed=tuple(value for value in changes.removed if value not in gone),
        renamed=tuple(renamed),
        remarks=(*changes.remarks, *doubts),
    )


def _with_rows_turned_indexes(
    changes: IndexChanges, added: Sequence[Value], together: TogetherChange | None
) -> IndexChanges:
    """A row of `index_together` that became the one index on the same fields is renamed."""
    for row in sorted(together.old - together.new) if together else ():
        candidates = [value for value in added if _plain_fields(value) == row]
        if len(candidates) == 1:
            rename = IndexRename(None, called_name(candidates[0]) or "", row)
            left = tuple(value for value in changes.added if value != candidates[0])
            changes = replace(changes, added=left, renamed=(*changes.renamed, rename))
    return changes


def _plain_fields(index: Value) -> tuple[str, ...] | None:
    if not isinstance(index, Call) or index.args or set(index.kwargs) != {"name", "fields"}:
        return None
    fields = plain(index.kwargs["fields"])
    return tuple(fields) if fields else None


def compare_constraints(matching: Matching) -> tuple[IndexChanges, ...]:
    """What happens to the constraints of every kept model."""
    found = []
    for key in matching.kept_models:
        changes = _compare(matching, key, "constraints")
        if ALTER_CONSTRAINT(matching.target.version):
            changes = _with_alterations(matching, changes)
        found.append(changes)
    return tuple(found)


def _with_alterations(matching: Matching, changes: IndexChanges) -> IndexChanges:
    """Constraints of which only the messages changed are altered in place."""
    altered = [
        new
        for old in changes.removed
        for new in changes.added
        if called_name(old) == called_name(new) and _same_in_database(matching, old, new) is Truth.YES
    ]
    names = {called_name(value) for value in altered}
    return replace(
        changes,
        added=tuple(value for value in changes.added if called_name(value) not in names),
        removed=tuple(value for value in changes.removed if called_name(value) not in names),
        altered=tuple(altered),
    )


def _same_in_database(matching: Matching, old: Value, new: Value) -> Truth:
    assert isinstance(old, Call) and isinstance(new, Call)
    ours, theirs = (
        replace(value, kwargs={k: v for k, v in value.kwargs.items() if k not in NON_DB_ATTRS}) for value in (old, new)
    )
    if CONSTRAINT_FIELDS_SEEN_THROUGH_RENAMES(matching.target.version):
        theirs = _with_old_names(matching, theirs)
    return same(ours, theirs)


def _with_old_names(matching: Matching, constraint: Call) -> Call:
    fields = constraint.kwargs.get("fields")
    for rename in matching.field_renames:
        column = plain(rename.new.attr("db_column"))
        if not column or plain(rename.old.attr("db_column")) != column or not isinstance(fields, Seq):
            continue
        fields = Seq("tuple", tuple(Const(rename.old_name) if plain(f) == rename.new_name else f for f in fields.items))
    return (
        replace(constraint, kwargs={**constraint.kwargs, "fields": fields}) if isinstance(fields, Seq) else constraint
    )


def remarks(changes: Sequence[IndexChanges]) -> Iterator[Remark]:
    """What could not be decided."""
    for change in changes:
        yield from change.remarks


def removed_constraints(constraints: Sequence[IndexChanges]) -> Iterator[Planned]:
    """RemoveConstraint."""
    for change in constraints:
        for value in change.removed:
            yield Planned(change.key[0], RemoveConstraint(model_name=change.key[1], name=called_name(value) or ""))


def removed_indexes(indexes: Sequence[IndexChanges]) -> Iterator[Planned]:
    """RemoveIndex."""
    for change in indexes:
        for value in change.removed:
            yield Planned(change.key[0], RemoveIndex(model_name=change.key[1], name=called_name(value) or ""))


def renamed_indexes(indexes: Sequence[IndexChanges]) -> Iterator[Planned]:
    """RenameIndex."""
    for change in indexes:
        for rename in change.renamed:
            fields = Seq("tuple", tuple(Const(name) for name in rename.old_fields)) if rename.old_fields else NONE
            operation = RenameIndex(
                model_name=change.key[1], new_name=rename.new_name, old_name=rename.old_name, old_fields=fields
            )
            yield Planned(change.key[0], operation)


def rows_turned_indexes(indexes: Sequence[IndexChanges]) -> frozenset[tuple[ModelKey, tuple[str, ...]]]:
    """The rows of `index_together` that a RenameIndex takes care of."""
    return frozenset(
        (change.key, rename.old_fields) for change in indexes for rename in change.renamed if rename.old_fields
    )


def added_indexes(matching: Matching, indexes: Sequence[IndexChanges]) -> Iterator[Planned]:
    """AddIndex."""
    for change in indexes:
        operations = [AddIndex(model_name=change.key[1], index=value) for value in change.added]
        yield from _with_needs(matching, change.key, operations)


def added_constraints(matching: Matching, constraints: Sequence[IndexChanges]) -> Iterator[Planned]:
    """AddConstraint."""
    for change in constraints:
        operations = [AddConstraint(model_name=change.key[1], constraint=value) for value in change.added]
        yield from _with_needs(matching, change.key, operations)


def altered_constraints(matching: Matching, constraints: Sequence[IndexChanges]) -> Iterator[Planned]:
    """AlterConstraint."""
    for change in constraints:
        operations = [
            AlterConstraint(model_name=change.key[1], name=called_name(value) or "", constraint=value)
            for value in change.altered
        ]
        yield from _with_needs(matching, change.key, operations)


def _with_needs(matching: Matching, key: ModelKey, operations: Sequence[Operation]) -> Iterator[Planned]:
    """Operations on a model's indexes or constraints, with all that the model's relations need."""
    if operations:
        late = ADDED_INDEXES_NEED_RELATED_MODELS(matching.target.version)
        needs = model_needs(matching.new_model(key), matching.target) if late else ()
        for operation in operations:
            yield Planned(key[0], operation, needs)
