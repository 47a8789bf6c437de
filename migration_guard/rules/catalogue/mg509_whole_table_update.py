"""A data migration updates a whole table in one statement.

Why: every row is locked from the moment at which it is changed until the transaction ends; everything else that wants
to change one of them waits. On PostgreSQL every row is written anew, so the table and its indexes grow to twice the
size.

Instead: update in batches by primary key, with `atomic = False` so that each batch is a transaction of its own.

Ignore when: the table is known to be small.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.codebase.receivers import Kind, Query
from migration_guard.diagnostics import Confidence, Severity
from migration_guard.rules.context import Context
from migration_guard.rules.datacode import at, named, once, seen
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.operations import RunPython

_MODELS = """
--- shop.0001_initial ---
migrations.CreateModel(
    "Product",
    [("id", models.BigAutoField(primary_key=True)), ("colour", models.CharField(max_length=20))],
),
--- shop.0002_paint ---
"""

RULE = Rule(
    "MG509",
    "whole-table-update",
    "A data migration updates a whole table at once",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            _MODELS
            + """
def paint(apps, schema_editor):
    apps.get_model("shop", "Product").objects.update(colour="red")  # MG509
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
    ),
    good=(
        Example(
            _MODELS
            + """
def paint(apps, schema_editor):
    Product = apps.get_model("shop", "Product")
    while keys := list(Product.objects.exclude(colour="red").values_list("pk", flat=True)[:1000]):
        Product.objects.filter(pk__in=keys).update(colour="red")
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
    ),
    instead=("update in batches of primary keys, in a migration with atomic = False",),
    about=(RunPython,),
)

WHOLE = frozenset({"update", "delete"})
QUERIES = frozenset({Kind.MANAGER, Kind.QUERYSET})


def check(step: Step, context: Context) -> Iterator[Hit]:
    yield from once(_hits(step, context))


def _hits(step: Step, context: Context) -> Iterator[Hit]:
    for sighting, event in seen(step, context, Query):
        model = event.receiver.model
        if event.method not in WHOLE or model is None or event.receiver.narrowed or event.loop is not None:
            continue
        if event.receiver.kind not in QUERIES or step.born.has_model(model):
            continue
        name = named(model, context, step)
        what = "updates" if event.method == "update" else "deletes"
        certain = event.receiver.sure and sighting.direct
        hit = Hit(
            f"this {what} every row of {name} in one statement",
            subject=name,
            confidence=Confidence.CERTAIN if certain else Confidence.POSSIBLE,
        )
        yield at(sighting, step, hit)
