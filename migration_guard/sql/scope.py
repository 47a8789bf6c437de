"""What an expression is compiled against, and what comes out: shared by expressions and conditions.

In: a table. Out: columns and constants as compiled expressions. Nothing here knows functions or lookups.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from migration_guard.sql.column import Column, make_field
from migration_guard.sql.literals import prepare, quote_value
from migration_guard.sql.profiles import Literals
from migration_guard.sql.schema import Table
from migration_guard.sql.statements import NoPreview
from migration_guard.state.fieldtypes import FIELD_TYPES
from migration_guard.values import Value


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression's text, the field that it yields where that is known, and whether Django uses parameters."""

    text: str
    output: Column | None = None
    parameters: bool = False
    plain_column: Column | None = None
    constant: bool = False
    conditional: bool = False
    root: Compiled | None = None
    """What a key, or a part of a date, is taken from."""
    keys: tuple[str, ...] = ()
    """The keys on the way into a JSON document."""
    bounds: str = ""
    """Of a year: which kind of year, for comparisons go by its first and last moment."""


def _is_decimal_text(output: Column | None) -> bool:
    """SQLite keeps decimals as text. What is not stored in a row keeps its own digits."""
    if output is None or output.is_foreign_key or output.is_generated or output.internal_type != "DecimalField":
        return False
    return output.schema.dialect.profile.literals is Literals.SQLITE


@dataclass(frozen=True, slots=True)
class Scope:
    """The table whose columns expressions may name; `renamed` columns have another name by now."""

    table: Table
    compile: Callable[[Value, Scope], Compiled]
    """What compiles the expressions inside."""
    renamed: Mapping[str, str] = field(default_factory=dict)

    def column(self, name: str) -> Compiled:
        """A column by the name of its field."""
        head, _, rest = name.partition("__")
        found = self.table.find(head)
        if rest and not (found.is_foreign_key and rest in ("pk", found.target.name)):
            raise NoPreview(f"the path {name} in an expression")
        if not found.has_column:
            raise NoPreview(f"{found.label} has no column")
        column = self.renamed.get(found.column, found.column)
        conditional = not found.is_foreign_key and found.internal_type == "BooleanField"
        text = self.table.schema.dialect.quote(column)
        return Compiled(text, found, plain_column=found, conditional=conditional)

    def literal(self, value: Any, output: Column | None = None) -> Compiled:
        """A constant, prepared for a field where one is known."""
        dialect = self.table.schema.dialect
        prepared = prepare(value, output) if output is not None else value
        if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) and _is_decimal_text(output):
            prepared = str(Decimal(str(value)))
        if prepared is None:
            return Compiled("NULL", output, constant=True)
        return Compiled(quote_value(prepared, dialect), output, True, constant=True)

    def typed(self, name: str, **options: Value) -> Column:
        """A field of one of Django's classes, as the output of an expression."""
        anchor = Column(self.table.schema, self.table.model, "", make_field(FIELD_TYPES["django.db.models.Field"]))
        return replace(anchor, field=make_field(FIELD_TYPES[f"django.db.models.{name}"], **options))
