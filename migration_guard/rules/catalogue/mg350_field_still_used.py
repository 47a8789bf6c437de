"""A field goes away, or gets another name, and the code still speaks of it.

Why: the models no longer have the field, so each of these places fails as soon as it is reached: `FieldError` in a
query, `AttributeError` on an instance, `TypeError` in a constructor, an error of the system checks in an admin or a
form. Templates show nothing instead.

Instead: change these places in the same release that takes the field out of the models.

Ignore when: the name belongs to something else. Places where it is not certain what an object is are reported as
possible ones. Migrations and tests are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.codebase.search import Gone, Mention
from migration_guard.codebase.shelf import shelf
from migration_guard.diagnostics import Confidence, Related, Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.operations import RemoveField, RenameField

SHOWN = 20

_BEFORE = """
--- shop/models.py ---
from django.db import models


class Product(models.Model):
    name = models.CharField(max_length=20)
--- shop.0001_initial ---
migrations.CreateModel(
    "Product",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=20)),
        ("colour", models.CharField(max_length=20)),
    ],
),
"""

RULE = Rule(
    "MG350",
    "field-still-used",
    "A field goes away that the code still speaks of",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            _BEFORE
            + """
--- shop/views.py ---
from shop.models import Product


def red():
    return Product.objects.filter(colour="red")
--- shop.0002_no_colour ---
migrations.RemoveField("product", "colour"),  # MG350
"""
        ),
        Example(
            _BEFORE.replace("name = models", "title = models")
            + """
--- shop/views.py ---
from shop.models import Product


def names():
    return [product.name for product in Product.objects.all()]
--- shop.0002_no_colour ---
migrations.RenameField("product", "name", "title"),  # MG350
migrations.RemoveField("product", "colour"),
"""
        ),
    ),
    good=(
        Example(
            _BEFORE
            + """
--- shop/views.py ---
from shop.models import Product


def red(paint):
    return Product.objects.filter(name=paint.colour)
--- shop.0002_no_colour ---
migrations.RemoveField("product", "colour"),
"""
        ),
    ),
    about=(RemoveField, RenameField),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case RemoveField(model_name=model, name=name) if step.in_state:
            yield from _hits(step, context, model, name, None)
        case RenameField(model_name=model, old_name=name, new_name=now) if step.in_state:
            yield from _hits(step, context, model, name, now)


def _hits(step: Step, context: Context, model: str, name: str, now: str | None) -> Iterator[Hit]:
    old, field = step.old_model(model), step.old_field(model, name)
    if old is None or field is None:
        return
    found = shelf(context.project).codebase.mentions(Gone(old, name, field, now))
    if found:
        yield hit_about(f"{old.app_label}.{old.name}.{name}", found, now)


def hit_about(name: str, found: tuple[Mention, ...], now: str | None) -> Hit:
    """One hit with all places that still speak of something."""
    certain = [mention for mention in found if mention.certain]
    count = f"{len(found)} place{'s' if len(found) > 1 else ''}"
    verb = "goes away" if now is None else f"becomes {now!r}"
    speak = "may still speak" if not certain else "still speak" if len(found) > 1 else "still speaks"
    places = tuple(Related(mention.how, mention.place) for mention in found[:SHOWN])
    more = (f"and {len(found) - SHOWN} more",) if len(found) > SHOWN else ()
    return Hit(
        f"{name} {verb}, and {count} in the code {speak} of it",
        confidence=Confidence.CERTAIN if certain else Confidence.POSSIBLE,
        subject=name,
        related=places,
        details=more,
    )
