"""A table is read in full while an earlier operation still locks it.

Why: a lock is held until the transaction ends. An ALTER TABLE that would have taken a moment keeps readers and
writers away for as long as an index is built, or rows are checked, after it in the same migration.

Instead: one migration for what is quick, another one for what takes long.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import held, lasts, table_names
from migration_guard.rules.judge import place_of
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Steps
from migration_guard.sql.statements import Statement
from migration_guard.values import Truth

RULE = Rule(
    "MG414",
    "lock-held-on",
    "A table is read in full while an earlier operation still locks it",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_two ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
migrations.AddIndex("product", models.Index(fields=["name"], name="product_name")),  # MG414
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_two ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
migrations.AddField("product", "depth", models.IntegerField(null=True)),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_two ---
migrations.AddField("maker", "size", models.IntegerField(null=True)),
migrations.AddIndex("product", models.Index(fields=["name"], name="product_name")),
"""
        ),
    ),
    databases=("PostgreSQL",),
    links=("https://www.postgresql.org/docs/current/explicit-locking.html",),
)


def check_migration(steps: Steps, context: Context) -> Iterator[Hit]:
    locked: set[tuple[str, str]] = set()
    for step in steps if steps.migration.atomic else ():
        taken: set[tuple[str, str]] = set()
        late: list[Statement] = []
        for statement in step.statements:
            touches = held(step, statement)
            own = {(statement.database, touch.table) for touch in touches}
            lasting = lasts(step, statement) is Truth.YES
            if own & locked and lasting and statement.impact.transactional is not Truth.NO:
                late.append(statement)
            if statement.impact.transactional is not Truth.NO:
                taken |= {(statement.database, t.table) for t in touches if t.blocks_reads is Truth.YES}
        if late:
            names = table_names(touch for statement in late for touch in held(step, statement))
            stay = "stay" if " and " in names else "stays"
            message = f"{names} {stay} locked for readers by an operation before, for as long as this takes"
            yield Hit(message, place_of(step)).of(*late)
        locked |= taken
