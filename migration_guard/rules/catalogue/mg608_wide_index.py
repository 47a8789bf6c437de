"""An index has more than three columns.

Why: it is large, slow to write, and hardly ever used beyond its first columns.

Instead: the columns that tell most apart, in the order in which queries need them.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import AddIndex
from migration_guard.values import Call, plain

RULE = Rule(
    "MG608",
    "wide-index",
    "An index has more than three columns",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_index ---
migrations.AddIndex("product", models.Index(fields=["name", "price", "stock", "id"], name="wide")),  # MG608
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_index ---
migrations.AddIndex("product", models.Index(fields=["name", "price"], name="narrow")),
"""
        ),
    ),
    enabled=False,
    about=(AddIndex,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case AddIndex(model_name=name, index=Call() as index) if step.in_database:
            fields = plain(index.kwargs["fields"]) if "fields" in index.kwargs else None
            if isinstance(fields, (list, tuple)) and len(fields) > 3:
                yield Hit(f"the index has {len(fields)} columns", subject=f"{name}.{','.join(map(str, fields))}")
        case _:
            return
