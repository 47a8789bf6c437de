"""What is known of the base ref: which migrations it has, and what became of them here.

Plain values, filled in by whoever asks git, and read by rules. Apart from the context, since choosing what is judged
needs no more than this.
"""

from __future__ import annotations

from dataclasses import dataclass

from migration_guard.diagnostics import Place
from migration_guard.project.graph import Key


@dataclass(frozen=True, slots=True)
class Gone:
    """A migration that the base has and the working tree has not."""

    key: Key
    place: Place


@dataclass(frozen=True, slots=True)
class Base:
    """What is known of the base ref: `name` is what the user calls it; keys are of first-party migrations."""

    name: str
    existing: frozenset[Key] = frozenset()
    edited: frozenset[Key] = frozenset()
    """Existing ones that do something else now: other than comments, docstrings and layout."""
    deleted: tuple[Gone, ...] = ()
    squashed: frozenset[Key] = frozenset()
    """Those that a squashed migration of the base replaces: they may go."""
    arriving: tuple[Gone, ...] = ()
    """Those that are on the base's tip, and came there after the branch was made."""
