"""Fields added, removed and changed on a table, whatever they are: columns, many-to-many tables, nothing at all.

In: an Editor, tables and columns before and after. Out: statements. Which way a database changes a table is asked of
its profile. Errors that Django would raise come as Refused.
"""

from __future__ import annotations

from migration_guard import versions
from migration_guard.sql import remake
from migration_guard.sql.acts import Act, Kind
from migration_guard.sql.alter import alter_column, own_table, rename_column
from migration_guard.sql.column import Column, is_hidden
from migration_guard.sql.compare import related_pairs, should_be_altered
from migration_guard.sql.editor import Editor
from migration_guard.sql.expressions import generated_expression
from migration_guard.sql.fragments import column_definition
from migration_guard.sql.profiles import Alters
from migration_guard.sql.remake import Changes, remake_table
from migration_guard.sql.schema import Table
from migration_guard.sql.statements import NoPreview, Refused
from migration_guard.sql.tables import add_column, create_table, drop_column, drop_table, rename_table
from migration_guard.values import Truth


def add_field(editor: Editor, table: Table, column: Column) -> None:
    """A field that a model gets."""
    if column.through is not None:
        create_table(editor, column.through)
    elif column.has_column:
        if editor.profile.alters is Alters.REMAKE and remake.add_field(editor, table, column):
            return
        add_column(editor, table, column)
    elif editor.profile.alters is Alters.REMAKE and not column.is_composite_key:
        # Django makes the table anew for fields without a column too.
        remake.add_field(editor, table, column)


def remove_field(editor: Editor, table: Table, column: Column) -> None:
    """A field that a model loses."""
    if column.many_to_many:
        if column.through is not None:
            drop_table(editor, column.through)
    elif not column.has_column:
        return
    elif editor.profile.alters is Alters.REMAKE and remake.needs_remake_to_remove(column):
        remake_table(editor, table, Changes(deleted=column))
    else:
        drop_column(editor, table, column)


def alter_field(editor: Editor, table: Table, old: Column, new: Column) -> None:
    """A field that a model has in another form; `table` is the one before."""
    altered = should_be_altered(old, new)
    if altered is Truth.NO:
        return
    before = len(editor.statements), len(editor.deferred)
    _alter_field(editor, table, old, new)
    if altered is Truth.MAYBE and (len(editor.statements), len(editor.deferred)) != before:
        raise NoPreview(f"whether {new.label} changes is not known: a part of its definition could not be read")


def _alter_field(editor: Editor, table: Table, old: Column, new: Column) -> None:
    if old.many_to_many and new.many_to_many:
        before, after = old.through, new.through
        if before is not None and after is not None:
            alter_many_to_many(editor, old, new)
            return
        if before is None and after is None:
            return
    if old.has_column != new.has_column or old.many_to_many or new.many_to_many:
        raise Refused(
            f"Cannot alter field {old.label} into {new.label} - they are not compatible types "
            "(you cannot alter to or from M2M fields, or add or remove through= on M2M fields)"
        )
    if not old.has_column:
        return
    _refuse_generated(old, new)
    if editor.profile.alters is Alters.REMAKE:
        _alter_by_remaking(editor, table, old, new)
    else:
        alter_column(editor, table, old, new)


def _refuse_generated(old: Column, new: Column) -> None:
    changed = old.is_generated != new.is_generated
    if not changed and new.is_generated:
        changed = old.flag("db_persist") != new.flag("db_persist")
        changed = changed or generated_expression(old) != generated_expression(new)
    if changed:
        raise Refused(
            f"Modifying GeneratedFields is not supported - the field {new.label} must be removed and re-added "
            "with the new definition."
        )


def _alter_by_remaking(editor: Editor, table: Table, old: Column, new: Column) -> None:
    links = (old.is_relation and old.db_constraint) or (new.is_relation and new.db_constraint)
    if old.column != new.column and not links and column_definition(old, table) == column_definition(new, table):
        rename_column(editor, table, old, new)
        return
    remake_table(editor, table, Changes(altered=((old, new),)))
    if new.unique and (old.db_type != new.db_type or old.collation != new.collation):
        for related in _related_tables(old, new):
            remake_table(editor, related)


def _related_tables(old: Column, new: Column) -> list[Table]:
    """The tables that must follow a changed key. (Django keeps them in a set: their order is anybody's.)

    The table itself is among them where it points to itself: Django means to leave it out, but compares model classes
    of different states.
    """
    found: dict[tuple[str, str], Table] = {}
    if versions.REMAKES_ALL_RELATED(new.schema.dialect.version):
        for _, after in related_pairs(old, new):
            found.setdefault(after.model.key, own_table(after))
    else:
        for column in new.schema.related(new.model.key, hidden=False):
            if column.many_to_many and new.primary_key and column.through is not None:
                found.setdefault(column.through.model.key, column.through)
            elif not column.many_to_many and not is_hidden(column) and _key_name(column) == new.name:
                found.setdefault(column.model.key, own_table(column))
    if new.primary_key:
        for field in new.schema.table(new.model.key).many_to_many:
            if field.through is not None:
                found.setdefault(field.through.model.key, field.through)
    return list(found.values())


def _key_name(column: Column) -> str:
    return column.to_field or column.target_table.pk.name


def alter_many_to_many(editor: Editor, old: Column, new: Column) -> None:
    """The table behind a many-to-many field gets another name, and its columns point elsewhere."""
    before, after = old.through, new.through
    if before is None or after is None:
        return
    pairs = tuple(zip(_ends(before), _ends(after), strict=True))
    if editor.profile.alters is not Alters.REMAKE:
        if before.name != after.name:
            rename_table(editor, before.name, after.name)
        for first, second in reversed(pairs):
            alter_field(editor, after, first, second)
        return
    if before.name == after.name:
        remake_table(editor, before, Changes(altered=tuple(reversed(pairs))))
        return
    create_table(editor, after)
    sides = [", ".join(["id", *(column.column for column in _ends(table))]) for table in (after, before)]
    editor.run(
        f"INSERT INTO {editor.quote(after.name)} ({sides[0]}) SELECT {sides[1]} FROM {editor.quote(before.name)}",
        acts=(Act(Kind.COPY_ROWS, after.name, (before.name,)),),
    )
    drop_table(editor, before)


def _ends(table: Table) -> tuple[Column, Column]:
    """The columns of a table behind a many-to-many field: to the model itself, and to the other side."""
    first, second = (column for column in table.columns if column.is_foreign_key)
    return first, second
