"""A unique constraint goes away that the running code may rely on.

Why: get_or_create, update_or_create and bulk_create(update_conflicts=True) of the running code rely on it, and
duplicates that come in meanwhile keep it from being added again.

Instead: drop it when no running code needs it any more.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import managed
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import AlterUniqueTogether, RemoveConstraint
from migration_guard.values import Call, Const, Seq

RULE = Rule(
    "MG312",
    "constraint-dropped",
    "A unique constraint goes away that the running code may rely on",
    Severity.NOTE,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_unique ---
migrations.AddConstraint("product", models.UniqueConstraint(fields=["name"], name="one")),
--- shop.0003_not_unique ---
migrations.RemoveConstraint("product", "one"),  # MG312
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_check ---
migrations.AddConstraint("product", models.CheckConstraint(condition=models.Q(stock__gte=0), name="stock")),
--- shop.0003_no_check ---
migrations.RemoveConstraint("product", "stock"),
"""
        ),
    ),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case RemoveConstraint(model_name=model_name, name=name) if step.in_database:
            model = step.old_model(model_name)
            listed = model.option("constraints") if model is not None else None
            if model is None or not managed(model) or context.running_model(step, model.key) is None:
                return
            for item in listed.items if isinstance(listed, Seq) else ():
                unique = isinstance(item, Call) and item.func.name == "UniqueConstraint"
                if unique and isinstance(item, Call) and item.kwargs.get("name") == Const(name):
                    hit = Hit(f"the running code may rely on {name}", subject=f"{model_name}.{name}")
                    yield hit.of(*step.statements)
        case AlterUniqueTogether(name=model_name, unique_together=value) if step.in_database:
            model = step.old_model(model_name)
            rows = model.option("unique_together") if model is not None else None
            left = set(value.items) if isinstance(value, Seq) else set()
            if model is None or not managed(model) or context.running_model(step, model.key) is None:
                return
            if isinstance(rows, Seq) and set(rows.items) - left:
                message = f"the running code may rely on the unique_together of {model.name}"
                yield Hit(message, subject=model_name).of(*step.statements)
        case _:
            return
