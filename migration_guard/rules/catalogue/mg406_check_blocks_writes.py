"""A check constraint is verified while readers and writers wait.

Why: ADD CONSTRAINT ... CHECK looks at every row under a lock that keeps everybody away (on MySQL the table is
copied). Fields such as PositiveIntegerField bring a check of their own.

Instead: on PostgreSQL, `AddConstraintNotValid` now and `ValidateConstraint` in the next migration: validating lets
others write.
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
    "MG406",
    "check-blocks-writes",
    "A check constraint is verified while readers and writers wait",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_check ---
migrations.AddConstraint("product", models.CheckConstraint(condition=models.Q(stock__gte=0), name="stock")),  # MG406
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_positive ---
migrations.AlterField("product", "stock", models.PositiveIntegerField()),  # MG406
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_check ---
from django.contrib.postgres.operations import AddConstraintNotValid
AddConstraintNotValid("product", models.CheckConstraint(condition=models.Q(stock__gte=0), name="stock")),
"""
        ),
    ),
    databases=("PostgreSQL", "MySQL"),
    links=(
        "https://www.postgresql.org/docs/current/sql-altertable.html",
        "https://docs.djangoproject.com/en/stable/ref/contrib/postgres/operations/#adding-constraints-without-enforcing-validation",
    ),
    instead=(
        "django.contrib.postgres.operations.AddConstraintNotValid instead of AddConstraint",
        "django.contrib.postgres.operations.ValidateConstraint in the next migration",
    ),
    about=(Kind.ADD_CHECK,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    yield from blocking(
        step, context, "every row is checked, and everybody who writes to {tables} waits for it", Kind.ADD_CHECK
    )
