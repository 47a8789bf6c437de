"""One table of Django's migration operations and their parameters, and the binder that reads any Call by it.

In: a Call of an operation class, and functions that turn values into fields and nested calls into operations. Out:
the Operation; where an argument could not be read, a CustomOperation that says which model it touches; Unknown when
not even that is known. Nothing here prints (see `write.arguments`) or knows source files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

from migration_guard.state import operations as ops
from migration_guard.state.model import Field
from migration_guard.state.operations import NO_HINTS, CreateModel, CustomOperation, Operation
from migration_guard.state.options import normalize_together
from migration_guard.values import NONE, Call, Const, Map, Ref, Seq, Unknown, Value, unknowns

Fields: TypeAlias = Callable[[Value], Field]
Operations: TypeAlias = Callable[[Value], Operation]

CORE = "django.db.migrations"
POSTGRES = "django.contrib.postgres.operations"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation's `__init__`: how its argument is read, and what it is when absent."""

    name: str
    read: Callable[[Value, _Reading], Any]
    default: Any = None
    required: bool = True
    keyword_only: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """An operation class: what makes our operation of its arguments, and its parameters in positional order."""

    path: str
    make: Callable[..., Operation]
    parameters: tuple[Parameter, ...]

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


def signature(path: str) -> Signature | None:
    """The signature of an operation class by any path under which Django offers it."""
    module, _, name = path.rpartition(".")
    found = SIGNATURES.get(name)
    if found is None:
        return None
    home = found.path.rpartition(".")[0]
    homes = _CORE_MODULES if home == CORE else (home,)
    return found if module in homes else None


def bind(
    call: Call, fields: Fields, *, kind: str | None = None, operations: Operations | None = None
) -> Operation | Unknown:
    """Read a call as an operation.

    `kind` is the path of the operation class to read it as, where `call.func` is a subclass that takes the same
    arguments. `operations` reads nested operations; by default Django's own, everything else being not understood.
    """
    found = signature(kind or call.func.path)
    if found is None:
        return Unknown(f"{call.func.path} is not one of Django's operations", call.origin)
    reading = _Reading(fields, operations or _nested_reader(fields))
    arguments = _arguments(found, call)
    if isinstance(arguments, Unknown):
        return arguments
    values: dict[str, Any] = {}
    for parameter in found.parameters:
        if parameter.name not in arguments:
            if not parameter.required:
                values[parameter.name] = parameter.default
            continue
        try:
            values[parameter.name] = parameter.read(arguments[parameter.name], reading)
        except _Unreadable as unreadable:
            return _not_understood(found, call, arguments, parameter, unreadable.unknown)
    operation = replace(found.make(**values), call=call)
    if isinstance(operation, CreateModel) and reading.doubts:
        operation = replace(operation, incomplete=tuple(reading.doubts))
    return operation


class _Unreadable(Exception):
    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


@dataclass(slots=True)
class _Reading:
    """What the readers of one call share. `doubts` are parts of CreateModel that could not be read."""

    fields: Fields
    operations: Operations
    doubts: list[Unknown]

    def __init__(self, fields: Fields, operations: Operations) -> None:
        self.fields = fields
        self.operations = operations
        self.doubts = []


def _arguments(found: Signature, call: Call) -> dict[str, Value] | Unknown:
    """The arguments by parameter name, or why Python would refuse the call."""
    positional = [parameter.name for parameter in found.parameters if not parameter.keyword_only]
    known = {parameter.name for parameter in found.parameters}
    if len(call.args) > len(positional):
        return Unknown(f"{found.name} takes at most {len(positional)} positional arguments", call.origin)
    arguments = dict(zip(positional, call.args, strict=False))
    for name, value in call.kwargs.items():
        if name not in known or name in arguments:
            return Unknown(f'{found.name} got an unexpected argument "{name}"', call.origin)
        arguments[name] = value
    for parameter in found.parameters:
        if parameter.required and parameter.name not in arguments:
            return Unknown(f'{found.name} misses the argument "{parameter.name}"', call.origin)
    return arguments


def _not_understood(
    found: Signature, call: Call, arguments: Mapping[str, Value], parameter: Parameter, unknown: Unknown
) -> Operation | Unknown:
    """An operation of which the model is known, but not what it does to it."""
    subject = arguments.get("model_name", arguments.get("name"))
    if parameter.name == "name" and "model_name" not in arguments:
        return unknown
    if isinstance(subject, Const) and isinstance(subject.value, str):
        return CustomOperation(unknown=unknown, touches=(subject.value.lower(),), call=call)
    return unknown


def _nested_reader(fields: Fields) -> Operations:
    def read(value: Value) -> Operation:
        operation: Operation | Unknown
        if isinstance(value, Call):
            operation = bind(value, fields)
        else:
            operation = _unknown(value, "an operation")
        if isinstance(operation, Unknown):
            return CustomOperation(unknown=operation, call=value if isinstance(value, Call) else None)
        return operation

    return read


def _unknown(value: Value, what: str) -> Unknown:
    """Why a value cannot be read as what it should be."""
    return next(unknowns(value), None) or Unknown(f"{what} was expected here", getattr(value, "origin", None))


# Readers: from the value of an argument to the attribute of the operation.


def _value(value: Value, reading: _Reading) -> Value:
    return value


def _name(value: Value, reading: _Reading) -> str:
    if isinstance(value, Const) and isinstance(value.value, str):
        return value.value
    raise _Unreadable(_unknown(value, "a name"))


def _optional_name(value: Value, reading: _Reading) -> str | None:
    return None if value == NONE else _name(value, reading)


def _flag(value: Value, reading: _Reading) -> bool:
    if isinstance(value, Const):
        return bool(value.value)
    raise _Unreadable(_unknown(value, "True or False"))


def _elidable(value: Value, reading: _Reading) -> bool:
    """Only what is known to be elidable is: an operation too many is harmless."""
    return isinstance(value, Const) and bool(value.value)


def _hints(value: Value, reading: _Reading) -> Value:
    return NO_HINTS if value == NONE else value


def _together(value: Value, reading: _Reading) -> Value:
    return normalize_together(value)


def _field(value: Value, reading: _Reading) -> Field:
    return reading.fields(value)


def _items(value: Value, reading: _Reading, what: str) -> tuple[Value, ...]:
    """The items of a list in CreateModel; what could not be read of it is noted."""
    if value == NONE:
        return ()
    if isinstance(value, Seq):
        return value.items
    reading.doubts.append(_unknown(value, what))
    return ()


def _named(value: Value, reading: _Reading, what: str) -> list[tuple[str, Value]]:
    """Pairs of a name and a value, as in `fields` and `managers`."""
    pairs: list[tuple[str, Value]] = []
    for item in _items(value, reading, f"a list of {what}"):
        match item:
            case Seq(items=(Const(value=str() as name), second)):
                pairs.append((name, second))
            case _:
                reading.doubts.append(_unknown(item, f"a pair of a name and one of the {what}"))
    return pairs


def _fields(value: Value, reading: _Reading) -> tuple[tuple[str, Field], ...]:
    return tuple((name, reading.fields(item)) for name, item in _named(value, reading, "fields"))


def _managers(value: Value, reading: _Reading) -> tuple[tuple[str, Value], ...]:
    return tuple(_named(value, reading, "managers"))


def _bases(value: Value, reading: _Reading) -> tuple[Value, ...]:
    bases = []
    for base in _items(value, reading, "a tuple of bases"):
        if isinstance(base, Unknown):
            reading.doubts.append(base)
        else:
            bases.append(base)
    return () if len(bases) == 1 and isinstance(bases[0], Ref) and bases[0].path in _MODEL else tuple(bases)


def _options(value: Value, reading: _Reading) -> Mapping[str, Value]:
    match value:
        case Const(value=None):
            return {}
        case Map():
            pass
        case _:
            reading.doubts.append(_unknown(value, "a dict of options"))
            return {}
    options: dict[str, Value] = {}
    for key, item in value.items:
        if isinstance(key, Const) and isinstance(key.value, str):
            options[key.value] = item
        else:
            reading.doubts.append(_unknown(key, "the name of an option"))
    return options


def _strictly(read: Callable[[Value, _Reading], Any]) -> Callable[[Value, _Reading], Any]:
    """A reader for operations that replace the whole: a part that could not be read makes all of it unknown."""

    def strict(value: Value, reading: _Reading) -> Any:
        result = read(value, reading)
        if reading.doubts:
            raise _Unreadable(reading.doubts[0])
        return result

    return strict


def _nested(value: Value, reading: _Reading) -> tuple[Operation, ...]:
    if value == NONE:
        return ()
    if isinstance(value, Seq):
        return tuple(reading.operations(item) for item in value.items)
    return (CustomOperation(unknown=_unknown(value, "a list of operations")),)


_MODEL = ("django.db.models.Model", "django.db.models.base.Model")
_CORE_MODULES = (CORE, *(f"{CORE}.operations{part}" for part in ("", ".models", ".fields", ".special", ".base")))


def _optional(name: str, read: Callable[[Value, _Reading], Any], default: Any) -> Parameter:
    return Parameter(name, read, default, required=False)


_NAME = Parameter("name", _name)
_MODEL_NAME = Parameter("model_name", _name)
_OLD_AND_NEW = (Parameter("old_name", _name), Parameter("new_name", _name))
_FIELD = (_MODEL_NAME, _NAME, Parameter("field", _field), _optional("preserve_default", _flag, True))
_RUN = (_optional("hints", _hints, NO_HINTS), _optional("elidable", _elidable, False))
_EXTENSION_HINTS = _optional("hints", _value, None)


def _remove_field(model_name: str, name: str, field: Value = NONE) -> Operation:
    """Django's class takes a field and ignores it."""
    return ops.RemoveField(model_name, name)


def _database_only(name: str, *parameters: Parameter) -> Signature:
    """An operation that touches the database only; its arguments are kept as they are given."""

    def make(**arguments: Value | None) -> Operation:
        return ops.DatabaseOperation(name, {key: value for key, value in arguments.items() if value is not None})

    return Signature(f"{POSTGRES}.{name}", make, parameters)


def _core(make: type[Operation], *parameters: Parameter) -> Signature:
    return Signature(f"{CORE}.{make.__name__}", make, parameters)


def _postgres(name: str, make: Callable[..., Operation], *parameters: Parameter) -> Signature:
    return Signature(f"{POSTGRES}.{name}", make, parameters)


_COLLATION = (
    Parameter("name", _value),
    Parameter("locale", _value),
    Parameter("provider", _value, required=False, keyword_only=True),
    Parameter("deterministic", _value, required=False, keyword_only=True),
)
_EXTENSIONS = ("Bloom", "BtreeGin", "BtreeGist", "CIText", "Crypto", "HStore", "Trigram", "Unaccent")

_TABLE = (
    _core(
        ops.CreateModel,
        _NAME,
        Parameter("fields", _fields),
        _optional("options", _options, {}),
        _optional("bases", _bases, ()),
        _optional("managers", _managers, ()),
    ),
    _core(ops.DeleteModel, _NAME),
    _core(ops.RenameModel, *_OLD_AND_NEW),
    _core(ops.AlterModelTable, _NAME, Parameter("table", _value)),
    _core(ops.AlterModelTableComment, _NAME, Parameter("table_comment", _value)),
    _core(ops.AlterUniqueTogether, _NAME, Parameter("unique_together", _together)),
    _core(ops.AlterIndexTogether, _NAME, Parameter("index_together", _together)),
    _core(ops.AlterOrderWithRespectTo, _NAME, Parameter("order_with_respect_to", _value)),
    _core(ops.AlterModelOptions, _NAME, Parameter("options", _strictly(_options))),
    _core(ops.AlterModelManagers, _NAME, Parameter("managers", _strictly(_managers))),
    _core(ops.AddField, *_FIELD),
    _core(ops.AlterField, *_FIELD),
    Signature(f"{CORE}.RemoveField", _remove_field, (_MODEL_NAME, _NAME, _optional("field", _value, NONE))),
    _core(ops.RenameField, _MODEL_NAME, *_OLD_AND_NEW),
    _core(ops.AddIndex, _MODEL_NAME, Parameter("index", _value)),
    _core(ops.RemoveIndex, _MODEL_NAME, _NAME),
    _core(
        ops.RenameIndex,
        _MODEL_NAME,
        Parameter("new_name", _name),
        _optional("old_name", _optional_name, None),
        _optional("old_fields", _value, NONE),
    ),
    _core(ops.AddConstraint, _MODEL_NAME, Parameter("constraint", _value)),
    _core(ops.RemoveConstraint, _MODEL_NAME, _NAME),
    _core(ops.AlterConstraint, _MODEL_NAME, _NAME, Parameter("constraint", _value)),
    _core(
        ops.SeparateDatabaseAndState,
        _optional("database_operations", _nested, ()),
        _optional("state_operations", _nested, ()),
    ),
    _core(
        ops.RunSQL,
        Parameter("sql", _value),
        _optional("reverse_sql", _value, NONE),
        _optional("state_operations", _nested, ()),
        *_RUN,
    ),
    _core(
        ops.RunPython,
        Parameter("code", _value),
        _optional("reverse_code", _value, NONE),
        _optional("atomic", _value, NONE),
        *_RUN,
    ),
    _postgres(
        "AddIndexConcurrently", partial(ops.AddIndex, concurrently=True), _MODEL_NAME, Parameter("index", _value)
    ),
    _postgres("RemoveIndexConcurrently", partial(ops.RemoveIndex, concurrently=True), _MODEL_NAME, _NAME),
    _postgres(
        "AddConstraintNotValid",
        partial(ops.AddConstraint, validate=False),
        _MODEL_NAME,
        Parameter("constraint", _value),
    ),
    _postgres("ValidateConstraint", ops.ValidateConstraint, _MODEL_NAME, _NAME),
    _database_only("CreateExtension", Parameter("name", _value), _EXTENSION_HINTS),
    *(_database_only(f"{name}Extension", _EXTENSION_HINTS) for name in _EXTENSIONS),
    _database_only("CreateCollation", *_COLLATION),
    _database_only("RemoveCollation", *_COLLATION),
)

SIGNATURES: Mapping[str, Signature] = {row.name: row for row in _TABLE}
"""By the name of the class: `django.db.migrations` and `django.contrib.postgres.operations` share none."""
