"""What the differ is told besides the two states: the target of the project, and what is on disk already.

Pure data. Where these facts come from is the business of the project's room.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from migration_guard.project.graph import Graph
from migration_guard.state.model import ModelKey
from migration_guard.versions import LATEST, Version


@dataclass(frozen=True, slots=True)
class Target:
    """The Django version that is written for, and the swappable models.

    `swappables` maps "app_label.modelname" (lower case) to the setting that swaps it: both the model that declares
    `swappable` and the one that the setting names. `settings` maps such a setting to its value ("app_label.Model");
    AUTH_USER_MODEL belongs there.
    """

    version: Version = LATEST
    swappables: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=lambda: {"AUTH_USER_MODEL": "auth.User"})
    ignored_options: frozenset[str] = frozenset()
    """Model options that a project's own `makemigrations` does not compare."""

    def swapped_in(self, setting: str) -> ModelKey | None:
        """The model that a setting names now."""
        app_label, dot, name = self.settings.get(setting, "").partition(".")
        return (app_label, name.lower()) if dot else None


@dataclass(frozen=True, slots=True)
class Leaves:
    """The migrations on disk, as far as new ones must know them.

    `leaf` is the name of each app's last migration (of several, the first by name). `unmigrated` are apps without
    migrations: their models are left out unless the app is asked for. `initial` are apps that have a migrations package
    with nothing in it: Django gives them a first migration unasked.
    """

    leaf: Mapping[str, str] = field(default_factory=dict)
    unmigrated: frozenset[str] = frozenset()
    initial: frozenset[str] = frozenset()

    @classmethod
    def of(cls, graph: Graph) -> Leaves:
        """The leaves of a graph."""
        leaf: dict[str, str] = {}
        for app_label, name in graph.leaf_nodes():
            leaf.setdefault(app_label, name)
        return cls(leaf, graph.unmigrated, graph.migrated - leaf.keys())
