"""`managed` changes, and the table does not.

Why: from managed=False to True Django makes no table, and from True to False it drops none: what is in the database
and what Django believes may differ from now on.

Instead: make (or drop) the table yourself with RunSQL, and see that it is what the model says.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import AlterModelOptions

RULE = Rule(
    "MG145",
    "managed-changes",
    "`managed` changes, and the table does not",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_not_ours ---
migrations.AlterModelOptions("maker", {"managed": False}),  # MG145
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_words ---
migrations.AlterModelOptions("maker", {"verbose_name": "manufacturer"}),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/ref/models/options/#managed",),
    about=(AlterModelOptions,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case AlterModelOptions(name=name):
            old, new = step.old_model(name), step.new_model(name)
            if old is not None and new is not None and old.flag("managed", True) != new.flag("managed", True):
                now = "is" if new.flag("managed", True) else "is not"
                yield Hit(f"{new.name} {now} managed from now on, and its table stays as it is", subject=name)
        case _:
            return
