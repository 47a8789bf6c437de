"""Python values as SQL literals, quoted as each driver does it, and prepared as each field type does it.

In: a value, a column, a dialect. Out: SQL text. What has no certain text raises NoPreview.
"""

from __future__ import annotations

import datetime
import decimal
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from migration_guard import versions
from migration_guard.sql.column import Column
from migration_guard.sql.dialect import Dialect
from migration_guard.sql.profiles import Literals
from migration_guard.sql.statements import NoPreview
from migration_guard.sql.types import RANGES
from migration_guard.values import Call, Value, plain


class Json(str):
    """Text of a JSON document, which PostgreSQL gets with a cast."""


class Address(str):
    """An IP address, which PostgreSQL gets with a cast."""


@dataclass(frozen=True, slots=True)
class Range:
    """A range of PostgreSQL; None is no bound at that end, and a range without marks of its bounds is empty."""

    lower: Any
    upper: Any
    bounds: str = "[)"


_RANGES = frozenset({"NumericRange", "DateRange", "DateTimeRange", "DateTimeTZRange", "Range"})


def constant(value: Value, default: Any = None) -> Any:
    """The Python value of a constant; ranges of the drivers of PostgreSQL are constants too."""
    if not isinstance(value, Call) or value.func.name not in _RANGES:
        return plain(value, default)
    names = ("lower", "upper", "bounds")
    given = {**dict(zip(names, value.args, strict=False)), **value.kwargs}
    if given.keys() == {"empty"} and plain(given["empty"]) is True:
        return Range(None, None, "")
    found = {name: plain(item, _RANGES) for name, item in given.items()}
    if set(found) - set(names) or any(item is _RANGES for item in found.values()):
        return default
    return Range(found.get("lower"), found.get("upper"), found.get("bounds", "[)"))


def quote_value(value: Any, dialect: Dialect) -> str:
    """A value as a literal."""
    quirk = dialect.prints and versions.PERCENTS_ARE_DOUBLED(dialect.version)
    if quirk and type(value) is str and dialect.profile.literals is not Literals.SQLITE:
        value = value.replace("%", "%%")
    match dialect.profile.literals:
        case Literals.POSTGRESQL:
            return _postgresql(value, dialect)
        case Literals.SQLITE:
            return _sqlite(value)
        case Literals.MYSQL:
            return _mysql(value, dialect)
        case Literals.ORACLE:
            return _oracle(value)


def prepare(value: Any, column: Column) -> Any:
    """What `get_db_prep_save` makes of a value of a field."""
    if column.custom.prepare is not None:
        value = column.custom.prepare(column.field, value, column.schema.dialect.profile.connection)
    if value is None:
        return None
    if column.is_foreign_key:
        return None if value == "" else prepare(value, column.target)
    if column.is_generated:
        return prepare(value, column.output)
    composite = _COMPOSITES.get(column.type_name)
    if composite is not None:
        return composite(value, column)
    change = _PREPARE.get(column.internal_type)
    return change(value, column) if change is not None else value


def own_digits(value: Any, column: Column) -> str:
    """A number compared with a decimal column, where decimals are text: with the digits that it has."""
    if not isinstance(value, float):
        try:
            return str(decimal.Decimal(value))
        except decimal.DecimalException:
            raise NoPreview(f"{value!r} is no decimal number ({column.label})") from None
    precision = plain(column.field.attr("max_digits"))
    context = decimal.Context(prec=precision) if isinstance(precision, int) else decimal.Context()
    return str(context.create_decimal_from_float(value))


def _list(value: Any, column: Column) -> Any:
    return [prepare(item, column.base) for item in value] if isinstance(value, (list, tuple)) else value


def _range(value: Any, column: Column) -> Any:
    return Range(value[0], value[1]) if isinstance(value, (list, tuple)) and len(value) == 2 else value


def _pairs(value: Any, column: Column) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {str(key): item if item is None else str(item) for key, item in value.items()}


_COMPOSITES = {
    "ArrayField": _list,
    "HStoreField": _pairs,
    **dict.fromkeys(RANGES, _range),
}


def _integer(value: Any, column: Column) -> Any:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise NoPreview(f"{value!r} is no integer ({column.label})") from None


def _float(value: Any, column: Column) -> Any:
    return float(value)


def _boolean(value: Any, column: Column) -> Any:
    if value in (True, "t", "True", "1", 1):
        return True
    if value in (False, "f", "False", "0", 0):
        return False
    raise NoPreview(f"{value!r} is no boolean ({column.label})")


def _text(value: Any, column: Column) -> Any:
    return value if isinstance(value, str) else str(value)


def _decimal(value: Any, column: Column) -> Any:
    digits = column.field.attr("max_digits")
    places = column.field.attr("decimal_places")
    precision, scale = getattr(digits, "value", None), getattr(places, "value", None)
    context = decimal.Context(prec=precision) if isinstance(precision, int) else decimal.Context()
    try:
        number = context.create_decimal_from_float(value) if isinstance(value, float) else decimal.Decimal(value)
        if column.schema.dialect.profile.literals is not Literals.SQLITE:
            return number
        if isinstance(scale, int):
            number = number.quantize(decimal.Decimal(1).scaleb(-scale), context=context)
    except (decimal.DecimalException, TypeError, ValueError):
        raise NoPreview(f"{value!r} is no decimal number of that size ({column.label})") from None
    return f"{number:f}"


def _moment(value: Any, column: Column) -> Any:
    dialect = column.schema.dialect
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            raise NoPreview(f"{value!r} is no point in time ({column.label})") from None
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime.datetime):
        raise NoPreview(f"{value!r} is no point in time ({column.label})")
    if dialect.use_tz and value.tzinfo is None:
        raise NoPreview(f"the time zone of the default of {column.label} is that of the server")
    if dialect.profile.literals is Literals.POSTGRESQL:
        return value
    if value.tzinfo is not None:
        value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
    return str(value)


def _date(value: Any, column: Column) -> Any:
    if isinstance(value, datetime.datetime):
        value = value.date()
    if isinstance(value, str):
        try:
            value = datetime.date.fromisoformat(value)
        except ValueError:
            raise NoPreview(f"{value!r} is no date ({column.label})") from None
    return value if column.schema.dialect.profile.literals is Literals.POSTGRESQL else str(value)


def _time(value: Any, column: Column) -> Any:
    if isinstance(value, datetime.datetime):
        value = value.time()
    if isinstance(value, str):
        try:
            value = datetime.time.fromisoformat(value)
        except ValueError:
            raise NoPreview(f"{value!r} is no time ({column.label})") from None
    if column.schema.dialect.profile.literals is Literals.MYSQL and isinstance(value, datetime.time):
        return value.isoformat(timespec="microseconds")
    kept = (Literals.POSTGRESQL, Literals.ORACLE)
    return value if column.schema.dialect.profile.literals in kept else str(value)


def _duration(value: Any, column: Column) -> Any:
    if not isinstance(value, datetime.timedelta):
        raise NoPreview(f"{value!r} is no duration ({column.label})")
    if column.schema.dialect.profile.has_native_duration:
        return value
    return value // datetime.timedelta(microseconds=1)


def _uuid(value: Any, column: Column) -> Any:
    if not isinstance(value, uuid.UUID):
        try:
            value = uuid.UUID(**{"int" if isinstance(value, int) else "hex": value})
        except (TypeError, ValueError, AttributeError):
            raise NoPreview(f"{value!r} is no UUID ({column.label})") from None
    return value if column.schema.dialect.profile.has_native_uuid else value.hex


def _json(value: Any, column: Column) -> Any:
    encoder = getattr(column.field.attr("encoder"), "value", column)
    try:
        return Json(json.dumps(value))
    except (TypeError, ValueError):
        if encoder is None:
            raise NoPreview(f"the default of {column.label} is no JSON") from None
        raise NoPreview(f"how {column.label} encodes its default is not known") from None


def _address(value: Any, column: Column) -> Any:
    return Address(value) if value else None


_PREPARE = {
    **dict.fromkeys(("AutoField", "BigAutoField", "SmallAutoField", "IntegerField", "BigIntegerField"), _integer),
    **dict.fromkeys(("SmallIntegerField", "PositiveIntegerField", "PositiveBigIntegerField"), _integer),
    "PositiveSmallIntegerField": _integer,
    "FloatField": _float,
    "BooleanField": _boolean,
    **dict.fromkeys(("CharField", "TextField", "SlugField", "FileField", "FilePathField"), _text),
    "DecimalField": _decimal,
    "DateTimeField": _moment,
    "DateField": _date,
    "TimeField": _time,
    "DurationField": _duration,
    "UUIDField": _uuid,
    "JSONField": _json,
    "GenericIPAddressField": _address,
    "IPAddressField": _address,
}


def _no_literal(value: Any) -> NoPreview:
    return NoPreview(f"how {type(value).__name__} values are quoted is not known")


def _postgresql(value: Any, dialect: Dialect) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return "true" if value else "false"
        case int() | decimal.Decimal():
            text = str(value)
            if text in ("NaN", "Infinity", "-Infinity"):
                return f"'{text}'::numeric"
            return f" {text}" if text.startswith("-") else text
        case float():
            text = repr(value)
            return f" {text}" if text.startswith("-") else text
        case Json():
            return f"{_postgresql_text(str(value), dialect)}::jsonb"
        case Address():
            return f"'{value}'::inet"
        case str():
            return _postgresql_text(value, dialect)
        case bytes():
            return f"'\\x{value.hex()}'::bytea"
        case datetime.datetime():
            return f"'{_stamp(value, dialect)}'::{'timestamptz' if value.tzinfo else 'timestamp'}"
        case datetime.date():
            return f"'{value.isoformat()}'::date"
        case datetime.time():
            return f"'{value.isoformat()}'::time"
        case datetime.timedelta():
            return _interval(value, dialect)
        case uuid.UUID():
            return f"'{value if dialect.adapter == 'psycopg2' else value.hex}'::uuid"
        case list():
            return _array(value, dialect)
        case dict():
            return _hstore(value, dialect)
        case Range():
            return _range_literal(value, dialect)
        case _:
            raise _no_literal(value)


def _stamp(value: datetime.datetime, dialect: Dialect) -> str:
    return value.isoformat() if dialect.adapter == "psycopg2" else str(value)


def _postgresql_text(value: str, dialect: Dialect) -> str:
    quoted = value.replace("'", "''")
    if "\\" not in quoted:
        return f"'{quoted}'"
    escaped = quoted.replace("\\", "\\\\")
    return f"E'{escaped}'" if dialect.adapter == "psycopg2" else f" E'{escaped}'"


def _interval(value: datetime.timedelta, dialect: Dialect) -> str:
    if dialect.adapter == "psycopg2":
        return f"'{value.days} days {value.seconds}.{value.microseconds:06} seconds'::interval"
    return f"'{str(value).replace(', ', ' ')}'::interval"


def _array(value: list[Any], dialect: Dialect) -> str:
    if dialect.adapter == "psycopg2":
        return f"ARRAY[{', '.join(_postgresql(item, dialect) for item in value)}]" if value else "'{}'"
    return _postgresql_text(_array_text(value), dialect) + _array_cast(value)


def _array_text(value: list[Any]) -> str:
    """The text form of an array, see https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO"""
    return f"{{{','.join(_array_text(item) if isinstance(item, list) else _element(item) for item in value)}}}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "t" if value else "f"
    text = value.hex if isinstance(value, uuid.UUID) else str(value)
    plain_text = text and not any(mark in text for mark in '{},"\\ \t\n\r\v\f') and text.lower() != "null"
    return text if plain_text else _in_quotes(text)


def _in_quotes(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_ARRAY_CASTS: Mapping[type, str] = {
    bool: "bool", float: "float8", decimal.Decimal: "numeric", uuid.UUID: "uuid", datetime.date: "date",
    datetime.time: "time", datetime.timedelta: "interval", Json: "jsonb", Address: "inet",
}  # fmt: skip


def _array_cast(value: list[Any]) -> str:
    """What psycopg says of the elements' type: nothing of texts and nulls."""
    elements = list(_elements(value))
    kinds = {type(item) for item in elements}
    if not kinds or kinds == {str}:
        return ""
    if kinds == {int}:
        return "::int4[]" if all(-(2**31) <= item < 2**31 for item in elements) else "::int8[]"
    if kinds == {datetime.datetime}:
        return "::timestamptz[]" if elements[0].tzinfo is not None else "::timestamp[]"
    if len(kinds) > 1 or not kinds <= _ARRAY_CASTS.keys():
        raise NoPreview("how arrays of such elements are quoted is not known")
    return f"::{_ARRAY_CASTS[kinds.pop()]}[]"


def _elements(value: list[Any]) -> Iterator[Any]:
    for item in value:
        if isinstance(item, list):
            yield from _elements(item)
        elif item is not None:
            yield item


def _range_literal(value: Range, dialect: Dialect) -> str:
    if not value.bounds:
        return "'empty'"
    bounds = [bound for bound in (value.lower, value.upper) if bound is not None]
    casts = {decimal.Decimal: "::numrange", datetime.date: "::daterange", int: ""}
    kinds = {type(bound) for bound in bounds}
    if kinds == {datetime.datetime}:
        cast = "::tstzrange" if bounds[0].tzinfo is not None else "::tsrange"
    elif len(kinds) == 1 and kinds <= casts.keys():
        cast = casts[kinds.pop()]
    else:
        raise NoPreview("how such a range is quoted is not known")
    if dialect.adapter == "psycopg2" and cast:
        raise NoPreview("how ranges are quoted depends on the driver")
    lower, upper = ("" if bound is None else _element(bound) for bound in (value.lower, value.upper))
    return f"'{value.bounds[0]}{lower},{upper}{value.bounds[1]}'{cast}"


def _hstore(value: Mapping[str, str | None], dialect: Dialect) -> str:
    if dialect.adapter == "psycopg2":
        raise NoPreview("how an hstore is quoted depends on the driver")
    pairs = (f"{_in_quotes(key)}=>{'NULL' if item is None else _in_quotes(item)}" for key, item in value.items())
    return f"{_postgresql_text(','.join(pairs), dialect)}::hstore"


def _sqlite(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case bool():
            return str(int(value))
        case int() | float() | decimal.Decimal():
            return str(value)
        case str():
            return "'" + value.replace("'", "''") + "'"
        case bytes():
            return f"X'{value.hex()}'"
        case _:
            raise _no_literal(value)


_MYSQL_ESCAPES = str.maketrans(
    {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\0": "\\0", "\x1a": "\\Z"}
)


def _mysql(value: Any, dialect: Dialect) -> str:
    as_bytes = dialect.prints and dialect.mysqlclient
    if as_bytes and isinstance(value, (bytes, uuid.UUID)):
        # Django prints the bytes of the literal as Python shows them. No server takes that.
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        return repr(f"'{text.translate(_MYSQL_ESCAPES)}'".encode("latin-1"))
    match value:
        case None:
            return "NULL"
        case bool():
            return f"b'{int(value)}'" if as_bytes else str(int(value))
        case int() | decimal.Decimal():
            return str(value)
        case float():
            text = repr(value)
            return text if "e" in text else f"{text}e0"
        case str() | uuid.UUID():
            return "'" + str(value).translate(_MYSQL_ESCAPES) + "'"
        case bytes():
            return f"_binary X'{value.hex()}'"
        case _:
            raise _no_literal(value)


def _iso_duration(value: datetime.timedelta) -> str:
    """See https://en.wikipedia.org/wiki/ISO_8601#Durations"""
    sign, value = ("-", -value) if value < datetime.timedelta(0) else ("", value)
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    part = f".{value.microseconds:06}" if value.microseconds else ""
    return f"{sign}P{value.days}DT{hours:02}H{minutes:02}M{seconds:02}{part}S"


def _oracle(value: Any) -> str:
    match value:
        case bool():
            return "1" if value else "0"
        case datetime.time():
            return f"'1900-01-01 {value}'"
        case datetime.date():
            return f"'{value}'"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case bytes():
            return f"'{value.hex()}'"
        case datetime.timedelta():
            return f"'{_iso_duration(value)}'"
        case _:
            return str(value)
