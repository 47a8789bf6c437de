"""Hand-written SQL updates every row at once.

Why: all rows stay locked until the migration is done, and the table may grow to twice its size.

Instead: batches, in a RunPython of a migration with `atomic = False`.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.handsql import pieces
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import RunSQL

RULE = Rule(
    "MG422",
    "sql-updates-all",
    "Hand-written SQL updates every row at once",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_price ---
migrations.RunSQL("update shop_product set price = 1", migrations.RunSQL.noop),  # MG422
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_price ---
migrations.RunSQL("UPDATE shop_product SET price = 1 WHERE price IS NULL", migrations.RunSQL.noop),
migrations.RunSQL("COMMENT ON TABLE shop_product IS 'update this'", migrations.RunSQL.noop),
"""
        ),
    ),
    about=(RunSQL,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    for piece in pieces(step):
        if piece.begins("update") and not piece.conditional:
            yield Hit("UPDATE without WHERE writes every row", sql=(piece.text,), databases=(piece.database,))
