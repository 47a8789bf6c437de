"""Operations as statements, forwards and backwards: the `match` that gives each operation its SQL.

In: an operation with the state before and after it (`Step`), and an Editor. Out: statements in the editor. What cannot
be known becomes a comment that says so; what Django refuses becomes `Refused`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from migration_guard import versions
from migration_guard.sql import database_operations, fields, fragments, indexes, tables
from migration_guard.sql.acts import Act, Kind
from migration_guard.sql.alter import drop_index
from migration_guard.sql.column import Column, is_hidden, names_of
from migration_guard.sql.dialect import Sends, Surroundings
from migration_guard.sql.editor import Editor
from migration_guard.sql.profiles import Alters
from migration_guard.sql.remake import remake_table
from migration_guard.sql.schema import Schema, Table, together_rows
from migration_guard.sql.statements import PLACEHOLDER, Adds, Constraint, NoPreview, Validates
from migration_guard.sql.statements import Refused as Refused
from migration_guard.state import operations as ops
from migration_guard.state.apply import apply
from migration_guard.state.model import State
from migration_guard.state.operations import Operation
from migration_guard.state.options import INDEX
from migration_guard.state.problem import Problem
from migration_guard.values import NONE, Call, Const, Seq, Unknown, Value

LEAVES_STATE_ALONE = (
    *(ops.RunSQL, ops.RunPython, ops.DatabaseOperation, ops.AlterModelOptions, ops.AlterModelManagers),
    *(ops.AlterConstraint, ops.RemoveField, ops.DeleteModel, ops.RemoveIndex, ops.ValidateConstraint),
    *(ops.SeparateDatabaseAndState, ops.CustomOperation),
)
"""Operations that do not ask for the model classes of the state after them."""


@dataclass(frozen=True, slots=True)
class Step:
    """An operation of an app between two states. Backwards, `before` is the state that has the operation applied."""

    operation: Operation
    app_label: str
    before: State
    after: State
    backwards: bool = False


def write(step: Step, editor: Editor) -> None:
    """The statements of one operation, as Django's `database_forwards` or `database_backwards`."""
    editor.operation = step.operation
    kept = len(editor.statements), list(editor.deferred)
    try:
        _write(_Work(step, editor), step.operation)
    except NoPreview as doubt:
        # Half an operation would be wrong SQL: what of it was written down already is taken back.
        del editor.statements[kept[0] :]
        editor.deferred = kept[1]
        editor.comment(f"-- {PLACEHOLDER}: {doubt.reason}")


class _Work:
    """The tables of both states, made when asked for."""

    def __init__(self, step: Step, editor: Editor) -> None:
        self.step = step
        self.editor = editor
        self.before = editor.schema(step.before)
        self.after = editor.schema(step.after)

    def old(self, name: str) -> Table:
        return self.before.table((self.step.app_label, name.lower()))

    def new(self, name: str) -> Table:
        return self.after.table((self.step.app_label, name.lower()))

    @property
    def surroundings(self) -> Surroundings:
        step, editor = self.step, self.editor

        def table_of(app_label: str, name: str, after: bool) -> str | None:
            schema = self.after if after else self.before
            table = schema.table((app_label, name.lower()))
            return table.name if table.migrates else None

        connection = editor.dialect.profile.connection
        return Surroundings(step.app_label, step.backwards, connection, lambda: editor.catalogue.tables, table_of)

    def migrates(self, schema: Schema, name: str) -> bool:
        return schema.migrates(schema.model((self.step.app_label, name.lower())))


def _write(work: _Work, operation: Operation) -> None:
    dialect = work.editor.dialect
    parts = dialect.override(operation, work.surroundings)
    if isinstance(parts, Unknown):
        raise NoPreview(parts.reason)
    for part in parts:
        if isinstance(part, Sends):
            database_operations.send(work.editor, part, work.before)
        else:
            _write_own(work, operation)


def _write_own(work: _Work, operation: Operation) -> None:
    """What Django's own class does."""
    backwards = work.step.backwards
    match operation:
        case ops.CreateModel():
            (_delete_model if backwards else _create_model)(work, operation.name)
        case ops.DeleteModel():
            (_create_model if backwards else _delete_model)(work, operation.name)
        case ops.RenameModel(old_name=old, new_name=new):
            _rename_model(work, *((new, old) if backwards else (old, new)))
        case ops.AddField() | ops.RemoveField() | ops.AlterField() | ops.RenameField():
            _field_operation(work, operation)
        case ops.AlterModelTable():
            _alter_table(work, operation.name)
        case ops.AlterModelTableComment():
            if work.migrates(work.after, operation.name):
                tables.alter_table_comment(work.editor, work.new(operation.name))
        case ops.AlterUniqueTogether():
            _alter_together(work, operation.name, "unique_together")
        case ops.AlterIndexTogether():
            _alter_together(work, operation.name, "index_together")
        case ops.AlterOrderWithRespectTo():
            _alter_order(work, operation.name)
        case ops.AddIndex() | ops.RemoveIndex() | ops.RenameIndex():
            _index_operation(work, operation)
        case ops.AddConstraint() | ops.RemoveConstraint() | ops.ValidateConstraint():
            _constraint_operation(work, operation)
        case ops.AlterModelOptions() | ops.AlterModelManagers() | ops.AlterConstraint() | ops.RunPython():
            return
        case ops.RunSQL():
            if work.editor.dialect.allows(work.step.app_label, database_operations.hints_of(operation)):
                database_operations.run_sql(work.editor, operation, backwards, work.before)
        case ops.DatabaseOperation():
            if work.editor.dialect.allows(work.step.app_label, {}):
                database_operations.extension_or_collation(work.editor, operation, backwards)
        case ops.SeparateDatabaseAndState():
            _separate(work, operation)
        case ops.CustomOperation():
            _custom(operation)


def _custom(operation: ops.CustomOperation) -> None:
    path = operation.call.func.path if operation.call is not None else "an operation"
    if operation.unknown is not None and path.startswith("django."):
        raise NoPreview(f"{path} could not be read: {operation.unknown.reason}")
    raise NoPreview(f"{path} is not one of Django's operations; what it does to a database is in its code")


def _separate(work: _Work, operation: ops.SeparateDatabaseAndState) -> None:
    step, version = work.step, work.editor.version
    # Backwards, the states are built up from the one without the operation.
    state = step.after if step.backwards else step.before
    states = [state]
    for inner in operation.database_operations:
        following = apply(inner, step.app_label, state, version)
        if isinstance(following, Problem):
            raise NoPreview(following.message)
        states.append(state := following)
    rendered = False
    pairs = list(zip(operation.database_operations, states, states[1:], strict=False))
    for inner, first, second in reversed(pairs) if step.backwards else pairs:
        before, after = (second, first) if step.backwards else (first, second)
        if rendered and not step.backwards:
            work.editor.later_state_first = False
        rendered = rendered or not isinstance(inner, LEAVES_STATE_ALONE)
        _write(_Work(Step(inner, step.app_label, before, after, step.backwards), work.editor), inner)


# ---------------------------------------------------------------- models


def _create_model(work: _Work, name: str) -> None:
    if not work.migrates(work.after, name):
        return
    table = work.new(name)
    tables.create_table(work.editor, table)
    rows = table.together("index_together")
    if rows and not work.step.backwards and not versions.INDEX_TOGETHER_IN_MODELS(work.editor.version):
        _change_together(work, table, "index_together", (), rows)


def _delete_model(work: _Work, name: str) -> None:
    if work.migrates(work.before, name):
        tables.drop_table(work.editor, work.old(name))


def _rename_model(work: _Work, old_name: str, new_name: str) -> None:
    if not work.migrates(work.after, new_name):
        return
    old, new, editor = work.old(old_name), work.new(new_name), work.editor
    tables.rename_table(editor, old.name, new.name)
    if not work.migrates(work.before, old_name):
        # Nothing points to a model that another one has taken the place of.
        return
    for column in work.before.related(old.key, hidden=False):
        if is_hidden(column) and not column.many_to_many:
            continue
        key = new.key if column.model.key == old.key else column.model.key
        later = work.after.table(key)
        earlier = key == column.model.key and not versions.RENAMED_MODEL_MEETS_LATER_TABLES(editor.version)
        fields.alter_field(editor, work.before.table(key) if earlier else later, column, later.find(column.name))
    for before, after in zip(old.many_to_many, new.many_to_many, strict=False):
        if after.target_key == new.key or after.through is None:
            continue
        fields.alter_many_to_many(editor, before, after)


def _alter_table(work: _Work, name: str) -> None:
    if not work.migrates(work.after, name):
        return
    old, new = work.old(name), work.new(name)
    tables.rename_table(work.editor, old.name, new.name)
    for before, after in zip(old.many_to_many, new.many_to_many, strict=False):
        if before.through is not None and after.through is not None:
            tables.rename_table(work.editor, before.through.name, after.through.name)


def _alter_order(work: _Work, name: str) -> None:
    if not work.migrates(work.after, name):
        return
    old, new = work.old(name), work.new(name)
    had, has = (bool(table.model.option("order_with_respect_to") != NONE) for table in (old, new))
    if had and not has:
        fields.remove_field(work.editor, old, old.find("_order"))
    elif has and not had:
        column = new.find("_order")
        if not column.has("default"):
            column = replace(column, field=column.field.with_kwargs(default=Const(0)))
        fields.add_field(work.editor, old, column)


def _alter_together(work: _Work, name: str, option: str) -> None:
    if not work.migrates(work.after, name):
        return
    key = (work.step.app_label, name.lower())
    rows = [together_rows(schema.model(key).option(option), option) for schema in (work.before, work.after)]
    _change_together(work, work.new(name), option, rows[0], rows[1])


Rows = tuple[tuple[str, ...], ...]


def _change_together(work: _Work, table: Table, option: str, old: Rows, new: Rows) -> None:
    unique = option == "unique_together"
    for row in dict.fromkeys(row for row in old if row not in new):
        _drop_composed(work.editor, table, row, unique=unique)
    for row in dict.fromkeys(row for row in new if row not in old):
        columns = table.columns_of(row)
        if unique:
            work.editor.run_template(fragments.unique_columns(table, columns))
        else:
            work.editor.run_template(fragments.create_index(table, columns, suffix="_idx"))


def _drop_composed(editor: Editor, table: Table, row: tuple[str, ...], *, unique: bool) -> None:
    columns = table.columns_of(row)
    if unique and editor.forget_unique(table.name, columns):
        return
    editor.keep_foreign_key_index(table, row[0] if row else None)
    named = [indexes.object_name(item) for option in ("constraints", "indexes") for item in table.objects(option)]
    if unique:
        names = editor.constraints(table, columns, lambda item: item.unique and not item.primary_key, named)
    else:
        names = editor.constraints(table, columns, lambda item: item.index and not item.unique, named)
    expected = fragments.unique_name(table, columns)
    if unique and expected in names and editor.profile.multiple_constraints_on_same_fields:
        names = [expected]
    if len(names) != 1:
        raise Refused(f"Found wrong number ({len(names)}) of constraints for {table.name}({', '.join(columns)})")
    if unique:
        editor.drop_looked_up("delete_unique", Act(Kind.DROP_UNIQUE, table.name), names[0])
    else:
        drop_index(editor, table, names[0])


# ---------------------------------------------------------------- fields


def _field_operation(work: _Work, operation: ops.AddField | ops.RemoveField | ops.AlterField | ops.RenameField) -> None:
    backwards, editor, name = work.step.backwards, work.editor, operation.model_name
    adds = isinstance(operation, ops.RemoveField if backwards else ops.AddField)
    if isinstance(operation, ops.AddField | ops.RemoveField):
        if not work.migrates(work.after if adds else work.before, name):
            return
        old = work.old(name)
        if adds:
            column = work.new(name).find(operation.name)
            fields.add_field(editor, old, _with_own_default(column, operation))
        else:
            fields.remove_field(editor, old, old.find(operation.name))
        return
    if not work.migrates(work.after, name):
        return
    old, new = work.old(name), work.new(name)
    if isinstance(operation, ops.AlterField):
        after = new.find(operation.name)
        fields.alter_field(editor, old, old.find(operation.name), _with_own_default(after, operation))
    else:
        names = (operation.old_name, operation.new_name)
        before, after_name = reversed(names) if backwards else names
        fields.alter_field(editor, old, old.find(before), new.find(after_name))


def _with_own_default(column: Column, operation: ops.AddField | ops.RemoveField | ops.AlterField) -> Column:
    """The field with the default that serves this operation only. Django keeps it backwards too, for AlterField."""
    if isinstance(operation, ops.RemoveField) or operation.preserve_default:
        return column
    return replace(column, field=column.field.with_kwargs(default=operation.field.attr("default")))


# ---------------------------------------------------------------- indexes and constraints


def _refuse_in_transaction(work: _Work, operation: ops.AddIndex | ops.RemoveIndex) -> None:
    if not operation.concurrently:
        return
    if work.editor.in_transaction:
        raise Refused(
            f"The {type(operation).__name__}Concurrently operation cannot be executed inside a transaction "
            "(set atomic = False on the migration)."
        )
    if not work.editor.profile.extensions:
        raise Refused("only PostgreSQL makes and drops indexes concurrently")


def _index_operation(work: _Work, operation: ops.AddIndex | ops.RemoveIndex | ops.RenameIndex) -> None:
    backwards, name = work.step.backwards, operation.model_name
    if isinstance(operation, ops.AddIndex | ops.RemoveIndex):
        _refuse_in_transaction(work, operation)
    match operation:
        case ops.AddIndex():
            if not work.migrates(work.before if backwards else work.after, name):
                return
            if backwards:
                _remove_index(work, work.old(name), _call(operation.index), operation.concurrently)
            else:
                _add_index(work, work.new(name), _call(operation.index), operation.concurrently)
        case ops.RemoveIndex():
            if not work.migrates(work.after if backwards else work.before, name):
                return
            table = work.new(name) if backwards else work.old(name)
            item = indexes.named_object(table, "indexes", operation.name)
            (_add_index if backwards else _remove_index)(work, table, item, operation.concurrently)
        case ops.RenameIndex():
            _rename_index(work, operation)


def _call(value: Value) -> Call:
    if not isinstance(value, Call):
        raise NoPreview("the index or constraint is not known")
    return value


def _add_index(work: _Work, table: Table, item: Call, concurrently: bool = False) -> None:
    made = indexes.create(item, table, concurrently=concurrently)
    if made is not None:
        work.editor.run_template(made)


def _remove_index(work: _Work, table: Table, item: Call, concurrently: bool = False) -> None:
    if indexes.has_expressions(item) and not work.editor.profile.expression_indexes:
        return
    first = None if indexes.has_expressions(item) else next(iter(indexes.index_fields(item)), None)
    work.editor.keep_foreign_key_index(table, first)
    name = indexes.object_name(item)
    work.editor.run_template(indexes.remove(table, name, concurrently=concurrently))
    work.editor.forget_index(table.name, name)


def _rename_index(work: _Work, operation: ops.RenameIndex) -> None:
    backwards, editor = work.step.backwards, work.editor
    if not work.migrates(work.after, operation.model_name) or (backwards and not operation.old_name):
        return
    old, new = work.old(operation.model_name), work.new(operation.model_name)
    old_name, new_name = operation.old_name, operation.new_name
    if old_name and backwards:
        old_name, new_name = new_name, old_name
    if old_name:
        found = indexes.named_object(old, "indexes", old_name)
    else:
        columns = old.columns_of(names_of(operation.old_fields))
        names = editor.constraints(old, columns, lambda item: item.index and not item.unique)
        if len(names) != 1:
            raise Refused(f"Found wrong number ({len(names)}) of indexes for {old.name}({', '.join(columns)}).")
        old_name = names[0]
        fields_of = operation.old_fields
        items = fields_of.items if isinstance(fields_of, Seq) else ()
        found = Call(INDEX, (), {"fields": Seq("list", items), "name": Const(old_name)})
    if old_name == new_name:
        return
    if editor.profile.renames_indexes:
        editor.run_template(indexes.rename(new, old_name, new_name))
    else:
        _remove_index(work, new, found)
        _add_index(work, new, indexes.named_object(new, "indexes", new_name))


def _constraint_operation(
    work: _Work, operation: ops.AddConstraint | ops.RemoveConstraint | ops.ValidateConstraint
) -> None:
    backwards, name, editor = work.step.backwards, operation.model_name, work.editor
    if isinstance(operation, ops.ValidateConstraint):
        if not backwards and work.migrates(work.before, name):
            table = work.old(name)
            constraint = editor.quote(operation.name)
            act = Act(Kind.VALIDATE_CHECK, table.name)
            text = f"ALTER TABLE {editor.quote(table.name)} VALIDATE CONSTRAINT {constraint}"
            editor.run(text, Validates(table.name, operation.name), acts=(act,))
        return
    adds = isinstance(operation, ops.RemoveConstraint if backwards else ops.AddConstraint)
    if not work.migrates(work.after, name):
        return
    table = work.new(name)
    if isinstance(operation, ops.AddConstraint):
        item = _call(operation.constraint)
        if not operation.validate and adds:
            made = indexes.add(item, work.old(name))
            if made is not None:
                acts = (Act(Kind.ADD_CHECK_NOT_VALID, table.name),)
                effect = Adds(table.name, Constraint(indexes.object_name(item), check=True, valid=False))
                editor.run(made.render(editor.profile) + " NOT VALID", effect, acts=acts)
            return
    else:
        item = indexes.named_object(work.new(name) if backwards else work.old(name), "constraints", operation.name)
    (_add_constraint if adds else _remove_constraint)(editor, table, item)


def _add_constraint(editor: Editor, table: Table, item: Call) -> None:
    if editor.profile.alters is Alters.REMAKE and not indexes.is_separate(item):
        remake_table(editor, table)
        return
    made = indexes.add(item, table)
    if made is not None:
        editor.run_template(made)


def _remove_constraint(editor: Editor, table: Table, item: Call) -> None:
    if editor.profile.alters is Alters.REMAKE and not indexes.is_separate(item):
        remake_table(editor, table)
        return
    made = indexes.drop(item, table)
    if made is not None:
        if item.func.name == "UniqueConstraint":
            editor.keep_foreign_key_index(table, indexes.unique_columns_first(item))
        editor.run_template(made)
