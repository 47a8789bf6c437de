"""Which migrations of an app are the branch's own, and which are the base's.

In: an opened project and what to rebase onto: a commit, or a migration of the app. Out: `Sides`, or why they cannot be
told apart. The working tree is what is on disk, committed or not; the base is read from git and never checked out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migration_guard.git import Blob, Commit, GitError, Repository
from migration_guard.project.graph import Key
from migration_guard.project.project import Project
from migration_guard.rebasing.outcome import Declined, Nothing
from migration_guard.source.edit import Links, SourceText, links
from migration_guard.source.errors import SourceError
from migration_guard.source.lower_cst import lower
from migration_guard.state.operations import Dependency, Migration

MERGE_HINT = "makemigrations --merge joins branches without renaming anything"


class Published:
    """Which files are in the base already, and so must not be renamed or edited."""

    def __init__(self, repository: Repository | None, commits: Iterable[Commit]) -> None:
        self._repository = repository
        self._commits = tuple(commits)
        self._folders: dict[str, frozenset[str]] = {}

    def holds(self, path: Path) -> bool:
        """Whether the base has a file of that path."""
        if self._repository is None:
            return False
        folder = self._repository.relative(path.parent)
        if folder is None:
            return True  # outside the repository: not ours to edit
        if folder not in self._folders:
            listings = (self._repository.files_in(commit, folder) for commit in self._commits)
            self._folders[folder] = frozenset(name for names in listings for name in names)
        return path.name in self._folders[folder]


@dataclass(frozen=True, slots=True)
class Sides:
    """The app's migrations by name. `base` is what the user knows the other side by."""

    app_label: str
    folder: Path
    base: str
    ours: Mapping[str, Migration]
    theirs: Mapping[str, Migration]
    arriving: frozenset[str]
    """Those of the base that are not in the working tree, or not under that name: ours has it there."""
    published: Published
    repository: Repository | None


def find_sides(project: Project, app_label: str, folder: Path, onto: str | None) -> Sides | Declined | Nothing:
    """Tell the sides apart. Raises GitError where git is needed and cannot help."""
    disk = {key[1]: migration for key, migration in project.graph.disk.items() if key[0] == app_label}
    named = _named(disk, onto) if onto else []
    repository = _repository(folder) if named else Repository.at(folder)
    # A number such as 0042 might be the beginning of a commit's id as well; nobody means that.
    number = onto is not None and re.fullmatch("[0-9a-f]+", onto) is not None
    commit = repository.find_commit(onto) if repository is not None and onto and not (named and number) else None
    if named and commit is not None:
        return Declined(
            f"{onto!r} is a migration of {app_label} and a commit as well",
            "write the branch as refs/heads/NAME, or the migration's name in full",
        )
    if len(named) > 1:
        return Declined(f"{onto!r} may be any of {', '.join(named)}", "write more of the name")
    if named:
        return _onto_migration(project, app_label, folder, named[0], repository)
    assert repository is not None
    base = repository.commit(onto) if onto else repository.default_base()
    return _onto_commit(project, app_label, folder, repository, base)


def _named(disk: Mapping[str, Migration], onto: str) -> list[str]:
    return [onto] if onto in disk else sorted(name for name in disk if name.startswith(onto))


def _repository(folder: Path) -> Repository | None:
    try:
        return Repository.at(folder)
    except GitError:
        return None


# Onto a migration of the working tree


def _onto_migration(
    project: Project, app_label: str, folder: Path, name: str, repository: Repository | None
) -> Sides | Declined | Nothing:
    leaves = project.graph.leaf_nodes(app_label)
    behind = {leaf: _ancestry(project, leaf) for leaf in leaves}
    with_it = [leaf for leaf in leaves if (app_label, name) in behind[leaf]]
    without = [leaf for leaf in leaves if leaf not in with_it]
    if len(leaves) == 1:
        return Nothing(f"{app_label} has one leaf node, {leaves[0][1]}: there is nothing to rebase")
    if len(with_it) != 1:
        names = ", ".join(leaf for _, leaf in leaves)
        reason = f"lies before several leaf nodes ({names})" if with_it else "is replaced by a squashed migration"
        return Declined(f"{app_label}.{name} {reason}", "name the leaf node to rebase onto")
    if len(without) > 1:
        others = ", ".join(leaf for _, leaf in without)
        return Declined(f"{app_label} has several other branches ({others}); one at a time can be rebased")
    keys = behind[without[0]] - behind[with_it[0]]
    disk = {key[1]: migration for key, migration in project.graph.disk.items() if key[0] == app_label}
    replaced = {name for key in keys for app, name in disk[key[1]].replaces if app == app_label and name in disk}
    ours = {name: disk[name] for name in sorted({key[1] for key in keys} | replaced)}
    theirs = {other: migration for other, migration in disk.items() if other not in ours}
    base = _base_to_respect(repository)
    published = Published(repository if base else None, (base,) if base else ())
    merged = sorted(own for own in ours if published.holds(folder / f"{own}.py"))
    if merged:
        message = f"{app_label}.{merged[0]} is in {base} already: others may have applied it under that name"
        return Declined(message, MERGE_HINT)
    return Sides(app_label, folder, with_it[0][1], ours, theirs, frozenset(), published, repository)


def _ancestry(project: Project, leaf: Key) -> set[Key]:
    """A migration and all of its own app that it builds on."""
    found = {leaf}
    rest = [leaf]
    while rest:
        parents = [key for key in project.graph.parents[rest.pop()] if key[0] == leaf[0] and key not in found]
        found.update(parents)
        rest += parents
    return found


def _base_to_respect(repository: Repository | None) -> Commit | None:
    """The base branch, unless it is the very branch that is checked out."""
    if repository is None:
        return None
    try:
        base = repository.default_base()
    except GitError:
        return None
    return base if base.name != repository.current_branch() else None


# Onto a commit


def _onto_commit(
    project: Project, app_label: str, folder: Path, repository: Repository, base: Commit
) -> Sides | Declined | Nothing:
    where = repository.relative(folder)
    if where is None:
        return Declined(f"{folder} is outside the git repository {repository.top}")
    forks = repository.merge_bases(repository.commit("HEAD"), base)
    listed = _migration_blobs(repository, base, where)
    shared = {name for fork in forks for name in _migration_blobs(repository, fork, where)}
    disk = {key[1]: migration for key, migration in project.graph.disk.items() if key[0] == app_label}
    ours = {name: migration for name, migration in disk.items() if name not in listed and name not in shared}
    theirs = {name: disk[name] for name in listed if name in disk}
    if any(fork.sha == base.sha for fork in forks):
        arriving: dict[str, Migration] = {}
    else:
        contents = repository.contents(listed.values())
        blobs = {name: contents[blob.path] for name, blob in listed.items()}
        read = _unmerged(app_label, folder, blobs, shared, disk)
        if isinstance(read, Declined):
            return read
        changed, arriving, clashing = read
        theirs |= changed | arriving
        ours |= {name: disk[name] for name in clashing}
    if not ours:
        return _nothing_own(project, app_label, base)
    published = Published(repository, (base, *forks))
    return Sides(app_label, folder, str(base), ours, theirs, frozenset(arriving), published, repository)


def _nothing_own(project: Project, app_label: str, base: Commit) -> Declined | Nothing:
    if app_label in project.graph.conflicts():
        message = f"all migrations of {app_label} are in {base} already: others may have applied them under their names"
        return Declined(message, f"{MERGE_HINT}; --onto MIGRATION says which branch stays as it is")
    return Nothing(f"{app_label} has no migrations that are not in {base}")


def _migration_blobs(repository: Repository, commit: Commit, folder: str) -> dict[str, Blob]:
    """The migration files of a folder as Django would list them, by migration name."""
    found = {}
    for file, blob in repository.files_in(commit, folder).items():
        name, _, suffix = file.rpartition(".")
        if suffix == "py" and name and name[0] not in "_~" and "." not in name:
            found[name] = blob
    return found


_Read = tuple[dict[str, Migration], dict[str, Migration], frozenset[str]]


def _unmerged(
    app_label: str, folder: Path, blobs: Mapping[str, bytes], shared: set[str], disk: Mapping[str, Migration]
) -> _Read | Declined:
    """Of a base that is not merged yet: what differs there, what arrives with it, and names that both sides took."""
    changed: dict[str, Migration] = {}
    arriving: dict[str, Migration] = {}
    clashing: set[str] = set()
    for name, data in blobs.items():
        if name not in disk and name in shared:
            continue  # removed on this branch
        if name in disk:
            own = (folder / f"{name}.py").read_bytes()
            if _same_text(own, data):
                continue
            if name not in shared:
                if _operations(own) == _operations(data):
                    message = f"both sides have a migration {app_label}.{name} with the same operations"
                    return Declined(message, "is it the same one? then remove the copy of this branch")
                clashing.add(name)
        migration = _read_links(app_label, name, data)
        if isinstance(migration, Declined):
            return migration
        (arriving if name in clashing or name not in disk else changed)[name] = migration
    return changed, arriving, frozenset(clashing)


def _same_text(one: bytes, other: bytes) -> bool:
    """Line ends aside, which a checkout may change."""
    return one == other or one.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")


def _operations(data: bytes) -> Any:
    """What a file assigns to `operations`, as IR without the places of nodes."""
    try:
        body = lower(data)["body"]
    except SourceError:
        return data
    classes = [node for node in body if node[0] == "class" and node[2] == "Migration"]
    target = [["name", "operations"]]
    found = [node[3] for cls in classes for node in cls[5] if node[0] == "assign" and node[2] == target]
    return _without_places(found)


def _without_places(node: Any) -> Any:
    if not isinstance(node, list):
        return node
    placed = node[:1] in (["call"], ["lambda"])
    return [_without_places(part) for at, part in enumerate(node) if not (placed and at == 1)]


def _read_links(app_label: str, name: str, data: bytes) -> Migration | Declined:
    """A migration of the base: what it is linked to, without its operations."""
    try:
        found: Links = links(SourceText.of(data).text)
    except SourceError as error:
        return Declined(f"{app_label}.{name} of the base cannot be read: {error}")
    unreadable = next(iter(found.unreadable), None)
    if unreadable is not None:
        what = f"{unreadable.attribute} (line {unreadable.line}): {unreadable.reason}"
        return Declined(f"{app_label}.{name} of the base cannot be read: {what}", "merge it first")
    return Migration(
        app_label,
        name,
        dependencies=_dependencies(found, "dependencies"),
        run_before=_dependencies(found, "run_before"),
        replaces=tuple((str(app), str(replaced)) for app, replaced in found.pairs("replaces")),
    )


def _dependencies(found: Links, attribute: str) -> tuple[Dependency, ...]:
    return tuple(Dependency(str(app), str(name)) for app, name in found.pairs(attribute))
