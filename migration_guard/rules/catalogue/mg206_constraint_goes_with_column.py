"""Dropping a column drops a constraint or an index over it and others.

Why: a unique constraint over two columns goes away with one of them, without a word: what it kept apart can then be
entered twice.

Instead: remove or replace the constraint in an operation of its own, before the field.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import managed
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.model import Model
from migration_guard.state.operations import RemoveField
from migration_guard.values import Call, Const, Seq, Value, plain

RULE = Rule(
    "MG206",
    "constraint-goes-with-column",
    "Dropping a column drops a constraint or an index over it and others",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_unique ---
migrations.AddConstraint("product", models.UniqueConstraint(fields=["name", "stock"], name="one")),
--- shop.0003_no_stock ---
migrations.RemoveField("product", "stock"),  # MG206
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_unique ---
migrations.AddConstraint("product", models.UniqueConstraint(fields=["name", "stock"], name="one")),
--- shop.0003_no_stock ---
migrations.RemoveConstraint("product", "one"),
migrations.RemoveField("product", "stock"),
"""
        ),
    ),
    about=(RemoveField,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case RemoveField(model_name=name, name=field) if step.in_database:
            model = step.old_model(name)
            if model is None or not managed(model) or step.born.has_model(model.key):
                return
            for what in _over(model, field):
                yield Hit(f"{what} goes away with {model.name}.{field}", subject=f"{name}.{field}").of(*step.statements)
        case _:
            return


def _over(model: Model, field: str) -> Iterator[str]:
    """What covers the field and others."""
    for option in ("constraints", "indexes"):
        listed = model.option(option)
        for item in listed.items if isinstance(listed, Seq) else ():
            names = _names(item.kwargs.get("fields")) if isinstance(item, Call) else ()
            if field in names and len(names) > 1 and isinstance(item, Call):
                given = item.kwargs.get("name")
                label = given.value if isinstance(given, Const) else item.func.name
                yield f"{'constraint' if option == 'constraints' else 'index'} {label}"
    together = model.option("unique_together")
    for row in together.items if isinstance(together, Seq) else ():
        names = _names(row)
        if field in names:
            yield f"unique_together ({', '.join(names)})"


def _names(value: Value | None) -> tuple[str, ...]:
    found = plain(value) if value is not None else None
    return tuple(map(str, found)) if isinstance(found, (list, tuple)) else ()
