"""Tables and columns that come and go: CREATE TABLE, DROP TABLE, ADD COLUMN, DROP COLUMN.

In: an Editor, tables and columns. Out: statements in the editor, in Django's order. Databases that remake tables
instead of altering them do so through `remake`, which builds on this module.
"""

from __future__ import annotations

from collections.abc import Iterable

from migration_guard import versions
from migration_guard.sql import column_acts, fragments, indexes
from migration_guard.sql.acts import Act, Kind
from migration_guard.sql.column import Column
from migration_guard.sql.defaults import default_literal, has_db_default, has_default, is_nothing
from migration_guard.sql.editor import Editor
from migration_guard.sql.parts import Template, plain_name
from migration_guard.sql.schema import Table
from migration_guard.sql.statements import (
    DERIVED,
    Adds,
    Constraint,
    CreatesTable,
    Drops,
    DropsColumn,
    DropsTable,
    NoPreview,
    RenamesTable,
)


def create_table(editor: Editor, table: Table) -> None:
    """A model's table, with what belongs to it; the tables of its many-to-many fields follow."""
    profile = editor.profile
    table.require_all_fields()
    for row in table.together("unique_together"):
        editor.defer(fragments.unique_columns(table, table.columns_of(row)))
    definitions = [_new_column(editor, table, column) for column in table.columns]
    parameters = any(fragments.has_parameters(column) for column in table.columns)
    constraints, inside = _new_constraints(editor, table, parameters)
    definitions += inside
    if table.composite_key is not None:
        names = [str(arg.value) for arg in table.composite_key.field.call.args if hasattr(arg, "value")]
        definitions.append(f"PRIMARY KEY ({', '.join(map(editor.quote, table.columns_of(names)))})")
    text = profile.templates["create_table"] % {
        "table": editor.quote(table.name), "definition": ", ".join(definitions),
    }  # fmt: skip
    if table.tablespace and profile.tablespaces:
        text += f" TABLESPACE {editor.quote(table.tablespace)}"
    editor.run(text, _creation(table, constraints), acts=_created(editor, table))
    _comments(editor, table)
    editor.defer(*_table_indexes(table))
    for field in table.many_to_many:
        if field.through is not None:
            create_table(editor, field.through)


def _created(editor: Editor, table: Table) -> Iterable[Act]:
    yield Act(Kind.CREATE_TABLE, table.name)
    if editor.profile.templates["create_inline_fk"]:
        for column in table.columns:
            if column.is_foreign_key and column.db_constraint and column.target_table.name != table.name:
                yield Act(Kind.REFERENCE_FROM_NEW_TABLE, table.name, (column.target_table.name,))


def _creation(table: Table, constraints: Iterable[Constraint]) -> CreatesTable:
    own = [item for column in table.columns for item in fragments.inline_constraints(table, column)]
    sequences = [fragments.inline_sequence(table, column) for column in table.columns]
    found = tuple(pair for pair in sequences if pair is not None)
    return CreatesTable(table.name, (*own, *constraints), found)


def _new_column(editor: Editor, table: Table, column: Column) -> str:
    profile = editor.profile
    definition = fragments.column_definition(column, table) + _check_and_suffix(column, check_first=True)
    if column.is_foreign_key and column.db_constraint:
        inline = profile.templates["create_inline_fk"]
        if inline:
            definition += " " + inline % {
                "to_table": editor.quote(column.target_table.name),
                "to_column": editor.quote(column.target.column),
                "on_delete_db": column.on_delete_sql,
            }
        else:
            editor.defer(fragments.foreign_key(table, column))
    return f"{editor.quote(column.column)} {definition}"


def _check_and_suffix(column: Column, *, check_first: bool) -> str:
    check = column.check()
    words = [f" CHECK ({check})" if check else "", f" {column.suffix}" if column.suffix else ""]
    return "".join(words if check_first else reversed(words))


def _new_constraints(editor: Editor, table: Table, parameters: bool) -> tuple[list[Constraint], list[str]]:
    found: list[Constraint] = []
    texts: list[str] = []
    for item in table.objects("constraints"):
        if parameters:
            editor.defer(indexes.add(item, table))
            continue
        inline = indexes.inline(item, table)
        editor.defer(inline.later)
        if inline.text:
            texts.append(inline.text)
            unique = item.func.name == "UniqueConstraint"
            columns = table.columns_of(indexes.index_fields(item)) if unique else ()
            index = unique and editor.profile.keys_are_indexes
            name = indexes.object_name(item)
            found.append(Constraint(name, columns, unique=unique, check=not unique, index=index))
    return found, texts


def _comments(editor: Editor, table: Table) -> None:
    if not editor.profile.comments:
        return
    if table.comment:
        alter_table_comment(editor, table)
    if not editor.profile.comments_inline:
        for column in table.columns:
            if column.comment:
                comment_column(editor, table, column)


def alter_table_comment(editor: Editor, table: Table) -> None:
    """The comment on a table; an empty one where there is none any more."""
    template = editor.profile.templates["alter_table_comment"]
    if template and editor.profile.comments:
        text = fragments.quote_value(table.comment, editor.dialect.filled)
        act = Act(Kind.COMMENT_TABLE, table.name)
        editor.run(template % {"table": editor.quote(table.name), "comment": text}, acts=(act,))


def comment_column(editor: Editor, table: Table, column: Column) -> None:
    """COMMENT ON COLUMN."""
    editor.run_named(
        "alter_column_comment",
        Act(Kind.COMMENT_COLUMN, table.name),
        table=editor.quote(table.name),
        column=editor.quote(column.column),
        comment=fragments.comment_literal(column.comment, editor.dialect.filled),
    )


def _table_indexes(table: Table) -> Iterable[Template]:
    if not table.migrates:
        return
    for column in table.columns:
        yield from fragments.field_indexes(table, column)
    if versions.INDEX_TOGETHER_IN_MODELS(table.schema.dialect.version):
        for row in table.together("index_together"):
            yield fragments.create_index(table, table.columns_of(row), suffix="_idx")
    for item in table.objects("indexes"):
        made = indexes.create(item, table)
        if made is not None:
            yield made


def drop_table(editor: Editor, table: Table, *, with_many_to_many: bool = True) -> None:
    """A model's table, after those of its many-to-many fields."""
    if with_many_to_many:
        table.require_all_fields()
        for field in table.many_to_many:
            if field.through is not None:
                drop_table(editor, field.through)
    act = Act(Kind.DROP_TABLE, table.name, tuple(_targets(table)))
    editor.run_named("delete_table", act, DropsTable(table.name), table=editor.quote(table.name))
    editor.forget(lambda template: template.references_table(table.name))
    if editor.profile.no_autofield_sequences:
        editor.run(_drop_sequence(table.name), acts=(Act(Kind.DROP_SEQUENCE, table.name),))


def _targets(table: Table) -> Iterable[str]:
    """The tables that foreign keys of a table reference; where one is not known, the others."""
    for column in table.columns:
        try:
            if column.is_foreign_key and column.db_constraint and column.target_table.name != table.name:
                yield column.target_table.name
        except NoPreview:
            continue


def _drop_sequence(table: str) -> str:
    from_name = f"{table[:24].upper()}_SQ" if len(table) > 27 else f"{table.upper()}_SQ"
    return (
        "\n            DECLARE\n                i INTEGER;\n            BEGIN\n"
        "                SELECT COUNT(1) INTO i FROM USER_SEQUENCES\n"
        f"                    WHERE SEQUENCE_NAME = '{from_name}';\n                IF i = 1 THEN\n"
        f"                    EXECUTE IMMEDIATE 'DROP SEQUENCE \"{from_name}\"';\n                END IF;\n"
        "            END;\n        /"
    )


def rename_table(editor: Editor, old: str, new: str) -> None:
    """ALTER TABLE ... RENAME."""
    same = old.lower() == new.lower() if editor.profile.ignores_table_case else old == new
    if old == new or same:
        return
    names = {"old_table": editor.quote(old), "new_table": editor.quote(new)}
    editor.run_named("rename_table", Act(Kind.RENAME_TABLE, old), RenamesTable(old, new), **names)
    editor.table_renamed(old, new)


def add_column(editor: Editor, table: Table, column: Column) -> None:
    """ADD COLUMN, its default dropped again where it served existing rows only."""
    if not column.has_column:
        return
    profile = editor.profile
    definition = fragments.column_definition(column, table, with_default=True)
    definition += _check_and_suffix(column, check_first=False)
    effects = [Adds(table.name, item) for item in fragments.inline_constraints(table, column)]
    sequence = fragments.inline_sequence(table, column)
    if sequence is not None:
        effects.append(Adds(table.name, sequence=sequence))
    inline = profile.templates["create_column_inline_fk"]
    links = bool(column.is_foreign_key and column.db_constraint and inline)
    if column.is_foreign_key and column.db_constraint:
        if inline:
            made = fragments.foreign_key(table, column)
            effects += [effect for effect in fragments.adds_foreign_key(made, profile) if isinstance(effect, Adds)]
            definition += " " + _inline_foreign_key(editor, table, column, inline)
        else:
            editor.defer(fragments.foreign_key(table, column))
    names = {"table": editor.quote(table.name), "column": editor.quote(column.column)}
    acts = column_acts.added(table, column, links=links)
    editor.run_named("create_column", acts, *effects, **names, definition=definition)
    if not has_db_default(column) and not fragments.skips_default_on_alter(column) and not is_nothing(column):
        drop_default(editor, table, column)
    if column.comment and profile.comments and not profile.comments_inline:
        comment_column(editor, table, column)
    editor.defer(*fragments.field_indexes(table, column))
    if fragments.skips_default(column) and has_default(column) and not is_nothing(column):
        text = f"UPDATE {names['table']} SET {names['column']} = {default_literal(column)}"
        editor.run(text, acts=(Act(Kind.UPDATE, table.name),))


def _inline_foreign_key(editor: Editor, table: Table, column: Column, template: str) -> str:
    name = fragments.foreign_key_name(table, column, fragments.FK_SUFFIX)
    return template % {
        "name": editor.quote(plain_name(name, editor.profile)),
        "namespace": editor.namespace(table.name),
        "column": editor.quote(column.column),
        "to_table": editor.quote(column.target_table.name),
        "to_column": editor.quote(column.target.column),
        "deferrable": editor.profile.deferrable_foreign_keys,
        "on_delete_db": column.on_delete_sql,
    }


def drop_default(editor: Editor, table: Table, column: Column) -> None:
    """The default that a column had for its existing rows goes."""
    template = "alter_column_no_default_null" if column.null else "alter_column_no_default"
    changes = editor.profile.templates[template] % {
        "column": editor.quote(column.column), "type": column.db_type, "default": "",
    }  # fmt: skip
    act = Act(Kind.DROP_DEFAULT, table.name)
    editor.run_named("alter_column", act, table=editor.quote(table.name), changes=changes)


def drop_column(editor: Editor, table: Table, column: Column) -> None:
    """DROP COLUMN, its foreign key first."""
    if not column.has_column:
        return
    if column.is_relation:
        for name in editor.constraints(table, (column.column,), lambda item: item.foreign_key):
            drop_foreign_key(editor, table, name, column)
    names = {"table": editor.quote(table.name), "column": editor.quote(column.column)}
    act = column_acts.dropped(table, column)
    editor.run_named("delete_column", act, DropsColumn(table.name, column.column), **names)
    editor.forget(lambda template: template.references_column(table.name, column.column))


def drop_foreign_key(editor: Editor, table: Table, name: str, column: Column) -> None:
    """A foreign key by name; the name was looked up, so it is derived."""
    names = {"table": editor.quote(table.name), "name": editor.quote(name)}
    text = editor.profile.templates["delete_fk"] % names
    act = Act(Kind.DROP_FOREIGN_KEY, table.name, column_acts.references(column))
    editor.run(text, Drops(table.name, name), acts=(act,), notes=(DERIVED,))
