"""Hand-written SQL destroys data.

Why: DROP and TRUNCATE take everything, DELETE without WHERE takes every row, and there is no way back.

Instead: make sure that nobody needs the data; delete in batches.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import table_of
from migration_guard.rules.handsql import Piece, pieces
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import RunSQL

RULE = Rule(
    "MG205",
    "sql-destroys",
    "Hand-written SQL destroys data",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_empty ---
migrations.RunSQL("truncate shop_product", migrations.RunSQL.noop),  # MG205
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_empty ---
migrations.RunSQL(  # MG205
    '''
    -- with a comment, and in several lines
    delete
    from shop_product;
''', migrations.RunSQL.noop),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_gone ---
migrations.RunSQL("alter table shop_product drop column price", migrations.RunSQL.noop),  # MG205
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_some ---
migrations.RunSQL("DELETE FROM shop_product WHERE stock = 0", migrations.RunSQL.noop),
migrations.RunSQL("UPDATE shop_product SET name = 'DROP TABLE x; TRUNCATE'  -- drop table y", migrations.RunSQL.noop),
"""
        ),
    ),
    about=(RunSQL,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    tables = {table_of(model).lower() for model in step.running}
    for piece in pieces(step):
        what = _destroyed(piece, step, tables)
        if what:
            yield Hit(what, sql=(piece.text,), databases=(piece.database,))


def _destroyed(piece: Piece, step: Step, tables: set[str]) -> str:
    if piece.begins("truncate"):
        return "TRUNCATE takes every row"
    if piece.begins("delete") and not piece.conditional:
        return "DELETE without WHERE takes every row"
    words = piece.bare.split()
    if words[:2] in (["drop", "schema"], ["drop", "database"]):
        return f"{words[0].upper()} {words[1].upper()} takes everything in it"
    for change in piece.reading.changes if piece.reading is not None else ():
        if change.verb == "drop table" and not step.born.has_table(change.table):
            return f"all rows of {change.table} are destroyed"
        if change.verb == "drop column" and not step.born.has_table(change.table):
            return f"the values of {change.table}.{change.column} are destroyed"
    return ""
