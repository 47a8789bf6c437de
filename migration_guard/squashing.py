"""What `squashmigrations` and `optimizemigration` would write: names of migrations in, a planned file out.

Nothing is printed, asked or written here; Django's refusals are `Refused` with its words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from migration_guard.diff import Refused
from migration_guard.making import Clock, migrations_folder
from migration_guard.project.project import Project
from migration_guard.state.operations import Migration, Operation
from migration_guard.state.reduce import optimize
from migration_guard.write.files import Applied, Create, FileChange, NotApplied, Replace, apply_changes
from migration_guard.write.formatters import Formatter, formatted
from migration_guard.write.literal import Refusal
from migration_guard.write.migration import Header, MigrationText, write_migration
from migration_guard.write.squash import USER_MODEL, optimized_migration, squash_refusal, squashed_migration


@dataclass(frozen=True, slots=True)
class Span:
    """The migrations to be squashed, in order; `start` is set where somebody named the first."""

    migrations: tuple[Migration, ...]
    start: Migration | None = None

    @property
    def operations(self) -> tuple[Operation, ...]:
        return tuple(operation for migration in self.migrations for operation in migration.operations)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file to be made, or (`before`) one whose text is to be replaced."""

    migration: Migration
    path: Path
    text: str
    ported: bool
    before: bytes | None = None


def find_migration(project: Project, app_label: str, prefix: str) -> Migration | Refused:
    """The one migration on disk whose name begins so."""
    found = [m for key, m in project.graph.disk.items() if key[0] == app_label and key[1].startswith(prefix)]
    if len(found) > 1:
        return _refused(f"More than one migration matches '{prefix}' in app '{app_label}'. Please be more specific.")
    if not found:
        return _refused(f"Cannot find a migration matching '{prefix}' from app '{app_label}'.")
    return found[0]


def has_migrations(project: Project, app_label: str) -> bool:
    return app_label in project.graph.migrated


def span(project: Project, app_label: str, last: str, first: str | None = None) -> Span | Refused:
    """The migrations up to and including one, from the app's first or from a given one."""
    end = find_migration(project, app_label, last)
    if isinstance(end, Refused):
        return end
    plan = [project.graph.nodes[key] for key in project.graph.forwards_plan(end.key) if key[0] == app_label]
    if not plan:
        return _refused(f"Migration {end.app_label}.{end.name} is replaced by a squashed migration.")
    if first is None:
        return Span(tuple(plan))
    start = find_migration(project, app_label, first)
    if isinstance(start, Refused):
        return start
    at = next((place for place, migration in enumerate(plan) if migration.key == start.key), None)
    if at is None:
        return _refused(
            f"The migration '{start.app_label}.{start.name}' cannot be found. Maybe it comes after the migration "
            f"'{end.app_label}.{end.name}'?\nHave a look at:\n"
            f"  python manage.py showmigrations {app_label}\nto debug this issue."
        )
    return Span(tuple(plan[at:]), start)


def squashable(project: Project, wanted: Span) -> Span | Refused:
    """The migrations, where this version of Django squashes such."""
    refusal = squash_refusal(wanted.migrations, project.version)
    return wanted if refusal is None else _refused(refusal)


def optimized(project: Project, app_label: str, operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """The operations as the optimizer leaves them."""
    return tuple(optimize(operations, app_label, project.version))


def squash(
    project: Project, wanted: Span, operations: tuple[Operation, ...], name: str | None, at: Clock | None
) -> Rewritten | Refused:
    """The squashed migration; `at` is None for no header."""
    migration = squashed_migration(
        wanted.migrations, operations, start=wanted.start, name=name, user_settings=_user_settings(project)
    )
    written = write_migration(migration, project.version, header=_header(project, at))
    if isinstance(written, Refusal):
        return _of_refusal(written)
    return _new_file(project, migration, written)


def optimize_file(
    project: Project, migration: Migration, operations: tuple[Operation, ...], at: Clock
) -> Rewritten | Refused:
    """The migration with fewer operations, in its old file or beside it."""
    done = optimized_migration(migration, operations, project.version, header=_header(project, at))
    if isinstance(done, Refusal):
        return _of_refusal(done)
    if done.beside:
        return _new_file(project, done.migration, done.written)
    folder = migrations_folder(project, migration.app_label)
    if isinstance(folder, Refused):
        return folder
    path = folder / f"{migration.name}.py"
    try:
        before = path.read_bytes()
    except OSError as error:
        return _refused(f"cannot read {path}: {error.strerror}")
    return Rewritten(done.migration, path, done.written.text, ported=False, before=before)


def write(file: Rewritten, formatters: Sequence[Formatter] = ()) -> Applied | NotApplied:
    """Put the file on disk."""
    text = formatted(file.text, file.path, formatters).text
    change: FileChange = (
        Create(file.path, text, package=False) if file.before is None else Replace(file.path, text, file.before)
    )
    return apply_changes([change])


def _new_file(project: Project, migration: Migration, written: MigrationText) -> Rewritten | Refused:
    folder = migrations_folder(project, migration.app_label)
    if isinstance(folder, Refused):
        return folder
    path = folder / f"{migration.name}.py"
    if path.exists():
        return _refused(f"Migration {migration.name} already exists. Use a different name.")
    return Rewritten(migration, path, written.text, ported=bool(written.manual_porting))


def _header(project: Project, at: Clock | None) -> Header | None:
    return Header(project.target.shown, at.header) if at is not None else None


def _user_settings(project: Project) -> frozenset[str]:
    """The settings that name the user model, which Django tells apart by their value only."""
    values: Mapping[str, object] = {
        name: project.settings.get_or(name, None) for name in {*project.swappables.values(), USER_MODEL}
    }
    return frozenset(name for name, value in values.items() if name == USER_MODEL or value == values[USER_MODEL])


def _refused(message: str) -> Refused:
    return Refused(message, status=1)


def _of_refusal(refusal: Refusal) -> Refused:
    lead = f"{refusal.error}: " if refusal.error not in (None, "CommandError") else ""
    where = f" ({refusal.where})" if refusal.where and refusal.error is None else ""
    return _refused(f"{lead}{refusal.message}{where}")
