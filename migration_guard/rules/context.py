"""What a rule may ask beyond its step: the project, the graph, the base ref, the user's policies, source text.

Values and narrow protocols; whoever runs the rules fills them in. Nothing here reads files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Protocol

from migration_guard.project.graph import Graph
from migration_guard.project.project import Project
from migration_guard.rules.published import Base
from migration_guard.rules.step import Step, Steps
from migration_guard.sql.profiles import Profile
from migration_guard.state.model import Field, Model, ModelKey
from migration_guard.versions import Version


class Sources(Protocol):
    """Source text, for rules that look into code. None: there is no such file, or it is no Python."""

    def text(self, file: str) -> str | None:
        """The text of a file."""
        ...

    def body(self, file: str) -> list[Any] | None:
        """The IR of a Python file."""
        ...


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user says of the tables and of how migrations are run."""

    hot_tables: tuple[str, ...] = ()
    large_tables: tuple[str, ...] = ()
    closed_tables: tuple[str, ...] = ()
    """Tables that are to get no further columns."""

    def is_hot(self, table: str) -> bool:
        return _listed(table, self.hot_tables)

    def is_large(self, table: str) -> bool:
        return _listed(table, self.large_tables)

    def is_closed(self, table: str) -> bool:
        return _listed(table, self.closed_tables)


def _listed(table: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(table.lower(), pattern.lower()) for pattern in patterns)


@dataclass(frozen=True, slots=True)
class Context:
    """What holds for all steps of a run."""

    project: Project
    graph: Graph
    version: Version
    judged: tuple[Steps, ...]
    """The migrations that are judged, in the order in which they are applied."""
    sources: Sources
    base: Base | None = None
    policy: Policy = field(default_factory=Policy)
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    """The databases that are judged, by name."""
    gone: Callable[[ModelKey, str | None], bool] = lambda key, name: False
    """Whether the code of the base ref lacks a field, or (None) a model, that its migrations still know."""

    def running_model(self, step: Step, key: ModelKey) -> Model | None:
        """A model as the code has it that runs while the migration is applied; None where that code has none.

        That is the one before the change set. A model renamed in the change set is its old self.
        """
        return step.running.get(step.born.was.get(key, key))

    def running_table(self, step: Step, key: ModelKey) -> Model | None:
        """The same, where the code of the base ref has the model still: asked of models whose table goes away."""
        found = self.running_model(step, key)
        return None if found is None or self.gone(found.key, None) else found

    def running_field(self, step: Step, key: ModelKey, name: str) -> Field | None:
        """A field as the running code has it; None where it has none, or nothing that queries name."""
        model = self.running_model(step, key)
        found = model.fields.get(name) if model is not None else None
        if model is None or found is None or step.born.has_field(key, name):
            return None
        return None if self.gone(model.key, name) else found
