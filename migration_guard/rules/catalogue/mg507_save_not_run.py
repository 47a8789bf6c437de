"""A data migration saves or deletes objects whose model has a `save()` or `delete()` of its own.

Why: historical models do not have it. What the method would have done (slugs, totals, files, messages) is not done, and
nothing says so.

Instead: write out in the migration what has to happen.

Ignore when: the migration does not depend on what the method does.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.codebase.receivers import Query
from migration_guard.codebase.shelf import shelf
from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.datacode import at, named, once, seen
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.operations import RunPython

_MODELS = """
--- shop/models.py ---
from django.db import models


class Product(models.Model):
    colour = models.CharField(max_length=20)

    def save(self, **kwargs):
        self.colour = self.colour.lower()
        super().save(**kwargs)
--- shop.0001_initial ---
migrations.CreateModel(
    "Product",
    [("id", models.BigAutoField(primary_key=True)), ("colour", models.CharField(max_length=20))],
),
--- shop.0002_paint ---
"""

RULE = Rule(
    "MG507",
    "save-not-run",
    "A data migration saves objects whose own save() is not run",
    Severity.NOTE,
    "0.2",
    bad=(
        Example(
            _MODELS
            + """
def paint(apps, schema_editor):
    product = apps.get_model("shop", "Product").objects.get(pk=1)
    product.save()  # MG507
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
    ),
    good=(
        Example(
            _MODELS
            + """
def paint(apps, schema_editor):
    apps.get_model("shop", "Product").objects.filter(pk=1).update(colour="red")
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/topics/migrations/#historical-models",),
    about=(RunPython,),
)

METHODS = {"save": "save", "create": "save", "get_or_create": "save", "update_or_create": "save"}
"""What is called, and the method that would run; deleting a queryset runs no method of the model."""


def check(step: Step, context: Context) -> Iterator[Hit]:
    yield from once(_hits(step, context))


def _hits(step: Step, context: Context) -> Iterator[Hit]:
    names = shelf(context.project).codebase.names
    for sighting, event in seen(step, context, Query):
        own = METHODS.get(event.method)
        model = event.receiver.model
        if own is None or model is None or event.receiver.real or not names.overrides(model, own):
            continue
        name = named(model, context, step)
        yield at(sighting, step, Hit(f"{name} has a {own}() of its own, which is not run here", subject=name))
