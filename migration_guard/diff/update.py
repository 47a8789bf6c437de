"""`makemigrations --update`: changes merged into an app's last migration instead of a new one.

The last migration, the planned ones and what is on disk go in; the migration that takes the last one's place comes
out, or the refusal in Django's words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone

from migration_guard.diff.naming import suggest_name
from migration_guard.diff.plan import Refused
from migration_guard.project.graph import Graph
from migration_guard.state.operations import Dependency, Migration
from migration_guard.state.reduce import optimize
from migration_guard.versions import Version


def updated(
    graph: Graph,
    app_label: str,
    planned: Sequence[Migration],
    version: Version,
    *,
    name: str | None = None,
    now: datetime | None = None,
) -> Migration | Refused:
    """The last migration of an app with the planned operations in it, under its new name.

    Whether it has been applied somewhere is not known here.
    """
    leaves = graph.leaf_nodes(app_label)
    if not leaves:
        return Refused(f"App {app_label} has no migration, cannot update last migration.", app_label, status=1)
    last = graph.nodes[leaves[0]]
    if (refusal := _refusal(graph, last)) is not None:
        return refusal
    operations = (*last.operations, *(operation for migration in planned for operation in migration.operations))
    operations = tuple(optimize(operations, app_label, version))
    words = name or suggest_name(operations, bool(last.initial), now or datetime.now(timezone.utc).astimezone())
    suggested = f"{last.name[:4]}_{words}"
    return replace(
        last,
        name=f"{last.name}_updated" if last.name == suggested else suggested,
        operations=operations,
        dependencies=_dependencies(last, planned),
    )


def _refusal(graph: Graph, last: Migration) -> Refused | None:
    app_label, name = last.key
    if last.replaces:
        return Refused(f"Cannot update squash migration '{app_label}.{name}'.", app_label, status=1)
    depending = [
        f"'{migration.app_label}.{migration.name}'"
        for migration in graph.disk.values()
        if any((d.app_label, d.name) == last.key for d in migration.dependencies)
    ]
    if depending:
        names = ", ".join(depending)
        message = f"Cannot update migration '{app_label}.{name}' that migrations {names} depend on."
        return Refused(message, app_label, status=1)
    return None


def _dependencies(last: Migration, planned: Sequence[Migration]) -> tuple[Dependency, ...]:
    """Those of the last migration and what the planned ones need of other apps, as Django joins them.

    It does not drop repetitions, and a swappable dependency that was read from a file stays one on the app alone.
    """
    kept = [replace(dependency, setting=None) for dependency in last.dependencies]
    wanted = [d for migration in planned for d in migration.dependencies if d.setting or d.app_label != last.app_label]
    return (*kept, *wanted)
