"""A migration that others may have applied does something else now.

Why: databases on which it is applied do not change when it is edited: they and those that are set up later are no
longer the same.

Instead: leave it as it was, and write another migration.

Ignore when: no database has it applied.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP

RULE = Rule(
    "MG131",
    "migration-edited",
    "A migration that others may have applied does something else now",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- base shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
--- shop.0002_size ---
# MG131
migrations.AddField("product", "size", models.IntegerField(null=True, db_index=True)),
""",
            new=0,
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- base shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
--- shop.0002_size ---
# a comment that was not there before
migrations.AddField("product", "size", models.IntegerField(null=True)),
""",
            new=0,
        ),
    ),
)


def check_project(context: Context) -> Iterator[Hit]:
    if context.base is None:
        return
    for key in sorted(context.base.edited):
        migration = context.graph.disk[key]
        message = f"{key[0]}.{key[1]} is on {context.base.name}, and does something else here"
        yield Hit(message, migration.origin, subject=f"{key[0]}.{key[1]}")
