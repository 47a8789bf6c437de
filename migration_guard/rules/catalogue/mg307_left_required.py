"""A field leaves the models, but its column still requires a value.

Why: the code of this release does not know the column any more, and its INSERTs do not name it: they fail, since
the column is NOT NULL and the database has no default for it.

Instead: make the field nullable, or give it a db_default, in an operation before.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import column_of, for_the_state, has_column, has_database_default, managed, nullable
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.operations import DeleteModel, Operation, RemoveField, RunSQL, SeparateDatabaseAndState
from migration_guard.values import Truth

RULE = Rule(
    "MG307",
    "left-required",
    "A field leaves the models, but its column still requires a value",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_out_of_the_state ---
migrations.SeparateDatabaseAndState(
    state_operations=[migrations.RemoveField("product", "stock")],  # MG307
),
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_out_of_the_state ---
migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("product", "price")]),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_out_of_the_state ---
migrations.AlterField("product", "stock", models.IntegerField(null=True)),
migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("product", "stock")]),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_out_of_the_state ---
migrations.SeparateDatabaseAndState(
    database_operations=[migrations.RunSQL("ALTER TABLE shop_product ALTER COLUMN stock DROP NOT NULL")],
    state_operations=[migrations.RemoveField("product", "stock")],
),
"""
        ),
    ),
    about=(RemoveField,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case RemoveField(model_name=name, name=field) if not step.in_database:
            model, found = step.old_model(name), step.old_field(name, field)
            if model is None or found is None or not managed(model) or not has_column(found):
                return
            if (
                step.born.has_field(step.key(name), field)
                or _cared_for(step, column_of(field, found), field)
                or _deleted(step, name)
            ):
                return
            required = Truth.all((nullable(found).negate(), has_database_default(found).negate()))
            message = f"the column of {model.name}.{field} stays NOT NULL, and the new code's INSERTs do not name it"
            yield from Hit(message, subject=f"{name}.{field}").when(required)
        case _:
            return


def _cared_for(step: Step, column: str, field: str) -> bool:
    """Whether the migration does something about the column in the database."""
    return any(_names(operation, (column.lower(), field.lower())) for operation in step.migration.operations)


def _names(operation: Operation, words: tuple[str, ...]) -> bool:
    match operation:
        case SeparateDatabaseAndState(database_operations=inner):
            return any(_names(item, words) or getattr(item, "name", None) in words for item in inner)
        case RunSQL(sql=sql):
            return any(word in repr(sql).lower() for word in words)
        case _:
            return False


def _deleted(step: Step, name: str) -> bool:
    """Whether the whole model leaves the app with it: then nobody inserts through it."""
    operations = for_the_state(step.migration.operations)
    return any(isinstance(item, DeleteModel) and item.name.lower() == name.lower() for item in operations)
