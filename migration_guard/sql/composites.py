"""Types of `django.contrib.postgres`: arrays, ranges, hstore and texts to search, with their transforms and lookups.

In: what a path has reached, and a word, or the other side of a comparison. Out: compiled expressions or text; None
where the type has no such thing and the ordinary lookups decide.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace

from migration_guard.sql.column import Column
from migration_guard.sql.literals import Range, constant
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.sides import is_expression, known, operand, right_side
from migration_guard.sql.statements import NoPreview
from migration_guard.sql.types import RANGES, column_type
from migration_guard.values import Call, Const, Ref, Seq, Value

_RANGE_TRANSFORMS: Mapping[str, str] = {
    "startswith": "lower({})", "endswith": "upper({})", "isempty": "isempty({})", "lower_inf": "LOWER_INF({})",
    "upper_inf": "UPPER_INF({})", "lower_inc": "LOWER_INC({})", "upper_inc": "UPPER_INC({})",
}  # fmt: skip
_CONTAINMENT: Mapping[str, str] = {"contains": "@>", "contained_by": "<@", "overlap": "&&"}
_RANGE_OPERATORS: Mapping[str, str] = {
    **_CONTAINMENT, "exact": "=", "fully_lt": "<<", "fully_gt": ">>", "not_lt": "&>", "not_gt": "&<",
    "adjacent_to": "-|-", "gt": ">", "gte": ">=", "lt": "<", "lte": "<=",
}  # fmt: skip
_HSTORE_OPERATORS: Mapping[str, str] = {
    "exact": "=", "contains": "@>", "contained_by": "<@", "has_key": "?", "has_keys": "?&", "has_any_keys": "?|",
}  # fmt: skip
_SIMILARITY: Mapping[str, str] = {
    "trigram_similar": "%", "trigram_word_similar": "%>", "trigram_strict_word_similar": "%>>",
}  # fmt: skip
LOOKUPS = frozenset({*_RANGE_OPERATORS, *_HSTORE_OPERATORS, *_SIMILARITY, "search"})


def is_transform(left: Compiled, name: str) -> bool:
    """Whether a name that is a lookup elsewhere is a transform here."""
    return left.field_class in RANGES and name in _RANGE_TRANSFORMS


def transformed(left: Compiled, name: str, scope: Scope) -> Compiled | None:
    """One step further on a path."""
    kind = left.field_class
    if kind == "ArrayField":
        return _of_array(left, name, scope)
    if is_transform(left, name):
        bound = name in ("startswith", "endswith")
        output = scope.typed(RANGES[kind] if bound else "BooleanField")
        return Compiled(_RANGE_TRANSFORMS[name].format(left.text), output, left.parameters, conditional=not bound)
    if kind == "HStoreField" and name in ("keys", "values"):
        return Compiled(f"{'akeys' if name == 'keys' else 'avals'}({left.text})", _texts(scope), left.parameters)
    if kind == "HStoreField":
        return Compiled(f"({left.text} -> {scope.literal(name).text})", scope.typed("TextField"), True)
    if name == "unaccent" and left.kind in ("CharField", "TextField") and scope.profile.extensions:
        return Compiled(f"UNACCENT({left.text})", left.output, left.parameters, both_sides="UNACCENT({})")
    return None


def _texts(scope: Scope) -> Column:
    item = Call(Ref("django.db.models", "TextField"))
    return scope.field(Call(Ref("django.contrib.postgres.fields", "ArrayField"), (), {"base_field": item}))


def _of_array(left: Compiled, name: str, scope: Scope) -> Compiled:
    assert left.output is not None
    first, _, last = name.partition("_")
    if name == "len":
        text = f"CASE WHEN {left.text} IS NULL THEN NULL ELSE coalesce(array_length({left.text}, 1), 0) END"
        return Compiled(text, scope.typed("IntegerField"), left.parameters)
    if name.isdigit():
        return Compiled(f"({left.text})[{int(name) + 1}]", left.output.base, left.parameters)
    if first.isdigit() and last.isdigit():
        return Compiled(f"({left.text})[{int(first) + 1}:{last}]", left.output, left.parameters)
    raise NoPreview(f"the transform {name} of an array")


# ---------------------------------------------------------------- lookups


def lookup(name: str, left: Compiled, value: Value, scope: Scope) -> str | None:
    """A comparison that a type has for itself."""
    kind = left.field_class
    own = name in _SIMILARITY or kind in (*RANGES, "ArrayField", "HStoreField", "SearchVectorField")
    if own and name != "isnull" and not scope.profile.extensions:
        raise NoPreview(f"the lookup {name} on a database other than PostgreSQL")
    if name in _SIMILARITY:
        return f"{left.text} {_SIMILARITY[name]} {right_side(value, left, scope).text}"
    if name == "search" or (name == "exact" and kind == "SearchVectorField"):
        return _search(left, value, scope)
    if name == "contained_by" and left.kind in _RANGE_OF:
        return _within(left, value, scope)
    if name == "isnull" or (name == "in" and kind != "ArrayField"):
        return None
    match kind:
        case "ArrayField":
            return _array(name, left, value, scope)
        case "HStoreField" if name in _HSTORE_OPERATORS:
            return f"{left.text} {_HSTORE_OPERATORS[name]} {right_side(value, _keys(name, left, scope), scope).text}"
        case _ if kind in RANGES:
            return _range(name, left, value, scope)
        case "HStoreField" | "SearchVectorField" | "RangeField":
            raise NoPreview(f"the lookup {name} of {kind}")
    return None


def _keys(name: str, left: Compiled, scope: Scope) -> Compiled:
    """What is compared with an hstore: documents, or names of keys."""
    if name == "has_key":
        return replace(left, output=None)
    return replace(left, output=_texts(scope)) if name in ("has_keys", "has_any_keys") else left


def _array(name: str, left: Compiled, value: Value, scope: Scope) -> str:
    assert left.output is not None
    if name == "in" and isinstance(value, Seq) and value.kind in ("list", "tuple"):
        texts = (scope.literal(known(item), left.output).text for item in value.items)
        return f"{left.text} IN ({', '.join(texts)})"
    if name in ("gt", "gte", "lt", "lte"):
        return f"{left.text} {_RANGE_OPERATORS[name]} {right_side(value, left, scope).text}"
    operator = {**_CONTAINMENT, "exact": "="}.get(name)
    if operator is None:
        raise NoPreview(f"the lookup {name} of ArrayField")
    if isinstance(value, Seq) and any(item != Const(None) for item in value.items):
        if any(isinstance(item, Seq) for item in value.items):
            raise NoPreview("a comparison with an array of arrays")
        items = (
            scope.compile(item, scope) if is_expression(item) else scope.literal(known(item), left.output.base)
            for item in value.items
        )
        text = f"(ARRAY[{', '.join(item.text for item in items)}])"
    else:
        text = right_side(value, left, scope).text
    return f"{left.text} {operator} {text}::{left.output.db_type}"


def _range(name: str, left: Compiled, value: Value, scope: Scope) -> str:
    operator = _RANGE_OPERATORS.get(name)
    if operator is None:
        raise NoPreview(f"the lookup {name} of {left.field_class}")
    item = RANGES[left.field_class]
    given = None if is_expression(value) else constant(value)
    if name == "contains" and not isinstance(given, (Range, tuple, list, str)):
        cast = f"::{column_type(item, 'postgresql', True)}"
        if item not in ("DateField", "DateTimeField"):
            return f"{left.text} {operator} ({operand(value, replace(left, output=None), scope).text}){cast}"
        if isinstance(given, datetime.date):
            value = Call(Ref("django.db.models", "Value"), (value,))
        right = right_side(value, replace(left, output=None), scope)
        return f"{left.text} {operator} {right.text}{'' if right.field_class in RANGES else cast}"
    return f"{left.text} {operator} {right_side(value, left, scope).text}"


_RANGE_OF: Mapping[str, str] = {
    **dict.fromkeys(("IntegerField", "SmallIntegerField", "AutoField", "SmallAutoField"), "int4range"),
    **dict.fromkeys(("PositiveIntegerField", "PositiveSmallIntegerField"), "int4range"),
    **dict.fromkeys(("BigIntegerField", "PositiveBigIntegerField", "BigAutoField"), "int8range"),
    "FloatField": "numrange", "DecimalField": "numrange", "DateField": "daterange", "DateTimeField": "tstzrange",
}  # fmt: skip


def _within(left: Compiled, value: Value, scope: Scope) -> str:
    """A number, a date or a moment in a range."""
    if not scope.profile.extensions:
        raise NoPreview("the lookup contained_by on a database other than PostgreSQL")
    cast = {"FloatField": "::numeric", "SmallIntegerField": "::integer"}.get(left.kind, "")
    given = None if is_expression(value) else constant(value)
    right = scope.literal(given) if isinstance(given, Range) else right_side(value, left, scope)
    return f"{left.text}{cast} <@ {right.text}::{_RANGE_OF[left.kind]}"


def _search(left: Compiled, value: Value, scope: Scope) -> str:
    """The search of a text, or of what to_tsvector made of one."""
    if not scope.profile.extensions:
        raise NoPreview("a search on a database other than PostgreSQL")
    text = left.text
    if left.field_class != "SearchVectorField":
        if left.kind not in ("CharField", "TextField"):
            raise NoPreview("the search of something other than a text")
        text = f"to_tsvector(COALESCE({text}, ''))"
    query = isinstance(value, Call) and value.func.name in ("SearchQuery", "CombinedSearchQuery")
    if query:
        if left.field_class != "SearchVectorField":
            raise NoPreview("the search of a text with a SearchQuery")
        return f"{text} @@ {right_side(value, left, scope).text}"
    if isinstance(value, Call) and value.func.name == "NegatedExpression":
        raise NoPreview("a search for something negated")
    asked = scope.compile(value, scope) if is_expression(value) else scope.literal(known(value))
    return f"{text} @@ (plainto_tsquery({asked.text}))"
