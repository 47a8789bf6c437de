"""A new column must have a value, and the running code gives it none.

Why: Django gives a new NOT NULL column its default only while it is added, and then drops the default from the
database. INSERTs of processes with the old code do not name the column, and fail until the last of them has
stopped. Without any default, the migration itself fails on a table with rows.

Instead: give it `db_default` (Django 5.0 and later), which stays in the database; before that, add the column
nullable and make it NOT NULL in a later release.

Ignore when: the service is stopped while it is deployed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import does, given, has_column, has_database_default, managed, nullable
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.sql.acts import Kind
from migration_guard.state.model import Field, Model
from migration_guard.state.operations import AddField, AlterOrderWithRespectTo, CustomOperation
from migration_guard.values import NONE, Const, Truth, plain
from migration_guard.versions import DB_DEFAULT

RULE = Rule(
    "MG302",
    "required-column",
    "A new column must have a value, and the running code gives it none",
    Severity.ERROR,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(default=0)),  # MG302
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_order ---
migrations.AddField("product", "maker", models.ForeignKey("shop.maker", models.CASCADE, null=True)),
migrations.AlterOrderWithRespectTo("product", "maker"),  # MG302
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_size ---
migrations.AddField("product", "size", models.CharField(max_length=9, default="")),  # MG302
""",
            databases=("mysql:8.0", "sqlite"),
            django="4.2",
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(db_default=0)),
migrations.AddField("product", "depth", models.IntegerField(null=True)),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_category ---
migrations.CreateModel("Category", [("id", models.AutoField(primary_key=True)), ("name", models.TextField())]),
--- shop.0003_size ---
migrations.AddField("category", "size", models.IntegerField(default=0)),
""",
            new=2,
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/ref/models/fields/#db-default",),
    about=(AddField, AlterOrderWithRespectTo),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case AddField(model_name=name, name=field, field=new) if step.in_database:
            model = context.running_model(step, step.key(name))
            if model is None or not managed(model) or step.born.has_model(step.key(name)) or not has_column(new):
                return
            if _kept(step, context, name, field):
                return
            required = Truth.all((nullable(new).negate(), has_database_default(new).negate()))
            hit = replace(_hit(model, field, new, context, step), subject=f"{name}.{field}")
            yield from hit.of(*step.statements).when(required)
        case AlterOrderWithRespectTo(name=name, order_with_respect_to=value) if step.in_database and value != NONE:
            model = context.running_model(step, step.key(name))
            ordered = model is not None and model.option("order_with_respect_to") != NONE
            if model is not None and managed(model) and not ordered and not step.born.has_model(step.key(name)):
                message = f"INSERTs of {model.name} in the running code do not name _order, and fail once it is there"
                yield Hit(message, subject=f"{name}._order").of(*step.statements)
        case _:
            return


def _hit(model: Model, name: str, field: Field, context: Context, step: Step) -> Hit:
    message = f"INSERTs of {model.name} in the running code do not name {name}, and fail once it is there"
    if given(field.attr("default")) is Truth.NO and not _django_gives(field, step):
        message = f"{name} has no default: adding it fails if {model.name} has rows, and the running code cannot insert"
    instead = (
        (f"give {name} a db_default, which stays in the database",)
        if DB_DEFAULT(context.version)
        else ("add it with null=True", "fill it", "make it NOT NULL in a later release")
    )
    return Hit(message, instead=instead)


DEFAULTS = (
    Kind.ADD_COLUMN_WITH_DEFAULT,
    Kind.ADD_COLUMN_WITH_STABLE_DEFAULT,
    Kind.ADD_COLUMN_WITH_VOLATILE_DEFAULT,
    Kind.ADD_COLUMN_WITH_SOME_DEFAULT,
)
EMPTY = ("CharField", "TextField", "SlugField", "FileField", "FilePathField", "BinaryField")


def _django_gives(field: Field, step: Step) -> bool:
    """Django takes the empty string where a text may be blank, and the present for a moment that is set by itself."""
    if any(does(statement, *DEFAULTS) for statement in step.statements):
        return True
    if Const(True) in (field.attr("auto_now"), field.attr("auto_now_add")):
        return True
    return field.type is not None and field.type.internal_type in EMPTY and field.attr("blank") == Const(True)


def _kept(step: Step, context: Context, model: str, field: str) -> bool:
    """Whether something else keeps the default in the database: an operation that comes after, or the backend."""
    for later in step.migration.operations[step.index + 1 :]:
        if isinstance(later, CustomOperation) and later.call is not None and later.call.func.name == "AddDefaultValue":
            words = [plain(value) for value in (*later.call.args, *later.call.kwargs.values())]
            if field in words and model.lower() in [str(word).lower() for word in words]:
                return True
    return context.project.settings.get_or("ZERO_DOWNTIME_MIGRATIONS_KEEP_DEFAULT", False) is True
