"""A data migration goes through a whole table row by row.

Why: a loop over all rows reads the whole table into memory unless `iterator()` is used, and one `save()` for each row
is one round trip and one lock for each row, all held until the migration's transaction ends. On a large table that
takes hours, and everything that wants to change one of these rows waits.

Instead: one `update()` with expressions, or batches by primary key: `iterator()` to read, `bulk_update(batch_size=...)`
to write, with `atomic = False` so that each batch is a transaction of its own.

Ignore when: the table is known to be small.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.codebase.functions import Sighting
from migration_guard.codebase.receivers import Loop, Query
from migration_guard.codebase.vocabulary import ROW_WRITES
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
    "MG508",
    "row-by-row",
    "A data migration goes through a whole table row by row",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            _MODELS
            + """
def paint(apps, schema_editor):
    for product in apps.get_model("shop", "Product").objects.all():  # MG508
        product.colour = product.colour.lower()
        product.save()
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
    batch = []
    for product in Product.objects.iterator(chunk_size=1000):
        product.colour = product.colour.lower()
        batch.append(product)
    Product.objects.bulk_update(batch, ["colour"], batch_size=1000)
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/ref/models/querysets/#iterator",),
    instead=("one update() with expressions, or iterator() and bulk_update(batch_size=...) with atomic = False",),
    about=(RunPython,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    yield from once(_hits(step, context))


def _hits(step: Step, context: Context) -> Iterator[Hit]:
    saving = {id(event.loop): event for _, event in seen(step, context, Query) if event.method in ROW_WRITES}
    for sighting, loop in seen(step, context, Loop):
        model = loop.receiver.model
        if model is None or step.born.has_model(model):
            continue
        saves = id(loop) in saving
        if loop.receiver.narrowed and not saves:
            continue
        if loop.receiver.streamed and not saves:
            continue
        yield at(sighting, step, _hit(sighting, loop, named(model, context, step), saves))


def _hit(sighting: Sighting, loop: Loop, model: str, saves: bool) -> Hit:
    parts = []
    if not loop.receiver.streamed and not loop.receiver.narrowed:
        parts.append("all of them are read into memory at once")
    if saves:
        parts.append("each is written by a statement of its own")
    which = "the rows" if loop.receiver.narrowed else "all rows"
    certain = sighting.direct and not loop.receiver.narrowed
    return Hit(
        f"a loop over {which} of {model}: {', and '.join(parts)}",
        subject=model,
        confidence=Confidence.CERTAIN if certain else Confidence.POSSIBLE,
    )
