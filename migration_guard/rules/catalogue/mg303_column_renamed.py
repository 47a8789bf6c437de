"""A column gets another name while the running code uses the old one.

Why: processes with the old code name the old column in every SELECT and INSERT of the model, and fail from the
moment on at which it is renamed.

Instead: rename the field only, and keep the column: `db_column` with the old name, in an AlterField to it before
(or in) the migration that renames the field. Or add a new column, write both, and drop the old one later.

Ignore when: the service is stopped while it is deployed.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import column_of, has_column, managed, table_of
from migration_guard.rules.judge import place_of
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step, Steps
from migration_guard.state.model import Field
from migration_guard.state.operations import AlterField, RenameField

RULE = Rule(
    "MG303",
    "column-renamed",
    "A column gets another name while the running code uses the old one",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_title ---
migrations.RenameField("product", "name", "title"),  # MG303
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_title ---
migrations.AlterField("product", "name", models.CharField(max_length=50, db_column="title")),  # MG303
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_title ---
migrations.RenameField("product", "name", "title"),
migrations.AlterField("product", "title", models.CharField(max_length=50, db_column="name")),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_title ---
migrations.AlterField("product", "name", models.CharField(max_length=50, db_column="name")),
migrations.RenameField("product", "name", "title"),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_title ---
migrations.SeparateDatabaseAndState(
    state_operations=[
        migrations.RenameField("product", "name", "title"),
        migrations.AlterField("product", "title", models.CharField(max_length=50, db_column="name")),
    ]
),
"""
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/ref/models/fields/#db-column",),
    about=(AlterField, RenameField),
)


def check_migration(steps: Steps, context: Context) -> Iterator[Hit]:
    for step in steps:
        match step.operation:
            case RenameField(model_name=name, old_name=old, new_name=new) if step.in_database:
                yield from _renamed(step, steps, context, name, old, new)
            case AlterField(model_name=name, name=field) if step.in_database:
                yield from _renamed(step, steps, context, name, field, field)
            case _:
                continue


def _renamed(step: Step, steps: Steps, context: Context, name: str, old: str, new: str) -> Iterator[Hit]:
    model = context.running_model(step, step.key(name))
    before, after = step.old_field(name, old), _last(step, steps, name, new)
    now = step.new_model(name)
    if model is None or before is None or after is None or now is None or not managed(model):
        return
    if step.born.has_field(step.key(name), old) or not has_column(before) or not has_column(after):
        return
    was, then = column_of(old, before), column_of(new, after)
    changed = column_of(new, now.fields[new]) != was if new in now.fields else False
    if was != then and changed and was in _columns(step, context, name):
        message = f"the running code names {table_of(model)}.{was} in every SELECT and INSERT of {model.name}"
        hit = Hit(f"{message}: it is {then} from now on", place_of(step), subject=f"{name}.{old}")
        yield hit.of(*step.statements)


def _columns(step: Step, context: Context, name: str) -> set[str]:
    """The columns that the running code names."""
    model = context.running_model(step, step.key(name))
    fields = model.fields.items() if model is not None else ()
    return {column_of(known, field) for known, field in fields if has_column(field)}


def _last(step: Step, steps: Steps, name: str, field: str) -> Field | None:
    """The field as the migration leaves it: another operation may have given it its old column back."""
    found = steps.after.get(step.key(name)) or step.new_model(name)
    return found.fields.get(field) if found is not None else None
