"""A state as tables: what the options of each model mean in a database, and which tables relations bring.

In: a State and a Dialect. Out: `Table` views, made when asked for: names of tables, their columns in Django's order,
the tables behind many-to-many fields, the columns that point to a model. Nothing here writes SQL statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from migration_guard.sql.column import Column, known, make_field, names_of, text_of
from migration_guard.sql.dialect import Dialect
from migration_guard.sql.names import strip_quotes, truncate_name
from migration_guard.sql.statements import NoPreview
from migration_guard.state.fieldtypes import FIELD_TYPES
from migration_guard.state.model import Field, Model, ModelKey, State, resolve_relation
from migration_guard.values import FALSE, TRUE, Call, Const, Ref, Seq, Unknown, Value, plain

_CASCADE = Ref("django.db.models.deletion", "CASCADE")


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

    def require_all_fields(self) -> None:
        """NoPreview where there may be fields that are not known."""
        for doubt in self.model.incomplete:
            raise NoPreview(f"{self.model.app_label}.{self.model.name} is not fully known: {doubt.reason}")

    def columns_of(self, names: Iterable[str]) -> tuple[str, ...]:
        """Columns of fields by name."""
        return tuple(self.find(name).column for name in names)

    @cached_property
    def migrates(self) -> bool:
        """Whether operations on the model do anything: not for proxies, unmanaged or swapped ones, nor past routers."""
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
        # Automatic fields come first wherever the state has them: Django counts them from the other end.
        ordered = sorted(self._columns(model), key=lambda column: not column.auto_created)
        columns = (replace(column, place=place) for place, column in enumerate(ordered))
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
        if not has_key and promoted is None and "id" not in model.fields and not model.incomplete:
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
        row = FIELD_TYPES.get(path) or FIELD_TYPES.get(self.dialect.auto_field_base)
        if row is None:
            raise NoPreview(f"the class DEFAULT_AUTO_FIELD = {path} could not be read")
        made = make_field(row, primary_key=TRUE, auto_created=TRUE, verbose_name=Const("ID"), serialize=FALSE)
        module, _, name = path.rpartition(".")
        return replace(made, call=replace(made.call, func=Ref(module, name)))

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
        for parent in map(self._concrete, self.parents(model)):
            own = {
                resolve_relation(str(label), model.app_label, model.name): name
                for name, field in model.fields.items()
                if field.type is not None and field.type.relation == "o2o" and (label := field.label("to"))
            }
            links[parent.key] = own.get(parent.key, f"{parent.name.lower()}_ptr")
        return links

    def _concrete(self, model: Model) -> Model:
        """The model behind a proxy, and others themselves."""
        behind = next(self.parents(model), None) if model.flag("proxy") else None
        return model if behind is None else self._concrete(behind)

    def migrates(self, model: Model) -> bool:
        if model.flag("proxy") or not model.flag("managed", True):
            return False
        if self._swapped(model) or not self.dialect.allows(model.app_label, {"model_name": model.name.lower()}):
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
        # As in Django, fields with a column come before many-to-many ones.
        for name, field in sorted(model.fields.items(), key=lambda item: item[1].many_to_many):
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
