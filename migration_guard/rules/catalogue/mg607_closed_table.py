"""A table that is to get no more columns gets one.

Why: the configuration lists the table under closed-tables: it is wide, or large, enough.

Instead: a table of its own with a OneToOneField.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import has_column, managed, table_of
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import AddField

RULE = Rule(
    "MG607",
    "closed-table",
    "A table that is to get no more columns gets one",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),  # MG607
""",
            config='closed-tables = ["shop_product"]\n',
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
"""
        ),
    ),
    about=(AddField,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case AddField(model_name=name, name=field, field=new) if step.in_database and has_column(new):
            model = step.old_model(name)
            if model is not None and managed(model) and context.policy.is_closed(table_of(model)):
                yield Hit(f"{table_of(model)} is to get no more columns", subject=f"{name}.{field}")
        case _:
            return
