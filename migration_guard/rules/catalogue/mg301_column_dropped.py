"""A column goes away that the running code still uses.

Why: until the last process with the old code has stopped, its queries name every column of the model, in each
SELECT and INSERT: they fail from the moment on at which the column is gone.

Instead: take the field out of the models first, with
`SeparateDatabaseAndState(state_operations=[RemoveField(...)])`, the column being nullable or having a default in
the database; drop the column in a later release.

Ignore when: the service is stopped while it is deployed.
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
from migration_guard.state.operations import RemoveField, RunSQL

RULE = Rule(
    "MG301",
    "column-dropped",
    "A column goes away that the running code still uses",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_no_price ---
migrations.RemoveField("product", "price"),  # MG301
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_out_of_the_state ---
migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("product", "price")]),
--- shop.0003_drop ---
migrations.RunSQL("ALTER TABLE shop_product DROP COLUMN price", migrations.RunSQL.noop),  # MG301
""",
            new=2,
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_out_of_the_state ---
migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("product", "price")]),
--- shop.0003_drop ---
migrations.RunSQL("ALTER TABLE shop_product DROP COLUMN price", migrations.RunSQL.noop),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
--- shop.0003_no_size ---
migrations.RemoveField("product", "size"),
""",
            new=2,
        ),
    ),
    instead=(
        (
            "first release: take the field out of the model, with "
            "SeparateDatabaseAndState(state_operations=[RemoveField(...)])"
        ),
        "second release: drop the column, with RunSQL",
    ),
    about=(RemoveField, RunSQL),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case RemoveField(model_name=name, name=field) if step.in_database:
            model = context.running_model(step, step.key(name))
            found = context.running_field(step, step.key(name), field)
            if model is not None and found is not None and managed(model) and has_column(found):
                yield _hit(model, column_of(field, found), f"{name}.{field}").of(*step.statements)
        case RunSQL():
            for piece in pieces(step):
                for change in piece.reading.changes if piece.reading is not None else ():
                    if change.verb == "drop column":
                        yield from _dropped(step, context, change.table, change.column)
        case _:
            return


def _dropped(step: Step, context: Context, table: str, column: str) -> Iterator[Hit]:
    """Hand-written SQL names tables and columns, not models."""
    for known in step.running:
        model = context.running_model(step, known.key)
        if model is None or not managed(model) or table_of(model).lower() != table.lower():
            continue
        for name, field in model.fields.items():
            named = has_column(field) and column_of(name, field).lower() == column.lower()
            if named and context.running_field(step, model.key, name) is not None:
                yield _hit(model, column, f"{model.name}.{name}").of(*step.statements)


def _hit(model: Model, column: str, subject: str) -> Hit:
    message = f"every SELECT and INSERT of {model.name} in the running code names {table_of(model)}.{column}"
    return Hit(f"{message}: it fails once the column is gone", subject=subject)
