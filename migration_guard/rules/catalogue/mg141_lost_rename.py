"""A field is removed and one like it is added: the values are lost.

Why: makemigrations asks whether a field was renamed, and where nobody answers yes (with --noinput nobody does) it
drops the column with everything in it and makes an empty one.

Instead: RenameField, if it is the same field under another name.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Confidence, Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import has_column, managed
from migration_guard.rules.judge import place_of
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step, Steps
from migration_guard.state.model import Field
from migration_guard.state.operations import AddField, RemoveField

RULE = Rule(
    "MG141",
    "lost-rename",
    "A field is removed and one like it is added: the values are lost",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_title ---
migrations.RemoveField("product", "name"),  # MG141
migrations.AddField("product", "title", models.CharField(max_length=50, default="")),
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_title ---
migrations.RemoveField("product", "name"),
migrations.AddField("product", "size", models.IntegerField(null=True)),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_title ---
migrations.RenameField("product", "name", "title"),
"""
        ),
    ),
    about=(AddField,),
)


def check_migration(steps: Steps, context: Context) -> Iterator[Hit]:
    removed: dict[tuple[str, str], list[tuple[Step, str, Field]]] = {}
    for step in steps:
        match step.operation:
            case RemoveField(model_name=name, name=field) if step.in_database:
                model, found = step.old_model(name), step.old_field(name, field)
                if model is None or found is None or not managed(model) or not has_column(found):
                    continue
                if not step.born.has_field(model.key, field):
                    removed.setdefault(model.key, []).append((step, field, found))
            case _:
                continue
    for step in steps:
        match step.operation:
            case AddField(model_name=name, name=field, field=new) if step.in_database:
                for gone, old_name, old in removed.get(step.key(name), ()):
                    if old_name != field and _alike(old, new):
                        message = f"{field} is like {old_name}, which is removed: was it renamed? Its values are lost"
                        yield Hit(message, place_of(gone), Confidence.POSSIBLE, subject=f"{name}.{old_name}")
            case _:
                continue


WORDS = ("verbose_name", "help_text", "default", "db_column", "related_name", "blank", "db_default", "null")


def _alike(one: Field, other: Field) -> bool:
    """The same kind of column, whatever the field is called and says of itself."""
    arguments = [{key: value for key, value in field.call.kwargs.items() if key not in WORDS} for field in (one, other)]
    return one.call.func == other.call.func and one.call.args == other.call.args and arguments[0] == arguments[1]
