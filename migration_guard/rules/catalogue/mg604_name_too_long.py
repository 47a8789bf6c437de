"""A name is too long for the database.

Why: PostgreSQL cuts it off without a word, and two long names may become one; other databases refuse it.

Instead: a shorter name.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.sql.profiles import PROFILES
from migration_guard.state.operations import AddConstraint, AddIndex, CreateModel
from migration_guard.values import Call, Const, Seq, Value

RULE = Rule(
    "MG604",
    "name-too-long",
    "A name is too long for the database",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_check ---
migrations.AddConstraint(  # MG604
    "product",
    models.UniqueConstraint(fields=["name"], name="a_name_that_goes_on_and_on_and_on_and_on_until_it_is_much_too_long"),
),
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_check ---
migrations.AddConstraint("product", models.UniqueConstraint(fields=["name"], name="one_name")),
"""
        ),
    ),
    about=(AddConstraint, AddIndex, CreateModel),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    named: list[Value] = []
    match step.operation:
        case AddIndex(index=value) | AddConstraint(constraint=value) if step.in_database:
            named = [value]
        case CreateModel(options=options) if step.in_database:
            for listed in (options.get("indexes"), options.get("constraints")):
                named += listed.items if isinstance(listed, Seq) else ()
        case _:
            return
    for database in dict.fromkeys(statement.database for statement in step.statements):
        limit = PROFILES[database].max_name_length if database in PROFILES else None
        for item in named:
            given = item.kwargs.get("name") if isinstance(item, Call) else None
            if limit is not None and isinstance(given, Const) and len(str(given.value).encode()) > limit:
                name = str(given.value)
                yield Hit(f"{name} is longer than {limit} bytes", databases=(database,), subject=name)
