"""A column goes away that the running code still uses.

Why: while the migration is applied, and until the last old process has stopped, processes with the old models select
every column of the model by name and name it in every INSERT. Each of these queries fails from the moment on at which
the column is gone.

Instead: take the field out of the models first, with `SeparateDatabaseAndState(state_operations=[RemoveField(...)])`,
and give the column a default or make it nullable; drop the column in a later release.

Ignore when: the service is stopped while it is deployed.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.operations import RemoveField

_BEFORE = """
--- shop.0001_initial ---
migrations.CreateModel(
    "Product",
    [("id", models.BigAutoField(primary_key=True)), ("colour", models.CharField(max_length=20))],
),
"""

RULE = Rule(
    "MG301",
    "column-dropped",
    "A column goes away that the running code still uses",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            _BEFORE
            + """
--- shop.0002_no_colour ---
migrations.RemoveField("product", "colour"),  # MG301
"""
        ),
    ),
    good=(
        Example(
            _BEFORE
            + """
--- shop.0002_no_colour ---
migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("product", "colour")]),
"""
        ),
    ),
    instead=(
        "first release: SeparateDatabaseAndState(state_operations=[RemoveField(...)])",
        "second release: drop the column",
    ),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case RemoveField(model_name=name, name=field) if step.in_database:
            key = step.key(name)
            model = context.running_model(step, key)
            found = model.fields.get(field) if model is not None else None
            if model is None or found is None or step.born.has_field(key, field):
                return
            if found.type is not None and not found.type.column:
                return
            yield Hit(f"SELECT and INSERT of {model.name} in the running code name {field}", subject=field).of(
                *step.statements
            )
