"""Short forms for the tests: fields, models and operations in a few characters."""

from __future__ import annotations

from typing import Any

from migration_guard.state.apply import apply
from migration_guard.state.fieldtypes import FIELD_TYPES
from migration_guard.state.model import Field, State
from migration_guard.state.operations import CreateModel, Operation
from migration_guard.state.problem import Problem
from migration_guard.values import Call, Ref, Unknown, Value, of

VERSION = (5, 2)
DOUBT = Unknown("for a test")


def field(name: str = "TextField", **kwargs: Any) -> Field:
    call = Call(Ref("django.db.models", name), (), {key: of(item) for key, item in kwargs.items()})
    return Field(call, FIELD_TYPES[call.func.path])


def index(name: str, *fields: str) -> Call:
    return Call(Ref("django.db.models", "Index"), (), {"name": of(name), "fields": of(list(fields))})


def model(name: str, options: dict[str, Value] | None = None, /, **fields: Field) -> CreateModel:
    return CreateModel(name, (("id", field("AutoField", primary_key=True)), *fields.items()), options or {})


def after(*operations: Operation, state: State | None = None) -> State:
    state = state or State()
    for operation in operations:
        applied = apply(operation, "app", state, VERSION)
        assert isinstance(applied, State), applied
        state = applied
    return state


def problem(operation: Operation, state: State) -> Problem:
    applied = apply(operation, "app", state, VERSION)
    assert isinstance(applied, Problem)
    return applied
