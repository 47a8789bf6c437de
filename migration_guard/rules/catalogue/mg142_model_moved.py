"""A model is deleted in one app and created in another: the rows are lost.

Why: to Django these are two models. The old table is dropped with everything in it, and the new one is empty.

Instead: SeparateDatabaseAndState in both apps: the state changes, and the table stays (with db_table, or
AlterModelTable).
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Confidence, Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import managed
from migration_guard.rules.judge import place_of
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.state.model import Model
from migration_guard.state.operations import CreateModel, DeleteModel

RULE = Rule(
    "MG142",
    "model-moved",
    "A model is deleted in one app and created in another: the rows are lost",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_no_maker ---
migrations.DeleteModel("Maker"),  # MG142
--- makers.0001_initial ---
migrations.CreateModel(
    "Maker",
    [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=50))],
),
""",
            new=2,
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_no_maker ---
migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("Maker")]),
--- makers.0001_initial ---
migrations.SeparateDatabaseAndState(
    state_operations=[
        migrations.CreateModel(
            "Maker",
            [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=50))],
            options={"db_table": "shop_maker"},
        ),
    ]
),
""",
            new=2,
        ),
    ),
    links=(
        "https://docs.djangoproject.com/en/stable/howto/writing-migrations/#changing-a-manytomanyfield-to-use-a-through-model",
    ),
    about=(DeleteModel,),
)


def check_project(context: Context) -> Iterator[Hit]:
    steps = [step for migration in context.judged for step in migration]
    created = [
        (step.app_label, step.operation)
        for step in steps
        if isinstance(step.operation, CreateModel) and step.in_database
    ]
    for step in steps:
        match step.operation:
            case DeleteModel(name=name) if step.in_database:
                model = step.old_model(name)
                if model is None or not managed(model) or step.born.has_model(model.key):
                    continue
                for app, other in created:
                    if app != step.app_label and other.name.lower() == model.name.lower() and _alike(model, other):
                        message = f"{model.name} is deleted here and created in {app}: its rows are lost"
                        yield Hit(message, place_of(step), Confidence.POSSIBLE, subject=f"{step.app_label}.{name}")
            case _:
                continue


def _alike(model: Model, other: CreateModel) -> bool:
    return set(model.fields) == {name for name, _ in other.fields}
