"""A new unique column gets the same value in every row.

Why: Django works the default out once, for all rows that are there. With two rows or more the values are not
unique, and the migration fails.

Instead: three migrations: add the field with null=True and without unique, fill it row by row, then AlterField to
what it is to be.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import given, is_true, managed, nullable
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import AddField
from migration_guard.values import NONE, Truth

RULE = Rule(
    "MG208",
    "unique-with-default",
    "A new unique column gets the same value in every row",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_token ---
import uuid
migrations.AddField("product", "token", models.UUIDField(default=uuid.uuid4, unique=True)),  # MG208
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_code ---
migrations.AddField("product", "code", models.CharField(max_length=9, default="", unique=True)),  # MG208
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_token ---
migrations.AddField("product", "token", models.UUIDField(null=True, unique=True)),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/howto/writing-migrations/#migrations-that-add-unique-fields",),
    instead=(
        "AddField with null=True, without unique",
        "RunPython that gives each row a value of its own",
        "AlterField to unique=True, without null",
    ),
    about=(AddField,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case AddField(model_name=name, name=field, field=new) if step.in_database:
            model, default = step.old_model(name), new.attr("default")
            if model is None or not managed(model) or step.born.has_model(model.key) or new.many_to_many:
                return
            filled = [given(default), Truth.of(default != NONE), nullable(new).negate()]
            blank = Truth.all((is_true(new.attr("blank")), nullable(new).negate()))
            empty = Truth.of(new.type is not None and new.type.internal_type in ("CharField", "TextField", "SlugField"))
            value = Truth.any((Truth.all(filled[:2]), Truth.all((blank, empty))))
            message = f"every row of {model.name} gets the same {field}, which must be unique"
            hit = Hit(message, subject=f"{name}.{field}")
            yield from hit.of(*step.statements).when(Truth.all((is_true(new.attr("unique")), value)))
        case _:
            return
