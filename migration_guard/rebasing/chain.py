"""The chain that is to be moved, and its new names: the one right answer, or why there is none.

In: the two sides of an app. Out: a `Chain`; a `Declined` for history that is not one line, for squashes that reach
beyond the branch, for what the base depends on already, for names without numbers. Reads no files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from migration_guard.diff.naming import parse_number
from migration_guard.project.graph import FIRST, LATEST, Graph, build_graph
from migration_guard.project.project import Project
from migration_guard.rebasing.outcome import Chain, Declined, Nothing
from migration_guard.rebasing.sides import MERGE_HINT, Sides
from migration_guard.state.operations import Dependency, Migration

_NUMBERED = re.compile(r"([0-9]+)(_.+)?")


def find_chain(project: Project, sides: Sides) -> Chain | Declined | Nothing:
    """What is to be moved, to where, under which names."""
    app = sides.app_label
    base = base_graph(project, sides.theirs, app)
    leaves = [name for _, name in base.leaf_nodes(app)]
    if not leaves:
        return Nothing(f"{sides.base} has no migrations of {app} to rebase onto")
    if len(leaves) > 1:
        message = f"{app} has several leaf nodes in {sides.base}: {', '.join(leaves)}"
        return Declined(message, f"they must be joined there first: {MERGE_HINT}")
    declined = _squashed(project, sides) or _needed_by_base(project, sides)
    if declined is not None:
        return declined
    squashes = _live_squashes(sides)
    order = _in_line(sides, squashes)
    if isinstance(order, Declined):
        return order
    fork = _fork(sides, base, order, squashes)
    if isinstance(fork, Declined):
        return fork
    if stand_in(base, app, fork) == leaves[0]:
        return Nothing(f"{app}.{order[0].name} follows {leaves[0]} already, the leaf node of {sides.base}")
    names = _names(sides, order, squashes, leaves[0])
    return names if isinstance(names, Declined) else Chain(app, order, squashes, fork, leaves[0], names)


def base_graph(project: Project, theirs: Mapping[str, Migration], app: str) -> Graph:
    """The graph of one app's migrations of the base; other apps are left out of it."""
    return build_graph(theirs.values(), version=project.version, migrated={app}, all_apps_known=False)


def stand_in(graph: Graph, app: str, name: str) -> str:
    """The node that a migration is in the graph: itself, or the squashed one that replaces it."""
    seen = {name}
    while (app, name) not in graph:
        found = next((key[1] for key, migration in graph.disk.items() if (app, name) in migration.replaces), None)
        if found is None or found in seen:
            return name
        seen.add(found)
        name = found
    return name


def _own_links(migration: Migration) -> list[str]:
    """Names of the migration's own app that it depends on."""
    return [link.name for link in migration.dependencies if link.app_label == migration.app_label and not link.setting]


def _live_squashes(sides: Sides) -> tuple[Migration, ...]:
    """Our squashed migrations that stand beside what they replace; one whose originals are gone is like any other."""
    app = sides.app_label
    return tuple(m for _, m in sorted(sides.ours.items()) if any(a == app and n in sides.ours for a, n in m.replaces))


def _squashed(project: Project, sides: Sides) -> Declined | None:
    """A squash of which only a part is the branch's own: names that stay would no longer fit to those that change."""
    app = sides.app_label
    for key, migration in sorted(project.graph.disk.items()):
        own = key[0] == app and key[1] in sides.ours
        ours = [name for label, name in migration.replaces if label == app and name in sides.ours]
        name = ".".join(key)
        if ours and not own:
            return Declined(f"{app}.{ours[0]} is replaced by {name}, a squashed migration")
        others = [r for r in migration.replaces if r in project.graph.disk or (r[0] == app and r[1] in sides.theirs)]
        if own and len(others) > len(ours):
            return Declined(f"{name} is a squashed migration, and not all that it replaces is the branch's own")
        if own and ours and len(ours) < len(migration.replaces):
            return Declined(f"{name} is a squashed migration, and a part of what it replaces is gone")
        if own and any(sides.ours[replaced].replaces for replaced in ours):
            return Declined(f"{name} is a squashed migration of squashed migrations")
    return None


def _needed_by_base(project: Project, sides: Sides) -> Declined | None:
    """A merged migration that is tied to one of ours: then ours is history as well."""
    app = sides.app_label
    known = {(app, name): migration for name, migration in sides.theirs.items() if name not in sides.ours}
    for key, migration in sorted(known.items()):
        for link in (*migration.dependencies, *migration.run_before):
            taken = link.name in sides.ours and link.name not in sides.theirs
            if link.app_label == app and not link.setting and taken:
                message = f"{'.'.join(key)} of {sides.base} is linked to {app}.{link.name}, which would be renamed"
                return Declined(message)
    for name, migration in sorted(sides.ours.items()):
        before = _within(migration.run_before, app) - sides.ours.keys()
        if before:
            return Declined(f"{app}.{name} must run before {min(before)}, which is in {sides.base}")
    return None


def _within(dependencies: tuple[Dependency, ...], app: str) -> set[str]:
    return {link.name for link in dependencies if link.app_label == app and not link.setting}


def _in_line(sides: Sides, squashes: tuple[Migration, ...]) -> tuple[Migration, ...] | Declined:
    """Our migrations in order, where they are one line. A squash stands for the last that it replaces."""
    app = sides.app_label
    last = {squash.name: squash.replaces[-1][1] for squash in squashes}
    ours = {name: migration for name, migration in sides.ours.items() if name not in last}
    parents: dict[str, str] = {}
    children: dict[str, str] = {}
    for name, migration in sorted(ours.items()):
        if {FIRST, LATEST} & set(_own_links(migration)):
            return Declined(f'{app}.{name} depends on the "first" or "latest" migration of its own app')
        links = dict.fromkeys(last.get(link, link) for link in _own_links(migration))
        own = [link for link in links if link in ours]
        if len(own) > 1:
            return Declined(f"{app}.{name} merges {' and '.join(sorted(own))}: the branch is not one line", MERGE_HINT)
        for parent in own:
            if parent in children:
                message = f"{children[parent]} and {name} both follow {app}.{parent}: the branch is not one line"
                return Declined(message)
            parents[name], children[parent] = parent, name
    roots = [name for name in sorted(ours) if name not in parents]
    if len(roots) != 1:
        what = f"{' and '.join(roots)} begin separate lines" if roots else "the branch's migrations form a circle"
        return Declined(f"{what} of {app}", "rebase one onto the other first: --onto MIGRATION")
    order = [roots[0]]
    while order[-1] in children:
        order.append(children[order[-1]])
    if len(order) < len(ours):
        return Declined(f"the branch's migrations of {app} form a circle")
    for squash in squashes:
        replaced = [name for _, name in squash.replaces]
        start = order.index(replaced[0])
        before = set(order[:start]) & set(_own_links(squash)) or not start
        if order[start : start + len(replaced)] != replaced or not before:
            return Declined(f"{app}.{squash.name} is a squashed migration that does not replace a part of the line")
    return tuple(ours[name] for name in order)


def _fork(sides: Sides, base: Graph, order: tuple[Migration, ...], squashes: tuple[Migration, ...]) -> str | Declined:
    """The migration of the base that the chain begins after. Others it may name only where they lie before that."""
    app, root = sides.app_label, order[0]
    outside = list(dict.fromkeys(_own_links(root)))
    if not outside:
        return Declined(f"{app}.{root.name} depends on no other migration of {app}: it has no place to be moved from")
    behind = {name: {key[1] for key in base.forwards_plan((app, stand_in(base, app, name)))} for name in outside}
    nearest = [
        name
        for name in outside
        if not any(stand_in(base, app, name) in behind[other] for other in outside if other != name)
    ]
    if len(nearest) != 1:
        message = f"{app}.{root.name} merges {' and '.join(sorted(outside))}"
        return Declined(message, "remove the merge migration first, if nobody has applied it")
    for migration in (*order[1:], *squashes):
        for name in _own_links(migration):
            if name not in sides.ours and stand_in(base, app, name) not in behind[nearest[0]]:
                message = f"{app}.{migration.name} depends on {name} of {sides.base} as well: a merge inside the chain"
                return Declined(message, "remove the merge migration first, if nobody has applied it")
    return nearest[0]


def _names(
    sides: Sides, order: tuple[Migration, ...], squashes: tuple[Migration, ...], leaf: str
) -> dict[str, str] | Declined:
    """The old names and the new: numbers go on from the leaf's, the rest of each name stays.

    A squash has the number of the first that it replaces, and in Django's form the name of the last.
    """
    number = parse_number(leaf)
    if number is None:
        return Declined(f"{sides.app_label}.{leaf} has no number that could be continued")
    names: dict[str, str] = {}
    for place, migration in enumerate(order, number + 1):
        numbered = _NUMBERED.fullmatch(migration.name)
        if numbered is None:
            return Declined(f"{sides.app_label}.{migration.name} has no number in front of its name")
        names[migration.name] = f"{place:0{len(numbered[1])}}{numbered[2] or ''}"
    for squash in squashes:
        numbered = _NUMBERED.fullmatch(squash.name)
        if numbered is None:
            return Declined(f"{sides.app_label}.{squash.name} has no number in front of its name")
        first, last = squash.replaces[0][1], squash.replaces[-1][1]
        rest = f"_squashed_{names[last]}" if numbered[2] == f"_squashed_{last}" else numbered[2] or ""
        names[squash.name] = f"{names[first].partition('_')[0]}{rest}"
    if len(set(names.values())) < len(names):
        return Declined(f"two of the branch's migrations of {sides.app_label} would have the same name")
    gone = {name for migration in sides.ours.values() for _, name in migration.replaces} - names.keys()
    for new in names.values():
        if new in gone:
            return Declined(f"{sides.app_label} has a squashed migration that replaces an earlier {new}")
        if new in sides.theirs or (new not in names and _taken(sides.folder, new)):
            return Declined(f"{sides.app_label} has a {new} already, which is a name that the rebased chain needs")
    return names


def _taken(folder: Path, name: str) -> bool:
    return (folder / f"{name}.py").exists() or (folder / name).exists()
