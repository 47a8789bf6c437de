"""From an operation to what Django's migration writer prints of it: its class, and its arguments in order.

In: an Operation and the Django version. Out: `Printed`. Which arguments Django leaves out (those at their default) and
which it spreads over lines is decided here; texts are made elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from migration_guard import versions
from migration_guard.state import operations as ops
from migration_guard.state.model import Field
from migration_guard.state.operations import Operation
from migration_guard.values import FALSE, NONE, TRUE, Call, Const, Map, Ref, Seq, Unknown, Value, assert_never
from migration_guard.versions import Version


@dataclass(frozen=True, slots=True)
class Spread:
    """A list printed one item per line."""

    items: tuple[Value | Operation, ...]


@dataclass(frozen=True, slots=True)
class SpreadMap:
    """A dict printed one entry per line, in insertion order."""

    items: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Nested:
    """A list of operations printed as an ordinary list: the operations span lines, the list does not."""

    items: tuple[Operation, ...]


Argument: TypeAlias = Value | Spread | SpreadMap | Nested


@dataclass(frozen=True, slots=True)
class Printed:
    """`module` is None for operations that `django.db.migrations` offers."""

    name: str
    module: str | None
    arguments: tuple[tuple[str, Argument], ...]


POSTGRES = "django.contrib.postgres.operations"
_DEFAULT_MANAGER = Ref("django.db.models.manager", "Manager")
_MODEL = ("django.db.models.base.Model", "django.db.models.Model")
_COLLATION_DEFAULTS: Mapping[str, Value] = {"provider": Const("libc"), "deterministic": TRUE}


def printed(operation: Operation, version: Version) -> Printed:
    """What `OperationWriter` prints of an operation."""
    name, module = _class_of(operation)
    return Printed(name, module, tuple(_arguments(operation, version)))


def _class_of(operation: Operation) -> tuple[str, str | None]:
    written = operation.call.func if operation.call else None
    if written is not None and not written.module.startswith("django."):
        return written.qualname, written.module
    match operation:
        case ops.AddIndex(concurrently=True) | ops.RemoveIndex(concurrently=True):
            return f"{type(operation).__name__}Concurrently", POSTGRES
        case ops.AddConstraint(validate=False):
            return "AddConstraintNotValid", POSTGRES
        case ops.ValidateConstraint():
            return "ValidateConstraint", POSTGRES
        case ops.DatabaseOperation():
            return operation.kind, POSTGRES
        case ops.CustomOperation() if written is not None:
            return written.qualname, written.module
        case _:
            return type(operation).__name__, None


def _arguments(operation: Operation, version: Version) -> Iterable[tuple[str, Argument]]:
    match operation:
        case ops.CreateModel():
            return _create_model(operation)
        case ops.AlterModelManagers():
            return [("name", Const(operation.name)), ("managers", _managers(operation.managers))]
        case ops.AlterModelOptions():
            return [("name", Const(operation.name)), ("options", _map(operation.options))]
        case ops.AddField() | ops.AlterField():
            return _field(operation)
        case ops.SeparateDatabaseAndState():
            pairs = [(name, getattr(operation, name)) for name in ("database_operations", "state_operations")]
            return [(name, Spread(items)) for name, items in pairs if items]
        case ops.RunSQL():
            return _run_sql(operation, version)
        case ops.RunPython():
            return _run_python(operation, version)
        case ops.DatabaseOperation():
            return _database_operation(operation)
        case ops.CustomOperation():
            return _custom(operation)
        case _:
            return _simple(operation)


def _create_model(operation: ops.CreateModel) -> Iterable[tuple[str, Argument]]:
    yield "name", Const(operation.name)
    for doubt in operation.incomplete:
        yield "fields", doubt
    yield "fields", Spread(tuple(_tuple(Const(name), field_value(field)) for name, field in operation.fields))
    if operation.options:
        yield "options", SpreadMap(tuple(operation.options.items()))
    if operation.bases and not (len(operation.bases) == 1 and _is_model(operation.bases[0])):
        yield "bases", Seq("tuple", operation.bases)
    if operation.managers and operation.managers != (("objects", Call(_DEFAULT_MANAGER)),):
        yield "managers", _managers(operation.managers)


def _field(operation: ops.AddField | ops.AlterField) -> Iterable[tuple[str, Argument]]:
    yield "model_name", Const(operation.model_name)
    yield "name", Const(operation.name)
    yield "field", field_value(operation.field)
    if not operation.preserve_default:
        yield "preserve_default", FALSE


def _run_sql(operation: ops.RunSQL, version: Version) -> Iterable[tuple[str, Argument]]:
    yield "sql", operation.sql
    if operation.reverse_sql != NONE:
        yield "reverse_sql", operation.reverse_sql
    if operation.state_operations:
        yield "state_operations", Nested(operation.state_operations)
    yield from _hints_and_elidable(operation, version)


def _run_python(operation: ops.RunPython, version: Version) -> Iterable[tuple[str, Argument]]:
    yield "code", operation.code
    if operation.reverse_code != NONE:
        yield "reverse_code", operation.reverse_code
    if operation.atomic != NONE:
        yield "atomic", operation.atomic
    yield from _hints_and_elidable(operation, version)


def _hints_and_elidable(operation: ops.RunSQL | ops.RunPython, version: Version) -> Iterable[tuple[str, Argument]]:
    if operation.hints not in (Map(()), NONE):
        yield "hints", operation.hints
    if operation.elidable and versions.ELIDABLE_IN_FILES(version):
        yield "elidable", TRUE


def _database_operation(operation: ops.DatabaseOperation) -> Iterable[tuple[str, Argument]]:
    defaults = _COLLATION_DEFAULTS if operation.kind.endswith("Collation") else {}
    return [(name, value) for name, value in operation.arguments.items() if defaults.get(name) != value]


def _custom(operation: ops.CustomOperation) -> Iterable[tuple[str, Argument]]:
    """Arguments by name, as they were read; a positional one that is left is Unknown, which refuses the file."""
    call = operation.call
    if call is None or (call.func.module.startswith("django.") and operation.unknown):
        yield "operation", operation.unknown or Unknown("an operation without source")
        return
    if call.args:
        yield "operation", Unknown(f"the names of the positional arguments of {call.func.path}", call.origin)
    yield from call.kwargs.items()


_Simple: TypeAlias = (
    ops.DeleteModel
    | ops.RenameModel
    | ops.AlterModelTable
    | ops.AlterModelTableComment
    | ops.AlterUniqueTogether
    | ops.AlterIndexTogether
    | ops.AlterOrderWithRespectTo
    | ops.RemoveField
    | ops.RenameField
    | ops.AddIndex
    | ops.RemoveIndex
    | ops.RenameIndex
    | ops.AddConstraint
    | ops.RemoveConstraint
    | ops.AlterConstraint
    | ops.ValidateConstraint
)


def _simple(operation: _Simple) -> Iterable[tuple[str, Argument]]:
    """Operations that print every argument that they have."""
    match operation:
        case ops.DeleteModel():
            return [("name", Const(operation.name))]
        case ops.RenameModel():
            return _named(operation, "old_name", "new_name")
        case ops.AlterModelTable():
            return _named(operation, "name", "table")
        case ops.AlterModelTableComment():
            return _named(operation, "name", "table_comment")
        case ops.AlterUniqueTogether():
            return _named(operation, "name", "unique_together")
        case ops.AlterIndexTogether():
            return _named(operation, "name", "index_together")
        case ops.AlterOrderWithRespectTo():
            return _named(operation, "name", "order_with_respect_to")
        case ops.RenameField():
            return _named(operation, "model_name", "old_name", "new_name")
        case ops.AddIndex():
            return _named(operation, "model_name", "index")
        case ops.AddConstraint():
            return _named(operation, "model_name", "constraint")
        case ops.AlterConstraint():
            return _named(operation, "model_name", "name", "constraint")
        case ops.RemoveField() | ops.RemoveIndex() | ops.RemoveConstraint() | ops.ValidateConstraint():
            return _named(operation, "model_name", "name")
        case ops.RenameIndex():
            optional = [name for name in ("old_name", "old_fields") if getattr(operation, name) not in (None, NONE)]
            return _named(operation, "model_name", "new_name", *optional)
        case _:
            assert_never(operation)


def _named(operation: _Simple, *names: str) -> Iterable[tuple[str, Argument]]:
    for name in names:
        value = getattr(operation, name)
        yield name, Const(value) if isinstance(value, str) else value


def field_value(field: Field) -> Value:
    """A field as a value: its deconstructed call, or why that is not known."""
    return field.unknown or field.call


def _is_model(base: Value) -> bool:
    return isinstance(base, Ref) and base.path in _MODEL


def _managers(managers: tuple[tuple[str, Value], ...]) -> Spread:
    return Spread(tuple(_tuple(Const(name), manager) for name, manager in managers))


def _map(values: Mapping[str, Value]) -> Map:
    return Map(tuple((Const(name), value) for name, value in values.items()))


def _tuple(*items: Value) -> Seq:
    return Seq("tuple", items)
