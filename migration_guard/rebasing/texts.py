"""The files of a rebase: every place that names a migration of the chain, with the new name in it.

In: the project, the sides, the chain. Out: old and new bytes of each file, and the migrations as they then are. A name
that is not written as a plain string, or that stands in a file of the base, makes the whole a `Declined`; each new text
is read back and must say what was meant. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from migration_guard.project.graph import Key
from migration_guard.project.migrations import migration_files
from migration_guard.project.project import Project
from migration_guard.rebasing.outcome import Chain, Declined, Move, Touched
from migration_guard.rebasing.sides import Sides
from migration_guard.source.edit import (
    ATTRIBUTES,
    Links,
    SourceText,
    Unreadable,
    changed_constants,
    links,
    rename_edits,
    string_edits,
)
from migration_guard.source.errors import SourceError
from migration_guard.source.lower_cst import lower
from migration_guard.state.operations import Dependency, Migration

LATEST_NAME_FILE = "max_migration.txt"
"""Where django-linear-migrations keeps the name of an app's latest migration."""

NewNames: TypeAlias = Mapping[str, Mapping[Key, str]]
"""For each list of links: what is named there, and the new name of it."""


@dataclass(frozen=True, slots=True)
class Edited:
    """All files that change, and all migrations of the project as they then are (but for the base's part)."""

    moves: tuple[Move, ...]
    touched: tuple[Touched, ...]
    links: Mapping[Key, Migration]
    """Migrations that changed, by their old keys. The chain's first has its new parent."""


def edit_files(project: Project, sides: Sides, chain: Chain) -> Edited | Declined:
    """Rename and re-parent the chain, in all files of the project."""
    return _Editor(project, sides, chain).edited()


class _Editor:
    def __init__(self, project: Project, sides: Sides, chain: Chain) -> None:
        self.project = project
        self.sides = sides
        self.chain = chain
        app = chain.app_label
        self.names = {(app, old): new for old, new in chain.names.items() if old != new}
        module = project.app(app).migrations_module
        self.modules = {f"{module}.{old}": f"{module}.{new}" for (_, old), new in self.names.items()}
        self.paths = dict(_paths(project))

    def edited(self) -> Edited | Declined:
        app = self.chain.app_label
        starts = {self.chain.migrations[0].name, *(squash.name for squash in self.chain.squashes)}
        moves: list[Move] = []
        touched: list[Touched] = []
        changed: dict[Key, Migration] = {}
        for key in self._concerned():
            migration, path = self.project.graph.disk[key], self.paths.get(key)
            own = key[0] == app and key[1] in self.chain.names
            if path is None or (not own and self.sides.published.holds(path)):
                return Declined(f"{'.'.join(key)} names a migration that would be renamed, and is not the branch's own")
            if not own and migration.problems and self._mentions(path):
                reason = migration.problems[0].reason
                return Declined(f"{path} names a migration that would be renamed, and is not fully known: {reason}")
            names = self._new_names(start=own and key[1] in starts)
            done = self._edit(migration, path, names)
            if isinstance(done, Declined):
                return done
            before, after = done
            changed[key] = relinked(migration, names, self.chain.names[key[1]] if own else key[1])
            if own:
                new = self.chain.names[key[1]]
                moves.append(Move(key[1], new, path, path.with_name(f"{new}.py"), before, after))
            else:
                touched.append(Touched(".".join(key), path, before, after))
        order = list(self.chain.names)
        moves.sort(key=lambda move: order.index(move.old))
        return Edited(tuple(moves), tuple(touched), changed)

    def _new_names(self, start: bool) -> NewNames:
        parent = {(self.chain.app_label, self.chain.fork): self.chain.parent} if start else {}
        return {name: {**self.names, **(parent if name == "dependencies" else {})} for name in ATTRIBUTES}

    def _concerned(self) -> Iterator[Key]:
        """The chain, and all others that name one of it: as a link, or as a module."""
        for key, migration in self.project.graph.disk.items():
            own = key[0] == self.chain.app_label and key[1] in self.chain.names
            named = any((link.app_label, link.name) in self.names for link in _links_of(migration))
            if own or named or self._imports(key) or self._may_name(key, migration):
                yield key

    def _imports(self, key: Key) -> bool:
        """Whether a migration of this branch has the dotted name of a renamed one in its text."""
        path = self.paths.get(key)
        return path is not None and _has_any(path, self.modules) and not self.sides.published.holds(path)

    def _may_name(self, key: Key, migration: Migration) -> bool:
        """Whether a migration of this branch that is not fully known has a name in its text, perhaps as a link."""
        path = self.paths.get(key)
        if path is None or not migration.problems:
            return False
        return self._mentions(path) and not self.sides.published.holds(path)

    def _mentions(self, path: Path) -> bool:
        return _has_any(path, (name for _, name in self.names))

    def _edit(self, migration: Migration, path: Path, names: NewNames) -> tuple[bytes, bytes] | Declined:
        try:
            before = path.read_bytes()
            source = SourceText.of(before)
            found = links(source.text)
            edits = rename_edits(found, names)
            obstacle = edits if isinstance(edits, Unreadable) else _disagreement(found, migration, names)
            if obstacle is not None or isinstance(edits, Unreadable):
                assert isinstance(obstacle, Unreadable)
                return Declined(f"{path}:{obstacle.line}: {obstacle.attribute}: {obstacle.reason}", "edit it by hand")
            after = source.edited([*edits, *string_edits(source.text, self.modules)])
            return self._checked(migration, path, names, before, after)
        except OSError as error:
            return Declined(f"{path} cannot be read: {error.strerror}")
        except SourceError as error:
            return Declined(f"{path}: {error}")

    def _checked(
        self, migration: Migration, path: Path, names: NewNames, before: bytes, after: bytes
    ) -> tuple[bytes, bytes] | Declined:
        """Read the new text back: only names may have changed, and they must be those that were meant."""
        meant = {(old[1], new) for new_names in names.values() for old, new in new_names.items()}
        meant |= set(self.modules.items())
        changes = changed_constants(lower(before)["body"], lower(after)["body"])
        again = links(SourceText.of(after).text)
        expected = relinked(migration, names, migration.name)
        if changes is None or not set(changes) <= meant or _disagreement(again, expected, names, after=True):
            return Declined(f"{path}: the edit would change more than names, or not all of them", "edit it by hand")
        return before, after


def relinked(migration: Migration, names: NewNames, name: str) -> Migration:
    """The migration under a name, with its links as the edit leaves them."""

    def renamed(links: Iterable[Dependency], attribute: str) -> tuple[Dependency, ...]:
        new = names[attribute]
        return tuple(replace(link, name=new.get((link.app_label, link.name), link.name)) for link in links)

    return replace(
        migration,
        name=name,
        dependencies=renamed(migration.dependencies, "dependencies"),
        run_before=renamed(migration.run_before, "run_before"),
        replaces=tuple((app, names["replaces"].get((app, old), old)) for app, old in migration.replaces),
    )


def _links_of(migration: Migration) -> tuple[Dependency, ...]:
    return (*migration.dependencies, *migration.run_before)


def _disagreement(found: Links, migration: Migration, names: NewNames, *, after: bool = False) -> Unreadable | None:
    """Where what is written and what the migration is linked to differ, in a list that must change or has changed."""
    replaced = tuple(Dependency(app, name) for app, name in migration.replaces)
    for attribute, meant in zip(ATTRIBUTES, (migration.dependencies, migration.run_before, replaced), strict=True):
        new = {(app, name) for (app, _), name in names[attribute].items()} if after else set()
        wanted = set(names[attribute]) | new
        if not any((link.app_label, link.name) in wanted for link in meant):
            continue
        written = found.of(attribute)
        if len(written) != len(meant):
            line = next((item.line for item in found.unreadable if item.attribute == attribute), 0)
            return Unreadable(attribute, line, "it is not written as one literal list")
        for item, link in zip(written, meant, strict=True):
            same = (item.app_label, item.name) == (link.app_label, link.name)
            if not same and (item.known or (link.app_label, link.name) in wanted) and not item.setting:
                return Unreadable(attribute, item.line, f"{link.name!r} is not written there as a plain string")
    return None


def _has_any(path: Path, words: Iterable[str]) -> bool:
    try:
        data = path.read_bytes()
    except OSError:
        return False
    return any(word.encode() in data for word in words)


def _paths(project: Project) -> Iterator[tuple[Key, Path]]:
    for app in project.apps:
        if app.first_party:
            for name, path in migration_files(app):
                yield (app.label, name), path


def latest_name_file(sides: Sides, chain: Chain) -> Touched | str | None:
    """The change to django-linear-migrations' file; a note where it says something unexpected."""
    path = sides.folder / LATEST_NAME_FILE
    try:
        before = path.read_bytes()
    except OSError:
        return None
    lines = before.decode("utf-8", "replace").splitlines()
    known = {*sides.ours, *sides.theirs}
    if not (any(line.startswith("<<<<<<<") for line in lines) or [line.strip() in known for line in lines] == [True]):
        return f"{path} was left as it is: it does not hold the name of one known migration"
    end = b"\r\n" if b"\r\n" in before else b"\n"
    new = chain.names[chain.latest]
    return Touched(LATEST_NAME_FILE, path, before, new.encode() + end)
