"""Operations that are SQL already, or nearly so: RunSQL, and those of `django.contrib.postgres`.

In: the operation, the direction, an Editor. Out: statements as they are written, with parameters filled in.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from migration_guard import versions
from migration_guard.sql.acts import Act, Kind
from migration_guard.sql.catalogue import Catalogue
from migration_guard.sql.dialect import Dialect, Sends
from migration_guard.sql.editor import Editor, Lookup
from migration_guard.sql.handwritten import Known, read
from migration_guard.sql.literals import quote_value
from migration_guard.sql.schema import Schema
from migration_guard.sql.script import split_script
from migration_guard.sql.statements import NoPreview, Refused, SetsCollation, Statement
from migration_guard.state.operations import DatabaseOperation, RunSQL
from migration_guard.values import NONE, Const, Ref, Seq, Unknown, Value, plain

EXTENSIONS = {
    "BloomExtension": "bloom", "BtreeGinExtension": "btree_gin", "BtreeGistExtension": "btree_gist",
    "CITextExtension": "citext", "CryptoExtension": "pgcrypto", "HStoreExtension": "hstore",
    "TrigramExtension": "pg_trgm", "UnaccentExtension": "unaccent",
}  # fmt: skip


def hints_of(operation: RunSQL) -> dict[str, object]:
    """What routers are told of an operation."""
    found = plain(operation.hints)
    return found if isinstance(found, dict) else {"hints": Unknown("the hints of a RunSQL are not known")}


def run_sql(editor: Editor, operation: RunSQL, backwards: bool, schema: Schema) -> None:
    """The statements of a RunSQL."""
    for text in _texts(operation.reverse_sql if backwards else operation.sql, editor):
        _run(editor, schema, text)


def forwards_text(operation: RunSQL, dialect: Dialect, catalogue: Catalogue) -> tuple[str, ...]:
    """The pieces of SQL that a RunSQL sends; NoPreview where they are not known."""
    return tuple(_texts(operation.sql, Editor(dialect, catalogue)))


def _texts(value: Value, editor: Editor) -> Iterator[str]:
    if isinstance(value, Unknown):
        raise NoPreview(f"the SQL is not known: {value.reason}")
    if isinstance(value, Seq):
        for item in value.items:
            text, parameters = _statement(item)
            yield text if parameters is None else _filled(editor, text, parameters)
        return
    if isinstance(value, Ref) and value.certain and editor.profile.statement_batches:
        raise Refused(f"Expected text of SQL, got {value.path}")
    script = plain(value)
    if not isinstance(script, str):
        raise NoPreview("the SQL is not a string that is known")
    if script:
        yield from _split(editor, script)


def _run(editor: Editor, schema: Schema, text: str) -> None:
    """A piece of hand-written SQL. It is taken apart where somebody wants to know what it does."""
    asked = editor.weighs or editor.lookup is Lookup.FOLLOWS
    parts = written_parts(editor, schema, text) if asked else []
    editor.run_written(text, parts)


def send(editor: Editor, part: Sends, schema: Schema) -> None:
    """A statement that the class of an operation sends itself."""
    text = part.text if part.parameters is None else _filled(editor, part.text, part.parameters)
    _run(editor, schema, text)


def written_parts(editor: Editor, schema: Schema, text: str) -> list[Statement]:
    """The statements of hand-written SQL, each with what it does as far as that is understood."""
    known = Known(
        table_of_index=editor.catalogue.table_of,
        column_type=lambda table, column: _column_type(schema, table, column),
        type_change=editor.profile.type_change,
    )
    found = []
    for statement in split_script(text):
        reading = read(statement.rstrip(";"), editor.profile.parser, known)
        acts, effects = (reading.acts, reading.effects) if reading is not None else (None, ())
        found.append(editor.written(statement, acts, effects))
    return found


def _column_type(schema: Schema, table: str, column: str) -> str | None:
    for model in schema.state:
        try:
            found = schema.table(model.key)
            if found.name.lower() == table.lower():
                return next(item.db_type for item in found.columns if item.column.lower() == column.lower())
        except (NoPreview, StopIteration):
            continue
    return None


def _split(editor: Editor, script: str) -> Iterator[str]:
    if editor.profile.statement_batches:
        yield from split_script(script)
    else:
        yield script


def _statement(item: Value) -> tuple[str, Any]:
    """A statement of a list, with its parameters where it has some."""
    if isinstance(item, Const) and isinstance(item.value, str):
        return item.value, None
    if isinstance(item, Seq) and len(item.items) != 2:
        raise Refused(f"Expected a 2-tuple but got {len(item.items)}")
    if isinstance(item, Seq):
        text = plain(item.items[0])
        if not isinstance(text, str):
            raise NoPreview("a statement of the SQL is not known")
        if item.items[1] == NONE:
            return text, None
        marker = object()
        parameters = plain(item.items[1], marker)
        if parameters is marker:
            raise NoPreview("the parameters of the SQL are not constants")
        return text, parameters
    raise NoPreview("a statement of the SQL is not known")


def _filled(editor: Editor, text: str, parameters: Any) -> str:
    dialect = editor.dialect.parameters
    try:
        if isinstance(parameters, dict):
            return text % {name: quote_value(value, dialect) for name, value in parameters.items()}
        return text % tuple(quote_value(value, dialect) for value in parameters)
    except (TypeError, ValueError, KeyError):
        raise NoPreview("the parameters do not fit the SQL") from None


def extension_or_collation(editor: Editor, operation: DatabaseOperation, backwards: bool) -> None:
    """CREATE EXTENSION, CREATE COLLATION and their opposites; nothing on other databases."""
    # Backwards, Django does not ask which database it is; an extension is looked up in a table of PostgreSQL's.
    if not editor.profile.extensions and (not backwards or _asks_for_the_vendor(editor, operation)):
        return
    arguments = operation.arguments
    name = EXTENSIONS.get(operation.kind) or plain(arguments.get("name", NONE))
    if not isinstance(name, str):
        raise NoPreview(f"the name of the {operation.kind} is not known")
    match operation.kind:
        case "CreateCollation" | "RemoveCollation":
            if (operation.kind == "CreateCollation") is backwards:
                acts = (Act(Kind.DROP_COLLATION),)
                editor.run(f"DROP COLLATION {editor.quote(name)}", SetsCollation(name, None), acts=acts)
            else:
                deterministic = plain(operation.arguments.get("deterministic", NONE)) is not False
                text = f"CREATE COLLATION {editor.quote(name)} ({_collation(editor, operation)})"
                editor.run(text, SetsCollation(name, deterministic), acts=(Act(Kind.CREATE_COLLATION),))
        case kind if kind in EXTENSIONS or kind == "CreateExtension":
            _extension(editor, name, backwards)
        case kind:
            raise NoPreview(f"the operation {kind}")


def _asks_for_the_vendor(editor: Editor, operation: DatabaseOperation) -> bool:
    return versions.EXTENSIONS_ASK_FOR_THE_VENDOR(editor.version) and "Extension" in operation.kind


def _extension(editor: Editor, name: str, backwards: bool) -> None:
    """Django asks first whether the extension is there."""
    if backwards:
        if not editor.profile.extensions:
            raise Refused("no such table: pg_extension")
        if editor.catalogue.has_extension(name):
            editor.run(f"DROP EXTENSION IF EXISTS {editor.quote(name)}", acts=(Act(Kind.DROP_EXTENSION),))
    elif not editor.catalogue.has_extension(name):
        editor.run(f"CREATE EXTENSION IF NOT EXISTS {editor.quote(name)}", acts=(Act(Kind.CREATE_EXTENSION),))
        editor.extension_created(name)


def _collation(editor: Editor, operation: DatabaseOperation) -> str:
    values = {key: plain(operation.arguments.get(key, NONE)) for key in ("locale", "provider", "deterministic")}
    words = [f"locale={editor.quote(str(values['locale']))}"]
    if values["provider"] not in (None, "libc"):
        words.append(f"provider={editor.quote(str(values['provider']))}")
    if values["deterministic"] is False:
        words.append("deterministic=false")
    return ", ".join(words)
