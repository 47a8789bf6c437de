"""What it takes to change a column from one type to another, told from the names of both types.

In: two types as they stand in SQL. Out: the kind of the change: in name only, in place, or by writing every row anew.
Which database it is decides which of the functions is asked; a profile knows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from migration_guard.sql.acts import Kind

_TYPE = re.compile(r"\s*([a-z_][a-z_0-9 ]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)\s*([a-z ]*?))?\s*((?:\[\d*\])*)\s*$")
_ALIASES = {
    "character varying": "varchar", "character": "char", "decimal": "numeric", "int": "integer", "int4": "integer",
    "int8": "bigint", "int2": "smallint", "bool": "boolean", "timestamptz": "timestamp with time zone",
    "double precision": "double", "float8": "double", "serial": "integer", "bigserial": "bigint",
    "varchar2": "varchar", "nvarchar2": "varchar", "number": "numeric",
}  # fmt: skip
_NARROW, _WIDE = 255, 256
_BYTES_OF_A_CHARACTER = (1, 3, 4)
"""In latin1, in utf8mb3 and in utf8mb4."""


@dataclass(frozen=True, slots=True)
class Type:
    """A type's name with its arguments; `rest` is what else belongs to it."""

    name: str
    size: int | None = None
    scale: int | None = None
    rest: str = ""


def read(text: str) -> Type | None:
    """A type as it stands in SQL; None where it has another form."""
    found = _TYPE.match(text.lower().replace("auto_increment", "").strip())
    if found is None:
        return None
    name, size, scale, more, dimensions = found.groups()
    more = more or ""
    words = f"{name} {more}".strip()
    name = _ALIASES.get(words, _ALIASES.get(name, name))
    rest = more if words not in _ALIASES else ""
    return Type(name, int(size) if size else None, int(scale) if scale else None, rest + dimensions)


def postgresql(old: str, new: str) -> Kind:
    """https://www.postgresql.org/docs/current/sql-altertable.html: binary coercible types need no rewrite."""
    if old == new:
        return Kind.CHANGE_TYPE_IN_NAME
    before, after = read(old), read(new)
    if before is None or after is None or before.rest or after.rest:
        return Kind.CHANGE_TYPE_SOMEHOW if before is None or after is None else Kind.CHANGE_TYPE
    if before == after:
        return Kind.CHANGE_TYPE_IN_NAME
    if after.name in ("text", "varchar") and before.name in ("text", "varchar", "citext"):
        if after.size is not None and (before.size is None or after.size < before.size):
            return Kind.NARROW_TYPE
        return Kind.REINDEX_TYPE if before.name == "citext" else Kind.WIDEN_TYPE
    if after.name == "citext" and before.name in ("text", "varchar"):
        return Kind.REINDEX_TYPE
    if before.name == after.name == "numeric":
        return _numeric(before, after)
    return Kind.CHANGE_TYPE


def _numeric(before: Type, after: Type) -> Kind:
    if after.size is None:
        return Kind.WIDEN_TYPE
    if before.size is not None and (before.scale or 0) == (after.scale or 0) and after.size >= before.size:
        return Kind.WIDEN_TYPE
    return Kind.NARROW_TYPE


def mysql(old: str, new: str) -> Kind:
    """https://dev.mysql.com/doc/refman/8.0/en/innodb-online-ddl-operations.html#online-ddl-column-operations."""
    automatic = ["auto_increment" in text.lower() for text in (old, new)]
    if automatic == [False, True]:
        return Kind.ADD_IDENTITY
    before, after = read(old), read(new)
    if before is None or after is None:
        return Kind.CHANGE_TYPE_SOMEHOW
    if before == after:
        return Kind.DROP_IDENTITY if automatic == [True, False] else Kind.CHANGE_TYPE_IN_NAME
    if before.name == after.name == "varchar" and before.size and after.size and before.rest == after.rest:
        return _varchar(before.size, after.size)
    return Kind.CHANGE_TYPE


def _varchar(before: int, after: int) -> Kind:
    if after < before:
        return Kind.NARROW_TYPE
    crosses = {before * width <= _NARROW and after * width >= _WIDE for width in _BYTES_OF_A_CHARACTER}
    if len(crosses) > 1:
        return Kind.CHANGE_TYPE_SOMEHOW
    return Kind.WIDEN_TYPE_OVER_A_BYTE if True in crosses else Kind.WIDEN_TYPE


def oracle(old: str, new: str) -> Kind:
    """https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/ALTER-TABLE.html: more room is free."""
    before, after = read(old), read(new)
    if before is None or after is None:
        return Kind.CHANGE_TYPE if old != new else Kind.CHANGE_TYPE_IN_NAME
    if before == after:
        return Kind.CHANGE_TYPE_IN_NAME
    if before.name != after.name or before.size is None or after.size is None or before.rest != after.rest:
        return Kind.CHANGE_TYPE
    digits = [found.size - (found.scale or 0) for found in (before, after) if found.size is not None]
    wider = after.size >= before.size and (after.scale or 0) >= (before.scale or 0) and digits[1] >= digits[0]
    return Kind.WIDEN_TYPE if wider else Kind.NARROW_TYPE


def remade(old: str, new: str) -> Kind:
    """Where a table is made anew for every change."""
    return Kind.CHANGE_TYPE_IN_NAME if old == new else Kind.CHANGE_TYPE
