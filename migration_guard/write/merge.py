"""The merge of conflicting leaf migrations: what is said of it, and the migration that joins them.

In: the branches of an app and their operations. Out: lines of text, and the Migration. Whether the branches may be
merged is decided elsewhere.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from migration_guard.diff.naming import parse_number, timestamp
from migration_guard.state.operations import Dependency, Migration, Operation
from migration_guard.versions import Version
from migration_guard.write.describe import formatted_description

LONGEST_LEAF_NAMES = 47


@dataclass(frozen=True, slots=True)
class Branch:
    """A leaf migration, and all operations since the ancestor that it shares with the other leaves."""

    leaf: str
    operations: tuple[Operation, ...]


def merge_listing(app_label: str, branches: Sequence[Branch], version: Version) -> Iterator[str]:
    """What `makemigrations --merge` shows before it asks."""
    yield f"Merging {app_label}"
    for branch in branches:
        yield f"  Branch {branch.leaf}"
        for operation in branch.operations:
            yield f"    {formatted_description(operation, version)}"


def merge_migration(
    app_label: str, leaves: Sequence[str], now: datetime.datetime, name: str | None = None
) -> Migration:
    """The empty migration that depends on all leaves; `name` replaces what would follow its number."""
    numbers = [number for number in map(parse_number, leaves) if number is not None]
    joined = "_".join(sorted(leaves))
    if name is None:
        name = f"merge_{timestamp(now) if len(joined) > LONGEST_LEAF_NAMES else joined}"
    number = max(numbers, default=1) + 1
    return Migration(
        app_label, f"{number:04}_{name}", dependencies=tuple(Dependency(app_label, leaf) for leaf in leaves)
    )
