"""A table goes away that the running code still uses.

Why: every query for the model in processes with the old code fails from the moment on at which the table is gone;
so does deleting objects that the model points to.

Instead: take the model out of the code first, with `SeparateDatabaseAndState(state_operations=[DeleteModel(...)])`;
drop the table in a later release.

Ignore when: the service is stopped while it is deployed.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import managed, table_of
from migration_guard.rules.handsql import pieces
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import DeleteModel, RemoveField, RunSQL
from migration_guard.values import NONE

RULE = Rule(
    "MG305",
    "table-dropped",
    "A table goes away that the running code still uses",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_no_maker ---
migrations.DeleteModel("Maker"),  # MG305
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_no_maker ---
migrations.RunSQL("drop table if exists shop_maker", migrations.RunSQL.noop),  # MG305
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_no_maker ---
migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Maker")]),
--- shop.0003_drop ---
migrations.RunSQL("DROP TABLE shop_maker", migrations.RunSQL.noop),
"""
        ),
    ),
    instead=(
        "first release: delete the model, with SeparateDatabaseAndState(state_operations=[DeleteModel(...)])",
        "second release: drop the table, with RunSQL",
    ),
    about=(DeleteModel, RemoveField, RunSQL),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case DeleteModel(name=name) if step.in_database:
            model = context.running_table(step, step.key(name))
            if model is not None and managed(model) and not step.born.has_model(step.key(name)):
                message = f"every query for {model.name} in the running code fails once {table_of(model)} is gone"
                yield Hit(message, subject=name).of(*step.statements)
        case RemoveField(model_name=name, name=field) if step.in_database:
            model = context.running_model(step, step.key(name))
            found = context.running_field(step, step.key(name), field)
            if model is None or found is None or not managed(model) or not found.many_to_many:
                return
            if found.attr("through") == NONE:
                message = f"the running code uses {model.name}.{field}: every query fails once its table is gone"
                yield Hit(message, subject=f"{name}.{field}").of(*step.statements)
        case RunSQL():
            yield from _by_hand(step, context)
        case _:
            return


def _by_hand(step: Step, context: Context) -> Iterator[Hit]:
    tables = {table_of(model).lower(): model for model in step.running if managed(model)}
    for piece in pieces(step):
        for change in piece.reading.changes if piece.reading is not None else ():
            known = tables.get(change.table.lower()) if change.verb == "drop table" else None
            model = context.running_table(step, known.key) if known is not None else None
            if model is not None and not step.born.has_table(change.table):
                message = f"every query for {model.name} in the running code fails once {change.table} is gone"
                yield Hit(message, subject=model.name, sql=(piece.text,), databases=(piece.database,))
