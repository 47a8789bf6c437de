"""One column changed in place: `_alter_field` as a sequence of steps over a frozen `Change`.

In: an Editor, the table, the field before and after. Out: statements in Django's order: constraints that stand in the
way go, the column is renamed and changed, keys, indexes and constraints come back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from migration_guard import versions
from migration_guard.sql import column_acts, fragments
from migration_guard.sql.acts import Act, Kind
from migration_guard.sql.alter_type import changed_type, drop_pattern_index_of_changed_type, leaves_text
from migration_guard.sql.column import Column
from migration_guard.sql.compare import related_pairs, should_be_altered
from migration_guard.sql.defaults import default_literal, effective_default, has_db_default, has_default, is_nothing
from migration_guard.sql.editor import Editor
from migration_guard.sql.expressions import database_default
from migration_guard.sql.indexes import object_name
from migration_guard.sql.names import index_name
from migration_guard.sql.parts import Part, TableName, Template
from migration_guard.sql.schema import Table
from migration_guard.sql.statements import DERIVED, Adds, Constraint, Drops, Effect, NoPreview, RenamesColumn
from migration_guard.sql.tables import drop_default, drop_foreign_key
from migration_guard.values import Truth, same

Action: TypeAlias = tuple[str, tuple[Act, ...]]
"""A part of ALTER TABLE, and what it does."""


@dataclass(frozen=True, slots=True)
class Change:
    """A column before and after, on its table; what about it is decided once."""

    editor: Editor
    table: Table
    old: Column
    new: Column
    drops_incoming: bool = False
    """Foreign keys that point here must be dropped and made again."""
    foreign_keys_dropped: bool = False
    pairs: tuple[tuple[Column, Column], ...] = field(default=())

    @property
    def column(self) -> str:
        """The column's name before the change."""
        return self.old.column


def alter_column(editor: Editor, table: Table, old: Column, new: Column) -> None:
    """All that it takes to change a column."""
    change = Change(editor, table, old, new, _drops_incoming(old, new))
    if change.drops_incoming:
        change = replace(change, pairs=tuple(related_pairs(old, new)))
    change = replace(change, foreign_keys_dropped=_drop_own_foreign_key(change))
    _drop_unique(change)
    for _, after in change.pairs:
        _drop_foreign_keys_of(editor, after)
    _drop_index(change)
    checks = _checks(change)
    _drop_check(change, checks)
    _rename(change)
    temporary = _change_definition(change)
    if old.primary_key and not new.primary_key:
        _drop_key(change)
    if not new.primary_key and new.unique and (not old.unique or old.primary_key):
        editor.run_template(fragments.unique_columns(table, (new.column,)))
    if (not old.db_index or old.unique) and new.db_index and not new.unique:
        # Unlike the indexes of a new column, this one is made whatever the database thinks of its type.
        editor.run_template(fragments.field_index(table, new))
    pairs = list(change.pairs)
    if new.primary_key and not old.primary_key:
        editor.run_template(fragments.primary_key(table, new))
        pairs += related_pairs(old, new)
    _change_referencing(change, pairs)
    _restore_foreign_keys(change, pairs)
    _add_check(change, checks)
    if temporary:
        drop_default(editor, table, new)
    _pattern_indexes(change)
    if versions.SPATIAL_INDEXES_ARE_ALTERED(editor.dialect.version):
        _spatial_indexes(change)


def _spatial_indexes(change: Change) -> None:
    """The index of a spatial column comes and goes with `spatial_index`."""
    had, has = (item.is_spatial and bool(item.spatial("spatial_index")) for item in (change.old, change.new))
    editor, table = change.editor, change.table
    if has and not had:
        editor.run_template(fragments.field_index(table, change.new))
    elif had and not has:
        name = index_name(table.name, (change.old.column,), "_id", editor.profile.max_name_length)
        names = {"table": editor.quote(table.name), "name": editor.quote(name)}
        editor.run_named("delete_index", Act(Kind.DROP_INDEX, table.name), Drops(table.name, name), **names)


def _drops_incoming(old: Column, new: Column) -> bool:
    if not ((old.primary_key and new.primary_key) or (old.unique and new.unique)):
        return False
    return old.db_type != new.db_type or old.collation != new.collation


def _drop_own_foreign_key(change: Change) -> bool:
    old, new, editor = change.old, change.new, change.editor
    if not (old.is_foreign_key and old.db_constraint):
        return False
    if should_be_altered(old, new, frozenset({"db_comment"})) is Truth.NO:
        return False
    names = editor.constraints(change.table, (old.column,), lambda item: item.foreign_key)
    for name in names:
        drop_foreign_key(editor, change.table, name, old)
    return bool(names)


def _drop_foreign_keys_of(editor: Editor, column: Column) -> None:
    table = own_table(column)
    for name in editor.constraints(table, (column.column,), lambda item: item.foreign_key):
        drop_foreign_key(editor, table, name, column)


def own_table(column: Column) -> Table:
    """The table of a column, be it the one behind a many-to-many field."""
    found = column.schema.state.get(column.model.key)
    if found is not None:
        return column.schema.table(column.model.key)
    return column.schema.build(column.model)


def _drop_unique(change: Change) -> None:
    old, new, editor = change.old, change.new, change.editor
    became_key = new.primary_key and not old.primary_key
    if not old.unique or (new.unique and not became_key):
        return
    left_out = _names(change.table, "constraints")
    names = editor.constraints(change.table, (old.column,), lambda item: item.unique and not item.primary_key, left_out)
    for name in names:
        _drop(change, "delete_unique", Kind.DROP_UNIQUE, name)


def _names(table: Table, option: str) -> list[str]:
    return [object_name(item) for item in table.objects(option)]


def _drop(change: Change, template: str, kind: Kind, name: str) -> None:
    editor = change.editor
    text = editor.profile.templates[template] % {
        "table": editor.quote(change.table.name), "name": editor.quote(name),
    }  # fmt: skip
    editor.run(text, Drops(change.table.name, name), acts=(Act(kind, change.table.name),), notes=(DERIVED,))


def _drop_index(change: Change) -> None:
    old, new, editor = change.old, change.new, change.editor
    if not old.db_index or old.unique or (new.db_index and not new.unique):
        return
    names = editor.constraints(
        change.table, (old.column,), lambda item: item.index and item.plain_index, _names(change.table, "indexes")
    )
    for name in names:
        drop_index(editor, change.table, name)


def drop_index(editor: Editor, table: Table, name: str) -> None:
    """DROP INDEX by a name that was looked up."""
    text = editor.profile.templates["delete_index"] % {"table": editor.quote(table.name), "name": editor.quote(name)}
    editor.run(text, Drops(table.name, name), acts=(Act(Kind.DROP_INDEX, table.name),), notes=(DERIVED,))


def _checks(change: Change) -> tuple[str | None, str | None]:
    """The checks of the types, comparable: without the column's name, unless they go with it."""
    if versions.CHECKS_COMPARED_WITHOUT_COLUMN(change.editor.version) and change.editor.profile.checks_follow_columns:
        return change.old.check("__column_name__"), change.new.check("__column_name__")
    return change.old.check(), change.new.check()


def _drop_check(change: Change, checks: tuple[str | None, str | None]) -> None:
    if checks[0] == checks[1] or not checks[0]:
        return
    names = change.editor.constraints(
        change.table, (change.column,), lambda item: item.check, _names(change.table, "constraints")
    )
    for name in names:
        _drop(change, "delete_check", Kind.DROP_CHECK, name)


def _add_check(change: Change, checks: tuple[str | None, str | None]) -> None:
    editor, new = change.editor, change.new
    if checks[0] == checks[1] or not checks[1]:
        return
    name = index_name(change.table.name, (new.column,), "_check", editor.profile.max_name_length)
    parts: dict[str, Part] = {
        "table": TableName(change.table.name), "name": editor.quote(name), "check": new.check() or "",
    }  # fmt: skip
    template = Template(editor.profile.templates["create_check"], parts).render(editor.profile)
    act = Act(Kind.ADD_CHECK, change.table.name)
    editor.run(template, Adds(change.table.name, Constraint(name, (new.column,), check=True)), acts=(act,))


def _rename(change: Change) -> None:
    if change.old.column != change.new.column:
        rename_column(change.editor, change.table, change.old, change.new)
        old, new, table = change.old.column, change.new.column, change.table.name
        change.editor.rename_in_deferred(lambda template: template.with_renamed_column(table, old, new))


def rename_column(editor: Editor, table: Table, old: Column, new: Column) -> None:
    """RENAME COLUMN."""
    template = editor.profile.templates["rename_column"]
    names = {"old_column": editor.quote(old.column), "new_column": editor.quote(new.column)}
    effects: list[Effect] = [RenamesColumn(table.name, old.column, new.column)]
    if "%(type)s" in template:
        names["type"] = fragments.kept_definition(old, new.db_type)
        effects += fragments.rewrites_column(table, new, "CHANGE ")
    act = Act(Kind.RENAME_COLUMN, table.name)
    editor.run_named("rename_column", act, *effects, table=editor.quote(table.name), **names)


# ---------------------------------------------------------------- the definition


def _change_definition(change: Change) -> bool:
    """Type, collation, comment, defaults and nullability. Whether a default was set that must go again."""
    editor, old, new = change.editor, change.old, change.new
    actions: list[Action] = []
    later: list[Callable[[], None]] = []
    if _type_changes(change):
        text, later = changed_type(editor, change.table, old, new)
        actions.append((text, column_acts.retyped(change.table, old, new)))
    actions += _database_default_change(change)
    temporary = _needs_temporary_default(change)
    if temporary:
        actions.append(_set_default(change))
    nullability = _nullability(change)
    four_way = (has_default(new) or has_db_default(new)) and old.null and not new.null
    if actions or nullability:
        if not four_way:
            actions += nullability
        if editor.profile.combines_alters and actions:
            _alter(change, ", ".join(text for text, _ in actions), *(act for _, acts in actions for act in acts))
        else:
            for text, acts in actions:
                _alter(change, text, *acts)
        if four_way:
            _fill_nulls(change)
            for text, acts in nullability:
                _alter(change, text, *acts)
    for step in later:
        step()
    return temporary


def _alter(change: Change, changes: str, *acts: Act) -> None:
    effects = fragments.rewrites_column(change.table, change.new, changes)
    names = {"table": change.editor.quote(change.table.name), "changes": changes}
    change.editor.run_named("alter_column", acts, *effects, **names)


def _type_changes(change: Change) -> bool:
    old, new = change.old, change.new
    if old.db_type != new.db_type or old.suffix != new.suffix or old.collation != new.collation:
        return True
    return change.editor.profile.comments and old.comment != new.comment


def _database_default_change(change: Change) -> list[Action]:
    old, new, profile = change.old, change.new, change.editor.profile
    if has_db_default(new):
        if has_db_default(old):
            answer = same(old.field.attr("db_default"), new.field.attr("db_default"))
            if answer is Truth.MAYBE:
                raise NoPreview(f"whether db_default of {new.label} changes is not known")
            if answer is Truth.YES:
                return []
        text = fragments.db_default_sql(new)
        changes = profile.templates["alter_column_default"] % _holes(change, default=text)
        return [(changes, (Act(Kind.SET_DEFAULT, change.table.name),))]
    if has_db_default(old):
        changes = profile.templates["alter_column_no_default"] % _holes(change, default="")
        return [(changes, (Act(Kind.DROP_DEFAULT, change.table.name),))]
    return []


def _holes(change: Change, default: str = "") -> dict[str, str]:
    new = change.new
    return {"column": change.editor.quote(new.column), "type": new.db_type, "default": default}


def _needs_temporary_default(change: Change) -> bool:
    old, new = change.old, change.new
    if not old.null or new.null or has_db_default(new) or fragments.skips_default_on_alter(new) or is_nothing(new):
        return False
    try:
        return bool(effective_default(old) != effective_default(new))
    except NoPreview:
        return same(old.field.attr("default"), new.field.attr("default")) is not Truth.YES


def _set_default(change: Change) -> Action:
    holes = _holes(change, fragments.parenthesised_default(change.new))
    act = Act(Kind.SET_DEFAULT, change.table.name)
    return change.editor.profile.templates["alter_column_default"] % holes, (act,)


def _nullability(change: Change) -> list[Action]:
    old, new, profile = change.old, change.new, change.editor.profile
    if old.null == new.null or (profile.empty_strings_are_null and new.allows_empty_strings):
        return []
    act = column_acts.made_required(change.table, new, lambda name: change.editor.is_valid(change.table.name, name))
    if new.null:
        act = Act(Kind.DROP_NOT_NULL, change.table.name)
    if profile.alters_whole_definition and has_db_default(new):
        text = f"MODIFY {change.editor.quote(new.column)} {fragments.kept_definition(new, new.db_type)}"
        return [(text, (act,))]
    name = "alter_column_null" if new.null else "alter_column_not_null"
    return [(profile.templates[name] % _holes(change), (act,))]


def _fill_nulls(change: Change) -> None:
    editor, new = change.editor, change.new
    default = database_default(new)[0] if has_db_default(new) else default_literal(new)
    if has_db_default(new):
        default = fragments.db_default_sql(new)
    names = {"table": editor.quote(change.table.name), "column": editor.quote(new.column)}
    act = Act(Kind.UPDATE, change.table.name)
    editor.run_named("update_with_default", act, **names, default=default)


# ---------------------------------------------------------------- keys and what points to them


def _drop_key(change: Change) -> None:
    for name in change.editor.constraints(change.table, None, lambda item: item.primary_key):
        _drop(change, "delete_pk", Kind.DROP_PRIMARY_KEY, name)


def _change_referencing(change: Change, pairs: list[tuple[Column, Column]]) -> None:
    editor = change.editor
    for before, after in pairs:
        table = own_table(after)
        text, later = changed_type(editor, table, before, after)
        acts = column_acts.retyped(table, before, after)
        effects = fragments.rewrites_column(table, after, text)
        editor.run_named("alter_column", acts, *effects, table=editor.quote(table.name), changes=text)
        for step in later:
            step()


def _restore_foreign_keys(change: Change, pairs: list[tuple[Column, Column]]) -> None:
    editor, old, new = change.editor, change.old, change.new
    had_none = not old.is_foreign_key or not old.db_constraint
    if new.is_foreign_key and new.db_constraint and (change.foreign_keys_dropped or had_none):
        editor.run_template(fragments.foreign_key(change.table, new))
    if change.drops_incoming:
        for _, after in pairs:
            if after.db_constraint:
                editor.run_template(fragments.foreign_key(own_table(after), after, "_fk"))


def _pattern_indexes(change: Change) -> None:
    editor, old, new = change.editor, change.old, change.new
    if not editor.profile.pattern_indexes:
        return
    retyped = leaves_text(old, new.db_type) and versions.PATTERN_INDEX_OF_CHANGED_TYPE(editor.version)
    indexed = not (old.db_index or old.unique) and new.db_index
    if indexed or (not old.unique and new.unique) or retyped:
        like = fragments.pattern_index(change.table, new)
        if like is not None:
            editor.run_template(like)
    if old.unique and not (new.db_index or new.unique):
        drop_pattern_index_of_changed_type(editor, change.table, old)
