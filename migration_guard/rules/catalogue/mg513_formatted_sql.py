"""A data migration puts SQL together from values.

Why: a value with a quote in it breaks the statement, and one that somebody else can choose does whatever they like. A
name with capital letters or a reserved word needs quotes that are easily forgotten.

Instead: parameters, `cursor.execute("... WHERE name = %s", [name])`; for names of tables and columns
`schema_editor.quote_name(...)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.codebase.receivers import Executed
from migration_guard.diagnostics import Confidence, Severity
from migration_guard.rules.context import Context
from migration_guard.rules.datacode import at, once, seen
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.operations import RunPython

RULE = Rule(
    "MG513",
    "formatted-sql",
    "A data migration puts SQL together from values",
    Severity.WARNING,
    "0.2",
    bad=(
        Example("""
--- shop.0001_initial ---
migrations.CreateModel("Product", [("id", models.BigAutoField(primary_key=True))]),
--- shop.0002_delete ---
def remove(apps, schema_editor):
    for key in read_keys():
        schema_editor.execute(f"DELETE FROM shop_product WHERE id = {key}")  # MG513
def read_keys():
    return [1]
migrations.RunPython(remove, migrations.RunPython.noop),
"""),
    ),
    good=(
        Example("""
--- shop.0001_initial ---
migrations.CreateModel("Product", [("id", models.BigAutoField(primary_key=True))]),
--- shop.0002_delete ---
def remove(apps, schema_editor):
    table = apps.get_model("shop", "Product")._meta.db_table
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {schema_editor.quote_name(table)} WHERE id = %s", [1])
migrations.RunPython(remove, migrations.RunPython.noop),
"""),
    ),
    links=("https://docs.djangoproject.com/en/stable/topics/db/sql/#passing-parameters-into-raw",),
    about=(RunPython,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    yield from once(
        at(
            sighting,
            step,
            Hit("SQL is put together from values; pass them as parameters", confidence=Confidence.POSSIBLE),
        )
        for sighting, event in seen(step, context, Executed)
        if event.formatted
    )
