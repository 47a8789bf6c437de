"""A table gets another name while the running code uses the old one.

Why: every query for the model in processes with the old code fails from the moment on at which the table is
renamed. RenameModel renames the table, unless the model has a db_table that stays; tables of its many-to-many
fields go with it.

Instead: rename the model only, and keep the table: `db_table` with the old name in its Meta.

Ignore when: the service is stopped while it is deployed.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import managed, table_of
from migration_guard.rules.judge import place_of
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step, Steps
from migration_guard.state.operations import AlterModelTable, RenameModel

RULE = Rule(
    "MG304",
    "table-renamed",
    "A table gets another name while the running code uses the old one",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_article ---
migrations.RenameModel("Product", "Article"),  # MG304
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_table ---
migrations.AlterModelTable("product", "articles"),  # MG304
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_table ---
migrations.AlterModelTable("product", "shop_product"),
--- shop.0003_article ---
migrations.RenameModel("Product", "Article"),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_article ---
migrations.SeparateDatabaseAndState(
    state_operations=[
        migrations.RenameModel("Product", "Article"),
        migrations.AlterModelTable("article", "shop_product"),
    ]
),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/ref/models/options/#db-table",),
    about=(AlterModelTable, RenameModel),
)


def check_migration(steps: Steps, context: Context) -> Iterator[Hit]:
    for step in steps:
        match step.operation:
            case RenameModel(old_name=old, new_name=new) if step.in_database:
                yield from _renamed(step, steps, context, old, new)
            case AlterModelTable(name=name) if step.in_database:
                yield from _renamed(step, steps, context, name, name)
            case _:
                continue


def _renamed(step: Step, steps: Steps, context: Context, old: str, new: str) -> Iterator[Hit]:
    before, now, after = step.old_model(old), step.new_model(new), steps.after.get(step.key(new))
    model = context.running_model(step, step.key(old))
    if before is None or now is None or model is None or step.born.has_model(before.key) or not managed(before):
        return
    last = after or now
    if table_of(before) != table_of(now) and table_of(last) != table_of(before):
        message = f"every query for {model.name} in the running code names the table {table_of(before)}"
        hit = Hit(f"{message}: it is {table_of(now)} from now on", place_of(step), subject=old)
        yield hit.of(*step.statements)
