"""Transforms in paths (`data__key`, `day__year`, `tags__len`) and the lookups that belong to special types.

In: what a path has reached so far, and the next word of it. Out: what it is then, or the text of a lookup; None where
the type has no such thing and the ordinary lookups decide. What is not certain raises NoPreview.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from migration_guard.sql import moments
from migration_guard.sql.column import Column
from migration_guard.sql.literals import Json, quote_value
from migration_guard.sql.profiles import Literals, Profile
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.statements import NoPreview
from migration_guard.values import Call, Const, Seq, Unknown, Value, plain

RANGES: Mapping[str, str] = {
    "IntegerRangeField": "IntegerField", "BigIntegerRangeField": "BigIntegerField", "DecimalRangeField": "DecimalField",
    "DateTimeRangeField": "DateTimeField", "DateRangeField": "DateField",
}  # fmt: skip
_RANGE_TRANSFORMS: Mapping[str, str] = {
    "startswith": "lower({})", "endswith": "upper({})", "isempty": "isempty({})", "lower_inf": "LOWER_INF({})",
    "upper_inf": "UPPER_INF({})", "lower_inc": "LOWER_INC({})", "upper_inc": "UPPER_INC({})",
}  # fmt: skip
_CONTAINMENT: Mapping[str, str] = {"contains": "@>", "contained_by": "<@", "overlap": "&&"}
_KEYS = ("has_key", "has_keys", "has_any_keys")
SPECIAL_LOOKUPS = frozenset(
    {*_CONTAINMENT, *_KEYS, "fully_lt", "fully_gt", "not_lt", "not_gt", "adjacent_to", "trigram_similar"}
)


def is_transform(left: Compiled, name: str) -> bool:
    """Whether a name that is a lookup elsewhere is a transform here."""
    return left.output is not None and left.output.type_name in RANGES and name in _RANGE_TRANSFORMS


def transformed(left: Compiled, name: str, scope: Scope) -> Compiled:
    """One step further on a path."""
    kind = left.output.type_name if left.output is not None and not left.output.is_foreign_key else ""
    if left.output is not None and kind == "JSONField":
        return json_key(left, name, scope)
    if left.output is not None and kind == "ArrayField":
        return _of_array(left, left.output, name, scope)
    if kind in RANGES and name in _RANGE_TRANSFORMS:
        bound = name in ("startswith", "endswith")
        output = scope.typed(RANGES[kind] if bound else "BooleanField")
        return Compiled(_RANGE_TRANSFORMS[name].format(left.text), output, left.parameters, conditional=not bound)
    if kind == "HStoreField":
        return Compiled(f"({left.text} -> {scope.literal(name).text})", scope.typed("TextField"), True)
    found = moments.transformed(left, name, scope)
    if found is None:
        raise NoPreview(f"the lookup or transform {name}")
    return found


def _of_array(left: Compiled, column: Column, name: str, scope: Scope) -> Compiled:
    first, _, last = name.partition("_")
    if name == "len":
        text = f"CASE WHEN {left.text} IS NULL THEN NULL ELSE coalesce(array_length({left.text}, 1), 0) END"
        return Compiled(text, scope.typed("IntegerField"), left.parameters)
    if name.isdigit():
        return Compiled(f"({left.text})[{int(name) + 1}]", column.base, left.parameters)
    if first.isdigit() and last.isdigit():
        return Compiled(f"({left.text})[{int(first) + 1}:{last}]", column, left.parameters)
    raise NoPreview(f"the transform {name} of an array")


# ---------------------------------------------------------------- JSON


def json_key(left: Compiled, name: str | int, scope: Scope, *, as_text: bool = False) -> Compiled:
    """A key of a document; keys of keys become one path."""
    root = left.root if left.root is not None else left
    keys = (*left.keys, str(name))
    text = _json_at(root.text, keys, scope, as_text)
    output = scope.typed("TextField") if as_text else scope.typed("JSONField")
    return Compiled(text, output, True, root=root, keys=keys)


def _json_at(root: str, keys: tuple[str, ...], scope: Scope, as_text: bool) -> str:
    dialect = scope.table.schema.dialect
    profile = dialect.profile
    path = quote_value(json_path(keys), dialect)
    match profile.literals:
        case Literals.POSTGRESQL if len(keys) == 1:
            key = keys[0] if keys[0].lstrip("-").isdigit() else quote_value(keys[0], dialect)
            return f"({root} {'->>' if as_text else '->'} {key})"
        case Literals.POSTGRESQL:
            return f"({root} {'#>>' if as_text else '#>'} {_text_array(keys)})"
        case Literals.SQLITE:
            kind = f"JSON_TYPE({root}, {path})"
            words = "('false','true','null')"
            return f"(CASE WHEN {kind} IN {words} THEN {kind} ELSE JSON_EXTRACT({root}, {path}) END)"
        case Literals.MYSQL if as_text and not profile.json_is_text:
            return f"({root} ->> {path})"
        case Literals.MYSQL:
            text = f"JSON_EXTRACT({root}, {path})"
            return f"JSON_UNQUOTE({text})" if as_text else text
        case Literals.ORACLE:
            raise NoPreview("keys of JSON documents on Oracle")


def json_path(keys: tuple[str, ...]) -> str:
    """A path in the language of SQL/JSON."""
    return "$" + "".join(f"[{key}]" if key.isdigit() else f".{json.dumps(key)}" for key in keys)


def _text_array(keys: tuple[str, ...]) -> str:
    if any(not key or any(mark in key for mark in " ,\"\\{}'") or key.lower() == "null" for key in keys):
        raise NoPreview("how arrays are quoted depends on the driver")
    return f"'{{{','.join(keys)}}}'"


_TEXT_LOOKUPS = frozenset(
    {"iexact", "contains", "icontains", "startswith", "istartswith", "endswith", "iendswith", "regex", "iregex"}
)


def _json_lookup(name: str, left: Compiled, value: Value, scope: Scope) -> str | None:
    dialect = scope.table.schema.dialect
    profile = dialect.profile
    if name in _KEYS:
        return _has_keys(name, left, value, scope)
    if name in ("contains", "contained_by") and not left.keys:
        return _json_contains(name, left, value, scope)
    if name == "isnull":
        if profile.literals is Literals.SQLITE and left.keys and left.root is not None:
            path = quote_value(json_path(left.keys), dialect)
            return f"JSON_TYPE({left.root.text}, {path}) IS {'' if plain(value) else 'NOT '}NULL"
        return f"{_cast(left.text, profile)} IS {'' if plain(value) else 'NOT '}NULL"
    if name in _TEXT_LOOKUPS or name == "range":
        return None
    if name == "in":
        if not isinstance(value, Seq) or not left.keys or value.kind in ("set", "frozenset"):
            raise NoPreview("the lookup in of JSONField")
        texts = [_json_literal(item, scope, inside=True) for item in value.items]
        return f"{_cast(left.text, profile)} IN ({', '.join(dict.fromkeys(texts))})"
    operator = {"exact": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}.get(name)
    if operator is None:
        raise NoPreview(f"the lookup {name} of JSONField")
    numeric = name != "exact" and left.keys and profile.literals is not Literals.POSTGRESQL
    if numeric:
        return f"{_cast(left.text, profile)} {operator} {scope.literal(_constant(value)).text}"
    return f"{_cast(left.text, profile)} {operator} {_json_literal(value, scope, whole=not left.keys)}"


def _cast(text: str, profile: Profile) -> str:
    """MariaDB keeps documents as text, and compares them unquoted."""
    return f"JSON_UNQUOTE({text})" if profile.json_is_text else text


def _json_literal(value: Value, scope: Scope, *, inside: bool = False, whole: bool = False) -> str:
    dialect = scope.table.schema.dialect
    if isinstance(value, Call):
        raise NoPreview("an expression compared with JSON")
    constant = _constant(value)
    document = json.dumps(constant)
    match dialect.profile.literals:
        case Literals.POSTGRESQL:
            return quote_value(Json(document), dialect)
        case Literals.SQLITE:
            if whole or document in ("true", "false", "null"):
                return quote_value(document, dialect)
            return f"JSON_EXTRACT({quote_value(document, dialect)}, '$')"
        case Literals.MYSQL:
            text = f"JSON_EXTRACT({quote_value(document, dialect)}, '$')"
            return f"JSON_UNQUOTE({text})" if inside and dialect.profile.json_is_text else text
        case Literals.ORACLE:
            raise NoPreview("JSON on Oracle")


def _json_contains(name: str, left: Compiled, value: Value, scope: Scope) -> str:
    dialect = scope.table.schema.dialect
    document = quote_value(Json(json.dumps(_constant(value))), dialect)
    if dialect.profile.literals is Literals.POSTGRESQL:
        return f"{left.text} {_CONTAINMENT[name]} {document}"
    if dialect.profile.literals is not Literals.MYSQL:
        raise NoPreview(f"the lookup {name} of JSONField on {dialect.profile.name}")
    both = (left.text, document) if name == "contains" else (document, left.text)
    return f"JSON_CONTAINS({', '.join(both)})"


def _has_keys(name: str, left: Compiled, value: Value, scope: Scope) -> str:
    dialect = scope.table.schema.dialect
    given = _constant(value)
    keys = [given] if name == "has_key" else list(given)
    if not all(isinstance(key, (str, int)) for key in keys):
        raise NoPreview(f"the lookup {name} of keys that are no text")
    names = [str(key) for key in keys]
    if dialect.profile.literals is Literals.POSTGRESQL:
        if name == "has_key":
            return f"{left.text} ? {quote_value(names[0], dialect)}"
        return f"{left.text} {'?&' if name == 'has_keys' else '?|'} {_text_array(tuple(names))}"
    root = left.root.text if left.root is not None else left.text
    paths = [quote_value(json_path((*left.keys, key)), dialect) for key in names]
    if dialect.profile.literals is Literals.SQLITE:
        texts = [f"JSON_TYPE({root}, {path}) IS NOT NULL" for path in paths]
    elif dialect.profile.literals is Literals.MYSQL:
        texts = [f"JSON_CONTAINS_PATH({root}, 'one', {path})" for path in paths]
    else:
        raise NoPreview(f"the lookup {name} on {dialect.profile.name}")
    return texts[0] if name == "has_key" else f"({(' AND ' if name == 'has_keys' else ' OR ').join(texts)})"


# ---------------------------------------------------------------- lookups


def special_lookup(name: str, left: Compiled, value: Value, scope: Scope) -> str | None:
    """A lookup that a special type has for itself."""
    if left.bounds:
        return moments.year_lookup(name, left, value, scope)
    kind = left.output.type_name if left.output is not None and not left.output.is_foreign_key else ""
    if left.output is not None and kind == "JSONField":
        return _json_lookup(name, left, value, scope)
    if left.output is not None and kind == "ArrayField":
        return _array_lookup(name, left, left.output, value, scope)
    if left.output is not None and kind in RANGES:
        return _range_lookup(name, left, kind, value, scope)
    if kind == "HStoreField" and name == "has_key":
        return f"{left.text} ? {scope.literal(_constant(value)).text}"
    return None


def as_text(left: Compiled, scope: Scope) -> Compiled:
    """A key of a document for comparison with LIKE: its text."""
    if left.root is None or not left.keys or left.output is None or left.output.type_name != "JSONField":
        return left
    profile = scope.table.schema.dialect.profile
    if profile.literals is Literals.SQLITE:
        return replace(left, output=scope.typed("TextField"))
    text = _json_at(left.root.text, left.keys, scope, True)
    return Compiled(text, scope.typed("TextField"), True, root=left.root, keys=left.keys)


def _array_lookup(name: str, left: Compiled, column: Column, value: Value, scope: Scope) -> str | None:
    operator = {**_CONTAINMENT, "exact": "="}.get(name)
    if name == "isnull":
        return None
    if operator is None or not isinstance(value, Seq):
        raise NoPreview(f"the lookup {name} of ArrayField")
    items = ", ".join(scope.literal(_constant(item), column.base).text for item in value.items)
    return f"{left.text} {operator} (ARRAY[{items}])::{column.db_type}"


def _range_lookup(name: str, left: Compiled, kind: str, value: Value, scope: Scope) -> str | None:
    if name == "isnull":
        return None
    constant = plain(value)
    whole = {"IntegerRangeField": "integer", "BigIntegerRangeField": "bigint", "DateRangeField": "date"}
    if name == "contains" and isinstance(constant, int) and not isinstance(constant, bool) and kind in whole:
        return f"{left.text} @> ({constant})::{whole[kind]}"
    if name == "contains" and type(constant) is datetime.date and kind in whole:
        return f"{left.text} @> {scope.literal(constant).text}::{whole[kind]}"
    if name in _RANGE_OPERATORS and isinstance(value, Call) and value.func.name == "NumericRange":
        return f"{left.text} {_RANGE_OPERATORS[name]} {_numeric_range(value, scope)}"
    raise NoPreview(f"the lookup {name} of {kind}")


_RANGE_OPERATORS: Mapping[str, str] = {
    **_CONTAINMENT, "exact": "=", "fully_lt": "<<", "fully_gt": ">>", "not_lt": "&>", "not_gt": "&<",
    "adjacent_to": "-|-",
}  # fmt: skip


def _numeric_range(call: Call, scope: Scope) -> str:
    values = [plain(item, call) for item in call.args]
    if set(call.kwargs) or len(values) not in (2, 3) or not all(type(item) is int for item in values[:2]):
        raise NoPreview("a range that is not of two whole numbers")
    ends = values[2] if len(values) == 3 else "[)"
    return scope.literal(f"{ends[0]}{values[0]},{values[1]}{ends[1]}").text


def _constant(value: Value) -> Any:
    if isinstance(value, Const):
        return value.value
    found = plain(value, _constant)
    if found is _constant:
        raise NoPreview(f"a value is not known: {value.reason}" if isinstance(value, Unknown) else "a value")
    return found
