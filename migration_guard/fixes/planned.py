"""Planned migrations in their safe form, for `makemigrations --safe`.

In: the migrations that are missing, by app, the state before them, the databases. Out: the same, with those that would
block a table or break running code taken apart, and sentences on what is left for a later release. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from migration_guard.diff.naming import parse_number
from migration_guard.fixes.restaging import fragments_of
from migration_guard.fixes.safer import ONLINE, Form, Measure, Piece
from migration_guard.project.project import Project
from migration_guard.sql.profiles import Profile
from migration_guard.state.apply import replay
from migration_guard.state.operations import Dependency, Migration, Operation

Planned = Mapping[str, tuple[Migration, ...]]
MEASURES = ONLINE | Measure.REMOVALS | Measure.SINGLE


@dataclass(slots=True)
class Safer:
    """Takes planned migrations apart. `name` is the one that the user asked for; `notes` are for the user."""

    project: Project
    profiles: Sequence[Profile]
    name: str | None = None
    notes: list[str] = field(default_factory=list)

    def __call__(self, planned: Planned) -> Planned:
        renamed: dict[tuple[str, str], str] = {}
        made = {app: list(self.app(app, migrations, renamed)) for app, migrations in planned.items()}
        return {
            app: tuple(migration for found in groups for migration in _chained(_linked(found[0], renamed), found[1:]))
            for app, groups in made.items()
        }

    def app(
        self, app_label: str, migrations: Sequence[Migration], renamed: dict[tuple[str, str], str]
    ) -> Iterator[list[Migration]]:
        """What each migration of an app becomes, numbered on; `renamed` learns the name of the last."""
        form = Form(app_label, self.project.version, MEASURES, self.profiles)
        state = self.project.replayed[0]
        extra = 0
        for migration in migrations:
            pieces = form.pieces(migration, state)
            self.notes += form.notes
            state, _ = replay([migration], state, self.project.version)
            found = [migration] if pieces is None else list(self.pieces(migration, pieces))
            found = [_numbered(item, extra) for item in found]
            extra += len(found) - 1
            renamed[migration.key] = found[-1].name
            yield found

    def pieces(self, migration: Migration, pieces: Sequence[Piece]) -> Iterator[Migration]:
        number = parse_number(migration.name)
        for at, piece in enumerate(pieces):
            stem = self.stem(migration, piece.operations, at)
            yield replace(
                migration,
                name=f"{number + at:04}_{stem}" if number is not None else stem,
                operations=piece.operations,
                atomic=piece.atomic,
                initial=migration.initial if not at else None,
            )

    def stem(self, migration: Migration, operations: Sequence[Operation], at: int) -> str:
        """The name of a piece without its number."""
        if self.name is not None:
            return self.name if not at else f"{self.name}_{at + 1}"
        return fragments_of(operations) or f"{migration.name.partition('_')[2]}_{at + 1}"


def _numbered(migration: Migration, extra: int) -> Migration:
    """A migration whose number grows by that of the files that were put in before it."""
    number = parse_number(migration.name)
    if not extra or number is None:
        return migration
    return replace(migration, name=f"{number + extra:04}_{migration.name.partition('_')[2]}")


def _chained(first: Migration, others: Sequence[Migration]) -> Iterator[Migration]:
    """Each depends on the one before it; the first keeps its dependencies."""
    yield first
    for migration in others:
        yield replace(migration, dependencies=(Dependency(first.app_label, first.name),), run_before=())
        first = migration


def _linked(migration: Migration, renamed: Mapping[tuple[str, str], str]) -> Migration:
    """The migration, where what it depends on has got another name."""
    dependencies = tuple(
        replace(found, name=renamed.get((found.app_label, found.name), found.name)) for found in migration.dependencies
    )
    return replace(migration, dependencies=dependencies)
