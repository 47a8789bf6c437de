"""Where a module's source is, as Python's path-based import system would find it.

In: a dotted name, the project's source roots and its environment. Out: a `Found`, or None: not there, or without
source. It lists folders (once each) and reads nothing but their names; no module is imported, no import hook is run.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from migration_guard.source.environment import Environment
from migration_guard.source.listings import Listings

NEVER_IN_A_NAME = re.compile(r"[/\\\0]|-stubs$")
"""Separators would leave the folder; a folder of type stubs would pass for a namespace."""

Kind = Literal["module", "package", "namespace"]


@dataclass(frozen=True, slots=True)
class Found:
    """A module that exists. `path` is its file, None for a namespace; `search_paths` is what ``__path__`` would be."""

    name: str
    kind: Kind
    path: Path | None
    search_paths: tuple[Path, ...]
    first_party: bool


def is_stdlib(dotted: str) -> bool:
    """Whether a name belongs to the standard library (of the Python that runs us)."""
    return dotted.partition(".")[0] in sys.stdlib_module_names


class Finder:
    """Finds modules in `roots` (first-party) and then in `environment`."""

    def __init__(self, roots: Sequence[Path], environment: Environment | None = None) -> None:
        self.environment = environment
        self._listings = environment.listings if environment else Listings()
        self._editable = environment.editable if environment else {}
        self._namespaces = environment.namespaces if environment else {}
        self._paths = [(os.path.abspath(root), True) for root in roots]
        if environment:
            self._paths += [(os.fspath(path), False) for path in environment.paths]
        self._first_party = dict(self._paths)
        self._known: dict[str, Found | None] = {}

    @property
    def consulted(self) -> Mapping[str, int]:
        """Every folder and file that the answers so far depend on; see `listings.unchanged`."""
        return self._listings.consulted

    def find(self, dotted: str) -> Found | None:
        """The module of that absolute name."""
        if dotted in self._known:
            return self._known[dotted]
        parent, _, tail = dotted.rpartition(".")
        found = None
        # Migrations are imported by names that are no identifiers, such as 0001_initial.
        if tail and not NEVER_IN_A_NAME.search(tail):
            paths = self._paths
            if parent:
                package = self.find(parent)
                places = map(os.fspath, package.search_paths) if package else ()
                paths = [(place, self._first_party.get(place, False)) for place in places]
            found = self._search(dotted, tail, paths)
        self._known[dotted] = found
        return found

    def _search(self, dotted: str, tail: str, paths: list[tuple[str, bool]]) -> Found | None:
        portions: list[tuple[str, bool]] = []
        for folder, first_party in paths:
            names = self._listings.names(folder)
            if names.get(tail):
                place = os.path.join(folder, tail)
                self._first_party[place] = first_party  # folder by folder: a namespace may be of both parties
                if self._is_package(place):
                    return _package(dotted, place, first_party)
                portions.append((place, first_party))
            if names.get(tail + ".py") is False:
                return _module(dotted, os.path.join(folder, tail + ".py"), first_party)
        found = self._search_editable(dotted)
        if found:
            return found
        portions += [(os.fspath(path), False) for path in self._namespaces.get(dotted, ())]
        if not portions:
            return None
        return Found(dotted, "namespace", None, tuple(Path(place) for place, _ in portions), portions[0][1])

    def _search_editable(self, dotted: str) -> Found | None:
        """Setuptools appends its finder for editable installs to the others, so it is asked last."""
        place = self._editable.get(dotted)
        if place is None:
            return None
        if self._is_package(os.fspath(place)):
            return _package(dotted, os.fspath(place), first_party=False)
        file = place if place.suffix == ".py" else place.with_name(place.name + ".py")
        if self._listings.names(os.fspath(file.parent)).get(file.name) is False:
            return _module(dotted, os.fspath(file), first_party=False)
        return None

    def _is_package(self, folder: str) -> bool:
        return self._listings.names(folder).get("__init__.py") is False


def _package(dotted: str, folder: str, first_party: bool) -> Found:
    return Found(dotted, "package", Path(folder, "__init__.py"), (Path(folder),), first_party)


def _module(dotted: str, file: str, first_party: bool) -> Found:
    return Found(dotted, "module", Path(file), (), first_party)
