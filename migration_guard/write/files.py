"""Puts a set of changes to files on disk: all of them or none, and nothing that exists is ever overwritten unasked.

In: `Create`, `Replace` and `Delete` with absolute paths. Out: `Applied`, or `NotApplied` with one sentence; then the
tree is as it was. Never reads a project's meaning, never decides what to write.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from migration_guard.values import assert_never

if sys.platform != "win32":
    import fcntl


@dataclass(frozen=True, slots=True)
class Create:
    """A file that must not exist yet. Missing folders become packages: each gets an `__init__.py`.

    Text is written as UTF-8; bytes as they are.
    """

    path: Path
    text: str | bytes
    package: bool = True


@dataclass(frozen=True, slots=True)
class Replace:
    """New text for a file that must still have the content `before`."""

    path: Path
    text: str | bytes
    before: bytes


@dataclass(frozen=True, slots=True)
class Delete:
    """Removes a file that must still have the content `before`."""

    path: Path
    before: bytes


FileChange: TypeAlias = Create | Replace | Delete


@dataclass(frozen=True, slots=True)
class Applied:
    """Everything was written; `packages` are the `__init__.py` files that had to be made as well."""

    paths: tuple[Path, ...]
    packages: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class NotApplied:
    """Nothing was written, and why; `path` is the file at which it failed."""

    message: str
    path: Path


def apply_changes(changes: Sequence[FileChange]) -> Applied | NotApplied:
    """Write all changes or none."""
    obstacle = _obstacle(changes)
    if obstacle is not None:
        return obstacle
    work = _Work()
    try:
        for change in changes:
            work.stage(change)
        for change in changes:
            work.commit(change)
    except OSError as error:
        work.roll_back()
        path = Path(error.filename2 or error.filename or work.current)
        return NotApplied(f"cannot write {work.current}: {error.strerror or error}; nothing was written", path)
    except BaseException:
        work.roll_back()
        raise
    finally:
        work.clean()
    return Applied(tuple(change.path for change in changes), tuple(work.packages))


def _obstacle(changes: Sequence[FileChange]) -> NotApplied | None:
    """What makes the set impossible, before anything is touched."""
    removed = {change.path for change in changes if isinstance(change, Delete)}
    created: set[Path] = set()
    for change in changes:
        path = change.path
        if isinstance(change, Create):
            if path in created or (os.path.lexists(path) and path not in removed):
                return NotApplied(f"{path} exists already; nothing was written", path)
            created.add(path)
        elif _content(path) != change.before:
            return NotApplied(f"{path} has changed in the meantime; nothing was written", path)
    return None


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


@dataclass(slots=True)
class _Work:
    """What has been done so far, newest last, and how each step is undone."""

    current: Path = Path()
    packages: list[Path] = field(default_factory=list)
    staged: dict[Path, Path] = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)
    made: list[Path] = field(default_factory=list)
    backups: dict[Path, tuple[bytes, int]] = field(default_factory=dict)

    def stage(self, change: FileChange) -> None:
        """Make folders, and write the text next to its final place."""
        self.current = change.path
        if isinstance(change, Delete):
            return
        if isinstance(change, Create):
            self._folder(change.path.parent, change.package)
        temporary = change.path.with_name(f".{change.path.name}.{os.getpid()}.tmp")
        self.staged[change.path] = temporary
        _write_new(temporary, change.text.encode() if isinstance(change.text, str) else change.text)
        if isinstance(change, Replace):
            shutil.copymode(change.path, temporary)

    def _folder(self, folder: Path, package: bool) -> None:
        missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
        for parent in reversed(missing):
            parent.mkdir()
            self.folders.append(parent)
        if not package:
            return
        for parent in [*reversed(missing), folder]:
            init = parent / "__init__.py"
            if not os.path.lexists(init):
                _write_new(init, b"")
                self.made.append(init)
                self.packages.append(init)

    def commit(self, change: FileChange) -> None:
        path = self.current = change.path
        match change:
            case Create():
                _move_to_free_place(self.staged[path], path)
                self.made.append(path)
            case Replace():
                self.backups[path] = (change.before, path.stat().st_mode)
                os.replace(self.staged[path], path)
            case Delete():
                self.backups[path] = (change.before, path.stat().st_mode)
                path.unlink()
            case _:
                assert_never(change)

    def roll_back(self) -> None:
        """As far as the file system lets us: a second failure must not hide the first one."""
        for path in reversed(self.made):
            with contextlib.suppress(OSError):
                path.unlink()
        for path, (content, mode) in self.backups.items():
            with contextlib.suppress(OSError):
                path.write_bytes(content)
                path.chmod(mode)
        self.clean()
        for folder in reversed(self.folders):
            with contextlib.suppress(OSError):
                folder.rmdir()

    def clean(self) -> None:
        for temporary in self.staged.values():
            with contextlib.suppress(OSError):
                temporary.unlink()


def _write_new(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _move_to_free_place(temporary: Path, path: Path) -> None:
    """A hard link never overwrites and appears whole; where there are none, the name is reserved first."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        os.replace(temporary, path)


@contextlib.contextmanager
def writing(root: Path) -> Iterator[bool]:
    """Hold the right to write in a project: True, or False while another run holds it.

    To be entered before the project is read: what is planned from an older tree must not be written. The lock is on
    the folder itself, so that nothing is left behind, and ends with the process.
    """
    if sys.platform == "win32":  # folders cannot be locked there; files are still never overwritten
        yield True
        return
    descriptor = os.open(root, os.O_RDONLY)
    try:
        yield _try_lock(descriptor)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks
    return True
