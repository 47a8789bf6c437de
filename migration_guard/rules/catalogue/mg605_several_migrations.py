"""A change set has several migrations of one app.

Why: they are reviewed and deployed together, and could have been one; or they belong to different releases.

Instead: squash them before they are merged, or split the work.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP

RULE = Rule(
    "MG605",
    "several-migrations",
    "A change set has several migrations of one app",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- base shop.0001_initial ---
migrations.CreateModel("Product", [("id", models.BigAutoField(primary_key=True))]),
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
--- shop.0003_depth ---
# MG605
migrations.AddField("product", "depth", models.IntegerField(null=True)),
""",
            new=2,
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- base shop.0001_initial ---
migrations.CreateModel("Product", [("id", models.BigAutoField(primary_key=True))]),
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
""",
            new=1,
        ),
    ),
    enabled=False,
)


def check_project(context: Context) -> Iterator[Hit]:
    apps: dict[str, list[str]] = {}
    for steps in context.judged:
        apps.setdefault(steps.migration.app_label, []).append(steps.migration.name)
    last = {steps.migration.app_label: steps.migration for steps in context.judged}
    for app, names in apps.items():
        if context.base is not None and len(names) > 1:
            yield Hit(f"{app} has {len(names)} new migrations: {', '.join(names)}", last[app].origin, subject=app)
