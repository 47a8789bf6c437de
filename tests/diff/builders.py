"""Short ways to say fields, models and states. Tests only."""

from __future__ import annotations

from typing import Any

from migration_guard.diff import Leaves, Target, detect
from migration_guard.state.fieldtypes import FIELD_TYPES
from migration_guard.state.model import Field, Model, State
from migration_guard.values import Call, Ref, Unknown, of

TARGET = Target((5, 2), {"auth.user": "AUTH_USER_MODEL"}, {"AUTH_USER_MODEL": "auth.User"})
CASCADE = Ref("django.db.models.deletion", "CASCADE")


def fld(kind: str = "IntegerField", unknown: Unknown | None = None, **kwargs: Any) -> Field:
    row = FIELD_TYPES[f"django.db.models.{kind}"]
    if row.relation in ("fk", "o2o"):
        kwargs.setdefault("on_delete", CASCADE)
    return Field(Call(Ref("django.db.models", kind), (), {k: of(v) for k, v in kwargs.items()}), row, unknown=unknown)


def model(
    label: str, options: dict[str, Any] | None = None, incomplete: tuple[Unknown, ...] = (), **fields: Field
) -> Model:
    app_label, _, name = label.partition(".")
    every = {"id": fld("AutoField", primary_key=True), **fields}
    return Model(app_label, name, every, {k: of(v) for k, v in (options or {}).items()}, incomplete=incomplete)


def diff(before: list[Model] | State, after: list[Model] | State, answers: Any = None, **kwargs: Any) -> Any:
    old = before if isinstance(before, State) else State.of(before)
    new = after if isinstance(after, State) else State.of(after)
    leaves = kwargs.pop("leaves", Leaves(dict.fromkeys({*old.apps}, "0001_initial"), initial=frozenset(new.apps)))
    return detect(old, new, kwargs.pop("target", TARGET), leaves, answers, **kwargs)


def operations(result: Any) -> list[str]:
    """Class names of all operations."""
    return [type(o).__name__ for migrations in result.migrations.values() for m in migrations for o in m.operations]
