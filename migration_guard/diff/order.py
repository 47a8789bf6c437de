"""From planned operations to lists of migrations: each app's operations in an order that meets needs, then chopped.

Planned operations go in; drafts with symbolic dependencies come out, or a `Refused` where needs go in a circle. The
order among operations that do not need each other is Django's, because the text of a migration shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from migration_guard.diff.facts import Leaves
from migration_guard.diff.plan import Need, Planned, Refused
from migration_guard.state.operations import Dependency, Operation
from migration_guard.versions import OPERATIONS_SORTED_BY_GRAPHLIB, Version


@dataclass(slots=True)
class Draft:
    """A migration that has no final name yet: `name` is a placeholder that other drafts' dependencies use."""

    app_label: str
    name: str
    operations: tuple[Operation, ...]
    dependencies: set[Dependency] = field(default_factory=set)
    initial: bool = False


def by_app(planned: Iterable[Planned]) -> dict[str, list[Planned]]:
    """The operations of each app in the order in which they were planned."""
    apps: dict[str, list[Planned]] = {}
    for item in planned:
        operations = apps.setdefault(item.app_label, [])
        operations.insert(0 if item.first else len(operations), item)
    return apps


def sort(apps: Mapping[str, list[Planned]], version: Version) -> dict[str, list[Planned]] | Refused:
    """Each app's operations behind those of the same app that they need."""
    ordered = {}
    for app_label in sorted(apps):
        operations = apps[app_label]
        edges = list(_edges(app_label, operations))
        try:
            places = _graphlib_order(edges) if OPERATIONS_SORTED_BY_GRAPHLIB(version) else _layered_order(edges)
        except CycleError:
            return Refused(f"The operations for '{app_label}' need each other in a circle.", app_label, status=1)
        ordered[app_label] = [operations[place] for place in places]
    return ordered


def _edges(app_label: str, operations: list[Planned]) -> Iterator[tuple[int, list[list[int]]]]:
    """For each operation, by its place: for each of its needs within the app, the places of those that fulfil it."""
    for place, item in enumerate(operations):
        inside = (need for need in item.needs if need.app_label == app_label)
        yield (
            place,
            [[i for i, other in enumerate(operations) if need.fulfilled_by(other.operation)] for need in inside],
        )


def _graphlib_order(edges: list[tuple[int, list[list[int]]]]) -> list[int]:
    sorter: TopologicalSorter[int] = TopologicalSorter()
    for place, needs in edges:
        sorter.add(place)
        for places in needs:
            sorter.add(place, *places)
    return list(sorter.static_order())


def _layered_order(edges: list[tuple[int, list[list[int]]]]) -> list[int]:
    todo = {place: {p for places in needs for p in places} for place, needs in edges}
    result: list[int] = []
    while todo:
        layer = [place for place, needs in todo.items() if not needs]
        if not layer:
            raise CycleError("circle", list(todo))
        result += layer
        todo = {place: needs.difference(layer) for place, needs in todo.items() if needs}
    return result


def split(
    apps: Mapping[str, list[Planned]], leaves: Leaves, existing_apps: frozenset[str]
) -> dict[str, list[Draft]] | Refused:
    """Chop each app's operations into drafts that can follow each other across apps."""
    return _Splitting(dict(apps), leaves, existing_apps).run()


@dataclass(slots=True)
class _Splitting:
    """The state of chopping: what is left of each app, and the drafts so far (in the order in which they were made)."""

    left: dict[str, list[Planned]]
    leaves: Leaves
    existing_apps: frozenset[str]
    drafts: dict[str, list[Draft]] = field(default_factory=dict)
    chopping: bool = False
    """Whether an app may be cut in two: only once whole apps cannot be finished any more."""

    def run(self) -> dict[str, list[Draft]] | Refused:
        before = sum(map(len, self.left.values()))
        while before:
            for app_label in sorted(self.left):
                self._step(app_label)
            now = sum(map(len, self.left.values()))
            if now == before and self.chopping:
                stuck = ", ".join(f"'{app}'" for app, operations in self.left.items() if operations)
                return Refused(f"The operations for {stuck} need each other in a circle.", status=1)
            self.chopping = now == before
            before = now
        return self.drafts

    def _step(self, app_label: str) -> None:
        """Make a draft of the operations of an app up to the first that must wait for another app."""
        dependencies: set[Dependency] = set()
        count = 0
        for item in self.left[app_label]:
            found = self._dependencies(app_label, item)
            if found is None:
                break
            dependencies |= found
            count += 1
        operations = self.left[app_label]
        if not count or (count < len(operations) and not self.chopping):
            return
        siblings = self.drafts.setdefault(app_label, [])
        name = f"auto_{len(siblings) + 1}"
        chopped = tuple(item.operation for item in operations[:count])
        siblings.append(Draft(app_label, name, chopped, dependencies, app_label not in self.existing_apps))
        self.left[app_label] = operations[count:]
        self.chopping = False

    def _dependencies(self, app_label: str, item: Planned) -> set[Dependency] | None:
        """The migrations of other apps that an operation depends on, None while one of them is still to be made."""
        found: set[Dependency] = set()
        for need in item.needs:
            if need.app_label == app_label:
                continue
            if any(need.fulfilled_by(other.operation) for other in self.left.get(need.app_label, ())):
                return None
            dependency = self._dependency(need)
            if dependency is None:
                return None
            found.add(dependency)
        return found

    def _dependency(self, need: Need) -> Dependency | None:
        if need.setting is not None:
            return Dependency(need.app_label, "__first__", need.setting)
        if self.drafts.get(need.app_label):
            return Dependency(need.app_label, self.drafts[need.app_label][-1].name)
        if not self.chopping:
            return None
        return Dependency(need.app_label, self.leaves.leaf.get(need.app_label, "__first__"))
