"""The order of fields: Django's creation counters, worked out from positions.

Modules are read here in another order than Python imports them, so a field's counter is the place where it is made:
the rank of its module in Python's order of imports, its top-level statement, and a running number within it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Module

if TYPE_CHECKING:
    from migration_guard.project.models import Built, Entry, ModelBuilder


AUTO = "<automatic>"
"""Stands for the module of fields that Django itself creates."""
NEAR = 2
"""By how much a field counts on to leave room before itself."""


def sort_entries(builder: ModelBuilder, built: Built) -> list[Entry]:
    """A model's fields in the order of `_meta.local_fields` and `local_many_to_many`."""
    modules = {entry.order[0] for entry in built.entries if not _automatic(entry)}
    ranks = builder.import_order.ranks() if len(modules) > 1 else {}

    def key(entry: Entry) -> tuple[Any, ...]:
        module, at, number = entry.order
        if _automatic(entry):
            return (-1, 0, 0, -number)
        (module, at, number), moved = _place(entry, built)
        return (0, ranks.get(module, len(ranks)), at, number, moved)

    return sorted(built.entries, key=key)


def _place(entry: Entry, built: Built) -> tuple[tuple[Any, ...], int]:
    """Where a field was made; where the program set its counter, the place it counts from, and by how much.

    `price.creation_counter - 1` is a place beside `price`, wherever the field was made.
    """
    stated, own = entry.obj.attrs.get("creation_counter"), entry.order
    if not isinstance(stated, int) or stated == own[-1]:
        return own, 0
    places = [own] if 0 < stated - own[-1] <= NEAR else [e.order for e in built.entries if e.order[-1] <= stated]
    nearest = max(places, key=lambda place: place[-1], default=own)
    return nearest, stated - nearest[-1]


class ImportOrder:
    """Modules in the order in which Python would finish their imports, as far as they were executed here.

    `ranks` is asked for once per model and more, and is worked out anew only when another import has been seen.
    """

    def __init__(self, interp: Interpreter, starts: Sequence[str]) -> None:
        self._modules = interp.modules
        self._starts = starts
        self._imports: list[list[str]] = []
        """The imports of each module, as they grow."""
        self._seen = (0, 0)
        self._ranks: dict[str, int] = {}
        self._named: dict[str, tuple[int, tuple[str, ...]]] = {}

    def ranks(self) -> dict[str, int]:
        """Module names and their places."""
        fresh = islice(self._modules.values(), self._seen[0], None)
        self._imports += [module.imports for module in fresh if isinstance(module, Module)]
        seen = (len(self._modules), sum(map(len, self._imports)))
        if seen != self._seen:
            self._seen = seen
            self._ranks = self._walk()
        return self._ranks

    def _walk(self) -> dict[str, int]:
        ranks: dict[str, int] = {}
        visited: set[str] = set()
        for start in self._starts:
            stack = [(start, iter(self._names(start)))] if start not in visited else []
            visited.add(start)
            while stack:
                name, rest = stack[-1]
                for dotted in rest:
                    if dotted not in visited:
                        visited.add(dotted)
                        if isinstance(self._modules.get(dotted), Module):
                            stack.append((dotted, iter(self._names(dotted))))
                            break
                else:
                    stack.pop()
                    ranks[name] = len(ranks)
        return ranks

    def _names(self, name: str) -> tuple[str, ...]:
        """What a module imports; names that are no modules are among them."""
        module = self._modules.get(name)
        if not isinstance(module, Module) or module.native is not None:
            return ()
        known = self._named.get(name)
        if known is None or known[0] != len(module.imports):
            parent = name.rpartition(".")[0]
            names = dict.fromkeys([parent] if parent else [])
            for dotted in module.imports:
                names.update(dict.fromkeys(_packages(dotted)))
            known = self._named[name] = (len(module.imports), tuple(names))
        return known[1]


@cache
def _packages(dotted: str) -> tuple[str, ...]:
    """a, a.b and a.b.c of "a.b.c": importing one imports all of them."""
    parts = dotted.split(".")
    return tuple(".".join(parts[:i]) for i in range(1, len(parts) + 1))


def _automatic(entry: Entry) -> bool:
    """Fields made with `auto_created=True` come before all others, the latest first."""
    return entry.order[0] == AUTO or entry.obj.attrs.get("auto_created") is True
