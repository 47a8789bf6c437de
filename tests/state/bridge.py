"""Real Django's operations and states in our terms, through `deconstruct()`; runs under any supported Django."""

from __future__ import annotations

import types
from functools import partial
from typing import Any

import django
from django.conf import settings
from django.db.models import Manager
from django.db.models import Model as DjangoModel

if not settings.configured:
    settings.configure(INSTALLED_APPS=[], DEFAULT_AUTO_FIELD="django.db.models.AutoField", USE_TZ=True)
    django.setup()

from migration_guard.state.apply import MODEL
from migration_guard.state.fieldtypes import FIELD_TYPES
from migration_guard.state.model import Field, Model, State
from migration_guard.state.operations import Operation
from migration_guard.state.signatures import bind
from migration_guard.values import Call, Const, Map, Ref, Seq, Unknown, Value

VERSION = django.VERSION[:2]


def ref(path: str) -> Ref:
    module, _, name = path.rpartition(".")
    return Ref(module, name)


def value_of(value: Any) -> Value:
    """A Django object as a Value; operations and fields become the Calls that make them."""
    if value is DjangoModel:
        return MODEL
    if isinstance(value, (list, tuple, set, frozenset)):
        return Seq(type(value).__name__, tuple(map(value_of, value)))
    if isinstance(value, dict):
        return Map(tuple((value_of(key), value_of(item)) for key, item in value.items()))
    if isinstance(value, Manager):
        _, path, _, args, kwargs = value.deconstruct()
        return call(path, args, kwargs)
    if isinstance(value, (type, types.FunctionType)):
        return Ref(value.__module__, value.__qualname__)
    if isinstance(value, partial):
        return call("functools.partial", (value.func, *value.args), value.keywords)
    if hasattr(value, "deconstruct"):
        parts = value.deconstruct()
        path, args, kwargs = parts[-3:]
        if hasattr(value, "state_forwards"):
            path = f"{type(value).__module__}.{path}"
        if path.endswith(".CreateModel"):  # Its `deconstruct` leaves a lone default manager out.
            kwargs["managers"] = value.managers
        if getattr(value, "elidable", False):  # Not deconstructed before Django 6.1.
            kwargs["elidable"] = True
        return call(path, args, kwargs)
    return Const(value)


def call(path: str, args: Any, kwargs: dict[str, Any]) -> Call:
    return Call(ref(path), tuple(map(value_of, args)), {name: value_of(item) for name, item in kwargs.items()})


def field_of(value: Value) -> Field:
    assert isinstance(value, Call)
    return Field(value, FIELD_TYPES.get(value.func.path))


def operation_of(operation: Any) -> Operation:
    bound = bind(value_of(operation), field_of)  # type: ignore[arg-type]
    assert not isinstance(bound, Unknown), bound
    return bound


def model_of(model: Any) -> Model:
    return Model(
        model.app_label,
        model.name,
        {name: field_of(value_of(field)) for name, field in model.fields.items()},
        {name: value_of(option) for name, option in model.options.items()},
        tuple(map(value_of, model.bases)),
        tuple((name, value_of(manager)) for name, manager in model.managers),
    )


def state_of(state: Any) -> State:
    return State.of(map(model_of, state.models.values()))


def copied(state: Any) -> Any:
    """A copy of a Django state that shares no field with it: `rename_field` changes fields in place."""
    copy = state.clone()
    for model in copy.models.values():
        model.fields = {name: field.clone() for name, field in model.fields.items()}
    return copy


def form(value: Any) -> Any:
    """A comparable, readable form: sets without order, everything else with it."""
    match value:
        case Const():
            return value.value
        case Ref():
            return value.path
        case Call():
            kwargs = sorted((name, form(item)) for name, item in value.kwargs.items())
            return ("call", value.func.path, [form(arg) for arg in value.args], kwargs)
        case Seq(kind="set" | "frozenset"):
            return ("set", sorted((form(item) for item in value.items), key=repr))
        case Seq():
            return (value.kind, [form(item) for item in value.items])
        case Map():
            return ("dict", [(form(key), form(item)) for key, item in value.items])
        case Field():
            return form(value.call)
        case Unknown():
            return ("unknown", value.reason)
        case tuple() | list():
            return [form(item) for item in value]
        case dict():
            return [(name, form(item)) for name, item in value.items()]
        case _ if hasattr(value, "__dataclass_fields__"):
            names = [name for name in value.__dataclass_fields__ if name not in ("call", "incomplete")]
            return (type(value).__name__, [(name, form(getattr(value, name))) for name in names])
        case _:
            return value


def state_form(state: State) -> dict[str, Any]:
    """Models with what a state means; the order of options is not part of it, that of fields is."""
    return {
        model.label_lower: (
            model.name,
            [(name, form(field)) for name, field in model.fields.items()],
            {
                name: _unordered(form(option)) if name.endswith("_together") else form(option)
                for name, option in model.options.items()
            },
            form(model.bases),
            form(model.managers),
        )
        for model in state
    }


def _unordered(option: Any) -> Any:
    """Lists that Django makes of sets come in any order."""
    return (option[0], sorted(option[1], key=repr)) if isinstance(option, tuple) else option
