"""A new migration comes before one that others may have applied.

Why: Django applies migrations in the order of their dependencies, and refuses to go on where a migration is applied
before one that it depends on (InconsistentMigrationHistory).

Instead: let the new migration depend on the latest one of its app.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.project.graph import walk
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP

RULE = Rule(
    "MG133",
    "inserted-below-the-head",
    "A new migration comes before one that others may have applied",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- base shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
--- shop.0002_size ---
dependencies = [("shop", "0003_depth")]
migrations.AddField("product", "size", models.IntegerField(null=True)),
--- shop.0003_depth ---
# MG133
dependencies = [("shop", "0001_initial")]
migrations.AddField("product", "depth", models.IntegerField(null=True)),
""",
            new=1,
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
--- shop.0003_depth ---
migrations.AddField("product", "depth", models.IntegerField(null=True)),
""",
            new=1,
        ),
    ),
)


def check_project(context: Context) -> Iterator[Hit]:
    if context.base is None:
        return
    for steps in context.judged:
        key = steps.migration.key
        after = [other for other in walk([key], context.graph.children) if other in context.base.existing]
        if after:
            message = f"{'.'.join(after[-1])} is on {context.base.name} already, and this comes before it"
            yield Hit(message, steps.migration.origin, subject=".".join(key))
