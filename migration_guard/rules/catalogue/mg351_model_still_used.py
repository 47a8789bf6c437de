"""A model goes away, or gets another name, and the code still speaks of it.

Why: an import of a class that is not there any more fails with `ImportError` when the module is loaded, which is often
when the server starts; `get_model()` fails with `LookupError` when it is reached.

Instead: change these places in the same release.

Ignore when: the name belongs to something else. Migrations and tests are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.codebase.search import Gone
from migration_guard.codebase.shelf import shelf
from migration_guard.diagnostics import Severity
from migration_guard.rules.catalogue.mg350_field_still_used import hit_about
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.operations import DeleteModel, RenameModel

_BEFORE = """
--- shop/models.py ---
from django.db import models


class Product(models.Model):
    pass
--- shop.0001_initial ---
migrations.CreateModel("Product", [("id", models.BigAutoField(primary_key=True))]),
migrations.CreateModel("Colour", [("id", models.BigAutoField(primary_key=True))]),
"""

RULE = Rule(
    "MG351",
    "model-still-used",
    "A model goes away that the code still speaks of",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            _BEFORE
            + """
--- shop/views.py ---
from shop.models import Colour, Product


def all_colours():
    return Colour.objects.all()
--- shop.0002_no_colour ---
migrations.DeleteModel("Colour"),  # MG351
"""
        ),
    ),
    good=(
        Example(
            _BEFORE
            + """
--- shop/paint.py ---
class Colour:
    pass
--- shop/views.py ---
from shop.models import Product
from shop.paint import Colour
--- shop.0002_no_colour ---
migrations.DeleteModel("Colour"),
"""
        ),
    ),
    about=(DeleteModel, RenameModel),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case DeleteModel(name=name) if step.in_state:
            yield from _hits(step, context, name, None)
        case RenameModel(old_name=name, new_name=now) if step.in_state and name.lower() != now.lower():
            yield from _hits(step, context, name, now)


def _hits(step: Step, context: Context, name: str, now: str | None) -> Iterator[Hit]:
    old = step.old_model(name)
    if old is None:
        return
    found = shelf(context.project).codebase.mentions(Gone(old, old.name, None, now))
    if found:
        yield hit_about(f"{old.app_label}.{old.name}", found, now)
