"""A column becomes NOT NULL while the running code may write NULL.

Why: processes with the old code still think that the field may be empty: an INSERT or UPDATE of theirs with NULL
fails.

Instead: deploy code that always writes a value first; the migration in the release after it.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import given, has_column, managed, nullable
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.model import Field, Model
from migration_guard.state.operations import AlterField
from migration_guard.values import NONE, Truth

RULE = Rule(
    "MG306",
    "not-null-under-running-code",
    "A column becomes NOT NULL while the running code may write NULL",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_price ---
migrations.AlterField("product", "price", models.IntegerField(default=0)),  # MG306
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_price ---
migrations.AlterField("product", "price", models.BigIntegerField(null=True)),
migrations.AlterField("product", "stock", models.IntegerField(default=0)),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
--- shop.0003_size ---
migrations.AlterField("product", "size", models.IntegerField()),
""",
            new=2,
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
            tightened = Truth.all((nullable(old), nullable(new).negate()))
            default = old.attr("default")
            written = Truth.any((given(default).negate(), Truth.of(default == NONE), Truth.MAYBE))
            message = f"the running code may write NULL to {model.name}.{field}, which fails from now on"
            hit = Hit(message, subject=f"{name}.{field}").of(*step.statements)
            yield from hit.when(Truth.all((tightened, written)))
        case _:
            return


def _running(step: Step, model: Model | None, name: str) -> Field | None:
    """The field as it was before the change set."""
    found = model.fields.get(name) if model is not None else None
    return None if model is None or step.born.has_field(model.key, name) else found
