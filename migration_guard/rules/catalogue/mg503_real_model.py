"""A data migration works with the models of the code instead of those of its own time.

Why: an imported model is always today's. As soon as a field is added to it, this migration asks for a column that does
not exist yet at its place in the history: a new database, and every test run, fails with "no such column". It also runs
`save()` methods, signals and managers that nobody meant to run.

Instead: `apps.get_model("app", "Model")`, with the `apps` that the function is given; and a dependency on the
migration of that app which brings the model into the shape that is needed.

Ignore when: only constants of the class are used. They are not reported.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.codebase.receivers import Reached
from migration_guard.diagnostics import Confidence, Severity
from migration_guard.rules.context import Context
from migration_guard.rules.datacode import at, named, once, seen
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.operations import RunPython

_MODEL = """
--- shop/models.py ---
from django.db import models


class Product(models.Model):
    RED = "red"
    colour = models.CharField(max_length=20)
--- shop.0001_initial ---
migrations.CreateModel(
    "Product",
    [("id", models.BigAutoField(primary_key=True)), ("colour", models.CharField(max_length=20))],
),
--- shop.0002_paint ---
from shop.models import Product
"""

RULE = Rule(
    "MG503",
    "real-model",
    "A data migration uses an imported model",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            _MODEL
            + """
def paint(apps, schema_editor):
    Product.objects.filter(colour="").update(colour=Product.RED)  # MG503
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
    ),
    good=(
        Example(
            _MODEL
            + """
def paint(apps, schema_editor):
    apps.get_model("shop", "Product").objects.filter(colour="").update(colour=Product.RED)
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/topics/migrations/#historical-models",),
    instead=('apps.get_model("app", "Model") with the apps that the function is given',),
    about=(RunPython,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    yield from once(_hits(step, context))


def _hits(step: Step, context: Context) -> Iterator[Hit]:
    for sighting, event in seen(step, context, Reached):
        name = named(event.model, context, step)
        label, _, model = name.partition(".")
        hit = Hit(
            f"{name} is the model of today's code; at this point of the history its table may lack columns",
            subject=name,
            confidence=Confidence.CERTAIN if sighting.direct else Confidence.POSSIBLE,
            instead=(f'apps.get_model("{label}", "{model}")',),
        )
        yield at(sighting, step, hit)
