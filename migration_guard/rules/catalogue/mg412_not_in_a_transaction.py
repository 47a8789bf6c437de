"""A statement that cannot run in a transaction is in an atomic migration.

Why: CREATE INDEX CONCURRENTLY and its like refuse to run inside a transaction, and Django opens one for every
atomic migration: the migration fails.

Instead: set `atomic = False` in the migration's class, and put nothing else into it.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import does
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.sql.acts import Kind
from migration_guard.values import Truth

ALONE = (
    Kind.CREATE_INDEX_CONCURRENTLY,
    Kind.CREATE_UNIQUE_INDEX_CONCURRENTLY,
    Kind.DROP_INDEX_CONCURRENTLY,
    Kind.REINDEX_CONCURRENTLY,
    Kind.ALTER_TYPE_VALUES,
    Kind.VACUUM,
    Kind.REWRITE_TABLE,
)

RULE = Rule(
    "MG412",
    "not-in-a-transaction",
    "A statement that cannot run in a transaction is in an atomic migration",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_index ---
from django.contrib.postgres.operations import AddIndexConcurrently
AddIndexConcurrently("product", models.Index(fields=["name"], name="product_name")),  # MG412
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_index ---
from django.contrib.postgres.operations import AddIndexConcurrently
atomic = False
AddIndexConcurrently("product", models.Index(fields=["name"], name="product_name")),
"""
        ),
    ),
    databases=("PostgreSQL",),
    links=("https://docs.djangoproject.com/en/stable/howto/writing-migrations/#non-atomic-migrations",),
    about=ALONE,
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    for statement in step.statements if step.atomic else ():
        if does(statement, *ALONE) and statement.impact.transactional is Truth.NO:
            yield Hit("this cannot run in a transaction, and the migration is atomic").of(statement)
