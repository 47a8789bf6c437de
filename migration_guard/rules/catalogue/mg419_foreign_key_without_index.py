"""A foreign key has no index.

Why: deleting or updating a row of the table that is referenced reads the whole table that references it, once for
each row.

Instead: leave db_index as it is, or give the model an index that begins with the field.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import is_true, managed
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.model import Field, Model
from migration_guard.state.operations import AddField, AlterField, CreateModel
from migration_guard.values import Call, Seq, Truth, plain

RULE = Rule(
    "MG419",
    "foreign-key-without-index",
    "A foreign key has no index",
    Severity.NOTE,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_maker ---
migrations.AddField(
    "product",
    "maker",
    models.ForeignKey("shop.maker", models.CASCADE, null=True, db_index=False),  # MG419
),
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_maker ---
migrations.AddField("product", "maker", models.ForeignKey("shop.maker", models.CASCADE, null=True, db_index=False)),
migrations.AddIndex("product", models.Index(fields=["maker", "name"], name="maker_name")),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_maker ---
migrations.AddField("product", "maker", models.OneToOneField("shop.maker", models.CASCADE, null=True)),
"""
        ),
    ),
    about=(AddField, AlterField, CreateModel),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case AddField(model_name=name, name=field, field=new) | AlterField(model_name=name, name=field, field=new):
            old = step.old_field(name, field)
            if old is None or is_true(old.attr("db_index")) is not Truth.NO:
                yield from _bare(step, context, name, field, new)
        case CreateModel(name=name, fields=fields):
            for field, new in fields:
                yield from _bare(step, context, name, field, new)
        case _:
            return


def _bare(step: Step, context: Context, name: str, field: str, new: Field) -> Iterator[Hit]:
    last = context.judged[-1].after if context.judged else step.after
    model = last.get(step.key(name)) or step.new_model(name)
    if model is None or not managed(model) or not step.in_database or not new.is_relation or new.many_to_many:
        return
    if new.type is None or not new.type.column or is_true(new.attr("db_constraint")) is Truth.NO:
        return
    indexed = [is_true(new.attr(option)) for option in ("db_index", "unique", "primary_key")]
    if Truth.any(indexed) is Truth.NO and field not in _first(model):
        yield Hit(f"no index begins with {model.name}.{field}", new.origin or None, subject=f"{name}.{field}")


def _first(model: Model) -> set[str]:
    """The fields with which an index or a unique constraint begins."""
    found = set()
    for option in ("indexes", "constraints"):
        listed = model.option(option)
        for item in listed.items if isinstance(listed, Seq) else ():
            fields = plain(item.kwargs["fields"]) if isinstance(item, Call) and "fields" in item.kwargs else None
            found |= {str(name).lstrip("-") for name in fields[:1]} if isinstance(fields, (list, tuple)) else set()
    for option in ("unique_together", "index_together"):
        rows = plain(model.option(option))
        found |= {str(row[0]) for row in rows or () if isinstance(row, (list, tuple)) and row}
    return found
