"""Databases that cannot change a table in place: a new table, the rows copied, the old one dropped, a rename.

In: an Editor, a table, and the fields that are added, removed or changed. Out: statements in Django's order, the
waiting ones included. (Django: `_remake_table` of its SQLite schema editor.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from migration_guard import versions
from migration_guard.sql import indexes
from migration_guard.sql.acts import Act, Kind
from migration_guard.sql.column import Column
from migration_guard.sql.defaults import default_literal, has_db_default
from migration_guard.sql.editor import Editor
from migration_guard.sql.fragments import db_default_sql
from migration_guard.sql.names import strip_quotes
from migration_guard.sql.schema import Schema, Table
from migration_guard.sql.tables import create_table, drop_table, rename_table
from migration_guard.state.model import Model
from migration_guard.values import FALSE, NONE, Call, Const, Seq, Value


@dataclass(frozen=True, slots=True)
class Changes:
    """What of a table changes while it is made anew."""

    created: Column | None = None
    deleted: Column | None = None
    altered: tuple[tuple[Column, Column], ...] = ()


def remake_table(editor: Editor, table: Table, changes: Changes = Changes()) -> None:
    """The table made anew with the changes."""
    table.require_all_fields()
    body, copies = _body_and_copies(table, changes)
    new = _new_table(table, body, changes, editor.later_state_first)
    create_table(editor, new)
    editor.run(
        f"INSERT INTO {editor.quote(new.name)} ({', '.join(map(editor.quote, copies))}) "
        f"SELECT {', '.join(copies.values())} FROM {editor.quote(table.name)}",
        acts=(Act(Kind.COPY_ROWS, new.name, (table.name,)),),
    )
    drop_table(editor, table, with_many_to_many=False)
    rename_table(editor, new.name, table.name)
    editor.flush(while_remaking=True)


def _body_and_copies(table: Table, changes: Changes) -> tuple[dict[str, Column], dict[str, str]]:
    """The fields of the new table by name, and for each of its columns where the rows' values come from."""
    quote = table.schema.dialect.quote
    body = {column.name: column for column in table.columns}
    if table.composite_key is not None:
        body[table.composite_key.name] = table.composite_key
    copies = {column.column: quote(column.column) for column in table.columns if not column.is_generated}
    _give_up_key(body, copies, changes)
    if changes.created is not None:
        created = changes.created
        body[created.name] = created
        if created.has_column and not has_db_default(created) and not created.is_generated:
            copies[created.column] = default_literal(created)
    for old, new in changes.altered:
        body.pop(old.name, None)
        copies.pop(old.column, None)
        body[new.name] = new
        if not new.is_generated:
            copies[new.column] = _copied(old, new)
    if changes.deleted is not None:
        body.pop(changes.deleted.name, None)
        copies.pop(changes.deleted.column, None)
    return body, copies


def _copied(old: Column, new: Column) -> str:
    source = old.schema.dialect.quote(old.column)
    if not old.null or new.null:
        return source
    default = db_default_sql(new) if has_db_default(new) else default_literal(new)
    return f"coalesce({source}, {default})"


def _give_up_key(body: dict[str, Column], copies: dict[str, str], changes: Changes) -> None:
    """Where another field becomes the primary key, the old one no longer is."""
    created = changes.created
    names = {new.name for _, new in changes.altered}
    introduces = any(new.primary_key for _, new in changes.altered)
    if not introduces and (created is None or not created.primary_key):
        return
    for name, column in list(body.items()):
        if column.primary_key and name not in names:
            if column.auto_created:
                del body[name]
                copies.pop(column.column, None)
            else:
                body[name] = replace(column, field=column.field.with_kwargs(primary_key=FALSE), promoted=False)


def _new_table(table: Table, body: Mapping[str, Column], changes: Changes, later_state_first: bool) -> Table:
    """The table under its passing name. What points to itself points to the table as it will be."""
    renamed = {old.name: new.name for old, new in changes.altered}
    model = replace(
        table.model,
        fields={name: column.field for name, column in body.items()},
        options=_options(table, renamed, changes.deleted),
    )
    overlay = Schema(table.schema.state.put(model), table.schema.dialect)
    ordered = _ordered(body.values(), table, changes, later_state_first)
    columns = [_bound(column, model, overlay, table) for column in ordered]
    own = replace(table, schema=overlay, model=model, fields=tuple(columns))
    overlay.adopt(own)
    return replace(own, name=f"new__{strip_quotes(table.name)}")


def _ordered(columns: Iterable[Column], table: Table, changes: Changes, later_state_first: bool) -> list[Column]:
    """Django sorts fields by their age. Automatic ones are the oldest, copies of references to the table itself the
    youngest; fields of the other state are all older or all younger, as Django happened to make them."""

    given = [changes.created, *(new for _, new in changes.altered)]

    def age(column: Column) -> tuple[int, int]:
        if column.auto_created:
            return 0, column.place
        if column.schema is not table.schema:
            return (1 if later_state_first else 4), column.place
        replaced = any(column is new for new in given)
        itself = not replaced and column.is_relation and not column.many_to_many and column.target_key == table.key
        return (5 if itself else 2), column.place

    return sorted(columns, key=age)


def _bound(column: Column, model: Model, overlay: Schema, table: Table) -> Column:
    if column.is_relation and not column.many_to_many and column.target_key == table.key:
        return replace(column, schema=overlay, model=model)
    return replace(column, model=model) if column.is_generated else column


def _options(table: Table, renamed: Mapping[str, str], deleted: Column | None) -> dict[str, Value]:
    rows = [[renamed.get(name, name) for name in row] for row in table.together("unique_together")]
    unique = Seq("list", tuple(Seq("tuple", tuple(map(Const, row))) for row in rows))
    kept: Sequence[Call] = table.objects("indexes")
    if deleted is not None:
        kept = [item for item in kept if deleted.name not in indexes.index_fields(item)]
    left_out = ("db_tablespace", "order_with_respect_to", "db_table_comment", "index_together")
    together: dict[str, Value] = {}
    if versions.INDEX_TOGETHER_IN_MODELS(table.schema.dialect.version):
        kept_rows = [[renamed.get(name, name) for name in row] for row in table.together("index_together")]
        together["index_together"] = Seq("list", tuple(Seq("tuple", tuple(map(Const, row))) for row in kept_rows))
    options = {name: value for name, value in table.model.options.items() if name not in left_out}
    return {
        **options,
        **together,
        "db_table": Const(table.name),
        "unique_together": unique,
        "indexes": Seq("list", tuple(kept)),
        "constraints": table.model.options.get("constraints", NONE),
    }


def add_field(editor: Editor, table: Table, column: Column) -> bool:
    """Whether a new column needs the table to be made anew; then it has been."""
    kept = has_db_default(column) and not _is_value(column.field.attr("db_default"))
    if column.primary_key or column.unique or not column.null or not _no_default(column) or kept:
        remake_table(editor, table, Changes(created=column))
        return True
    return False


def _is_value(value: Value) -> bool:
    return isinstance(value, Call) and value.func.name == "Value"


def _no_default(column: Column) -> bool:
    return default_literal(column) == "NULL"


def needs_remake_to_remove(column: Column) -> bool:
    """Keys, unique and indexed columns and foreign keys cannot simply be dropped."""
    return column.primary_key or column.unique or column.db_index or (column.is_relation and column.db_constraint)
