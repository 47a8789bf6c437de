"""What is wrong, or odd, in a graph that loads: conflicting leaf nodes, clashing numbers, dangling `replaces`.

In: a `Graph`. Out: diagnostics; those of the graph's own problems are not repeated. Decides nothing about files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from migration_guard.diagnostics import Confidence, Diagnostic, Related, finding
from migration_guard.project.graph import Graph, Key

_NUMBER = re.compile(r"[0-9]+")


def graph_findings(graph: Graph, labels: Collection[str] | None = None) -> tuple[Diagnostic, ...]:
    """Everything there is to say about the graph of some apps, or of all. Problems that stop Django are always said."""

    def wanted(app: str) -> bool:
        return labels is None or app in labels

    return (
        *graph.problems,
        *(item for app, item in _conflicts(graph) if wanted(app)),
        *(item for app, item in _clashes(graph) if wanted(app)),
        *(item for app, item in _dangling(graph) if wanted(app)),
    )


def _conflicts(graph: Graph) -> Iterator[tuple[str, Diagnostic]]:
    for app, names in sorted(graph.conflicts().items()):
        leaves = [graph.nodes[app, name] for name in names]
        doubt = any(migration.unknown_links for key, migration in graph.disk.items() if key[0] == app)
        yield (
            app,
            finding(
                "MG102",
                f"Conflicting migrations: multiple leaf nodes in the migration graph: ({', '.join(names)} in {app})",
                origin=leaves[-1].origin,
                related=tuple(Related(f"{app}.{leaf.name} is a leaf node too", leaf.origin) for leaf in leaves[:-1]),
                confidence=Confidence.POSSIBLE if doubt else Confidence.CERTAIN,
                subject=app,
                hint="run makemigrations --merge, or make one of them depend on the other",
            ),
        )


def _clashes(graph: Graph) -> Iterator[tuple[str, Diagnostic]]:
    numbers: dict[str, dict[int, list[Key]]] = {}
    for key in sorted(graph.nodes):
        if match := _NUMBER.match(key[1]):
            numbers.setdefault(key[0], {}).setdefault(int(match.group()), []).append(key)
    for app, taken in sorted(numbers.items()):
        clashes = [keys for _, keys in sorted(taken.items()) if len(keys) > 1]
        if clashes:
            last = graph.nodes[clashes[-1][-1]]
            details = tuple(", ".join(name for _, name in keys) for keys in clashes)
            message = f"Migrations of {app} share a number"
            yield app, finding("MG104", message, origin=last.origin, subject=app, details=details)


def _dangling(graph: Graph) -> Iterator[tuple[str, Diagnostic]]:
    for key, migration in sorted(graph.nodes.items()):
        absent = [target for target in migration.replaces if target not in graph.disk]
        if not absent:
            continue
        gone = len(absent) == len(migration.replaces)
        count = "all" if gone else f"{len(absent)} of {len(migration.replaces)}"
        hint = (
            "once every database has it applied, `replaces` can be removed"
            if gone
            else "restore the missing files, or remove the others too once every database has the squashed migration"
        )
        yield (
            key[0],
            finding(
                "MG105",
                f"{key[0]}.{key[1]} replaces migrations of which {count} do not exist",
                origin=migration.origin,
                subject=f"{key[0]}.{key[1]}",
                details=tuple(f"{app}.{name}" for app, name in absent),
                hint=hint,
            ),
        )
