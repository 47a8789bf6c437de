"""SQL that begins or ends a transaction is in an atomic migration.

Why: COMMIT ends the transaction that Django opened, and what comes after it runs without one; BEGIN inside of it
does nothing but warn.

Instead: set `atomic = False` in the migration's class, or take the words out.
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
from migration_guard.state.operations import RunSQL

RULE = Rule(
    "MG423",
    "transaction-in-sql",
    "SQL that begins or ends a transaction is in an atomic migration",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_commit ---
migrations.RunSQL("COMMIT", migrations.RunSQL.noop),  # MG423
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_commit ---
atomic = False
migrations.RunSQL("COMMIT", migrations.RunSQL.noop),
"""
        ),
    ),
    about=(RunSQL,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    for statement in step.statements if step.atomic and isinstance(step.operation, RunSQL) else ():
        if does(statement, Kind.TRANSACTION):
            yield Hit("the migration is atomic, and this begins or ends a transaction of its own").of(statement)
