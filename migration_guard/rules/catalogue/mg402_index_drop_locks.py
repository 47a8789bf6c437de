"""Dropping an index locks the table for readers and writers.

Why: DROP INDEX takes the strongest lock there is on the table. It is short, but it waits for every running query,
and all that come after it wait behind it.

Instead: on PostgreSQL, `RemoveIndexConcurrently` in a migration with `atomic = False`.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import does, locks, reads_wait
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.sql.acts import Kind

RULE = Rule(
    "MG402",
    "index-drop-locks",
    "Dropping an index locks the table for readers and writers",
    Severity.NOTE,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_index ---
migrations.AddIndex("product", models.Index(fields=["name"], name="product_name")),
--- shop.0003_no_index ---
migrations.RemoveIndex("product", "product_name"),  # MG402
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_index ---
migrations.AddIndex("product", models.Index(fields=["name"], name="product_name")),
--- shop.0003_no_index ---
from django.contrib.postgres.operations import RemoveIndexConcurrently
atomic = False
RemoveIndexConcurrently("product", "product_name"),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_index ---
migrations.AddIndex("product", models.Index(fields=["name"], name="product_name")),
--- shop.0003_no_index ---
migrations.RemoveIndex("product", "product_name"),
""",
            databases=("sqlite",),
        ),
    ),
    databases=("PostgreSQL",),
    links=("https://www.postgresql.org/docs/current/sql-dropindex.html",),
    about=(Kind.DROP_INDEX,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    for statement in step.statements:
        if does(statement, Kind.DROP_INDEX) and reads_wait(step, statement):
            message = "dropping the index needs the table for itself: queries queue up behind it"
            yield Hit(message, details=locks(step, statement)).of(statement)
