"""Names of tables, columns, indexes and constraints, generated, shortened and quoted as each database needs it.

In: names and the greatest length a database takes. Out: names. Nothing here knows models.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

DEFAULT_INDEX_NAME_LENGTH = 200
"""Where a database has no limit of its own."""


def names_digest(*names: str, length: int) -> str:
    """A short hexadecimal digest of names."""
    return hashlib.md5("".join(names).encode(), usedforsecurity=False).hexdigest()[:length]


def split_identifier(identifier: str) -> tuple[str, str]:
    """(namespace, name) of `namespace"."name`; the namespace is "" where there is none."""
    parts = identifier.split('"."')
    namespace, name = parts if len(parts) == 2 else ("", identifier)
    return namespace.strip('"'), name.strip('"')


def strip_quotes(name: str) -> str:
    """A name without the double quotes around it."""
    return name[1:-1] if name[:1] == '"' == name[-1:] else name


def truncate_name(identifier: str, length: int | None, digits: int = 4) -> str:
    """An identifier cut to a length, its end replaced by a digest."""
    namespace, name = split_identifier(identifier)
    if length is None or len(name) <= length:
        return identifier
    prefix = f'{namespace}"."' if namespace else ""
    return f"{prefix}{name[: length - digits]}{names_digest(name, length=digits)}"


def index_name(table: str, columns: Sequence[str], suffix: str, max_length: int | None) -> str:
    """The name that Django generates for an index or a constraint: table, columns, digest and suffix."""
    _, table = split_identifier(table)
    joined = "_".join(columns)
    ending = names_digest(table, *columns, length=8) + suffix
    limit = max_length or DEFAULT_INDEX_NAME_LENGTH
    name = f"{table}_{joined}_{ending}"
    if len(name) <= limit:
        return name
    if len(ending) > limit / 3:
        ending = ending[: limit // 3]
    each = (limit - len(ending)) // 2 - 1
    name = f"{table[:each]}_{joined[:each]}_{ending}"
    return f"D{name[:-1]}" if name[0] == "_" or name[0].isdigit() else name


def postgresql_name(table: str, column: str, label: str) -> str:
    """The name that PostgreSQL itself gives an unnamed constraint or sequence (`makeObjectName`)."""
    room = 63 - len(label) - 1 - (1 if column else 0)
    first, second = table, column
    while len(first) + len(second) > room:
        if len(first) > len(second):
            first = first[:-1]
        else:
            second = second[:-1]
    return "_".join(part for part in (first, second, label) if part)
