"""Modules that define models although no models module imports them: `AppConfig.ready()`, URLs and the admin may.

In: an app, and names of models that its migrations know. Out: the modules of its package in whose text a class of such
a name stands, as far as another module imports them: what nobody imports is no part of a running project. Tests and
migrations are left out: what they define or import is none either.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator

from migration_guard.disk import read_bytes, scandir
from migration_guard.project.apps import InstalledApp

ELSEWHERE = frozenset({"migrations", "tests", "test", "testing", "node_modules", "static", "templates", "locale"})
DISCOVERED = frozenset({"admin", "tasks"})
"""Modules that Django's admin and Celery import of every app, by this name."""
MOST_FILES = 5_000


def modules_with_classes(app: InstalledApp, names: Collection[str], apps: Iterable[InstalledApp]) -> Iterator[str]:
    """Dotted names of modules in an app's package that hold a class of one of the names, whatever their case.

    `apps` are those in which somebody may import them.
    """
    if not names:
        return
    words = "|".join(map(re.escape, sorted(names)))
    pattern = re.compile(rf"^[ \t]*class[ \t]+(?:{words})\b".encode(), re.IGNORECASE | re.MULTILINE)
    for dotted, path in _modules(app):
        if _holds(path, pattern) and _is_imported(dotted, path, apps):
            yield dotted


def _is_imported(dotted: str, own: str, apps: Iterable[InstalledApp]) -> bool:
    """Whether the text of another module imports a module, in a statement or by its name as a text."""
    word = dotted.rpartition(".")[2]
    if word in DISCOVERED:
        return True
    pattern = re.compile(
        rf"^[ \t]*(?:from|import)\b.*\b{word}\b"
        rf"|^[ \t]*from\b[^(\n]*\([^)]*\b{word}\b"
        rf"|[\"'](?:[\w.]*\.)?{word}[\"']".encode(),
        re.MULTILINE,
    )
    return any(path != own and _holds(path, pattern) for app in apps for _, path in _modules(app))


def _modules(app: InstalledApp) -> Iterator[tuple[str, str]]:
    """Dotted names and paths of the modules in an app's package."""
    if app.path is None:
        return
    left = MOST_FILES
    todo = [(os.fspath(app.path.parent if app.path.suffix == ".py" else app.path), app.name)]
    while todo:
        folder, package = todo.pop()
        for name, path, is_folder in _entries(folder):
            if is_folder:
                todo.append((path, f"{package}.{name}"))
            elif left > 0:
                left -= 1
                yield package if name == "__init__" else f"{package}.{name}", path


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
