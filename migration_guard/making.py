"""What `makemigrations` would write: a project and a request in, a `Plan` of files out; then the plan on disk.

Nothing is printed and nobody is asked but the `Answers` given. An app of which something is not known is left out of
the plan with its reasons; a question without an answer, and a value that Django refuses, stop the whole of it.
"""

from __future__ import annotations

import datetime
import os
import re
import zoneinfo
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from migration_guard import checking
from migration_guard.diagnostics import suggestion
from migration_guard.diff import (
    Answers,
    Diff,
    Hint,
    Merge,
    NonInteractive,
    Refused,
    Remembered,
    detect,
    empty,
    merge,
    updated,
)
from migration_guard.diff.plan import Doubt, DoubtKind
from migration_guard.project.apps import InstalledApp
from migration_guard.project.project import Project
from migration_guard.state.operations import Migration
from migration_guard.state.problem import Stage
from migration_guard.values import Origin
from migration_guard.write.files import Applied, Create, Delete, FileChange, NotApplied, apply_changes
from migration_guard.write.formatters import Formatter, find_formatters, formatted
from migration_guard.write.literal import Refusal
from migration_guard.write.migration import Header, write_migration


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be made. `labels` are the apps asked for, all of them when empty."""

    labels: tuple[str, ...] = ()
    name: str | None = None
    header: bool = True
    update: bool = False


@dataclass(frozen=True, slots=True)
class Clock:
    """The moment as Django would tell it: in the file's header, and in names."""

    header: datetime.datetime
    names: datetime.datetime


@dataclass(frozen=True, slots=True)
class NewFile:
    """A migration and its file. `previous` is the file whose place it takes (`--update`)."""

    migration: Migration
    path: Path
    text: str
    previous: Path | None = None
    ported: bool = False
    """Functions of other migrations must be copied into it by hand; `previous` is then kept."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An app that nothing was made for, and why. `pending` tells whether it surely lacks a migration."""

    app_label: str
    subject: str
    message: str
    origin: Origin | None = None
    remedy: str | None = None
    pending: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """The files to be made, by app in Django's order; what was left out, and remarks on the way."""

    files: Mapping[str, tuple[NewFile, ...]] = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
    hints: tuple[Hint, ...] = ()

    @property
    def incomplete(self) -> bool:
        """Whether something that is missing was not made."""
        return any(item.pending for item in self.left_out)


Made: TypeAlias = Plan | Refused


def unknown_labels(project: Project, labels: Iterable[str]) -> list[tuple[str, str | None]]:
    """Labels that no installed app has, each with a hint."""
    known = [app.label for app in project.apps]
    found = []
    for label in sorted(set(labels) - set(known)):
        named = next((app.label for app in project.apps if app.name == label), None)
        found.append((label, f"did you mean {named!r}?" if named else suggestion(label, known)))
    return found


def obstacles(project: Project, labels: Sequence[str] = ()) -> list[str]:
    """Why Django could not even load the migrations, one line each."""
    own = checking.own_labels(project) | frozenset(labels)
    found = [problem.message for problem in project.graph.problems if problem.fails]
    return found + [
        f"{broken.path}{f':{broken.line}' if broken.line else ''}: {broken.message}"
        for broken in project.loaded.broken
        if broken.app_label in own
    ]


def obstacles_to_states(project: Project, labels: Sequence[str] = ()) -> list[str]:
    """Why Django could not build the state that the migrations describe."""
    own = checking.own_labels(project) | frozenset(labels)
    return [
        f"{'.'.join(problem.migration)}: {problem.message}"
        for problem in project.replayed[1]
        if problem.stage is Stage.LOADING and problem.migration and problem.migration[0] in own
    ]


def conflicts(project: Project, labels: Sequence[str] = ()) -> dict[str, list[str]]:
    """Apps with several leaf nodes, among those asked for."""
    return {app: names for app, names in project.graph.conflicts().items() if not labels or app in labels}


def clock(project: Project, at: datetime.datetime | None = None) -> Clock:
    """The moment `at` (now) in the project's time zones: the header's is UTC where USE_TZ is set."""
    now = at or datetime.datetime.now(datetime.timezone.utc)
    local = now.astimezone(_zone(project))
    use_tz = project.settings.get_or("USE_TZ", True)
    return Clock(now.astimezone(datetime.timezone.utc) if use_tz is not False else local, local)


def _zone(project: Project) -> datetime.tzinfo | None:
    name = project.settings.get_or("TIME_ZONE", None)
    try:
        return zoneinfo.ZoneInfo(name) if isinstance(name, str) and name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


# Plans


Reshape: TypeAlias = Callable[[Mapping[str, tuple[Migration, ...]]], Mapping[str, tuple[Migration, ...]]]


def plan_changes(
    project: Project, request: Request, answers: Answers, at: Clock, reshape: Reshape | None = None
) -> Made:
    """The missing migrations as files; `reshape` may put others, to the same effect, in the place of these."""
    asked = Remembered(answers)
    diff = _detected(project, request, asked, at)
    if diff.refusals:
        return diff.refusals[0]
    if diff.doubtful_apps():
        diff = _settled_on_a_bare_machine(project, diff, request, asked, at)
    left_out = _left_out(project, diff, request.labels)
    skipped = {item.app_label for item in left_out if item.pending}
    migrations = {app: found for app, found in diff.migrations.items() if app not in skipped}
    if request.update:
        merged = _updated(project, migrations, request, at)
        if isinstance(merged, Refused):
            return merged
        migrations = merged
    if reshape is not None:
        migrations = dict(reshape(migrations))
    made = _files(project, migrations, request, at, complete=reshape is not None)
    if isinstance(made, Refused):
        return made
    files, unwritable = made
    notes = tuple(note.message for note in diff.notes)
    return Plan(files, (*left_out, *unwritable), notes, diff.hints)


def _detected(project: Project, request: Request, answers: Answers, at: Clock) -> Diff:
    return detect(
        project.replayed[0],
        project.models_state,
        checking.target(project),
        checking.leaves(project),
        answers,
        apps=request.labels,
        name=request.name,
        now=at.names,
    )


def _settled_on_a_bare_machine(project: Project, diff: Diff, request: Request, answers: Remembered, at: Clock) -> Diff:
    """The differences; apps that lack the same on a bare machine, where nothing is doubtful, are not stopped by doubts.

    What an environment variable without a default holds is not known; but where the models fit the migrations as long
    as nobody sets it, it is no reason to refuse what the app surely lacks.
    """
    if not project.interpreter.asked_the_machine:
        return diff
    bare = project.anew()
    bare.interpreter.bare = True
    plain = _detected(bare, request, Remembered(NonInteractive(), answers.heard), at)
    doubtful = plain.doubtful_apps()
    settled = {
        app
        for app in diff.doubtful_apps()
        if app not in doubtful and diff.migrations.get(app) == plain.migrations.get(app)
    }
    doubts = [
        replace(doubt, kind=DoubtKind.BARE) if doubt.app_label in settled and doubt.kind.stops else doubt
        for doubt in diff.doubts
    ]
    return replace(diff, doubts=tuple(doubts))


def plan_empty(project: Project, request: Request, at: Clock) -> Made:
    """An empty migration for each app asked for."""
    diff = empty(request.labels, checking.leaves(project), name=request.name, now=at.names)
    made = _files(project, diff.migrations, request, at)
    return made if isinstance(made, Refused) else Plan(made[0], tuple(made[1]))


def plan_merge(project: Project, app_label: str, leaves: Sequence[str], request: Request, at: Clock) -> Merge | Refused:
    """How the branches of an app would be merged."""
    return merge(project.graph, app_label, leaves, name=request.name, now=at.names)


def merge_file(project: Project, planned: Merge, request: Request, at: Clock) -> NewFile | Refused:
    """The file of a merge migration."""
    made = _files(project, {planned.app_label: (planned.migration,)}, request, at)
    if isinstance(made, Refused):
        return made
    return made[0][planned.app_label][0]


def _updated(
    project: Project, migrations: Mapping[str, tuple[Migration, ...]], request: Request, at: Clock
) -> dict[str, tuple[Migration, ...]] | Refused:
    found: dict[str, tuple[Migration, ...]] = {}
    for app, planned in migrations.items():
        migration = updated(project.graph, app, planned, project.version, name=request.name, now=at.names)
        if isinstance(migration, Refused):
            return migration
        found[app] = (migration,)
    return found


def _left_out(project: Project, diff: Diff, labels: Sequence[str]) -> list[LeftOut]:
    wanted = frozenset(labels) or checking.own_labels(project)
    found = []
    for app, doubts in diff.doubtful_apps().items():
        if app in wanted or app in diff.migrations:
            found += [_doubtful(app, doubt, pending=app in diff.migrations) for doubt in doubts]
    for doubt in diff.doubts:
        if not doubt.kind.stops and doubt.app_label in diff.migrations:
            found.append(_doubtful(doubt.app_label, doubt, pending=False))
    return list(dict.fromkeys(found))


def _doubtful(app: str, doubt: Doubt, *, pending: bool) -> LeftOut:
    unknown = doubt.unknown
    return LeftOut(app, doubt.subject, unknown.reason, unknown.origin, unknown.remedy, pending)


def _files(
    project: Project,
    migrations: Mapping[str, tuple[Migration, ...]],
    request: Request,
    at: Clock,
    *,
    complete: bool = False,
) -> tuple[dict[str, tuple[NewFile, ...]], list[LeftOut]] | Refused:
    header = Header(project.target.shown, at.header) if request.header else None
    files: dict[str, tuple[NewFile, ...]] = {}
    left_out = []
    for app, planned in migrations.items():
        folder = migrations_folder(project, app)
        if isinstance(folder, Refused):
            return folder
        previous = _last_file(project, app) if request.update else None
        found = []
        for migration in planned:
            written = write_migration(migration, project.version, header=header, complete=complete)
            if isinstance(written, Refusal):
                if written.error is not None:
                    return Refused(f"{written.error}: {written.message}", app, written.where, status=1)
                left_out.append(LeftOut(app, written.where, written.message, written.origin, written.remedy))
                break
            path = folder / f"{migration.name}.py"
            found.append(NewFile(migration, path, written.text, previous, bool(written.manual_porting)))
        else:
            files[app] = tuple(found)
    return files, left_out


def _last_file(project: Project, app_label: str) -> Path | None:
    leaves = project.graph.leaf_nodes(app_label)
    folder = migrations_folder(project, app_label)
    return folder / f"{leaves[0][1]}.py" if leaves and isinstance(folder, Path) else None


# Places


def migrations_folder(project: Project, app_label: str) -> Path | Refused:
    """Where the migrations of an app are, or will be once somebody makes the folder."""
    app = project.app(app_label)
    dotted = app.migrations_module
    if dotted is None:
        message = (
            f"Django can't create migrations for app '{app_label}' because migrations have been disabled via the "
            "MIGRATION_MODULES setting."
        )
        return Refused(f"ValueError: {message}", app_label, status=1)
    if app.migrations_kind in ("package", "namespace") and app.migrations_dirs:
        if app.migrations_kind == "namespace" and len(app.migrations_dirs) > 1:
            return _nowhere(app, dotted)
        return app.migrations_dirs[0]
    parent, _, last = dotted.rpartition(".")
    if parent == app.name and app.path is not None:
        return app.path / last
    return _new_package(project, app, dotted)


def _new_package(project: Project, app: InstalledApp, dotted: str) -> Path | Refused:
    """The folder of a package that does not exist yet, below the longest part of its name that does."""
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        found = project.interpreter.finder.find(".".join(parts[:cut]))
        if found is not None and found.kind != "module" and len(found.search_paths) == 1:
            return Path(found.search_paths[0]).joinpath(*parts[cut:])
    return _nowhere(app, dotted)


def _nowhere(app: InstalledApp, dotted: str) -> Refused:
    message = (
        f"Could not locate an appropriate location to create migrations package {dotted}. Make sure the toplevel "
        "package exists and can be imported."
    )
    return Refused(f"ValueError: {message}", app.label, status=1)


def shown_path(path: Path) -> str:
    """A path as Django shows it: relative where it is below the working directory."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return str(path)
    return str(path) if relative.startswith("..") else relative


# Writing


@dataclass(frozen=True, slots=True)
class Written:
    """What was done, and what the formatters complained of."""

    applied: Applied
    warnings: tuple[str, ...] = ()


def write_files(
    files: Iterable[NewFile], formatters: Sequence[Formatter] = (), *, package: bool = True
) -> Written | NotApplied:
    """Write the files of a plan: all or none."""
    changes: list[FileChange] = []
    warnings: list[str] = []
    for new in files:
        if new.previous is not None and not new.ported:
            try:
                changes.append(Delete(new.previous, new.previous.read_bytes()))
            except OSError as error:
                return NotApplied(f"cannot read {new.previous}: {error.strerror}", new.previous)
        done = formatted(new.text, new.path, formatters)
        warnings += done.warnings
        changes.append(Create(new.path, done.text, package))
    applied = apply_changes(changes)
    return applied if isinstance(applied, NotApplied) else Written(applied, tuple(warnings))


def project_formatters(project: Project) -> tuple[Formatter, ...]:
    """black where it is found, ruff where the project formats with it."""
    folders = [project.root.path]
    repository = project.root.repository
    if repository is not None:
        folders += [folder for folder in project.root.path.parents if folder.is_relative_to(repository)]
    configured = any(_formats_with_ruff(folder) for folder in folders)
    # As Django does, only what is on PATH: a program of the project's environment is the project's own code.
    return find_formatters(ruff_is_configured=configured)


def _formats_with_ruff(folder: Path) -> bool:
    """A configuration of ruff's formatter, or a hook that runs it: being linted by ruff is not enough."""
    for name, pattern in _RUFF:
        try:
            text = (folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if re.search(pattern, text, re.MULTILINE):
            return True
    return False


_RUFF = (
    ("pyproject.toml", r"^\s*\[tool\.ruff\.format\b"),
    ("ruff.toml", r"^\s*\[format\b"),
    (".ruff.toml", r"^\s*\[format\b"),
    (".pre-commit-config.yaml", r"^\s*-\s*id:\s*[\"']?ruff-format\b"),
)
