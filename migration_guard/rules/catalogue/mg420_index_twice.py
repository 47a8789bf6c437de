"""Another index does the same already.

Why: each index costs time with every write. One over the first fields of another is seldom needed, and unique
fields and foreign keys have one of their own.

Instead: leave it out.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import is_true, managed
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.model import Model
from migration_guard.state.operations import AddIndex
from migration_guard.values import Call, Seq, Truth, Value, plain

RULE = Rule(
    "MG420",
    "index-twice",
    "Another index does the same already",
    Severity.NOTE,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_index ---
migrations.AddIndex("product", models.Index(fields=["name", "stock"], name="two")),
--- shop.0003_index ---
migrations.AddIndex("product", models.Index(fields=["name"], name="one")),  # MG420
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_index ---
migrations.AddIndex("product", models.Index(fields=["name"], name="one")),
--- shop.0003_index ---
migrations.AddIndex("product", models.Index(fields=["name", "stock"], name="two")),
"""
        ),
        Example(
            SHOP
            + """
--- shop.0002_index ---
migrations.AddIndex("product", models.Index(fields=["name"], name="one")),
--- shop.0003_index ---
migrations.AddIndex("product", models.Index(fields=["name"], name="some", condition=models.Q(stock=0))),
"""
        ),
    ),
    about=(AddIndex,),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case AddIndex(model_name=name, index=index) if step.in_database:
            model = step.old_model(name)
            fields = _fields(index)
            if model is None or not managed(model) or not fields:
                return
            for other, label in _others(model):
                if other[: len(fields)] == fields:
                    yield Hit(f"{label} covers {', '.join(fields)} already", subject=f"{name}.{','.join(fields)}")
                    return
        case _:
            return


def _fields(index: Value) -> tuple[str, ...]:
    """The fields of a plain index; () of one with conditions, expressions, or of another kind."""
    if not isinstance(index, Call) or index.func.name not in ("Index", "UniqueConstraint"):
        return ()
    if set(index.kwargs) - {"fields", "name"} or index.args:
        return ()
    fields = plain(index.kwargs["fields"]) if "fields" in index.kwargs else None
    return tuple(map(str, fields)) if isinstance(fields, (list, tuple)) else ()


def _others(model: Model) -> Iterator[tuple[tuple[str, ...], str]]:
    for option, label in (("indexes", "another index"), ("constraints", "a unique constraint")):
        listed = model.option(option)
        for item in listed.items if isinstance(listed, Seq) else ():
            if _fields(item):
                yield _fields(item), label
    for row in plain(model.option("unique_together")) or ():
        yield tuple(map(str, row)), "unique_together"
    for name, field in model.fields.items():
        own = [is_true(field.attr(option)) for option in ("db_index", "unique", "primary_key")]
        if Truth.any(own) is Truth.YES and field.type is not None and field.type.column:
            yield (name,), f"the index of {name}"
