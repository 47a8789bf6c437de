"""A data migration names a model or a field that does not exist at its place in the history.

Why: the models that `apps` gives have the fields of that moment: none that is added by a later migration, none under
a name that it gets later. The migration fails with `LookupError`, `FieldError` or `AttributeError` wherever it has not
been applied yet, that is on every new database.

Instead: use the names of that moment, or move the data migration behind the one that brings the field.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.codebase.receivers import Absent, Fetched, Kind
from migration_guard.codebase.shelf import shelf
from migration_guard.diagnostics import Confidence, Severity, suggestion
from migration_guard.rules.context import Context
from migration_guard.rules.datacode import at, is_field_now, named, once, schema_of, seen, sure
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
    "MG505",
    "absent-in-history",
    "A data migration names a model or a field that is not there yet, or no more",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            _MODELS
            + """
def paint(apps, schema_editor):
    apps.get_model("shop", "Product").objects.filter(color="").update(colour="red")  # MG505
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
        Example(
            _MODELS
            + """
def paint(apps, schema_editor):
    apps.get_model("shop", "Item").objects.all().delete()  # MG505
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
    for product in Product.objects.annotate(size=models.Count("id")).filter(size=1, colour__in=["", "x"]).iterator():
        print(product.size, product.pk, product.get_deferred_fields())
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/topics/migrations/#historical-models",),
    about=(RunPython,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    yield from once((*_models(step, context), *_fields(step, context)))


def _models(step: Step, context: Context) -> Iterator[Hit]:
    for sighting, event in seen(step, context, Fetched):
        if event.label is None or event.model is None or not event.historical:
            continue
        if sighting.guarded:
            continue
        key = (event.label, event.model.lower())
        if key in step.before or event.label in context.graph.unmigrated:
            continue
        known = event.label not in step.before.incomplete and not context.project.apps.incomplete
        close = suggestion(event.model, (model.name for model in step.before if model.app_label == event.label))
        hit = Hit(
            f"there is no model {event.label}.{event.model} at this point of the history",
            subject=f"{event.label}.{event.model}",
            confidence=Confidence.CERTAIN if known else Confidence.POSSIBLE,
            hint=close,
        )
        yield at(sighting, step, hit)


def _fields(step: Step, context: Context) -> Iterator[Hit]:
    schema = schema_of(step)
    guarded = [(sighting, event) for sighting, event in seen(step, context, Fetched) if sighting.guarded]
    conditional = bool(guarded)
    returned = [sighting.place for sighting, event in guarded if _missing(event, step)]
    for sighting, event in seen(step, context, Absent):
        receiver = event.receiver
        if any(place.file == sighting.place.file and place.line < sighting.place.line for place in returned):
            continue  # the function looks for a model first that is not there
        if sighting.guarded or receiver.real or receiver.model is None or _is_method(event, context):
            continue
        certainty = sure(receiver, schema)
        if receiver.kind is Kind.INSTANCE and not is_field_now(receiver.model, event.name, context):
            certainty = Confidence.POSSIBLE  # an attribute that something else may have set
        if conditional:
            certainty = Confidence.POSSIBLE  # the function may have returned before
        model = named(receiver.model, context, step)
        known = [name for found in schema.models(receiver.model) for name in found.fields]
        hit = Hit(
            f"{model} has no field {event.name!r} at this point of the history: {event.how}",
            subject=f"{model}.{event.name}",
            confidence=certainty,
            hint=suggestion(event.name, known),
        )
        yield at(sighting, step, hit)


def _missing(event: Fetched, step: Step) -> bool:
    return event.label is not None and event.model is not None and (event.label, event.model.lower()) not in step.before


def _is_method(event: Absent, context: Context) -> bool:
    """Whether the rule on what historical models lack speaks of it."""
    receiver = event.receiver
    if event.how.endswith("()") or receiver.kind is Kind.CLASS or receiver.model is None:
        return True
    defined = shelf(context.project).codebase.names.defines(receiver.model, event.name)
    return receiver.kind is Kind.INSTANCE and defined and not is_field_now(receiver.model, event.name, context)
