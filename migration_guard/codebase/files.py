"""The project's own code and templates, file by file, with a quick look whether a word is in them at all.

In: the folders of a project. Out: paths and bytes of files that hold a word. Migrations, tests, environments and what
is generated are left out: migrations speak of the past, and tests fail by themselves.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from migration_guard import disk
from migration_guard.project.discovery import IGNORED

MAX_BYTES = 2 * 2**20
MAX_FILES = 40_000
LEFT_OUT = IGNORED | {"migrations", "tests", "test", "testing", "locale", "build", "dist", "venv", "env", "virtualenv"}
_TEST = re.compile(r"(test_.*|.*_tests?|tests?|conftest|factories)\.py")
TEMPLATES = (".html", ".txt", ".xml", ".jinja", ".jinja2", ".j2", ".djhtml")


class Files:
    """Files below some folders, read when asked for and kept."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = [os.path.abspath(folder) for folder in folders]
        self._read: dict[str, bytes] = {}

    def holding(self, word: str, *, templates: bool = False) -> Iterator[tuple[Path, bytes]]:
        """The files that a word occurs in, in any surroundings."""
        wanted = word.encode()
        for path in self._templates if templates else self._python:
            data = self._bytes(path)
            if wanted in data:
                yield Path(path), data

    def _bytes(self, path: str) -> bytes:
        if path not in self._read:
            try:
                self._read[path] = disk.read_bytes(path, MAX_BYTES)
            except OSError:
                self._read[path] = b""
        return self._read[path]

    @property
    def _python(self) -> list[str]:
        return [path for path in self._all if path.endswith(".py") and not _TEST.fullmatch(os.path.basename(path))]

    @property
    def _templates(self) -> list[str]:
        return [path for path in self._all if path.endswith(TEMPLATES)]

    @cached_property
    def _all(self) -> list[str]:
        found: dict[str, None] = {}
        waiting = list(reversed(self._folders))
        while waiting and len(found) < MAX_FILES:
            folder = waiting.pop()
            try:
                entries = sorted(disk.scandir(folder), key=lambda entry: entry.name)
            except OSError:
                continue
            folders = [e.name for e in entries if e.is_dir(follow_symlinks=False) and not _left_out(folder, e.name)]
            waiting += [os.path.join(folder, name) for name in reversed(folders)]
            for entry in entries:
                if entry.is_file() and entry.name.endswith((".py", *TEMPLATES)):
                    found[os.path.join(folder, entry.name)] = None
        return list(found)


def _left_out(folder: str, name: str) -> bool:
    if name.startswith(".") or name.endswith((".egg-info", ".dist-info")):
        return True
    if name in LEFT_OUT and not (name in ("build", "dist", "env") and _is_package(folder, name)):
        return True
    return disk.exists(os.path.join(folder, name, "pyvenv.cfg"))


def _is_package(folder: str, name: str) -> bool:
    return disk.exists(os.path.join(folder, name, "__init__.py"))
