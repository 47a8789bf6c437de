"""The library's public face: open a project, check it, show its migrations and its states.

Wires the rooms and returns values; prints nothing and asks nobody. What users may do wrong raises `UsageError`.
"""

from __future__ import annotations

from collections.abc import Sequence

from migration_guard.checking import findings
from migration_guard.diagnostics import BUILT_IN, Locator, Place, Report, Selection, UsageError
from migration_guard.project.project import Options, Project, open_projects
from migration_guard.state.model import State
from migration_guard.values import Origin

__all__ = ["Options", "Project", "Report", "check", "open_project", "open_projects", "show_migrations", "state"]


def open_project(options: Options) -> Project:
    """The one project that the options name."""
    projects = open_projects(options)
    if len(projects) > 1:
        names = ", ".join(str(project.root.path) for project in projects)
        raise UsageError(f"there are {len(projects)} projects here: {names}", "choose one with --project")
    return projects[0]


def check(
    project: Project, labels: Sequence[str] = (), select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> Report:
    """Missing migrations, conflicts, errors of the graph, and what could not be known."""
    selection = Selection.of(BUILT_IN, select or project.config.select or (), [*ignore, *project.config.ignore])
    for label in labels:
        project.app(label)
    return findings(project, frozenset(labels)).selected(selection)


def show_migrations(
    project: Project,
    labels: Sequence[str] = (),
    *,
    plan: bool = False,
    format: str = "text",
    dependencies: bool = False,
) -> str:
    """`showmigrations`: Django's list or plan, or json, mermaid, dot."""
    from migration_guard.project import show

    for label in labels:
        project.app(label)
    return show.show(project.graph, labels or None, plan=plan, format=show.Format(format), dependencies=dependencies)


def state(project: Project, labels: Sequence[str], source: str, format: str = "json") -> str:
    """The state that `source` ("models" or "migrations") describes, as canonical JSON or as text."""
    import json

    from migration_guard.write.statejson import state_json, state_text

    for label in labels:
        project.app(label)
    chosen: State = project.models_state if source == "models" else project.replayed[0]
    if format == "text":
        return state_text(chosen, labels or None, project.version)
    return json.dumps(state_json(chosen, labels or None, project.version), indent=1) + "\n"


def locator(project: Project) -> Locator:
    """Finds lines and columns of origins, reading each file once and only when asked."""
    return _Located(project)


class _Located:
    def __init__(self, project: Project) -> None:
        self._positions: dict[str, list[tuple[int, int, int, int]]] = {}
        self._root = project.root.path

    def locate(self, origin: Origin) -> Place:
        """The place of an origin; line 0 where it cannot be found."""
        from pathlib import Path

        from migration_guard.source.errors import SourceError
        from migration_guard.source.lower_ast import positions

        if origin.file not in self._positions:
            try:
                self._positions[origin.file] = positions(Path(origin.file).read_bytes())
            except (OSError, SourceError):
                self._positions[origin.file] = []
        found = self._positions[origin.file]
        line, column = found[origin.at][:2] if origin.at < len(found) else (0, 0)
        return Place(origin.file, line, column)
