"""From live Django states and migrations to ours, and a questioner whose answers can be heard twice. Tests only."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any
from unittest.mock import Mock

from django.db import models
from django.db.migrations.state import ProjectState
from write import live_operations
from write.live import value_of

from migration_guard.diff import Ignore
from migration_guard.state.fieldtypes import FIELD_TYPES, FieldType
from migration_guard.state.model import Field, State
from migration_guard.state.operations import Dependency, Operation
from migration_guard.values import Call, Const, Map, Seq, SettingsReference, Value

MODULES = {
    "django.db.models.fields.related.": "django.db.models.",
    "django.db.models.fields.json.": "django.db.models.",
    "django.db.models.fields.files.": "django.db.models.",
    "django.db.models.fields.generated.": "django.db.models.",
    "django.db.models.fields.composite.": "django.db.models.",
    "django.db.models.fields.proxy.": "django.db.models.",
    "django.db.models.fields.": "django.db.models.",
    "django.contrib.postgres.fields.array.": "django.contrib.postgres.fields.",
}
OPTIONS = (
    "null",
    "blank",
    "primary_key",
    "auto_now",
    "auto_now_add",
    "db_column",
    "swappable",
    "default",
    "db_default",
)


def type_of(live: Any) -> FieldType | None:
    for cls in type(live).__mro__:
        path = f"{cls.__module__}.{cls.__qualname__}"
        for module, public in MODULES.items():
            if path.startswith(module):
                path = public + path[len(module) :]
                break
        if path in FIELD_TYPES:
            return FIELD_TYPES[path]
    return None


def field_of(live: Any) -> Field:
    call = value_of(live)
    assert isinstance(call, Call)
    attrs: dict[str, Value] = {}
    for name in OPTIONS:
        value = getattr(live, name, None)
        if value is not None and value is not models.NOT_PROVIDED:
            attrs[name] = value_of(value)
    remote = getattr(live, "remote_field", None)
    if remote is not None and isinstance(remote.model, str):
        attrs["to"] = Const(remote.model)
    if live.unique:
        attrs["unique"] = Const(True)
    return Field(call, type_of(live), attrs)


live_operations.field_of = field_of
migration_of = live_operations.migration_of
operation_of = live_operations.operation_of


def state_of(live: ProjectState) -> State:
    return State.of(live_operations.model_of(model) for model in live.models.values())


def dependencies_of(live: Any) -> set[tuple[str, str]]:
    """Dependencies as Django says them."""
    return {(d[0], d[1]) for d in live}


def said(dependencies: tuple[Dependency, ...]) -> set[tuple[str, str]]:
    """Our dependencies, as Django says them."""
    return {("__setting__", d.setting) if d.setting else (d.app_label, d.name) for d in dependencies}


def shape(thing: Any) -> Any:
    """Operations and values as plain nested data that compares and prints well: no origins, no field types."""
    match thing:
        case Field():
            return shape(thing.call)
        case Const(value=SettingsReference() as value):
            return ("setting", value.setting_name)
        case Const():
            return (type(thing.value).__name__, thing.value)
        case Seq(kind="set" | "frozenset"):
            return (thing.kind, sorted(map(repr, map(shape, thing.items))))
        case Seq():
            return (thing.kind, [shape(item) for item in thing.items])
        case Map():
            return {repr(shape(key)): shape(value) for key, value in thing.items}
        case Call():
            return (thing.func.path, [shape(item) for item in thing.args], shape(thing.kwargs))
        case dict():
            return {str(key): shape(thing[key]) for key in sorted(thing)}
        case tuple() | list():
            return [shape(item) for item in thing]
        case _ if is_dataclass(thing) and not isinstance(thing, type):
            names = [f.name for f in fields(thing) if f.name not in ("call", "origin", "certain")]
            return (type(thing).__name__, {name: shape(getattr(thing, name)) for name in names})
        case _:
            return thing


def operation_shapes(operations: tuple[Operation, ...]) -> list[Any]:
    return [shape(replace(operation, call=None)) for operation in operations]


@dataclass
class Heard:
    """A live questioner whose answers are kept, and given again to our differ."""

    live: Any
    answers: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    strange: list[Any] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self.live, name)
        if not name.startswith("ask_"):
            return asked

        def ask(*args: Any, **kwargs: Any) -> Any:
            answer = asked(*args, **kwargs)
            answer = "mocked" if isinstance(answer, Mock) else answer
            key = tuple(
                a.name if hasattr(a, "name_lower") else a
                for a in args
                if isinstance(a, (str, tuple)) or hasattr(a, "name_lower")
            )
            self.answers[(name, *key)] = answer
            return answer

        return ask

    def again(self, name: str, *key: Any) -> Any:
        if (name, *key) not in self.answers:
            self.strange.append((name, *key))
            return None
        return self.answers[(name, *key)]

    def rename_model(self, old: Any, new: Any) -> bool:
        return bool(self.again("ask_rename_model", old.name, new.name))

    def rename_field(self, app_label: str, model_name: str, old_name: str, new_name: str, field: Any) -> bool:
        return bool(self.again("ask_rename", model_name, old_name, new_name))

    def not_null_addition(self, app_label: str, model_name: str, field_name: str) -> Any:
        return value_of(self.again("ask_not_null_addition", field_name, model_name))

    def not_null_alteration(self, app_label: str, model_name: str, field_name: str) -> Any:
        answer = self.again("ask_not_null_alteration", field_name, model_name)
        return Ignore() if answer is models.NOT_PROVIDED else value_of(answer)

    def auto_now_add_addition(self, app_label: str, model_name: str, field_name: str) -> Any:
        return value_of(self.again("ask_auto_now_add_addition", field_name, model_name))

    def unique_callable_default(self, app_label: str, model_name: str, field_name: str) -> None:
        self.again("ask_unique_callable_default_addition", field_name, model_name)

    def merge(self, app_label: str) -> bool:
        return True
