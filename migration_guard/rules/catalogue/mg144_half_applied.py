"""If one operation fails, those before it stay applied.

Why: this database ends the transaction with each statement that changes a table. After a failure the migration
counts as not applied, and run again it fails at what was done already.

Instead: one operation that changes tables in a migration.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import held
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Steps
from migration_guard.values import Truth

RULE = Rule(
    "MG144",
    "half-applied",
    "If one operation fails, those before it stay applied",
    Severity.NOTE,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_two ---
# MG144
migrations.AddField("product", "size", models.IntegerField(null=True)),
migrations.AddField("product", "depth", models.IntegerField(null=True)),
""",
            databases=("mysql:8.0",),
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_two ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
migrations.AddField("product", "depth", models.IntegerField(null=True)),
""",
            databases=("postgresql:16",),
        ),
        Example(
            SHOP
            + """
--- shop.0002_one ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
""",
            databases=("mysql:8.0",),
        ),
    ),
    databases=("MySQL", "MariaDB", "Oracle"),
    links=("https://docs.djangoproject.com/en/stable/topics/migrations/#mysql",),
)


def check_migration(steps: Steps, context: Context) -> Iterator[Hit]:
    if not steps.migration.atomic:
        return  # nothing else is expected of it
    counts: dict[str, set[int]] = {}
    for step in steps:
        for statement in step.statements:
            if statement.impact.transactional is Truth.NO and held(step, statement):
                counts.setdefault(statement.database, set()).add(step.index)
    for database, operations in counts.items():
        if len(operations) > 1:
            yield Hit(
                f"{len(operations)} operations change tables, each in a transaction of its own", databases=(database,)
            )
