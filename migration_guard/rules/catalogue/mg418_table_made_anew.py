"""A table is made anew and its rows are copied.

Why: SQLite cannot change a column or a constraint: Django makes another table, copies all rows, drops the old one
and renames the new one. Triggers and views on the table that Django does not know are lost, and nobody can write to
the database meanwhile.

Instead: nothing, for small databases; else add nullable columns, which SQLite can do in place.
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
from migration_guard.sql.statements import Statement
from migration_guard.state.operations import RunSQL

RULE = Rule(
    "MG418",
    "table-made-anew",
    "A table is made anew and its rows are copied",
    Severity.NOTE,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_stock ---
migrations.AlterField("product", "stock", models.CharField(max_length=9)),  # MG418
""",
            databases=("sqlite",),
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
""",
            databases=("sqlite",),
        ),
    ),
    databases=("SQLite",),
    links=("https://www.sqlite.org/lang_altertable.html#otheralter",),
    about=(Kind.COPY_ROWS,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    if isinstance(step.operation, RunSQL):
        return
    for statement in step.statements:
        if does(statement, Kind.COPY_ROWS) and not step.born.has_table(_source(statement)):
            yield Hit("the table is made anew, and its rows are copied").of(statement)


def _source(statement: Statement) -> str:
    """The table that is copied: the other one of the two that the statement touches."""
    return next((touch.table for touch in statement.impact.touches if not touch.table.startswith("new__")), "")
