"""The type of a column changed: casts, identities, sequences, collations, comments.

In: an Editor, the table, the column before and after. Out: the fragment for ALTER TABLE, and the steps that must follow
it. Statements that must come before are run at once, as in Django.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from migration_guard.sql import fragments, types
from migration_guard.sql.acts import Act, Kind
from migration_guard.sql.column import Column
from migration_guard.sql.editor import Editor
from migration_guard.sql.names import index_name, strip_quotes
from migration_guard.sql.schema import Table
from migration_guard.sql.statements import DERIVED, Adds, Drops
from migration_guard.sql.tables import comment_column

Steps = list[Callable[[], None]]

_SEQUENCE_TYPES = {"AutoField": "integer", "BigAutoField": "bigint", "SmallAutoField": "smallint"}


def changed_type(editor: Editor, table: Table, old: Column, new: Column) -> tuple[str, Steps]:
    """The fragment that changes a column's type, and what follows it."""
    if not editor.profile.identity_sequences:
        return _plain(editor, old, new), _comment_step(editor, table, old, new)
    if leaves_text(old, new.db_type):
        drop_pattern_index_of_changed_type(editor, table, old)
    was, becomes = old.internal_type in types.AUTO, new.internal_type in types.AUTO
    if becomes and not was:
        column = editor.quote(strip_quotes(new.column))
        text = editor.profile.templates["alter_column_type"] % {"column": column, "type": new.db_type, "collation": ""}
        return text + _using(old, new), [lambda: _add_identity(editor, table, new)]
    if was and not becomes:
        names = {"table": editor.quote(table.name), "column": editor.quote(strip_quotes(new.column))}
        # The sequence is looked up while the identity still has it.
        sequence = editor.sequence(table.name, new.column)
        editor.run_named("drop_identity", Act(Kind.DROP_IDENTITY, table.name), **names)
        return _plain(editor, old, new), _sequence_step(editor, "delete_sequence", sequence, table, new)
    if was and becomes and old.internal_type != new.internal_type:
        sequence = editor.sequence(table.name, new.column)
        return _plain(editor, old, new), _sequence_step(editor, "alter_sequence_type", sequence, table, new)
    return _plain(editor, old, new), _comment_step(editor, table, old, new)


def _plain(editor: Editor, old: Column, new: Column) -> str:
    collation = new.collation
    collate = f" {fragments.collate(collation, editor.dialect)}" if collation else ""
    comment = ""
    if editor.profile.comments and new.comment:
        comment = fragments.comment_literal(new.comment, editor.dialect.filled)
    db_type = new.db_type
    if editor.profile.alters_whole_definition:
        db_type = fragments.kept_definition(old, db_type)
    text = editor.profile.templates["alter_column_type"] % {
        "column": editor.quote(new.column), "type": db_type, "collation": collate, "comment": comment,
    }  # fmt: skip
    return text + _using(old, new)


def _using(old: Column, new: Column) -> str:
    if not old.schema.dialect.profile.identity_sequences or new.is_generated:
        return ""
    if old.is_spatial and new.is_spatial and new.type_name != "RasterField" and old.type_name != "RasterField":
        column = new.schema.dialect.quote(new.column)
        forced = {"2 3": "3D", "3 2": "2D"}.get(f"{old.spatial('dim')} {new.spatial('dim')}")
        return f" USING ST_Force{forced}({column})::{new.db_type}" if forced else ""
    cast = f" USING {new.schema.dialect.quote(new.column)}::{new.db_type}"
    if old.internal_type == new.internal_type == "ArrayField":
        return cast if list(_item_types(old)) != list(_item_types(new)) else ""
    return cast if old.data_type != new.data_type else ""


def _item_types(column: Column) -> Iterator[str]:
    if column.base.internal_type == "ArrayField":
        yield from _item_types(column.base)
    else:
        yield column.base.data_type


def _comment_step(editor: Editor, table: Table, old: Column, new: Column) -> Steps:
    if not editor.profile.comments or editor.profile.comments_inline or old.comment == new.comment:
        return []
    return [lambda: comment_column(editor, table, new)]


def _add_identity(editor: Editor, table: Table, column: Column) -> None:
    names = {"table": editor.quote(strip_quotes(table.name)), "column": editor.quote(strip_quotes(column.column))}
    sequence = fragments.inline_sequence(table, column)
    act = Act(Kind.ADD_IDENTITY, table.name)
    editor.run_named("add_identity", act, Adds(table.name, sequence=sequence), **names)


def _sequence_step(editor: Editor, template: str, sequence: str | None, table: Table, column: Column) -> Steps:
    if sequence is None:
        return []
    names = {"sequence": editor.quote(sequence), "type": _SEQUENCE_TYPES.get(column.internal_type, "")}
    effects = (Drops(table.name, sequence_of=column.column),) if template == "delete_sequence" else ()
    text = editor.profile.templates[template] % names
    act = Act(Kind.DROP_SEQUENCE if effects else Kind.ALTER_SEQUENCE, sequence)
    return [lambda: editor.run(text, *effects, acts=(act,), notes=(DERIVED,))]


def leaves_text(old: Column, new_type: str) -> bool:
    """Whether an indexed text column becomes something else."""
    if not old.schema.dialect.profile.pattern_indexes or not (old.db_index or old.unique):
        return False
    kinds = ("varchar", "text", "citext")
    return any(old.db_type.startswith(kind) and not new_type.startswith(kind) for kind in kinds)


def drop_pattern_index_of_changed_type(editor: Editor, table: Table, column: Column) -> None:
    """The second index of a text column."""
    name = index_name(table.name, (column.column,), "_like", editor.profile.max_name_length)
    names = {"table": editor.quote(table.name), "name": editor.quote(name)}
    editor.run_named("delete_index", Act(Kind.DROP_INDEX, table.name), Drops(table.name, name), **names)
