"""All rules: the modules of the catalogue, and what other packages bring through an entry point.

In: the package's own folder, `index.json` (made by tools/rule_pages.py), and the entry points `migration_guard.rules`,
each of which names a module such as those of the catalogue. Out: what is `Listed`, in the order of codes, and `Loaded`
rules: one of our own that has nothing to say is never imported. A rule of another package that cannot be loaded is a
`UsageError` with its name; it is code that the user installed beside this program, never code of the project.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from migration_guard.diagnostics import BUILT_IN, Code, Codes, Severity, UsageError
from migration_guard.rules import catalogue
from migration_guard.rules.rule import Loaded, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import EntryPoint

GROUP = "migration_guard.rules"
INDEX = Path(__file__).with_name("index.json")


@dataclass(frozen=True, slots=True)
class Listed:
    """What is known of a rule before it is loaded. `about` are names of operations and of what statements do."""

    code: Code
    enabled: bool
    about: frozenset[str]
    module: str = ""
    foreign: Loaded | None = None

    def concerns(self, words: Collection[str]) -> bool:
        """Whether it may have something to say where these operations and statements are."""
        return not self.about or not self.about.isdisjoint(words)

    def load(self) -> Loaded:
        """The rule itself."""
        return self.foreign or _own(self.module)


@cache
def listed() -> tuple[Listed, ...]:
    """Every rule, sorted by code; only those of other packages are loaded for that."""
    by_code: dict[str, Listed] = {}
    for item in (*_catalogue(), *_others()):
        if item.code.code in by_code or item.code.code in BUILT_IN:
            raise UsageError(f"the code {item.code.code} is taken by two rules")
        by_code[item.code.code] = item
    return tuple(by_code[code] for code in sorted(by_code))


@cache
def all_rules() -> tuple[Loaded, ...]:
    """Every rule, loaded, sorted by code."""
    return tuple(item.load() for item in listed())


@cache
def all_codes() -> Codes:
    """The codes of all rules with those that are built in, sorted."""
    codes = [*BUILT_IN.values(), *(item.code for item in listed())]
    return Codes(sorted(codes, key=lambda code: code.code))


def off_by_default() -> frozenset[str]:
    """The codes that count only where they are selected."""
    return frozenset(item.code.code for item in listed() if not item.enabled)


# Our own


def _catalogue() -> Iterator[Listed]:
    """The modules of the catalogue, as the index has them; one that it lacks is loaded at once."""
    known = _index()
    for name in modules():
        if name in known:
            code, short, title, severity, enabled, about = known[name]
            yield Listed(Code(code, short, title, Severity(severity)), enabled, frozenset(about), name)
        else:
            yield _listed(_own(name))


def _index() -> dict[str, list[Any]]:
    """Of each module: code, name, title, severity, whether it is on by default, what it is about."""
    try:
        found: dict[str, list[Any]] = json.loads(INDEX.read_bytes())
    except OSError:
        return {}
    return found


def modules() -> list[str]:
    """The names of the modules of the catalogue."""
    found = {file.partition(".")[0] for folder in catalogue.__path__ for file in os.listdir(folder)}
    return sorted(name for name in found if name.startswith("mg"))


def _own(name: str) -> Loaded:
    return loaded_from(importlib.import_module(f"{catalogue.__name__}.{name}"))


def _listed(loaded: Loaded) -> Listed:
    return Listed(loaded.rule.as_code, loaded.rule.enabled, frozenset(loaded.rule.words), foreign=loaded)


# Other packages'


def _others() -> Iterator[Listed]:
    for point in entry_points(GROUP):
        yield _listed(_foreign(point.name, point.load))


def entry_points(group: str) -> Iterable[EntryPoint]:
    """The entry points of a group. What finds them is slow to import: files tell whether there are any."""
    if not any(group.encode() in text for folder in sys.path for text in _texts(folder)):
        return ()
    from importlib.metadata import entry_points as found

    return found(group=group)


def _texts(folder: str) -> Iterator[bytes]:
    """The lists of entry points in a folder of packages, and anything that may hold some."""
    if os.path.isfile(folder):
        yield GROUP.encode()  # an archive: nobody looks into it here
        return
    try:
        names = [name for name in os.listdir(folder or ".") if name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return
    for name in names:
        try:
            with open(os.path.join(folder, name, "entry_points.txt"), "rb") as file:
                yield file.read()
        except OSError:
            continue


def _foreign(name: str, load: object) -> Loaded:
    try:
        module = load() if callable(load) else None
        if isinstance(module, ModuleType):
            return loaded_from(module)
    except Exception as error:  # whatever another package's code may raise
        raise UsageError(f"the rule {name!r} cannot be loaded: {type(error).__name__}: {error}") from error
    raise UsageError(f"the entry point {name!r} of {GROUP} must name a module with a RULE and a check function")


def loaded_from(module: ModuleType) -> Loaded:
    """The rule of a module."""
    rule = module.RULE
    if not isinstance(rule, Rule):
        raise TypeError(f"{module.__name__}.RULE is not a Rule")
    loaded = Loaded(
        rule,
        module.__doc__ or "",
        getattr(module, "check", None),
        getattr(module, "check_migration", None),
        getattr(module, "check_project", None),
    )
    if not (loaded.on_operation or loaded.on_migration or loaded.on_project):
        raise TypeError(f"{module.__name__} has no check function")
    return loaded
