"""The classes that a field's class derives from, and what Django decides by them.

In: a row of the table of field types. Out: paths of classes, and facts that are inherited. Never looks at source.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.state.fieldtypes import FIELD_TYPES, FieldType

_NEVER_EMPTY_STRINGS = frozenset(
    ["django.db.models." + name for name in (
        "BooleanField", "DateField", "DateTimeField", "DecimalField", "DurationField", "FloatField",
        "GenericIPAddressField", "IPAddressField", "IntegerField", "TimeField", "UUIDField", "JSONField", "ForeignKey")]
    + ["django.contrib.postgres.fields." + name for name in ("ArrayField", "hstore.HStoreField", "ranges.RangeField")]
    + ["django.contrib.gis.db.models.fields.BaseSpatialField"]
)  # fmt: skip


def lineage(row: FieldType | None) -> Iterator[str]:
    """The class itself and what it derives from, by path."""
    while row is not None:
        yield row.path
        row = FIELD_TYPES.get(row.parent) if row.parent else None


def allows_empty_strings(row: FieldType | None) -> bool:
    """`empty_strings_allowed`: whether "" is the default where blanks are allowed and nothing else is given."""
    return not any(path in _NEVER_EMPTY_STRINGS for path in lineage(row))
