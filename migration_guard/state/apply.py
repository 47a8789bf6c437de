"""Operations at work on a state: `apply` one, `replay` whole migrations.

In: an operation and the state before it. Out: the state after it, exactly as Django's `state_forwards` leaves it,
oddities included; or a Problem where Django would raise. Nothing is raised on user input, and no given state is
changed. Where the state is in doubt (an unread base, an operation not understood) nothing is a Problem.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

from migration_guard.state.model import Field, Model, ModelKey, State, resolve_relation
from migration_guard.state.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterConstraint,
    AlterField,
    AlterIndexTogether,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTable,
    AlterModelTableComment,
    AlterOrderWithRespectTo,
    AlterUniqueTogether,
    CreateModel,
    CustomOperation,
    DatabaseOperation,
    DeleteModel,
    Migration,
    Operation,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RenameField,
    RenameIndex,
    RenameModel,
    RunPython,
    RunSQL,
    SeparateDatabaseAndState,
    ValidateConstraint,
)
from migration_guard.state.options import (
    appended,
    indexed_together,
    malformed,
    normalize_together,
    renamed_in_together,
    renamed_object,
    replaced_object,
    unnamed_index,
    without_object,
    without_together,
)
from migration_guard.state.problem import Problem
from migration_guard.values import Call, Const, Ref, Seq, SettingsReference, Unknown, Value, assert_never
from migration_guard.versions import Version

MODEL = Ref("django.db.models", "Model")
"""What stands for `models.Model` in `Model.bases`."""

ALTER_OPTION_KEYS = (
    "base_manager_name",
    "default_manager_name",
    "default_related_name",
    "get_latest_by",
    "managed",
    "ordering",
    "permissions",
    "default_permissions",
    "select_on_save",
    "verbose_name",
    "verbose_name_plural",
)
"""The options that `AlterModelOptions` removes when it does not name them."""

Change: TypeAlias = Callable[[Model], "Model | Problem"]


def apply(operation: Operation, app_label: str, state: State, version: Version) -> State | Problem:
    """The state after an operation of a migration of `app_label`, or what Django would raise."""
    match operation:
        case CreateModel():
            return _create_model(operation, app_label, state)
        case DeleteModel():
            key = (app_label, operation.name.lower())
            if key not in state and not state.may_have_more(app_label):
                return _no_such_model(operation, app_label, operation.name)
            return state.drop(key)
        case RenameModel():
            return _rename_model(operation, app_label, state)
        case AddField() | AlterField():
            return _set_field(operation, app_label, state)
        case RemoveField():
            return _remove_field(operation, app_label, state)
        case RenameField():
            return _rename_field(operation, app_label, state, version)
        case AddIndex() | RemoveIndex() | RenameIndex() | AddConstraint() | RemoveConstraint() | AlterConstraint():
            return _alter_objects(operation, app_label, state, version)
        case SeparateDatabaseAndState() | RunSQL():
            return _apply_all(operation.state_operations, app_label, state, version)
        case CustomOperation():
            return _apply_custom(operation, app_label, state, version)
        case RunPython() | DatabaseOperation() | ValidateConstraint():
            return state
        case _:
            return _alter_model(operation, app_label, state)


def replay(migrations: Iterable[Migration], state: State, version: Version) -> tuple[State, tuple[Problem, ...]]:
    """The state after migrations in the order of the plan, and what Django would have raised on the way.

    Where Django would have stopped, the operation is skipped and its app is in doubt from there on, so that one
    mistake is reported once.
    """
    problems: list[Problem] = []
    for migration in migrations:
        if migration.problems:
            state = doubt_models(state, migration.app_label, None, *migration.problems)
        for operation in migration.operations:
            after = apply(operation, migration.app_label, state, version)
            if isinstance(after, Problem):
                problems.append(replace(after, migration=migration.key))
                reason = Unknown(f"{migration.app_label}.{migration.name}: {after.message}", operation.origin)
                after = doubt_models(state, migration.app_label, None, reason)
            state = after
    return state, tuple(problems)


def doubt_models(state: State, app_label: str, names: Iterable[str] | None, *reasons: Unknown) -> State:
    """A state in which some models of an app (all of them for None) are no longer known for certain.

    A name that no model has puts the whole app in doubt: that model may exist from now on.
    """
    models = state.apps.get(app_label, {})
    keys = list(models) if names is None else [name.lower() for name in names]
    known = [models[key] for key in keys if key in models]
    state = state.put(*(replace(model, incomplete=(*model.incomplete, *reasons)) for model in known))
    return state.doubt(app_label, *reasons) if names is None or len(known) < len(keys) else state


def _apply_all(operations: Iterable[Operation], app_label: str, state: State, version: Version) -> State | Problem:
    for operation in operations:
        after = apply(operation, app_label, state, version)
        if isinstance(after, Problem):
            return after
        state = after
    return state


def _apply_custom(operation: CustomOperation, app_label: str, state: State, version: Version) -> State | Problem:
    after = _apply_all(operation.state_operations, app_label, state, version)
    if operation.unknown is None or isinstance(after, Problem):
        return after
    if operation.creates:
        return after.with_further(app_label, operation.unknown)
    return doubt_models(after, app_label, operation.touches, operation.unknown)


def _no_such_model(operation: Operation, app_label: str, name: str) -> Problem:
    return Problem(
        f'there is no model "{app_label}.{name}" at this point',
        operation,
        "Is a dependency missing, or was the model renamed or deleted before?",
    )


def _no_such_field(operation: Operation, model: Model, name: str) -> Problem:
    similar = [known for known in model.fields if known.lower() == name.lower()]
    hint = f'Names of fields are case-sensitive here: there is "{similar[0]}".' if similar else None
    return Problem(f'{model.app_label}.{model.name} has no field "{name}" at this point', operation, hint)


def _change(operation: Operation, app_label: str, name: str, state: State, change: Change) -> State | Problem:
    """The state with one model changed."""
    model = state.get((app_label, name.lower()))
    if model is None:
        return state if state.may_have_more(app_label) else _no_such_model(operation, app_label, name)
    changed = change(model)
    return changed if isinstance(changed, Problem) else state.put(changed)


def _create_model(operation: CreateModel, app_label: str, state: State) -> State | Problem:
    wrong = malformed(operation) or unnamed_index(operation)
    if wrong:
        return Problem(wrong, operation)
    empty = Seq("list", ())
    model = Model(
        app_label,
        operation.name,
        dict(operation.fields),
        {"indexes": empty, "constraints": empty, **operation.options},
        operation.bases or (MODEL,),
        operation.managers,
        operation.origin,
        operation.incomplete,
    )
    return state.put(model)


def _alter_model(
    operation: AlterModelTable
    | AlterModelTableComment
    | AlterUniqueTogether
    | AlterIndexTogether
    | AlterOrderWithRespectTo
    | AlterModelOptions
    | AlterModelManagers,
    app_label: str,
    state: State,
) -> State | Problem:
    def change(model: Model) -> Model:
        match operation:
            case AlterModelManagers():
                return replace(model, managers=operation.managers)
            case AlterModelOptions():
                cleared = {key for key in ALTER_OPTION_KEYS if key not in operation.options}
                kept = {key: value for key, value in model.options.items() if key not in cleared}
                return replace(model, options={**kept, **operation.options})
            case AlterModelTable():
                return _with_option(model, "db_table", operation.table)
            case AlterModelTableComment():
                return _with_option(model, "db_table_comment", operation.table_comment)
            case AlterUniqueTogether():
                return _with_option(model, "unique_together", normalize_together(operation.unique_together))
            case AlterIndexTogether():
                return _with_option(model, "index_together", normalize_together(operation.index_together))
            case AlterOrderWithRespectTo():
                return _with_option(model, "order_with_respect_to", operation.order_with_respect_to)
            case _:
                assert_never(operation)

    return _change(operation, app_label, operation.name, state, change)


def _with_option(model: Model, name: str, value: Value) -> Model:
    return replace(model, options={**model.options, name: value})


def _alter_objects(
    operation: AddIndex | RemoveIndex | RenameIndex | AddConstraint | RemoveConstraint | AlterConstraint,
    app_label: str,
    state: State,
    version: Version,
) -> State | Problem:
    wrong = malformed(operation)
    if wrong:
        return Problem(wrong, operation)

    def change(model: Model) -> Model:
        indexes, constraints = (model.option(name, Seq("list", ())) for name in ("indexes", "constraints"))
        match operation:
            case AddIndex():
                return _with_option(model, "indexes", appended(indexes, operation.index))
            case RemoveIndex():
                return _with_option(model, "indexes", without_object(indexes, operation.name))
            case RenameIndex() if operation.old_name:
                return _with_option(model, "indexes", renamed_object(indexes, operation.old_name, operation.new_name))
            case RenameIndex():
                return _name_together(model, operation, version)
            case AddConstraint():
                return _with_option(model, "constraints", appended(constraints, operation.constraint))
            case RemoveConstraint():
                return _with_option(model, "constraints", without_object(constraints, operation.name))
            case AlterConstraint():
                changed = replaced_object(constraints, operation.name, operation.constraint)
                return _with_option(model, "constraints", changed)
            case _:
                assert_never(operation)

    return _change(operation, app_label, operation.model_name, state, change)


def _name_together(model: Model, operation: RenameIndex, version: Version) -> Model:
    """`RenameIndex` of an unnamed index: it leaves "index_together" and becomes an index of its own."""
    index = indexed_together(operation)
    model = _with_option(model, "indexes", appended(model.option("indexes", Seq("list", ())), index))
    together = model.options.get("index_together")
    if together is None:
        return model
    return _with_option(model, "index_together", without_together(together, operation.old_fields, version))


def _set_field(operation: AddField | AlterField, app_label: str, state: State) -> State | Problem:
    field = operation.field if operation.preserve_default else operation.field.with_kwargs(default=None)

    def change(model: Model) -> Model:
        return replace(model, fields={**model.fields, operation.name: field})

    return _change(operation, app_label, operation.model_name, state, change)


def _remove_field(operation: RemoveField, app_label: str, state: State) -> State | Problem:
    def change(model: Model) -> Model | Problem:
        if operation.name not in model.fields:
            return model if model.incomplete else _no_such_field(operation, model, operation.name)
        fields = {name: field for name, field in model.fields.items() if name != operation.name}
        return replace(model, fields=fields)

    return _change(operation, app_label, operation.model_name, state, change)


def _rename_field(operation: RenameField, app_label: str, state: State, version: Version) -> State | Problem:
    old, new = operation.old_name, operation.new_name

    def change(model: Model) -> Model | Problem:
        if old not in model.fields:
            return model if model.incomplete else _no_such_field(operation, model, old)
        # As in Django, the field becomes the last one, unless another of the new name is overwritten.
        fields = {name: field for name, field in model.fields.items() if name != old}
        fields[new] = model.fields[old]
        fields = {name: _with_renamed_sources(field, old, new) for name, field in fields.items()}
        options = dict(model.options)
        for option in ("index_together", "unique_together"):
            if option in options:
                renamed = renamed_in_together(options[option], old, new, version)
                if renamed is None:
                    return Problem(f'Django cannot rename a field while "{option}" is None', operation)
                options[option] = renamed
        return replace(model, fields=fields, options=options)

    state_or_problem = _change(operation, app_label, operation.model_name, state, change)
    if isinstance(state_or_problem, Problem):
        return state_or_problem
    key = (app_label, operation.model_name.lower())
    return _change_references(state_or_problem, key, lambda field: _with_renamed_target(field, old, new), "to")


def _rename_model(operation: RenameModel, app_label: str, state: State) -> State | Problem:
    old, new = (app_label, operation.old_name.lower()), (app_label, operation.new_name.lower())
    model = state.get(old)
    if model is None and not state.may_have_more(app_label):
        return _no_such_model(operation, app_label, operation.old_name)
    if model is not None:
        state = state.put(replace(model, name=operation.new_name))
    label = f"{app_label}.{operation.new_name}"
    setting = state.swappable.get(label.lower())

    def to(field: Field) -> Field:
        swaps = setting is not None and field.attr("swappable") != Const(False)
        value = SettingsReference(label.lower(), setting) if swaps and setting is not None else label.lower()
        return _with_argument(field, "to", Const(value))

    state = _change_references(state, old, to, "to")
    state = _change_references(state, old, lambda field: _with_argument(field, "through", Const(label)), "through")
    # A change of case only: Django removes what it has just added.
    return state.drop(old) if new != old or model is not None else state


def _change_references(state: State, key: ModelKey, change: Callable[[Field], Field], argument: str) -> State:
    """The state with every field changed whose "to" or "through" is the given model."""
    changed = []
    for model in state:
        if key not in model.targets:
            continue
        fields = {}
        for name, field in model.fields.items():
            label = field.label(argument)
            if label is not None and resolve_relation(label, model.app_label, model.name) == key:
                field = change(field)
            fields[name] = field
        changed.append(replace(model, fields=fields))
    return state.put(*changed)


def _with_argument(field: Field, name: str, value: Value) -> Field:
    """A field with an argument replaced where it has one; what `deconstruct` hides stays hidden."""
    kwargs = {**field.call.kwargs, name: value} if name in field.call.kwargs else field.call.kwargs
    attrs = {**field.attrs, name: value} if name in field.attrs else field.attrs
    return replace(field, call=replace(field.call, kwargs=kwargs), attrs=attrs)


def _with_renamed_sources(field: Field, old: str, new: str) -> Field:
    """A field of the model whose field is renamed: `from_fields`, and the fields of a composite primary key."""
    sources = field.call.kwargs.get("from_fields")
    if isinstance(sources, Seq) and sources.items:
        field = _with_argument(field, "from_fields", _renamed_names(sources, old, new))
    if field.type is not None and field.type.name == "CompositePrimaryKey" and Const(old) in field.call.args:
        args = tuple(Const(new) if arg == Const(old) else arg for arg in field.call.args)
        field = replace(field, call=Call(field.call.func, args, field.call.kwargs, field.call.origin))
    return field


def _with_renamed_target(field: Field, old: str, new: str) -> Field:
    """A field that points to the model whose field is renamed."""
    targets = field.call.kwargs.get("to_fields")
    if isinstance(targets, Seq) and Const(old) in targets.items:
        field = _with_argument(field, "to_fields", _renamed_names(targets, old, new))
    if field.call.kwargs.get("to_field") == Const(old):
        field = _with_argument(field, "to_field", Const(new))
    return field


def _renamed_names(names: Seq, old: str, new: str) -> Seq:
    return Seq("tuple", tuple(Const(new) if name == Const(old) else name for name in names), names.origin)
