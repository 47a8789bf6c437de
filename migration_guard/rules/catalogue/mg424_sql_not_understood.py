"""What an operation does to tables is not known.

Why: a DO block, a call of a function, or a statement in an unusual form may lock a table or destroy data, and
nothing here can tell.

Instead: read it with care; write plain statements where that is possible.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Confidence, Severity
from migration_guard.rules.context import Context
from migration_guard.rules.handsql import pieces
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step

RULE = Rule(
    "MG424",
    "sql-not-understood",
    "What an operation does to tables is not known",
    Severity.NOTE,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_from_outside ---
import os
migrations.RunSQL(open("some.sql").read() if os.path.exists("some.sql") else "", migrations.RunSQL.noop),  # MG424
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_block ---
migrations.RunSQL("DO $$ BEGIN ALTER TABLE shop_product DROP COLUMN price; END $$", migrations.RunSQL.noop),  # MG424
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_index ---
migrations.RunSQL("CREATE INDEX a ON shop_product (name)", "DROP INDEX a"),
"""
        ),
    ),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    if step.unwritten and step.doubt is None:
        reasons = "; ".join(step.unwritten)
        yield Hit(f"what this does to tables is not known: {reasons}", confidence=Confidence.POSSIBLE)
    for piece in pieces(step):
        if piece.reading is None and piece.bare:
            message = "what this does to tables is not known"
            yield Hit(message, confidence=Confidence.POSSIBLE, sql=(piece.text,), databases=(piece.database,))
