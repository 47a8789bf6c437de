"""A migration without a transaction changes several things.

Why: where a migration has `atomic = False`, everything before a failing statement stays, but the migration does not
count as applied: run again, it fails at its first operation. Building an index concurrently may well fail: on
duplicates, deadlocks and timeouts.

Instead: one such operation in a migration, and all others in migrations of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import does, held
from migration_guard.rules.judge import place_of
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Steps
from migration_guard.sql.acts import Kind
from migration_guard.state.operations import RunPython

CONCURRENT = (
    Kind.CREATE_INDEX_CONCURRENTLY,
    Kind.CREATE_UNIQUE_INDEX_CONCURRENTLY,
    Kind.DROP_INDEX_CONCURRENTLY,
    Kind.REINDEX_CONCURRENTLY,
)

RULE = Rule(
    "MG413",
    "half-applied-when-it-fails",
    "A migration without a transaction changes several things",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_index ---
from django.contrib.postgres.operations import AddIndexConcurrently
atomic = False
migrations.AddField("product", "size", models.IntegerField(null=True)),  # MG413
AddIndexConcurrently("product", models.Index(fields=["name"], name="product_name")),
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
--- shop.0003_index ---
from django.contrib.postgres.operations import AddIndexConcurrently
atomic = False
AddIndexConcurrently("product", models.Index(fields=["name"], name="product_name")),
"""
        ),
    ),
    databases=("PostgreSQL",),
    links=("https://docs.djangoproject.com/en/stable/howto/writing-migrations/#non-atomic-migrations",),
    about=CONCURRENT,
)


def check_migration(steps: Steps, context: Context) -> Iterator[Hit]:
    if steps.migration.atomic:
        return
    changing = [step for step in steps if any(held(step, statement) for statement in step.statements)]
    alone = [step for step in changing if any(does(item, *CONCURRENT) for item in step.statements)]
    plain = [step for step in changing if step not in alone]
    others = [step for step in steps if step in plain or isinstance(step.operation, RunPython)]
    if alone and others:
        message = "besides building or dropping indexes concurrently, this migration changes other things"
        yield Hit(message, place_of(others[0]))
