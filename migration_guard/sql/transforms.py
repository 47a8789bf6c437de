"""Paths: columns, and the transforms after them (`data__key`, `day__year`, `tags__len`).

In: words joined by two underscores. Out: what they reach. What is not certain raises NoPreview.
"""

from __future__ import annotations

from dataclasses import replace

from migration_guard.sql import composites, documents, functions, moments
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.statements import NoPreview
from migration_guard.state.fieldtypes import FIELD_TYPES
from migration_guard.state.lineage import lineage
from migration_guard.values import Call, Const, Ref

_LOOKUPS = functions.LOOKUPS | documents.LOOKUPS | composites.LOOKUPS


def path(name: str, scope: Scope) -> Compiled:
    """A column, or what transforms make of it."""
    left, rest = _column(name, scope)
    for place, word in enumerate(rest):
        left = transformed(left, word, scope, _before(name, place))
    return left


def _before(name: str, place: int) -> str:
    """The part of a path before a word of it."""
    return "__".join(name.split("__")[: place + 1])


def left_side(name: str, scope: Scope) -> tuple[Compiled, Compiled, str]:
    """Of a condition's name: the column, what is compared, and the name of the lookup."""
    column, rest = _column(name, scope)
    left, lookup = column, "exact"
    for place, word in enumerate(rest):
        last = place == len(rest) - 1
        if last and word in _LOOKUPS and not composites.is_transform(left, word):
            lookup = word
        else:
            left = transformed(left, word, scope, _before(name, place))
    return column, left, lookup


def _column(name: str, scope: Scope) -> tuple[Compiled, list[str]]:
    head, *rest = name.split("__")
    found = scope.table.find(head)
    if found.is_foreign_key and rest and rest[0] in ("pk", found.target.name, found.target.attname):
        raise NoPreview(f"{name}: joined field references are not permitted in this query")
    return scope.column(head), rest


def transformed(left: Compiled, name: str, scope: Scope, before: str) -> Compiled:
    """One step further on a path, of which there is already a part."""
    if left.output is not None and left.output.is_foreign_key:
        raise NoPreview(f"the lookup or transform {name} of a relation")
    if left.field_class == "JSONField":
        return documents.key(left, name, scope)
    found = composites.transformed(left, name, scope) or moments.transformed(left, name, scope)
    if found is not None:
        return found
    for kind in lineage(FIELD_TYPES.get(f"django.db.models.{left.kind}")):
        registered = scope.dialect.registered(kind, name)
        if registered is not None:
            field = Call(Ref("django.db.models", "F"), (Const(before),))
            return replace(scope.compile(Call(registered, (field,)), scope), both_sides=left.both_sides)
    raise NoPreview(f"the lookup or transform {name}")
