"""All rules: the modules of the catalogue, and what other packages bring through an entry point.

In: the package's own folder and the entry points `migration_guard.rules` (each names a module such as those of the
catalogue). Out: `Loaded` rules in the order of their codes. A rule of another package that cannot be loaded is a
`UsageError` with its name; it is code that the user installed beside this program, never code of the project.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType

from migration_guard.diagnostics import BUILT_IN, Codes, UsageError
from migration_guard.rules import catalogue
from migration_guard.rules.rule import Loaded, Rule

GROUP = "migration_guard.rules"


@cache
def all_rules() -> tuple[Loaded, ...]:
    """Every rule, sorted by code."""
    found = [_own(info.name) for info in pkgutil.iter_modules(catalogue.__path__) if info.name.startswith("mg")]
    found += [_foreign(point.name, point.load) for point in entry_points(group=GROUP)]
    by_code: dict[str, Loaded] = {}
    for loaded in found:
        if loaded.rule.code in by_code or loaded.rule.code in BUILT_IN:
            raise UsageError(f"the code {loaded.rule.code} is taken by two rules")
        by_code[loaded.rule.code] = loaded
    return tuple(by_code[code] for code in sorted(by_code))


@cache
def all_codes() -> Codes:
    """The codes of all rules with those that are built in, sorted."""
    codes = [*BUILT_IN.values(), *(loaded.rule.as_code for loaded in all_rules())]
    return Codes(sorted(codes, key=lambda code: code.code))


def off_by_default() -> frozenset[str]:
    """The codes that count only where they are selected."""
    return frozenset(loaded.rule.code for loaded in all_rules() if not loaded.rule.enabled)


def _own(name: str) -> Loaded:
    return loaded_from(importlib.import_module(f"{catalogue.__name__}.{name}"))


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
