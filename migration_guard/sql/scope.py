"""What an expression is compiled against, and what comes out: shared by expressions and conditions.

In: a table. Out: columns and constants as compiled expressions. Nothing here knows functions or lookups.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from migration_guard import versions
from migration_guard.sql.column import Column, field_of_call, make_field
from migration_guard.sql.dialect import Dialect
from migration_guard.sql.literals import own_digits, prepare, quote_value
from migration_guard.sql.profiles import Literals, Profile
from migration_guard.sql.schema import Table
from migration_guard.sql.statements import NoPreview
from migration_guard.state.fieldtypes import FIELD_TYPES
from migration_guard.values import Call, Value


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression's text, the field that it yields where that is known, and whether Django uses parameters."""

    text: str
    output: Column | None = None
    parameters: bool = False
    plain_column: Column | None = None
    conditional: bool = False
    root: Compiled | None = None
    """What a key, or a part of a date, is taken from."""
    keys: tuple[str, ...] = ()
    """The keys on the way into a JSON document."""
    bounds: str = ""
    """Of a year: which kind of year, for comparisons go by its first and last moment."""
    declared: bool = False
    """Whether its class or its arguments say what field it yields; else what is inside decides."""
    both_sides: str = ""
    """What a bilateral transform puts around the other side of a comparison."""

    @property
    def kind(self) -> str:
        """The internal type of what it yields; "" where that is not known. A relation yields what it points to."""
        if self.output is None:
            return ""
        return self.output.target.internal_type if self.output.is_foreign_key else self.output.internal_type

    @property
    def field_class(self) -> str:
        """Django's class of the field that it yields; "" for relations, and where that is not known."""
        return self.output.type_name if self.output is not None and not self.output.is_foreign_key else ""


def is_boolean(output: Column | None) -> bool:
    """Whether what yields such a field can be a condition."""
    return output is not None and not output.is_foreign_key and output.internal_type == "BooleanField"


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
    resolved: bool = True
    """Whether Django resolves the expression before it compiles it. Defaults of the database it does not."""
    again: bool = False
    """Whether Django resolves the conditions inside once more, which puts them in parentheses."""
    sent: bool = False
    """Whether constants go to the database as parameters, as in defaults; else Django puts them into the text."""
    around_parameters: str = "{}"
    """What is put around constants."""

    @property
    def dialect(self) -> Dialect:
        return self.table.schema.dialect

    @property
    def profile(self) -> Profile:
        return self.table.schema.dialect.profile

    def column(self, name: str) -> Compiled:
        """A column by the name of its field."""
        found = self.table.find(name)
        if not found.has_column:
            raise NoPreview(f"{found.label} has no column")
        column = self.renamed.get(found.column, found.column)
        return Compiled(self.dialect.quote(column), found, plain_column=found, conditional=is_boolean(found))

    def literal(self, value: Any, output: Column | None = None) -> Compiled:
        """A constant, prepared for a field where one is known."""
        prepared = prepare(value, output) if output is not None else value
        number = isinstance(value, (int, float, str, decimal.Decimal)) and not isinstance(value, bool)
        if output is not None and number and _is_decimal_text(output):
            prepared = own_digits(value, output)
        if prepared is None:
            return Compiled("NULL", output)
        return Compiled(self.around_parameters.replace("{}", self._quoted(prepared)), output, True)

    def _quoted(self, value: Any) -> str:
        text = quote_value(value, self.dialect)
        if text.startswith("E'") and self.dialect.adapter == "psycopg2" and not self.sent:
            # Without its connection the driver takes backslashes for letters like others.
            return text[1:].replace("\\\\", "\\")
        return text

    def field(self, call: Call) -> Column:
        """A field that is no part of a table, as the output of an expression."""
        return replace(self.typed("Field"), field=field_of_call(call))

    def require_present_oracle(self, what: str) -> None:
        """NoPreview for what older Djangos write in another way on Oracle."""
        if self.profile.literals is Literals.ORACLE and not versions.ORACLE_IN_ITS_PRESENT_WAY(self.dialect.version):
            raise NoPreview(f"{what} on Oracle with this version of Django")

    def typed(self, name: str, **options: Value) -> Column:
        """A field of one of Django's classes, as the output of an expression."""
        anchor = Column(self.table.schema, self.table.model, "", make_field(FIELD_TYPES["django.db.models.Field"]))
        return replace(anchor, field=make_field(FIELD_TYPES[f"django.db.models.{name}"], **options))
