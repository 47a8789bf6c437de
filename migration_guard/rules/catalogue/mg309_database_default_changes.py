"""The running code relies on a database default that goes away.

Why: processes with the old code leave the value to the database. Without a default, their INSERTs fail on a NOT
NULL column, or store NULL.

Instead: give the field a Python default first; drop db_default in a later release.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import given, has_column, has_database_default, managed
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.model import Field, Model
from migration_guard.state.operations import AlterField
from migration_guard.values import Truth

RULE = Rule(
    "MG309",
    "database-default-changes",
    "The running code relies on a database default that goes away",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            """
--- shop.0001_initial ---
migrations.CreateModel(
    "Product",
    [("id", models.BigAutoField(primary_key=True)), ("stock", models.IntegerField(db_default=0))],
),
--- shop.0002_no_default ---
migrations.AlterField("product", "stock", models.IntegerField(default=0)),  # MG309
"""
        ),
    ),
    good=(
        Example(
            """
--- shop.0001_initial ---
migrations.CreateModel(
    "Product",
    [("id", models.BigAutoField(primary_key=True)), ("stock", models.IntegerField(db_default=0))],
),
--- shop.0002_other ---
migrations.AlterField("product", "stock", models.IntegerField(db_default=1)),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/ref/models/fields/#db-default",),
    about=(AlterField,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case AlterField(model_name=name, name=field, field=new) if step.in_database:
            model = context.running_model(step, step.key(name))
            old = _running(step, model, field)
            if model is None or old is None or not managed(model) or not has_column(old) or not has_column(new):
                return
            gone = Truth.all((given(old.attr("db_default")), has_database_default(new).negate()))
            message = f"the running code leaves {model.name}.{field} to the database, which has no default from now on"
            yield from Hit(message, subject=f"{name}.{field}").of(*step.statements).when(gone)
        case _:
            return


def _running(step: Step, model: Model | None, name: str) -> Field | None:
    """The field as it was before the change set."""
    found = model.fields.get(name) if model is not None else None
    return None if model is None or step.born.has_field(model.key, name) else found
