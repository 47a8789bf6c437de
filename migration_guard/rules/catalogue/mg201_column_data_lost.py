"""Dropping a column destroys what is in it.

Why: the values are gone, and unapplying the migration brings back an empty column.

Instead: make sure that nobody needs the data, or copy them elsewhere first. Dropping it in a release after the one
in which the model lost the field leaves time to notice.

Ignore when: the data have been moved, or are not needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import has_column, managed
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import RemoveField

RULE = Rule(
    "MG201",
    "column-data-lost",
    "Dropping a column destroys what is in it",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_no_price ---
migrations.RemoveField("product", "price"),  # MG201
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_no_price ---
migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("product", "price")]),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_tried ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
migrations.RemoveField("product", "size"),
"""
        ),
    ),
    about=(RemoveField,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case RemoveField(model_name=name, name=field) if step.in_database:
            model, found = step.old_model(name), step.old_field(name, field)
            if model is None or found is None or not managed(model) or not has_column(found):
                return
            if not step.born.has_field(model.key, field):
                yield Hit(f"the values of {model.name}.{field} are destroyed", subject=f"{name}.{field}").of(
                    *step.statements
                )
        case _:
            return
