"""A `RunSQL` cannot be reversed.

Why: `migrate app 0003` stops with `IrreversibleError` at this migration, after it has reversed those that come later.

Instead: give `reverse_sql` the statements that undo it. `migrations.RunSQL.noop` says that nothing has to be undone.

Ignore when: what the statements do cannot be undone, and stopping there is what you want.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step
from migration_guard.state.operations import RunSQL
from migration_guard.values import NONE

_MODEL = """
--- shop.0001_initial ---
migrations.CreateModel("Product", [("id", models.BigAutoField(primary_key=True))]),
"""

RULE = Rule(
    "MG502",
    "irreversible-sql",
    "A RunSQL cannot be reversed",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            _MODEL
            + """
--- shop.0002_statistics ---
migrations.RunSQL("ALTER TABLE shop_product ALTER COLUMN id SET STATISTICS 1000"),  # MG502
"""
        ),
    ),
    good=(
        Example(
            _MODEL
            + """
--- shop.0002_statistics ---
migrations.RunSQL(
    "ALTER TABLE shop_product ALTER COLUMN id SET STATISTICS 1000",
    "ALTER TABLE shop_product ALTER COLUMN id SET STATISTICS -1",
),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/ref/migration-operations/#runsql",),
    instead=("reverse_sql with the statements that undo it; migrations.RunSQL.noop where nothing has to be undone",),
    about=(RunSQL,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case RunSQL(reverse_sql=reverse) if reverse == NONE:
            yield Hit("this RunSQL cannot be reversed: it has no reverse_sql")
