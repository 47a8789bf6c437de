"""What a change of a column does to its table: the acts of ADD COLUMN, DROP COLUMN and ALTER COLUMN.

In: a table and its columns before and after. Out: acts, from which the impact of a statement follows. Nothing here
writes SQL. What is in doubt gets the kind that leaves it open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from migration_guard.sql import types
from migration_guard.sql.acts import Act, Kind
from migration_guard.sql.column import Column, names_of, text_of
from migration_guard.sql.defaults import has_db_default, is_nothing
from migration_guard.sql.schema import Table
from migration_guard.sql.statements import NoPreview
from migration_guard.values import NONE, TRUE, Call, Const, Map, Seq, Unknown, Value, plain

STABLE = frozenset(
    {
        *("Value", "Now", "Cast", "Coalesce", "Concat", "ConcatPair", "Lower", "Upper", "Length", "JSONObject"),
        *("Abs", "Ceil", "Floor", "Round", "Pi", "Power", "Sqrt", "CombinedExpression", "ExpressionWrapper", "Q"),
        *("TruncDate", "TruncTime", "TruncDay", "TruncMonth", "TruncYear", "Extract", "Left", "Right", "Substr"),
        *("Decimal", "UUID", "timedelta", "date", "datetime", "time", "Collate", "NullIf", "Greatest", "Least"),
    }
)
"""Expressions that give the same value for all rows of a statement."""
VOLATILE = frozenset({"Random", "RandomUUID", "UUID4", "UUID7"})
"""Expressions that give each row another value."""


def added(table: Table, column: Column, *, links: bool) -> tuple[Act, ...]:
    """ADD COLUMN with all that stands in its definition; `links` says whether a foreign key is among it."""
    return tuple(Act(kind, table.name) for kind in _added(column)) + (_link(table, column) if links else ())


def _added(column: Column) -> Iterator[Kind]:
    if column.is_generated:
        yield Kind.ADD_STORED_COLUMN if column.flag("db_persist") else Kind.ADD_VIRTUAL_COLUMN
    elif column.internal_type in types.AUTO and not column.is_foreign_key:
        yield Kind.ADD_IDENTITY_COLUMN
    elif has_db_default(column):
        yield default_kind(column.field.attr("db_default"))
    elif not is_nothing(column):
        yield Kind.ADD_COLUMN_WITH_DEFAULT
    else:
        yield Kind.ADD_COLUMN if column.null else Kind.ADD_COLUMN_NOT_NULL
    if column.primary_key:
        yield Kind.ADD_PRIMARY_KEY
    elif column.unique:
        yield Kind.ADD_UNIQUE
    if column.check() and column.schema.dialect.profile.check_constraints:
        yield Kind.ADD_CHECK


def _link(table: Table, column: Column) -> tuple[Act, ...]:
    empty = column.null and is_nothing(column) and not has_db_default(column)
    kind = Kind.ADD_FOREIGN_KEY_OF_NULLS if empty else Kind.ADD_FOREIGN_KEY
    return (Act(kind, table.name, references(column)),)


def references(column: Column) -> tuple[str, ...]:
    """The table that a foreign key points to, where it is known."""
    try:
        return (column.target_table.name,) if column.is_foreign_key else ()
    except NoPreview:
        return ()


def default_kind(value: Value) -> Kind:
    """What it takes to add a column with such a default in the database."""
    names = set(_functions(value))
    if not names - {"Value"}:
        return Kind.ADD_COLUMN_WITH_DEFAULT
    if names & VOLATILE:
        return Kind.ADD_COLUMN_WITH_VOLATILE_DEFAULT
    return Kind.ADD_COLUMN_WITH_STABLE_DEFAULT if names <= STABLE else Kind.ADD_COLUMN_WITH_SOME_DEFAULT


def _functions(value: Value) -> Iterator[str]:
    match value:
        case Call():
            yield value.func.name
            for item in (*value.args, *(item for name, item in value.kwargs.items() if name != "output_field")):
                yield from _functions(item)
        case Seq():
            for item in value.items:
                yield from _functions(item)
        case Const() | Map():
            return
        case _:
            yield "?"


def dropped(table: Table, column: Column) -> Act:
    """DROP COLUMN; the indexes on the column go with it."""
    together = (row for option in ("unique_together", "index_together") for row in _rows(table, option))
    composed = any(column.name in row for row in together)
    named = any(_covers(item, column.name) for option in ("indexes", "constraints") for item in _objects(table, option))
    indexed = column.db_index or column.unique or column.is_foreign_key or composed or named
    return Act(Kind.DROP_INDEXED_COLUMN if indexed else Kind.DROP_COLUMN, table.name)


def _rows(table: Table, option: str) -> tuple[tuple[str, ...], ...]:
    try:
        return table.together(option)
    except NoPreview:
        return ()


def _objects(table: Table, option: str) -> tuple[Call, ...]:
    try:
        return table.objects(option)
    except NoPreview:
        return ()


def _covers(item: Call, name: str) -> bool:
    fields = names_of(item.kwargs.get("fields"))
    return name in fields or f"-{name}" in fields or not fields


def retyped(table: Table, old: Column, new: Column) -> tuple[Act, ...]:
    """ALTER COLUMN ... TYPE; the checks on the column are made anew with it."""
    profile = new.schema.dialect.profile
    kind = profile.type_change(old.db_type, new.db_type)
    if kind is Kind.CHANGE_TYPE_IN_NAME and old.comment != new.comment and profile.comments_inline:
        kind = Kind.COMMENT_COLUMN
    if old.collation != new.collation and kind in (Kind.CHANGE_TYPE_IN_NAME, Kind.WIDEN_TYPE, Kind.COMMENT_COLUMN):
        kind = Kind.CHANGE_COLLATION
    checked = (old.check() and old.check(old.column) == new.check(old.column)) or any(
        item.func.name == "CheckConstraint" and _mentions(item, old.name) for item in _objects(table, "constraints")
    )
    return (Act(kind, table.name), Act(Kind.RECHECK, table.name)) if checked else (Act(kind, table.name),)


def _mentions(value: Value, name: str) -> bool:
    """Whether an expression names a field."""
    match value:
        case Const():
            return isinstance(value.value, str) and value.value.partition("__")[0] == name
        case Seq():
            return any(_mentions(item, name) for item in value.items)
        case Call():
            named = any(key.partition("__")[0] == name for key in value.kwargs)
            return named or any(_mentions(item, name) for item in (*value.args, *value.kwargs.values()))
        case _:
            return isinstance(value, Unknown)


def made_required(table: Table, column: Column, is_valid: Callable[[str], bool]) -> Act:
    """SET NOT NULL; a check that proves it, and was validated, spares the scan."""
    proved = any(
        _says_not_null(item, column.name) and is_valid(text_of(item.kwargs.get("name", NONE)))
        for item in _objects(table, "constraints")
    )
    return Act(Kind.SET_NOT_NULL_CHECKED if proved else Kind.SET_NOT_NULL, table.name)


def _says_not_null(item: Call, name: str) -> bool:
    """Whether a check is `Q(name__isnull=False)`."""
    condition = item.kwargs.get("condition", item.kwargs.get("check", NONE))
    if item.func.name != "CheckConstraint" or not isinstance(condition, Call) or condition.func.name != "Q":
        return False
    lookups = dict(condition.kwargs)
    if {"_negated", "_connector"} & lookups.keys() and plain(lookups.get("_negated", NONE)):
        return plain(lookups.get(f"{name}__isnull", NONE)) is True and not condition.args
    given = [tuple(arg.items) for arg in condition.args if isinstance(arg, Seq)]
    pairs = [(plain(pair[0]), pair[1]) for pair in given if len(pair) == 2] + list(lookups.items())
    alone = len(condition.args) + len([key for key in lookups if not key.startswith("_")]) == 1
    return alone and any(key == f"{name}__isnull" and value != TRUE for key, value in pairs if plain(value) is False)
