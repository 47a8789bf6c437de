"""An exclusion constraint is built while readers and writers wait.

Why: the index behind it is built under the strongest lock there is, and it can be neither built concurrently nor
added NOT VALID.

Instead: put new rows into a new table that has the constraint, move the old ones in batches, and swap the tables.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import blocking
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.sql.acts import Kind

RULE = Rule(
    "MG407",
    "exclusion-blocks",
    "An exclusion constraint is built while readers and writers wait",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_exclusive ---
from django.contrib.postgres.constraints import ExclusionConstraint
migrations.AddConstraint("product", ExclusionConstraint(name="one", expressions=[("stock", "=")])),  # MG407
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_category ---
from django.contrib.postgres.constraints import ExclusionConstraint
migrations.CreateModel("Category", [("id", models.AutoField(primary_key=True)), ("name", models.TextField())]),
migrations.AddConstraint("category", ExclusionConstraint(name="one", expressions=[("name", "=")])),
"""
        ),
    ),
    databases=("PostgreSQL",),
    links=("https://www.postgresql.org/docs/current/sql-createtable.html#SQL-CREATETABLE-EXCLUDE",),
    about=(Kind.ADD_EXCLUSION,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    message = "every row is compared with the others, and everybody who uses {tables} waits"
    yield from blocking(step, context, message, Kind.ADD_EXCLUSION)
