"""A table that is always busy is locked.

Why: even an ALTER TABLE that takes no time has to wait until every query that uses the table has ended, and every
query that comes after it waits behind it. On the tables that are listed as hot-tables this is an outage.

Instead: set a short lock_timeout and try again and again, at a quiet hour.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import held, locks
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.sql.statements import Statement
from migration_guard.values import Truth

RULE = Rule(
    "MG415",
    "hot-table",
    "A table that is always busy is locked",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),  # MG415
""",
            config='hot-tables = ["shop_prod*"]\n',
        ),
        Example(
            SHOP
            + """
--- shop.0002_category ---
migrations.CreateModel(  # MG415
    "Category",
    [("id", models.BigAutoField(primary_key=True)), ("maker", models.ForeignKey("shop.maker", models.CASCADE))],
),
""",
            config='hot-tables = ["shop_maker"]\n',
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
""",
            config='hot-tables = ["shop_maker"]\n',
        ),
    ),
    links=("https://www.postgresql.org/docs/current/explicit-locking.html",),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    hot: dict[str, list[Statement]] = {}
    for statement in step.statements:
        for touch in held(step, statement):
            if context.policy.is_hot(touch.table) and Truth.any((touch.blocks_reads, touch.blocks_writes)) is Truth.YES:
                hot.setdefault(touch.table, []).append(statement)
    for table, statements in hot.items():
        details = tuple(dict.fromkeys(line for statement in statements for line in locks(step, statement)))
        yield Hit(f"{table} is locked, which is one of the hot tables", details=details).of(*statements)
