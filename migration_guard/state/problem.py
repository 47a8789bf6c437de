"""What is wrong with an operation in the state it meets: plain data, made by `apply` and `validate`, never raised."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from migration_guard.state.operations import Operation
from migration_guard.values import Origin


class Stage(enum.Enum):
    """When Django would fail."""

    LOADING = "loading"
    """As soon as the migrations are read into a state: `makemigrations`, `migrate` and `check` all stop."""
    MIGRATING = "migrating"
    """Only when the operation runs against a database."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an operation cannot be applied. `migration` is filled in by `replay`."""

    message: str
    operation: Operation
    hint: str | None = None
    stage: Stage = Stage.LOADING
    migration: tuple[str, str] | None = None

    @property
    def origin(self) -> Origin | None:
        return self.operation.origin
