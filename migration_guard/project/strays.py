"""Modules that define models although nothing that was read imports them: `AppConfig.ready()`, URLs and the admin may.

In: an app, and names of models that its migrations know. Out: the modules of its package in whose text a class of such
a name stands. Tests and migrations are left out: what they define is no model of a running project.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator

from migration_guard.disk import read_bytes, scandir
from migration_guard.project.apps import InstalledApp

ELSEWHERE = frozenset({"migrations", "tests", "test", "testing", "node_modules", "static", "templates", "locale"})
MOST_FILES = 5_000


def modules_with_classes(app: InstalledApp, names: Collection[str]) -> Iterator[str]:
    """Dotted names of modules in an app's package that hold a class of one of the names, whatever their case."""
    if app.path is None or not names:
        return
    words = "|".join(map(re.escape, sorted(names)))
    pattern = re.compile(rf"^[ \t]*class[ \t]+(?:{words})\b".encode(), re.IGNORECASE | re.MULTILINE)
    left = MOST_FILES
    todo = [(os.fspath(app.path.parent if app.path.suffix == ".py" else app.path), app.name)]
    while todo:
        folder, package = todo.pop()
        for name, path, is_folder in _entries(folder):
            if is_folder:
                todo.append((path, f"{package}.{name}"))
            elif left > 0:
                left -= 1
                if _holds(path, pattern):
                    yield package if name == "__init__" else f"{package}.{name}"


def _entries(folder: str) -> Iterator[tuple[str, str, bool]]:
    """(name, path, is it a folder) of what may hold models."""
    try:
        entries = scandir(folder)
    except OSError:
        return
    for entry in sorted(entries, key=lambda entry: entry.name):
        stem, suffix = os.path.splitext(entry.name)
        if stem in ELSEWHERE or not stem.isidentifier() or stem.startswith("test_"):
            continue
        if entry.is_dir(follow_symlinks=False):
            if not suffix and stem != "__pycache__":
                yield stem, entry.path, True
        elif suffix == ".py":
            yield stem, entry.path, False


def _holds(path: str, pattern: re.Pattern[bytes]) -> bool:
    try:
        return pattern.search(read_bytes(path)) is not None
    except OSError:
        return False
