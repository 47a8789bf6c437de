"""The default that a column gets while it is added or made NOT NULL: what `effective_default` answers.

In: a Column. Out: a prepared Python value, `None` where there is none. What a function of the project returns is known
where it can be followed, else NoPreview is raised; clocks and random numbers answer as they would when Django runs.
"""

from __future__ import annotations

import datetime
import random
import secrets
import string
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from migration_guard import versions
from migration_guard.sql.column import Column
from migration_guard.sql.dialect import Dialect, Moment
from migration_guard.sql.literals import constant, prepare, quote_value
from migration_guard.sql.statements import PLACEHOLDER, NoPreview
from migration_guard.values import NONE, Call, Const, Map, Ref, Seq, Unknown, Value, plain


def has_default(column: Column) -> bool:
    """Whether the field has a default in Python."""
    if column.is_generated:
        return False
    return column.has("default")


def has_db_default(column: Column) -> bool:
    """Whether the database has the default."""
    return versions.DB_DEFAULT(column.schema.dialect.version) and not column.is_generated and column.has("db_default")


def effective_default(column: Column) -> Any:
    """The value that rows get, prepared for the database."""
    return prepare(_raw_default(column), column)


def default_literal(column: Column) -> str:
    """The same as SQL; a placeholder with the reason where it is not known."""
    try:
        return quote_value(effective_default(column), column.schema.dialect.parameters)
    except NoPreview as doubt:
        return f"/* {PLACEHOLDER}: {doubt.reason} */"


def is_nothing(column: Column) -> bool:
    """Whether there is no effective default. A default that is not known is one."""
    try:
        return effective_default(column) is None
    except NoPreview:
        return False


def _raw_default(column: Column) -> Any:
    if has_default(column):
        value = column.field.attr("default")
        if value == NONE and column.is_foreign_key:
            return None
        return evaluated(value, column)
    if column.is_generated:
        return None
    if not column.null and column.flag("blank") and column.allows_empty_strings:
        return b"" if column.internal_type == "BinaryField" else ""
    if column.flag("auto_now") or column.flag("auto_now_add"):
        now = column.schema.dialect.now()
        local = now.replace(tzinfo=None)
        kinds = {"DateTimeField": now, "DateField": local.date(), "TimeField": local.time()}
        return kinds.get(column.internal_type, local)
    return None


def evaluated(value: Value, column: Column) -> Any:
    """The Python value of a default."""
    match value:
        case Const():
            return value.value
        case Seq() | Map():
            marker = object()
            found = plain(value, marker)
            if found is marker:
                raise NoPreview(f"the default of {column.label} is not a constant")
            return found
        case Unknown():
            raise NoPreview(f"the default of {column.label} is not known: {value.reason}")
        case Ref():
            return _called(value, column)
        case Call():
            return _built(value, column)


def _called(ref: Ref, column: Column) -> Any:
    known = _CALLABLES.get(ref.path)
    if known is not None:
        return known(column.schema.dialect)
    returned = column.schema.dialect.returned(ref, _moment(column.schema.dialect))
    reason = f": {returned.reason}" if isinstance(returned, Unknown) else ""
    if not isinstance(returned, Const | Seq | Map):
        raise NoPreview(f"the default of {column.label} is what {ref.path} returns{reason}")
    return evaluated(returned, column)


def _built(call: Call, column: Column) -> Any:
    found = constant(call, call)
    if found is not call:
        return found
    raise NoPreview(f"the default of {column.label} is what {call.func.path}(...) returns")


def _local(dialect: Dialect) -> datetime.datetime:
    return dialect.now().replace(tzinfo=None)


def _of_this_moment(dialect: Dialect, value: Any) -> Any:
    """A value that the next run will not give again: whoever keeps the time notices."""
    dialect.now()
    return value


def _moment(dialect: Dialect) -> Moment:
    """What functions return while a function of the project is followed that calls them."""

    def answer(path: str, args: Sequence[object], kwargs: Mapping[str, object]) -> object:
        if path in _RANDOM:
            try:
                return _of_this_moment(dialect, _RANDOM[path](*args, **kwargs))
            except (TypeError, ValueError, IndexError):
                return None
        if path == "datetime.datetime.now" and [*args, *kwargs.values()] == [datetime.timezone.utc]:
            return dialect.now()
        known = None if args or kwargs else _CALLABLES.get(path)
        return None if known is None else known(dialect)

    return answer


def _random_string(length: int, allowed_chars: str = string.ascii_letters + string.digits) -> str:
    if not 0 <= length <= _LONGEST:
        raise ValueError(length)
    return "".join(random.choices(allowed_chars, k=length))


def _token(size: int | None, form: Callable[[int], str]) -> str:
    size = 32 if size is None else size
    if not 0 <= size <= _LONGEST:
        raise ValueError(size)
    return form(size)


_LONGEST = 10_000
_RANDOM: dict[str, Callable[..., Any]] = {
    "django.utils.crypto.get_random_string": _random_string,
    "secrets.token_hex": lambda nbytes=None: _token(nbytes, secrets.token_hex),
    "secrets.token_urlsafe": lambda nbytes=None: _token(nbytes, secrets.token_urlsafe),
}
"""What takes arguments, or is mostly given some."""

_CALLABLES: dict[str, Callable[[Dialect], Any]] = {
    "builtins.dict": lambda dialect: {},
    "builtins.list": lambda dialect: [],
    "builtins.str": lambda dialect: "",
    "builtins.int": lambda dialect: 0,
    "builtins.float": lambda dialect: 0.0,
    "builtins.bool": lambda dialect: False,
    "builtins.bytes": lambda dialect: b"",
    "dict": lambda dialect: {},
    "list": lambda dialect: [],
    "str": lambda dialect: "",
    "int": lambda dialect: 0,
    "float": lambda dialect: 0.0,
    "bool": lambda dialect: False,
    "uuid.uuid4": lambda dialect: _of_this_moment(dialect, uuid.uuid4()),
    "uuid.uuid1": lambda dialect: _of_this_moment(dialect, uuid.uuid1()),
    "django.utils.timezone.now": lambda dialect: dialect.now() if dialect.use_tz else _local(dialect),
    "datetime.datetime.now": _local,
    "datetime.datetime.utcnow": _local,
    "datetime.date.today": lambda dialect: _local(dialect).date(),
    "decimal.Decimal": lambda dialect: 0,
}
