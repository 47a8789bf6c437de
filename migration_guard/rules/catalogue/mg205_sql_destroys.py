"""Hand-written SQL destroys data.

Why: DROP and TRUNCATE take everything, DELETE without WHERE takes every row, and there is no way back.

What models gave up in an earlier change is only noted: dropping it is the second stage of a removal.

Instead: make sure that nobody needs the data; delete in batches.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.project.graph import Graph
from migration_guard.rules.context import Context
from migration_guard.rules.facts import column_of, for_the_state, table_of
from migration_guard.rules.handsql import Piece, pieces
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import AlterModelTable, CreateModel, RenameModel, RunSQL
from migration_guard.values import NONE, Const, plain

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
    for piece in pieces(step):
        found = sorted(_destroyed(piece, step, context), key=lambda loss: loss[1] is Severity.NOTE)
        for what, severity in found[:1]:  # one finding a statement: the worst, else the first
            yield Hit(what, severity=severity, sql=(piece.text,), databases=(piece.database,))


def _destroyed(piece: Piece, step: Step, context: Context) -> Iterator[tuple[str, Severity]]:
    words = piece.bare.split()
    if piece.begins("truncate"):
        yield "TRUNCATE takes every row", Severity.WARNING
    elif piece.begins("delete") and not piece.conditional:
        yield "DELETE without WHERE takes every row", Severity.WARNING
    elif words[:2] in (["drop", "schema"], ["drop", "database"]):
        yield f"{words[0].upper()} {words[1].upper()} takes everything in it", Severity.WARNING
    for change in piece.reading.changes if piece.reading is not None else ():
        if change.verb not in ("drop table", "drop column") or step.born.has_table(change.table):
            continue
        column = change.column if change.verb == "drop column" else None
        what = f"all rows of {change.table}" if column is None else f"the values of {change.table}.{column}"
        if _given_up(change.table, column, step, context):
            yield f"{what} are destroyed; the models gave it up in an earlier change", Severity.NOTE
        else:
            yield f"{what} are destroyed", Severity.WARNING


def _given_up(table: str, column: str | None, step: Step, context: Context) -> bool:
    """Whether the running code is without it already: this is the second stage of a removal."""
    models = [model for model in step.running if table_of(model).lower() == table.lower()]
    if column is None:
        return not models and table.lower() in set(_tables_ever(context.graph))
    columns = {column_of(name, field).lower() for model in models for name, field in model.fields.items()}
    return bool(models) and column.lower() not in columns


def _tables_ever(graph: Graph) -> Iterator[str]:
    """The tables that models had at some time, in lower case."""
    for migration in graph.nodes.values():
        for operation in for_the_state(migration.operations):
            match operation:
                case CreateModel(name=name, options=options):
                    stated = plain(options.get("db_table", NONE))
                    yield str(stated or f"{migration.app_label}_{name}").lower()
                case RenameModel(new_name=name):
                    yield f"{migration.app_label}_{name}".lower()
                case AlterModelTable(table=Const(value=str(table))):
                    yield table.lower()
