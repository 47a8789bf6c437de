"""A statement fails if rows are not as they should be.

Why: SET NOT NULL fails on a NULL, UNIQUE on duplicates, CHECK on a row that violates it. The test database is
empty; the real one is not.

Instead: look at the data before, and repair them in a data migration.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.demands import failures
from migration_guard.rules.facts import held, table_names
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import AddConstraint, AlterField, AlterUniqueTogether

RULE = Rule(
    "MG209",
    "rows-may-not-fit",
    "A statement fails if rows are not as they should be",
    Severity.NOTE,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_price ---
migrations.AlterField("product", "price", models.IntegerField()),  # MG209
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_unique ---
migrations.AddConstraint("product", models.UniqueConstraint(fields=["name"], name="product_name")),  # MG209
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_price ---
migrations.AlterField("product", "price", models.IntegerField(default=0)),
migrations.AlterField("product", "name", models.CharField(max_length=60)),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_unique ---
migrations.AlterUniqueTogether("product", {("name", "price")}),
--- shop.0003_wider ---
migrations.AlterField("product", "stock", models.BigIntegerField()),
migrations.AlterField("product", "name", models.TextField()),
migrations.AlterUniqueTogether("product", {("name", "price", "stock")}),
migrations.AlterUniqueTogether("product", set()),
migrations.AddConstraint("product", models.UniqueConstraint(fields=["name", "price"], name="one_price")),
migrations.AddField("product", "code", models.IntegerField(null=True)),
migrations.AddConstraint("product", models.UniqueConstraint(fields=["stock", "code"], name="one_code")),
migrations.AlterField("product", "stock", models.CharField(max_length=20)),
""",
            databases=("postgresql:16", "mysql:8.0", "sqlite"),
        ),
    ),
    about=(AddConstraint, AlterField, AlterUniqueTogether),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    if not isinstance(step.operation, (AddConstraint, AlterField, AlterUniqueTogether)):
        return
    updated = any("UPDATE" in statement.text[:7] for statement in step.statements)
    for statement in step.statements:
        for reason, new in failures(step, statement, context):
            filled = updated and "NULL" in reason
            if statement.impact.touches and not step.born.has_table(statement.impact.touches[0].table) and not filled:
                names = table_names(held(step, statement)) or statement.impact.touches[0].table
                yield from Hit(f"{names}: this fails if {reason}").of(statement).when(new)
