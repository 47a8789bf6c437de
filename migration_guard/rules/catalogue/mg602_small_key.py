"""A primary key has room for two thousand million rows only.

Why: when the numbers run out nobody can insert any more, and the way to a larger key is long.

Instead: BigAutoField; DEFAULT_AUTO_FIELD makes it the usual one.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import CreateModel

RULE = Rule(
    "MG602",
    "small-key",
    "A primary key has room for two thousand million rows only",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_category ---
migrations.CreateModel("Category", [("id", models.AutoField(primary_key=True))]),  # MG602
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_category ---
migrations.CreateModel("Category", [("id", models.BigAutoField(primary_key=True))]),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/ref/settings/#default-auto-field",),
    enabled=False,
    about=(CreateModel,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case CreateModel(name=name, fields=fields) if step.in_database:
            for field, found in fields:
                if found.type is not None and found.type.name in ("AutoField", "SmallAutoField"):
                    yield Hit(f"{name}.{field} is of type {found.type.name}", subject=f"{name}.{field}")
        case _:
            return
