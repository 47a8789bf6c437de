"""What would be on the disk if it were another state of the repository: what is staged, or what a merge would give.

In: a repository, and for a merge the commit to be united with. Out: an `Overlay` for the working tree as it is. Blobs
are read through git; working tree, index and branches stay as they are. Texts are united as `git merge` does
it; where both sides changed the same lines both are kept, and the file is named as a conflict.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from migration_guard import disk
from migration_guard.disk import Overlay
from migration_guard.git import Blob, Change, Commit, Repository, Status, merge_file


@dataclass(frozen=True, slots=True)
class Merged:
    """The union of the working tree and a commit. `conflicts` are paths on which git would ask."""

    overlay: Overlay
    base: Commit
    theirs: Commit
    conflicts: tuple[str, ...] = ()
    arriving: tuple[str, ...] = field(default=())
    """Paths that the commit brings or changes."""


def staged_overlay(repository: Repository) -> Overlay:
    """The index instead of the working tree. Ignored files stay: they are beside what is committed, as elsewhere."""
    files: dict[str, bytes | None] = dict.fromkeys(repository.untracked())
    changes = repository.unstaged()
    unmerged = {change.path for change in changes if change.status is Status.UNMERGED}
    wanted: list[Blob] = []
    for change in changes:
        if change.path in unmerged:
            continue  # nothing is staged yet: what is on the disk is as good as anything
        if change.before is None:
            files[change.path] = None  # only meant to be added: `git add --intent-to-add`
        else:
            wanted.append(Blob(change.path, change.before))
    return _placed(repository, {**files, **repository.contents(wanted)})


def merged_overlay(repository: Repository, theirs: Commit) -> Merged:
    """What `git merge` of a commit into this working tree would give, uncommitted work included."""
    head = repository.commit("HEAD")
    base = repository.merge_bases(head, theirs)[0]
    changes = repository.between(base, theirs)
    moved = {c.old_path: c.path for c in repository.between(base, head) if c.old_path is not None} if changes else {}
    texts = repository.contents(_blobs(changes))
    union = _Union(repository.top, moved, texts)
    for change in changes:
        union.take(change)
    overlay = _placed(repository, union.files)
    return Merged(overlay, base, theirs, tuple(union.conflicts), tuple(change.path for change in changes))


def tree_overlay(repository: Repository, commit: Commit) -> Overlay:
    """A commit's files instead of the working tree's. Ignored files stay."""
    files: dict[str, bytes | None] = {}
    wanted: list[Blob] = []
    for change in repository.changed_from(commit):
        if change.before is None:
            files[change.path] = None
            continue
        wanted.append(Blob(change.old_path or change.path, change.before))
        if change.old_path is not None:
            files[change.path] = None
    return _placed(repository, {**files, **repository.contents(wanted)})


def _placed(repository: Repository, files: Mapping[str, bytes | None]) -> Overlay:
    """By absolute path; under each name that the top of the repository goes by."""
    tops = {os.fspath(repository.top), os.fspath(repository.place)}
    return Overlay({os.path.join(top, *path.split("/")): content for top in tops for path, content in files.items()})


def _blobs(changes: Iterable[Change]) -> Iterator[Blob]:
    """Both contents of each change, under paths that tell the sides apart."""
    for change in changes:
        if change.before is not None:
            yield Blob(f"base:{change.old_path or change.path}", change.before)
        if change.after is not None:
            yield Blob(f"theirs:{change.path}", change.after)


class _Union:
    """The working tree, with the changes of the other side taken in one by one."""

    def __init__(self, top: Path, moved: Mapping[str, str], texts: Mapping[str, bytes]) -> None:
        self.top = top
        self.moved = moved
        self.texts = texts
        self.files: dict[str, bytes | None] = {}
        self.conflicts: list[str] = []

    def take(self, change: Change) -> None:
        before = self.texts.get(f"base:{change.old_path or change.path}")
        after = self.texts.get(f"theirs:{change.path}")
        old = change.old_path or change.path
        ours_at = self.moved.get(old, old)
        ours = self._ours(ours_at)
        if change.old_path is not None:
            self._take_renamed(change, ours_at, ours, before, after)
        elif after is None:
            self._take_deleted(ours_at, ours, before, renamed=ours_at != old)
        elif ours is None and before is not None:
            self._take_changed_that_we_deleted(change.path, before, after)
        else:
            self._unite(ours_at, ours, before, after)

    def _ours(self, path: str) -> bytes | None:
        try:
            return disk.read_bytes(self.top / path)
        except OSError:
            return None

    def _take_deleted(self, path: str, ours: bytes | None, before: bytes | None, *, renamed: bool) -> None:
        if ours is None:
            return
        if not renamed and (before is None or _same(ours, before)):
            self.files[path] = None
        else:
            self.conflicts.append(path)

    def _take_changed_that_we_deleted(self, path: str, before: bytes, after: bytes) -> None:
        if not _same(before, after):
            self.conflicts.append(path)

    def _take_renamed(
        self, change: Change, ours_at: str, ours: bytes | None, before: bytes | None, after: bytes | None
    ) -> None:
        if ours is None:  # deleted here, renamed there
            self.files[change.path] = after
            self.conflicts.append(change.path)
        elif ours_at not in (change.old_path, change.path):  # renamed on both sides, to different names
            self.conflicts.append(change.path)
        else:
            if ours_at != change.path:
                self.files[ours_at] = None
            self._unite(change.path, ours, before, after)

    def _unite(self, path: str, ours: bytes | None, before: bytes | None, after: bytes | None) -> None:
        if after is None or (ours is not None and _same(ours, after)):
            if after is not None and ours is not None and self._ours(path) != ours:
                self.files[path] = ours
            return
        if ours is None or (before is not None and _same(ours, before)):
            self.files[path] = after
            return
        if before is None:  # added on both sides, each in its own way
            self.conflicts.append(path)
            return
        content, clean = _united(ours, before, after)
        self.files[path] = content
        if not clean:
            self.conflicts.append(path)


def _same(one: bytes, other: bytes) -> bool:
    """Line ends aside, which a checkout may change."""
    return one == other or one.replace(b"\r\n", b"\n") == other.replace(b"\r\n", b"\n")


def _united(ours: bytes, before: bytes, theirs: bytes) -> tuple[bytes, bool]:
    """Both changes in one text, and whether that could be done without keeping both versions of the same lines."""
    with tempfile.TemporaryDirectory(prefix="migration_guard-") as folder:
        paths = [Path(folder, name) for name in ("ours", "before", "theirs")]
        for path, content in zip(paths, (ours, before, theirs), strict=True):
            path.write_bytes(content.replace(b"\r\n", b"\n"))
        merged, clean = merge_file(*paths)
        if clean:
            return merged, True
        return merge_file(*paths, union=True)[0], False
