"""What comes out of planning a rebase: the changes, or one sentence on why there are none.

Plain data: nothing here reads, decides or writes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from migration_guard.project.project import Project
from migration_guard.state.operations import Migration
from migration_guard.write.files import Create, Delete, FileChange, Replace


@dataclass(frozen=True, slots=True)
class Declined:
    """It is not clear what would be right, so nothing is done."""

    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Nothing:
    """There is nothing to do."""

    message: str


@dataclass(frozen=True, slots=True)
class Chain:
    """The migrations to be moved, in order. They leave `fork` for `parent`; `names` are old and new ones.

    `squashes` are the branch's own squashed migrations that stand beside what they replace, and move along.
    """

    app_label: str
    migrations: tuple[Migration, ...]
    squashes: tuple[Migration, ...]
    fork: str
    parent: str
    names: Mapping[str, str]

    @property
    def latest(self) -> str:
        """The old name of the leaf node: the last migration, or the squashed one that stands for it."""
        last = (self.app_label, self.migrations[-1].name)
        return next((squash.name for squash in self.squashes if last in squash.replaces), last[1])


@dataclass(frozen=True, slots=True)
class Move:
    """A migration of the chain and its file, under its old name and its new one (which may be the same)."""

    old: str
    new: str
    path: Path
    target: Path
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Touched:
    """Another file that names a migration of the chain. `subject` is what it is: "shop.0003_order"."""

    subject: str
    path: Path
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Rebase:
    """A rebase that can be done. `project` is the project as it would then be."""

    chain: Chain
    base: str
    moves: tuple[Move, ...]
    touched: tuple[Touched, ...]
    arriving: tuple[str, ...]
    """Migrations of the base that are not in the working tree; the chain's new parent may be one of them."""
    notes: tuple[str, ...]
    project: Project

    @property
    def changes(self) -> tuple[FileChange, ...]:
        """What is to be done to files: removals first, so that a name that becomes free may be taken."""
        renamed = [move for move in self.moves if move.path != move.target]
        kept = [move for move in self.moves if move.path == move.target]
        return (
            *(Delete(move.path, move.before) for move in renamed),
            *(Create(move.target, move.after, package=False) for move in renamed),
            *(Replace(move.path, move.after, move.before) for move in kept),
            *(Replace(item.path, item.after, item.before) for item in self.touched),
        )
