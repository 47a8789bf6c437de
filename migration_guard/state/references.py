"""What an operation refers to: models and fields, as Django's optimizer and state ask it.

In: an operation (or a field), a model or a field by name, the app label. Out: True where there may be a reference. As
in Django, what is not known refers to everything: an optimisation too few is harmless.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard import versions
from migration_guard.state.model import Field, ModelKey, resolve_relation
from migration_guard.state.operations import (
    AddField,
    AlterField,
    AlterIndexTogether,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTable,
    AlterModelTableComment,
    AlterOrderWithRespectTo,
    AlterUniqueTogether,
    CreateModel,
    Operation,
    RemoveField,
    RenameField,
    RenameModel,
)
from migration_guard.values import NONE, Call, Const, Map, Seq, Unknown, Value, plain
from migration_guard.versions import Version

__all__ = ["expression_names", "field_references", "references_field", "references_model", "resolve_relation"]


def references_model(operation: Operation, name: str, app_label: str) -> bool:
    """Whether an operation of an app may refer to one of the app's models."""
    lower = name.lower()
    match operation:
        case CreateModel():
            return lower == operation.name.lower() or _created_references(operation, (app_label, lower), app_label)
        case RenameModel():
            return lower in (operation.old_name.lower(), operation.new_name.lower())
        case (
            AlterModelTable()
            | AlterModelTableComment()
            | AlterUniqueTogether()
            | AlterIndexTogether()
            | AlterOrderWithRespectTo()
            | AlterModelOptions()
            | AlterModelManagers()
        ):
            return lower == operation.name.lower()
        case RemoveField() | RenameField():
            return lower == operation.model_name.lower()
        case AddField() | AlterField():
            own = (app_label, operation.model_name.lower())
            return lower == own[1] or field_references(own, operation.field, (app_label, lower))
        case _:
            return True


def references_field(operation: Operation, model_name: str, name: str, app_label: str, version: Version) -> bool:
    """Whether an operation of an app may refer to a field of one of the app's models."""
    match operation:
        case AddField() | AlterField():
            return _field_operation_references(operation, model_name, name, app_label, version)
        case RemoveField():
            return model_name.lower() == operation.model_name.lower() and name == operation.name
        case RenameField():
            names = (operation.old_name.lower(), operation.new_name.lower())
            return references_model(operation, model_name, app_label) and name.lower() in names
        case AlterUniqueTogether(unique_together=together) | AlterIndexTogether(index_together=together):
            return references_model(operation, model_name, app_label) and _together_references(together, name)
        case AlterOrderWithRespectTo(order_with_respect_to=order):
            named = order in (NONE, Const(name)) or isinstance(order, Unknown)
            return references_model(operation, model_name, app_label) and named
        case _:
            return references_model(operation, model_name, app_label)


def field_references(own: ModelKey, field: Field, model: ModelKey, name: str | None = None) -> bool:
    """Whether a field of the model `own` refers to `model`: to its field `name`, where that is given."""
    if field.unknown is not None or (field.is_relation and isinstance(field.attr("to"), Unknown)):
        return True
    to, through = field.label("to"), field.label("through")
    if to is not None and resolve_relation(to, *own) == model and (name is None or _targets(field, name)):
        return True
    if through is None or resolve_relation(through, *own) != model:
        return False
    fields = field.attr("through_fields")
    return name is None or not isinstance(fields, Seq) or Const(name) in fields.items


def expression_names(value: Value) -> Iterator[str]:
    """The first parts of the names of fields in a query expression: `F("a__b")` and `Q(a__gt=1)` name "a"."""
    match value:
        case Call(func=func) if func.name in ("F", "OuterRef", "ResolvedOuterRef"):
            if value.args and isinstance(text := plain(value.args[0]), str):
                yield text.split("__")[0]
        case Call(func=func) if func.name == "Value":
            return
        case Call(func=func) if func.name == "Q":
            for condition in value.args:
                yield from _condition_names(condition)
            for lookup, operand in value.kwargs.items():
                yield lookup.split("__")[0]
                yield from expression_names(operand)
        case Call():
            for argument in (*value.args, *value.kwargs.values()):
                # A function takes a string as the name of a field.
                if isinstance(text := plain(argument), str) and argument in value.args:
                    yield text.split("__")[0]
                yield from expression_names(argument)
        case Seq():
            for item in value.items:
                yield from expression_names(item)
        case Map():
            for _, item in value.items:
                yield from expression_names(item)
        case _:
            return


def _condition_names(condition: Value) -> Iterator[str]:
    match condition:
        case Seq(kind="tuple", items=(Const(value=str() as lookup), operand)):
            yield lookup.split("__")[0]
            yield from expression_names(operand)
        case _:
            yield from expression_names(condition)


def _created_references(operation: CreateModel, model: ModelKey, app_label: str) -> bool:
    own = (app_label, operation.name.lower())
    bases = (base.value for base in operation.bases if isinstance(base, Const) and isinstance(base.value, str))
    if any(resolve_relation(base, *own) == model for base in bases):
        return True
    return bool(operation.incomplete) or any(field_references(own, field, model) for _, field in operation.fields)


def _field_operation_references(
    operation: AddField | AlterField, model_name: str, name: str, app_label: str, version: Version
) -> bool:
    own, field = operation.model_name.lower(), operation.field
    if model_name.lower() == own:
        sources = field.attr("from_fields")
        if name == operation.name or (isinstance(sources, Seq) and Const(name) in sources.items):
            return True
        if (
            versions.GENERATED_FIELD_REFERENCES(version)
            and field.type is not None
            and field.type.name == "GeneratedField"
        ):
            expression = field.attr("expression")
            if isinstance(expression, Unknown) or name in expression_names(expression):
                return True
    return field_references((app_label, own), field, (app_label, model_name.lower()), name)


def _targets(field: Field, name: str) -> bool:
    """Whether a relation to the right model may be one to its field `name`."""
    if field.type is None or field.many_to_many:
        return True
    fields = field.attr("to_fields")
    if isinstance(fields, Seq):
        return Const(name) in fields.items or NONE in fields.items
    target = field.attr("to_field")
    return not isinstance(target, Const) or target.value in (None, name)


def _together_references(together: Value, name: str) -> bool:
    if not isinstance(together, Seq) or not together.items:
        return True
    return any(isinstance(entry, Seq) and Const(name) in entry.items for entry in together)
