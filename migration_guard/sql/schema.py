"""A state as tables: what the fields and options of each model mean in a database.

In: a State and a Dialect. Out: `Table` and `Column` views, made when asked for: names of tables and columns, types,
targets of relations, the tables behind many-to-many fields. Nothing here writes SQL statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from migration_guard import versions
from migration_guard.sql import types
from migration_guard.sql.dialect import CustomField, Dialect
from migration_guard.sql.names import strip_quotes, truncate_name
from migration_guard.sql.statements import NoPreview
from migration_guard.state.fieldtypes import FIELD_TYPES, NOT_PROVIDED, FieldType
from migration_guard.state.model import Field, Model, ModelKey, State, resolve_relation
from migration_guard.values import FALSE, TRUE, Call, Const, Ref, Seq, Unknown, Value, plain

_CASCADE = Ref("django.db.models.deletion", "CASCADE")


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
        if not self.field.type.column:
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
        if self.custom.doubt is not None:
            raise NoPreview(f"the type of {self.label} is not known: {self.custom.doubt.reason}")
        if self.custom.db_type is not None:
            return self.custom.db_type
        if self.is_generated:
            return self.output.db_type
        if self.is_foreign_key:
            return self.target.related_type
        return self._own_type()

    def _own_type(self) -> str:
        name, profile = self.type_name, self.schema.dialect.profile
        if name == "ArrayField":
            size = plain(self.field.attr("size"))
            return f"{self.base.db_type}[{size or ''}]"
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
    def _unlimited(self) -> bool:
        unlimited = self.schema.dialect.profile.unlimited_char_fields
        return unlimited and self.internal_type == "CharField" and plain(self.field.attr("max_length"), 0) is None

    def _arguments(self, template: str) -> dict[str, object]:
        names = [name for name in ("max_length", "max_digits", "decimal_places") if f"%({name})" in template]
        return {name: known(self.field.attr(name), f"{name} of {self.label}") for name in names}

    @cached_property
    def related_type(self) -> str:
        """The type of a column that points to this one."""
        profile = self.schema.dialect.profile
        if self.custom.db_type is not None or self.custom.doubt is not None or self.is_foreign_key:
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
        return types.column_type(self.internal_type, profile.types, profile.has_native_uuid) or self.db_type

    def check(self, column: str | None = None) -> str | None:
        """The check that comes with the type, for the column or another name in its place."""
        if self.is_foreign_key or self.is_generated or self.custom.db_type is not None:
            return None
        template = types.column_check(self.internal_type, self.schema.dialect.profile.types)
        name = column if column is not None else self.column
        return template % {"column": name, "quoted": self.schema.dialect.quote(name)} if template else None

    @property
    def suffix(self) -> str | None:
        """What follows the definition of an automatic key."""
        if self.is_foreign_key or self.internal_type not in types.AUTO:
            return None
        return types.SUFFIXES.get(self.schema.dialect.profile.types)

    @cached_property
    def collation(self) -> str | None:
        if self.is_foreign_key:
            return self.target.collation
        if self.is_generated:
            return self.output.collation
        return text_of(self.field.attr("db_collation")) or None

    @property
    def allows_empty_strings(self) -> bool:
        return self.field.type is not None and not self.is_foreign_key and self.internal_type in types.EMPTY_STRINGS

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


@dataclass(frozen=True, eq=False)
class Table:
    """A model as a table. `columns` are its local fields with a column, in Django's order."""

    schema: Schema
    model: Model
    name: str
    fields: tuple[Column, ...]
    auto_created: bool = False

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.fields if column.has_column)

    @cached_property
    def many_to_many(self) -> tuple[Column, ...]:
        return tuple(column for column in self.fields if column.many_to_many)

    @property
    def key(self) -> ModelKey:
        return self.model.key

    @cached_property
    def composite_key(self) -> Column | None:
        return next((column for column in self.fields if column.is_composite_key), None)

    @cached_property
    def pk(self) -> Column:
        for column in self.columns:
            if column.primary_key:
                return column
        if self.composite_key is not None:
            return self.composite_key
        raise NoPreview(f"the primary key of {self.model.app_label}.{self.model.name} is not known")

    def find(self, name: str) -> Column:
        """A field by name (or attname, or "pk"), also one of a parent model."""
        for column in self.fields:
            if name in (column.name, column.attname):
                return column
        if name == "pk":
            return self.pk
        for parent in self.schema.parents(self.model):
            try:
                return self.schema.table(parent.key).find(name)
            except NoPreview:
                continue
        raise NoPreview(f"{self.model.app_label}.{self.model.name} has no field {name} that is known")

    def columns_of(self, names: Iterable[str]) -> tuple[str, ...]:
        """Columns of fields by name."""
        return tuple(self.find(name).column for name in names)

    @cached_property
    def migrates(self) -> bool:
        """Whether operations on the model do anything: not for proxies, unmanaged and swapped models."""
        return self.schema.migrates(self.model)

    @property
    def tablespace(self) -> str:
        return text_of(self.model.option("db_tablespace")) or self.schema.dialect.default_tablespace

    @property
    def comment(self) -> str:
        return text_of(self.model.option("db_table_comment"))

    def objects(self, option: str) -> tuple[Call, ...]:
        """Its indexes or constraints."""
        value = self.model.option(option)
        if isinstance(value, Unknown):
            raise NoPreview(f"{option} of {self.model.app_label}.{self.model.name} are not known: {value.reason}")
        if not isinstance(value, Seq):
            return ()
        found = []
        for item in value:
            if not isinstance(item, Call):
                reason = item.reason if isinstance(item, Unknown) else "it is not read"
                raise NoPreview(f"one of the {option} of {self.model.name} is not known: {reason}")
            found.append(item)
        return tuple(found)

    def together(self, option: str) -> tuple[tuple[str, ...], ...]:
        """The rows of unique_together or index_together."""
        return together_rows(self.model.option(option), f"{option} of {self.model.app_label}.{self.model.name}")


def together_rows(value: Value, what: str) -> tuple[tuple[str, ...], ...]:
    """Rows of field names, each a tuple."""
    if isinstance(value, Unknown):
        raise NoPreview(f"{what} is not known: {value.reason}")
    if not isinstance(value, Seq) or not value.items:
        return ()
    if not isinstance(value.items[0], Seq):
        return (names_of(Seq("list", value.items)),)
    return tuple(names_of(Seq("list", row.items)) for row in value.items if isinstance(row, Seq))


class Schema:
    """The tables of a state, each made once. `overlay` models take the place of those of the state."""

    def __init__(self, state: State, dialect: Dialect) -> None:
        self.state = state
        self.dialect = dialect
        self._tables: dict[ModelKey, Table] = {}
        self._through: dict[tuple[ModelKey, str], Table] = {}

    def model(self, key: ModelKey) -> Model:
        found = self.state.get(key)
        if found is None:
            raise NoPreview(f"there is no model {key[0]}.{key[1]} at this point")
        return found

    def table(self, key: ModelKey) -> Table:
        """The table of a model; a proxy has that of the model behind it."""
        if key not in self._tables:
            model = self.model(key)
            if model.incomplete and any(model.incomplete):
                raise NoPreview(f"{model.app_label}.{model.name} is not fully known: {model.incomplete[0].reason}")
            self._tables[key] = self._proxied(model) if model.flag("proxy") else self.build(model)
        return self._tables[key]

    def adopt(self, table: Table) -> None:
        """Take a table that was made elsewhere for a model of this state."""
        self._tables[table.key] = table

    def _proxied(self, model: Model) -> Table:
        parents = list(self.parents(model))
        if not parents:
            raise NoPreview(f"the model behind the proxy {model.app_label}.{model.name} is not known")
        return replace(self.table(parents[0].key), model=model)

    def build(self, model: Model, name: str | None = None) -> Table:
        """The table of a model as it stands, under its own or another name."""
        columns = (replace(column, place=place) for place, column in enumerate(self._columns(model)))
        return Table(self, model, name or self.table_name(model), tuple(columns))

    def table_name(self, model: Model) -> str:
        explicit = model.option("db_table")
        given = known(explicit, f"db_table of {model.app_label}.{model.name}")
        if given:
            return str(given)
        return truncate_name(f"{model.app_label}_{model.name.lower()}", self.dialect.table_length)

    def _columns(self, model: Model) -> Iterator[Column]:
        links = self._parent_links(model)
        has_key = any(plain(field.attr("primary_key")) is True for field in model.fields.values())
        promoted = None if has_key else next(iter(links.values()), None)
        if not has_key and promoted is None and "id" not in model.fields:
            yield Column(self, model, "id", self.auto_key(), auto_created=True)
        for parent, name in links.items():
            if name not in model.fields:
                field = make_field(
                    FIELD_TYPES["django.db.models.OneToOneField"],
                    to=Const(f"{parent[0]}.{parent[1]}"), on_delete=_CASCADE, parent_link=TRUE,
                )  # fmt: skip
                yield Column(self, model, name, field, promoted=name == promoted, auto_created=True)
        for name, field in model.fields.items():
            if field.unknown is not None:
                raise NoPreview(f"{model.app_label}.{model.name}.{name} is not known: {field.unknown.reason}")
            automatic = plain(field.attr("auto_created")) is True
            yield Column(self, model, name, field, promoted=name == promoted, auto_created=automatic)
        if plain(model.option("order_with_respect_to")) and "_order" not in model.fields:
            yield Column(self, model, "_order", make_field(FIELD_TYPES["django.db.models.OrderWrt"]))

    def auto_key(self) -> Field:
        """The primary key that a model without one gets."""
        path = self.dialect.default_auto_field
        row = FIELD_TYPES.get(path)
        if row is None:
            raise NoPreview(f"DEFAULT_AUTO_FIELD {path} is not one of Django's own fields")
        return make_field(row, primary_key=TRUE, auto_created=TRUE, verbose_name=Const("ID"), serialize=FALSE)

    def parents(self, model: Model) -> Iterator[Model]:
        """The models that it inherits from, as far as they are models of the state."""
        for base in model.bases:
            if isinstance(base, Const) and isinstance(base.value, str):
                found = self.state.get(resolve_relation(base.value, model.app_label, model.name))
                if found is not None:
                    yield found

    def _parent_links(self, model: Model) -> dict[ModelKey, str]:
        if model.flag("proxy"):
            return {}
        links: dict[ModelKey, str] = {}
        for parent in self.parents(model):
            own = {
                resolve_relation(str(label), model.app_label, model.name): name
                for name, field in model.fields.items()
                if field.type is not None and field.type.relation == "o2o" and (label := field.label("to"))
            }
            links[parent.key] = own.get(parent.key, f"{parent.name.lower()}_ptr")
        return links

    def migrates(self, model: Model) -> bool:
        if model.flag("proxy") or not model.flag("managed", True):
            return False
        if self._swapped(model):
            return False
        vendor = text_of(model.option("required_db_vendor"))
        profile = self.dialect.profile
        return not vendor or vendor == profile.vendor

    def _swapped(self, model: Model) -> bool:
        setting = text_of(model.option("swappable"))
        if not setting:
            return False
        chosen = self.dialect.setting(setting)
        return bool(chosen) and chosen.lower() != model.label_lower

    # ------------------------------------------------------------ relations

    def through(self, column: Column) -> Table:
        """The table that Django makes for a many-to-many field."""
        place = (column.model.key, column.name)
        if place not in self._through:
            model = self._through_model(column)
            table = self.build(model)
            self._through[place] = replace(table, auto_created=True)
        return self._through[place]

    def _through_model(self, column: Column) -> Model:
        owner, key = column.model, column.target_key
        source, target = owner.name.lower(), key[1]
        if source == target:
            source, target = f"from_{source}", f"to_{target}"
        related = Const(f"{owner.name}_{column.name}+")
        options: dict[str, Value] = {
            "on_delete": _CASCADE, "related_name": related,
            "db_constraint": column.field.attr("db_constraint"), "db_tablespace": column.field.attr("db_tablespace"),
        }  # fmt: skip
        row = FIELD_TYPES["django.db.models.ForeignKey"]
        other = self.state.get(key)
        managed = owner.flag("managed", True) or other is None or other.flag("managed", True)
        return Model(
            owner.app_label,
            f"{owner.name}_{column.name}",
            {
                source: make_field(row, to=Const(owner.label_lower), **options),
                target: make_field(row, to=Const(f"{key[0]}.{key[1]}"), **options),
            },
            {
                "db_table": Const(self.through_name(column)),
                "unique_together": Seq("set", (Seq("tuple", (Const(source), Const(target))),)),
                "db_tablespace": owner.option("db_tablespace"),
                "managed": Const(managed),
            },
        )

    def through_name(self, column: Column) -> str:
        given = known(column.field.attr("db_table"), f"db_table of {column.label}")
        if given:
            return str(given)
        owner = self.table(column.model.key).name
        return truncate_name(f"{strip_quotes(owner)}_{column.name}", self.dialect.table_length)

    def related(self, key: ModelKey, *, hidden: bool = True) -> list[Column]:
        """The foreign keys that point to a model, those of tables behind many-to-many fields included if `hidden`.

        In the order of the state; many-to-many fields that point to it come with `hidden` False.
        """
        found: list[Column] = []
        for model in self.state:
            if model.flag("proxy"):
                continue
            found += self._relations_of(model, key, hidden)
        return found

    def _relations_of(self, model: Model, key: ModelKey, hidden: bool) -> Iterator[Column]:
        if not hidden and key not in model.targets:
            return
        owner = None
        for name, field in model.fields.items():
            if not field.is_relation or (field.type is not None and field.type.private):
                continue
            points = field.label("to") is not None and Column(self, model, name, field).target_key == key
            if not points and not (field.many_to_many and model.key == key):
                continue
            owner = owner or self.table(model.key)
            column = owner.find(name)
            if not column.many_to_many:
                if column.has_column:
                    yield column
            elif not hidden:
                if points:
                    yield column
            elif column.through is not None:
                yield from (link for link in column.through.columns if link.is_foreign_key and link.target_key == key)


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
