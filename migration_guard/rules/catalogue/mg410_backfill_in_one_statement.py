"""Making a column NOT NULL with a default updates all its NULLs at once.

Why: Django sends one UPDATE for all rows that have NULL, in the same transaction as the ALTER TABLE: the rows stay
locked, and their old versions stay in the table, until the migration is done.

Instead: fill the rows in batches in a RunPython of an earlier migration with `atomic = False`, and then make the
column NOT NULL.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import does, held, table_names
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.sql.acts import Kind
from migration_guard.state.operations import AlterField

RULE = Rule(
    "MG410",
    "backfill-in-one-statement",
    "Making a column NOT NULL with a default updates all its NULLs at once",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_price ---
migrations.AlterField("product", "price", models.IntegerField(default=0)),  # MG410
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_price ---
migrations.AlterField("product", "price", models.IntegerField()),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_stock ---
migrations.AlterField("product", "stock", models.IntegerField(default=0)),
"""
        ),
    ),
    about=(AlterField,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    if isinstance(step.operation, AlterField):
        for statement in step.statements:
            if does(statement, Kind.UPDATE) and held(step, statement):
                tables = table_names(held(step, statement))
                yield Hit(f"one UPDATE fills every row of {tables} that has NULL, and keeps them locked").of(statement)
