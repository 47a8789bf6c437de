"""What `check` finds: drift between models and migrations, trouble in the graph, and what could not be known.

In: an opened project and the app labels asked for. Out: a Report. Nothing that hangs on an Unknown becomes a finding;
such things are listed as unknowns.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Diagnostic, Report, finding, unknown
from migration_guard.diff import Diff, Leaves, Target, detect
from migration_guard.diff.questions import DryRun
from migration_guard.project.health import graph_findings
from migration_guard.project.project import Project
from migration_guard.state.operations import Migration, Operation
from migration_guard.values import Origin
from migration_guard.write.describe import formatted_description


def findings(project: Project, labels: frozenset[str]) -> Report:
    """Everything that `check` has to say about some apps of a project, or about all of its own."""
    wanted = labels or own_labels(project)
    graph = project.graph
    diagnostics = [*_sources(project, wanted), *graph_findings(graph, wanted)]
    unknowns = [*_settings(project)]
    stops = graph.broken or any(item.code == "MG102" and item.fails for item in diagnostics)
    if not stops:
        _, problems = project.replayed
        diagnostics += [
            _problem(problem) for problem in problems if problem.migration is None or problem.migration[0] in wanted
        ]
        if not problems:
            diff = difference(project, labels)
            diagnostics += [item for app, item in _missing(project, diff) if app in wanted]
            unknowns += [item for app, item in _doubts(diff) if app in wanted]
    return Report(
        tuple(diagnostics),
        tuple(dict.fromkeys(unknowns)),
        notes=tuple(_notes(project)),
        stats={
            "apps": len(wanted),
            "models": sum(1 for model in project.models_state if model.app_label in wanted),
            "migrations": sum(1 for migration in project.loaded.migrations if migration.app_label in wanted),
        },
    )


def own_labels(project: Project) -> frozenset[str]:
    """The apps whose source belongs to the project: nobody writes migrations for installed packages."""
    return frozenset(app.label for app in project.apps if app.first_party)


def difference(project: Project, labels: frozenset[str] = frozenset()) -> Diff:
    """The migrations that are missing, of all apps or of some."""
    before, _ = project.replayed
    return detect(before, project.models_state, target(project), leaves(project), DryRun(), apps=labels)


def target(project: Project) -> Target:
    """What the differ is told of the project."""
    settings = {
        setting: str(value)
        for setting in {*project.swappables.values(), "AUTH_USER_MODEL"}
        if isinstance(value := project.settings.get_or(setting, None), str)
    }
    return Target(project.version, project.swappables, settings)


def leaves(project: Project) -> Leaves:
    """The latest migration of each app, and the apps that have none."""
    graph = project.graph
    leaf: dict[str, str] = {}
    for app, name in graph.leaf_nodes():
        leaf.setdefault(app, name)
    unmigrated = frozenset(app.label for app in project.apps if app.label not in graph.migrated)
    return Leaves(leaf, unmigrated, frozenset(graph.migrated - leaf.keys()))


def _sources(project: Project, wanted: frozenset[str]) -> Iterator[Diagnostic]:
    for broken in project.loaded.broken:
        code = "MG110" if broken.line else "MG106"
        place = f":{broken.line}" if broken.line else ""
        yield finding(
            code,
            f"{broken.path}{place}: {broken.message}" if broken.line else broken.message,
            origin=Origin(str(broken.path)),
            subject=f"{broken.app_label}.{broken.name}",
        )
    for dotted, error in project.registry.errors:
        yield finding("MG110", f"{dotted} is not valid Python: {error}", subject=dotted)


def _settings(project: Project) -> Iterator[Diagnostic]:
    problem = project.settings.problem
    if problem is not None:
        yield unknown("MG901", problem)
    for reason in project.apps.incomplete:
        yield unknown("MG901", reason, "settings.INSTALLED_APPS")


def _problem(problem: object) -> Diagnostic:
    from migration_guard.state.problem import Problem

    assert isinstance(problem, Problem)
    subject = ".".join(problem.migration) if problem.migration else ""
    return finding("MG109", problem.message, origin=problem.origin, subject=subject, hint=problem.hint)


def _missing(project: Project, diff: Diff) -> Iterator[tuple[str, Diagnostic]]:
    for app, migrations in diff.migrations.items():
        for migration in migrations:
            yield app, _missing_migration(project, migration)
    for refused in diff.refusals:
        yield refused.app_label, finding("MG101", refused.message, subject=refused.subject)


def _missing_migration(project: Project, migration: Migration) -> Diagnostic:
    details = tuple(formatted_description(operation, project.version) for operation in migration.operations)
    return finding(
        "MG101",
        f"{migration.app_label} lacks a migration: {migration.name}",
        origin=next(filter(None, (_origin(operation) for operation in migration.operations)), None)
        or _model_origin(project, migration),
        subject=f"{migration.app_label}.{migration.name}",
        details=details,
        hint=f"run makemigrations {migration.app_label}",
    )


def _origin(operation: Operation) -> Origin | None:
    field = getattr(operation, "field", None)
    origin = getattr(field, "origin", None)
    return origin if isinstance(origin, Origin) else None


def _model_origin(project: Project, migration: Migration) -> Origin | None:
    for operation in migration.operations:
        name = getattr(operation, "model_name", None) or getattr(operation, "name", None)
        model = project.models_state.get((migration.app_label, str(name).lower()))
        if model is not None:
            return model.origin
    return None


def _doubts(diff: Diff) -> Iterator[tuple[str, Diagnostic]]:
    for doubt in diff.doubts:
        yield doubt.app_label, unknown("MG903", doubt.unknown, doubt.subject)


def _notes(project: Project) -> Iterator[str]:
    if project.choice.value is not None:
        yield f"settings: {project.choice.value.module} ({project.choice.reason})"
    else:
        yield f"settings: none ({project.choice.reason})"
    yield f"target: {project.target}"
    yield from project.apps.notes
