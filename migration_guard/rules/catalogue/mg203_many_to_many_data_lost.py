"""Removing a many-to-many field drops its table.

Why: a ManyToManyField has no column: its links are rows of a table that Django made for it, and that table is
dropped.

Instead: make sure that nobody needs the links, or copy them elsewhere first.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import managed
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import RemoveField
from migration_guard.values import NONE

RULE = Rule(
    "MG203",
    "many-to-many-data-lost",
    "Removing a many-to-many field drops its table",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_makers ---
migrations.AddField("product", "makers", models.ManyToManyField("shop.maker")),
--- shop.0003_no_makers ---
migrations.RemoveField("product", "makers"),  # MG203
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_makers ---
migrations.AddField("product", "makers", models.ManyToManyField("shop.maker")),
--- shop.0003_no_makers ---
migrations.RemoveField("product", "makers"),
--- shop.0004_other ---
migrations.AlterField("product", "price", models.IntegerField(null=True, help_text="in cents")),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_links ---
migrations.CreateModel(
    "Link",
    [
        ("id", models.AutoField(primary_key=True)),
        ("product", models.ForeignKey("shop.product", models.CASCADE)),
        ("maker", models.ForeignKey("shop.maker", models.CASCADE)),
    ],
),
migrations.AddField("product", "makers", models.ManyToManyField("shop.maker", through="shop.link")),
--- shop.0003_no_makers ---
migrations.RemoveField("product", "makers"),
""",
            new=1,
        ),
    ),
    about=(RemoveField,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case RemoveField(model_name=name, name=field) if step.in_database:
            model, found = step.old_model(name), step.old_field(name, field)
            if model is None or found is None or not managed(model) or not found.many_to_many:
                return
            if found.attr("through") == NONE and not step.born.has_field(model.key, field):
                message = f"the table behind {model.name}.{field} is dropped, with all links in it"
                yield Hit(message, subject=f"{name}.{field}").of(*step.statements)
        case _:
            return
