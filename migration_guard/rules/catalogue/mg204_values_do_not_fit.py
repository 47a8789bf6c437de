"""A column becomes too small for values that it may hold.

Why: a shorter text, fewer digits or a smaller integer has no room for larger values that are there: the statement
fails, or, on MySQL without strict mode, cuts them off.

Instead: look for values that do not fit, and deal with them in a data migration before.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.demands import TYPE, narrowed
from migration_guard.rules.facts import does
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import AlterField

RULE = Rule(
    "MG204",
    "values-do-not-fit",
    "A column becomes too small for values that it may hold",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_shorter ---
migrations.AlterField("product", "name", models.CharField(max_length=20)),  # MG204
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_smaller ---
migrations.AlterField("product", "stock", models.SmallIntegerField()),  # MG204
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_shorter ---
migrations.AlterField("product", "name", models.CharField(max_length=20)),  # MG204
""",
            databases=("mysql:8.0",),
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_longer ---
migrations.AlterField("product", "name", models.CharField(max_length=100)),
migrations.AlterField("product", "stock", models.BigIntegerField()),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_shorter ---
migrations.AlterField("product", "name", models.CharField(max_length=10)),
""",
            databases=("sqlite",),
        ),
    ),
    about=(AlterField,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case AlterField(model_name=name, name=field, field=new) if step.in_database:
            model, old = step.old_model(name), step.old_field(name, field)
            if model is None or old is None or step.born.has_field(model.key, field):
                return
            changed = [statement for statement in step.statements if does(statement, *TYPE)]
            problem = narrowed(old, new) if changed else ""
            if problem:
                yield Hit(f"{model.name}.{field}: {problem}", subject=f"{name}.{field}").of(*changed)
        case _:
            return
