"""Django's optimizer: two operations into one, a list of operations into an equal or shorter one.

In: operations, their app label, the Django version whose rules to use. Out: new operations; none is ever changed. The
rules of CreateModel, which absorbs almost everything, live in `absorb`. Django before 6.0 also changes operations in
place that it then keeps (an index already renamed, followed by its RenameIndex): that is not imitated.
"""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from migration_guard import versions
from migration_guard.state.absorb import absorb, rebuilt
from migration_guard.state.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterConstraint,
    AlterField,
    AlterIndexTogether,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTable,
    AlterModelTableComment,
    AlterOrderWithRespectTo,
    AlterUniqueTogether,
    CreateModel,
    CustomOperation,
    DatabaseOperation,
    DeleteModel,
    Operation,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RenameField,
    RenameIndex,
    RenameModel,
    RunPython,
    RunSQL,
    SeparateDatabaseAndState,
    ValidateConstraint,
)
from migration_guard.state.options import named, object_name
from migration_guard.state.references import references_field, references_model
from migration_guard.values import NONE
from migration_guard.versions import Version

Reduction: TypeAlias = "list[Operation] | bool"
"""What takes the place of the two; else whether the second can be moved before the first."""

OptionOperation: TypeAlias = (
    AlterModelTable
    | AlterModelTableComment
    | AlterUniqueTogether
    | AlterIndexTogether
    | AlterOrderWithRespectTo
    | AlterModelOptions
    | AlterModelManagers
)


def optimize(operations: Sequence[Operation], app_label: str, version: Version) -> tuple[Operation, ...]:
    """The operations of an app, reduced until nothing more can be."""
    current = list(operations)
    while True:
        result = _pass(current, app_label, version)
        if len(result) == len(current) and all(a is b for a, b in zip(result, current, strict=True)):
            return tuple(result)
        current = result


def _pass(operations: list[Operation], app_label: str, version: Version) -> list[Operation]:
    """One pass: up to the first reduction. Only pairs for which there can be a rule are looked at one by one."""
    places = _places(operations)
    for i, operation in enumerate(operations):
        found = _first_reduction(operations, i, places, version)
        if found is None:
            continue
        j, result = found
        before, between, rest = operations[:i], operations[i + 1 : j], operations[j + 1 :]
        if all(reduce(operation, other, app_label, version) for other in between):
            return [*before, *between, *result, *rest]
        if all(reduce(other, operations[j], app_label, version) is True for other in between):
            return [*before, *result, *between, *rest]
    return operations


_ANY = ("", "")


def _places(operations: list[Operation]) -> dict[tuple[str, str], list[int]]:
    """Where the operations are that a rule could join to an earlier one, by what they are about."""
    places: dict[tuple[str, str], list[int]] = {}
    for i, operation in enumerate(operations):
        for key in _subjects(operation):
            places.setdefault(key, []).append(i)
    return places


def _first_reduction(
    operations: list[Operation], i: int, places: dict[tuple[str, str], list[int]], version: Version
) -> tuple[int, list[Operation]] | None:
    operation = operations[i]
    if is_elidable(operation):
        following: Iterable[int] = (i + 1,) if i + 1 < len(operations) else ()
    else:
        lists = (places.get(key, []) for key in (_ANY, _aim(operation)))
        following = heapq.merge(*(known[bisect.bisect_right(known, i) :] for known in lists))
    for j in following:
        result = _reduced(operation, operations[j], version)
        if result is not None:
            return j, result
    return None


def _subjects(operation: Operation) -> Iterator[tuple[str, str]]:
    """What an operation is about when it comes second."""
    if is_elidable(operation):
        yield _ANY
    match operation:
        case RenameModel():
            yield "model", operation.old_name.lower()
        case DatabaseOperation():
            yield "database", ""
        case RunSQL() | RunPython() | SeparateDatabaseAndState() | CustomOperation() | ValidateConstraint():
            pass
        case (
            AddField()
            | AlterField()
            | RemoveField()
            | RenameField()
            | AddIndex()
            | RemoveIndex()
            | RenameIndex()
            | AddConstraint()
            | RemoveConstraint()
            | AlterConstraint()
        ):
            yield "model", operation.model_name.lower()
            if isinstance(operation, (RemoveIndex, RenameIndex)):
                yield "index", ""
        case _:
            yield "model", operation.name.lower()


def _aim(operation: Operation) -> tuple[str, str]:
    """What a later operation must be about for there to be a rule."""
    match operation:
        case RenameModel():
            return "model", operation.new_name.lower()
        case AddIndex():
            return "index", ""
        case _:
            return next(_subjects(operation), ("", "nothing"))


def reduce(operation: Operation, other: Operation, app_label: str, version: Version) -> Reduction:
    """What Django makes of an operation and a later one."""
    reduced = _reduced(operation, other, version)
    return _passes(operation, other, app_label, version) if reduced is None else reduced


def _reduced(operation: Operation, other: Operation, version: Version) -> list[Operation] | None:
    """What takes the place of both, where something does."""
    specific = _specific(operation, other, version)
    if specific is not None:
        return specific
    if is_elidable(operation):
        return [other]
    return [operation] if is_elidable(other) else None


def is_elidable(operation: Operation) -> bool:
    return isinstance(operation, (RunSQL, RunPython)) and operation.elidable


def _passes(operation: Operation, other: Operation, app_label: str, version: Version) -> bool:
    """Whether `other` can be moved before `operation`."""
    match operation:
        case CreateModel() | DeleteModel():
            return not references_model(other, operation.name, app_label)
        case RenameModel():
            return not references_model(other, operation.new_name, app_label)
        case AlterUniqueTogether() | AlterIndexTogether():
            together = isinstance(other, (AlterUniqueTogether, AlterIndexTogether))
            independent = together and type(other) is not type(operation)
            return independent or not references_model(other, operation.name, app_label)
        case (
            AlterModelTable()
            | AlterModelTableComment()
            | AlterOrderWithRespectTo()
            | AlterModelOptions()
            | AlterModelManagers()
        ):
            return not references_model(other, operation.name, app_label)
        case AddField() | AlterField() | RemoveField():
            return not references_field(other, operation.model_name, operation.name, app_label, version)
        case RenameField():
            names = (operation.old_name, operation.new_name)
            return not any(references_field(other, operation.model_name, name, app_label, version) for name in names)
        case _:
            return False


def _specific(operation: Operation, other: Operation, version: Version) -> list[Operation] | None:
    """The rule for these two classes of operations, where there is one and it fits."""
    match operation:
        case CreateModel():
            return absorb(operation, other, version)
        case RenameModel():
            if isinstance(other, RenameModel) and operation.new_name.lower() == other.old_name.lower():
                return [rebuilt(operation, version, new_name=other.new_name)]
        case (
            AlterModelTable()
            | AlterModelTableComment()
            | AlterUniqueTogether()
            | AlterIndexTogether()
            | AlterOrderWithRespectTo()
            | AlterModelOptions()
            | AlterModelManagers()
        ):
            if isinstance(other, (type(operation), DeleteModel)) and operation.name.lower() == other.name.lower():
                return [other]
        case AddField():
            return _added_field(operation, other, version)
        case AlterField():
            return _altered_field(operation, other, version)
        case RemoveField():
            if isinstance(other, DeleteModel) and other.name.lower() == operation.model_name.lower():
                return [other]
        case RenameField():
            chained = isinstance(other, RenameField) and operation.model_name.lower() == other.model_name.lower()
            if chained and isinstance(other, RenameField) and operation.new_name.lower() == other.old_name.lower():
                return [rebuilt(operation, version, new_name=other.new_name)]
        case AddIndex():
            return _added_index(operation, other, version)
        case RenameIndex():
            return _renamed_index(operation, other, version)
        case AddConstraint():
            return _added_constraint(operation, other, version)
        case AlterConstraint():
            if isinstance(other, (AlterConstraint, RemoveConstraint)) and _same_object(operation, other):
                return [other]
        case DatabaseOperation():
            return _collations(operation, other, version)
        case _:
            pass
    return None


def _same_field(operation: AddField | AlterField, other: AddField | AlterField | RemoveField | RenameField) -> bool:
    name = other.old_name if isinstance(other, RenameField) else other.name
    return operation.model_name.lower() == other.model_name.lower() and operation.name.lower() == name.lower()


def _added_field(operation: AddField, other: Operation, version: Version) -> list[Operation] | None:
    if not isinstance(other, (AlterField, RemoveField, RenameField)) or not _same_field(operation, other):
        return None
    keeps = operation.preserve_default if versions.REDUCTION_KEEPS_ARGUMENTS(version) else True
    match other:
        case AlterField():
            return [rebuilt(operation, version, name=other.name, field=other.field, preserve_default=keeps)]
        case RemoveField():
            return []
        case RenameField():
            return [rebuilt(operation, version, name=other.new_name, preserve_default=keeps)]


def _altered_field(operation: AlterField, other: Operation, version: Version) -> list[Operation] | None:
    if isinstance(other, AlterField) and not versions.ALTER_FIELDS_COLLAPSE(version):
        return None
    if not isinstance(other, (AlterField, RemoveField, RenameField)) or not _same_field(operation, other):
        return None
    if not isinstance(other, RenameField):
        return [other]
    if operation.field.attr("db_column") != NONE:
        return None
    keeps = operation.preserve_default if versions.REDUCTION_KEEPS_ARGUMENTS(version) else True
    return [other, rebuilt(operation, version, name=other.new_name, preserve_default=keeps)]


def _added_index(operation: AddIndex, other: Operation, version: Version) -> list[Operation] | None:
    """Django compares the names only, not the models."""
    if not versions.ADDED_INDEX_ABSORBS(version):
        return None
    name = object_name(operation.index)
    match other:
        case RemoveIndex() if other.name == name:
            return []
        case RenameIndex() if other.old_name is not None and other.old_name == name:
            keeps = versions.ADDED_INDEX_KEEPS_CLASS(version)
            index = named(operation.index, other.new_name)
            if keeps:
                return [replace(operation, index=index)]
            return [AddIndex(operation.model_name, index)]
    return None


def _renamed_index(operation: RenameIndex, other: Operation, version: Version) -> list[Operation] | None:
    if not isinstance(other, RenameIndex) or operation.model_name.lower() != other.model_name.lower():
        return None
    if other.old_name and operation.new_name.lower() == other.old_name.lower():
        return [rebuilt(operation, version, new_name=other.new_name)]
    return None


def _added_constraint(operation: AddConstraint, other: Operation, version: Version) -> list[Operation] | None:
    if not versions.ADDED_INDEX_ABSORBS(version) or not isinstance(other, (RemoveConstraint, AlterConstraint)):
        return None
    same_model = operation.model_name.lower() == other.model_name.lower()
    if not same_model or object_name(operation.constraint) != other.name:
        return None
    if isinstance(other, RemoveConstraint):
        return []
    if versions.REDUCTION_KEEPS_ARGUMENTS(version):
        return [rebuilt(operation, version, constraint=other.constraint)]
    return [AddConstraint(operation.model_name, other.constraint)]


def _same_object(operation: AlterConstraint, other: AlterConstraint | RemoveConstraint) -> bool:
    return operation.model_name.lower() == other.model_name.lower() and operation.name == other.name


def _collations(operation: DatabaseOperation, other: Operation, version: Version) -> list[Operation] | None:
    if not versions.COLLATIONS_CANCEL_OUT(version) or not isinstance(other, DatabaseOperation):
        return None
    pair = (operation.kind, other.kind) == ("CreateCollation", "RemoveCollation")
    return [] if pair and operation.arguments.get("name") == other.arguments.get("name") else None
