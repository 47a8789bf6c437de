"""A column becomes too small for values that it may hold.

Why: a shorter text, fewer digits or a smaller integer has no room for larger values that are there: the statement
fails, or, on MySQL without strict mode, cuts them off.

Instead: look for values that do not fit, and deal with them in a data migration before.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Step
from migration_guard.state.model import Field
from migration_guard.state.operations import AlterField
from migration_guard.values import Const

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
    ),
)


def check(step: Step, context: Context) -> Iterator[Hit]:
    match step.operation:
        case AlterField(model_name=name, name=field, field=new) if step.in_database:
            model, old = step.old_model(name), step.old_field(name, field)
            if model is None or old is None or step.born.has_field(model.key, field):
                return
            problem = narrowed(old, new)
            if problem:
                yield Hit(f"{model.name}.{field}: {problem}", subject=f"{name}.{field}").of(*step.statements)
        case _:
            return


INTEGERS = {
    "SmallIntegerField": 2,
    "PositiveSmallIntegerField": 2,
    "SmallAutoField": 2,
    "IntegerField": 4,
    "PositiveIntegerField": 4,
    "AutoField": 4,
    "BigIntegerField": 8,
    "PositiveBigIntegerField": 8,
    "BigAutoField": 8,
}


def narrowed(old: Field, new: Field) -> str:
    """How a field has less room than it had; empty where it has not, or where that is not known."""
    if old.type is None or new.type is None:
        return ""
    kinds = old.type.internal_type, new.type.internal_type
    before, after = _number(old, "max_length"), _number(new, "max_length")
    if kinds[1] in TEXTS and kinds[0] in TEXTS and after is not None and (before is None or after < before):
        return f"texts longer than {after} characters do not fit any more"
    if kinds[0] in INTEGERS and kinds[1] in INTEGERS and INTEGERS[kinds[1]] < INTEGERS[kinds[0]]:
        return f"an integer of {INTEGERS[kinds[0]]} bytes gets {INTEGERS[kinds[1]]}"
    if kinds == ("DecimalField", "DecimalField"):
        return _digits(old, new)
    return ""


TEXTS = ("CharField", "TextField", "SlugField", "FileField", "FilePathField", "URLField", "EmailField")


def _number(field: Field, name: str) -> int | None:
    value = field.attr(name)
    return value.value if isinstance(value, Const) and isinstance(value.value, int) else None


def _digits(old: Field, new: Field) -> str:
    digits = [_number(field, "max_digits") for field in (old, new)]
    places = [_number(field, "decimal_places") for field in (old, new)]
    if None in digits or None in places:
        return ""
    whole = [(d or 0) - (p or 0) for d, p in zip(digits, places, strict=True)]
    if whole[1] < whole[0]:
        return f"numbers with more than {whole[1]} digits before the point do not fit any more"
    if (places[1] or 0) < (places[0] or 0):
        return f"numbers are rounded to {places[1]} places"
    return ""
