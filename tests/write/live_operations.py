"""From live Django operations and migrations to ours. Tests only."""

from __future__ import annotations

import inspect
from typing import Any

from django.db import models
from django.db.migrations.operations.base import Operation as LiveOperation
from django.db.migrations.state import ModelState
from write.live import value_of

from migration_guard.state import operations as ops
from migration_guard.state.model import Field, Model
from migration_guard.values import NONE, Call, Const, Map, Ref, Value

EXTENSIONS = "django.contrib.postgres.operations"


def field_of(live: models.Field[Any, Any]) -> Field:
    call = value_of(live)
    assert isinstance(call, Call)
    return Field(call, None)


def model_of(live: ModelState) -> Model:
    return Model(
        live.app_label,
        live.name,
        {name: field_of(field) for name, field in live.fields.items()},
        {name: value_of(value) for name, value in live.options.items()},
        bases_of(live.bases),
        managers_of(live.managers),
    )


def bases_of(bases: Any) -> tuple[Value, ...]:
    return tuple(Const(base) if isinstance(base, str) else value_of(base) for base in bases)


def managers_of(managers: Any) -> tuple[tuple[str, Value], ...]:
    return tuple((name, value_of(manager)) for name, manager in managers)


def operation_of(live: LiveOperation) -> Any:
    written = type(live)
    call = Call(Ref(written.__module__, written.__qualname__), *_constructor(live))
    # A subclass that takes the same arguments is understood as what it derives from.
    cls = next((c for c in written.__mro__ if _is_django(c) and c.__init__ is written.__init__), written)
    special = SPECIAL.get(cls.__name__)
    if cls.__module__ == EXTENSIONS and special is None:
        return ops.DatabaseOperation(cls.__name__, dict(_database_arguments(live)), call=call)
    if not _is_django(cls) or cls is LiveOperation:
        return ops.CustomOperation(call=call)
    kind, extra = special or (getattr(ops, cls.__name__), {})
    names = [name for name in kind.__match_args__ if name != "call" and name not in extra]
    return kind(**{name: _attribute(live, name) for name in names}, **extra, call=call)


def _is_django(cls: type) -> bool:
    return cls.__module__.startswith("django.")


SPECIAL: dict[str, tuple[Any, dict[str, Any]]] = {
    "AddIndexConcurrently": (ops.AddIndex, {"concurrently": True}),
    "RemoveIndexConcurrently": (ops.RemoveIndex, {"concurrently": True}),
    "AddConstraintNotValid": (ops.AddConstraint, {"validate": False}),
    "ValidateConstraint": (ops.ValidateConstraint, {}),
}


def _constructor(live: LiveOperation) -> tuple[tuple[Value, ...], dict[str, Value]]:
    args, kwargs = live._constructor_args
    try:
        return tuple(map(value_of, args)), {name: value_of(value) for name, value in kwargs.items()}
    except Exception:
        return (), {}


def _database_arguments(live: Any) -> Any:
    _, args, kwargs = live.deconstruct()
    names = list(inspect.signature(type(live).__init__).parameters)[1:]
    given = dict(zip(names, args, strict=False)) | kwargs
    return [(name, value_of(given[name])) for name in names if name in given]


def _attribute(live: Any, name: str) -> Any:
    if name == "incomplete":
        return ()
    if name == "concurrently":
        return False
    if name == "validate":
        return True
    value = getattr(live, name)
    match name:
        case "fields":
            return tuple((field_name, field_of(field)) for field_name, field in value)
        case "field":
            return field_of(value)
        case "managers":
            return managers_of(value)
        case "bases":
            return () if value == (models.Model,) else bases_of(value)
        case "options":
            return {key: value_of(item) for key, item in value.items()}
        case "state_operations" | "database_operations":
            return tuple(map(operation_of, value))
        case "hints":
            return value_of(value) if value else Map(())
        case "name" | "model_name" | "old_name" | "new_name" | "preserve_default" | "elidable":
            return value
        case "old_fields":
            return NONE if value is None else value_of(value)
        case _:
            return value_of(value)


def migration_of(live: Any) -> ops.Migration:
    """A live migration. Swappable dependencies read from a file are printed by name, as Django does."""
    return ops.Migration(
        live.app_label,
        live.name,
        tuple(operation_of(operation) for operation in live.operations),
        tuple(dependency_of(dependency) for dependency in live.dependencies),
        tuple(dependency_of(dependency) for dependency in live.run_before),
        tuple((app_label, name) for app_label, name in live.replaces or ()),
        live.initial,
        live.atomic,
    )


def dependency_of(live: Any) -> ops.Dependency:
    if live[0] == "__setting__":
        return ops.Dependency("", "__first__", live[1])
    return ops.Dependency(live[0], live[1])
