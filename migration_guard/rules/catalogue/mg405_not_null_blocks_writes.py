"""SET NOT NULL reads the whole table while readers and writers wait.

Why: PostgreSQL looks at every row for a NULL under the strongest lock there is; MySQL and MariaDB may copy the
table. Where a valid check constraint proves that there is none, PostgreSQL 12 and later skip this.

Instead: add CheckConstraint(condition=Q(field__isnull=False)) NOT VALID, validate it in the next migration, then
make the field NOT NULL, and drop the check.
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
    "MG405",
    "not-null-blocks-writes",
    "SET NOT NULL reads the whole table while readers and writers wait",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_price ---
migrations.AlterField("product", "price", models.IntegerField()),  # MG405
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_check ---
migrations.AddConstraint("product", models.CheckConstraint(condition=models.Q(price__isnull=False), name="has_price")),
--- shop.0003_price ---
migrations.AlterField("product", "price", models.IntegerField()),  # MG405
""",
            databases=("postgresql:11",),
            django="5.2",
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_price ---
migrations.AlterField("product", "price", models.IntegerField(null=True, help_text="in cents")),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_check ---
from django.contrib.postgres.operations import AddConstraintNotValid
AddConstraintNotValid("product", models.CheckConstraint(condition=models.Q(price__isnull=False), name="has_price")),
--- shop.0003_check ---
from django.contrib.postgres.operations import ValidateConstraint
ValidateConstraint("product", "has_price"),
--- shop.0004_price ---
migrations.AlterField("product", "price", models.IntegerField()),
""",
            new=1,
        ),
    ),
    databases=("PostgreSQL", "MySQL", "MariaDB"),
    links=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-DESC-SET-DROP-NOT-NULL",),
    instead=(
        "AddConstraintNotValid(..., CheckConstraint(condition=Q(field__isnull=False), name=...))",
        "ValidateConstraint(...) in the next migration",
        "AlterField to null=False in the one after that",
        "RemoveConstraint(...)",
    ),
    about=(Kind.SET_NOT_NULL, Kind.SET_NOT_NULL_CHECKED),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    yield from blocking(
        step,
        context,
        "every row is looked at for a NULL, and everybody who uses {tables} waits for it",
        Kind.SET_NOT_NULL,
        Kind.SET_NOT_NULL_CHECKED,
    )
