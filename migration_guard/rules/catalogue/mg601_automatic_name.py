"""A migration has an automatic name.

Why: 0007_auto_20240102_1530 says nothing, and sorts by accident.

Instead: makemigrations --name, or rename the file before anybody applies it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Steps

RULE = Rule(
    "MG601",
    "automatic-name",
    "A migration has an automatic name",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_auto_20240102_1530 ---
# MG601
migrations.AddField("product", "size", models.IntegerField(null=True)),
"""
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
    enabled=False,
)


def check_migration(steps: Steps, context: Context) -> Iterator[Hit]:
    if re.search(r"auto_[0-9]{8}_[0-9]{4}", steps.migration.name):
        yield Hit(f"{steps.migration.name} does not say what it does")
