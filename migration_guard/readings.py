"""What an earlier `check` read of a project, kept for the next one: only what a change concerns is read again.

In: an opened project of which nothing has been read. Out: the same, with what is still good of the reading before
(`resumed`); after a full reading, it is kept (`keep`). `project.earlier` knows what is good; here it is only stored.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from hashlib import blake2b

from migration_guard import __version__
from migration_guard.memo import MAX_BYTES, Watch, fetch, fingerprint, save
from migration_guard.project.earlier import Earlier, read_again, remember
from migration_guard.project.project import Project

FORMAT = 1
FOLDER = "readings"
KEPT = 8
"""Readings of large projects take megabytes."""


def resumed(project: Project, watch: Watch) -> Project:
    """A project with what an earlier check read, as far as nothing of it has changed. All of it counts as read now."""
    root = project.store.root
    found = fetch(root, _key(project), FOLDER) if root is not None else None
    if found is None:
        return project
    try:
        earlier = Earlier.of(found)
    except (KeyError, TypeError, ValueError, AttributeError):
        return project
    for text in earlier.texts.values():
        watch.note(text.path)
    return read_again(project, earlier)


def keep(project: Project) -> None:
    """Keep what was read of a project, where that was all of it and can be relied upon."""
    root = project.store.root
    found = remember(project) if root is not None else None
    if root is None or found is None:
        return
    payload = json.dumps(found.data(), ensure_ascii=True, separators=(",", ":")).encode()
    if len(payload) <= MAX_BYTES:
        with suppress(OSError):
            save(root, _key(project), payload, FOLDER, KEPT)


def _key(project: Project) -> str:
    """What tells this reading from those of other projects, of other programs, and under other options."""
    environment = project.environment
    said = [
        *("reading", FORMAT, __version__, fingerprint(), sys.version, os.fspath(project.root.path)),
        *(repr(project.root.source_roots), repr(project.choice.value), project.version, repr(project.config)),
        None if environment is None else [os.fspath(path) for path in (environment.prefix, *environment.paths)],
    ]
    return blake2b(json.dumps(said).encode("utf-8", "surrogateescape"), digest_size=20).hexdigest()
