"""A data migration does not look at the database that it is run for.

Why: in a project with several databases, `migrate --database=other` calls the function too. Queries without
`using(...)` go to the default database, or where a router sends them: the data of the wrong database is changed, once
more, and that of the right one is not.

Instead: `alias = schema_editor.connection.alias`, then `Model.objects.using(alias)`; or return at once for aliases that
are not meant.

Ignore when: a router never allows this app on other databases.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.codebase.functions import Code
from migration_guard.codebase.receivers import AliasUsed, Query
from migration_guard.diagnostics import Confidence, Severity
from migration_guard.project.settings import databases
from migration_guard.rules.context import Context
from migration_guard.rules.datacode import at, function_of, seen
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.operations import RunPython
from migration_guard.values import Map

_MODELS = """
--- proj/settings.py ---
SECRET_KEY = "example"
INSTALLED_APPS = ["shop"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "one"},
    "archive": {"ENGINE": "django.db.backends.sqlite3", "NAME": "two"},
}
ROOT_URLCONF = "proj.urls"
--- shop.0001_initial ---
migrations.CreateModel(
    "Product",
    [("id", models.BigAutoField(primary_key=True)), ("colour", models.CharField(max_length=20))],
),
--- shop.0002_paint ---
"""

RULE = Rule(
    "MG510",
    "alias-ignored",
    "A data migration does not look at the database that it is run for",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            _MODELS
            + """
def paint(apps, schema_editor):
    apps.get_model("shop", "Product").objects.filter(colour="").update(colour="red")  # MG510
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
    ),
    good=(
        Example(
            _MODELS
            + """
def paint(apps, schema_editor):
    alias = schema_editor.connection.alias
    apps.get_model("shop", "Product").objects.using(alias).filter(colour="").update(colour="red")
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
    ),
    links=(
        "https://docs.djangoproject.com/en/stable/howto/writing-migrations/#data-migrations-and-multiple-databases",
    ),
    instead=("Model.objects.using(schema_editor.connection.alias)",),
    about=(RunPython,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case RunPython(hints=hints) if isinstance(hints, Map) and hints.items:
            return  # a router is told what this is
    if len(databases(context.project.settings)) < 2 or not isinstance(function_of(step, context), Code):
        return
    if next(seen(step, context, AliasUsed), None) is not None:
        return
    for sighting, _ in seen(step, context, Query):
        hit = Hit(
            "this query goes to the default database, whichever is migrated; the project has several",
            confidence=Confidence.POSSIBLE,
        )
        yield at(sighting, step, hit)
        return
