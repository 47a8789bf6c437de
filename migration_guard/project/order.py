"""The order of fields: Django's creation counters, worked out from positions.

Modules are read here in another order than Python imports them, so a field's counter is the place where it is made:
the rank of its module in Python's order of imports, its top-level statement, and a running number within it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Module

if TYPE_CHECKING:
    from migration_guard.project.models import Built, Entry, ModelBuilder


AUTO = "<automatic>"
"""Stands for the module of fields that Django itself creates."""


def sort_entries(builder: ModelBuilder, built: Built) -> list[Entry]:
    """A model's fields in the order of `_meta.local_fields` and `local_many_to_many`."""
    modules = {entry.order[0] for entry in built.entries if not _automatic(entry)}
    ranks = builder.import_order.ranks() if len(modules) > 1 else {}

    def key(entry: Entry) -> tuple[Any, ...]:
        module, at, number = entry.order
        if _automatic(entry):
            return (-1, 0, 0, -number)
        return (0, ranks.get(module, len(ranks)), at, number)

    return sorted(built.entries, key=key)


class ImportOrder:
    """Modules in the order in which Python would finish their imports, as far as they were executed here.

    `ranks` is asked for once per model and more, and is worked out anew only when another import has been seen.
    """

    def __init__(self, interp: Interpreter, starts: Sequence[str]) -> None:
        self._interp = interp
        self._starts = starts
        self._seen: tuple[int, int] | None = None
        self._ranks: dict[str, int] = {}

    def ranks(self) -> dict[str, int]:
        """Module names and their places."""
        modules = self._interp.modules
        imports = sum(len(module.imports) for module in modules.values() if isinstance(module, Module))
        if self._seen != (len(modules), imports):
            self._seen = (len(modules), imports)
            self._ranks = _ranks(self._interp, self._starts)
        return self._ranks


def _ranks(interp: Interpreter, starts: Iterable[str]) -> dict[str, int]:
    ranks: dict[str, int] = {}
    visited: set[str] = set()
    for start in starts:
        stack: list[tuple[str, Iterator[str]]] = [(start, _imports(interp, start))] if start not in visited else []
        visited.add(start)
        while stack:
            name, rest = stack[-1]
            for dotted in rest:
                if dotted not in visited:
                    visited.add(dotted)
                    if isinstance(interp.modules.get(dotted), Module):
                        stack.append((dotted, _imports(interp, dotted)))
                        break
            else:
                stack.pop()
                ranks[name] = len(ranks)
    return ranks


def _imports(interp: Interpreter, name: str) -> Iterator[str]:
    """What a module imports; names that are no modules are among them."""
    module = interp.modules.get(name)
    if isinstance(module, Module) and module.native is None:
        parent = name.rpartition(".")[0]
        if parent:
            yield parent
        for dotted in module.imports:
            yield from _packages(dotted)


@cache
def _packages(dotted: str) -> tuple[str, ...]:
    """a, a.b and a.b.c of "a.b.c": importing one imports all of them."""
    parts = dotted.split(".")
    return tuple(".".join(parts[:i]) for i in range(1, len(parts) + 1))


def _automatic(entry: Entry) -> bool:
    """Fields made with `auto_created=True` come before all others, the latest first."""
    return entry.order[0] == AUTO or entry.obj.attrs.get("auto_created") is True
