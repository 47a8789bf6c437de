"""The library's public face: open a project, check it, show its migrations and its states.

Wires the rooms and returns values; prints nothing and asks nobody. What users may do wrong raises `UsageError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from migration_guard.checking import findings, own_labels
from migration_guard.diagnostics import BUILT_IN, Locator, Place, Report, Selection, UsageError, suggestion
from migration_guard.project.project import Options, Project, open_projects
from migration_guard.state.model import State
from migration_guard.values import Origin

__all__ = [
    "Options",
    "Project",
    "Report",
    "check",
    "check_all",
    "locator",
    "open_project",
    "open_projects",
    "show_migrations",
    "state",
]


def open_project(options: Options) -> Project:
    """The one project that the options name."""
    projects = open_projects(options)
    if len(projects) > 1:
        names = ", ".join(shown_path(project.root.path) for project in projects)
        raise UsageError(f"there are {len(projects)} projects here: {names}", "choose one with --project DIR")
    return projects[0]


def check(
    project: Project, labels: Sequence[str] = (), select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> Report:
    """Missing migrations, conflicts, errors of the graph, and what could not be known."""
    selection = Selection.of(BUILT_IN, select or project.config.select or (), [*ignore, *project.config.ignore])
    for label in labels:
        project.app(label)
    if project.root.manage is None and project.choice.value is None and not own_labels(project):
        where = shown_path(project.root.path)
        hint = "name the project's folder with --project, or its settings with --settings"
        raise UsageError(f"no Django project in {where}: no manage.py, no settings, no apps", hint)
    report = findings(project, frozenset(labels)).selected(selection)
    return report if "MG101" in selection else replace(report, clean="No findings.")


def check_all(
    projects: Sequence[Project], labels: Sequence[str] = (), select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> list[Report]:
    """`check` for each of several projects. A label asked for must exist in one of them."""
    if len(projects) == 1:
        return [check(projects[0], labels, select, ignore)]
    known = [{app.label for app in project.apps} for project in projects]
    for label in labels:
        if not any(label in names for names in known):
            message = f"No installed app with label '{label}' in any of the {len(projects)} projects."
            raise UsageError(message, suggestion(label, set().union(*known)))
    reports = []
    for project, names in zip(projects, known, strict=True):
        own = [label for label in labels if label in names]
        if own or not labels:
            reports.append(replace(check(project, own, select, ignore), project=shown_path(project.root.path)))
    return reports


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
    project.as_command = False
    chosen: State = project.models_state if source == "models" else project.replayed[0]
    if format == "text":
        return state_text(chosen, labels or None, project.version)
    return json.dumps(state_json(chosen, labels or None, project.version), indent=1) + "\n"


def locator() -> Locator:
    """Finds lines and columns of origins, reading each file once and only when asked."""
    return _Located()


class _Located:
    def __init__(self) -> None:
        self._positions: dict[str, list[tuple[int, int, int, int]]] = {}

    def locate(self, origin: Origin | Place) -> Place:
        """The place of an origin, relative to the working directory if below it; line 0 where it cannot be found."""
        if isinstance(origin, Place):
            return replace(origin, file=shown_path(origin.file))
        found = self._found(origin.file)
        if origin.at >= len(found):
            return Place(shown_path(origin.file), 0, 0)
        line, column = found[origin.at][:2]
        return Place(shown_path(origin.file), line, column + 1)

    def _found(self, file: str) -> list[tuple[int, int, int, int]]:
        from migration_guard.disk import read_bytes
        from migration_guard.source.errors import SourceError
        from migration_guard.source.lower_ast import positions

        if file not in self._positions:
            try:
                self._positions[file] = positions(read_bytes(file))
            except (OSError, SourceError):
                self._positions[file] = []
        return self._positions[file]


def shown_path(path: object) -> str:
    """A path for people: relative where it lies below the working directory."""
    import os

    full = os.fspath(path)  # type: ignore[call-overload]
    try:
        relative = os.path.relpath(full)
    except ValueError:  # another drive
        return str(full)
    return str(full) if relative.startswith("..") else relative
