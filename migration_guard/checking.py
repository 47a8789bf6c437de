"""What `check` finds: drift between models and migrations, trouble in the graph, and what could not be known.

In: an opened project and the app labels asked for. Out: a Report. Nothing that hangs on an Unknown becomes a finding;
such things are listed as unknowns. Apps whose migrations are broken are left out of the comparison, and only they.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from migration_guard.diagnostics import Diagnostic, Related, Report, finding, unknown
from migration_guard.diff import Diff, Leaves, Target, detect
from migration_guard.diff.agreement import shared
from migration_guard.diff.plan import Doubt
from migration_guard.diff.questions import DryRun
from migration_guard.project.health import graph_findings
from migration_guard.project.project import Project
from migration_guard.project.trouble import app_findings, refused_apps, source_findings
from migration_guard.state.operations import Migration
from migration_guard.state.problem import Problem
from migration_guard.values import Origin, Unknown
from migration_guard.write.changes import changes


def findings(project: Project, labels: frozenset[str]) -> Report:
    """Everything that `check` has to say about some apps of a project, or about all of its own."""
    wanted = labels or own_labels(project)
    models = project.models_state
    trouble = [*source_findings(project), *app_findings(project, wanted, labels), *_graph(project, wanted)]
    skipped = refused_apps(project, trouble)
    problems = [(app, item) for app, item in _problems(project) if app in wanted - skipped]
    trouble += [item for _, item in problems]
    skipped |= {app for app, _ in problems}
    compared = wanted - skipped
    diff = _whichever_version(project, difference(project, labels), labels, compared)
    missing = [item for app, item in _missing(project, diff) if app in compared or not app]
    doubts = _doubts(project, [doubt for doubt in diff.doubts if doubt.app_label in compared])
    unknowns = tuple(dict.fromkeys([*_settings(project), *doubts, *_gaps(project, wanted & skipped)]))
    stats = {
        "apps": len(wanted),
        "models": sum(1 for model in models if model.app_label in wanted),
        "migrations": sum(1 for migration in project.loaded.migrations if migration.app_label in wanted),
    }
    return Report(
        tuple(dict.fromkeys([*trouble, *missing])),
        unknowns,
        notes=tuple(_notes(project)),
        cautions=(*_cautions(project), *_uncompared(trouble, sorted(wanted & skipped))),
        stats=stats,
        clean=_clean(stats, bool(unknowns)),
    )


def _graph(project: Project, wanted: frozenset[str]) -> Iterator[Diagnostic]:
    """A node without its parent is a second leaf: that is said once."""
    found = graph_findings(project.graph, wanted)
    broken = {item.subject.partition(".")[0] for item in found if item.code == "MG103"}
    return (item for item in found if item.code != "MG102" or item.subject not in broken)


STOPS = frozenset({"MG102", "MG103", "MG106", "MG109", "MG110"})
"""Codes of what stops Django before it has compared anything."""


def _uncompared(trouble: Iterable[Diagnostic], skipped: Iterable[str]) -> Iterator[str]:
    names = ", ".join(skipped)
    if names:
        yield f"not compared, because the migrations or models cannot be read as they are: {names}"
    if any(item.fails and item.code in STOPS for item in trouble):
        yield "until this is repaired, Django's makemigrations and migrate refuse to run"


def _clean(stats: dict[str, int], doubtful: bool) -> str:
    counts = ", ".join(_count(stats[name], name) for name in ("models", "migrations"))
    known = ", as far as can be known" if doubtful else ""
    return f"No changes detected in {_count(stats['apps'], 'apps')} ({counts}){known}."


def _count(number: int, nouns: str) -> str:
    return f"{number:,} {nouns.removesuffix('s') if number == 1 else nouns}"


def own_labels(project: Project) -> frozenset[str]:
    """The apps whose source belongs to the project: nobody writes migrations for installed packages."""
    return frozenset(app.label for app in project.apps if app.first_party)


def difference(project: Project, labels: frozenset[str] = frozenset()) -> Diff:
    """The migrations that are missing, of all apps or of some."""
    before, _ = project.replayed
    return detect(before, project.models_state, target(project), leaves(project), DryRun(), apps=labels)


def _whichever_version(project: Project, diff: Diff, labels: frozenset[str], compared: frozenset[str]) -> Diff:
    """The difference, less what only some of the Djangos that the project may use would see."""
    possible = (*project.target.others, project.version)
    ends = {min(possible), max(possible)} - {project.version}
    if not ends or not compared & diff.migrations.keys():
        return diff
    return shared(diff, {version: difference(project.under(version), labels) for version in sorted(ends)})


def target(project: Project) -> Target:
    """What the differ is told of the project."""
    settings = {
        setting: str(value)
        for setting in {*project.swappables.values(), "AUTH_USER_MODEL"}
        if isinstance(value := project.settings.get_or(setting, None), str)
    }
    return Target(project.version, project.swappables, settings, project.ignored_options)


def leaves(project: Project) -> Leaves:
    """The latest migration of each app, and the apps that have none."""
    graph = project.graph
    leaf: dict[str, str] = {}
    for app, name in graph.leaf_nodes():
        leaf.setdefault(app, name)
    unmigrated = frozenset(app.label for app in project.apps if app.label not in graph.migrated)
    return Leaves(leaf, unmigrated, frozenset(graph.migrated - leaf.keys()))


def _settings(project: Project) -> Iterator[Diagnostic]:
    problem = project.settings.problem
    if problem is not None:
        yield unknown("MG901", problem)
    for reason in project.apps.incomplete:
        yield unknown("MG901", reason, "settings.INSTALLED_APPS")


def _problems(project: Project) -> Iterator[tuple[str, Diagnostic]]:
    for problem in project.replayed[1]:
        app = problem.migration[0] if problem.migration else ""
        yield app, _problem(problem)


def _problem(problem: Problem) -> Diagnostic:
    subject = ".".join(problem.migration) if problem.migration else ""
    where = f"{subject}: " if subject else ""
    return finding("MG109", f"{where}{problem.message}", origin=problem.origin, subject=subject, hint=problem.hint)


def _missing(project: Project, diff: Diff) -> Iterator[tuple[str, Diagnostic]]:
    state, _ = project.replayed
    for app, migrations in diff.migrations.items():
        hints = tuple(hint.message for hint in diff.hints if hint.app_label == app)
        for migration in migrations:
            told, state = changes(migration, state, project.models_state, project.version)
            parts = tuple(Related(change.text, change.origin, change.subject) for change in told)
            yield app, _missing_migration(migration, parts, hints)
            hints = ()
    for refused in diff.refusals:
        yield refused.app_label, finding("MG101", refused.message, subject=refused.subject)


def _missing_migration(migration: Migration, parts: tuple[Related, ...], details: tuple[str, ...]) -> Diagnostic:
    return finding(
        "MG101",
        f"{migration.app_label} lacks a migration: {migration.name}",
        origin=next((part.origin for part in parts if part.origin is not None), None),
        subject=f"{migration.app_label}.{migration.name}",
        details=details,
        hint=f"run migration-guard makemigrations {migration.app_label}",
        changes=parts,
    )


def _doubts(project: Project, doubts: Iterable[Doubt]) -> Iterator[Diagnostic]:
    """What could not be decided, each cause once, with all that hangs on it."""
    causes: dict[tuple[Unknown, Origin | None], list[str]] = {}
    for doubt in doubts:
        subjects = causes.setdefault((doubt.unknown, doubt.unknown.origin), [])
        if doubt.subject not in subjects:
            subjects.append(doubt.subject)
    for (cause, origin), subjects in causes.items():
        remedy = cause.remedy or _remedy(project, cause.reason)
        place = origin or _place(project, subjects[0])
        yield unknown("MG903", Unknown(cause.reason, place, remedy), ", ".join(subjects))


def _remedy(project: Project, reason: str) -> str:
    """What to do about an Unknown that brings no advice of its own."""
    if found := _UNREAD.search(reason):
        advice = project.interpreter.import_remedy(found[1])
        if advice is not None:
            return advice
    return "write it so that it can be worked out from the text; docs/unknowns.md says what can"


_UNREAD = re.compile(r"\b(?:class|module|app|source of) ([\w.]+) could not be read")


def _place(project: Project, subject: str) -> Origin | None:
    """Where "app.Model.field" is written, or else its model."""
    app, _, rest = subject.partition(".")
    name, _, field = rest.partition(".")
    model = project.models_state.get((app, name.lower()))
    if model is None:
        return None
    found = model.fields.get(field)
    return (found.origin if found is not None else None) or model.origin


def _gaps(project: Project, labels: frozenset[str]) -> Iterator[Diagnostic]:
    """What is not known in the migrations of apps that were not compared, and may be why."""
    for migration in project.loaded.migrations:
        if migration.app_label in labels:
            for reason in migration.problems:
                yield unknown("MG905", reason, f"{migration.app_label}.{migration.name}")


def _notes(project: Project) -> Iterator[str]:
    if project.choice.value is not None:
        others = ", ".join(other.module for other, _ in project.choice.others if other is not None)
        rest = f"; not taken: {others}" if others else ""
        yield f"settings: {project.choice.value.module} ({project.choice.reason}){rest}"
    else:
        yield f"settings: none ({project.choice.reason})"
    yield f"target: {project.target}"
    environment = project.environment
    yield f"environment: {environment.prefix}" if environment is not None else "environment: none was found"
    yield from project.apps.notes


def _cautions(project: Project) -> Iterator[str]:
    """What the user should know even when not asking: choices that may well be wrong."""
    if project.choice.value is None:
        yield "no settings module was found, so apps were discovered from the tree; name it with --settings"
    elif project.settings.problem is not None:
        yield f"{project.settings.problem.reason}; apps were discovered from the tree"
    if project.target.note is not None or project.target.assumed:
        yield f"target: {project.target}"
