"""Hand-written SQL drops or renames something that the running code may use.

Why: views, functions, types, sequences and schemas are used by name, from code and from other objects of the
database, and nothing here can tell by whom.

Instead: create the new one beside the old one, and drop that in a later release.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Confidence, Severity
from migration_guard.rules.context import Context
from migration_guard.rules.handsql import pieces
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import RunSQL

RULE = Rule(
    "MG315",
    "sql-changes-objects",
    "Hand-written SQL drops or renames something that the running code may use",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_enum ---
migrations.RunSQL("ALTER TYPE colour RENAME VALUE 'red' TO 'crimson'", migrations.RunSQL.noop),  # MG315
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_view ---
migrations.RunSQL("drop view cheap_products", migrations.RunSQL.noop),  # MG315
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_schema ---
migrations.RunSQL("alter table shop_product set schema archive", migrations.RunSQL.noop),  # MG315
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_view ---
migrations.RunSQL("create view cheap_products as select * from shop_product", "drop view cheap_products"),
"""
        ),
    ),
    about=(RunSQL,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    for piece in pieces(step):
        what = _changed(piece.bare)
        if what:
            yield Hit(what, confidence=Confidence.POSSIBLE, sql=(piece.text,), databases=(piece.database,))


OBJECTS = ("view", "materialized", "function", "procedure", "type", "sequence", "schema", "domain", "trigger", "policy")


def _changed(text: str) -> str:
    words = text.split()[:4]
    if words[:1] == ["drop"] and words[1:2] and words[1] in OBJECTS:
        return f"the running code, or another object, may use this {words[1]}"
    if words[:2] == ["alter", "table"] and " set schema " in text:
        return "the running code looks for this table where it was"
    if words[:1] == ["alter"] and (" rename " in text or " set schema " in text) and words[1:2] and words[1] in OBJECTS:
        return f"the running code, or another object, may use this {words[1]} by its old name"
    return ""
