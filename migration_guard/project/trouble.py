"""What is wrong with a project's files and apps, as findings: unreadable modules, files that are no migrations, apps
without migrations.

In: an opened project. Out: diagnostics with places and hints. Trouble of the graph itself is told by `health`; whether
models and migrations agree is nobody's business here.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from migration_guard.diagnostics import Confidence, Diagnostic, Place, finding
from migration_guard.evaluate.objects import External
from migration_guard.project.apps import InstalledApp
from migration_guard.project.migrations import migration_files
from migration_guard.project.project import Project
from migration_guard.source.errors import SourceError

UNCOMPARED = frozenset({"MG102", "MG103", "MG106", "MG110"})
"""Codes after which the state that an app's migrations build is not known."""


def source_findings(project: Project) -> Iterator[Diagnostic]:
    """The project's own modules that are not Python, and files among the migrations that are no migrations."""
    broken = {item.path: item for item in project.loaded.broken}
    unparsed: set[Path] = set()
    for module in list(project.interpreter.modules.values()):
        if isinstance(module, External) or module.path is None or not module.first_party:
            continue
        error = module.unparsed
        if error is None or module.path in unparsed:
            continue
        unparsed.add(module.path)
        migration = broken.get(module.path)
        subject = f"{migration.app_label}.{migration.name}" if migration is not None else module.name
        yield _unreadable(module.name, module.path, error, subject)
    for item in project.loaded.broken:
        if item.path not in unparsed:
            yield finding(
                "MG106",
                item.message,
                origin=Place(str(item.path), item.line or 0, item.column + 1),
                subject=f"{item.app_label}.{item.name}",
                hint="move it out of the migrations folder, or begin its name with an underscore",
            )


def _unreadable(name: str, path: Path, error: SourceError, subject: str) -> Diagnostic:
    place = Place(str(path), error.line, error.column + 1)
    if error.message.startswith("cannot be read"):
        hint = "make the file readable for this user"
        return finding("MG110", f"{name} {error.message}", origin=place, subject=subject, hint=hint)
    hint = "Python cannot import this file, and what it defines was not compared"
    return finding("MG110", f"{name} is not valid Python: {error.message}", origin=place, subject=subject, hint=hint)


def app_findings(project: Project, wanted: Collection[str], labels: Collection[str]) -> Iterator[Diagnostic]:
    """Apps of the project itself whose migrations Django ignores or that have none. Apps asked for by label get
    their first migration reported as missing instead."""
    for problem in project.apps.problems:
        yield finding(
            "MG111",
            problem.message,
            origin=problem.origin,
            confidence=Confidence.CERTAIN if problem.certain else Confidence.POSSIBLE,
            subject=f"INSTALLED_APPS.{problem.entry}",
        )
    for app in project.apps:
        if app.label not in wanted or not app.first_party:
            continue
        closed = [folder for folder in app.migrations_dirs if not os.access(folder, os.R_OK | os.X_OK)]
        if closed:
            place = Place(str(closed[0]), 0)
            yield finding("MG110", f"the migrations of {app.label} cannot be read", origin=place, subject=app.label)
        elif app.migrations_kind == "namespace" and any(migration_files(app)):
            yield _no_package(app)
        elif app.migrations_kind in ("missing", "module", "namespace") and app.label not in labels:
            yield from _no_migrations(project, app)


def _no_package(app: InstalledApp) -> Diagnostic:
    folder = app.migrations_dirs[0]
    names = [name for name, _ in migration_files(app)]
    return finding(
        "MG107",
        f"{app.label}: Django ignores the migrations, because their folder has no __init__.py",
        origin=Place(str(folder), 0),
        subject=app.label,
        details=(f"ignored: {', '.join(names[:5])}{f' and {len(names) - 5} more' if len(names) > 5 else ''}",),
        hint=f"add an empty {folder.name}/__init__.py",
    )


def _no_migrations(project: Project, app: InstalledApp) -> Iterator[Diagnostic]:
    models = list(project.models_state.apps.get(app.label, {}).values())
    if models and app.label not in project.models_state.incomplete:
        count = f"{len(models)} model{'s' if len(models) > 1 else ''}"
        yield finding(
            "MG108",
            f"{app.label} has {count} and no migrations: Django creates its tables without them, and never alters them",
            origin=models[0].origin,
            subject=app.label,
            hint=f"begin them with migration-guard makemigrations {app.label}",
        )


def refused_apps(project: Project, trouble: Iterable[Diagnostic]) -> frozenset[str]:
    """Apps whose migrations cannot be put together, so that comparing them with the models means nothing."""
    subjects: set[str] = set()
    for item in trouble:
        if item.code in UNCOMPARED:
            subjects.add(item.subject.partition(".")[0])
            subjects |= {related.subject.partition(".")[0] for related in item.related if related.subject}
    migrated = {migration.app_label for migration in project.loaded.migrations}
    migrated |= {item.app_label for item in project.loaded.broken}
    return frozenset(subjects & migrated)
