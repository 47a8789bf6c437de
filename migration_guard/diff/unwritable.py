"""Which planned operations cannot be written for certain, because a value in them is not known.

A migration in, doubts out. Whether something may be written all the same is the writer's decision.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from migration_guard.diff.matching import uncertain_refs
from migration_guard.diff.plan import Doubt, DoubtKind
from migration_guard.diff.values_of import called_name
from migration_guard.state.model import Field
from migration_guard.state.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    CreateModel,
    Migration,
    Operation,
)
from migration_guard.values import Call, Const, Map, Ref, Seq, Unknown, Value, unknowns

READABLE = "Make the package readable (a virtual environment next to the project, or --python)."


def unwritable(migration: Migration) -> Iterator[Doubt]:
    """What is not known in the operations of a planned migration."""
    for operation in migration.operations:
        for name, value in _values(operation):
            for kind, unknown in _gaps(value):
                subject = ".".join((migration.app_label, *_subject(operation), *name))
                yield Doubt(migration.app_label, subject, unknown, kind=kind)


def _gaps(value: Value | Field) -> Iterator[tuple[DoubtKind, Unknown]]:
    if isinstance(value, Field):
        if value.unknown is not None:
            yield DoubtKind.UNWRITABLE, value.unknown
        if value.is_relation and value.label("to") is None and not isinstance(value.call.kwargs.get("to"), Unknown):
            yield DoubtKind.UNWRITABLE, Unknown("the model that the field refers to is not known", value.origin)
        value = value.call
    for unknown in unknowns(value):
        yield DoubtKind.UNWRITABLE, unknown
    called = {id(ref) for ref in _called(value)}
    for ref in uncertain_refs(value):
        # What is only named can be written as it was imported; how a class deconstructs must be read in its source.
        importable = bool(ref.module and ref.qualname) and "<" not in ref.qualname and id(ref) not in called
        kind = DoubtKind.VERBATIM if importable else DoubtKind.UNWRITABLE
        yield kind, Unknown(f"the source of {ref.path} could not be read", ref.origin, READABLE)


def _called(value: Value) -> Iterator[Ref]:
    """The classes and functions that are called inside a value."""
    match value:
        case Call():
            yield value.func
            for item in (*value.args, *value.kwargs.values()):
                yield from _called(item)
        case Seq():
            for item in value.items:
                yield from _called(item)
        case Map():
            for pair in value.items:
                for item in pair:
                    yield from _called(item)
        case _:
            return


def _subject(operation: Operation) -> tuple[str, ...]:
    match operation:
        case AddField(model_name=model, name=name) | AlterField(model_name=model, name=name):
            return model, name
        case AddIndex(model_name=model, index=value) | AddConstraint(model_name=model, constraint=value):
            return model, called_name(value) or "?"
    return (str(getattr(operation, "model_name", None) or getattr(operation, "name", "?")),)


def _values(operation: Operation) -> Iterator[tuple[tuple[str, ...], Value | Field]]:
    """The values in an operation's arguments, with the names of fields where it has several."""
    if isinstance(operation, CreateModel):
        for name, field in operation.fields:
            yield (name,), field
        for unknown in operation.incomplete:
            yield (), unknown
    for argument in fields(operation):
        value = getattr(operation, argument.name)
        if argument.name in ("call", "fields", "incomplete"):
            continue
        for item in _flat(value):
            yield (), item


def _flat(value: object) -> Iterator[Value | Field]:
    match value:
        case Field() | Const() | Ref() | Call() | Seq() | Map() | Unknown():
            yield value
        case Mapping():
            for item in value.values():
                yield from _flat(item)
        case tuple():
            for item in value:
                yield from _flat(item)
        case _:
            return
