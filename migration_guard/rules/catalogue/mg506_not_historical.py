"""A data migration uses a manager, a method or a property that historical models do not have.

Why: `apps.get_model` gives a class made of fields only. Methods and properties of the model, and managers without
`use_in_migrations`, are not there: the migration fails with `AttributeError` wherever it is applied.

Instead: write out in the migration what the method does, or use `objects`.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.codebase.receivers import Absent, Kind
from migration_guard.codebase.shelf import shelf
from migration_guard.diagnostics import Confidence, Severity
from migration_guard.rules.context import Context
from migration_guard.rules.datacode import at, is_field_now, named, once, schema_of, seen, sure
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.operations import RunPython

_MODELS = """
--- shop/models.py ---
from django.db import models


class Painted(models.Manager):
    def painted(self):
        return self.exclude(colour="")


class Product(models.Model):
    colour = models.CharField(max_length=20)
    objects = Painted()

    def paint(self):
        self.colour = "red"
--- shop.0001_initial ---
migrations.CreateModel(
    "Product",
    [("id", models.BigAutoField(primary_key=True)), ("colour", models.CharField(max_length=20))],
),
--- shop.0002_paint ---
"""

RULE = Rule(
    "MG506",
    "not-historical",
    "A data migration uses a manager or a method that historical models lack",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            _MODELS
            + """
def paint(apps, schema_editor):
    for product in apps.get_model("shop", "Product").objects.filter(colour="").iterator():
        product.paint()  # MG506
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
        Example(
            _MODELS
            + """
def paint(apps, schema_editor):
    apps.get_model("shop", "Product").objects.painted().update(colour="red")  # MG506
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
    ),
    good=(
        Example(
            _MODELS
            + """
def paint(apps, schema_editor):
    apps.get_model("shop", "Product").objects.exclude(colour="").update(colour="red")
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/topics/migrations/#historical-models",),
    about=(RunPython,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    yield from once(_hits(step, context))


def _hits(step: Step, context: Context) -> Iterator[Hit]:
    schema, names = schema_of(step), shelf(context.project).codebase.names
    for sighting, event in seen(step, context, Absent):
        receiver = event.receiver
        if receiver.real or receiver.model is None:
            continue
        if sighting.guarded:
            continue
        managed = receiver.kind in (Kind.MANAGER, Kind.QUERYSET)
        called = event.how.endswith("()")
        if managed and (not called or any(model.managers for model in schema.models(receiver.model))):
            continue  # a lookup, or a manager that migrations keep
        defined = names.defines(receiver.model, event.name)
        field = is_field_now(receiver.model, event.name, context)
        if not managed and receiver.kind is Kind.INSTANCE and not called and (field or not defined):
            continue  # the rule on absent fields speaks of that
        certainty = sure(receiver, schema) if managed or defined else Confidence.POSSIBLE
        model = named(receiver.model, context, step)
        who = f"managers of {model} have" if managed else f"model {model} has"
        hit = Hit(
            f"the historical {who} no {event.name!r}",
            subject=f"{model}.{event.name}",
            confidence=certainty,
        )
        yield at(sighting, step, hit)
