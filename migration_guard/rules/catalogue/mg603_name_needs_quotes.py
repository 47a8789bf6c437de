"""A column or table has a name that must be quoted everywhere.

Why: names with capital letters and words that SQL reserves work in Django, which quotes all names, and nowhere
else.

Instead: db_column or db_table with another name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import column_of, has_column, managed, table_of
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import AddField, CreateModel

RULE = Rule(
    "MG603",
    "name-needs-quotes",
    "A column or table has a name that must be quoted everywhere",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_order ---
migrations.AddField("product", "order", models.IntegerField(null=True)),  # MG603
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_order ---
migrations.AddField("product", "order", models.IntegerField(null=True, db_column="position")),
"""
        ),
    ),
    enabled=False,
    about=(AddField, CreateModel),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    names: list[str] = []
    match step.operation:
        case CreateModel(name=name, fields=fields) if step.in_database:
            model = step.new_model(name)
            if model is not None and managed(model):
                names = [table_of(model), *(column_of(field, found) for field, found in fields if has_column(found))]
        case AddField(name=name, field=found) if step.in_database and has_column(found):
            names = [column_of(name, found)]
        case _:
            return
    for awkward in names:
        if awkward != awkward.lower() or awkward in RESERVED:
            yield Hit(f"{awkward} must be quoted in SQL", subject=awkward)


_WORDS = (
    "all and any as asc between both case cast check column constraint create cross current_date current_time "
    "current_timestamp current_user default desc distinct do else end except false fetch for foreign from grant group "
    "having in inner intersect into is join leading left like limit natural not null offset on only or order outer "
    "primary references right select session_user some table then to trailing true union unique user using when where "
    "window with"
)
RESERVED = frozenset(re.findall("[a-z_]+", _WORDS))
