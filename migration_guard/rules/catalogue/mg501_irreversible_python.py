"""A `RunPython` cannot be reversed.

Why: `migrate app 0003` stops with `IrreversibleError` at this migration. When a release must be taken back, that is
found out at the worst moment: the migrations after it are already reversed, this one and those before it are not.

Instead: give a `reverse_code`. Where nothing has to be undone, `migrations.RunPython.noop` says so.

Ignore when: the data cannot be brought back, and stopping there is what you want.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.operations import RunPython
from migration_guard.values import NONE, Ref

_MODEL = """
--- shop.0001_initial ---
migrations.CreateModel(
    "Product",
    [("id", models.BigAutoField(primary_key=True)), ("colour", models.CharField(max_length=20))],
),
"""
_FUNCTION = """
def paint(apps, schema_editor):
    apps.get_model("shop", "Product").objects.filter(colour="").update(colour="red")
"""

RULE = Rule(
    "MG501",
    "irreversible-python",
    "A RunPython cannot be reversed",
    Severity.WARNING,
    "0.2",
    bad=(Example(_MODEL + "--- shop.0002_paint ---" + _FUNCTION + "migrations.RunPython(paint),  # MG501\n"),),
    good=(
        Example(
            _MODEL + "--- shop.0002_paint ---" + _FUNCTION + "migrations.RunPython(paint, migrations.RunPython.noop),\n"
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/ref/migration-operations/#runpython",),
    instead=("reverse_code=migrations.RunPython.noop where nothing has to be undone, else a function that undoes it",),
    about=(RunPython,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case RunPython(code=code, reverse_code=reverse) if reverse == NONE:
            name = code.qualname if isinstance(code, Ref) else ""
            yield Hit("this RunPython cannot be reversed: it has no reverse_code", subject=name)
