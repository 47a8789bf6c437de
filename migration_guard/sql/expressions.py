"""Query expressions as SQL: what constraints, conditional indexes, generated columns and database defaults need.

In: deconstructed expressions and the table whose columns they name. Out: text with its literals filled in, as Django's
compiler writes it. What has no certain text raises NoPreview; it is never approximated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from migration_guard import versions
from migration_guard.sql import functions, moments, transforms
from migration_guard.sql.column import Column, field_of_call
from migration_guard.sql.conditions import compile_lookup_class, compile_q
from migration_guard.sql.parts import CompiledExpressions
from migration_guard.sql.profiles import Literals
from migration_guard.sql.schema import Table
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.statements import PLACEHOLDER, NoPreview
from migration_guard.values import FALSE, TRUE, Call, Const, Ref, Unknown, Value, plain


def compile_value(value: Value, scope: Scope) -> Compiled:
    """An expression in any position; strings are constants."""
    match value:
        case Call():
            return _compile_call(value, scope)
        case Const():
            return scope.literal(value.value, _output_of_constant(value.value, scope))
        case Unknown():
            raise NoPreview(f"an expression is not known: {value.reason}")
        case _:
            raise NoPreview(f"{_shown(value)} in an expression")


def compile_source(value: Value, scope: Scope) -> Compiled:
    """An argument of a function: strings name fields, other constants are values."""
    if isinstance(value, Const) and isinstance(value.value, str):
        return scope.column(value.value)
    return compile_value(value, scope)


def _shown(value: Value) -> str:
    return value.path if isinstance(value, Ref) else type(value).__name__


def _output_of_constant(value: Any, scope: Scope) -> Column | None:
    name = functions.FIELD_OF_PYTHON.get(type(value).__name__)
    return scope.typed(name) if name is not None else None


def _compile_call(call: Call, scope: Scope) -> Compiled:
    name = call.func.name
    if not call.func.path.startswith("django."):
        return _custom(call, scope)
    special = _SPECIAL.get(name)
    if special is not None:
        return special(call, scope)
    return _function(call, scope)


def argument(call: Call, place: int, name: str, default: Value | None = None) -> Value:
    """An argument by position or keyword."""
    if place < len(call.args):
        return call.args[place]
    if name in call.kwargs:
        return call.kwargs[name]
    if default is None:
        raise NoPreview(f"{call.func.name} without {name}")
    return default


def _custom(call: Call, scope: Scope) -> Compiled:
    """A function of the project: a class that names it."""
    name = scope.table.schema.dialect.function(call.func.path)
    if isinstance(name, Unknown) or set(call.kwargs) - {"output_field"}:
        reason = f": {name.reason}" if isinstance(name, Unknown) else ""
        raise NoPreview(f"the expression {call.func.path}{reason}")
    sources = [compile_source(item, scope) for item in call.args]
    text = f"{name}({', '.join(source.text for source in sources)})"
    return Compiled(text, output_field(call, scope), any(source.parameters for source in sources))


def _field(call: Call, scope: Scope) -> Compiled:
    name = plain(argument(call, 0, "name"))
    if not isinstance(name, str):
        raise NoPreview("the name in F() is not known")
    return scope.column(name)


def output_field(call: Call, scope: Scope) -> Column | None:
    """The output field that an expression is given."""
    given = call.kwargs.get("output_field")
    if given is None and call.func.name == "Value" and len(call.args) > 1:
        given = call.args[1]
    if not isinstance(given, Call):
        return None
    return replace(scope.typed("Field"), field=field_of_call(given))


def _value(call: Call, scope: Scope) -> Compiled:
    value = argument(call, 0, "value")
    given = output_field(call, scope)
    found = plain(value, call)
    if found is call:
        raise NoPreview("the value in Value() is not a constant")
    output = given or _output_of_constant(found, scope)
    return _numeric(replace(scope.literal(found, output), output=output), scope, found)


def _numeric(compiled: Compiled, scope: Scope, constant: object = None) -> Compiled:
    """SQLite keeps decimals as text: expressions that yield one are cast."""
    sqlite = scope.table.schema.dialect.profile.literals is Literals.SQLITE
    if not sqlite or compiled.output is None or compiled.output.internal_type != "DecimalField":
        return compiled
    real = isinstance(constant, Decimal) and versions.DECIMALS_ARE_REAL(scope.table.schema.dialect.version)
    text = f"CAST({compiled.text} AS {'REAL' if real else 'NUMERIC'})"
    if versions.CASTS_IN_PARENTHESES(scope.table.schema.dialect.version):
        text = f"({text})"
    return replace(compiled, text=text)


def right_value(call: Call) -> Value:
    """What is added to something, without the Value() around it."""
    value = argument(call, 2, "rhs")
    return argument(value, 0, "value") if isinstance(value, Call) and value.func.name == "Value" else value


def _combined(call: Call, scope: Scope) -> Compiled:
    left, right = (compile_value(argument(call, place, name), scope) for place, name in ((0, "lhs"), (2, "rhs")))
    connector = plain(argument(call, 1, "connector"))
    profile = scope.table.schema.dialect.profile
    template = functions.combination(str(connector), profile)
    output = output_field(call, scope) or functions.combined_output(left.output, right.output, str(connector), scope)
    kinds = [item.internal_type if item is not None else "" for item in (left.output, right.output)]
    if kinds[0] in ("DateTimeField", "DateField") and kinds[1] == "DurationField" and connector in ("+", "-"):
        return moments.shifted(left, str(connector), plain(right_value(call)), scope)
    if any(kind in functions.TEMPORAL for kind in kinds):
        raise NoPreview("arithmetic with dates and durations")
    text = f"({template.format(left.text, right.text)})"
    return _numeric(Compiled(text, output, left.parameters or right.parameters), scope)


def _wrapper(call: Call, scope: Scope) -> Compiled:
    inner = compile_value(argument(call, 0, "expression"), scope)
    output = output_field(call, scope) or inner.output
    return _numeric(Compiled(inner.text, output, inner.parameters, conditional=inner.conditional), scope)


def _negated(call: Call, scope: Scope) -> Compiled:
    inner = compile_value(argument(call, 0, "expression"), scope)
    return Compiled(f"NOT {inner.text}", inner.output, inner.parameters, conditional=True)


def _cast(call: Call, scope: Scope) -> Compiled:
    inner = compile_source(argument(call, 0, "expression"), scope)
    target = argument(call, 1, "output_field")
    if not isinstance(target, Call):
        raise NoPreview("the type of a Cast is not known")
    output = replace(scope.typed("Field"), field=field_of_call(target))
    text = functions.cast(inner.text, output, scope.table.schema.dialect.profile)
    return Compiled(text, output, inner.parameters)


def _case(call: Call, scope: Scope) -> Compiled:
    from_values = [compile_value(case, scope) for case in call.args]
    default = call.kwargs.get("default", Const(None))
    last = compile_source(default, scope)
    outputs = [item.output for item in (*from_values, last) if item.output is not None]
    output = output_field(call, scope) or _common(outputs)
    if not from_values:
        return last
    text = f"CASE {' '.join(item.text for item in from_values)} ELSE {last.text} END"
    used = any(item.parameters for item in (*from_values, last))
    conditional = output is not None and output.internal_type == "BooleanField"
    return _numeric(Compiled(text, output, used, conditional=conditional), scope)


def _when(call: Call, scope: Scope) -> Compiled:
    conditions = list(call.args)
    then = call.kwargs.get("then")
    lookups = {name: item for name, item in call.kwargs.items() if name not in ("then", "condition")}
    if "condition" in call.kwargs:
        conditions.append(call.kwargs["condition"])
    if then is None and len(conditions) > 1:
        then = conditions.pop()
    if then is None or len(conditions) + bool(lookups) != 1:
        raise NoPreview("a When() of several conditions")
    if lookups:
        conditions = [Call(Ref("django.db.models", "Q"), (), lookups)]
    test, result = compile_value(conditions[0], scope), compile_source(then, scope)
    return Compiled(f"WHEN {test.text} THEN {result.text}", result.output, test.parameters or result.parameters)


def _common(outputs: list[Column]) -> Column | None:
    kinds = {output.internal_type for output in outputs}
    return outputs[0] if len(kinds) == 1 else None


def _raw(call: Call, scope: Scope) -> Compiled:
    text, parameters = plain(argument(call, 0, "sql")), plain(argument(call, 1, "params"))
    if not isinstance(text, str) or not isinstance(parameters, (list, tuple)):
        raise NoPreview("the text or the parameters of a RawSQL")
    try:
        filled = text % tuple(scope.literal(value).text for value in parameters)
    except (TypeError, ValueError):
        raise NoPreview("the parameters of a RawSQL do not fit it") from None
    output = output_field(call, scope)
    conditional = output is not None and output.internal_type == "BooleanField"
    return Compiled(f"({filled})", output, bool(parameters), conditional=conditional)


def _collate(call: Call, scope: Scope) -> Compiled:
    inner = compile_source(argument(call, 0, "expression"), scope)
    collation = plain(argument(call, 1, "collation"))
    text = f"{inner.text} COLLATE {scope.table.schema.dialect.quote(str(collation))}"
    return replace(inner, text=text, plain_column=None)


def _order_by(call: Call, scope: Scope) -> Compiled:
    inner = compile_source(argument(call, 0, "expression"), scope)
    return replace(inner, text=f"{inner.text} {ordering(call, scope)}", plain_column=None)


def ordering(call: Call, scope: Scope) -> str:
    """ASC or DESC, and where the nulls go."""
    descending = plain(argument(call, 1, "descending", FALSE))
    nulls = [name for name in ("nulls_first", "nulls_last") if plain(call.kwargs.get(name, FALSE))]
    if nulls and not scope.table.schema.dialect.profile.orders_nulls:
        raise NoPreview("where nulls go in an index")
    direction = "DESC" if descending else "ASC"
    return f"{direction} {nulls[0].replace('_', ' ').upper()}" if nulls else direction


def _op_class(call: Call, scope: Scope) -> Compiled:
    inner = compile_source(argument(call, 0, "expression"), scope)
    name = plain(argument(call, 1, "name"))
    return replace(inner, text=f"{inner.text} {name}", plain_column=None)


def _function(call: Call, scope: Scope) -> Compiled:
    """A database function that is one name and its arguments."""
    profile = scope.table.schema.dialect.profile
    sources = [compile_source(item, scope) for item in call.args]
    row = functions.find(call, profile)
    if row is None:
        raise NoPreview(f"the function {call.func.name} on {profile.name}")
    output = output_field(call, scope)
    if output is None and row.output is not None:
        output = scope.typed(row.output)
    if output is None:
        output = _common([source.output for source in sources if source.output is not None])
    text = row.template.format(", ".join(source.text for source in sources), *(source.text for source in sources))
    return _numeric(Compiled(text, output, any(source.parameters for source in sources)), scope)


def _concat(call: Call, scope: Scope) -> Compiled:
    """Two arguments at a time; without their nulls, as Django's Concat has it."""
    profile = scope.table.schema.dialect.profile
    sources = [compile_source(item, scope) for item in call.args]
    text = functions.concatenation(sources, profile)
    return Compiled(text, scope.typed("CharField"), True)


def _key(call: Call, scope: Scope) -> Compiled:
    """A key of a JSON document, or of an hstore."""
    name, inner = plain(argument(call, 0, "key_name")), compile_source(argument(call, 1, "lhs"), scope)
    if not isinstance(name, (str, int)) or inner.output is None or inner.output.internal_type != "JSONField":
        raise NoPreview(f"{call.func.name} of something other than JSON")
    return transforms.json_key(inner, name, scope, as_text=call.func.name == "KeyTextTransform")


def _extract(call: Call, scope: Scope) -> Compiled:
    unit = _UNITS.get(call.func.name) or plain(argument(call, 1, "lookup_name"))
    if "tzinfo" in call.kwargs or not isinstance(unit, str):
        raise NoPreview(f"{call.func.name} with a time zone of its own")
    return moments.extract(compile_source(argument(call, 0, "expression"), scope), unit, scope)


def _truncate(call: Call, scope: Scope) -> Compiled:
    unit, inner = _UNITS[call.func.name], compile_source(argument(call, 0, "expression"), scope)
    if set(call.kwargs) - {"expression"}:
        raise NoPreview(f"{call.func.name} with options")
    if unit in ("date", "time"):
        if inner.output is None or inner.output.internal_type != "DateTimeField":
            raise NoPreview(f"{call.func.name} of something other than a moment")
        return moments.cast(inner, unit, scope)
    return moments.truncate(inner, unit, scope)


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


def _left(call: Call, scope: Scope) -> Compiled:
    return _part(call, scope, "LEFT({0}, {1})", "SUBSTR({0}, 1, {1})")


def _right(call: Call, scope: Scope) -> Compiled:
    return _part(call, scope, "RIGHT({0}, {1})", "SUBSTR({0}, ({1} * -1), {1})")


def _part(call: Call, scope: Scope, template: str, without: str) -> Compiled:
    text = compile_source(argument(call, 0, "expression"), scope)
    length = compile_value(argument(call, 1, "length"), scope)
    literals = scope.table.schema.dialect.profile.literals
    chosen = without if literals in (Literals.SQLITE, Literals.ORACLE) else template
    return Compiled(chosen.format(text.text, length.text), scope.typed("CharField"), True)


def _round(call: Call, scope: Scope) -> Compiled:
    source = compile_source(argument(call, 0, "expression"), scope)
    places = compile_value(argument(call, 1, "precision", Const(0)), scope)
    text, output = source.text, source.output
    if scope.table.schema.dialect.profile.literals is Literals.POSTGRESQL and output is not None:
        text = f"({text})::numeric(1000, 15)" if output.internal_type == "FloatField" else text
    return _numeric(Compiled(f"ROUND({text}, {places.text})", output, True), scope)


def _log(call: Call, scope: Scope) -> Compiled:
    base, number = (compile_source(item, scope) for item in call.args)
    sources = [base, number]
    if scope.table.schema.dialect.profile.literals is Literals.POSTGRESQL:
        sources = [
            replace(item, text=f"({item.text})::numeric(1000, 15)")
            if item.output is not None and item.output.internal_type == "FloatField"
            else item
            for item in sources
        ]
    return Compiled(f"LOG({sources[0].text}, {sources[1].text})", scope.typed("FloatField"), True)


def _json_object(call: Call, scope: Scope) -> Compiled:
    dialect = scope.table.schema.dialect
    pairs = [(scope.literal(name).text, compile_source(item, scope).text) for name, item in call.kwargs.items()]
    match dialect.profile.literals:
        case Literals.POSTGRESQL:
            parts, name = [f"({key})::text, {item}" for key, item in pairs], "JSONB_BUILD_OBJECT"
        case Literals.SQLITE | Literals.MYSQL:
            parts, name = [f"{key}, {item}" for key, item in pairs], "JSON_OBJECT"
        case Literals.ORACLE:
            raise NoPreview("JSONObject on Oracle")
    return Compiled(f"{name}({', '.join(parts)})", scope.typed("JSONField"), True)


def _search_vector(call: Call, scope: Scope) -> Compiled:
    """to_tsvector over texts; other types are cast by Django."""
    if not scope.table.schema.dialect.profile.extensions or set(call.kwargs) - {"config", "weight"}:
        raise NoPreview("a SearchVector with options, or on another database than PostgreSQL")
    texts = []
    for item in call.args:
        source = compile_source(item, scope)
        if source.output is None or source.output.internal_type not in ("CharField", "TextField"):
            raise NoPreview("a SearchVector over something other than texts")
        texts.append(f"COALESCE({source.text}, '')")
    inner = " || ' ' || ".join(texts)
    config = plain(call.kwargs.get("config", Const(None)))
    if not isinstance(config, str):
        raise NoPreview("a SearchVector without the name of a configuration")
    text = f"to_tsvector({scope.literal(config).text}::regconfig, {inner})"
    weight = plain(call.kwargs.get("weight", Const(None)))
    if isinstance(weight, str):
        text = f"setweight({text}, {scope.literal(weight).text})"
    return Compiled(text, None, True)


def _range_boundary(call: Call, scope: Scope) -> Compiled:
    """Which ends belong to a range: a text such as '[)'."""
    lower = plain(argument(call, 0, "inclusive_lower", TRUE))
    upper = plain(argument(call, 1, "inclusive_upper", FALSE))
    return scope.literal(f"{'[' if lower else '('}{']' if upper else ')'}")


_SPECIAL: Mapping[str, Callable[[Call, Scope], Compiled]] = {
    "Q": compile_q,
    "Exact": compile_lookup_class,
    "GreaterThan": compile_lookup_class,
    "GreaterThanOrEqual": compile_lookup_class,
    "LessThan": compile_lookup_class,
    "LessThanOrEqual": compile_lookup_class,
    "IsNull": compile_lookup_class,
    "In": compile_lookup_class,
    "F": _field,
    "Value": _value,
    "CombinedExpression": _combined,
    "ExpressionWrapper": _wrapper,
    "NegatedExpression": _negated,
    "Cast": _cast,
    "Case": _case,
    "When": _when,
    "Collate": _collate,
    "OrderBy": _order_by,
    "OpClass": _op_class,
    "Concat": _concat,
    "RawSQL": _raw,
    "ConcatPair": _concat,
    "KeyTransform": _key,
    "KeyTextTransform": _key,
    **{name: _extract for name in _UNITS if name.startswith("Extract")},
    **{name: _truncate for name in _UNITS if name.startswith("Trunc")},
    "Left": _left,
    "Right": _right,
    "Round": _round,
    "Log": _log,
    "JSONObject": _json_object,
    "SearchVector": _search_vector,
    "RangeBoundary": _range_boundary,
}


# ---------------------------------------------------------------- for the rest of the room


def scope_of(table: Table, renamed: Mapping[str, str] | None = None) -> Scope:
    return Scope(table, compile_value, renamed or {})


def condition_sql(value: Value, table: Table) -> str:
    """A condition of a constraint or an index; an expression is taken as a Q that holds it alone."""
    if isinstance(value, Call) and value.func.name != "Q":
        value = Call(Ref("django.db.models", "Q"), (value,))
    return compile_value(value, scope_of(table)).text


def or_placeholder(make: Callable[[], str]) -> str:
    """A text, or in its place the reason why it is not known, as a comment that cannot run as SQL."""
    try:
        return make()
    except NoPreview as doubt:
        return f"/* {PLACEHOLDER}: {doubt.reason} */"


def index_expressions(values: tuple[Value, ...], table: Table) -> CompiledExpressions:
    """The expressions of an index: each column as it is, anything else in parentheses, its wrappers outside."""

    def compile(renamed: Mapping[str, str]) -> str:
        scope = scope_of(table, renamed)
        return ", ".join(or_placeholder(lambda value=value: _index_expression(value, scope)) for value in values)  # type: ignore[misc]

    columns = tuple(dict.fromkeys(name for value in values for name in _columns_in(value, table)))
    return CompiledExpressions(table.name, columns, compile)


_WRAPPERS = ("OrderBy", "OpClass", "Collate")


def _index_expression(value: Value, scope: Scope) -> str:
    collates_inside = scope.table.schema.dialect.profile.collation_is_index_expression
    wrappers: dict[str, Call] = {}
    root = value
    while isinstance(root, Call) and root.func.name in _WRAPPERS:
        if root.func.name == "Collate" and collates_inside:
            break
        wrappers[root.func.name] = root
        root = argument(root, 0, "expression")
    inner = compile_source(root, scope)
    text = inner.text if inner.plain_column is not None else f"({inner.text})"
    for name in reversed(_WRAPPERS):
        if name in wrappers:
            text = _wrapped(text, wrappers[name], scope)
    return text


def _wrapped(text: str, call: Call, scope: Scope) -> str:
    match call.func.name:
        case "OrderBy":
            return f"{text} {ordering(call, scope)}"
        case "OpClass":
            return f"{text} {plain(argument(call, 1, 'name'))}"
        case _:
            collation = str(plain(argument(call, 1, "collation")))
            return f"{text} COLLATE {scope.table.schema.dialect.quote(collation)}"


def _columns_in(value: Value, table: Table) -> tuple[str, ...]:
    match value:
        case Const(value=str() as name):
            return _column_named(name, table)
        case Call() if value.func.name == "F":
            return _columns_in(argument(value, 0, "name"), table)
        case Call():
            return tuple(name for item in value.args for name in _columns_in(item, table))
        case _:
            return ()


def _column_named(name: str, table: Table) -> tuple[str, ...]:
    try:
        return (table.find(name.partition("__")[0]).column,)
    except NoPreview:
        return ()


def constant_default(column: Column) -> bool:
    """Whether a database default is a constant: then it stands without parentheses."""
    value = column.field.attr("db_default")
    return not isinstance(value, Call) or value.func.name == "Value"


def database_default(column: Column) -> tuple[str, bool]:
    """The default that the database keeps, and whether Django passes it as a parameter."""
    value = column.field.attr("db_default")
    scope = scope_of(column.schema.table(column.model.key)) if _is_stored(column) else _lone_scope(column)
    try:
        if not isinstance(value, Call):
            constant = _constant(value, column)
            compiled = scope.literal(constant, column)
            return _numeric(replace(compiled, output=column), scope, constant).text, compiled.parameters
        compiled = compile_value(value, scope)
        return compiled.text, compiled.parameters
    except NoPreview as doubt:
        return f"/* {PLACEHOLDER}: {doubt.reason} */", False


def _is_stored(column: Column) -> bool:
    return column.schema.state.get(column.model.key) is not None


def _lone_scope(column: Column) -> Scope:
    return scope_of(Table(column.schema, column.model, "", (column,)))


def _constant(value: Value, column: Column) -> Any:
    found = plain(value, column)
    if found is column:
        reason = value.reason if isinstance(value, Unknown) else "it is not a constant"
        raise NoPreview(f"db_default of {column.label} is not known: {reason}")
    return found


def generated_expression(column: Column) -> tuple[str, bool]:
    """The expression of a generated column, and whether Django passes parameters with it."""
    fields = column.model.fields
    table = column.schema.build(replace(column.model, fields={**fields, column.name: column.field}))
    try:
        compiled = compile_value(column.field.attr("expression"), scope_of(table))
        return compiled.text, compiled.parameters
    except NoPreview as doubt:
        return f"/* {PLACEHOLDER}: {doubt.reason} */", False
