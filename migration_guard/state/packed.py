"""Models and migrations as plain JSON data, and back: what an earlier run understood need not be understood again.

In: `Model`s, `Migration`s and what they are made of. Out: lists, strings and numbers that `json` writes; a tagged list
for each object. `Unpackable` is raised for the few constants that have no form here. Nothing that is read back can run.
"""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from migration_guard.state import operations
from migration_guard.state.fieldtypes import FIELD_TYPES, FieldType
from migration_guard.state.model import Field, Model
from migration_guard.state.operations import Dependency, Migration
from migration_guard.values import Call, Const, Map, Origin, Ref, Seq, SettingsReference, Unknown

PLAIN = (str, int, bool, float, type(None))
CONSTANTS: dict[str, tuple[type, Callable[[Any], Any], Callable[[Any], Any]]] = {
    "bytes": (bytes, bytes.hex, bytes.fromhex),
    "decimal": (decimal.Decimal, str, decimal.Decimal),
    "uuid": (uuid.UUID, str, uuid.UUID),
    "date": (datetime.date, datetime.date.isoformat, datetime.date.fromisoformat),
    "moment": (datetime.datetime, lambda value: _moment(value), datetime.datetime.fromisoformat),
    "seconds": (
        datetime.timedelta,
        lambda value: [value.days, value.seconds, value.microseconds],
        lambda parts: datetime.timedelta(*parts),
    ),
    "setting": (
        SettingsReference,
        lambda value: [str(value), value.setting_name],
        lambda parts: SettingsReference(*parts),
    ),
}
"""Constants that JSON lacks: their type, how they are written, and how they are read."""


def _moment(value: datetime.datetime) -> str:
    if value.tzinfo not in (None, datetime.timezone.utc) or value.fold:
        raise Unpackable("datetime")
    return value.isoformat()


KINDS: tuple[type, ...] = (
    *(Ref, Seq, Map, Unknown, Origin, Field, Model, Migration, Dependency),
    *(
        kind
        for kind in vars(operations).values()
        if isinstance(kind, type) and issubclass(kind, operations._Base) and kind is not operations._Base
    ),
)
NAMES = {kind: tuple(item.name for item in fields(kind) if item.init) for kind in KINDS}


class Unpackable(Exception):
    """Something has no form in JSON here."""


def pack(value: Any) -> Any:
    """The data of a model, a migration, a value, or a tuple or mapping of such."""
    kind = type(value)
    if kind is Const:
        return ["c", _constant(value.value), pack(value.origin)]
    if kind is Call:
        return ["k", pack(value.func), pack(value.args), pack(value.kwargs), pack(value.origin)]
    if kind in PLAIN:
        return value
    if kind is tuple:
        return ["t", *map(pack, value)]
    if kind in NAMES:
        return [kind.__name__, *(pack(getattr(value, name)) for name in NAMES[kind])]
    if kind is frozenset:
        return ["f", *map(pack, sorted(value))]
    if kind is FieldType:
        path: str = value.path
        if FIELD_TYPES.get(path) is not value:
            raise Unpackable(path)
        return ["y", path]
    if isinstance(value, Mapping):
        return {name: pack(item) for name, item in value.items()}
    raise Unpackable(kind.__name__)


def _constant(value: Any) -> Any:
    if type(value) in PLAIN:
        if isinstance(value, float) and not -1e308 < value < 1e308:
            raise Unpackable("float")
        return value
    for name, (kind, write, _) in CONSTANTS.items():
        if type(value) is kind:
            return [name, write(value)]
    raise Unpackable(type(value).__name__)


def unpack(data: Any) -> Any:
    """What was packed. Raises ValueError, TypeError, KeyError or AttributeError for data that `pack` did not make."""
    if type(data) is list:
        return READERS[data[0]](data)
    if type(data) is dict:
        return {name: unpack(item) for name, item in data.items()}
    return data


def _read_const(data: list[Any]) -> Const:
    value, origin = data[1], data[2]
    if type(value) is list:
        value = CONSTANTS[value[0]][2](value[1])
    return Const(value, None if origin is None else Origin(origin[1], origin[2]))


def _read_call(data: list[Any]) -> Call:
    _, func, args, kwargs, origin = data
    return Call(
        unpack(func),
        tuple(map(unpack, args[1:])),
        {name: unpack(item) for name, item in kwargs.items()},
        None if origin is None else Origin(origin[1], origin[2]),
    )


def _reader(kind: type) -> Callable[[list[Any]], Any]:
    names = NAMES[kind]

    def read(data: list[Any]) -> Any:
        return kind(**dict(zip(names, map(unpack, data[1:]), strict=True)))

    return read


class PackedOperations(Sequence[operations.Operation]):
    """The operations of a migration, unpacked when somebody looks at them: hardly any run does."""

    __slots__ = ("_known", "_packed")

    def __init__(self, packed: list[Any]) -> None:
        self._packed = packed
        self._known: tuple[operations.Operation, ...] | None = None

    def _all(self) -> tuple[operations.Operation, ...]:
        if self._known is None:
            self._known = tuple(map(unpack, self._packed))
        return self._known

    def __len__(self) -> int:
        return len(self._packed)

    def __getitem__(self, index: Any) -> Any:
        return self._all()[index]

    def __iter__(self) -> Iterator[operations.Operation]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return self._all() == (other._all() if isinstance(other, PackedOperations) else other)

    def __hash__(self) -> int:
        return hash(self._all())

    def __repr__(self) -> str:
        return repr(self._all())


OPERATIONS = 1 + NAMES[Migration].index("operations")


def _read_migration(data: list[Any]) -> Migration:
    read = [PackedOperations(item[1:]) if at == OPERATIONS else unpack(item) for at, item in enumerate(data) if at]
    given: dict[str, Any] = dict(zip(NAMES[Migration], read, strict=True))
    return Migration(**given)


READERS: dict[str, Callable[[list[Any]], Any]] = {
    "c": _read_const,
    "k": _read_call,
    "t": lambda data: tuple(map(unpack, data[1:])),
    "f": lambda data: frozenset(map(unpack, data[1:])),
    "y": lambda data: FIELD_TYPES[data[1]],
    **{kind.__name__: _reader(kind) for kind in KINDS},
    "Migration": _read_migration,
}
