"""A table is locked without a limit on how long to wait for the lock.

Why: while ALTER TABLE waits for a long query to end, all other queries wait behind it. With a lock_timeout it gives
up instead.

Instead: SET LOCAL lock_timeout in a RunSQL before it, or let whatever runs the migrations set it (and leave this
rule off).
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import does, held, table_names
from migration_guard.rules.judge import place_of
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Steps
from migration_guard.sql.acts import Kind
from migration_guard.values import Truth

RULE = Rule(
    "MG416",
    "no-lock-timeout",
    "A table is locked without a limit on how long to wait for the lock",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),  # MG416
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_size ---
migrations.RunSQL("SET LOCAL lock_timeout = '2s'", migrations.RunSQL.noop),
migrations.AddField("product", "size", models.IntegerField(null=True)),
"""
        ),
    ),
    databases=("PostgreSQL",),
    links=("https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT",),
    enabled=False,
)


def check_migration(steps: Steps, context: Context) -> Iterator[Hit]:
    for step in steps:
        for statement in step.statements:
            if does(statement, Kind.SET) and "lock_timeout" in statement.text.lower():
                return
            touches = held(step, statement)
            if any(touch.blocks_reads is Truth.YES for touch in touches):
                tables = table_names(touches)
                are = "are" if " and " in tables else "is"
                message = f"{tables} {are} locked, and nothing limits how long to wait for that"
                yield Hit(message, place_of(step)).of(statement)
                return
