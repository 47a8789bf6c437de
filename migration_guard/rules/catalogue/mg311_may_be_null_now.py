"""A column may be NULL from now on, and the running code does not expect that.

Why: the new code may store NULL while processes with the old code still read the column.

Instead: deploy code that can read None first.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import has_column, managed, nullable
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.model import Field, Model
from migration_guard.state.operations import AlterField
from migration_guard.values import Truth

RULE = Rule(
    "MG311",
    "may-be-null-now",
    "A column may be NULL from now on, and the running code does not expect that",
    Severity.NOTE,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_stock ---
migrations.AlterField("product", "stock", models.IntegerField(null=True)),  # MG311
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_stock ---
migrations.AlterField("product", "stock", models.IntegerField(default=1)),
"""
        ),
    ),
    about=(AlterField,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case AlterField(model_name=name, name=field, field=new) if step.in_database:
            model = context.running_model(step, step.key(name))
            old = _running(step, model, field)
            if model is None or old is None or not managed(model) or not has_column(old) or not has_column(new):
                return
            loosened = Truth.all((nullable(old).negate(), nullable(new)))
            message = f"the running code does not expect NULL in {model.name}.{field}"
            yield from Hit(message, subject=f"{name}.{field}").when(loosened)
        case _:
            return


def _running(step: Step, model: Model | None, name: str) -> Field | None:
    """The field as it was before the change set."""
    found = model.fields.get(name) if model is not None else None
    return None if model is None or step.born.has_field(model.key, name) else found
