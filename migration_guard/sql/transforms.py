"""Paths: columns, and the transforms after them (`data__key`, `day__year`, `tags__len`).

In: words joined by two underscores. Out: what they reach. What is not certain raises NoPreview.
"""

from __future__ import annotations

from migration_guard.sql import composites, documents, functions, moments
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.statements import NoPreview

_LOOKUPS = functions.LOOKUPS | documents.LOOKUPS | composites.LOOKUPS


def path(name: str, scope: Scope) -> Compiled:
    """A column, or what transforms make of it."""
    left, rest = _column(name, scope)
    for word in rest:
        left = transformed(left, word, scope)
    return left


def left_side(name: str, scope: Scope) -> tuple[Compiled, Compiled, str]:
    """Of a condition's name: the column, what is compared, and the name of the lookup."""
    column, rest = _column(name, scope)
    left, lookup = column, "exact"
    for place, word in enumerate(rest):
        last = place == len(rest) - 1
        if last and word in _LOOKUPS and not composites.is_transform(left, word):
            lookup = word
        else:
            left = transformed(left, word, scope)
    return column, left, lookup


def _column(name: str, scope: Scope) -> tuple[Compiled, list[str]]:
    head, *rest = name.split("__")
    found = scope.table.find(head)
    if found.is_foreign_key and rest and rest[0] in ("pk", found.target.name, found.target.attname):
        raise NoPreview(f"{name}: joined field references are not permitted in this query")
    return scope.column(head), rest


def transformed(left: Compiled, name: str, scope: Scope) -> Compiled:
    """One step further on a path."""
    if left.field_class == "JSONField":
        return documents.key(left, name, scope)
    found = composites.transformed(left, name, scope) or moments.transformed(left, name, scope)
    if found is None:
        raise NoPreview(f"the lookup or transform {name}")
    return found
