"""Plans a rebase from end to end, and tries it out in memory before anything is written.

In: an opened project, an app, what to rebase onto. Out: a `Rebase`, `Nothing` to do, or `Declined`. A result that
Django could not load, that would leave two leaf nodes, or whose operations no longer fit is declined.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from migration_guard import checking
from migration_guard.diff import Refused, merge
from migration_guard.making import migrations_folder
from migration_guard.project.graph import Key
from migration_guard.project.migrations import Loaded
from migration_guard.project.project import Project
from migration_guard.rebasing.chain import base_graph, find_chain
from migration_guard.rebasing.outcome import Chain, Declined, Nothing, Rebase
from migration_guard.rebasing.sides import Sides, find_sides
from migration_guard.rebasing.texts import Edited, edit_files, latest_name_file
from migration_guard.state.apply import apply, replay
from migration_guard.state.model import State
from migration_guard.state.operations import Migration
from migration_guard.state.problem import Problem
from migration_guard.state.validate import validate
from migration_guard.values import Origin
from migration_guard.write.files import Applied, NotApplied, apply_changes


def plan_rebase(project: Project, app_label: str, onto: str | None = None) -> Rebase | Declined | Nothing:
    """How the branch's own migrations of an app come after those of the base.

    `onto` is a commit, or a migration of the app that stays; without it the repository's default branch is the base.
    """
    app = project.app(app_label)
    folder = migrations_folder(project, app_label)
    if isinstance(folder, Refused):
        return Declined(folder.message)
    if not app.first_party:
        return Declined(f"the app {app_label!r} does not belong to the project: its files are not ours to edit")
    if not folder.is_dir():
        return Nothing(f"{app_label} has no migrations")
    broken = next((item for item in project.loaded.broken if item.app_label == app_label), None)
    if broken is not None:
        return Declined(f"{broken.path}: {broken.message}", "resolve this first")
    sides = find_sides(project, app_label, folder, onto)
    if not isinstance(sides, Sides):
        return sides
    chain = find_chain(project, sides)
    if not isinstance(chain, Chain):
        return chain
    edited = edit_files(project, sides, chain)
    if isinstance(edited, Declined):
        return edited
    after = _afterwards(project, sides, chain, edited)
    return _obstacle(project, after, sides, chain) or _rebase(project, sides, chain, edited, after)


def write_rebase(rebase: Rebase) -> Applied | NotApplied:
    """Put a rebase on disk, the whole of it or nothing."""
    return apply_changes(rebase.changes)


def _rebase(before: Project, sides: Sides, chain: Chain, edited: Edited, after: Project) -> Rebase:
    touched, notes = list(edited.touched), list(_clashes(before, chain))
    latest = latest_name_file(sides, chain)
    if isinstance(latest, str):
        notes.append(latest)
    elif latest is not None:
        touched.append(latest)
    if sides.repository is not None and sides.repository.rebase_under_way():
        notes.append(
            "git is in the middle of a rebase: commits still to come may use the old names; then finish it first"
        )
    plan = Rebase(chain, sides.base, edited.moves, tuple(touched), tuple(sorted(sides.arriving)), (), after)
    return replace(plan, notes=(*notes, *_mentions(sides, plan)))


# Trying it out


def _afterwards(project: Project, sides: Sides, chain: Chain, edited: Edited) -> Project:
    """The project as it will be. What has not arrived cannot be depended on yet: the base's last that is there is."""
    app = chain.app_label
    targets = {move.old: str(move.target) for move in edited.moves}
    migrations: list[Migration] = []
    for migration in project.loaded.migrations:
        new = edited.links.get(migration.key, migration)
        if migration.app_label == app and migration.name in chain.names and chain.parent in sides.arriving:
            here = {name: other for name, other in sides.theirs.items() if name not in sides.arriving}
            leaves = [name for _, name in base_graph(project, here, app).leaf_nodes(app)]
            parent = leaves[0] if len(leaves) == 1 else chain.fork
            links = tuple(
                replace(link, name=parent) if (link.app_label, link.name) == (app, chain.parent) else link
                for link in new.dependencies
            )
            new = replace(new, dependencies=links)
        if migration.app_label == app and migration.name in targets:
            at = migration.origin.at if migration.origin else 0
            new = replace(new, origin=Origin(targets[migration.name], at))
        migrations.append(new)
    order = {label: place for place, label in enumerate(dict.fromkeys(item.app_label for item in migrations))}
    migrations.sort(key=lambda migration: (order[migration.app_label], migration.name))
    return project.with_loaded(Loaded(migrations, project.loaded.broken, project.loaded.packages))


def _obstacle(before: Project, after: Project, sides: Sides, chain: Chain) -> Declined | None:
    """What would be wrong afterwards that is not wrong now."""
    known = {problem.message for problem in before.graph.problems}
    for flaw in after.graph.problems:
        if flaw.fails and flaw.message not in known:
            return Declined(f"after the rebase Django could not load the migrations: {flaw.message}")
    leaves = after.graph.conflicts().get(chain.app_label)
    if leaves and not sides.arriving:
        return Declined(f"{chain.app_label} would still have several leaf nodes: {', '.join(leaves)}")
    moved = {(chain.app_label, new) for new in chain.names.values()}
    failing = {id(problem.operation) for problem in before.replayed[1]}
    new = [item for item in after.replayed[1] if item.migration in moved or id(item.operation) not in failing]
    for problem in (*new, *_refused_by_databases(after, moved)):
        name = ".".join(problem.migration or ())
        return Declined(
            f"after the rebase {name} could not be applied: {problem.message}",
            "both sides seem to make the same change, or changes that exclude each other: settle that first",
        )
    return None


def _refused_by_databases(after: Project, moved: set[Key]) -> Iterator[Problem]:
    """What of the chain loads, but fails when it is run: both sides adding one field, for instance."""
    plan = after.graph.full_plan()
    first = min((place for place, key in enumerate(plan) if key in moved), default=len(plan))
    nodes = after.graph.nodes
    state, _ = replay((nodes[key] for key in plan[:first]), State(swappable=after.swappables), after.version)
    for key in plan[first:]:
        for operation in nodes[key].operations:
            problem = validate(operation, key[0], state) if key in moved else None
            if problem is not None:
                yield replace(problem, migration=key)
            applied = apply(operation, key[0], state, after.version)
            if isinstance(applied, Problem):
                return
            state = applied


# Remarks


MANY = 5


def _clashes(before: Project, chain: Chain) -> Iterator[str]:
    """Operations of both sides that touch the same thing: what ours says of it now comes last."""
    app = chain.app_label
    leaves = [chain.parent, chain.latest]
    if set(leaves) != set(before.graph.conflicts().get(app, ())):
        return
    merged = merge(before.graph, app, leaves)
    for clash in () if isinstance(merged, Refused) else merged.clashes:
        names = sorted(place.migration[1] for place in (clash.first, clash.second))
        yield f"both sides change {clash.subject} ({' and '.join(names)}): the branch's own change now comes last"


def _mentions(sides: Sides, plan: Rebase) -> Iterator[str]:
    """Other places where old names are written: tests, comments, documentation in code."""
    after: dict[Path, bytes] = {move.path.resolve(): move.after for move in plan.moves}
    after |= {item.path.resolve(): item.after for item in plan.touched}
    for move in plan.moves:
        if move.old == move.new or move.old in sides.theirs:
            continue
        places = []
        if sides.repository is not None:
            found = sides.repository.mentions(move.old)
            places = [f"{path}:{line}" for path, line in found if (sides.repository.top / path).resolve() not in after]
        for path, data in after.items():
            lines = data.decode("utf-8", "replace").splitlines()
            places += [f"{path.name}:{number}" for number, line in enumerate(lines, 1) if move.old in line]
        if places:
            more = f" and {len(places) - MANY} more" if len(places) > MANY else ""
            yield f"{move.old} is still named in {', '.join(places[:MANY])}{more}"


# Drift


@dataclass(frozen=True, slots=True)
class Drift:
    """Whether the app's models are what its migrations build, once rebased. `unreadable` is why nobody can tell."""

    missing: tuple[Migration, ...] = ()
    doubts: tuple[str, ...] = ()
    unreadable: str | None = None


def drift(rebase: Rebase) -> Drift:
    """The drift check of the rebased app, in memory."""
    project, app = rebase.project, rebase.chain.app_label
    for dotted, error in project.registry.errors:
        return Drift(unreadable=f"{dotted} is not valid Python: {error}")
    diff = checking.difference(project, frozenset({app}))
    doubts = [f"{doubt.subject}: {doubt.unknown.reason}" for doubt in diff.doubts if doubt.app_label == app]
    doubts += [refused.message for refused in diff.refusals if refused.app_label == app]
    return Drift(tuple(diff.migrations.get(app, ())), tuple(dict.fromkeys(doubts)))
