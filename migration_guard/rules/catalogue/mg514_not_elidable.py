"""A squashed migration still runs a data migration that no new database needs.

Why: a squashed migration is applied to new databases only, where there are no rows to move. What is not marked
`elidable` stays in it for ever, costs time in every test run, and keeps old code alive.

Instead: `elidable=True` on operations that only move rows; `squashmigrations` then leaves them out.

Ignore when: the operation creates rows or objects that a new database needs.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.operations import RunPython

_FUNCTION = """
def paint(apps, schema_editor):
    apps.get_model("shop", "Product").objects.filter(pk=1).delete()
"""
_BEFORE = (
    """
--- shop.0001_initial ---
migrations.CreateModel("Product", [("id", models.BigAutoField(primary_key=True))]),
--- shop.0002_paint ---
"""
    + _FUNCTION
    + """
migrations.RunPython(paint, migrations.RunPython.noop),
--- shop.0003_squashed ---
replaces = [("shop", "0001_initial"), ("shop", "0002_paint")]
dependencies = []
"""
)

RULE = Rule(
    "MG514",
    "not-elidable",
    "A squashed migration runs a data migration that is not elidable",
    Severity.NOTE,
    "0.2",
    bad=(
        Example(
            _BEFORE
            + _FUNCTION
            + """
migrations.CreateModel("Product", [("id", models.BigAutoField(primary_key=True))]),
migrations.RunPython(paint, migrations.RunPython.noop),  # MG514
"""
        ),
    ),
    good=(
        Example(
            _BEFORE
            + _FUNCTION
            + """
migrations.CreateModel("Product", [("id", models.BigAutoField(primary_key=True))]),
migrations.RunPython(paint, migrations.RunPython.noop, elidable=True),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/topics/migrations/#squashing-migrations",),
    enabled=False,
    about=(RunPython,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case RunPython(elidable=False) if step.migration.replaces:
            yield Hit("this data migration is not elidable, so every new database runs it")
