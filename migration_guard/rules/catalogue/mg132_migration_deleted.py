"""A migration that others may have applied is gone.

Why: where it is applied, Django does not know any more that the database is ahead; others that depend on it cannot
be loaded.

Instead: bring it back; squash it, if there are too many.

Ignore when: no database has it applied.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP

RULE = Rule(
    "MG132",
    "migration-deleted",
    "A migration that others may have applied is gone",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- base shop.0002_size ---
# MG132
migrations.AddField("product", "size", models.IntegerField(null=True)),
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
migrations.AddField("product", "size", models.IntegerField(null=True)),
""",
            new=0,
        ),
        Example(
            SHOP
            + """
--- base shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
--- base shop.0003_squashed ---
replaces = [("shop", "0002_size")]
dependencies = [("shop", "0001_initial")]
migrations.AddField("product", "size", models.IntegerField(null=True)),
--- shop.0003_squashed ---
dependencies = [("shop", "0001_initial")]
migrations.AddField("product", "size", models.IntegerField(null=True)),
""",
            new=0,
        ),
    ),
)


def check_project(context: Context) -> Iterator[Hit]:
    if context.base is None:
        return
    replaced = {key for migration in context.graph.disk.values() for key in migration.replaces}
    squashed = context.base.squashed
    for gone in context.base.deleted:
        if gone.key not in replaced and gone.key not in squashed:
            name = ".".join(gone.key)
            yield Hit(f"{name} is on {context.base.name}, and not here", gone.place, subject=name)
