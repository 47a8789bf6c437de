"""Fields of `django.contrib.postgres`, `django.contrib.gis` and `django.contrib.contenttypes`.

In and out as in `fields`.
"""

from __future__ import annotations

from migration_guard.evaluate.objects import Class, Instance, Object, Raised
from migration_guard.project.natives.declare import Interp, get, hook, method, native_class, put, send, truth, up
from migration_guard.project.natives.fields import FIELD
from migration_guard.project.natives.plain_fields import (
    BIG_INTEGER,
    CHAR,
    DATE,
    DATE_TIME,
    DECIMAL,
    DEFAULT_MIXIN,
    EMAIL,
    INTEGER,
    JSON,
    TEXT,
    parts,
    write_unless,
)
from migration_guard.project.natives.relations import CACHE_MIXIN, FOREIGN_OBJECT, FOREIGN_OBJECT_REL, ON_DELETE
from migration_guard.versions import ARRAY_SIZE_ALWAYS_WRITTEN

POSTGRES = "django.contrib.postgres.fields"
SEARCH = "django.contrib.postgres.search"
GIS = "django.contrib.gis.db.models.fields"
CONTENTTYPES = "django.contrib.contenttypes.fields"


def _field(module: str, name: str, *bases: Class, canonical: str | None = None, **namespace: Object) -> Class:
    cls = native_class(module, name, bases or (FIELD,), namespace, canonical)
    return cls


# PostgreSQL

POSTGRES_MIXIN = native_class(POSTGRES + ".utils", "CheckPostgresInstalledMixin")
ARRAY = _field(
    POSTGRES + ".array",
    "ArrayField",
    POSTGRES_MIXIN,
    DEFAULT_MIXIN,
    FIELD,
    canonical=POSTGRES + ".ArrayField",
    empty_strings_allowed=False,
    _default_hint=("list", "[]"),
)
HSTORE = _field(
    POSTGRES + ".hstore",
    "HStoreField",
    POSTGRES_MIXIN,
    DEFAULT_MIXIN,
    FIELD,
    empty_strings_allowed=False,
    _default_hint=("dict", "{}"),
)
OLD_JSON = _field(POSTGRES + ".jsonb", "JSONField", JSON)
CI_TEXT_MIXIN = native_class(POSTGRES + ".citext", "CIText")
CI_CHAR = _field(POSTGRES + ".citext", "CICharField", CHAR)
CI_EMAIL = _field(POSTGRES + ".citext", "CIEmailField", EMAIL)
CI_TEXT = _field(POSTGRES + ".citext", "CITextField", TEXT)
RANGE = _field(POSTGRES + ".ranges", "RangeField", POSTGRES_MIXIN, FIELD, empty_strings_allowed=False)
CONTINUOUS_RANGE = _field(POSTGRES + ".ranges", "ContinuousRangeField", RANGE)
INTEGER_RANGE = _field(POSTGRES + ".ranges", "IntegerRangeField", RANGE, base_field=INTEGER)
BIG_INTEGER_RANGE = _field(POSTGRES + ".ranges", "BigIntegerRangeField", RANGE, base_field=BIG_INTEGER)
DECIMAL_RANGE = _field(POSTGRES + ".ranges", "DecimalRangeField", CONTINUOUS_RANGE, base_field=DECIMAL)
DATE_TIME_RANGE = _field(POSTGRES + ".ranges", "DateTimeRangeField", CONTINUOUS_RANGE, base_field=DATE_TIME)
DATE_RANGE = _field(POSTGRES + ".ranges", "DateRangeField", RANGE, base_field=DATE)
SEARCH_VECTOR_FIELD = _field(SEARCH, "SearchVectorField", POSTGRES_MIXIN, FIELD)
SEARCH_QUERY_FIELD = _field(SEARCH, "SearchQueryField", POSTGRES_MIXIN, FIELD)


@method(ARRAY, "__init__")
def _array_init(interp: Interp, self: Instance, base_field: Object, size: Object = None, **kwargs: Object) -> None:
    put(interp, self, "base_field", base_field)
    collation = base_field.attrs.get("db_collation") if isinstance(base_field, Instance) else None
    put(interp, self, "db_collation", collation)
    put(interp, self, "size", size)
    up(interp, ARRAY, self, "__init__", **kwargs)


@method(ARRAY, "deconstruct")
def _array_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, ARRAY, self)
    base_field = get(interp, self, "base_field")
    kwargs["base_field"] = send(interp, base_field, "clone") if isinstance(base_field, Instance) else base_field
    size = get(interp, self, "size")
    if size is not None or ARRAY_SIZE_ALWAYS_WRITTEN(interp.version):
        kwargs["size"] = size
    return name, path, args, kwargs


def _name_base_field(cls: Class) -> None:
    @method(cls, "set_attributes_from_name")
    def _set(interp: Interp, self: Instance, name: Object) -> None:
        up(interp, cls, self, "set_attributes_from_name", name)
        base_field = self.attrs.get("base_field")
        if isinstance(base_field, Instance):
            send(interp, base_field, "set_attributes_from_name", name)


_name_base_field(ARRAY)
_name_base_field(RANGE)


@method(RANGE, "__init__")
def _range_init(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> None:
    if "default_bounds" in kwargs:
        raise Raised("TypeError", f"Cannot use 'default_bounds' with {self.cls.name}.")
    base = self.cls.find("base_field")
    if isinstance(base, Class):
        put(interp, self, "base_field", interp.call(base, [], {}))
    up(interp, RANGE, self, "__init__", *args, **kwargs)


@method(CONTINUOUS_RANGE, "__init__")
def _continuous_init(
    interp: Interp, self: Instance, *args: Object, default_bounds: Object = "[)", **kwargs: Object
) -> None:
    put(interp, self, "default_bounds", default_bounds)
    up(interp, CONTINUOUS_RANGE, self, "__init__", *args, **kwargs)


@method(CONTINUOUS_RANGE, "deconstruct")
def _continuous_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, CONTINUOUS_RANGE, self)
    bounds = get(interp, self, "default_bounds")
    if bounds != "[)" and truth(bounds) is not False:
        kwargs["default_bounds"] = bounds
    return name, path, args, kwargs


# GIS

SPATIAL = _field(GIS, "BaseSpatialField", empty_strings_allowed=False)
GEOMETRY = _field(GIS, "GeometryField", SPATIAL, geom_type="GEOMETRY", geom_class=None)
SHAPES = tuple(
    _field(GIS, shape + "Field", GEOMETRY, geom_type=shape.upper())
    for shape in (
        "Point",
        "LineString",
        "Polygon",
        "MultiPoint",
        "MultiLineString",
        "MultiPolygon",
        "GeometryCollection",
    )
)
RASTER = _field(GIS, "RasterField", SPATIAL, geom_type="RASTER", geography=False)
EXTENT = _field(GIS, "ExtentField")


@method(SPATIAL, "__init__")
def _spatial_init(
    interp: Interp,
    self: Instance,
    verbose_name: Object = None,
    srid: Object = 4326,
    spatial_index: Object = True,
    **kwargs: Object,
) -> None:
    put(interp, self, "spatial_index", spatial_index)
    put(interp, self, "srid", srid)
    kwargs["verbose_name"] = verbose_name
    up(interp, SPATIAL, self, "__init__", **kwargs)


@method(SPATIAL, "deconstruct")
def _spatial_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, SPATIAL, self)
    kwargs["srid"] = get(interp, self, "srid")
    write_unless(interp, self, kwargs, spatial_index=True)
    return name, path, args, kwargs


_GEOMETRY_DEFAULTS: dict[str, tuple[str, Object]] = {
    "dim": ("dim", 2),
    "geography": ("geography", False),
    "_extent": ("extent", (-180.0, -90.0, 180.0, 90.0)),
    "_tolerance": ("tolerance", 0.05),
}


@method(GEOMETRY, "__init__")
def _geometry_init(
    interp: Interp,
    self: Instance,
    verbose_name: Object = None,
    dim: Object = 2,
    geography: Object = False,
    *,
    extent: Object = (-180.0, -90.0, 180.0, 90.0),
    tolerance: Object = 0.05,
    max_geom_collections: Object = None,
    **kwargs: Object,
) -> None:
    own = {"dim": dim, "geography": geography, "_extent": extent, "_tolerance": tolerance}
    for attribute, value in {**own, "max_geom_collections": max_geom_collections}.items():
        put(interp, self, attribute, value)
    up(interp, GEOMETRY, self, "__init__", verbose_name=verbose_name, **kwargs)


@method(GEOMETRY, "deconstruct")
def _geometry_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, GEOMETRY, self)
    for attribute, (keyword, default) in _GEOMETRY_DEFAULTS.items():
        value = get(interp, self, attribute)
        if value != default and not (keyword == "geography" and value is default):
            kwargs[keyword] = value
    return name, path, args, kwargs


# Content types

GENERIC_FOREIGN_KEY = _field(
    CONTENTTYPES,
    "GenericForeignKey",
    CACHE_MIXIN,
    FIELD,
    many_to_many=False,
    many_to_one=True,
    one_to_many=False,
    one_to_one=False,
)
GENERIC_REL = native_class(CONTENTTYPES, "GenericRel", (FOREIGN_OBJECT_REL,))
GENERIC_RELATION = _field(
    CONTENTTYPES,
    "GenericRelation",
    FOREIGN_OBJECT,
    rel_class=GENERIC_REL,
    one_to_many=True,
    many_to_one=False,
    mti_inherited=False,
)


@method(GENERIC_FOREIGN_KEY, "__init__")
def _generic_key_init(
    interp: Interp,
    self: Instance,
    ct_field: Object = "content_type",
    fk_field: Object = "object_id",
    for_concrete_model: Object = True,
) -> None:
    up(interp, GENERIC_FOREIGN_KEY, self, "__init__", editable=False)
    put(interp, self, "ct_field", ct_field)
    put(interp, self, "fk_field", fk_field)
    put(interp, self, "for_concrete_model", for_concrete_model)
    put(interp, self, "is_relation", True)


@method(GENERIC_FOREIGN_KEY, "get_attname_column")
def _generic_key_columns(interp: Interp, self: Instance) -> Object:
    return self.attrs.get("name"), None


def _contribute_privately(cls: Class) -> None:
    @method(cls, "contribute_to_class")
    def _contribute(interp: Interp, self: Instance, model: Object, name: Object, **kwargs: Object) -> None:
        self.attrs["name"] = self.attrs.get("name") or name
        self.attrs["model"] = model
        add = hook(interp, "add_field")
        if add is not None:
            add(model, self, name, True)


_contribute_privately(GENERIC_FOREIGN_KEY)
_contribute_privately(GENERIC_RELATION)


@method(GENERIC_RELATION, "__init__")
def _generic_relation_init(
    interp: Interp,
    self: Instance,
    to: Object,
    object_id_field: Object = "object_id",
    content_type_field: Object = "content_type",
    for_concrete_model: Object = True,
    related_query_name: Object = None,
    limit_choices_to: Object = None,
    **kwargs: Object,
) -> None:
    kwargs.update(null=True, blank=True, on_delete=ON_DELETE["CASCADE"], editable=False, serialize=False)
    kwargs["rel"] = Instance(GENERIC_REL, {
        "field": self, "model": to, "related_name": related_query_name or "+", "related_query_name": related_query_name,
        "limit_choices_to": {} if limit_choices_to is None else limit_choices_to, "parent_link": False,
        "on_delete": ON_DELETE["DO_NOTHING"],
    })  # fmt: skip
    up(interp, GENERIC_RELATION, self, "__init__", to, from_fields=[object_id_field], to_fields=[], **kwargs)
    put(interp, self, "object_id_field_name", object_id_field)
    put(interp, self, "content_type_field_name", content_type_field)
    put(interp, self, "for_concrete_model", for_concrete_model)


@method(GENERIC_RELATION, "get_internal_type")
def _generic_relation_type(interp: Interp, self: Instance) -> Object:
    return "ManyToManyField"


def is_private(field: Instance) -> bool:
    """Not part of a model's state: `GenericForeignKey`, `GenericRelation`."""
    return any(cls in field.cls.mro for cls in (GENERIC_FOREIGN_KEY, GENERIC_RELATION))


CONTRIB_FIELDS: tuple[Class, ...] = (
    ARRAY, HSTORE, OLD_JSON, CI_TEXT_MIXIN, CI_CHAR, CI_EMAIL, CI_TEXT, RANGE, CONTINUOUS_RANGE, INTEGER_RANGE,
    BIG_INTEGER_RANGE, DECIMAL_RANGE, DATE_TIME_RANGE, DATE_RANGE, SEARCH_VECTOR_FIELD, SEARCH_QUERY_FIELD, SPATIAL,
    GEOMETRY, *SHAPES, RASTER, EXTENT, GENERIC_FOREIGN_KEY, GENERIC_REL, GENERIC_RELATION, POSTGRES_MIXIN,
)  # fmt: skip
