"""The default of a new column is worked out once, for all rows.

Why: Django calls a callable default one time when it adds a column, so that every row that is there gets the same
value: the same uuid, the same moment.

Instead: add the column nullable, fill it row by row in a RunPython, and make it NOT NULL afterwards; or use
db_default.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import given, has_database_default, is_true, managed
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import AddField
from migration_guard.values import Ref, Truth

RULE = Rule(
    "MG207",
    "one-value-for-all",
    "The default of a new column is worked out once, for all rows",
    Severity.NOTE,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_token ---
import uuid
migrations.AddField("product", "token", models.UUIDField(default=uuid.uuid4)),  # MG207
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_token ---
migrations.AddField("product", "token", models.UUIDField(null=True)),
migrations.AddField("product", "tags", models.JSONField(default=dict)),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/howto/writing-migrations/#migrations-that-add-unique-fields",),
    about=(AddField,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case AddField(model_name=name, name=field, field=new) if step.in_database:
            model, default = step.old_model(name), new.attr("default")
            if model is None or not managed(model) or step.born.has_model(model.key):
                return
            if not isinstance(default, Ref) or default.path in SAME or given(default) is not Truth.YES:
                return
            if new.type is not None and new.type.internal_type in ("JSONField", "ArrayField"):
                return  # settings and the like, which are to begin alike
            if has_database_default(new) is Truth.NO and is_true(new.attr("unique")) is not Truth.YES:
                differs = default.module.partition(".")[0] in DIFFERENT or default.name == "get_random_string"
                hit = Hit(f"every row gets the one value that {default.name} gives now", subject=f"{name}.{field}")
                yield from hit.when(Truth.YES if differs else Truth.MAYBE)
        case _:
            return


SAME = (
    *("builtins.dict", "builtins.list", "builtins.str", "builtins.int", "builtins.bool", "dict", "list", "str"),
    *("django.utils.timezone.now", "datetime.datetime.now", "datetime.date.today"),
)
"""Callables of which one value for all is what is wanted: equal ones, or the moment of the migration."""
DIFFERENT = ("uuid", "random", "secrets")
"""Modules whose callables give another value each time."""
