"""Query expressions as SQL: what constraints, conditional indexes, generated columns and database defaults need.

In: deconstructed expressions and the table whose columns they name. Out: text with its literals filled in, as Django's
compiler writes it. What has no certain text raises NoPreview; it is never approximated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from migration_guard.sql.arguments import argument, source
from migration_guard.sql.column import Column
from migration_guard.sql.literals import constant
from migration_guard.sql.nodes import NODES, constant_value, function, numeric, ordering
from migration_guard.sql.parts import CompiledExpressions
from migration_guard.sql.schema import Table
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.sides import as_value
from migration_guard.sql.statements import PLACEHOLDER, NoPreview
from migration_guard.values import Call, Const, Ref, Unknown, Value, plain


def compile_value(value: Value, scope: Scope) -> Compiled:
    """An expression in any position; strings are constants."""
    if isinstance(value, Unknown):
        raise NoPreview(f"an expression is not known: {value.reason}")
    found = constant(value, scope)
    if found is not scope:
        return constant_value(found, None, scope)
    if not isinstance(value, Call):
        raise NoPreview(f"{value.path if isinstance(value, Ref) else type(value).__name__} in an expression")
    if not value.func.path.startswith("django."):
        return _custom(value, scope)
    return NODES.get(value.func.name, function)(value, scope)


def _custom(call: Call, scope: Scope) -> Compiled:
    """A function of the project: a class that names it, and says perhaps how it is written."""
    found = scope.dialect.function(call.func.path)
    if isinstance(found, Unknown):
        raise NoPreview(f"the expression {call.func.path}: {found.reason}")
    given = {name: value for name, value in found.items() if name not in call.kwargs}
    return function(Call(Ref("django.db.models", "Func"), call.args, {**call.kwargs, **given}), scope)


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
    if any(name in _WRAPPERS for name in _classes_in(root) if name != "Collate" or not collates_inside):
        raise NoPreview("OrderBy, OpClass and Collate must be topmost expressions in an indexed expression")
    inner = source(root, scope)
    if inner.plain_column is None:
        # What is indexed stands in a function without a name, which is an expression too.
        inner = numeric(replace(inner, text=f"({inner.text})"), scope)
    text = inner.text
    for name in reversed(_WRAPPERS):
        if name in wrappers:
            text = _wrapped(text, wrappers[name], scope)
    return text


def _classes_in(value: Value) -> Iterator[str]:
    """The classes of an expression's parts."""
    if isinstance(value, Call):
        yield value.func.name
        for item in (*value.args, *value.kwargs.values()):
            yield from _classes_in(item)


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
    return not isinstance(value, Call) or constant(value, value) is not value or value.func.name == "Value"


def database_default(column: Column) -> tuple[str, bool]:
    """The default that the database keeps, and whether Django passes it as a parameter."""
    value = column.field.attr("db_default")
    scope = scope_of(column.schema.table(column.model.key)) if _is_stored(column) else _lone_scope(column)
    scope = replace(scope, resolved=False, sent=True)
    try:
        found = constant(value, column)
        compiled = compile_value(value, scope) if found is column else constant_value(found, column, scope)
        return compiled.text, compiled.parameters
    except NoPreview as doubt:
        return f"/* {PLACEHOLDER}: {doubt.reason} */", False


def _is_stored(column: Column) -> bool:
    return column.schema.state.get(column.model.key) is not None


def _lone_scope(column: Column) -> Scope:
    return scope_of(Table(column.schema, column.model, "", (column,)))


def generated_expression(column: Column) -> tuple[str, bool]:
    """The expression of a generated column, and whether Django passes parameters with it."""
    fields = column.model.fields
    table = column.schema.build(replace(column.model, fields={**fields, column.name: column.field}))
    expression = column.field.attr("expression")
    try:
        if not isinstance(expression, Call):
            raise NoPreview("what is generated is no expression")
        scope = replace(scope_of(table), sent=True)
        compiled = compile_value(expression, scope)
        return as_value(expression, compiled, scope), compiled.parameters
    except NoPreview as doubt:
        return f"/* {PLACEHOLDER}: {doubt.reason} */", False
