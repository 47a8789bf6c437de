"""What holds whichever Django a project uses: differences worked out for several versions, in; what they share, out.

Where the version is a guess, a change that only some of the possible versions see is no finding. Decides nothing about
which versions are possible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from migration_guard.diff.plan import Diff, Doubt
from migration_guard.state.operations import Migration, Operation
from migration_guard.values import Unknown
from migration_guard.versions import Version

_NAMES = ("model_name", "name", "old_name", "new_name")


def shared(diff: Diff, others: Mapping[Version, Diff]) -> Diff:
    """The difference without the operations that another version does not plan; of each such app there is a doubt."""
    migrations: dict[str, tuple[Migration, ...]] = {}
    doubts: list[Doubt] = []
    for app, planned in diff.migrations.items():
        lacking = [
            version for version, other in others.items() if _keys(planned) - _keys(other.migrations.get(app, ()))
        ]
        kept = tuple(_common(planned, [other.migrations.get(app, ()) for other in others.values()]))
        if kept:
            migrations[app] = kept
        if lacking:
            doubts.append(_doubt(app, lacking))
    return replace(diff, migrations=migrations, doubts=(*diff.doubts, *doubts))


def _common(planned: Sequence[Migration], others: Sequence[Sequence[Migration]]) -> list[Migration]:
    everywhere = _keys(planned).intersection(*map(_keys, others))
    kept = []
    for migration in planned:
        operations = tuple(item for item in migration.operations if _key(item) in everywhere)
        if operations:
            kept.append(replace(migration, operations=operations))
    return kept


def _keys(migrations: Sequence[Migration]) -> set[tuple[str, ...]]:
    return {_key(operation) for migration in migrations for operation in migration.operations}


def _key(operation: Operation) -> tuple[str, ...]:
    """What an operation does, and to what: its details may differ from version to version."""
    names = (getattr(operation, name, None) for name in _NAMES)
    return type(operation).__name__, *(name.lower() for name in names if isinstance(name, str))


def _doubt(app: str, lacking: Sequence[Version]) -> Doubt:
    versions = " and ".join(f"{major}.{minor}" for major, minor in lacking)
    reason = f"there would be changes, but not in Django {versions}, and which version the project uses is not known"
    return Doubt(app, app, Unknown(reason, None, "state the version with --django-version, or `django-version`"))
