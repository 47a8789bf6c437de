"""Checking a new foreign key keeps writers of both tables waiting.

Why: the database compares every row with the table that is referenced, and meanwhile nobody can write to either of
them. A nullable column that is added without a default holds nothing to be compared: that is quick.

Instead: add the column with `db_constraint=False`, then the constraint NOT VALID, and VALIDATE it in a later
migration.
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
    "MG404",
    "foreign-key-blocks-writes",
    "Checking a new foreign key keeps writers of both tables waiting",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_maker ---
migrations.AddField(
    "product", "maker", models.ForeignKey("shop.maker", models.CASCADE, null=True, db_constraint=False)
),
--- shop.0003_constraint ---
migrations.AlterField("product", "maker", models.ForeignKey("shop.maker", models.CASCADE, null=True)),  # MG404
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_maker ---
migrations.AddField("product", "maker", models.ForeignKey("shop.maker", models.CASCADE, null=True)),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_category ---
migrations.CreateModel(
    "Category",
    [("id", models.BigAutoField(primary_key=True)), ("maker", models.ForeignKey("shop.maker", models.CASCADE))],
),
"""
        ),
    ),
    databases=("PostgreSQL", "MySQL", "MariaDB"),
    links=("https://www.postgresql.org/docs/current/sql-altertable.html",),
    instead=(
        "add the field with `db_constraint=False`",
        (
            "in the next migration RunSQL: ALTER TABLE ... ADD CONSTRAINT ... FOREIGN KEY ... NOT "
            "VALID, with an AlterField to `db_constraint=True` in its state_operations"
        ),
        "in the one after that RunSQL: ALTER TABLE ... VALIDATE CONSTRAINT ...",
    ),
    about=(Kind.ADD_FOREIGN_KEY, Kind.ADD_FOREIGN_KEY_OF_NULLS),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    yield from blocking(
        step,
        context,
        "checking the foreign key keeps everybody who writes to {tables} waiting",
        Kind.ADD_FOREIGN_KEY,
        Kind.ADD_FOREIGN_KEY_OF_NULLS,
    )
