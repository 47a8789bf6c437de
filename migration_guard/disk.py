"""The files as a run sees them: the disk's, and over them what is laid there for a while (staged, or to be merged).

In: paths. Out: what `os.path`, `os.scandir` and `open` would say, with the overlay's files in their places. Nothing is
ever written. Whatever belongs to the project under analysis is read through here; our own cache and what is about to be
overwritten are not.
"""

from __future__ import annotations

import fnmatch
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TypeAlias

AnyPath: TypeAlias = "str | os.PathLike[str]"

NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
LEFT_BEHIND = frozenset({"__pycache__"})
"""What does not keep a folder alive whose files are gone."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """Files by absolute path: their content, or None for a file that is not to be seen."""

    files: Mapping[str, bytes | None] = field(default_factory=dict)

    def over(self, other: Overlay) -> Overlay:
        """Both, where this one lies on top."""
        return Overlay({**other.files, **self.files})

    def digest(self) -> str:
        """What tells one overlay from another; empty for one that changes nothing."""
        if not self.files:
            return ""
        found = blake2b(digest_size=16)
        for path, content in sorted(self.files.items()):
            for part in (os.fsencode(path), b"-" if content is None else b"+%d" % len(content), content or b""):
                found.update(part + b"\0")
        return found.hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """What a folder holds, as `os.DirEntry` says it."""

    name: str
    path: str
    folder: bool
    file: bool
    link: bool = False

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return self.folder and (follow_symlinks or not self.link)

    def is_file(self) -> bool:
        return self.file


@contextmanager
def laid_over(overlay: Overlay) -> Iterator[None]:
    """While this is open, the overlay's files are in their places. A second one lies on top of the first."""
    below = _laid.get()
    known = Overlay() if below is None else below.overlay
    token = _laid.set(_View(overlay.over(known)) if overlay.files or known.files else None)
    try:
        yield
    finally:
        _laid.reset(token)


@contextmanager
def bare() -> Iterator[None]:
    """While this is open, the files are the disk's own, whatever is laid over them."""
    token = _laid.set(None)
    try:
        yield
    finally:
        _laid.reset(token)


def overlay_digest() -> str:
    """What tells the overlay that is in place from others; empty where there is none."""
    view = _laid.get()
    return "" if view is None else view.overlay.digest()


def laid(path: AnyPath) -> bool:
    """Whether the overlay says something of a path."""
    view = _laid.get()
    return view is not None and os.path.abspath(path) in view.overlay.files


def isfile(path: AnyPath) -> bool:
    view = _laid.get()
    return os.path.isfile(path) if view is None else view.isfile(os.path.abspath(path))


def isdir(path: AnyPath) -> bool:
    view = _laid.get()
    return os.path.isdir(path) if view is None else view.isdir(os.path.abspath(path))


def exists(path: AnyPath) -> bool:
    view = _laid.get()
    return os.path.exists(path) if view is None else view.exists(os.path.abspath(path))


def scandir(folder: AnyPath) -> list[Entry]:
    """The entries of a folder. Raises OSError as `os.scandir` does; an entry that cannot be looked at is left out."""
    view = _laid.get()
    return _scan(os.fspath(folder)) if view is None else view.scandir(os.path.abspath(folder))


def glob(folder: AnyPath, pattern: str) -> list[Path]:
    """The paths in a folder that fit a pattern such as `*.py` or `*/*.py`, sorted; none where it cannot be listed."""
    first, _, rest = pattern.partition("/")
    if rest:
        return [path for inner in glob(folder, first) for path in glob(inner, rest)]
    try:
        names = [entry.name for entry in scandir(folder)]
    except OSError:
        return []
    return [Path(folder, name) for name in sorted(names) if fnmatch.fnmatchcase(name, pattern)]


def read_bytes(path: AnyPath, limit: int = -1) -> bytes:
    """The content of a regular file, or its beginning. Raises OSError, also for pipes and devices."""
    view = _laid.get()
    if view is not None:
        full = os.path.abspath(path)
        content = view.overlay.files.get(full, _ABSENT)
        if content is None or (content is _ABSENT and view.covered(full)):
            raise FileNotFoundError(2, "No such file or directory", full)
        if isinstance(content, bytes):
            return content if limit < 0 else content[:limit]
    # Opening a pipe would wait for a writer, and a device may have no end.
    with open(os.open(path, os.O_RDONLY | NO_WAITING), "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(22, "not a regular file")
        return file.read(limit)


def read_text(path: AnyPath, errors: str = "strict", encoding: str = "utf-8") -> str:
    """The content as text, line ends as newlines. Raises OSError and UnicodeDecodeError."""
    return read_bytes(path).decode(encoding, errors).replace("\r\n", "\n").replace("\r", "\n")


class _Absent:
    """No entry of the overlay, neither content nor None."""


_ABSENT = _Absent()


class _View:
    """The disk with an overlay on it."""

    def __init__(self, overlay: Overlay) -> None:
        self.overlay = overlay
        self._added: dict[str, dict[str, bool]] = {}
        self._hollow: dict[str, bool] = {}
        self._losing: set[str] = set()
        for path, content in overlay.files.items():
            parent, name = os.path.split(path)
            if content is None:
                self._losing.add(parent)
                continue
            self._added.setdefault(parent, {})[name] = False
            while not self._linked(parent):
                above, own = os.path.split(parent)
                self._added.setdefault(above, {})[own] = True
                parent = above

    def _linked(self, folder: str) -> bool:
        above, own = os.path.split(folder)
        return above == folder or self._added.get(above, {}).get(own, False)

    def isfile(self, path: str) -> bool:
        if path in self.overlay.files:
            return self.overlay.files[path] is not None
        return os.path.isfile(path) and not self.covered(path)

    def isdir(self, path: str) -> bool:
        if path in self._added:
            return True
        return path not in self.overlay.files and os.path.isdir(path) and not self._is_hollow(path)

    def exists(self, path: str) -> bool:
        return self.isfile(path) or self.isdir(path) or (self._unknown(path) and os.path.exists(path))

    def _unknown(self, path: str) -> bool:
        return path not in self.overlay.files and not os.path.isdir(path) and not self.covered(path)

    def covered(self, path: str) -> bool:
        """Whether a path lies below one that is a file in the overlay."""
        parent = os.path.dirname(path)
        return self.overlay.files.get(parent) is not None

    def _is_hollow(self, folder: str) -> bool:
        """Whether git would have removed a folder with the last of its files."""
        if folder in self._hollow:
            return self._hollow[folder]
        concerned = any(path == folder or path.startswith(folder + os.sep) for path in self._losing)
        self._hollow[folder] = concerned and not self._kept(folder)
        return self._hollow[folder]

    def _kept(self, folder: str) -> bool:
        try:
            return any(entry.name not in LEFT_BEHIND for entry in self._entries(folder))
        except OSError:
            return True

    def scandir(self, folder: str) -> list[Entry]:
        if not self.isdir(folder):
            raise FileNotFoundError(2, "No such file or directory", folder)
        return self._entries(folder)

    def _entries(self, folder: str) -> list[Entry]:
        added = self._added.get(folder, {})
        if not added and folder not in self._losing and not self._loses_below(folder):
            return _scan(folder)
        try:
            found = {entry.name: entry for entry in _scan(folder)}
        except OSError:
            if not added:
                raise
            found = {}
        for name in [name for name, entry in found.items() if not self._stays(entry)]:
            del found[name]
        for name, is_folder in added.items():
            found[name] = Entry(name, os.path.join(folder, name), is_folder, not is_folder)
        return list(found.values())

    def _loses_below(self, folder: str) -> bool:
        return any(os.path.dirname(path) == folder or path.startswith(folder + os.sep) for path in self._losing)

    def _stays(self, entry: Entry) -> bool:
        if entry.path in self.overlay.files:
            return self.overlay.files[entry.path] is not None
        return not entry.folder or entry.path in self._added or not self._is_hollow(entry.path)


def _scan(folder: str) -> list[Entry]:
    found: list[Entry] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            try:
                found.append(Entry(entry.name, entry.path, entry.is_dir(), entry.is_file(), entry.is_symlink()))
            except OSError:  # a loop of symbolic links
                continue
    return found


_laid: ContextVar[_View | None] = ContextVar("overlay", default=None)
