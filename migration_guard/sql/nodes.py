"""The classes of query expressions, one function each: what Django compiles them to.

In: a call in its deconstructed form, and the scope in which it is compiled. Out: compiled expressions. What has no
certain text raises NoPreview; it is never approximated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from migration_guard import versions
from migration_guard.sql import documents, functions, lookups, moments, transforms, types
from migration_guard.sql.arguments import argument, output_field, source
from migration_guard.sql.column import Column
from migration_guard.sql.conditions import compile_q, stands_alone
from migration_guard.sql.literals import Json, constant
from migration_guard.sql.profiles import Literals
from migration_guard.sql.scope import Compiled, Scope, is_boolean
from migration_guard.sql.statements import NoPreview
from migration_guard.values import FALSE, NONE, TRUE, Call, Const, Ref, Unknown, plain


def numeric(compiled: Compiled, scope: Scope, value: object = None) -> Compiled:
    """SQLite keeps decimals as text: expressions that yield one are cast."""
    if scope.profile.literals is not Literals.SQLITE or compiled.kind != "DecimalField":
        return compiled
    real = isinstance(value, Decimal) and versions.DECIMALS_ARE_REAL(scope.dialect.version)
    text = f"CAST({compiled.text} AS {'REAL' if real else 'NUMERIC'})"
    if versions.CASTS_IN_PARENTHESES(scope.dialect.version):
        text = f"({text})"
    return replace(compiled, text=text)


def constant_value(value: Any, given: Column | None, scope: Scope) -> Compiled:
    """A constant as an expression."""
    output = given or _field_of_constant(value, scope)
    if value is None and output is not None and output.type_name == "JSONField":
        # Outside of a row, nothing is the document null.
        compiled = scope.literal(Json("null"))
    else:
        compiled = scope.literal(value, output)
    compiled = replace(compiled, output=output, declared=output is not None)
    if given is not None and given.type_name in _WITH_CAST and scope.profile.extensions:
        compiled = replace(compiled, text=f"{compiled.text}::{given.db_type}")
    return numeric(compiled, scope, value)


_WITH_CAST = frozenset({"ArrayField", *types.RANGES})
"""Fields that cast their parameters."""


def _field_of_constant(value: Any, scope: Scope) -> Column | None:
    name = functions.FIELD_OF_PYTHON.get(type(value).__name__)
    return scope.typed(name) if name is not None else None


def _field(call: Call, scope: Scope) -> Compiled:
    name = plain(argument(call, 0, "name"))
    if not isinstance(name, str):
        raise NoPreview("the name in F() is not known")
    return transforms.path(name, scope)


def _value(call: Call, scope: Scope) -> Compiled:
    value = argument(call, 0, "value")
    found = constant(value, call)
    if found is call:
        raise NoPreview("the value in Value() is not a constant")
    return constant_value(found, output_field(call, scope), scope)


# ---------------------------------------------------------------- combinations


def _combined(call: Call, scope: Scope) -> Compiled:
    left, right = (scope.compile(argument(call, place, name), scope) for place, name in ((0, "lhs"), (2, "rhs")))
    connector = str(plain(argument(call, 1, "connector")))
    template = functions.combination(connector, scope.profile)
    if connector == "|" and left.parameters and scope.profile.literals is Literals.ORACLE:
        raise NoPreview("bitor() of something with parameters on Oracle")
    temporal = moments.arithmetic(left, connector, right, template, scope)
    if temporal is not None:
        return temporal
    given = output_field(call, scope)
    output = given or functions.combined_output(left, right, scope)
    text = f"({template.format(left.text, right.text)})"
    declared = given is not None
    return numeric(Compiled(text, output, left.parameters or right.parameters, declared=declared), scope)


def _wrapper(call: Call, scope: Scope) -> Compiled:
    inner = scope.compile(argument(call, 0, "expression"), scope)
    given = output_field(call, scope)
    conditional = inner.conditional or is_boolean(given)
    output = given or inner.output
    return numeric(Compiled(inner.text, output, inner.parameters, conditional=conditional, declared=True), scope)


def _negated(call: Call, scope: Scope) -> Compiled:
    inner_call = argument(call, 0, "expression")
    inner = scope.compile(inner_call, scope)
    alone = not isinstance(inner_call, Call) or stands_alone(inner_call, scope)
    text = f"NOT {inner.text}" if alone else f"CASE WHEN {inner.text} = 0 THEN 1 ELSE 0 END"
    return Compiled(text, inner.output, inner.parameters, conditional=True, declared=True)


def _cast(call: Call, scope: Scope) -> Compiled:
    inner = source(argument(call, 0, "expression"), scope)
    target = argument(call, 1, "output_field")
    if not isinstance(target, Call):
        raise NoPreview("the type of a Cast is not known")
    output = scope.field(target)
    text = functions.cast(inner.text, output, scope.profile)
    return Compiled(text, output, inner.parameters, conditional=is_boolean(output), declared=True)


def _case(call: Call, scope: Scope) -> Compiled:
    cases = [scope.compile(case, scope) for case in call.args]
    last = source(call.kwargs.get("default", NONE), scope)
    output = output_field(call, scope) or functions.common_output([*cases, last])
    if not cases:
        return last
    text = f"CASE {' '.join(item.text for item in cases)} ELSE {last.text} END"
    used = any(item.parameters for item in (*cases, last))
    return numeric(Compiled(text, output, used, conditional=is_boolean(output), declared=True), scope)


def _when(call: Call, scope: Scope) -> Compiled:
    conditions = list(call.args)
    then = call.kwargs.get("then")
    names = {name: item for name, item in call.kwargs.items() if name not in ("then", "condition")}
    if "condition" in call.kwargs:
        conditions.append(call.kwargs["condition"])
    if then is None and len(conditions) > 1:
        then = conditions.pop()
    if then is None or len(conditions) + bool(names) != 1:
        raise NoPreview("a When() of several conditions")
    if names:
        conditions = [Call(Ref("django.db.models", "Q"), (), names)]
    test, result = scope.compile(conditions[0], scope), source(then, scope)
    return Compiled(f"WHEN {test.text} THEN {result.text}", result.output, test.parameters or result.parameters)


def _raw(call: Call, scope: Scope) -> Compiled:
    text, parameters = plain(argument(call, 0, "sql")), plain(argument(call, 1, "params"))
    if not isinstance(text, str) or not isinstance(parameters, (list, tuple)):
        raise NoPreview("the text or the parameters of a RawSQL")
    try:
        filled = text % tuple(scope.literal(value).text for value in parameters)
    except (TypeError, ValueError):
        raise NoPreview("the parameters of a RawSQL do not fit it") from None
    output = output_field(call, scope)
    return Compiled(f"({filled})", output, bool(parameters), conditional=is_boolean(output), declared=True)


def _lookup(call: Call, scope: Scope) -> Compiled:
    """A comparison written as an expression. Django resolves its left side once more when it compiles it."""
    text = lookups.of_class(call, replace(scope, again=True))
    return Compiled(text, scope.typed("BooleanField"), True, conditional=True, declared=True)


# ---------------------------------------------------------------- order, collation, operator class


def _collate(call: Call, scope: Scope) -> Compiled:
    inner = source(argument(call, 0, "expression"), scope)
    collation = plain(argument(call, 1, "collation"))
    return replace(inner, text=f"{inner.text} COLLATE {scope.dialect.quote(str(collation))}", plain_column=None)


def _order_by(call: Call, scope: Scope) -> Compiled:
    inner = source(argument(call, 0, "expression"), scope)
    return replace(inner, text=f"{inner.text} {ordering(call, scope)}", plain_column=None)


def ordering(call: Call, scope: Scope) -> str:
    """ASC or DESC, and where the nulls go."""
    descending = plain(argument(call, 1, "descending", FALSE))
    nulls = [name for name in ("nulls_first", "nulls_last") if plain(call.kwargs.get(name, FALSE))]
    if nulls and not scope.profile.orders_nulls:
        raise NoPreview("where nulls go in an index")
    direction = "DESC" if descending else "ASC"
    return f"{direction} {nulls[0].replace('_', ' ').upper()}" if nulls else direction


def _op_class(call: Call, scope: Scope) -> Compiled:
    inner = source(argument(call, 0, "expression"), scope)
    name = plain(argument(call, 1, "name"))
    return replace(inner, text=f"{inner.text} {name}", plain_column=None)


# ---------------------------------------------------------------- functions


def function(call: Call, scope: Scope) -> Compiled:
    """A function of the database: its name and its arguments."""
    row = functions.find(call, scope.profile)
    if row is None:
        raise NoPreview(f"the function {call.func.name} on {scope.profile.name}")
    sources = [source(item, scope) for item in functions.arguments(call, row)]
    if row.exact_inputs:
        sources = [replace(item, text=functions.exact_input(item, scope.profile)) for item in sources]
    output = output_field(call, scope)
    declared = output is not None or row.output is not None
    output = output or _yields(row, sources, scope)
    text = row.template.format(", ".join(item.text for item in sources), *(item.text for item in sources))
    used = any(item.parameters for item in sources)
    compiled = Compiled(text, output, used, conditional=is_boolean(output), declared=declared)
    return compiled if row.keeps_decimals else numeric(compiled, scope)


def _yields(row: functions.Function, sources: list[Compiled], scope: Scope) -> Column | None:
    if row.output is not None:
        return scope.typed(row.output)
    kinds = {item.kind for item in sources}
    if row.numeric and "DecimalField" in kinds:
        return scope.typed("DecimalField")
    if row.numeric and (not sources or kinds & functions.INTEGERS):
        return scope.typed("FloatField")
    outputs = [item.output for item in sources if item.output is not None]
    return outputs[0] if len(kinds - {""}) == 1 else None


def _now(call: Call, scope: Scope) -> Compiled:
    scope.require_present_oracle("Now")
    return function(call, scope)


def _coalesce(call: Call, scope: Scope) -> Compiled:
    """Oracle does not mix large texts with others."""
    if scope.profile.literals is Literals.ORACLE:
        sources = [source(item, scope) for item in call.args]
        output = output_field(call, scope) or functions.common_output(sources)
        if output is not None and output.internal_type == "TextField":
            text = ", ".join(f"TO_NCLOB({item.text})" for item in sources)
            return Compiled(f"COALESCE({text})", output, any(item.parameters for item in sources))
    return function(call, scope)


def _concat(call: Call, scope: Scope) -> Compiled:
    """Two arguments at a time; without their nulls, as Django's Concat has it."""
    sources = [source(item, scope) for item in call.args]
    text = functions.concatenation(sources, scope.profile, scope.dialect.version)
    return Compiled(text, scope.typed("CharField"), True)


def _left(call: Call, scope: Scope) -> Compiled:
    return _part(call, scope, "LEFT({0}, {1})", "SUBSTR({0}, 1, {1})")


def _right(call: Call, scope: Scope) -> Compiled:
    sized = versions.RIGHT_HAS_A_LENGTH(scope.dialect.version)
    return _part(call, scope, "RIGHT({0}, {1})", f"SUBSTR({{0}}, ({{1}} * -1){', {1}' if sized else ''})")


def _part(call: Call, scope: Scope, template: str, without: str) -> Compiled:
    text = source(argument(call, 0, "expression"), scope)
    length = scope.compile(argument(call, 1, "length"), scope)
    chosen = without if scope.profile.literals in (Literals.SQLITE, Literals.ORACLE) else template
    return Compiled(chosen.format(text.text, length.text), scope.typed("CharField"), True, declared=True)


def _round(call: Call, scope: Scope) -> Compiled:
    inner = source(argument(call, 0, "expression"), scope)
    places = scope.compile(argument(call, 1, "precision", Const(0)), scope)
    if scope.profile.literals is Literals.SQLITE and places.text.startswith("-"):
        raise NoPreview("SQLite does not round before the point")
    text = functions.exact_input(inner, scope.profile)
    return numeric(Compiled(f"ROUND({text}, {places.text})", inner.output, True), scope)


def _json_object(call: Call, scope: Scope) -> Compiled:
    scope.require_present_oracle("JSONObject")
    pairs = [(scope.literal(name).text, source(item, scope).text) for name, item in call.kwargs.items()]
    match scope.profile.literals:
        case Literals.POSTGRESQL:
            parts, name = [f"({key})::text, {item}" for key, item in pairs], "JSONB_BUILD_OBJECT"
        case Literals.SQLITE | Literals.MYSQL:
            parts, name = [f"{key}, {item}" for key, item in pairs], "JSON_OBJECT"
        case Literals.ORACLE:
            parts, name = [f"({key}) VALUE {item}" for key, item in pairs], "JSON_OBJECT"
    returning = " RETURNING CLOB" if scope.profile.literals is Literals.ORACLE else ""
    return Compiled(f"{name}({', '.join(parts)}{returning})", scope.typed("JSONField"), True, declared=True)


def _json_array(call: Call, scope: Scope) -> Compiled:
    if scope.profile.literals is not Literals.POSTGRESQL:
        return function(call, scope)
    texts = []
    for item in (source(item, scope) for item in call.args):
        if item.output is None:
            raise NoPreview("an item of unknown type in a JSONArray")
        texts.append(functions.cast(item.text, item.output, scope.profile))
    return Compiled(f"JSONB_BUILD_ARRAY({', '.join(texts)})", scope.typed("JSONField"), True, declared=True)


def _key(call: Call, scope: Scope) -> Compiled:
    """A key of a JSON document."""
    name, inner = plain(argument(call, 0, "key_name")), source(argument(call, 1, "lhs"), scope)
    if not isinstance(name, (str, int)):
        raise NoPreview(f"the key of a {call.func.name}")
    return documents.key(inner, name, scope, as_text=call.func.name == "KeyTextTransform")


# ---------------------------------------------------------------- dates and times


def _extract(call: Call, scope: Scope) -> Compiled:
    own = _UNITS.get(call.func.name)
    unit = own or plain(argument(call, 1, "lookup_name"))
    inner = source(argument(call, 0, "expression"), scope)
    return moments.extract(inner, str(unit), scope, argument(call, 1 if own else 2, "tzinfo", NONE))


def _truncate(call: Call, scope: Scope) -> Compiled:
    own = _UNITS.get(call.func.name)
    unit = own or str(plain(argument(call, 1, "kind")))
    inner = source(argument(call, 0, "expression"), scope)
    given = argument(call, 2 if own else 3, "tzinfo", NONE)
    if call.func.name in ("TruncDate", "TruncTime"):
        return moments.cast(inner, unit, scope, argument(call, 1, "tzinfo", NONE))
    output = output_field(call, scope)
    if not own and len(call.args) > 2:
        raise NoPreview("a Trunc with an output field by position")
    return moments.truncate(inner, unit, scope, given, output.internal_type if output is not None else "")


_UNITS = {
    **{f"Extract{name.title().replace('_', '')}": name for name in ("year", "month", "day", "week", "quarter")},
    **{f"Extract{name.title()}": name for name in ("hour", "minute", "second")},
    "ExtractWeekDay": "week_day",
    "ExtractIsoWeekDay": "iso_week_day",
    "ExtractIsoYear": "iso_year",
    **{f"Trunc{name.title()}": name for name in ("year", "quarter", "month", "week", "day", "hour", "minute")},
    "TruncSecond": "second",
    "TruncDate": "date",
    "TruncTime": "time",
}


# ---------------------------------------------------------------- django.contrib.postgres


def _search_vector(call: Call, scope: Scope) -> Compiled:
    """to_tsvector over texts; other types are cast by Django."""
    if not scope.profile.extensions or set(call.kwargs) - {"config", "weight"}:
        raise NoPreview("a SearchVector with options, or on another database than PostgreSQL")
    texts = []
    for item in (source(item, scope) for item in call.args):
        text = item.text if item.kind in ("CharField", "TextField") else f"({item.text})::text"
        texts.append(f"COALESCE({text}, '')")
    joined = " || ' ' || ".join(texts)
    text = f"to_tsvector({_config(call, scope)}{joined})"
    weight = plain(call.kwargs.get("weight", NONE))
    if isinstance(weight, str):
        text = f"setweight({text}, {scope.literal(weight).text})"
    return Compiled(text, None, True)


def _config(call: Call, scope: Scope) -> str:
    """The configuration of a search, which decides about the language."""
    value = call.kwargs.get("config", NONE)
    if isinstance(value, Call) and value.func.name == "SearchConfig":
        value = argument(value, 0, "config")
    if value == NONE:
        return ""
    if isinstance(value, Unknown):
        raise NoPreview(f"the configuration of a search is not known: {value.reason}")
    return f"{scope.compile(value, scope).text}::regconfig, "


_SEARCHES = {
    "plain": "plainto_tsquery", "phrase": "phraseto_tsquery", "raw": "to_tsquery",
    "websearch": "websearch_to_tsquery",
}  # fmt: skip


def _search_query(call: Call, scope: Scope) -> Compiled:
    kind = plain(call.kwargs.get("search_type", Const("plain")))
    name = _SEARCHES.get(str(kind))
    if name is None or not scope.profile.extensions:
        raise NoPreview("the kind of a SearchQuery")
    text = f"{name}({_config(call, scope)}{scope.compile(argument(call, 0, 'value'), scope).text})"
    return Compiled(f"!!({text})" if plain(call.kwargs.get("invert", FALSE)) else text, None, True)


_SIMILARITIES = {
    "TrigramSimilarity": ("SIMILARITY", ("expression", "string")),
    "TrigramWordSimilarity": ("WORD_SIMILARITY", ("string", "expression")),
    "TrigramStrictWordSimilarity": ("STRICT_WORD_SIMILARITY", ("string", "expression")),
}


def _similarity(call: Call, scope: Scope) -> Compiled:
    """How much two texts have in common; of its arguments only one names a field."""
    name, arguments = _SIMILARITIES[call.func.name]
    if not scope.profile.extensions:
        raise NoPreview(f"{call.func.name} on a database other than PostgreSQL")
    texts = [
        (source if key == "expression" else scope.compile)(argument(call, place, key), scope).text
        for place, key in enumerate(arguments)
    ]
    return Compiled(f"{name}({', '.join(texts)})", scope.typed("FloatField"), True, declared=True)


def _range_boundary(call: Call, scope: Scope) -> Compiled:
    """Which ends belong to a range: a text such as '[)'."""
    lower = plain(argument(call, 0, "inclusive_lower", TRUE))
    upper = plain(argument(call, 1, "inclusive_upper", FALSE))
    return scope.literal(f"{'[' if lower else '('}{']' if upper else ')'}")


NODES: Mapping[str, Callable[[Call, Scope], Compiled]] = {
    "Q": compile_q,
    **dict.fromkeys(functions.LOOKUP_OF_CLASS, _lookup),
    "F": _field,
    "Value": _value,
    "CombinedExpression": _combined,
    "CombinedSearchVector": _combined,
    "CombinedSearchQuery": _combined,
    "ExpressionWrapper": _wrapper,
    "NegatedExpression": _negated,
    "Cast": _cast,
    "Case": _case,
    "When": _when,
    "RawSQL": _raw,
    "Collate": _collate,
    "OrderBy": _order_by,
    "OpClass": _op_class,
    "Now": _now,
    "Coalesce": _coalesce,
    "Concat": _concat,
    "ConcatPair": _concat,
    "KeyTransform": _key,
    "KeyTextTransform": _key,
    "Extract": _extract,
    "Trunc": _truncate,
    **{name: _extract for name in _UNITS if name.startswith("Extract")},
    **{name: _truncate for name in _UNITS if name.startswith("Trunc")},
    "Left": _left,
    "Right": _right,
    "Round": _round,
    "JSONObject": _json_object,
    "JSONArray": _json_array,
    "SearchVector": _search_vector,
    "SearchQuery": _search_query,
    **dict.fromkeys(_SIMILARITIES, _similarity),
    "RangeBoundary": _range_boundary,
}
