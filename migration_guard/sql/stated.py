"""Hand-written SQL beside the state operations that come with it: where the two say different things.

In: a RunSQL, the states before and after its state operations, a dialect. Out: sentences about tables and columns that
only one of the two changes. What is not understood of the SQL raises no suspicion against the state operations.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.sql.catalogue import Catalogue
from migration_guard.sql.database_operations import forwards_text
from migration_guard.sql.dialect import Dialect
from migration_guard.sql.handwritten import Change, Known, read
from migration_guard.sql.schema import Schema, Table
from migration_guard.sql.script import split_script
from migration_guard.sql.statements import NoPreview
from migration_guard.state.model import State
from migration_guard.state.operations import RunSQL

_Shape = dict[str, set[str]]


def disagreements(operation: RunSQL, before: State, after: State, dialect: Dialect) -> tuple[str, ...]:
    """What the SQL does and the state operations do not say, and the other way round."""
    try:
        texts = forwards_text(operation, dialect, Catalogue())
        shapes = [_shape(state, other, dialect) for state, other in ((before, after), (after, before))]
        everything = _shape(after, State(), dialect).keys() | _shape(before, State(), dialect).keys()
    except NoPreview:
        return ()
    changes: list[Change] = []
    understood = True
    for statement in (part for text in texts for part in split_script(text)):
        reading = read(statement.rstrip(";"), dialect.profile.parser, Known())
        understood = understood and reading is not None
        changes += reading.changes if reading is not None else ()
    written, stated = set(_flattened(changes)), set(_differences(*shapes))
    only_written = [fact for fact in written - stated if _concerns(fact, everything)]
    only_stated = stated - written if understood else set()
    # A table that is created by a query, or like another, does not list its columns.
    whole = {table for verb, table, column in written if not column}
    only_stated = {fact for fact in only_stated if not (fact[2] and fact[1] in whole)}
    return tuple(
        [f"the SQL {_said(fact)}, and the state operations do not say so" for fact in sorted(only_written)]
        + [f"the state operations say that it {_said(fact)}, and the SQL does not" for fact in sorted(only_stated)]
    )


_Fact = tuple[str, str, str]


def _concerns(fact: _Fact, tables: set[str]) -> bool:
    """Whether models know the table. A new table that no model has is nobody's business."""
    return fact[1] in tables


def _flattened(changes: list[Change]) -> Iterator[_Fact]:
    """A rename is a name that goes and one that comes."""
    born = {change.table.lower() for change in changes if change.verb == "create table"}
    for change in changes:
        table, column, now = change.table.lower(), change.column.lower(), change.now.lower()
        match change.verb:
            case "create table" | "drop table":
                yield change.verb, table, ""
            case "add column" | "drop column" if table not in born:
                yield change.verb, table, column
            case "rename table":
                yield "drop table", table, ""
                yield "create table", now, ""
            case "rename column":
                yield "drop column", table, column
                yield "add column", table, now


def _differences(before: _Shape, after: _Shape) -> Iterator[_Fact]:
    for table in after.keys() - before.keys():
        yield "create table", table, ""
    for table in before.keys() - after.keys():
        yield "drop table", table, ""
    for table in before.keys() & after.keys():
        yield from (("add column", table, column) for column in after[table] - before[table])
        yield from (("drop column", table, column) for column in before[table] - after[table])


def _shape(state: State, other: State, dialect: Dialect) -> _Shape:
    """The columns of the tables of models that are not the same in another state."""
    schema, found = Schema(state, dialect), {}
    for model in state:
        if other.get(model.key) is model or not schema.migrates(model):
            continue
        table = schema.table(model.key)
        table.require_all_fields()
        found[table.name.lower()] = _columns(table)
        for field in table.many_to_many:
            if field.through is not None:
                found[field.through.name.lower()] = _columns(field.through)
    return found


def _columns(table: Table) -> set[str]:
    return {column.column.lower() for column in table.columns}


def _said(fact: _Fact) -> str:
    verb, table, column = fact
    what = f"the column {table}.{column}" if column else f"the table {table}"
    return f"{'creates' if verb in ('create table', 'add column') else 'drops'} {what}"
