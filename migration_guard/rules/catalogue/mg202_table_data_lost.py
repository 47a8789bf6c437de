"""Dropping a table destroys what is in it.

Why: the rows are gone, and unapplying the migration brings back an empty table.

Instead: make sure that nobody needs the data, or copy them elsewhere first.

Ignore when: the data have been moved, or are not needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import managed
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import DeleteModel

RULE = Rule(
    "MG202",
    "table-data-lost",
    "Dropping a table destroys what is in it",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_no_maker ---
migrations.DeleteModel("Maker"),  # MG202
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_no_maker ---
migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Maker")]),
"""
        ),
        Example(
            """
--- shop.0001_initial ---
migrations.CreateModel("Old", [("id", models.AutoField(primary_key=True))], options={"managed": False}),
--- shop.0002_not_ours ---
migrations.DeleteModel("Old"),
"""
        ),
    ),
    about=(DeleteModel,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case DeleteModel(name=name) if step.in_database:
            model = step.old_model(name)
            if model is not None and managed(model) and not step.born.has_model(model.key):
                yield Hit(f"all rows of {model.name} are destroyed", subject=name).of(*step.statements)
        case _:
            return
