"""Field instances of the interpreter as `state.Field`s.

In: an Instance of a field class, Django's or the project's, or a deconstructed Call that came from one. Out: a Field
with the nearest class of Django's and the options that a custom `deconstruct` hides.
"""

from __future__ import annotations

from dataclasses import replace

from migration_guard.evaluate.export import opaque_call
from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Class, Instance, Object, Raised, Stuck
from migration_guard.project.natives.relations import swappable, target_label
from migration_guard.state.fieldtypes import FIELD_TYPES, NOT_PROVIDED, FieldType
from migration_guard.state.model import Field
from migration_guard.values import Call, Ref, Unknown, Value

# Where Django keeps an option under another attribute than its argument.
ATTRIBUTES = {
    "unique": "_unique",
    "verbose_name": "_verbose_name",
    "db_tablespace": "_db_tablespace",
    "validators": "_validators",
    "error_messages": "_error_messages",
}
# Options that other rooms ask for; the rest of a custom field's hidden attributes nobody needs.
KEPT = (
    "null",
    "blank",
    "default",
    "db_default",
    "primary_key",
    "unique",
    "db_index",
    "max_length",
    "db_column",
    "auto_now",
    "auto_now_add",
    "auto_created",
    "db_collation",
    "max_digits",
    "decimal_places",
)


def field_type(cls: Class) -> FieldType | None:
    """The row of the nearest class of Django's that a class derives from."""
    for base in cls.mro:
        if base.canonical is not None and base.native:
            row = FIELD_TYPES.get(base.canonical.path)
            if row is not None:
                return row
    return None


def is_field(obj: Object) -> bool:
    return isinstance(obj, Instance) and field_type(obj.cls) is not None


def make_field(interp: Interpreter, obj: Instance) -> Field:
    """The Field that an instance is; `unknown` is set where its class or its arguments could not be worked out."""
    row = field_type(obj.cls)
    value = interp.export(obj)
    if isinstance(value, Call) and row is not None:
        attrs = {} if obj.cls.native else _hidden(interp, obj, row, value)
        return Field(value, row, attrs)
    if isinstance(value, Call):
        reason = obj.cls.doubts[0] if obj.cls.doubts else Unknown(f"{obj.cls.name} is not a known field class")
        return Field(value, None, unknown=Unknown(reason.reason, obj.origin, reason.remedy))
    unknown = value if isinstance(value, Unknown) else Unknown(f"{obj.cls.name} could not be deconstructed", obj.origin)
    return Field(opaque_call(interp, obj), row, unknown=unknown)


def _hidden(interp: Interpreter, obj: Instance, row: FieldType, call: Call) -> dict[str, Value]:
    """Options of a custom field that are set and that its deconstruct does not show."""
    attrs: dict[str, Value] = {}
    obj = _cloned(interp, obj)
    for name in KEPT:
        if name in call.kwargs:
            continue
        attribute = ATTRIBUTES.get(name, name)
        if attribute in obj.attrs:
            value = interp.export(obj.attrs[attribute])
            if isinstance(value, Ref) and value.qualname == "NOT_PROVIDED":
                value = NOT_PROVIDED
            if value != row.default(name):
                attrs[name] = value
    if row.relation is not None and "to" not in call.kwargs:
        attrs |= _target(interp, obj)
    return attrs


def _cloned(interp: Interpreter, obj: Instance) -> Instance:
    """The field as models have it: Django makes it again of what `deconstruct()` says, which need not be all of it."""
    own = {name for base in obj.cls.mro if not base.native for name in base.namespace}
    try:
        made = _made_again(interp, obj, "clone" in own) if own & {"__init__", "clone"} else obj
    except (Stuck, Raised):
        return obj
    return made if isinstance(made, Instance) else obj


def _made_again(interp: Interpreter, obj: Instance, by_itself: bool) -> Object:
    if by_itself:
        return interp.call(interp.getattr(obj, "clone"), [], {})
    parts = interp.call(interp.getattr(obj, "deconstruct"), [], {})
    if not (isinstance(parts, tuple) and len(parts) == 4 and isinstance(parts[3], dict)):
        return obj
    return interp.call(obj.cls, interp.iterate(parts[2]), dict(parts[3]))


def _target(interp: Interpreter, obj: Instance) -> dict[str, Value]:
    """The model that a relation refers to, where its deconstruct does not say."""
    remote = obj.attrs.get("remote_field")
    to = remote.attrs.get("model") if isinstance(remote, Instance) else None
    if to is None:
        return {}
    return {"to": interp.export(swappable(interp, obj, to, target_label(interp, to)))}


def field_of(interp: Interpreter, value: Value) -> Field:
    """The Field for a value given where a field belongs, as in `AddField(field=...)`."""
    if isinstance(value, Call):
        made = interp.made.get(id(value))
        if made is not None:
            obj = made[1]
            row = field_type(obj.cls)
            if row is not None:
                return Field(value, row, {} if obj.cls.native else _hidden(interp, obj, row, value))
        reason = Unknown(f"the class {value.func.path} could not be read", value.origin)
        return Field(value, None, unknown=reason)
    unknown = value if isinstance(value, Unknown) else Unknown("this is not a field")
    return Field(Call(Ref("", "?", certain=False), origin=unknown.origin), None, unknown=unknown)


def copied(obj: Instance) -> Instance:
    """A field as an heir gets it: with a relation of its own, that is of this field."""
    copy = Instance(obj.cls, dict(obj.attrs), obj.args, dict(obj.kwargs), obj.origin, obj.order, obj.doubts)
    remote = obj.attrs.get("remote_field")
    if isinstance(remote, Instance):
        own = {"field": copy} if remote.attrs.get("field") is obj else {}
        copy.attrs["remote_field"] = replace(remote, attrs={**remote.attrs, **own})
    return copy
