"""What `squashmigrations` and `optimizemigration` write: the new migration, and what is said about it.

In: the migrations and their operations after optimisation. Out: the Migration or its text, or the message with which
Django refuses. Optimising and finding the migrations happen elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from migration_guard import versions
from migration_guard.state.operations import Dependency, Migration, Operation
from migration_guard.versions import Version
from migration_guard.write.literal import Refusal
from migration_guard.write.migration import Header, MigrationText, write_migration

USER_MODEL = "AUTH_USER_MODEL"
_MORE = "https://docs.djangoproject.com/en/{}.{}/topics/migrations/#squashing-migrations"


@dataclass(frozen=True, slots=True)
class Optimized:
    """The optimised migration: in place of the old file, or under a new name beside it (`beside`)."""

    migration: Migration
    written: MigrationText
    beside: bool


def squash_refusal(migrations: Sequence[Migration], version: Version) -> str | None:
    """Why these cannot be squashed: older versions do not squash squashed migrations."""
    if versions.NESTED_SQUASHES(version) or not any(migration.replaces for migration in migrations):
        return None
    more = _MORE.format(*version)
    return f"You cannot squash squashed migrations! Please transition it to a normal migration first: {more}"


def squashed_migration(
    migrations: Sequence[Migration],
    operations: tuple[Operation, ...],
    *,
    start: Migration | None = None,
    name: str | None = None,
    user_settings: Collection[str] = (USER_MODEL,),
) -> Migration:
    """The migration that replaces all of these, with operations as optimised.

    `start` is set where the squash does not begin with the app's first migration. `user_settings` are the settings that
    have the value of AUTH_USER_MODEL: dependencies on other swappable models are written by name, as Django does.
    """
    last = migrations[-1]
    if start is None:
        full_name = f"0001_{name or f'squashed_{last.name}'}"
    elif name:
        full_name = f"{start.name.split('_', 1)[0]}_{name}"
    else:
        full_name = f"{start.name}_squashed_{last.name}"
    return Migration(
        last.app_label,
        full_name,
        operations,
        tuple(_outside(migrations, user_settings)),
        replaces=tuple(migration.key for migration in migrations),
        initial=True if start is None else None,
    )


def _outside(migrations: Sequence[Migration], user_settings: Collection[str]) -> Iterator[Dependency]:
    """Dependencies on other apps, and those of the first migration on its own."""
    seen = set()
    for index, migration in enumerate(migrations):
        for dependency in migration.dependencies:
            if dependency.setting is not None:
                dependency = _user_model_or_by_name(dependency, user_settings)
            elif dependency.app_label == migration.app_label and index:
                continue
            if dependency not in seen:
                seen.add(dependency)
                yield dependency


def _user_model_or_by_name(dependency: Dependency, user_settings: Collection[str]) -> Dependency:
    return replace(dependency, setting=USER_MODEL if dependency.setting in user_settings else None)


def optimized_migration(
    migration: Migration, operations: tuple[Operation, ...], version: Version, *, header: Header | None = None
) -> Optimized | Refusal:
    """The file of a migration with fewer operations; a new one where functions must be copied by hand.

    As Django does, swappable dependencies are written by name.
    """
    plain = tuple(replace(dependency, setting=None) for dependency in migration.dependencies)
    changed = replace(migration, operations=operations, dependencies=plain)
    written = write_migration(changed, version, header=header)
    if isinstance(written, Refusal) or not written.manual_porting:
        return written if isinstance(written, Refusal) else Optimized(changed, written, beside=False)
    if migration.replaces:
        more = _MORE.format(*version)
        message = (
            "Migration will require manual porting but is already a squashed migration.\n"
            f"Transition to a normal migration first: {more}"
        )
        return Refusal(message, migration.origin, "CommandError")
    name = f"{migration.name}_optimized"
    beside = Migration(migration.app_label, name, operations, plain, replaces=(migration.key,))
    written = write_migration(beside, version, header=header)
    return written if isinstance(written, Refusal) else Optimized(beside, written, beside=True)


SQUASHED_ADVICE = (
    "  You should commit this migration but leave the old ones in place;\n"
    "  the new migration will be used for new installs. Once you are sure\n"
    "  all instances of the codebase have applied the migrations you squashed,\n"
    "  you can delete them."
)


def porting_advice(what: str) -> str:
    """What is said when functions must be copied by hand; `what` is "squashed" or "optimized"."""
    return (
        "Manual porting required\n  Your migrations contained functions that must be manually copied over,\n"
        "  as we could not safely copy their implementation.\n"
        f"  See the comment at the top of the {what} migration for details."
    )
