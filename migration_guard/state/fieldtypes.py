"""Django's field classes as a table: arguments in positional order, defaults, what `deconstruct()` does with them.

One row per class of `django.db.models`, `django.contrib.postgres`, `django.contrib.gis` and `contenttypes`. Rows are
facts; what deconstructs a field lives in `project/natives`, what turns it into SQL in `sql`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from migration_guard.values import FALSE, NONE, TRUE, Const, Ref, Seq, Value
from migration_guard.versions import COMPOSITE_PRIMARY_KEY, DB_DEFAULT, GENERATED_FIELD, Feature

NOT_PROVIDED: Value = Ref("django.db.models.fields", "NOT_PROVIDED")
"""What `Field.default` is where there is none."""


@dataclass(frozen=True, slots=True)
class Arg:
    """An argument of a field's `__init__`. `gate` says which versions know it (None: all)."""

    name: str
    default: Value = NONE
    gate: Feature | None = None
    keyword_only: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class FieldType:
    """A field class: `path` is what Django's `deconstruct()` names it."""

    path: str
    internal_type: str
    args: tuple[Arg, ...]
    relation: str | None = None
    """None, "fk", "o2o" or "m2m"."""
    parent: str | None = None
    """Path of the field class that it derives from."""
    column: bool = True
    """It has a column of its own (not: many-to-many, composite keys, generic relations)."""
    private: bool = False
    """Not part of the state that migrations describe (`GenericForeignKey`, `GenericRelation`)."""
    always: tuple[str, ...] = ()
    """Arguments that `deconstruct()` writes even where they are the default."""
    hidden: Mapping[str, Value] = field(default_factory=dict)
    """Arguments that the class sets itself and `deconstruct()` leaves out."""
    gate: Feature | None = None
    """Versions that have the class (None: all)."""
    historical: bool = False
    """Kept for old migrations only; models cannot use it any more."""

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    def default(self, name: str) -> Value:
        """The value that an option has where nothing is given (None for one that the class does not have)."""
        if name in self.hidden:
            return self.hidden[name]
        for arg in self.args:
            if arg.name == name:
                return arg.default
        return NONE


_EMPTY = Const("")
_NO_ITEMS = Seq("list", ())

_FIELD_ARGS: tuple[Arg, ...] = (
    Arg("verbose_name"),
    Arg("name"),
    Arg("primary_key", FALSE),
    Arg("max_length"),
    Arg("unique", FALSE),
    Arg("blank", FALSE),
    Arg("null", FALSE),
    Arg("db_index", FALSE),
    Arg("rel"),
    Arg("default", NOT_PROVIDED),
    Arg("editable", TRUE),
    Arg("serialize", TRUE),
    Arg("unique_for_date"),
    Arg("unique_for_month"),
    Arg("unique_for_year"),
    Arg("choices"),
    Arg("help_text", _EMPTY),
    Arg("db_column"),
    Arg("db_tablespace"),
    Arg("auto_created", FALSE),
    Arg("validators", _NO_ITEMS),
    Arg("error_messages"),
    Arg("db_comment"),
    Arg("db_default", NOT_PROVIDED, DB_DEFAULT),
)

_KEYWORD_FIELD_ARGS = tuple(replace(arg, keyword_only=True) for arg in _FIELD_ARGS)


def _with_defaults(args: tuple[Arg, ...], defaults: Mapping[str, Value]) -> tuple[Arg, ...]:
    return tuple(replace(arg, default=defaults[arg.name]) if arg.name in defaults else arg for arg in args)


def _own_first(*own: Arg, positional: tuple[str, ...] = ("verbose_name", "name")) -> tuple[Arg, ...]:
    """`(verbose_name, name, <own>, **kwargs)`: the shape of most of Django's own signatures."""
    taken = {arg.name for arg in own}
    head = tuple(arg for arg in _FIELD_ARGS if arg.name in positional)
    rest = tuple(arg for arg in _KEYWORD_FIELD_ARGS if arg.name not in positional and arg.name not in taken)
    return (*head, *own, *rest)


def _keyword(name: str, default: Value = NONE) -> Arg:
    return Arg(name, default, keyword_only=True)


_COLLATED = (*_FIELD_ARGS, _keyword("db_collation"))
_MOMENT = _own_first(Arg("auto_now", FALSE), Arg("auto_now_add", FALSE))


def _plain(name: str, parent: str = "Field", internal: str | None = None, **kw: Any) -> FieldType:
    kw.setdefault("args", _FIELD_ARGS)
    return FieldType(f"django.db.models.{name}", internal or name, parent=f"django.db.models.{parent}", **kw)


def _long(length: int, args: tuple[Arg, ...]) -> tuple[Arg, ...]:
    return _with_defaults(args, {"max_length": Const(length)})


def _texts_and_moments() -> list[FieldType]:
    slug = tuple(arg for arg in _COLLATED if arg.name not in ("max_length", "db_index"))
    slug += (_keyword("max_length", Const(50)), _keyword("db_index", TRUE), _keyword("allow_unicode", FALSE))
    path = (Arg("path", _EMPTY), Arg("match"), Arg("recursive", FALSE), Arg("allow_files", TRUE))
    return [
        FieldType("django.db.models.Field", "Field", _FIELD_ARGS),
        _plain("CharField", args=_COLLATED),
        _plain("CommaSeparatedIntegerField", "CharField", "CharField", args=_COLLATED, historical=True),
        _plain("EmailField", "CharField", "CharField", args=_long(254, _COLLATED), always=("max_length",)),
        _plain("SlugField", "CharField", args=slug),
        _plain("TextField", args=_COLLATED),
        _plain("URLField", "CharField", "CharField", args=_long(200, _own_first(_keyword("db_collation")))),
        _plain("FilePathField", args=_long(100, _own_first(*path, Arg("allow_folders", FALSE)))),
        _plain("DateField", args=_MOMENT),
        _plain("DateTimeField", "DateField", args=_MOMENT),
        _plain("TimeField", args=_MOMENT),
        _plain("DurationField"),
    ]


def _numbers() -> list[FieldType]:
    auto: dict[str, Any] = {
        "always": ("primary_key",),
        "hidden": {"blank": TRUE},
        "args": _with_defaults(_FIELD_ARGS, {"blank": TRUE}),
    }
    not_editable = _with_defaults(_FIELD_ARGS, {"editable": FALSE})
    return [
        _plain("BooleanField"),
        _plain(
            "NullBooleanField", "BooleanField", "BooleanField", hidden={"null": TRUE, "blank": TRUE}, historical=True
        ),
        _plain("DecimalField", args=_own_first(Arg("max_digits"), Arg("decimal_places"))),
        _plain("FloatField"),
        _plain("IntegerField"),
        _plain("BigIntegerField", "IntegerField"),
        _plain("SmallIntegerField", "IntegerField"),
        _plain("PositiveBigIntegerField", "BigIntegerField"),
        _plain("PositiveIntegerField", "IntegerField"),
        _plain("PositiveSmallIntegerField", "SmallIntegerField"),
        _plain("AutoField", "IntegerField", **auto),
        _plain("BigAutoField", "BigIntegerField", **auto),
        _plain("SmallAutoField", "SmallIntegerField", **auto),
        _plain("OrderWrt", "IntegerField", "IntegerField", hidden={"name": Const("_order")}, args=not_editable),
    ]


def _others() -> list[FieldType]:
    address = _own_first(Arg("protocol", Const("both")), Arg("unpack_ipv4", FALSE))
    upload = (_keyword("upload_to", _EMPTY), _keyword("storage"))
    image = _own_first(Arg("width_field"), Arg("height_field"), *upload)
    generated = tuple(
        Arg(name, keyword_only=True, required=True) for name in ("expression", "output_field", "db_persist")
    )
    computed = {"editable": FALSE, "blank": TRUE}
    return [
        _plain("IPAddressField", hidden={"max_length": Const(15)}, historical=True),
        _plain("GenericIPAddressField", args=address, hidden={"max_length": Const(39)}),
        _plain("BinaryField", args=_with_defaults(_FIELD_ARGS, {"editable": FALSE})),
        _plain("UUIDField", args=_own_first(positional=("verbose_name",)), hidden={"max_length": Const(32)}),
        _plain(
            "FileField", args=_long(100, _own_first(Arg("upload_to", _EMPTY), Arg("storage"))), always=("upload_to",)
        ),
        _plain("ImageField", "FileField", "FileField", args=_long(100, image), always=("upload_to",)),
        _plain("JSONField", args=_own_first(Arg("encoder"), Arg("decoder"))),
        _plain(
            "GeneratedField",
            gate=GENERATED_FIELD,
            always=("expression", "output_field", "db_persist"),
            hidden=computed,
            args=(*generated, *_with_defaults(_KEYWORD_FIELD_ARGS, computed)),
        ),
        _plain(
            "CompositePrimaryKey",
            gate=COMPOSITE_PRIMARY_KEY,
            column=False,
            always=("editable", "primary_key", "blank"),
            args=_with_defaults(_KEYWORD_FIELD_ARGS, {**computed, "primary_key": TRUE}),
        ),
    ]


_TO, _ON_DELETE = Arg("to", required=True), Arg("on_delete", required=True)
_RELATED = (Arg("related_name"), Arg("related_query_name"), Arg("limit_choices_to"))
_CONSTRAINT, _SWAPPABLE = Arg("db_constraint", TRUE), Arg("swappable", TRUE)


def _by_keyword(*args: Arg) -> tuple[Arg, ...]:
    return tuple(replace(arg, keyword_only=True) for arg in args)


def _foreign_keys() -> list[FieldType]:
    m = "django.db.models."
    fields = _with_defaults(_KEYWORD_FIELD_ARGS, {"db_index": TRUE})
    foreign = (*_RELATED, Arg("parent_link", FALSE))
    ends = (_TO, _ON_DELETE, Arg("from_fields", required=True), Arg("to_fields", required=True), Arg("rel"))
    others = tuple(arg for arg in _KEYWORD_FIELD_ARGS if arg.name != "rel")
    key = (_TO, _ON_DELETE, *foreign, Arg("to_field"), _CONSTRAINT, *_by_keyword(_SWAPPABLE), *fields)
    unique = _with_defaults(fields, {"unique": TRUE})
    one = (_TO, _ON_DELETE, Arg("to_field"), *_by_keyword(*foreign, _CONSTRAINT, _SWAPPABLE), *unique)
    return [
        FieldType(
            m + "ForeignObject",
            "ForeignObject",
            (*ends, *foreign, _SWAPPABLE, *others),
            relation="fk",
            parent=m + "Field",
            column=False,
            always=("on_delete", "from_fields", "to_fields", "to"),
        ),
        FieldType(
            m + "ForeignKey", "ForeignKey", key, relation="fk", parent=m + "ForeignObject", always=("on_delete", "to")
        ),
        FieldType(
            m + "OneToOneField",
            "OneToOneField",
            one,
            relation="o2o",
            parent=m + "ForeignKey",
            always=("on_delete", "to"),
            hidden={"unique": TRUE},
        ),
    ]


def _other_relations() -> list[FieldType]:
    m, generic = "django.db.models.", "django.contrib.contenttypes.fields."
    through = (Arg("symmetrical"), Arg("through"), Arg("through_fields"))
    many = (_TO, *_RELATED, *through, _CONSTRAINT, Arg("db_table"), _SWAPPABLE, *_KEYWORD_FIELD_ARGS)
    concrete = Arg("for_concrete_model", TRUE)
    place = (Arg("ct_field", Const("content_type")), Arg("fk_field", Const("object_id")), concrete)
    back = (_TO, Arg("object_id_field", Const("object_id")), Arg("content_type_field", Const("content_type")), concrete)
    return [
        FieldType(
            m + "ManyToManyField",
            "ManyToManyField",
            many,
            relation="m2m",
            parent=m + "Field",
            column=False,
            always=("to",),
        ),
        FieldType(generic + "GenericForeignKey", "GenericForeignKey", place, column=False, private=True),
        FieldType(
            generic + "GenericRelation",
            "ManyToManyField",
            (*back, *_RELATED[1:], *_KEYWORD_FIELD_ARGS),
            relation="fk",
            parent=m + "ForeignObject",
            column=False,
            private=True,
        ),
    ]


def _postgres() -> list[FieldType]:
    p, m = "django.contrib.postgres.fields.", "django.db.models."
    collation = (*_FIELD_ARGS, _keyword("db_collation"))
    bounds = (*_FIELD_ARGS, _keyword("default_bounds", Const("[)")))
    ranges = p + "ranges."

    def row(path: str, args: tuple[Arg, ...] = _FIELD_ARGS, parent: str = m + "Field", **kw: Any) -> FieldType:
        internal = str(kw.pop("internal", path.rpartition(".")[2]))
        return FieldType(path, internal, args, parent=parent, **kw)

    return [
        row(
            p + "ArrayField",
            (Arg("base_field", required=True), Arg("size"), *_KEYWORD_FIELD_ARGS),
            always=("base_field",),
        ),
        row(p + "hstore.HStoreField"),
        row(p + "jsonb.JSONField", _own_first(Arg("encoder"), Arg("decoder")), m + "JSONField", historical=True),
        row(p + "citext.CICharField", collation, m + "CharField", historical=True, internal="CharField"),
        row(
            p + "citext.CIEmailField",
            _with_defaults(collation, {"max_length": Const(254)}),
            m + "EmailField",
            historical=True,
            internal="CharField",
            always=("max_length",),
        ),
        row(p + "citext.CITextField", collation, m + "TextField", historical=True, internal="TextField"),
        row(ranges + "RangeField"),
        row(ranges + "ContinuousRangeField", bounds, ranges + "RangeField"),
        row(ranges + "IntegerRangeField", parent=ranges + "RangeField"),
        row(ranges + "BigIntegerRangeField", parent=ranges + "RangeField"),
        row(ranges + "DecimalRangeField", bounds, ranges + "ContinuousRangeField"),
        row(ranges + "DateTimeRangeField", bounds, ranges + "ContinuousRangeField"),
        row(ranges + "DateRangeField", parent=ranges + "RangeField"),
        row("django.contrib.postgres.search.SearchVectorField"),
        row("django.contrib.postgres.search.SearchQueryField"),
    ]


def _gis() -> list[FieldType]:
    g = "django.contrib.gis.db.models.fields."
    spatial = (Arg("srid", Const(4326)), Arg("spatial_index", TRUE))
    base_args = _own_first(*spatial, positional=("verbose_name",))
    extent = Seq("tuple", (Const(-180.0), Const(-90.0), Const(180.0), Const(90.0)))
    geometry_args = _own_first(
        Arg("dim", Const(2)),
        Arg("geography", FALSE),
        _keyword("extent", extent),
        _keyword("tolerance", Const(0.05)),
        *(replace(arg, keyword_only=True) for arg in spatial),
        positional=("verbose_name",),
    )
    base = FieldType(
        g + "BaseSpatialField", "BaseSpatialField", base_args, parent="django.db.models.Field", always=("srid",)
    )
    geometry = FieldType(g + "GeometryField", "GeometryField", geometry_args, parent=base.path, always=("srid",))
    shapes = ("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection")
    return [
        base,
        geometry,
        *(
            replace(geometry, path=f"{g}{shape}Field", internal_type=f"{shape}Field", parent=geometry.path)
            for shape in shapes
        ),
        replace(base, path=g + "RasterField", internal_type="RasterField", parent=base.path),
        FieldType(g + "ExtentField", "ExtentField", _FIELD_ARGS, parent="django.db.models.Field"),
    ]


FIELD_TYPES: Mapping[str, FieldType] = {
    row.path: row
    for row in (
        *_texts_and_moments(),
        *_numbers(),
        *_others(),
        *_foreign_keys(),
        *_other_relations(),
        *_postgres(),
        *_gis(),
    )
}
"""By the path that `deconstruct()` writes."""
