"""What is in a folder, asked of the file system once, with a note of everything that was asked.

In: paths. Out: names, contents of small text files, and `consulted`, by which a later run can tell that nothing has
changed. Whatever cannot be read is empty or absent; nothing raises, nothing is walked recursively.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from migration_guard.disk import read_bytes, scandir

ABSENT = -1
MAX_TEXT = 4 * 2**20


class Listings:
    """A cache of folder listings.

    `consulted` maps each folder and file that was asked for to its modification time in nanoseconds at that moment,
    or to `ABSENT`. As long as `unchanged` says so, the same questions have the same answers.
    """

    def __init__(self) -> None:
        self.consulted: dict[str, int] = {}
        self._folders: dict[str, Mapping[str, bool]] = {}

    def names(self, folder: str) -> Mapping[str, bool]:
        """The entries of a folder: name -> whether it is a folder (through symbolic links). Empty when unreadable."""
        known = self._folders.get(folder)
        if known is None:
            self._note(folder)
            known = self._folders[folder] = _scan(folder)
        return known

    def text(self, path: str) -> str | None:
        """The content of a small text file, or None."""
        self._note(path)
        try:
            return read_bytes(path, MAX_TEXT).decode("utf-8-sig", "surrogateescape")
        except (OSError, ValueError):
            return None

    def _note(self, path: str) -> None:
        # Before reading: a change that comes between is then seen as a change.
        self.consulted.setdefault(path, _modified(path))


def unchanged(consulted: Mapping[str, int]) -> bool:
    """Whether every folder and file in `consulted` is as it was."""
    return all(_modified(path) == time for path, time in consulted.items())


def _modified(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except (OSError, ValueError):
        return ABSENT


def _scan(folder: str) -> dict[str, bool]:
    names: dict[str, bool] = {}
    try:
        for entry in scandir(folder):
            if entry.folder or entry.file:  # not: pipes, devices, links that lead nowhere
                names[entry.name] = entry.folder
    except (OSError, ValueError):
        pass
    return names
