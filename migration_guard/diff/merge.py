"""Merging the branches of an app's migrations, as `makemigrations --merge` does: the branches, whether they commute.

A graph in, a `Merge` out: the branches since their common ancestor, the empty migration that joins them, and the pairs
of operations that give different results in different orders. What only a database could tell is left to people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from itertools import combinations, takewhile

from migration_guard.diff.naming import parse_number, timestamp
from migration_guard.diff.plan import Refused
from migration_guard.diff.touching import Touch, touch
from migration_guard.project.graph import Graph
from migration_guard.state.operations import Dependency, Migration, Operation

MAX_LEAF_NAMES_LENGTH = 47


@dataclass(frozen=True, slots=True)
class Branch:
    """The migrations of one branch since the common ancestor; the last is its leaf."""

    leaf: str
    migrations: tuple[Migration, ...]

    @property
    def operations(self) -> tuple[Operation, ...]:
        return tuple(operation for migration in self.migrations for operation in migration.operations)


@dataclass(frozen=True, slots=True)
class Place:
    """An operation and the migration that it is in."""

    migration: tuple[str, str]
    operation: Operation


@dataclass(frozen=True, slots=True)
class Clash:
    """Two operations on different branches whose order matters, and what both touch ("post.title")."""

    subject: str
    first: Place
    second: Place


@dataclass(frozen=True, slots=True)
class Merge:
    """How the branches of an app would be merged. `opaque` are operations that may touch anything (`RunPython`)."""

    app_label: str
    branches: tuple[Branch, ...]
    migration: Migration
    clashes: tuple[Clash, ...] = ()
    opaque: tuple[Place, ...] = ()


def merge(
    graph: Graph, app_label: str, leaves: Sequence[str], *, name: str | None = None, now: datetime | None = None
) -> Merge | Refused:
    """The merge of an app's leaf migrations (in the order in which Django lists them)."""
    branches = _branches(graph, app_label, leaves)
    if branches is None:
        return Refused(f"Could not find common ancestor of {list(leaves)}", app_label, status=1)
    migration = Migration(
        app_label,
        merged_name(leaves, name, now or datetime.now(timezone.utc).astimezone()),
        dependencies=tuple(Dependency(app_label, leaf) for leaf in leaves),
    )
    return Merge(app_label, branches, migration, tuple(_clashes(branches)), tuple(_opaque(branches)))


def merged_name(leaves: Sequence[str], name: str | None, now: datetime) -> str:
    """The name of a merge migration: a number past the branches' highest, and their names while these are short."""
    number = max((n for leaf in leaves if (n := parse_number(leaf)) is not None), default=1) + 1
    if name:
        return f"{number:04}_{name}"
    joined = "_".join(sorted(leaves))
    return f"{number:04}_merge_{timestamp(now) if len(joined) > MAX_LEAF_NAMES_LENGTH else joined}"


def _branches(graph: Graph, app_label: str, leaves: Sequence[str]) -> tuple[Branch, ...] | None:
    """What each leaf has that the others do not; None where they share nothing."""
    ancestries = [[key for key in graph.forwards_plan((app_label, leaf)) if key[0] == app_label] for leaf in leaves]
    generations = zip(*ancestries, strict=False)
    common = sum(1 for _ in takewhile(lambda keys: len(set(keys)) == 1, generations))
    if not common:
        return None
    return tuple(
        Branch(leaf, tuple(graph.nodes[key] for key in ancestry[common:]))
        for leaf, ancestry in zip(leaves, ancestries, strict=True)
    )


def _places(branch: Branch) -> Iterator[tuple[Place, Touch]]:
    for migration in branch.migrations:
        for operation in migration.operations:
            yield Place(migration.key, operation), touch(operation, migration.app_label)


def _opaque(branches: Sequence[Branch]) -> Iterator[Place]:
    for branch in branches:
        for place, touched in _places(branch):
            if touched.opaque:
                yield place


def _clashes(branches: Sequence[Branch]) -> Iterator[Clash]:
    for one, other in combinations(branches, 2):
        # What both branches have after the common ancestor is no conflict with itself.
        shared = {migration.key for migration in one.migrations} & {migration.key for migration in other.migrations}
        theirs = [pair for pair in _places(other) if pair[0].migration not in shared]
        for first, ours in _places(one):
            if first.migration in shared:
                continue
            for second, touched in theirs:
                subject = ours.clash(touched)
                if subject is not None and not _same_setting(first.operation, second.operation, ours):
                    yield Clash(subject, first, second)


def _same_setting(first: Operation, second: Operation, touched: Touch) -> bool:
    """Both set the same thing to the same value."""
    return touched.sets and replace(first, call=None) == replace(second, call=None)
