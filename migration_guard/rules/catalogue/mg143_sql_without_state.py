"""Hand-written SQL changes the table of a model, and Django's state does not know.

Why: the next makemigrations compares the models with a state in which nothing has changed, and writes a migration
for what was done already.

Instead: say in state_operations which operation the SQL stands for.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import column_of, has_column, managed, table_of
from migration_guard.rules.handsql import pieces
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.model import Model
from migration_guard.state.operations import RunSQL, SeparateDatabaseAndState

RULE = Rule(
    "MG143",
    "sql-without-state",
    "Hand-written SQL changes the table of a model, and Django's state does not know",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_no_price ---
migrations.RunSQL("ALTER TABLE shop_product DROP COLUMN price", migrations.RunSQL.noop),  # MG143
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_title ---
migrations.RunSQL(  # MG143
    "alter table shop_product rename column name to title",
    "alter table shop_product rename column title to name",
),
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_no_price ---
migrations.RunSQL(
    "ALTER TABLE shop_product DROP COLUMN price",
    migrations.RunSQL.noop,
    state_operations=[migrations.RemoveField("product", "price")],
),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_index ---
migrations.RunSQL("CREATE INDEX a ON shop_product (name)", "DROP INDEX a"),
migrations.RunSQL("CREATE TABLE not_of_a_model (id integer)", "DROP TABLE not_of_a_model"),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/ref/migration-operations/#runsql",),
    about=(RunSQL,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    if not isinstance(step.operation, RunSQL) or step.operation.state_operations:
        return
    if any(isinstance(outer, SeparateDatabaseAndState) and outer.state_operations for outer in step.outer):
        return
    models = {table_of(model).lower(): model for model in step.before if managed(model)}
    last = context.judged[-1].after if context.judged else step.after
    for piece in pieces(step):
        for change in piece.reading.changes if piece.reading is not None else ():
            model = models.get(change.table.lower())
            after = last.get(model.key) if model is not None else None
            if model is None or (after is None and change.verb == "drop table"):
                continue
            column = change.column.lower()
            known = column in _columns(model) and column in _columns(after or model)
            of_column = known and change.verb in ("drop column", "rename column")
            if change.verb in ("drop table", "rename table") or of_column:
                message = f"this does {change.verb} to {change.table}, and the state of {model.name} stays as it is"
                subject = f"{model.name}.{change.column}"
                yield Hit(message, subject=subject, sql=(piece.text,), databases=(piece.database,))


def _columns(model: Model) -> set[str]:
    return {column_of(name, field).lower() for name, field in model.fields.items() if has_column(field)}
