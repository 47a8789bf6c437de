"""What a finding is about, for those that mend it: the migration, its operation, the state before, the file.

In: a project and a diagnostic. Out: a `Target`, or None where its place is no operation of a migration file that can be
edited. Files are read through `disk`; nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from migration_guard import disk
from migration_guard.diagnostics import Diagnostic, FileEdit, Place
from migration_guard.project.project import Project
from migration_guard.source.edit import Edit, SourceText
from migration_guard.source.errors import SourceError
from migration_guard.source.layout import Layout, layout
from migration_guard.source.lower_ast import positions
from migration_guard.sql.profiles import Profile
from migration_guard.state.apply import apply
from migration_guard.state.model import State
from migration_guard.state.operations import Migration, Operation
from migration_guard.state.problem import Problem
from migration_guard.values import Origin


class File:
    """A file that is about to be edited."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = disk.read_bytes(path)
        self.source = SourceText.of(self.data)

    @property
    def text(self) -> str:
        return self.source.text

    def edited(self, edits: Sequence[Edit]) -> FileEdit:
        """The file with edits. Raises SourceError where it would no longer be Python."""
        new = self.source.edited(edits)
        compile_free(new)
        return FileEdit(str(self.path), self.data, new)

    def position(self, origin: Origin) -> tuple[int, int] | None:
        """Line (from 1) and column (from 0) of a node."""
        found = positions(self.data)
        return found[origin.at][:2] if origin.at < len(found) else None


def compile_free(data: bytes) -> None:
    """Parse bytes again, for the SourceError of a text that is no Python."""
    positions(data)


@dataclass(frozen=True)
class Target:
    """A finding and what it is about. `index` is that of the operation in the migration's list."""

    project: Project
    diagnostic: Diagnostic
    profiles: tuple[Profile, ...]
    migration: Migration
    index: int | None
    file: File

    @cached_property
    def layout(self) -> Layout | None:
        """The parts of the migration's file, if it is written in the usual way, operation by operation."""
        found = layout(self.file.text)
        return found if found is not None and len(found.items) == len(self.migration.operations) else None

    @property
    def operation(self) -> Operation | None:
        return self.migration.operations[self.index] if self.index is not None else None

    @cached_property
    def first(self) -> State:
        """The state before the migration."""
        return self.project.state_before(self.migration.key)

    @cached_property
    def before(self) -> State:
        """The state before the operation."""
        state = self.first
        for operation in self.migration.operations[: self.index or 0]:
            after = apply(operation, self.migration.app_label, state, self.project.version)
            state = state if isinstance(after, Problem) else after
        return state

    @property
    def is_last(self) -> bool:
        """Whether no migration depends on this one, so that others may follow it."""
        return not self.project.graph.children.get(self.migration.key) and not self.migration.replaces


def target_of(project: Project, diagnostic: Diagnostic, profiles: tuple[Profile, ...]) -> Target | None:
    """The target of a finding."""
    app, _, name = diagnostic.subject.partition(":")[0].partition(".")
    migration = project.graph.nodes.get((app, name))
    if migration is None or migration.origin is None or migration.problems:
        return None
    try:
        file = File(Path(migration.origin.file))
    except (OSError, SourceError):
        return None
    return Target(project, diagnostic, profiles, migration, _index(migration, diagnostic.origin, file), file)


def _index(migration: Migration, origin: Origin | Place | None, file: File) -> int | None:
    """Which operation a place belongs to. Places in functions belong to none."""
    for index, operation in enumerate(migration.operations):
        if operation.origin is not None and operation.origin == origin:
            return index
    if isinstance(origin, Origin) and origin.file == str(file.path):
        return _around(migration, origin)
    return None


def _around(migration: Migration, origin: Origin) -> int | None:
    """The operation in which a node stands: ordinals grow from left to right."""
    found = None
    for index, operation in enumerate(migration.operations):
        if operation.origin is None or operation.origin.file != origin.file:
            return None
        if operation.origin.at <= origin.at:
            found = index
    return found
