"""A field on its model as the database sees it: name, type, check, collation, target of a relation.

In: a field, its model and the schema in which relations are looked up. Out: `Column`, whose properties are Django's
`db_parameters` and their like. What is not known raises NoPreview when it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from migration_guard import versions
from migration_guard.sql import types
from migration_guard.sql.dialect import Answers, CustomField
from migration_guard.sql.statements import NoPreview
from migration_guard.state.fieldtypes import FIELD_TYPES, NOT_PROVIDED, FieldType
from migration_guard.state.lineage import allows_empty_strings
from migration_guard.state.model import Field, Model, ModelKey, resolve_relation
from migration_guard.values import NONE, Call, Ref, Unknown, Value, plain

if TYPE_CHECKING:
    from migration_guard.sql.schema import Schema, Table


def make_field(type_: FieldType, **kwargs: Value) -> Field:
    """A field of one of Django's classes, as a migration would write it."""
    module, _, name = type_.path.rpartition(".")
    return Field(Call(Ref(module, name), (), kwargs), type_, dict(kwargs))


def known(value: Value, what: str) -> object:
    """The Python value of an option; NoPreview where it is not known."""
    marker = object()
    found = plain(value, marker)
    if found is marker:
        reason = value.reason if isinstance(value, Unknown) else "its value is not a constant"
        raise NoPreview(f"{what} is not known: {reason}")
    return found


def text_of(value: Value) -> str:
    """A string of an option, "" where there is none."""
    found = plain(value)
    return found if isinstance(found, str) else ""


def names_of(value: Value | None) -> tuple[str, ...]:
    """Names of a list or tuple."""
    if value is None:
        return ()
    found = plain(value)
    return tuple(str(item) for item in found) if isinstance(found, (list, tuple)) else ()


@dataclass(frozen=True, eq=False)
class Column:
    """A field on its model. Many-to-many fields and others without a column have one too: `column` is "" then."""

    schema: Schema
    model: Model
    name: str
    field: Field
    promoted: bool = False
    """The link to a parent model that serves as primary key."""
    auto_created: bool = False
    place: int = 0
    """Its place among the fields of its model."""

    @cached_property
    def custom(self) -> CustomField:
        return self.schema.dialect.custom(self.field)

    def _says(self, method: str) -> object:
        """What a method of the field's class returns: its own, or Django's."""
        answers: Answers = {
            "db_type": self._own_type,
            "rel_db_type": self._own_related_type,
            "db_parameters": self._own_parameters,
            "db_check": self._own_check,
            "db_type_suffix": self._own_suffix,
        }
        if self.custom.doubt is not None:
            raise NoPreview(f"the type of {self.label} is not known: {self.custom.doubt.reason}")
        if method in self.custom.methods:
            return self.custom.call(self.field, method, self.schema.dialect.profile.connection, answers)
        return answers[method]()

    def _text(self, method: str) -> str | None:
        found = self._says(method)
        if found is not None and not isinstance(found, str):
            raise NoPreview(f"what {method}() of {self.field.call.func.path} returns is not known")
        return found

    def _parameter(self, name: str) -> str | None:
        """A value that `db_parameters()` of the field's class has; only asked where the class defines it."""
        found = self._says("db_parameters")
        value = found.get(name) if isinstance(found, dict) else found
        if value is not None and not isinstance(value, str):
            raise NoPreview(f"what db_parameters() of {self.field.call.func.path} returns is not known")
        return value

    @property
    def _has_parameters(self) -> bool:
        return "db_parameters" in self.custom.methods and not self.is_generated

    def _own_parameters(self) -> dict[str, object]:
        return {
            "type": self._says("db_type"),
            "check": self._says("db_check"),
            **({"collation": self._own_collation()} if self.field.attr("db_collation") != NONE else {}),
        }

    @property
    def type_name(self) -> str:
        """Django's class of the field."""
        if self.field.type is None:
            raise NoPreview(f"the class {self.field.call.func.path} of {self.label} could not be read")
        return self.field.type.name

    @property
    def label(self) -> str:
        return f"{self.model.app_label}.{self.model.name}.{self.name}"

    @cached_property
    def internal_type(self) -> str:
        """`get_internal_type()`."""
        if self.field.type is None:
            raise NoPreview(f"the class {self.field.call.func.path} of {self.label} could not be read")
        if self.is_generated:
            return self.output.internal_type
        if self.custom.internal_type is not None:
            return self.custom.internal_type
        if self.field.is_relation:
            # Relations do not name their type: it is the name of whatever class they have.
            return self.field.call.func.name
        return self.field.type.internal_type

    def flag(self, name: str) -> bool:
        """A boolean option of the field."""
        value = self.field.attr(name)
        if isinstance(value, Unknown):
            raise NoPreview(f"{name} of {self.label} is not known: {value.reason}")
        return bool(plain(value))

    def has(self, name: str) -> bool:
        """Whether an option such as a default is given at all."""
        return self.field.attr(name) not in (NOT_PROVIDED, Ref("django.db.models", "NOT_PROVIDED"))

    @property
    def null(self) -> bool:
        return self.flag("null")

    @cached_property
    def primary_key(self) -> bool:
        return self.promoted or self.flag("primary_key")

    @cached_property
    def unique(self) -> bool:
        return self.primary_key or self.type_name == "OneToOneField" or self.flag("unique")

    @property
    def db_index(self) -> bool:
        return self.flag("db_index")

    @property
    def db_constraint(self) -> bool:
        return self.flag("db_constraint")

    @property
    def comment(self) -> str:
        return text_of(self.field.attr("db_comment"))

    @property
    def many_to_many(self) -> bool:
        return self.field.many_to_many

    @property
    def is_relation(self) -> bool:
        """A foreign key with a column, or a many-to-many field."""
        return self.field.is_relation and not self.is_private

    @property
    def is_private(self) -> bool:
        return self.field.type is not None and self.field.type.private

    @property
    def is_foreign_key(self) -> bool:
        return self.is_relation and not self.many_to_many and self.has_column

    @property
    def has_column(self) -> bool:
        return bool(self.column)

    @property
    def is_generated(self) -> bool:
        return self.field.type is not None and self.field.type.name == "GeneratedField"

    @property
    def is_composite_key(self) -> bool:
        return self.field.type is not None and self.field.type.name == "CompositePrimaryKey"

    @cached_property
    def output(self) -> Column:
        """The output field of a generated one."""
        inner = self.inner("output_field")
        return replace(self, field=inner)

    def inner(self, argument: str) -> Field:
        """A field that is an argument of this one."""
        value = self.field.attr(argument)
        if not isinstance(value, Call):
            reason = value.reason if isinstance(value, Unknown) else "it is not a field"
            raise NoPreview(f"{argument} of {self.label} is not known: {reason}")
        return field_of_call(value)

    @cached_property
    def attname(self) -> str:
        if self.field.is_relation and self.field.type is not None and self.field.type.column:
            return f"{self.name}_id"
        return self.name

    @cached_property
    def column(self) -> str:
        if self.field.type is None:
            raise NoPreview(f"the class {self.field.call.func.path} of {self.label} could not be read")
        if not self.field.type.column or self.custom.internal_type == "ManyToManyField":
            return ""
        return text_of(self.field.attr("db_column")) or self.attname

    @cached_property
    def target_table(self) -> Table:
        """The table that a relation points to."""
        return self.schema.table(self.target_key)

    @cached_property
    def target_key(self) -> ModelKey:
        label = self.field.label("to")
        if label is None:
            raise NoPreview(f"the model that {self.label} points to is not known")
        return resolve_relation(str(label), self.model.app_label, self.model.name)

    @cached_property
    def to_field(self) -> str | None:
        """The name of the field that a foreign key points to; None for the primary key."""
        value = self.field.attr("to_field")
        return text_of(value) or None

    @cached_property
    def target(self) -> Column:
        """The column that a foreign key points to."""
        return self.target_table.find(self.to_field) if self.to_field else self.target_table.pk

    @cached_property
    def base(self) -> Column:
        """The items of an array."""
        return replace(self, field=self.inner("base_field"))

    # ------------------------------------------------------------ what the database sees

    @cached_property
    def db_type(self) -> str:
        """The column's type."""
        if self.is_generated and self.custom.doubt is None:
            return self.output.db_type
        found = self._parameter("type") if self._has_parameters else self._text("db_type")
        if found is None:
            raise NoPreview(f"{self.field.call.func.path} has no type ({self.label})")
        return found

    def _own_type(self) -> str:
        if self.is_foreign_key:
            return self.target.related_type
        name, profile = self.type_name, self.schema.dialect.profile
        if name == "ArrayField":
            size = plain(self.field.attr("size"))
            return f"{self.base.db_type}[{size or ''}]"
        if self.is_spatial:
            return self._spatial_type(types.SPATIAL[name])
        gone = name.startswith("CI") and not versions.CITEXT_FIELDS(self.schema.dialect.version)
        if name in types.POSTGRES_TYPES and not gone:
            return types.POSTGRES_TYPES[name]
        template = types.column_type(self.internal_type, profile.types, profile.has_native_uuid)
        if template is None:
            raise NoPreview(f"{profile.name} has no type for {self.internal_type} ({self.label})")
        if "max_length" in template and self._unlimited:
            return template.partition("(")[0]
        return template % self._arguments(template)

    @property
    def is_spatial(self) -> bool:
        """Whether PostGIS keeps it."""
        own = self.field.type is not None and self.field.type.name in types.SPATIAL
        return own and self.schema.dialect.profile.types == "postgresql"

    def spatial(self, option: str) -> object:
        """An option of a spatial field; rasters have no dimension and are no geography."""
        if self.type_name == "RasterField" and option in ("dim", "geography"):
            return None
        return known(self.field.attr(option), f"{option} of {self.label}")

    def _spatial_type(self, shape: str) -> str:
        if shape == types.SPATIAL["RasterField"]:
            return shape
        dimension, srid = "Z" if self.spatial("dim") == 3 else "", self.spatial("srid")
        if self.spatial("geography") and srid != _WGS84:
            raise NoPreview("PostGIS only supports geography columns with an SRID of 4326")
        return f"{'geography' if self.spatial('geography') else 'geometry'}({shape}{dimension},{srid})"

    @property
    def _unlimited(self) -> bool:
        unlimited = self.schema.dialect.profile.unlimited_char_fields
        return unlimited and self.internal_type == "CharField" and plain(self.field.attr("max_length"), 0) is None

    def _arguments(self, template: str) -> dict[str, object]:
        names = [name for name in ("max_length", "max_digits", "decimal_places") if f"%({name})" in template]
        return {name: known(self.field.attr(name), f"{name} of {self.label}") for name in names}

    @cached_property
    def related_type(self) -> str:
        """The type of a column that points to this one."""
        return self._text("rel_db_type") or self.db_type

    def _own_related_type(self) -> str:
        profile = self.schema.dialect.profile
        if self.is_foreign_key:
            return self.db_type
        related = types.RELATED.get(self.internal_type)
        if related is None and profile.types not in types.MATCHING_RELATED:
            related = types.RELATED_POSITIVE.get(self.internal_type)
        if related is None:
            return self.db_type
        return str(types.column_type(related, profile.types, profile.has_native_uuid))

    @cached_property
    def data_type(self) -> str:
        """What decides whether a change of type needs a cast: the type before its arguments are filled in."""
        profile = self.schema.dialect.profile
        if self.is_relation:
            return self.db_type
        if self.internal_type == "CharField" and profile.unlimited_char_fields:
            return "varchar, sized or not"  # a type of its own, unlike the varchar of other fields
        return types.column_type(self.internal_type, profile.types, profile.has_native_uuid) or self.db_type

    def check(self, column: str | None = None) -> str | None:
        """The check that comes with the type, for the column or another name in its place."""
        if self.is_generated or not self.schema.dialect.profile.check_constraints:
            return None
        if self._has_parameters:
            return self._parameter("check")
        return self._text("db_check") if "db_check" in self.custom.methods else self._own_check(column)

    def _own_check(self, column: str | None = None) -> str | None:
        if self.is_foreign_key:
            return None
        template = types.column_check(self.internal_type, self.schema.dialect.profile.types)
        name = column if column is not None else self.column
        return template % {"column": name, "quoted": self.schema.dialect.quote(name)} if template else None

    @property
    def suffix(self) -> str | None:
        """What follows the definition of an automatic key."""
        return self._text("db_type_suffix")

    def _own_suffix(self) -> str | None:
        if self.is_foreign_key or self.internal_type not in types.AUTO:
            return None
        return types.SUFFIXES.get(self.schema.dialect.profile.types)

    @cached_property
    def collation(self) -> str | None:
        if self.is_foreign_key:
            return self.target.collation
        if self.is_generated:
            return self.output.collation
        return self._parameter("collation") if self._has_parameters else self._own_collation()

    def _own_collation(self) -> str | None:
        return text_of(self.field.attr("db_collation")) or None

    @property
    def allows_empty_strings(self) -> bool:
        own = self.custom.empty_strings
        return allows_empty_strings(self.field.type) if own is None else own

    @property
    def on_delete_sql(self) -> str:
        """ON DELETE of the database, where the field asks for it."""
        if not versions.DATABASE_ON_DELETE(self.schema.dialect.version):
            return ""
        value = self.field.attr("on_delete")
        name = value.name if isinstance(value, Ref) else value.func.name if isinstance(value, Call) else ""
        return _ON_DELETE.get(name, "")

    @property
    def tablespace(self) -> str:
        return text_of(self.field.attr("db_tablespace"))

    @cached_property
    def through(self) -> Table | None:
        """The table behind a many-to-many field that Django makes itself; None where a model is named."""
        if not self.many_to_many or self.field.label("through") is not None:
            return None
        value = self.field.attr("through")
        if isinstance(value, Unknown):
            raise NoPreview(f"the model behind {self.label} is not known: {value.reason}")
        return self.schema.through(self)


_WGS84 = 4326
_ON_DELETE = {
    "DB_CASCADE": " ON DELETE CASCADE",
    "DB_SET_NULL": " ON DELETE SET NULL",
    "DB_SET_DEFAULT": " ON DELETE SET DEFAULT",
}


def field_of_call(call: Call) -> Field:
    """A field inside another one (the items of an array, the output of an expression)."""
    row = FIELD_TYPES.get(call.func.path) or FIELD_TYPES.get(f"django.db.models.{call.func.name}")
    if row is None:
        raise NoPreview(f"the class {call.func.path} is not known")
    attrs: dict[str, Value] = {}
    for arg, value in zip([arg for arg in row.args if not arg.keyword_only], call.args, strict=False):
        attrs[arg.name] = value
    return Field(call, row, {**attrs, **call.kwargs})


def relation_name(column: Column) -> str:
    """The name by which Django sorts relations that point to a model: `related_query_name()`."""
    for option in ("related_query_name", "related_name"):
        text = text_of(column.field.attr(option))
        if text:
            names = {"class": column.model.name.lower(), "model_name": column.model.name.lower()}
            try:
                return text % {**names, "app_label": column.model.app_label.lower()}
            except (KeyError, ValueError, TypeError):
                return text
    return column.model.name.lower()


def is_hidden(column: Column) -> bool:
    """Whether the model that a relation points to does not see it: its related_name ends in "+"."""
    return text_of(column.field.attr("related_name")).endswith("+")
