"""A data migration fetches a model of an app that it does not depend on.

Why: `apps.get_model` finds the models that the migrations before this one have built. Without a dependency nothing says
that those of the other app come first: whether it works depends on the alphabet, on which apps are migrated, and on
what is added later. It fails with `LookupError` on a new database, or works on a model without its newest fields.

Instead: name the migration of the other app that brings what is needed in `dependencies`.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.codebase.receivers import Fetched
from migration_guard.codebase.shelf import shelf
from migration_guard.diagnostics import Confidence, Severity
from migration_guard.rules.context import Context
from migration_guard.rules.datacode import at, named, once, seen
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.operations import RunPython

_MODELS = """
--- accounts.0001_initial ---
migrations.CreateModel("Owner", [("id", models.BigAutoField(primary_key=True))]),
--- shop.0001_initial ---
migrations.CreateModel("Product", [("id", models.BigAutoField(primary_key=True))]),
--- shop.0002_owners ---
"""

RULE = Rule(
    "MG504",
    "missing-app-dependency",
    "A data migration fetches a model of an app that it does not depend on",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            _MODELS
            + """
def owners(apps, schema_editor):
    apps.get_model("accounts", "Owner").objects.filter(pk=1).delete()  # MG504
migrations.RunPython(owners, migrations.RunPython.noop),
"""
        ),
    ),
    good=(
        Example(
            _MODELS
            + """
needs accounts.0001_initial
def owners(apps, schema_editor):
    apps.get_model("accounts", "Owner").objects.filter(pk=1).delete()
migrations.RunPython(owners, migrations.RunPython.noop),
"""
        ),
    ),
    links=(
        "https://docs.djangoproject.com/en/stable/howto/writing-migrations/#migrating-data-between-third-party-apps",
    ),
    about=(RunPython,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    yield from once(_hits(step, context))


def _hits(step: Step, context: Context) -> Iterator[Hit]:
    for sighting, event in seen(step, context, Fetched):
        if event.label is None or event.model is None or not event.historical or event.label == step.app_label:
            continue
        if sighting.guarded:
            continue
        key = (event.label, event.model.lower())
        if event.label not in context.graph.migrated or key not in step.before:
            continue
        ancestors = shelf(context.project).ancestors(step.migration.key)
        if key in ancestors:
            continue
        doubtful = step.migration.unknown_links is not None or event.label in ancestors.incomplete
        newest = context.graph.leaf_nodes(event.label)
        hit = Hit(
            f"{named(key, context, step)} is fetched, and this migration does not depend on {event.label}",
            subject=f"{event.label}.{event.model}",
            confidence=Confidence.POSSIBLE if doubtful else Confidence.CERTAIN,
            hint=f"add a migration of {event.label} to dependencies, such as {newest[0]!r}" if newest else None,
        )
        yield at(sighting, step, hit)
