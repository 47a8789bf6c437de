"""A field cannot be altered to or from many-to-many.

Why: a ManyToManyField has a table and no column. Django writes such an AlterField, and raises ValueError when it is
applied; so it does where `through` is added or taken away.

Instead: RemoveField and AddField, with a data migration between them if the links are needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import managed
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import AlterField
from migration_guard.values import NONE, Unknown

RULE = Rule(
    "MG146",
    "many-to-many-altered",
    "A field cannot be altered to or from many-to-many",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_maker ---
migrations.AddField("product", "maker", models.ForeignKey("shop.maker", models.CASCADE, null=True)),
--- shop.0003_makers ---
migrations.AlterField("product", "maker", models.ManyToManyField("shop.maker")),  # MG146
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_makers ---
migrations.AddField("product", "makers", models.ManyToManyField("shop.maker")),
--- shop.0003_makers ---
migrations.AlterField("product", "makers", models.ManyToManyField("shop.maker", blank=True)),
"""
        ),
    ),
    about=(AlterField,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case AlterField(model_name=name, name=field, field=new) if step.in_database:
            model, old = step.old_model(name), step.old_field(name, field)
            if model is None or old is None or not managed(model) or old.type is None or new.type is None:
                return
            made = [item.attr("through") for item in (old, new)]
            if any(isinstance(item, Unknown) for item in made):
                return
            if old.many_to_many != new.many_to_many and (old.type.column or new.type.column):
                yield Hit(f"{model.name}.{field} cannot be altered: one of the two is many-to-many", subject=name)
            elif old.many_to_many and new.many_to_many and (made[0] == NONE) != (made[1] == NONE):
                yield Hit(f"{model.name}.{field} cannot be altered: `through` comes or goes", subject=name)
        case _:
            return
