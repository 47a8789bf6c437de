"""A unique constraint goes away that the running code may rely on.

Why: get_or_create, update_or_create and bulk_create(update_conflicts=True) of the running code rely on it, and
duplicates that come in meanwhile keep it from being added again.

Instead: drop it when no running code needs it any more.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import is_true, managed
from migration_guard.rules.judge import place_of
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step, Steps
from migration_guard.state.model import Model
from migration_guard.state.operations import AlterUniqueTogether, RemoveConstraint
from migration_guard.values import Call, Const, Seq, Truth, Value, plain

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
--- shop.0002_unique ---
migrations.AlterUniqueTogether("product", {("name", "price")}),
--- shop.0003_constraint ---
migrations.AlterUniqueTogether("product", set()),
migrations.AddConstraint("product", models.UniqueConstraint(fields=["name", "price"], name="one")),
"""
        ),
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
    about=(AlterUniqueTogether, RemoveConstraint),
)


def check_migration(steps: Steps, context: Context) -> Iterator[Hit]:
    for step in steps:
        match step.operation:
            case RemoveConstraint(model_name=model_name, name=name) if step.in_database:
                model = step.old_model(model_name)
                listed = model.option("constraints") if model is not None else None
                for item in listed.items if isinstance(listed, Seq) else ():
                    if isinstance(item, Call) and item.kwargs.get("name") == Const(name):
                        yield from _dropped(step, steps, context, model_name, _fields(item), str(name))
            case AlterUniqueTogether(name=model_name, unique_together=value) if step.in_database:
                model = step.old_model(model_name)
                left = set(_rows(value))
                for row in _rows(model.option("unique_together")) if model is not None else ():
                    if row not in left:
                        yield from _dropped(step, steps, context, model_name, row, f"unique_together {', '.join(row)}")
            case _:
                continue


def _dropped(
    step: Step, steps: Steps, context: Context, name: str, fields: tuple[str, ...], what: str
) -> Iterator[Hit]:
    """A hit, unless the migration puts another one over these fields, or some of them, in its place."""
    model, last = step.old_model(name), steps.after.get(step.key(name))
    if not fields or model is None or last is None or not managed(model):
        return
    if context.running_model(step, model.key) is None or not set(fields) <= set(last.fields):
        return
    if not any(set(other) <= set(fields) for other in _unique(last)):
        hit = Hit(f"the running code may rely on {what}", place_of(step), subject=f"{name}.{what}")
        yield hit.of(*step.statements)


def _unique(model: Model) -> Iterator[tuple[str, ...]]:
    """The fields of each unique constraint without a condition."""
    listed = model.option("constraints")
    for item in listed.items if isinstance(listed, Seq) else ():
        if isinstance(item, Call) and _fields(item):
            yield _fields(item)
    yield from _rows(model.option("unique_together"))
    for name, field in model.fields.items():
        if is_true(field.attr("unique")) is not Truth.NO:
            yield (name,)


def _fields(item: Call) -> tuple[str, ...]:
    if item.func.name != "UniqueConstraint" or "condition" in item.kwargs or "fields" not in item.kwargs:
        return ()
    fields = plain(item.kwargs["fields"])
    return tuple(map(str, fields)) if isinstance(fields, (list, tuple)) else ()


def _rows(value: Value) -> Iterator[tuple[str, ...]]:
    rows = plain(value)
    for row in rows if isinstance(rows, (list, tuple, set, frozenset)) else ():
        if isinstance(row, (list, tuple)):
            yield tuple(map(str, row))
