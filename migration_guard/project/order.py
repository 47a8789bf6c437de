"""The order of fields: Django's creation counters, worked out from positions.

Modules are read here in another order than Python imports them, so a field's counter is the place where it is made:
the rank of its module in Python's order of imports, its top-level statement, and a running number within it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Module

if TYPE_CHECKING:
    from migration_guard.project.models import Built, Entry, ModelBuilder


AUTO = "<automatic>"
"""Stands for the module of fields that Django itself creates."""


def sort_entries(builder: ModelBuilder, built: Built) -> list[Entry]:
    """A model's fields in the order of `_meta.local_fields` and `local_many_to_many`."""
    modules = {entry.order[0] for entry in built.entries} - {AUTO}
    ranks = import_ranks(builder.interp, builder.start_modules) if len(modules) > 1 else {}

    def key(entry: Entry) -> tuple[Any, ...]:
        module, at, number = entry.order
        if module == AUTO:
            return (-1, 0, at, number)
        return (0, ranks.get(module, len(ranks)), at, number)

    return sorted(built.entries, key=key)


def import_ranks(interp: Interpreter, starts: Iterable[str]) -> dict[str, int]:
    """Modules in the order in which Python would finish their imports, as far as they were executed here."""
    ranks: dict[str, int] = {}
    visited: set[str] = set()
    for start in starts:
        stack: list[tuple[str, Any]] = [(start, iter(_imports(interp, start)))] if start not in visited else []
        visited.add(start)
        while stack:
            name, rest = stack[-1]
            following = next((dotted for dotted in rest if dotted not in visited), None)
            if following is None:
                stack.pop()
                ranks[name] = len(ranks)
                continue
            visited.add(following)
            stack.append((following, iter(_imports(interp, following))))
    return ranks


def _imports(interp: Interpreter, name: str) -> list[str]:
    module = interp.modules.get(name)
    if not isinstance(module, Module) or module.native is not None:
        return []
    names: list[str] = []
    parent = name.rpartition(".")[0]
    if parent:
        names.append(parent)
    for dotted in module.imports:
        parts = dotted.split(".")
        names += [".".join(parts[:i]) for i in range(1, len(parts) + 1)]
    return [dotted for dotted in names if isinstance(interp.modules.get(dotted), Module)]
