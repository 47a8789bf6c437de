"""Dates and times: their parts, moments cut to a unit, and arithmetic with durations, as each database has them.

In: what a path or an expression has reached, and the name of a part. Out: compiled expressions; None where there is no
such part. The time zone is that of the settings, as it is for Django outside of a request, unless one is given.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from migration_guard import versions
from migration_guard.sql.profiles import Literals
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.statements import NoPreview
from migration_guard.values import NONE, Const, Ref, Value, plain

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
_ORACLE: Mapping[str, str] = {
    "week_day": "TO_CHAR({}, 'D')", "iso_week_day": "TO_CHAR({} - 1, 'D')", "week": "TO_CHAR({}, 'IW')",
    "quarter": "TO_CHAR({}, 'Q')", "iso_year": "TO_CHAR({}, 'IYYY')", "second": "FLOOR(EXTRACT(SECOND FROM {}))",
}  # fmt: skip
_ORACLE_CUTS: Mapping[str, str] = {
    "year": "TRUNC({}, 'YEAR')", "month": "TRUNC({}, 'MONTH')", "quarter": "TRUNC({}, 'Q')", "week": "TRUNC({}, 'IW')",
    "day": "TRUNC({})", "hour": "TRUNC({}, 'HH24')", "minute": "TRUNC({}, 'MI')", "second": "CAST({} AS DATE)",
}  # fmt: skip
_TIME_ON_ORACLE = (
    "CASE WHEN {0} IS NOT NULL THEN TO_TIMESTAMP(CONCAT('1900-01-01 ', TO_CHAR({0}, 'HH24:MI:SS.FF')), "
    "'YYYY-MM-DD HH24:MI:SS.FF') ELSE NULL END"
)
_QUARTER = "MAKEDATE(YEAR({0}), 1) + INTERVAL QUARTER({0}) QUARTER - INTERVAL 1 QUARTER"
_WEEK = "DATE_SUB({0}, INTERVAL WEEKDAY({0}) DAY)"
_MYSQL_CUTS: Mapping[str, Mapping[str, str]] = {
    "DateField": {
        "year": "CAST(DATE_FORMAT({0}, '%Y-01-01') AS DATE)", "month": "CAST(DATE_FORMAT({0}, '%Y-%m-01') AS DATE)",
        "quarter": _QUARTER, "week": _WEEK, "day": "DATE({0})",
    },
    "DateTimeField": {
        "quarter": f"CAST(DATE_FORMAT({_QUARTER}, '%Y-%m-01 00:00:00') AS DATETIME)",
        "week": f"CAST(DATE_FORMAT({_WEEK}, '%Y-%m-%d 00:00:00') AS DATETIME)",
        **{
            unit: f"CAST(DATE_FORMAT({{0}}, '{shape}') AS DATETIME)" for unit, shape in (
                ("year", "%Y-01-01 00:00:00"), ("month", "%Y-%m-01 00:00:00"), ("day", "%Y-%m-%d 00:00:00"),
                ("hour", "%Y-%m-%d %H:00:00"), ("minute", "%Y-%m-%d %H:%i:00"), ("second", "%Y-%m-%d %H:%i:%s"),
            )
        },
    },
    "TimeField": {
        unit: f"CAST(DATE_FORMAT({{0}}, '{shape}') AS TIME)"
        for unit, shape in (("hour", "%H:00:00"), ("minute", "%H:%i:00"), ("second", "%H:%i:%s"))
    },
}  # fmt: skip
COMPARED = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_WITH_A_DAY = ("DateField", "DateTimeField", "TimeField")


# ---------------------------------------------------------------- time zones


def zone(scope: Scope, given: Value = NONE) -> str:
    """The name of a time zone: the one that is given, or that of the settings."""
    if given == NONE:
        return scope.dialect.setting("TIME_ZONE") or "America/Chicago"
    match given:
        case Const(value=ZoneInfo() as found) if found.key:
            return found.key
        case Const(value=datetime.timezone.utc):
            return "UTC"
        case Ref() if given.path in ("datetime.timezone.utc", "datetime.UTC"):
            return "UTC"
        case _:
            raise NoPreview("the name of a time zone")


def _zones(scope: Scope, given: Value = NONE) -> str:
    return f"'{zone(scope, given)}', 'UTC'" if scope.dialect.use_tz else "NULL, NULL"


def in_zone(text: str, scope: Scope, given: Value = NONE) -> str:
    """A moment in a time zone."""
    if not scope.dialect.use_tz:
        return text
    name = zone(scope, given)
    if scope.profile.literals is Literals.POSTGRESQL:
        return f"{text} AT TIME ZONE '{name}'"
    if name == "UTC":
        return text
    if scope.profile.literals is Literals.ORACLE:
        return f"CAST((FROM_TZ({text}, 'UTC') AT TIME ZONE '{name}') AS TIMESTAMP)"
    return f"CONVERT_TZ({text}, 'UTC', '{name}')"


def _local(left: Compiled, scope: Scope, given: Value) -> str:
    if left.kind == "DateTimeField":
        return in_zone(left.text, scope, given)
    if given != NONE:
        raise NoPreview("a time zone for something other than a moment")
    return left.text


# ---------------------------------------------------------------- parts


def transformed(left: Compiled, name: str, scope: Scope) -> Compiled | None:
    """A part of a date or a time, or the date or the time of a moment."""
    if left.kind == "DateTimeField" and name in ("date", "time"):
        return cast(left, name, scope)
    if name not in _PARTS.get(left.kind, ()):
        return None
    return extract(left, name, scope)


def extract(left: Compiled, name: str, scope: Scope, given: Value = NONE) -> Compiled:
    """EXTRACT; a year remembers what it is the year of."""
    if name not in _PARTS.get(left.kind, ()):
        raise NoPreview(f"the part {name} of an expression of another type")
    bounds = name if name in ("year", "iso_year") and given == NONE else ""
    text = _extracted(left, name, scope, given)
    return Compiled(text, scope.typed("IntegerField"), True, root=left, bounds=bounds, declared=True)


def _extracted(left: Compiled, name: str, scope: Scope, given: Value) -> str:
    literals = scope.profile.literals
    if name == "second":
        scope.require_present_oracle("seconds")
    if literals is Literals.SQLITE:
        if left.kind == "DateTimeField":
            return f"django_datetime_extract('{name}', {left.text}, {_zones(scope, given)})"
        return f"django_{'time' if left.kind == 'TimeField' else 'date'}_extract('{name}', {left.text})"
    table = {Literals.POSTGRESQL: _POSTGRESQL, Literals.MYSQL: _MYSQL, Literals.ORACLE: _ORACLE}[literals]
    return table.get(name, f"EXTRACT({name.upper()} FROM {{}})").replace("{}", _local(left, scope, given))


def cast(left: Compiled, name: str, scope: Scope, given: Value = NONE) -> Compiled:
    """The date or the time of a moment."""
    local = in_zone(left.text, scope, given)
    match scope.profile.literals:
        case Literals.POSTGRESQL:
            text = f"({local})::{name}"
        case Literals.SQLITE:
            text = f"django_datetime_cast_{name}({left.text}, {_zones(scope, given)})"
        case Literals.MYSQL:
            text = f"{name.upper()}({local})"
        case Literals.ORACLE:
            text = f"TRUNC({local})" if name == "date" else _TIME_ON_ORACLE.replace("{0}", local)
    return Compiled(text, scope.typed("DateField" if name == "date" else "TimeField"), True, declared=True)


def truncate(left: Compiled, unit: str, scope: Scope, given: Value = NONE, yields: str = "") -> Compiled:
    """A moment, a date or a time cut to a unit; it yields what it was, or a field of another class."""
    kind = yields or left.kind
    if left.kind not in _PARTS or kind not in _MYSQL_CUTS:
        raise NoPreview(f"an expression of another type cut to {unit}")
    output = scope.typed(kind) if yields else left.output
    local = _local(left, scope, given)
    match scope.profile.literals:
        case Literals.POSTGRESQL:
            text = f"DATE_TRUNC('{unit}', {local})" + ("::time" if kind == "TimeField" else "")
        case Literals.SQLITE:
            name = {"DateField": "date", "TimeField": "time", "DateTimeField": "datetime"}[kind]
            zones = _zones(scope, given) if left.kind == "DateTimeField" else "NULL, NULL"
            text = f"django_{name}_trunc('{unit}', {left.text}, {zones})"
        case Literals.MYSQL if unit in _MYSQL_CUTS[kind]:
            shape = _MYSQL_CUTS[kind][unit]
            doubled = scope.dialect.prints and versions.PERCENTS_ARE_DOUBLED(scope.dialect.version)
            text = (shape.replace("%", "%%") if doubled else shape).replace("{0}", local)
        case Literals.ORACLE:
            text = _ORACLE_CUTS[unit].replace("{}", local)
        case _:
            raise NoPreview(f"a moment cut to {unit}")
    return Compiled(text, output, True, declared=bool(yields))


# ---------------------------------------------------------------- arithmetic


def arithmetic(left: Compiled, connector: str, right: Compiled, template: str, scope: Scope) -> Compiled | None:
    """Durations added to moments, or moments subtracted; None where it is arithmetic as with any numbers."""
    if not scope.resolved:
        return None
    kinds = {left.kind, right.kind}
    if "DurationField" in kinds and left.kind != right.kind:
        return _with_duration(left, connector, right, template, scope)
    if connector == "-" and len(kinds) == 1 and left.kind in _WITH_A_DAY:
        return Compiled(_between(left, right, scope), scope.typed("DurationField"), True, declared=True)
    return None


def _with_duration(left: Compiled, connector: str, right: Compiled, template: str, scope: Scope) -> Compiled:
    literals, texts = scope.profile.literals, [left.text, right.text]
    if literals is Literals.SQLITE:
        if connector not in ("+", "-", "*", "/"):
            raise NoPreview(f"the operator {connector} with durations")
        text = f"(django_format_dtdelta('{connector}', {', '.join(texts)}))"
    else:
        if literals is Literals.MYSQL:
            pairs = zip((left, right), texts, strict=True)
            texts = [f"INTERVAL {text} MICROSECOND" if item.kind == "DurationField" else text for item, text in pairs]
        text = f"({template.format(*texts)})"
    other = next((item.kind for item in (left, right) if item.kind != "DurationField"), "")
    yields = {"DateField": "DateTimeField", "DateTimeField": "DateTimeField", "TimeField": "TimeField"}.get(other)
    return Compiled(text, scope.typed(yields) if yields is not None else None, True)


def _between(left: Compiled, right: Compiled, scope: Scope) -> str:
    """How much time is between two moments."""
    of_times = left.kind == "TimeField"
    match scope.profile.literals:
        case Literals.POSTGRESQL if left.kind == "DateField":
            return f"(interval '1 day' * ({left.text} - {right.text}))"
        case Literals.POSTGRESQL:
            return f"({left.text} - {right.text})"
        case Literals.ORACLE if left.kind == "DateField":
            return f"NUMTODSINTERVAL(TO_NUMBER({left.text} - {right.text}), 'DAY')"
        case Literals.ORACLE:
            return f"({left.text} - {right.text})"
        case Literals.SQLITE:
            return f"django_{'time' if of_times else 'timestamp'}_diff({left.text}, {right.text})"
        case Literals.MYSQL if not of_times:
            return f"TIMESTAMPDIFF(MICROSECOND, {right.text}, {left.text})"
        case _:
            raise NoPreview("the time between two times of day")


# ---------------------------------------------------------------- years


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
        if inner.kind == "DateField":
            return first, last
        timezone = ZoneInfo(zone(scope)) if scope.dialect.use_tz else None
        return (
            datetime.datetime.combine(first, datetime.time.min, timezone),
            datetime.datetime.combine(last, datetime.time.max, timezone),
        )
    except (ValueError, OverflowError, ZoneInfoNotFoundError):
        raise NoPreview(f"the bounds of the year {year}") from None
