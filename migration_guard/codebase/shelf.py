"""The searchers of a project, made once: rules ask for them one after the other.

In: a project. Out: its `Codebase` and its `Functions`, kept while it is one of the last two that were asked about.
"""

from __future__ import annotations

from functools import lru_cache

from migration_guard.codebase.functions import Code, Functions
from migration_guard.codebase.search import Codebase
from migration_guard.project.graph import Key
from migration_guard.project.project import Project
from migration_guard.state.apply import replay
from migration_guard.state.model import State
from migration_guard.state.operations import RunPython
from migration_guard.values import Unknown


class Shelf:
    """What was made for one project."""

    def __init__(self, project: Project) -> None:
        self.codebase = Codebase(project)
        self.functions = Functions(project, self.codebase.names)
        self._ancestors: dict[Key, State] = {}
        self._codes: dict[int, tuple[RunPython, Code | Unknown]] = {}

    def code(self, operation: RunPython, before: State) -> Code | Unknown:
        """What the function of an operation does; it is read once for all rules."""
        known = self._codes.get(id(operation))
        if known is None or known[0] is not operation:
            known = self._codes[id(operation)] = (operation, self.functions.read(operation.code, before))
        return known[1]

    def ancestors(self, key: Key) -> State:
        """The state that the migrations build on which one depends, directly or not, and no others."""
        if key not in self._ancestors:
            graph, project = self.codebase.project.graph, self.codebase.project
            plan = [graph.nodes[other] for other in graph.forwards_plan(key) if other != key]
            start = State(swappable=project.swappables)
            self._ancestors[key] = replay(plan, start, project.version)[0]
        return self._ancestors[key]


@lru_cache(maxsize=2)
def shelf(project: Project) -> Shelf:
    """The searchers of a project."""
    return Shelf(project)
