"""The library's public face: open a project, check it, show its migrations and its states.

Wires the rooms and returns values; prints nothing and asks nobody. What users may do wrong raises `UsageError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migration_guard.checking import findings, own_labels
from migration_guard.diagnostics import Diagnostic, Locator, Place, Report, Selection, UsageError, suggestion
from migration_guard.project.project import Options, Project, open_projects
from migration_guard.state.model import State
from migration_guard.values import Origin

if TYPE_CHECKING:
    from migration_guard.scoping import Wish
    from migration_guard.source.lower_ast import Position

__all__ = [
    "Judging",
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


@dataclass(frozen=True, slots=True)
class Judging:
    """How hazards are looked for: `since` a ref or "all", `staged` only; what the configuration says goes without."""

    since: str | None = None
    staged: bool = False
    extend_select: Sequence[str] = ()
    strict: bool = False

    @property
    def wish(self) -> Wish:
        from migration_guard.scoping import Wish

        return Wish(self.since, self.staged)


def open_project(options: Options) -> Project:
    """The one project that the options name."""
    projects = open_projects(options)
    if len(projects) > 1:
        names = ", ".join(shown_path(project.root.path) for project in projects)
        raise UsageError(f"there are {len(projects)} projects here: {names}", "choose one with --project DIR")
    return projects[0]


def check(
    project: Project,
    labels: Sequence[str] = (),
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    judging: Judging | None = None,
) -> Report:
    """Missing migrations, conflicts, errors of the graph, hazards of new migrations, and what could not be known."""
    asked = judging or Judging()
    selection = _selection(project, select, ignore, asked)
    for label in labels:
        project.app(label)
    if project.root.manage is None and project.choice.value is None and not own_labels(project):
        where = shown_path(project.root.path)
        hint = "name the project's folder with --project, or its settings with --settings"
        raise UsageError(f"no Django project in {where}: no manage.py, no settings, no apps", hint)
    report = findings(project, frozenset(labels))
    report = report if "MG101" in selection else replace(report, clean="No findings.")
    return _judged(report, project, selection, asked, frozenset(labels))


def _selection(project: Project, select: Sequence[str], ignore: Sequence[str], asked: Judging) -> Selection:
    """The codes that count: as asked for, else as configured. Rules are only loaded where words must be understood."""
    config = project.config
    words = select or config.select or ()
    refused, besides = [*ignore, *config.ignore], [*asked.extend_select, *config.extend_select]
    if not (words or refused or besides):
        return Selection()
    from migration_guard.rules.registry import all_codes, off_by_default

    return Selection.of(all_codes(), words, refused, besides, off_by_default())


def _judged(report: Report, project: Project, selection: Selection, asked: Judging, labels: frozenset[str]) -> Report:
    """The report with what the rules say of new migrations, and without what is excused."""
    from migration_guard.scoping import find_scope
    from migration_guard.sifting import sift

    scope = find_scope(project, asked.wish, labels)
    found: tuple[Diagnostic, ...] = ()
    said: str = scope.said
    files: tuple[str, ...] = ()
    if not scope.empty:
        from migration_guard.linting import lint_scope

        linted = lint_scope(project, None if selection == Selection() else selection, scope)
        found, said, files = linted.diagnostics, linted.said, linted.files
    config, codes = project.config, report.codes
    if found or config.severity or config.per_app_ignores or config.per_file_ignores or config.per_migration_ignores:
        from migration_guard.rules.registry import all_codes

        codes = all_codes()
    whole = replace(
        report,
        diagnostics=(*report.diagnostics, *found),
        notes=(*report.notes, said),
        cautions=report.cautions if scope.caution is None else (*report.cautions, scope.caution),
        stats={**report.stats, "judged": scope.count},
        codes=codes,
        clean=f"{report.clean} {said[0].upper()}{said[1:]}." if scope.partial else report.clean,
        strict=asked.strict or config.strict,
    ).selected(selection)
    return sift(whole, project, codes, locator(), files)


def check_all(
    projects: Sequence[Project],
    labels: Sequence[str] = (),
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    judging: Judging | None = None,
) -> list[Report]:
    """`check` for each of several projects. A label asked for must exist in one of them."""
    if len(projects) == 1:
        return [check(projects[0], labels, select, ignore, judging)]
    known = [{app.label for app in project.apps} for project in projects]
    for label in labels:
        if not any(label in names for names in known):
            message = f"No installed app with label '{label}' in any of the {len(projects)} projects."
            raise UsageError(message, suggestion(label, set().union(*known)))
    reports = []
    for project, names in zip(projects, known, strict=True):
        own = [label for label in labels if label in names]
        if own or not labels:
            report = check(project, own, select, ignore, judging)
            reports.append(replace(report, project=shown_path(project.root.path)))
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
        self._positions: dict[str, Sequence[Position]] = {}

    def locate(self, origin: Origin | Place) -> Place:
        """The place of an origin, relative to the working directory if below it; line 0 where it cannot be found."""
        if isinstance(origin, Place):
            return replace(origin, file=shown_path(origin.file))
        found = self._found(origin.file)
        if origin.at >= len(found):
            return Place(shown_path(origin.file), 0, 0)
        line, column = found[origin.at][:2]
        return Place(shown_path(origin.file), line, column + 1)

    def _found(self, file: str) -> Sequence[Position]:
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
