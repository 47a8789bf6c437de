"""The primary key of an existing table changes.

Why: every foreign key that points to the table and every row have to follow, the index behind the key is made anew
under the strongest lock there is, and the running code identifies objects by the old key. To and from a composite
key Django cannot migrate at all.

Instead: a new table beside the old one, filled in batches; or, for a larger integer, a second column that takes
over.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import is_true, managed
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.model import Field
from migration_guard.state.operations import AddField, AlterField
from migration_guard.values import Truth

RULE = Rule(
    "MG417",
    "primary-key-changed",
    "The primary key of an existing table changes",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_key ---
migrations.AlterField("product", "name", models.CharField(max_length=50, primary_key=True)),  # MG417
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_key ---
migrations.AddField("product", "pk", models.CompositePrimaryKey("id", "name")),  # MG417
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_key ---
migrations.AlterField("product", "id", models.BigAutoField(primary_key=True, help_text="number")),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/topics/composite-primary-key/",),
    about=(AddField, AlterField),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case AlterField(model_name=model, name=name, field=field) if step.in_database:
            old, whole = step.old_field(model, name), step.old_model(model)
            if old is None or whole is None or not managed(whole) or step.born.has_field(whole.key, name):
                return
            if is_true(old.attr("primary_key")) is not is_true(field.attr("primary_key")):
                yield Hit(f"{name} {_becomes(field)} the primary key of {whole.name}", subject=f"{model}.{name}")
        case AddField(model_name=model, name=name, field=field) if step.in_database:
            whole = step.old_model(model)
            if whole is None or step.born.has_model(whole.key) or not managed(whole):
                return
            if is_true(field.attr("primary_key")) is Truth.YES:
                yield Hit(f"{name} becomes the primary key of {whole.name}", subject=f"{model}.{name}")
        case _:
            return


def _becomes(field: Field) -> str:
    return "becomes" if is_true(field.attr("primary_key")) is Truth.YES else "is no longer"
