"""Small readings of option values: the items of a list, the name of an index, sets of field names.

Values in, plain Python out, and None where it cannot be known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from migration_guard.values import Call, Const, Seq, Value, plain

Together: TypeAlias = frozenset[tuple[str, ...]]


def items(value: Value) -> tuple[Value, ...]:
    """The items of a list-like option; none where it is not given or not known."""
    return value.items if isinstance(value, Seq) else ()


def called_name(value: Value) -> str | None:
    """The `name` of an index or a constraint."""
    name = value.kwargs.get("name") if isinstance(value, Call) else None
    return name.value if isinstance(name, Const) and isinstance(name.value, str) else None


def together(value: Value) -> Together | None:
    """`unique_together` or `index_together` as a set of tuples, None where it is not known."""
    read = plain(value, False)
    if read is None:
        return frozenset()
    if read is False:
        return None
    rows = list(read)
    if rows and all(isinstance(row, str) for row in rows):
        rows = [tuple(rows)]
    return frozenset(tuple(row) for row in rows)


def together_value(rows: Iterable[tuple[str, ...]]) -> Seq:
    """The value of an `AlterUniqueTogether`: a set, in an order that is always the same."""
    return Seq("set", tuple(Seq("tuple", tuple(Const(name) for name in row)) for row in sorted(rows)))
