"""What an operation newly asks of the rows that are there: a value, other values, another row, room for less.

In: a step, a statement of it, the tables of impacts. Out: how the statement may fail, without what held before as well:
a table that is made anew has the constraints that it had, and an integer that becomes larger loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.rules.context import Context
from migration_guard.rules.facts import column_of, has_database_default, has_default, is_true, nullable, table_of
from migration_guard.rules.step import Step
from migration_guard.sql.acts import Kind
from migration_guard.sql.statements import Adds, Statement
from migration_guard.state.model import Field, Model
from migration_guard.state.operations import AlterField, RunPython, RunSQL
from migration_guard.values import Call, Const, Seq, Truth, Value

NOT_NULL = {Kind.SET_NOT_NULL}
PROVED = {Kind.SET_NOT_NULL_CHECKED}
UNIQUE = {Kind.ADD_UNIQUE, Kind.CREATE_UNIQUE_INDEX, Kind.CREATE_UNIQUE_INDEX_CONCURRENTLY, Kind.ADD_PRIMARY_KEY}
REFERENCE = {Kind.ADD_FOREIGN_KEY}
TYPE = {Kind.CHANGE_TYPE, Kind.NARROW_TYPE, Kind.CHANGE_TYPE_SOMEHOW}


def failures(step: Step, statement: Statement, context: Context) -> Iterator[tuple[str, Truth]]:
    """How a statement may fail on rows, and whether that is something new."""
    profile = context.profiles.get(statement.database)
    for word in statement.impact.kinds if profile is not None else ():
        kind = Kind(word)
        row = profile.locks.row(kind, profile.server) if profile is not None else None
        asked = _asked(kind, step, statement)
        if row is not None and asked is not Truth.NO:
            yield from ((reason, asked) for reason in row.fails)


def _asked(kind: Kind, step: Step, statement: Statement) -> Truth:
    old, new = _fields(step)
    if kind in PROVED:
        return Truth.NO
    if kind in NOT_NULL and old is not None:
        return nullable(old)
    if kind in UNIQUE:
        return _unique(step, statement)
    if kind in REFERENCE and old is not None and new is not None:
        return _referenced(old, new).negate()
    if kind in TYPE and old is not None and new is not None:
        return may_not_fit(old, new)
    return Truth.YES


def _fields(step: Step) -> tuple[Field | None, Field | None]:
    match step.operation:
        case AlterField(model_name=model, name=name, field=field):
            return step.old_field(model, name), field
        case _:
            return None, None


def _referenced(old: Field, new: Field) -> Truth:
    """Whether the rows referenced the same table before, and the database saw to it."""
    if not new.is_relation:
        return Truth.YES  # the key of others changes its type: their references are made anew
    if not old.is_relation:
        return Truth.NO
    same = (old.label("to") or "").lower() == (new.label("to") or "").lower()
    return Truth.all((Truth.of(same), is_true(old.attr("db_constraint"))))


# Unique values


def _unique(step: Step, statement: Statement) -> Truth:
    """Whether what is made unique was not so before, by the same columns or fewer, here or before the change set."""
    added = [effect for effect in statement.effects if isinstance(effect, Adds) and effect.constraint is not None]
    name = str(getattr(step.operation, "model_name", "") or getattr(step.operation, "name", ""))
    model = step.old_model(name)
    if model is None or not added:
        return Truth.YES
    if isinstance(step.operation, AlterField) and any(item.table.lower() != table_of(model).lower() for item in added):
        return Truth.NO  # a table of links, or one that references this: it is only made anew
    earlier = [found for found in (model, step.running.get(step.born.was.get(model.key, model.key))) if found]
    known = [columns for found in earlier for columns in _unique_columns(found)]
    names = {name for found in earlier for name in _names(found)}
    empty = {column_of(name, field) for name, field in model.fields.items() if _is_empty(step, model, name, field)}
    made = [item.constraint for item in added if item.constraint is not None and item.constraint.name not in names]
    return Truth.of(
        any(not any(set(item.columns) >= have for have in known) and not set(item.columns) & empty for item in made)
    )


def _is_empty(step: Step, model: Model, name: str, field: Field) -> bool:
    """Whether a column is new, and has nothing but NULLs, each of which is different from the others."""
    filled = Truth.any((has_default(field), has_database_default(field)))
    code = any(isinstance(operation, (RunPython, RunSQL)) for operation in step.migration.operations)
    return step.born.has_field(model.key, name) and nullable(field) is Truth.YES and filled is Truth.NO and not code


def _unique_columns(model: Model) -> Iterator[set[str]]:
    columns = {name: column_of(name, field) for name, field in model.fields.items()}
    for name, field in model.fields.items():
        one = field.type is not None and field.type.name == "OneToOneField"
        if one or Truth.YES in (is_true(field.attr("unique")), is_true(field.attr("primary_key"))):
            yield {columns[name]}
    for group in _texts(model.option("unique_together")):
        yield {columns.get(name, name) for name in group}
    for constraint in _constraints(model):
        if constraint.func.name == "UniqueConstraint" and not {"condition", "deferrable"} & set(constraint.kwargs):
            fields = constraint.kwargs.get("fields")
            for group in _texts(Seq("list", (fields,))) if fields is not None else ():
                yield {columns.get(name, name) for name in group}


def _constraints(model: Model) -> Iterator[Call]:
    found = model.option("constraints")
    yield from (item for item in (found.items if isinstance(found, Seq) else ()) if isinstance(item, Call))


def _names(model: Model) -> Iterator[str]:
    for constraint in _constraints(model):
        name = constraint.kwargs.get("name")
        if isinstance(name, Const) and isinstance(name.value, str):
            yield name.value


def _texts(value: Value) -> Iterator[list[str]]:
    """Groups of names: `{("a", "b")}`."""
    for group in value.items if isinstance(value, Seq) else ():
        if isinstance(group, Seq):
            yield [str(item.value) for item in group.items if isinstance(item, Const)]


# Room

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
TEXTS = ("CharField", "TextField", "SlugField", "FileField", "FilePathField", "URLField", "EmailField")
LONGEST_INTEGER = 20
ROOMY = {("DateField", "DateTimeField"), ("IPAddressField", "GenericIPAddressField")}


def may_not_fit(old: Field, new: Field) -> Truth:
    """Whether a value of the old type may have no place in the new one."""
    if old.type is None or new.type is None:
        return Truth.MAYBE
    kinds = old.type.internal_type, new.type.internal_type
    if narrowed(old, new):
        return Truth.YES
    if kinds[0] == kinds[1] or kinds[1] == "TextField" or kinds in ROOMY:
        return Truth.NO
    if kinds[0] in INTEGERS and kinds[1] in TEXTS and (_number(new, "max_length") or 0) >= LONGEST_INTEGER:
        return Truth.NO
    if "ForeignKey" in kinds or "OneToOneField" in kinds:
        return Truth.MAYBE  # its type is that of a key elsewhere
    if all(kind in TEXTS for kind in kinds) or all(kind in INTEGERS for kind in kinds):
        return Truth.NO
    return Truth.YES


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


def _number(field: Field, name: str) -> int | None:
    value = field.attr(name)
    if not isinstance(value, Const):
        return None
    if isinstance(value.value, str) and value.value.isdecimal():
        return int(value.value)  # Django takes max_length="512" as it is
    return value.value if isinstance(value.value, int) else None


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
