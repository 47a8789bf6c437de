"""What CreateModel takes into itself: the largest part of Django's optimizer.

In: a CreateModel and a later operation. Out: the operations that take the place of both, or None where Django has no
rule for them, or where a part that could not be read would decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from migration_guard import versions
from migration_guard.state.apply import ALTER_OPTION_KEYS
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
    DeleteModel,
    Operation,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RenameField,
    RenameIndex,
    RenameModel,
)
from migration_guard.state.options import appended, indexed_together, malformed, names_in, without_object
from migration_guard.values import Const, Ref, Seq, Unknown, Value
from migration_guard.versions import Version

AnyOperation = TypeVar("AnyOperation", bound=Operation)
Options = Mapping[str, Value]

_EMPTY = Seq("list", ())
_TOGETHER = ("unique_together", "index_together")


def rebuilt(operation: AnyOperation, version: Version, **changes: Any) -> AnyOperation:
    """An operation with other arguments. Before Django 6.0 it is of Django's own class, whatever it was before."""
    call = operation.call
    if call is not None and not versions.REDUCTION_KEEPS_ARGUMENTS(version):
        call = replace(call, func=Ref("django.db.migrations", type(operation).__name__))
    return replace(operation, call=call, **changes)


def absorb(created: CreateModel, other: Operation, version: Version) -> list[Operation] | None:
    """The rules of `CreateModel.reduce`. Where Django would fail over a field that is there twice, nothing is done."""
    if created.incomplete or not _concerns(created, other):
        return None
    reduced = _absorbed(created, other, version)
    return None if reduced and malformed(reduced[0]) else reduced


def _absorbed(created: CreateModel, other: Operation, version: Version) -> list[Operation] | None:
    match other:
        case DeleteModel():
            return None if created.options.get("proxy", Const(False)) != Const(False) else []
        case RenameModel():
            return [rebuilt(created, version, name=other.new_name)]
        case AlterModelManagers():
            return [rebuilt(created, version, managers=other.managers)]
        case AddField():
            return [rebuilt(created, version, fields=(*created.fields, (other.name, other.field)))]
        case AlterField():
            fields = tuple((name, other.field if name == other.name else field) for name, field in created.fields)
            return [rebuilt(created, version, fields=fields)]
        case RemoveField():
            return _without_field(created, other, version)
        case RenameField():
            return _with_renamed_field(created, other, version)
        case _:
            options = _options(created.options, other, version)
            return None if options is None else [rebuilt(created, version, options=options)]


def _concerns(created: CreateModel, other: Operation) -> bool:
    """Whether the later operation is one on the created model."""
    name = created.name.lower()
    match other:
        case RenameModel():
            return other.old_name.lower() == name
        case (
            DeleteModel()
            | AlterModelTable()
            | AlterModelTableComment()
            | AlterUniqueTogether()
            | AlterIndexTogether()
            | AlterOrderWithRespectTo()
            | AlterModelOptions()
            | AlterModelManagers()
        ):
            return other.name.lower() == name
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
            return other.model_name.lower() == name
        case _:
            return False


def _options(options: Options, other: Operation, version: Version) -> Options | None:
    """The options after an operation that changes nothing else, or None where it has to stay."""
    match other:
        case AlterModelOptions():
            cleared = {key for key in ALTER_OPTION_KEYS if key not in other.options}
            return {key: value for key, value in {**options, **other.options}.items() if key not in cleared}
        case AlterUniqueTogether():
            return {**options, "unique_together": other.unique_together}
        case AlterIndexTogether():
            return {**options, "index_together": other.index_together}
        case AlterOrderWithRespectTo():
            return {**options, "order_with_respect_to": other.order_with_respect_to}
        case AlterModelTable() if versions.CREATE_MODEL_ABSORBS_TABLE(version):
            return {**options, "db_table": other.table}
        case AlterModelTableComment() if versions.CREATE_MODEL_ABSORBS_TABLE(version):
            return {**options, "db_table_comment": other.table_comment}
        case AddIndex() | RemoveIndex() | RenameIndex():
            return _indexes(options, other, version)
        case AddConstraint() | RemoveConstraint() | AlterConstraint():
            return _constraints(options, other, version)
        case _:
            return None


def _indexes(options: Options, other: AddIndex | RemoveIndex | RenameIndex, version: Version) -> Options | None:
    indexes = options.get("indexes", _EMPTY)
    match other:
        case AddIndex():
            changed = appended(indexes, other.index)
        case RemoveIndex():
            changed = without_object(indexes, other.name)
        case RenameIndex(old_fields=Seq(items=(_, *_)) as fields) if versions.CREATE_MODEL_NAMES_INDEXES(version):
            together = options.get("index_together", _EMPTY)
            if not isinstance(together, Seq):
                return None
            kept = tuple(entry for entry in together if entry != fields)
            options = {**options, "index_together": Seq("set", kept)}
            if not kept:
                options = {key: value for key, value in options.items() if key != "index_together"}
            changed = appended(indexes, indexed_together(other))
        case _:
            return None
    return {**options, "indexes": changed} if isinstance(changed, Seq) else None


def _constraints(
    options: Options, other: AddConstraint | RemoveConstraint | AlterConstraint, version: Version
) -> Options | None:
    if not versions.CREATE_MODEL_ABSORBS_CONSTRAINTS(version):
        return None
    constraints = options.get("constraints", _EMPTY)
    match other:
        case AddConstraint():
            changed = appended(constraints, other.constraint)
        case RemoveConstraint():
            changed = without_object(constraints, other.name)
        case AlterConstraint() if versions.CREATE_MODEL_ABSORBS_ALTERED_CONSTRAINT(version):
            changed = appended(without_object(constraints, other.name), other.constraint)
        case _:
            return None
    return {**options, "constraints": changed} if isinstance(changed, Seq) else None


def _without_field(created: CreateModel, other: RemoveField, version: Version) -> list[Operation] | None:
    removed = other.name.lower()
    options = dict(created.options)
    for option in _TOGETHER:
        value = options.pop(option, None)
        if isinstance(value, Unknown):
            return None
        if isinstance(value, Seq):
            entries = (tuple(name for name in names_in(entry) if name != Const(removed)) for entry in value)
            kept = tuple(dict.fromkeys(Seq("tuple", entry) for entry in entries if entry))
            if kept:
                options[option] = Seq("set", kept, value.origin)
    if options.get("order_with_respect_to") == Const(removed):
        del options["order_with_respect_to"]
    fields = tuple((name, field) for name, field in created.fields if name.lower() != removed)
    return [rebuilt(created, version, fields=fields, options=options)]


def _with_renamed_field(created: CreateModel, other: RenameField, version: Version) -> list[Operation] | None:
    old, new = Const(other.old_name), Const(other.new_name)
    options = dict(created.options)
    for option in _TOGETHER:
        value = options.get(option)
        if isinstance(value, Unknown):
            return None
        if isinstance(value, Seq) and value.items:
            entries = (tuple(new if name == old else name for name in names_in(entry)) for entry in value)
            renamed = tuple(dict.fromkeys(Seq("tuple", entry) for entry in entries))
            options[option] = Seq("set", renamed, value.origin)
    if options.get("order_with_respect_to") == old:
        options["order_with_respect_to"] = new
    fields = tuple((other.new_name if name == other.old_name else name, field) for name, field in created.fields)
    return [rebuilt(created, version, fields=fields, options=options)]
