"""A function for `RunPython` that cannot be called with `(apps, schema_editor)`.

Why: the migration fails with `TypeError` as soon as it is applied.

Instead: give the function two positional parameters.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.codebase.functions import Code
from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.datacode import function_of
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.operations import RunPython

RULE = Rule(
    "MG512",
    "wrong-signature",
    "A function for RunPython does not take (apps, schema_editor)",
    Severity.ERROR,
    "0.2",
    bad=(
        Example("""
--- shop.0001_nothing ---
def nothing(apps):
    pass
migrations.RunPython(nothing, migrations.RunPython.noop),  # MG512
"""),
    ),
    good=(
        Example("""
--- shop.0001_nothing ---
from functools import partial
def nothing(colour, apps, schema_editor, size=1):
    pass
def anything(*args):
    pass
migrations.RunPython(partial(nothing, "red"), migrations.RunPython.noop),
migrations.RunPython(anything, migrations.RunPython.noop),
"""),
    ),
    links=("https://docs.djangoproject.com/en/stable/ref/migration-operations/#runpython",),
    about=(RunPython,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    found = function_of(step, context)
    if isinstance(found, Code) and not found.accepts:
        yield Hit(f"{found.name}() cannot be called with (apps, schema_editor)", subject=found.name)
