"""Every file and folder that a run reads, noted by an audit hook, so that a later run can tell that nothing changed.

In: what Python tells about opened files and listed folders while a `Watch` is open. Out: `Evidence` that holds as long
as all of it is as it was. Nobody who reads anything has to report it. What is merely looked up (whether a file exists)
raises no event: therefore the folders around everything that was read count as listed.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeAlias

Status: TypeAlias = tuple[int, int, int]
"""Modified, changed (both in nanoseconds), size: what tells one content of a path from another."""

DIGEST_BYTES = 16
FINE, COARSE = 50_000_000, 2_000_000_000
"""How far apart two changes of a file may be and bear the same time: clocks tick, and some file systems round."""

OF_NO_INTEREST = ("/proc/", "/sys/", "/dev/")
MARKERS = frozenset(
    {
        ".git",
        ".hg",
        ".venv",
        "venv",
        "env",
        "pyproject.toml",
        "setup.cfg",
        "setup.py",
        "tox.ini",
        "pytest.ini",
        "manage.py",
    }
)
"""What is looked for above the projects: a tree of folders holds much else that comes and goes."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was read, and how it was. Folders `above` all projects count only by names that may concern them."""

    files: tuple[tuple[str, Status, str], ...]
    folders: tuple[tuple[str, Status, str], ...]
    absent: tuple[str, ...]
    above: tuple[tuple[str, str], ...]

    def holds(self) -> bool:
        """Whether everything is as it was: by its times, or else by its content."""
        return (
            not any(map(status_of, self.absent))
            and all(status_of(path) == status or _file_digest(path) == digest for path, status, digest in self.files)
            and all(status_of(path) == status or _listing(path) == digest for path, status, digest in self.folders)
            and all((_listing(path, above=True) or "") == digest for path, digest in self.above)
        )

    def data(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"files": self.files, "folders": self.folders, "absent": self.absent, "above": self.above}

    @staticmethod
    def of(data: dict[str, Any]) -> Evidence:
        """From JSON. Raises TypeError, ValueError or KeyError for what is none."""
        return Evidence(
            tuple((str(path), _times(*status), str(digest)) for path, status, digest in data["files"]),
            tuple((str(path), _times(*status), str(digest)) for path, status, digest in data["folders"]),
            tuple(map(str, data["absent"])),
            tuple((str(path), str(digest)) for path, digest in data["above"]),
        )


def _times(modified: int, changed: int, size: int) -> Status:
    return modified, changed, size


class Watch:
    """A context manager: while it is open, what is read is noted. One at a time; of other threads as well."""

    def __init__(self, start: Path) -> None:
        self.began = time.time_ns()
        self._start = start
        self.seen: dict[str, Status | None] = {}
        self._above = {path: _listing(path, above=True) or "" for path in map(str, start.parents)}

    def __enter__(self) -> Watch:
        _install()
        _current.append(self)
        return self

    def __exit__(self, *error: object) -> None:
        _current.remove(self)

    def note(self, path: Any) -> None:
        """A file or folder that is about to be read: a change that comes between is then seen as a change."""
        try:
            full = os.path.abspath(os.fsdecode(path))
        except (TypeError, ValueError, OSError):  # an open file, by its number; no working directory
            return
        if full not in self.seen:
            self.seen[full] = status_of(full)

    def evidence(self, bases: Iterable[Path], own: Iterable[Path]) -> Evidence | None:
        """What was noted, complete; None when something changed meanwhile, or so lately that its time says little.

        `bases` are the folders of the projects. Whatever lies in the folders of `own` is not looked at.
        """
        inside = _Inside([*bases, self._start, *_repository(self._start)])
        ours = tuple(f"{folder}{os.sep}" for folder in own)
        above = {path: digest for path, digest in self._above.items() if not inside.has(path)}
        seen = {path: status for path, status in self.seen.items() if _counts(path, ours) and path not in above}
        for path in [*inside.around(seen), *inside.below(seen)]:
            if path not in seen and path not in above and _counts(path, ours):
                seen[path] = status_of(path)
        found = _Found()
        if not all(found.add(path, status, self.began) for path, status in seen.items()):
            return None
        if any((_listing(path, above=True) or "") != digest for path, digest in above.items()):
            return None
        return Evidence(tuple(found.files), tuple(found.folders), tuple(found.absent), tuple(above.items()))


class _Inside:
    """The folders of the projects, and which further folders in them may have been asked about."""

    def __init__(self, bases: Iterable[Path]) -> None:
        self._bases = tuple({f"{os.path.abspath(base)}{os.sep}" for base in bases})

    def has(self, path: str) -> bool:
        return f"{path}{os.sep}".startswith(self._bases)

    def around(self, seen: Iterable[str]) -> Iterator[str]:
        """The folders that hold what was read: something else may have been looked for beside it."""
        return filter(self.has, dict.fromkeys(os.path.dirname(path) for path in seen))

    def below(self, seen: Iterable[str]) -> Iterator[str]:
        """The folders in folders that were listed: of each may have been asked what it is."""
        for path in [path for path in seen if self.has(path)]:
            for name, is_folder in _names(path) or ():
                if is_folder and not name.startswith("."):
                    yield os.path.join(path, name)


class _Found:
    """Evidence while it is being collected."""

    def __init__(self) -> None:
        self.files: list[tuple[str, Status, str]] = []
        self.folders: list[tuple[str, Status, str]] = []
        self.absent: list[str] = []

    def add(self, path: str, status: Status | None, began: int) -> bool:
        """Whether the path is as it was when it was noted, and had been so for a while."""
        if status != status_of(path):
            return False
        if status is None:
            self.absent.append(path)
            return True
        if max(status[:2]) > began - _tick(status):
            return False
        listing = _listing(path)
        content = _file_digest(path) if listing is None else None
        if listing is not None:
            self.folders.append((path, status, listing))
        elif content is not None:
            self.files.append((path, status, content))
        return listing is not None or content is not None


def _tick(status: Status) -> int:
    return COARSE if status[0] % 1_000_000_000 == 0 else FINE


def _counts(path: str, ours: tuple[str, ...]) -> bool:
    """Whether it is a part of some project or environment, and no compiled copy of it."""
    return not f"{path}{os.sep}".startswith((*OF_NO_INTEREST, *ours)) and f"{os.sep}__pycache__" not in path


def _repository(start: Path) -> list[Path]:
    return [folder for folder in (start, *start.parents) if (folder / ".git").exists()][:1]


# The file system


def status_of(path: str) -> Status | None:
    """The status of a file or folder as it is now; None where there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size


def _file_digest(path: str) -> str | None:
    try:
        with open(path, "rb", buffering=0) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return None
            return blake2b(file.read(), digest_size=DIGEST_BYTES).hexdigest()
    except (OSError, ValueError):
        return None


def _names(path: str) -> list[tuple[str, bool]] | None:
    try:
        with os.scandir(path) as entries:
            return [(entry.name, entry.is_dir()) for entry in entries if entry.name != "__pycache__"]
    except (OSError, ValueError):
        return None


def _listing(path: str, above: bool = False) -> str | None:
    """What names a folder holds, in short; None for what is no folder that can be read."""
    names = _names(path)
    if names is None:
        return None
    kept = sorted(name for name in names if not above or name[0] in MARKERS)
    text = "\0".join(f"{name}/" if is_folder else name for name, is_folder in kept)
    return blake2b(text.encode("utf-8", "surrogateescape"), digest_size=DIGEST_BYTES).hexdigest()


# The hook

_current: list[Watch] = []
_installed: list[bool] = []
_lock = threading.Lock()


def _install() -> None:
    """Once per process: hooks cannot be taken away, but this one does nothing while nobody watches."""
    with _lock:
        if not _installed:
            _installed.append(True)
            sys.addaudithook(_hear)


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if _current and event in ("open", "os.scandir", "os.listdir") and args[0] is not None:
        for watch in _current:
            watch.note(args[0])
