"""Whether a field has changed for the database, and which columns of other tables hang on it.

In: the same field before and after. Out: answers and pairs of columns. (Django: `_field_should_be_altered` and
`_related_non_m2m_objects`.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from migration_guard import versions
from migration_guard.sql.column import Column, relation_name
from migration_guard.sql.expressions import database_default
from migration_guard.state.model import resolve_relation
from migration_guard.values import Const, Truth, Value, same

NOT_FOR_THE_DATABASE = frozenset(
    {
        "blank", "choices", "db_column", "editable", "error_messages", "help_text", "limit_choices_to", "on_delete",
        "related_name", "related_query_name", "validators", "verbose_name",
    }
)  # fmt: skip


def should_be_altered(old: Column, new: Column, ignore: frozenset[str] = frozenset()) -> Truth:
    """Whether the change of a field concerns the database."""
    if not (old.has_column or old.many_to_many) and not (new.has_column or new.many_to_many):
        return Truth.NO
    quote = new.schema.dialect.quote
    if old.has_column and new.has_column and quote(old.column) != quote(new.column):
        return Truth.YES
    if old.many_to_many and new.many_to_many and old.name != new.name:
        return Truth.YES
    if old.has_column != new.has_column:
        return Truth.YES
    before, after = _arguments(old, ignore), _arguments(new, ignore)
    if any(name in before and name in after for name in ("output_field", "base_field")):
        # Two instances of a field inside a field are never equal.
        return Truth.YES
    if _same_target(old, new):
        before.pop("to", None)
        after.pop("to", None)
    if "db_default" in before and "db_default" in after and database_default(old) == database_default(new):
        del before["db_default"], after["db_default"]
    first, second = old.field.call, new.field.call
    return same(replace(first, kwargs=before), replace(second, kwargs=after)).negate()


def _arguments(column: Column, ignore: frozenset[str]) -> dict[str, Value]:
    left_out = NOT_FOR_THE_DATABASE | ignore
    if column.is_foreign_key and versions.DATABASE_ON_DELETE(column.schema.dialect.version) and column.on_delete_sql:
        left_out = left_out - {"on_delete"}
    found = {name: value for name, value in column.field.call.kwargs.items() if name not in left_out}
    for name in ("to", "through"):
        label = column.field.label(name)
        if name in found and label is not None:
            found[name] = Const(".".join(resolve_relation(str(label), column.model.app_label, column.model.name)))
    return found


def _same_target(old: Column, new: Column) -> bool:
    if not versions.SAME_TABLE_IS_SAME_TARGET(new.schema.dialect.version):
        return False
    if new.many_to_many or not (old.is_relation and new.is_relation):
        return False
    return old.target_table.name == new.target_table.name


def related_pairs(old: Column, new: Column) -> Iterator[tuple[Column, Column]]:
    """The foreign keys that point to a field, before and after, and those that point to these."""
    seen: set[tuple[tuple[str, str], str]] = set()
    yield from _related_pairs(old, new, seen)


def _related_pairs(old: Column, new: Column, seen: set[tuple[tuple[str, str], str]]) -> Iterator[tuple[Column, Column]]:
    place = (new.model.key, new.name)
    if place in seen:
        return
    seen.add(place)
    for before, after in zip(pointing_to(old), pointing_to(new), strict=False):
        yield before, after
        yield from _related_pairs(before, after, seen)


def pointing_to(column: Column) -> list[Column]:
    """The foreign keys that point to a field, in the order in which Django goes through them."""
    found = column.schema.related(column.model.key)
    return sorted((other for other in found if _points_to(other, column)), key=relation_name)


def _points_to(other: Column, column: Column) -> bool:
    if column.primary_key and other.to_field is None:
        return True
    names = [column.name]
    if versions.ATTNAME_IS_A_TARGET(column.schema.dialect.version):
        names.append(column.attname)
    return other.to_field in names
