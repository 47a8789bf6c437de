"""What is known of Django's contrib apps and of well-known packages where their source cannot be read.

`stubs/` holds source that states fields, options, bases and migrations, and nothing else; it is read like any other
source and never imported. `db.json` and `rest.json` are the names of Django's modules (see `natives/catalogue.py`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from migration_guard.source.finder import Finder, Found

STUBS = Path(__file__).parent / "stubs"


def is_stub(path: Path | None) -> bool:
    """Whether a module's source is a stub: names that it lacks may well exist in the real module."""
    return path is not None and STUBS in path.parents


class WithStubs:
    """A finder that answers from the stubs for packages that it cannot find otherwise."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._stubs = Finder([STUBS])

    @property
    def consulted(self) -> Mapping[str, int]:
        return self._finder.consulted

    def find(self, dotted: str) -> Found | None:
        """The module of that absolute name; a stub only where its whole top-level package is missing."""
        top = self._finder.find(dotted.partition(".")[0])
        if top is not None and top.kind != "namespace":
            return self._finder.find(dotted)
        found = self._finder.find(dotted)
        if found is not None and found.kind != "namespace":
            return found
        stub = self._stubs.find(dotted)
        return found if stub is None else dataclasses.replace(stub, first_party=False)
