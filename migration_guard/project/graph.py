"""The migration graph, as Django's loader would build it for a database on which nothing is applied.

In: the migrations of all apps, and which apps have a migrations package. Out: an immutable `Graph` with Django's nodes
(squashed migrations in place of what they replace), orders and plans, and diagnostics for what Django would
raise. A broken graph is still a graph: edges to nothing are dropped, and so are the edges that close a cycle.
Nothing here reads files or looks at operations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from migration_guard.diagnostics import Confidence, Diagnostic, Related, finding, suggestion
from migration_guard.state.operations import Dependency, Migration
from migration_guard.versions import NESTED_SQUASHES, Version

Key: TypeAlias = tuple[str, str]
"""(app_label, migration name)."""

_Edges: TypeAlias = Mapping[Key, tuple[Key, ...]]

FIRST = "__first__"
LATEST = "__latest__"


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes after replacement, and their edges in sorted order. `problems` say what Django would raise."""

    nodes: Mapping[Key, Migration]
    parents: _Edges
    children: _Edges
    migrated: frozenset[str]
    """Labels of the apps that have a migrations package, be it empty."""
    unmigrated: frozenset[str] = frozenset()
    disk: Mapping[Key, Migration] = field(default_factory=dict)
    """All migrations, those that are replaced included."""
    problems: tuple[Diagnostic, ...] = ()

    def __contains__(self, key: Key) -> bool:
        return key in self.nodes

    @property
    def broken(self) -> bool:
        """Whether Django would refuse to load these migrations."""
        return any(problem.fails for problem in self.problems)

    def root_nodes(self, app: str | None = None) -> list[Key]:
        """Migrations that depend on none of their own app, sorted."""
        return self._ends(self.parents, app)

    def leaf_nodes(self, app: str | None = None) -> list[Key]:
        """Migrations on which none of their own app depends, sorted."""
        return self._ends(self.children, app)

    def conflicts(self) -> dict[str, list[str]]:
        """Apps with more than one leaf node, and the names of these."""
        leaves: dict[str, list[str]] = {}
        for app, name in self.leaf_nodes():
            leaves.setdefault(app, []).append(name)
        return {app: names for app, names in leaves.items() if len(names) > 1}

    def forwards_plan(self, target: Key) -> list[Key]:
        """What must be applied to have `target` applied, in order, itself last. Empty when there is no such node."""
        return list(walk([target], self.parents)) if target in self.nodes else []

    def backwards_plan(self, target: Key) -> list[Key]:
        """What must be unapplied to have `target` unapplied, in order, itself last."""
        return list(walk([target], self.children)) if target in self.nodes else []

    def plan(self, targets: Iterable[Key]) -> list[Key]:
        """The forwards plans of several nodes, one after the other, each migration once."""
        return list(walk([target for target in targets if target in self.nodes], self.parents))

    def full_plan(self) -> list[Key]:
        """All migrations in the order in which Django applies them."""
        return self.plan(self.leaf_nodes())

    def _ends(self, edges: _Edges, app: str | None) -> list[Key]:
        return sorted(
            key
            for key in self.nodes
            if (app is None or key[0] == app) and all(other[0] != key[0] for other in edges[key])
        )


def walk(starts: Iterable[Key], edges: _Edges) -> Iterator[Key]:
    """Everything reachable along `edges`, each after what it points to: the order of Django's iterative_dfs.

    One set of visited nodes serves all starts: what an earlier start has reached brings nothing new in a later one.
    """
    visited: set[Key] = set()
    for start in starts:
        stack = [(start, False)]
        while stack:
            key, done = stack.pop()
            if key in visited:
                continue
            if done:
                visited.add(key)
                yield key
            else:
                stack.append((key, True))
                stack.extend((other, False) for other in edges[key])


def build_graph(
    migrations: Iterable[Migration],
    *,
    version: Version,
    migrated: Collection[str] = (),
    unmigrated: Collection[str] = (),
    opaque: Collection[str] = (),
    all_apps_known: bool = True,
    ignore_no_migrations: bool = True,
) -> Graph:
    """The graph of these migrations.

    `migrated` are the installed apps with a migrations package (those of the migrations count in any case),
    `unmigrated` the installed apps without, `opaque` those whose migrations could not be read: dependencies on them
    are left out. So are those on apps that are not known at all, unless `all_apps_known`. `ignore_no_migrations` is
    Django's: a dependency on the first migration of an app that has none yet is an error without it.
    """
    builder = _Builder(list(migrations), version, ignore_no_migrations)
    builder.migrated |= frozenset(migrated)
    builder.unmigrated = frozenset(unmigrated)
    builder.opaque = frozenset(opaque)
    builder.all_apps_known = all_apps_known
    builder.add_edges()
    builder.replace_all()
    builder.drop_missing()
    builder.cut_cycles()
    return builder.graph()


class _Builder:
    """The graph while it is being made. `missing` are nodes that are only referred to, with who did so and how."""

    def __init__(self, migrations: list[Migration], version: Version, ignore_no_migrations: bool) -> None:
        self.disk = {migration.key: migration for migration in migrations}
        self.version = version
        self.migrated = frozenset(key[0] for key in self.disk)
        self.unmigrated: frozenset[str] = frozenset()
        self.opaque: frozenset[str] = frozenset()
        self.all_apps_known = True
        self.ignore_no_migrations = ignore_no_migrations
        self.nodes: set[Key] = set(self.disk)
        self.parents: dict[Key, set[Key]] = {key: set() for key in self.disk}
        self.children: dict[Key, set[Key]] = {key: set() for key in self.disk}
        self.by_app: dict[str, set[Key]] = {}
        for key in self.disk:
            self.by_app.setdefault(key[0], set()).add(key)
        self.ends: dict[Key, Key | None] = {}
        """What "__first__" and "__latest__" of an app stand for; forgotten when the app's own edges change."""
        self.missing: dict[Key, tuple[Migration, str]] = {}
        self.problems: list[Diagnostic] = []
        self.doubtful = {key[0] for key, migration in self.disk.items() if migration.unknown_links}

    # Edges

    def add_edges(self) -> None:
        for key, migration in self.disk.items():
            for parent in migration.dependencies:
                if parent.app_label == key[0] and parent.name != FIRST:
                    self.connect(migration, key, (parent.app_label, parent.name))
        for key, migration in self.disk.items():
            for dependency in migration.dependencies:
                if dependency.app_label != key[0]:
                    found = self.resolve(migration, dependency)
                    if found is not None:
                        self.connect(migration, key, found)
            for dependency in migration.run_before:
                found = self.resolve(migration, dependency)
                if found is not None:
                    self.connect(migration, found, key)

    def connect(self, migration: Migration, child: Key, parent: Key) -> None:
        for key, role in ((child, "child"), (parent, "parent")):
            if key not in self.nodes:
                self.missing[key] = (migration, role)
                self.nodes.add(key)
                self.parents[key] = set()
                self.children[key] = set()
                self.by_app.setdefault(key[0], set()).add(key)
                self.forget_ends(key[0])
        self.parents[child].add(parent)
        self.children[parent].add(child)
        if child[0] == parent[0]:
            self.forget_ends(child[0])

    def forget_ends(self, app: str) -> None:
        self.ends.pop((app, FIRST), None)
        self.ends.pop((app, LATEST), None)

    def resolve(self, migration: Migration, dependency: Dependency) -> Key | None:
        """The node a dependency stands for; None where Django ignores it."""
        key = (dependency.app_label, dependency.name)
        app = key[0]
        if key in self.nodes:
            return key
        if app in self.opaque or not (self.all_apps_known or app in self.migrated or app in self.unmigrated):
            return None
        if key[1] not in (FIRST, LATEST):
            return key
        if app == migration.app_label or app in self.unmigrated:
            return None
        if app not in self.migrated:
            self.refuse_dependency(migration, dependency, f"Dependency on unknown app: {app}")
            return None
        if key not in self.ends:
            self.ends[key] = self.end_of(app, key[1])
        if self.ends[key] is None and not self.ignore_no_migrations:
            self.refuse_dependency(migration, dependency, f"Dependency on app with no migrations: {app}")
        return self.ends[key]

    def end_of(self, app: str, which: str) -> Key | None:
        edges = self.parents if which == FIRST else self.children
        ends = [key for key in self.by_app.get(app, ()) if all(other[0] != app for other in edges[key])]
        return min(ends, default=None)

    # Squashed migrations

    def replace_all(self) -> None:
        """Put each squashed migration in the place of what it replaces, squashes inside squashes first."""
        replacing = {key: migration for key, migration in self.disk.items() if migration.replaces}
        finished: dict[Key, bool] = {}
        for start in replacing:
            stack = [(start, iter(replacing[start].replaces))] if start not in finished else []
            finished.setdefault(start, False)
            while stack:
                key, inner = stack[-1]
                nested = next((other for other in inner if other in replacing and not finished.get(other)), None)
                if nested is None:
                    stack.pop()
                    finished[key] = True
                    self.note_nested_squash(replacing[key], replacing)
                    self.replace(key, replacing[key].replaces)
                elif nested in finished:
                    self.refuse_squash_cycle(replacing[nested])
                else:
                    finished[nested] = False
                    stack.append((nested, iter(replacing[nested].replaces)))

    def replace(self, replacement: Key, replaces: Iterable[Key]) -> None:
        replaced = set(replaces) - {replacement}
        if replacement not in self.nodes:
            message = (
                f"Unable to find replacement node {replacement!r}. It was either never added to the migration graph, "
                "or has been removed."
            )
            self.refuse(self.disk[replacement], message)
            return
        for key in sorted(replaced & self.nodes):
            for child in self.children.pop(key):
                self.parents[child].discard(key)
                if child not in replaced:
                    self.parents[child].add(replacement)
                    self.children[replacement].add(child)
            for parent in self.parents.pop(key):
                self.children[parent].discard(key)
                if parent not in replaced:
                    self.children[parent].add(replacement)
                    self.parents[replacement].add(parent)
            self.nodes.discard(key)
            self.missing.pop(key, None)

    # What cannot be loaded

    def drop_missing(self) -> None:
        for key, (migration, role) in sorted(self.missing.items()):
            message = f"Migration {_dotted(migration.key)} dependencies reference nonexistent {role} node {key!r}"
            self.refuse(migration, message, hint=self.hint_for(key), doubtful=key[0] in self.doubtful)
            for child in self.children.pop(key):
                self.parents[child].discard(key)
            for parent in self.parents.pop(key):
                self.children[parent].discard(key)
            self.nodes.discard(key)

    def hint_for(self, key: Key) -> str:
        app, name = key
        if app in self.unmigrated:
            return f"the app {app!r} has no migrations package"
        if app not in self.migrated:
            close = suggestion(app, self.migrated | self.unmigrated)
            return f"no installed app has the label {app!r}" + (f"; {close}" if close else "")
        close = suggestion(name, (known[1] for known in self.disk if known[0] == app))
        return f"the app {app!r} has no migration {name!r}" + (f"; {close}" if close else "")

    def cut_cycles(self) -> None:
        """Report each cycle and drop the edge that closes it, so that plans end."""
        state: dict[Key, bool] = {}
        for start in sorted(self.nodes):
            if start in state:
                continue
            state[start] = False
            path = [start]
            branches = [iter(sorted(self.children[start]))]
            while path:
                child = next(branches[-1], None)
                if child is None:
                    branches.pop()
                    state[path.pop()] = True
                elif child not in state:
                    state[child] = False
                    path.append(child)
                    branches.append(iter(sorted(self.children[child])))
                elif not state[child]:
                    self.refuse_cycle(path[path.index(child) :])
                    self.children[path[-1]].discard(child)
                    self.parents[child].discard(path[-1])

    def refuse_cycle(self, cycle: list[Key]) -> None:
        migrations = [self.disk[key] for key in cycle]
        related = tuple(
            Related(f"{_dotted(item.key)} is in the cycle", item.origin, _dotted(item.key)) for item in migrations[1:]
        )
        names = ", ".join(map(_dotted, cycle))
        self.refuse(migrations[0], f"Circular dependency: {names}", related=related)

    def refuse_dependency(self, migration: Migration, dependency: Dependency, message: str) -> None:
        setting = f"it comes from settings.{dependency.setting}" if dependency.setting else None
        known = self.migrated | self.unmigrated
        hint = setting or suggestion(dependency.app_label, known) or "is the app in INSTALLED_APPS?"
        self.refuse(migration, message, hint=hint)

    def refuse_squash_cycle(self, migration: Migration) -> None:
        self.refuse(migration, f"Cyclical squash replacement found, starting at {migration.key!r}")

    def note_nested_squash(self, migration: Migration, replacing: Collection[Key]) -> None:
        nested = [_dotted(key) for key in migration.replaces if key in replacing and key != migration.key]
        if nested and not NESTED_SQUASHES(self.version):
            message = f"{_dotted(migration.key)} replaces {', '.join(nested)}, itself a squashed migration"
            hint = "before Django 6.0, whether this loads depends on the order in which the files are read"
            self.refuse(migration, message, hint=hint, doubtful=True)

    def refuse(
        self,
        migration: Migration,
        message: str,
        *,
        hint: str | None = None,
        related: tuple[Related, ...] = (),
        doubtful: bool = False,
    ) -> None:
        doubtful = doubtful or migration.app_label in self.doubtful
        self.problems.append(
            finding(
                "MG103",
                message,
                origin=migration.origin,
                related=related,
                confidence=Confidence.POSSIBLE if doubtful else Confidence.CERTAIN,
                subject=_dotted(migration.key),
                hint=hint,
            )
        )

    def graph(self) -> Graph:
        order = [key for key in self.disk if key in self.nodes]
        return Graph(
            nodes=MappingProxyType({key: self.disk[key] for key in order}),
            parents=MappingProxyType({key: tuple(sorted(self.parents[key])) for key in order}),
            children=MappingProxyType({key: tuple(sorted(self.children[key])) for key in order}),
            migrated=self.migrated,
            unmigrated=self.unmigrated,
            disk=MappingProxyType(self.disk),
            problems=tuple(self.problems),
        )


def _dotted(key: Key) -> str:
    return f"{key[0]}.{key[1]}"
