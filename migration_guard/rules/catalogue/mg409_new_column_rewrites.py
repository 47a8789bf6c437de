"""Adding a column writes the whole table anew.

Why: a default that differs from row to row, a stored generated column or an automatic number has to be worked out
for every row, and nobody can use the table meanwhile. Old servers do this for every default.

Instead: add the column nullable and without default, fill it in batches, and set the default afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Confidence, Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import blocking
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.sql.acts import Kind
from migration_guard.state.operations import AddField
from migration_guard.values import NONE, Call, Ref, plain

ADDS = (
    Kind.ADD_COLUMN,
    Kind.ADD_COLUMN_WITH_DEFAULT,
    Kind.ADD_COLUMN_WITH_STABLE_DEFAULT,
    Kind.ADD_COLUMN_WITH_VOLATILE_DEFAULT,
    Kind.ADD_COLUMN_WITH_SOME_DEFAULT,
    Kind.ADD_IDENTITY_COLUMN,
    Kind.ADD_STORED_COLUMN,
)

RULE = Rule(
    "MG409",
    "new-column-rewrites",
    "Adding a column writes the whole table anew",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_number ---
from django.db.models.functions import Random
migrations.AddField("product", "number", models.FloatField(db_default=Random())),  # MG409
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_twice ---
migrations.AddField(  # MG409
    "product",
    "twice",
    models.GeneratedField(expression=models.F("stock") * 2, output_field=models.IntegerField(), db_persist=True),
),
""",
            databases=("postgresql:16",),
        ),
        Example(
            SHOP
            + """
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(default=0)),  # MG409
""",
            databases=("postgresql:10",),
            django="4.2",
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_size ---
from django.db.models.functions import Now
migrations.AddField("product", "size", models.IntegerField(db_default=0)),
migrations.AddField("product", "seen", models.DateTimeField(db_default=Now())),
migrations.AddField("product", "depth", models.IntegerField(default=0)),
"""
        ),
    ),
    links=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",),
    instead=(
        "AddField with null=True and without default",
        "fill it in batches, in a RunPython of a migration with `atomic = False`",
        "AlterField with the default",
    ),
    about=ADDS,
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    message = "every row of {tables} is written anew for the new column, and others wait for it"
    for hit in blocking(step, context, message, *ADDS):
        if hit.confidence is Confidence.CERTAIN or not _constant(step):
            yield hit


def _constant(step: Step) -> bool:
    """Whether the default is the same for every row, however it may be written in SQL."""
    value = step.operation.field.attr("db_default") if isinstance(step.operation, AddField) else NONE
    if isinstance(value, Call) and value.func.name == "Value":
        value = value.args[0] if value.args else value.kwargs.get("value", NONE)
    return plain(value, NONE) is not NONE or value in (Ref("builtins", "dict"), Ref("builtins", "list"))
