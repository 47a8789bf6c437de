"""JSON documents: their keys, and the lookups that they have for themselves.

In: what a path has reached, and the other side of a comparison. Out: text; None where the ordinary lookups decide.
"""

from __future__ import annotations

import json
from dataclasses import replace

from migration_guard import versions
from migration_guard.sql import functions
from migration_guard.sql.literals import Json, quote_value
from migration_guard.sql.profiles import Literals
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.sides import is_expression, known, right_side
from migration_guard.sql.statements import NoPreview
from migration_guard.values import NONE, Seq, Value, plain

_KEYS = ("has_key", "has_keys", "has_any_keys")
LOOKUPS = frozenset(_KEYS)
_WORDS = ("true", "false", "null")
"""Documents whose type SQLite gives back as text."""


def key(left: Compiled, name: str | int, scope: Scope, *, as_text: bool = False) -> Compiled:
    """A key of a document; keys of keys become one path."""
    scope.require_present_oracle("JSON")
    root = left.root if left.root is not None and left.keys else left
    keys = (*left.keys, str(name))
    output = scope.typed("TextField") if as_text else scope.typed("JSONField")
    used = root.parameters or scope.profile.literals is not Literals.ORACLE
    return Compiled(_at(root.text, keys, scope, as_text), output, used, root=root, keys=keys, declared=as_text)


def _at(root: str, keys: tuple[str, ...], scope: Scope, as_text: bool) -> str:
    path = scope.literal(path_of(keys)).text
    match scope.profile.literals:
        case Literals.POSTGRESQL if len(keys) == 1:
            name = keys[0] if keys[0].lstrip("-").isdigit() else scope.literal(keys[0]).text
            return f"({root} {'->>' if as_text else '->'} {name})"
        case Literals.POSTGRESQL:
            return f"({root} {'#>>' if as_text else '#>'} {scope.literal(list(keys)).text})"
        case Literals.SQLITE:
            return _at_on_sqlite(root, path)
        case Literals.MYSQL if as_text and not scope.profile.json_is_text:
            return f"({root} ->> {path})"
        case Literals.MYSQL:
            text = f"JSON_EXTRACT({root}, {path})"
            return f"JSON_UNQUOTE({text})" if as_text else text
        case Literals.ORACLE:
            text = _on_oracle(path_of(keys))
            return f"COALESCE(JSON_QUERY({root}, {text}),JSON_VALUE({root}, {text}))"


def _on_oracle(path: str) -> str:
    """A path between marks that no path has."""
    if not path.isascii():
        raise NoPreview("a key of a JSON document on Oracle that is not ASCII")
    return f"q'\uffff{path}\uffff'"


def _at_on_sqlite(root: str, path: str) -> str:
    kind = f"JSON_TYPE({root}, {path})"
    return f"(CASE WHEN {kind} IN ('false','true','null') THEN {kind} ELSE JSON_EXTRACT({root}, {path}) END)"


def path_of(keys: tuple[str, ...]) -> str:
    """A path in the language of SQL/JSON."""
    return "$" + "".join(f"[{name}]" if name.isdigit() else f".{json.dumps(name)}" for name in keys)


def as_text(left: Compiled, scope: Scope) -> Compiled:
    """A key of a document for comparison with LIKE: its text."""
    if left.root is None or left.field_class != "JSONField":
        return left
    if scope.profile.literals in (Literals.SQLITE, Literals.ORACLE):
        return replace(left, output=scope.typed("TextField"))
    text = _at(left.root.text, left.keys, scope, True)
    return Compiled(text, scope.typed("TextField"), True, root=left.root, keys=left.keys)


def lookup(name: str, left: Compiled, value: Value, scope: Scope) -> str | None:
    """A comparison of a document, or of a key of it."""
    scope.require_present_oracle("JSON")
    if name in _KEYS:
        return _has_keys(name, left, value, scope)
    if name in ("contains", "contained_by"):
        return _contains(name, left, value, scope)
    if name == "isnull":
        nothing = f"IS {'' if plain(value) else 'NOT '}NULL"
        if scope.profile.literals is Literals.SQLITE and left.keys and left.root is not None:
            return f"JSON_TYPE({left.root.text}, {scope.literal(path_of(left.keys)).text}) {nothing}"
        if scope.profile.literals is Literals.ORACLE and left.keys and left.root is not None:
            there = f"JSON_EXISTS({left.root.text}, {_on_oracle(path_of(left.keys))})"
            return f"(NOT {there} OR {left.root.text} IS NULL)" if plain(value) else there
        return f"{_unquoted(left.text, scope)} {nothing}"
    if name in functions.PATTERNS:
        return None
    if name == "in":
        return _in(left, value, scope)
    if name == "range":
        if not isinstance(value, Seq) or len(value.items) != 2:
            raise NoPreview("BETWEEN of something other than a pair")
        if any(map(is_expression, value.items)):
            raise NoPreview("BETWEEN of expressions, for JSON")
        low, high = (_bare(item, scope) for item in value.items)
        return f"{_unquoted(left.text, scope)} BETWEEN {low} AND {high}"
    if name not in functions.COMPARISONS:
        raise NoPreview(f"the lookup {name} of JSONField")
    right = _exact(left, value, scope) if name == "exact" else _ordered(left, value, scope)
    if name == "exact" and scope.profile.literals is Literals.ORACLE and not left.keys:
        return f"JSON_EQUAL({left.text}, {right} ERROR ON ERROR)"
    return f"{_unquoted(left.text, scope)} {functions.COMPARISONS[name]} {right}"


def _unquoted(text: str, scope: Scope) -> str:
    """MariaDB keeps documents as text, and compares them unquoted."""
    return f"JSON_UNQUOTE({text})" if scope.profile.json_is_text else text


def _bare(value: Value, scope: Scope) -> str:
    """A document as a parameter."""
    document = json.dumps(known(value))
    return quote_value(Json(document) if scope.profile.literals is Literals.POSTGRESQL else document, scope.dialect)


def _exact(left: Compiled, value: Value, scope: Scope) -> str:
    literals = scope.profile.literals
    if not is_expression(value):
        document = _bare(value, scope)
        if literals is Literals.ORACLE and left.keys:
            return _item_on_oracle(value, scope)
        inside = document[1:-1] not in _WORDS and bool(left.keys)
        extracted = literals is Literals.MYSQL or (literals is Literals.SQLITE and inside)
        return f"JSON_EXTRACT({document}, '$')" if extracted else document
    right = right_side(value, left, scope)
    if left.keys and right.keys:
        return right.text
    if literals is Literals.ORACLE and left.keys and right.parameters:
        raise NoPreview("a key of a document compared with an expression that has parameters, on Oracle")
    if literals is Literals.MYSQL or (literals is Literals.SQLITE and left.keys):
        return right_side(value, left, replace(scope, around_parameters="JSON_EXTRACT({}, '$')")).text
    return right.text


def _item_on_oracle(value: Value, scope: Scope) -> str:
    """A document as what a key of another one holds."""
    item = known(value)
    if item is None:
        raise NoPreview("a key that is null, on Oracle")
    function = "JSON_QUERY" if isinstance(item, (list, dict)) else "JSON_VALUE"
    return f"{function}(JSON_OBJECT('value' VALUE {_bare(value, scope)} FORMAT JSON), '$.value')"


def _ordered(left: Compiled, value: Value, scope: Scope) -> str:
    """The right side of < and the like. Keys are compared with numbers, where there is no type for documents."""
    numeric = bool(left.keys) and scope.profile.literals is not Literals.POSTGRESQL
    if not is_expression(value):
        return scope.literal(known(value)).text if numeric else _bare(value, scope)
    right = right_side(value, left, scope)
    if numeric and right.parameters and not versions.KEYS_ARE_COMPARED_WITH_EXPRESSIONS(scope.dialect.version):
        raise NoPreview("a key of a document compared with an expression that has parameters")
    return right.text


def _in(left: Compiled, value: Value, scope: Scope) -> str:
    if not isinstance(value, Seq) or value.kind in ("set", "frozenset"):
        raise NoPreview("the lookup in of JSONField")
    items = [item for item in value.items if item != NONE]
    whole, literals, text = not left.keys, scope.profile.literals, left.text
    if literals is Literals.ORACLE:
        return _in_on_oracle(left, items, scope)
    if literals is Literals.POSTGRESQL or (whole and not versions.JSON_IN_EXTRACTS(scope.dialect.version)):
        documents = (scope.compile(item, scope).text if is_expression(item) else _bare(item, scope) for item in items)
        return f"{_unquoted(text, scope)} IN ({', '.join(dict.fromkeys(documents))})"
    if whole:
        text = _at_on_sqlite(text, "'$'") if literals is Literals.SQLITE else f"JSON_EXTRACT({text}, '$')"
    texts = dict.fromkeys(_unquoted(_item(item, scope), scope) for item in items)
    return f"{_unquoted(text, scope)} IN ({', '.join(texts)})"


def _item(value: Value, scope: Scope) -> str:
    """An item of IN as what a key may hold."""
    if is_expression(value):
        return scope.compile(value, scope).text
    document = _bare(value, scope)
    word = scope.profile.literals is Literals.SQLITE and document[1:-1] in _WORDS
    return document if word else f"JSON_EXTRACT({document}, '$')"


def _in_on_oracle(left: Compiled, items: list[Value], scope: Scope) -> str:
    extracts = versions.JSON_IN_EXTRACTS(scope.dialect.version)
    if any(map(is_expression, items)) or (not left.keys and extracts):
        raise NoPreview("the lookup in of JSONField on Oracle")
    texts = (_item_on_oracle(item, scope) if left.keys else _bare(item, scope) for item in items)
    return f"{left.text} IN ({', '.join(dict.fromkeys(texts))})"


def _contains(name: str, left: Compiled, value: Value, scope: Scope) -> str:
    literals = scope.profile.literals
    if literals not in (Literals.POSTGRESQL, Literals.MYSQL):
        raise NoPreview(f"the lookup {name} of JSONField on {scope.profile.name}")
    document = right_side(value, left, scope).text if is_expression(value) else _bare(value, scope)
    if literals is Literals.POSTGRESQL:
        return f"{left.text} {'@>' if name == 'contains' else '<@'} {document}"
    both = (left.text, document) if name == "contains" else (document, left.text)
    return f"JSON_CONTAINS({', '.join(both)})"


def _has_keys(name: str, left: Compiled, value: Value, scope: Scope) -> str:
    given = known(value)
    names = [given] if name == "has_key" else list(given)
    if not all(isinstance(item, (str, int)) for item in names):
        raise NoPreview(f"the lookup {name} of keys that are no text")
    if scope.profile.literals is Literals.POSTGRESQL:
        operator = {"has_key": "?", "has_keys": "?&", "has_any_keys": "?|"}[name]
        return f"{left.text} {operator} {scope.literal(given if name == 'has_key' else list(map(str, names))).text}"
    root = left.root.text if left.root is not None and left.keys else left.text
    plain_paths = [f"{path_of(left.keys)}.{json.dumps(item)}" for item in names]
    paths = [scope.literal(path).text for path in plain_paths]
    match scope.profile.literals:
        case Literals.SQLITE:
            texts = [f"JSON_TYPE({root}, {path}) IS NOT NULL" for path in paths]
        case Literals.MYSQL:
            texts = [f"JSON_CONTAINS_PATH({root}, 'one', {path})" for path in paths]
        case _:
            texts = [f"JSON_EXISTS({root}, {_on_oracle(path)})" for path in plain_paths]
    return texts[0] if name == "has_key" else f"({(' AND ' if name == 'has_keys' else ' OR ').join(texts)})"
