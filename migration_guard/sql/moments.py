"""Parts of dates and times, and moments cut to a unit, as each database has them.

In: what a path or an expression has reached, and the name of a part. Out: text; None where there is no such part. The
time zone is that of the settings, as it is for Django outside of a request.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from migration_guard.sql.literals import quote_value
from migration_guard.sql.profiles import Literals
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.statements import NoPreview
from migration_guard.values import Value, plain

_OF_DATES = ("year", "iso_year", "quarter", "month", "week", "day", "week_day", "iso_week_day")
_OF_TIMES = ("hour", "minute", "second")
_PARTS: Mapping[str, tuple[str, ...]] = {
    "DateField": _OF_DATES, "DateTimeField": (*_OF_DATES, *_OF_TIMES), "TimeField": _OF_TIMES,
}  # fmt: skip
_POSTGRESQL: Mapping[str, str] = {
    "week_day": "EXTRACT(DOW FROM {}) + 1", "iso_week_day": "EXTRACT(ISODOW FROM {})",
    "iso_year": "EXTRACT(ISOYEAR FROM {})", "second": "EXTRACT(SECOND FROM DATE_TRUNC('second', {}))",
}  # fmt: skip
_MYSQL: Mapping[str, str] = {
    "week_day": "DAYOFWEEK({})", "iso_week_day": "WEEKDAY({}) + 1", "week": "WEEK({}, 3)",
    "iso_year": "TRUNCATE(YEARWEEK({}, 3), -2) / 100",
}  # fmt: skip
_MYSQL_FORMATS: Mapping[str, str] = {
    "year": "%Y-01-01", "month": "%Y-%m-01", "day": "%Y-%m-%d", "hour": "%Y-%m-%d %H:00:00",
    "minute": "%Y-%m-%d %H:%i:00", "second": "%Y-%m-%d %H:%i:%s",
}  # fmt: skip
COMPARED = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def transformed(left: Compiled, name: str, scope: Scope) -> Compiled | None:
    """A part of a date or a time, or the date or the time of a moment."""
    kind = left.output.internal_type if left.output is not None and not left.output.is_foreign_key else ""
    if kind == "DateTimeField" and name in ("date", "time"):
        return cast(left, name, scope)
    if name not in _PARTS.get(kind, ()):
        return None
    return extract(left, name, scope)


def extract(left: Compiled, name: str, scope: Scope) -> Compiled:
    """EXTRACT; a year remembers what it is the year of."""
    kind = left.output.internal_type if left.output is not None else ""
    if name not in _PARTS.get(kind, ()):
        raise NoPreview(f"the part {name} of an expression of another type")
    bounds = name if name in ("year", "iso_year") else ""
    output = scope.typed("IntegerField")
    return Compiled(_extracted(left.text, kind, name, scope), output, True, root=left, bounds=bounds)


def _extracted(text: str, kind: str, name: str, scope: Scope) -> str:
    literals = scope.table.schema.dialect.profile.literals
    if literals is Literals.SQLITE:
        if kind == "DateTimeField":
            return f"django_datetime_extract('{name}', {text}, {_zones(scope)})"
        return f"django_{'time' if kind == 'TimeField' else 'date'}_extract('{name}', {text})"
    table = {Literals.POSTGRESQL: _POSTGRESQL, Literals.MYSQL: _MYSQL}.get(literals)
    if table is None:
        raise NoPreview(f"the part {name} of a date on {scope.table.schema.dialect.profile.name}")
    local = in_zone(text, scope) if kind == "DateTimeField" else text
    return table.get(name, f"EXTRACT({name.upper()} FROM {{}})").replace("{}", local)


def zone(scope: Scope) -> str:
    """The name of the settings' time zone."""
    return scope.table.schema.dialect.setting("TIME_ZONE") or "America/Chicago"


def _zones(scope: Scope) -> str:
    return f"'{zone(scope)}', 'UTC'" if scope.table.schema.dialect.use_tz else "NULL, NULL"


def in_zone(text: str, scope: Scope) -> str:
    """A moment in the settings' time zone."""
    dialect = scope.table.schema.dialect
    if not dialect.use_tz:
        return text
    if dialect.profile.literals is Literals.POSTGRESQL:
        return f"{text} AT TIME ZONE '{zone(scope)}'"
    return text if zone(scope) == "UTC" else f"CONVERT_TZ({text}, 'UTC', '{zone(scope)}')"


def cast(left: Compiled, name: str, scope: Scope) -> Compiled:
    """The date or the time of a moment."""
    dialect = scope.table.schema.dialect
    output = scope.typed("DateField" if name == "date" else "TimeField")
    match dialect.profile.literals:
        case Literals.POSTGRESQL:
            local = in_zone(left.text, scope)
            text = f"({local})::{name}" if dialect.use_tz else f"({left.text})::{name}"
        case Literals.SQLITE:
            text = f"django_datetime_cast_{name}({left.text}, {_zones(scope)})"
        case Literals.MYSQL:
            text = f"{name.upper()}({in_zone(left.text, scope)})"
        case Literals.ORACLE:
            raise NoPreview(f"the {name} of a moment on Oracle")
    return Compiled(text, output, True)


def truncate(left: Compiled, unit: str, scope: Scope) -> Compiled:
    """A moment or a date cut to a unit."""
    kind = left.output.internal_type if left.output is not None else ""
    if kind not in ("DateField", "DateTimeField"):
        raise NoPreview(f"an expression of another type cut to {unit}")
    local = in_zone(left.text, scope) if kind == "DateTimeField" else left.text
    match scope.table.schema.dialect.profile.literals:
        case Literals.POSTGRESQL:
            text = f"DATE_TRUNC('{unit}', {local})"
        case Literals.SQLITE if kind == "DateTimeField":
            text = f"django_datetime_trunc('{unit}', {left.text}, {_zones(scope)})"
        case Literals.SQLITE:
            text = f"django_date_trunc('{unit}', {left.text}, NULL, NULL)"
        case Literals.MYSQL if unit in _MYSQL_FORMATS:
            pattern, target = _MYSQL_FORMATS[unit], "DATE" if kind == "DateField" else "DATETIME"
            if kind == "DateTimeField" and " " not in pattern:
                pattern += " 00:00:00"
            text = f"CAST(DATE_FORMAT({local}, '{pattern}') AS {target})"
        case _:
            raise NoPreview(f"a moment cut to {unit}")
    return Compiled(text, left.output, True)


def shifted(left: Compiled, sign: str, span: object, scope: Scope) -> Compiled:
    """A moment some time later or earlier."""
    if not isinstance(span, datetime.timedelta):
        raise NoPreview("arithmetic with dates and durations that are no constants")
    dialect = scope.table.schema.dialect
    microseconds = span // datetime.timedelta(microseconds=1)
    match dialect.profile.literals:
        case Literals.POSTGRESQL:
            text = f"({left.text} {sign} {quote_value(span, dialect)})"
        case Literals.SQLITE:
            text = f"(django_format_dtdelta('{sign}', {left.text}, {microseconds}))"
        case Literals.MYSQL:
            text = f"({left.text} {sign} INTERVAL {microseconds} MICROSECOND)"
        case Literals.ORACLE:
            raise NoPreview("arithmetic with dates and durations on Oracle")
    return Compiled(text, scope.typed("DateTimeField"), True)


def year_lookup(name: str, left: Compiled, value: Value, scope: Scope) -> str | None:
    """A comparison of a year: Django compares what it is the year of with the year's first and last moment."""
    year, inner = plain(value), left.root
    if name not in COMPARED or type(year) is not int or inner is None or inner.output is None:
        return None
    first, last = (scope.literal(bound, inner.output).text for bound in _bounds(year, left.bounds, inner, scope))
    if name == "exact":
        return f"{inner.text} BETWEEN {first} AND {last}"
    return f"{inner.text} {COMPARED[name]} {last if name in ('gt', 'lte') else first}"


def _bounds(year: int, kind: str, inner: Compiled, scope: Scope) -> tuple[datetime.date, datetime.date]:
    try:
        first, last = datetime.date(year, 1, 1), datetime.date(year, 12, 31)
        if kind == "iso_year":
            first = datetime.date.fromisocalendar(year, 1, 1)
            last = datetime.date.fromisocalendar(year + 1, 1, 1) - datetime.timedelta(days=1)
        if inner.output is not None and inner.output.internal_type == "DateField":
            return first, last
        timezone = ZoneInfo(zone(scope)) if scope.table.schema.dialect.use_tz else None
        return (
            datetime.datetime.combine(first, datetime.time.min, timezone),
            datetime.datetime.combine(last, datetime.time.max, timezone),
        )
    except (ValueError, OverflowError, ZoneInfoNotFoundError):
        raise NoPreview(f"the bounds of the year {year}") from None
