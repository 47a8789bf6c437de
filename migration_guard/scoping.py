"""Which migrations are judged, as which change sets, and what the base ref says of the others.

In: an opened project and what the user wishes. Out: a `Scope` with a sentence that says what was chosen, and why. By
default only migrations that are new against the base branch are judged: what is deployed already cannot be made safe.
Where no base can be found, the latest migration of each app stands for what is new; findings there are only possible.
Nothing is checked out; the working tree is what is on disk, committed or not.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1, sha256
from pathlib import Path, PurePosixPath
from typing import TypeGuard

from migration_guard import disk
from migration_guard.diagnostics import Place, UsageError, suggestion
from migration_guard.git import DEFAULT_BASES, Blob, Commit, GitError, Repository
from migration_guard.project.graph import Key
from migration_guard.project.project import Project
from migration_guard.rules.published import Base, Gone
from migration_guard.upstream import asked_by_ci, find_base, pushed_from

ALL = "all"
"""What stands for the whole history where a base ref is expected."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user asked for. `since` is a ref, "all", or None for what is usual."""

    since: str | None = None
    staged: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """What is judged. Each change set is deployed at once; `said` is a sentence, `caution` a doubt about it."""

    change_sets: tuple[tuple[Key, ...], ...]
    said: str
    base: Base | None = None
    caution: str | None = None
    partial: bool = False
    """Whether there are migrations that were left out."""
    fork: Commit | None = None
    """Where the work left the base: what runs while its migrations are applied."""
    repository: Repository | None = None
    guessed: bool = False
    """Nobody knows whether these are new: what is found in them is only possible."""

    @property
    def count(self) -> int:
        return sum(map(len, self.change_sets))

    @property
    def empty(self) -> bool:
        """Whether there is nothing that a rule could speak of."""
        return not self.count and (self.base is None or not (self.base.edited or self.base.deleted))


def find_scope(project: Project, wish: Wish, labels: frozenset[str]) -> Scope:
    """What is to be judged of some apps. Raises GitError for a ref that was named and is not there."""
    own = _Own.of(project, labels)
    since = wish.since or project.config.since
    if wish.staged:
        return _staged(own, Repository.at(project.root.path))
    if since == ALL:
        return _all(own, "all migrations were judged")
    try:
        repository = Repository.at(project.root.path)
        base, forks = _base(repository, since)
    except GitError as error:
        if since is not None:
            raise
        if "not in a git repository" in error.message:
            return _latest(own, "this is no git repository")
        hint = f" ({error.hint})" if error.hint else ""
        return _latest(own, error.message, f"which migrations are new is not known: {error.message}{hint}")
    return _since(own, repository, base, forks)


def _base(repository: Repository, since: str | None) -> tuple[Commit, tuple[Commit, ...]]:
    """What to compare with, and where the work left it. After a push to the base itself: what was there before."""
    base = find_base(repository, since, os.environ)
    head = repository.find_commit("HEAD")
    if head is None:
        return base.commit, (base.commit,)
    pushed = pushed_from(repository, os.environ) if since is None else None
    chosen = pushed.commit if pushed is not None and head.sha == base.commit.sha else base.commit
    return chosen, repository.merge_bases(chosen, head)


@dataclass(frozen=True, slots=True)
class _Own:
    """The first-party migrations by key, in the order of the plan, less those that `start-after` leaves out."""

    project: Project
    paths: Mapping[Key, Path]
    folders: Mapping[str, tuple[Path, ...]]
    passed: frozenset[Key] = field(default=frozenset())

    @staticmethod
    def of(project: Project, labels: frozenset[str]) -> _Own:
        folders = {
            app.label: tuple(app.migrations_dirs)
            for app in project.apps
            if (app.label in labels if labels else app.first_party)
        }
        graph = project.graph
        paths = {
            key: Path(migration.origin.file)
            for key, migration in graph.disk.items()
            if key[0] in folders and migration.origin is not None
        }
        return _Own(project, paths, folders, frozenset(_passed(project)))

    def change_set(self, keys: Iterable[Key]) -> tuple[Key, ...]:
        """These migrations, as far as they are in the graph and known, in the order of the plan."""
        wanted = {key for key in keys if key in self.paths} - self.passed
        return tuple(key for key in self.project.graph.full_plan() if key in wanted)


def _passed(project: Project) -> Iterator[Key]:
    """What `start-after` says is not judged: a migration and those that come before it."""
    for app, name in project.config.start_after.items():
        names = [key[1] for key in project.graph.disk if key[0] == app]
        found = [known for known in names if known == name] or [known for known in names if known.startswith(name)]
        if len(found) != 1:
            hint = suggestion(name, names) if names else suggestion(app, project.graph.migrated)
            raise UsageError(f"start-after: {app} has no migration {name!r}", hint)
        if (app, found[0]) in project.graph:
            yield from project.graph.forwards_plan((app, found[0]))
        else:
            yield from ((app, known) for known in names if known <= found[0])


def _all(own: _Own, said: str, caution: str | None = None) -> Scope:
    """The whole history: each migration was deployed for itself, but for those that begin an app."""
    sets: list[tuple[Key, ...]] = []
    nodes = own.project.graph.nodes
    for key in own.change_set(own.paths):
        start = len(sets)
        while nodes[key].initial and start and all(nodes[other].initial for other in sets[start - 1]):
            start -= 1
        begun = [at for at in range(start, len(sets)) if any(other[0] == key[0] for other in sets[at])]
        if begun:  # an app that begins with several migrations, those of other apps between them
            sets[begun[0] :] = [tuple(other for found in sets[begun[0] :] for other in found) + (key,)]
        else:
            sets.append((key,))
    return Scope(tuple(sets), f"{said}: {_count(len(own.paths))}", caution=caution)


def _latest(own: _Own, why: str, caution: str | None = None) -> Scope:
    """The latest migrations, where nothing tells which are new: older ones have most likely been deployed."""
    keys = own.change_set(own.project.graph.leaf_nodes())
    said = f"migrations judged: {len(keys)}, the latest of each app ({why}; --all judges the whole history)"
    partial = len(keys) < len(own.change_set(own.paths))
    return Scope((keys,) if keys else (), said, caution=caution, partial=partial, guessed=True)


def _staged(own: _Own, repository: Repository) -> Scope:
    staged = {change.path for change in repository.staged_changes()}
    names = repository.relatives(own.paths.values()) if staged else {}
    keys = own.change_set(key for key, path in own.paths.items() if names.get(path) in staged)
    return Scope((keys,) if keys else (), f"migrations judged: {len(keys)} staged", partial=True)


def _since(own: _Own, repository: Repository, base: Commit, forks: tuple[Commit, ...]) -> Scope:
    folders = _relative(repository, own)
    listed: dict[str, Blob] = {}
    for fork in forks:
        listed |= repository.files_below(fork, folders.values())
    names = repository.relatives(own.paths.values())
    paths = {key: names[path] for key, path in own.paths.items()}
    existing = frozenset(key for key, path in paths.items() if path is None or path in listed)
    changed = [key for key in existing if (path := paths[key]) is not None and not _same(own.paths[key], listed[path])]
    old = repository.contents(listed[str(paths[key])] for key in changed) if changed else {}
    edited = frozenset(key for key in changed if _differs(own.paths[key], old[str(paths[key])]))
    tip = repository.files_below(base, folders.values()) if all(fork.sha != base.sha for fork in forks) else {}
    merged = {key for key, path in paths.items() if path and path in tip and _same(own.paths[key], tip[path])}
    new = own.change_set(own.paths.keys() - existing - merged - _squashes(own, existing))
    present = {path for path in paths.values() if path is not None}
    deleted = _gone(listed, present, folders, own)
    arriving = _gone({path: blob for path, blob in tip.items() if path not in listed}, present, folders, own)
    squashed = frozenset(key for text in old.values() for key in _replaced(text))
    known = Base(str(base), existing, edited, deleted, squashed, arriving)
    return Scope(
        (new,) if new else (),
        f"migrations judged: {len(new)} new since {base}",
        known,
        None,
        True,
        forks[0],
        repository,
    )


def _squashes(own: _Own, existing: frozenset[Key]) -> frozenset[Key]:
    """New squashed migrations of what was there: they change nothing where those are applied."""
    disk = own.project.graph.disk
    return frozenset(
        key for key in own.paths if disk[key].replaces and all(old in existing for old in disk[key].replaces)
    )


def _relative(repository: Repository, own: _Own) -> dict[Path, str]:
    """The migrations folders as git names them, as far as they are in the repository."""
    found = {folder: repository.relative(folder) for folders in own.folders.values() for folder in folders}
    return {folder: path for folder, path in found.items() if path is not None}


def _gone(listed: Mapping[str, Blob], present: set[str], folders: Mapping[Path, str], own: _Own) -> tuple[Gone, ...]:
    """Migrations of a tree that the working tree does not have."""
    apps = {folders[folder]: app for app, given in own.folders.items() for folder in given if folder in folders}
    found = []
    for path in sorted(listed.keys() - present):
        pure = PurePosixPath(path)
        app = apps.get(pure.parent.as_posix())
        if app is not None and pure.suffix == ".py" and pure.name[0] not in "_~" and (app, pure.stem) not in own.paths:
            folder = next(folder for folder, name in folders.items() if name == pure.parent.as_posix())
            if disk.isfile(folder / pure.name):
                continue  # it is there, and cannot be read as a migration
            found.append(Gone((app, pure.stem), Place(str(folder / pure.name), 0)))
    return tuple(found)


def _same(path: Path, blob: Blob) -> bool:
    """Whether a file is the blob, byte for byte."""
    try:
        data = disk.read_bytes(path)
    except OSError:
        return False
    kind = sha1 if len(blob.sha) == 40 else sha256
    return kind(b"blob %d\0%s" % (len(data), data)).hexdigest() == blob.sha


def _differs(path: Path, old: bytes) -> bool:
    """Whether a migration does something else than it did: comments, docstrings and layout aside."""
    try:
        return _meaning(disk.read_bytes(path)) != _meaning(old)
    except (OSError, SyntaxError, ValueError, RecursionError):
        return True


def _meaning(source: bytes) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                item for item in body if not _is_text(item) and not _is_replaces(item)
            ]
    return ast.dump(tree)


def _replaced(source: bytes) -> list[Key]:
    """What a migration replaced, where that is written as a literal: the files may go afterwards, and the list too."""
    try:
        found = [ast.literal_eval(node.value) for node in ast.walk(ast.parse(source)) if _is_replaces(node)]
        return [(str(app), str(name)) for pairs in found for app, name in pairs]
    except (SyntaxError, ValueError, TypeError, RecursionError):
        return []


def _is_replaces(node: ast.AST) -> TypeGuard[ast.Assign]:
    """A squashed migration that has been applied everywhere loses this list: that changes nothing."""
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "replaces" for target in node.targets
    )


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _count(number: int) -> str:
    return f"{number:,} migration" if number == 1 else f"{number:,} migrations"


def named_refs(wish: Wish, since: str | None) -> Sequence[str]:
    """The refs on which the choice depends, for whoever remembers an answer."""
    named = wish.since or since
    return (named,) if named is not None else (*(wanted.name for wanted in asked_by_ci(os.environ)), *DEFAULT_BASES)
