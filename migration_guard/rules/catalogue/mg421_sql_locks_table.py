"""Hand-written SQL locks a table for long.

Why: VACUUM FULL, CLUSTER, REINDEX and LOCK TABLE keep readers or writers away until they are done; so does ALTER
TABLE ... where it reads or writes the whole table.

Instead: REINDEX CONCURRENTLY, pg_repack, or smaller steps.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import does, held, locks, table_names
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.sql.acts import Kind
from migration_guard.state.operations import RunSQL
from migration_guard.values import Truth

LOCKING = (Kind.REINDEX, Kind.REWRITE_TABLE, Kind.LOCK_TABLE, Kind.REFRESH_VIEW, Kind.ALTER_TABLE)

RULE = Rule(
    "MG421",
    "sql-locks-table",
    "Hand-written SQL locks a table for long",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_reindex ---
migrations.RunSQL("REINDEX TABLE shop_product", migrations.RunSQL.noop),  # MG421
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_lock ---
migrations.RunSQL("lock table shop_product", migrations.RunSQL.noop),  # MG421
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_unlogged ---
migrations.RunSQL("alter table shop_product set unlogged", migrations.RunSQL.noop),  # MG421
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_reindex ---
atomic = False
migrations.RunSQL("REINDEX TABLE CONCURRENTLY shop_product", migrations.RunSQL.noop),
"""
        ),
    ),
    databases=("PostgreSQL",),
    links=("https://www.postgresql.org/docs/current/sql-reindex.html",),
    about=(RunSQL,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    if not isinstance(step.operation, RunSQL):
        return
    for statement in step.statements:
        touches = tuple(touch for touch in held(step, statement) if touch.blocks_writes is not Truth.NO)
        if does(statement, *LOCKING):
            hit = Hit(f"{table_names(touches)} is locked until this is done", details=locks(step, statement))
            yield from hit.of(statement).when(Truth.any(touch.blocks_writes for touch in touches))
