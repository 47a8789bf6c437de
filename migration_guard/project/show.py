"""`showmigrations`: a graph as text. Django's list and plan, and json, mermaid and dot for other readers.

In: a `Graph` and the labels asked for. Out: text. There is no database, so everything is shown as Django shows it on an
empty one. Names come from the project under analysis and are data: every format escapes them.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Collection, Iterable, Sequence

from migration_guard.diagnostics import printable
from migration_guard.project.graph import Graph, Key, walk


class Format(enum.Enum):
    """How a graph is shown."""

    TEXT = "text"
    JSON = "json"
    MERMAID = "mermaid"
    DOT = "dot"


def show_list(graph: Graph, labels: Sequence[str] | None = None) -> str:
    """The migrations of each app in order, as Django's `showmigrations` prints them."""
    lines = []
    for app in labels or sorted(graph.migrated):
        lines.append(printable(app))
        keys = [key for key in graph.plan(graph.leaf_nodes(app)) if key[0] == app]
        lines += [f" [ ] {printable(_title(graph, key))}" for key in keys] or [" (no migrations)"]
    return _text(lines)


def show_plan(graph: Graph, labels: Collection[str] | None = None, *, dependencies: bool = False) -> str:
    """The order in which migrations are applied, as `showmigrations --plan` prints it (`-v 2`: with dependencies)."""
    lines = []
    for key in plan_for(graph, labels):
        parents = [_dotted(parent) for parent in graph.parents[key]] if dependencies else []
        lines.append(f"[ ]  {_dotted(key)}" + (f" ... ({', '.join(parents)})" if parents else ""))
    return _text(printable(line) for line in lines or ["(no migrations)"])


def plan_for(graph: Graph, labels: Collection[str] | None = None) -> list[Key]:
    """The plan up to the leaf nodes of some apps, or of all."""
    targets = (key for key in graph.leaf_nodes() if not labels or key[0] in labels)
    return list(walk(targets, graph.parents))


def show_json(graph: Graph, labels: Collection[str] | None = None) -> str:
    """`{"version": 1, "migrations": [...]}` in plan order, with what each depends on and replaces."""
    leaves = set(graph.leaf_nodes())
    migrations = [
        {
            "app": key[0],
            "name": key[1],
            "dependencies": [list(parent) for parent in graph.parents[key]],
            "replaces": [list(replaced) for replaced in graph.nodes[key].replaces],
            "leaf": key in leaves,
        }
        for key in plan_for(graph, labels)
    ]
    return json.dumps({"version": 1, "migrations": migrations}, indent=2) + "\n"


def show_mermaid(
    graph: Graph,
    labels: Collection[str] | None = None,
    *,
    only: Collection[Key] | None = None,
    emphasised: Collection[Key] = (),
) -> str:
    """A mermaid flowchart with one box per app; of some migrations only, where that is asked for."""
    plan, numbers = _numbered(graph, labels)
    plan = [key for key in plan if only is None or key in only]
    lines = ["graph LR"]
    for index, (app, keys) in enumerate(_by_app(plan)):
        lines.append(f'  subgraph app{index}["{_mermaid(app)}"]')
        lines += [f'    m{numbers[key]}["{_mermaid(key[1])}"]' for key in keys]
        lines.append("  end")
    shown = set(plan)
    lines += [
        f"  m{numbers[parent]} --> m{numbers[key]}" for key in plan for parent in graph.parents[key] if parent in shown
    ]
    lines += [f"  style m{numbers[key]} stroke-width:3px" for key in plan if key in emphasised]
    return _text(lines)


def show_dot(graph: Graph, labels: Collection[str] | None = None) -> str:
    """A Graphviz digraph with one cluster per app."""
    plan, numbers = _numbered(graph, labels)
    lines = ["digraph migrations {", "  rankdir=LR;", "  node [shape=box];"]
    for index, (app, keys) in enumerate(_by_app(plan)):
        lines += [f"  subgraph cluster_{index} {{", f'    label="{_dot(app)}";']
        lines += [f'    m{numbers[key]} [label="{_dot(key[1])}"];' for key in keys]
        lines.append("  }")
    lines += [f"  m{numbers[parent]} -> m{numbers[key]};" for key in plan for parent in graph.parents[key]]
    return _text([*lines, "}"])


def show(
    graph: Graph,
    labels: Sequence[str] | None = None,
    *,
    plan: bool = False,
    format: Format = Format.TEXT,
    dependencies: bool = False,
) -> str:
    """A graph in any of the formats; `plan` and `dependencies` matter to text only."""
    match format:
        case Format.JSON:
            return show_json(graph, labels)
        case Format.MERMAID:
            return show_mermaid(graph, labels)
        case Format.DOT:
            return show_dot(graph, labels)
        case Format.TEXT:
            return show_plan(graph, labels, dependencies=dependencies) if plan else show_list(graph, labels)


def _numbered(graph: Graph, labels: Collection[str] | None) -> tuple[list[Key], dict[Key, int]]:
    plan = plan_for(graph, labels)
    return plan, {key: number for number, key in enumerate(plan)}


def _by_app(plan: Iterable[Key]) -> list[tuple[str, list[Key]]]:
    apps: dict[str, list[Key]] = {}
    for key in plan:
        apps.setdefault(key[0], []).append(key)
    return sorted(apps.items())


def _title(graph: Graph, key: Key) -> str:
    replaces = graph.nodes[key].replaces
    return f"{key[1]} ({len(replaces)} squashed migrations)" if replaces else key[1]


def _dotted(key: Key) -> str:
    return f"{key[0]}.{key[1]}"


def _mermaid(name: str) -> str:
    """Letters, digits and a few harmless marks stay; the rest becomes an entity, which mermaid shows as the sign."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_-. ") else f"#{ord(c)};" for c in printable(name))


def _dot(name: str) -> str:
    return printable(name).replace("\\", "\\\\").replace('"', '\\"')


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
