"""The fields of `django.db.models` that are not relations: their own arguments and what they change in `deconstruct()`.

In and out as in `fields`. Each class has its `__init__` and `deconstruct` side by side.
"""

from __future__ import annotations

from migration_guard.evaluate.objects import Class, Instance, Object, Raised
from migration_guard.project.natives.declare import Interp, get, known_true, method, native_class, put, send, truth, up
from migration_guard.project.natives.fields import FIELD, FIELDS, NOT_PROVIDED
from migration_guard.values import Unknown


def _field(name: str, *bases: Class, module: str = FIELDS, internal: str | None = None, **namespace: Object) -> Class:
    cls = native_class(module, name, bases or (FIELD,), namespace, canonical=f"django.db.models.{name}")
    internal_type = internal or name

    @method(cls, "get_internal_type")
    def _internal_type(interp: Interp, self: Instance) -> Object:
        return internal_type

    return cls


def _mixin(name: str, module: str = FIELDS) -> Class:
    return native_class(module, name)


def parts(interp: Interp, cls: Class, self: Instance) -> tuple[Object, Object, Object, dict[str, Object]]:
    """`super().deconstruct()`, taken apart."""
    result = up(interp, cls, self, "deconstruct")
    if isinstance(result, (tuple, list)) and len(result) == 4 and isinstance(result[3], dict):
        name, path, args, kwargs = result
        return name, path, args, kwargs
    unknown = (
        result
        if isinstance(result, Unknown)
        else Unknown(f"{self.cls.name}.deconstruct() could not be followed", self.origin)
    )
    return None, unknown, [], {}


def drop_if(kwargs: dict[str, Object], name: str, value: Object) -> None:
    if kwargs.get(name) == value:
        kwargs.pop(name, None)


def write_unless(interp: Interp, self: Instance, kwargs: dict[str, Object], **defaults: Object) -> None:
    """Write each attribute that is not its default."""
    for name, default in defaults.items():
        value = get(interp, self, name)
        if value is not default and not (isinstance(value, str) and value == default):
            kwargs[name] = value


def write_true(interp: Interp, self: Instance, kwargs: dict[str, Object], *names: str) -> None:
    """Write each attribute that is true, or may be."""
    for name in names:
        value = get(interp, self, name)
        if truth(value) is not False:
            kwargs[name] = value


BOOLEAN = _field("BooleanField", empty_strings_allowed=False)
NULL_BOOLEAN = _field("NullBooleanField", BOOLEAN, internal="BooleanField")
DATE_CHECK = _mixin("DateTimeCheckMixin")
CHAR = _field("CharField")
COMMA_SEPARATED = _field("CommaSeparatedIntegerField", CHAR, internal="CharField")
EMAIL = _field("EmailField", CHAR, internal="CharField")
SLUG = _field("SlugField", CHAR)
URL = _field("URLField", CHAR, internal="CharField")
TEXT = _field("TextField")
DATE = _field("DateField", DATE_CHECK, FIELD, empty_strings_allowed=False)
DATE_TIME = _field("DateTimeField", DATE, empty_strings_allowed=False)
TIME = _field("TimeField", DATE_CHECK, FIELD, empty_strings_allowed=False)
DECIMAL = _field("DecimalField", empty_strings_allowed=False)
DURATION = _field("DurationField", empty_strings_allowed=False)
FILE_PATH = _field("FilePathField")
FLOAT = _field("FloatField", empty_strings_allowed=False)
INTEGER = _field("IntegerField", empty_strings_allowed=False)
BIG_INTEGER = _field("BigIntegerField", INTEGER, MAX_BIGINT=9223372036854775807)
SMALL_INTEGER = _field("SmallIntegerField", INTEGER)
POSITIVE_MIXIN = _mixin("PositiveIntegerRelDbTypeMixin")
POSITIVE_BIG = _field("PositiveBigIntegerField", POSITIVE_MIXIN, BIG_INTEGER)
POSITIVE = _field("PositiveIntegerField", POSITIVE_MIXIN, INTEGER)
POSITIVE_SMALL = _field("PositiveSmallIntegerField", POSITIVE_MIXIN, SMALL_INTEGER)
IP_ADDRESS = _field("IPAddressField", empty_strings_allowed=False)
GENERIC_IP = _field("GenericIPAddressField", empty_strings_allowed=False)
BINARY = _field("BinaryField", empty_values=[None, b""])
UUID = _field("UUIDField", empty_strings_allowed=False)
AUTO_MIXIN = _mixin("AutoFieldMixin")
AUTO = _field("AutoField", AUTO_MIXIN, INTEGER)
BIG_AUTO = _field("BigAutoField", AUTO_MIXIN, BIG_INTEGER)
SMALL_AUTO = _field("SmallAutoField", AUTO_MIXIN, SMALL_INTEGER)
STORAGE_MODULE = FIELDS + ".files"
FILE = _field("FileField", module=STORAGE_MODULE)
IMAGE = _field("ImageField", FILE, module=STORAGE_MODULE, internal="FileField")
DEFAULT_MIXIN = _mixin("CheckFieldDefaultMixin", FIELDS + ".mixins")
JSON = _field(
    "JSONField",
    DEFAULT_MIXIN,
    FIELD,
    module=FIELDS + ".json",
    empty_strings_allowed=False,
    _default_hint=("dict", "{}"),
)
GENERATED = _field("GeneratedField", module=FIELDS + ".generated", generated=True, output_field=None)
ORDER_WRT = _field("OrderWrt", INTEGER, module=FIELDS + ".proxy", internal="IntegerField")
COMPOSITE = _field("CompositePrimaryKey", module=FIELDS + ".composite")

DEFAULT_STORAGE = Instance(native_class("django.core.files.storage", "DefaultStorage"))


# Text


@method(CHAR, "__init__")
def _char_init(interp: Interp, self: Instance, *args: Object, db_collation: Object = None, **kwargs: Object) -> None:
    up(interp, CHAR, self, "__init__", *args, **kwargs)
    put(interp, self, "db_collation", db_collation)


@method(CHAR, "deconstruct")
def _char_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, CHAR, self)
    write_true(interp, self, kwargs, "db_collation")
    return name, path, args, kwargs


@method(TEXT, "__init__")
def _text_init(interp: Interp, self: Instance, *args: Object, db_collation: Object = None, **kwargs: Object) -> None:
    up(interp, TEXT, self, "__init__", *args, **kwargs)
    put(interp, self, "db_collation", db_collation)


@method(TEXT, "deconstruct")
def _text_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, TEXT, self)
    write_true(interp, self, kwargs, "db_collation")
    return name, path, args, kwargs


@method(EMAIL, "__init__")
def _email_init(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> None:
    kwargs.setdefault("max_length", 254)
    up(interp, EMAIL, self, "__init__", *args, **kwargs)


@method(SLUG, "__init__")
def _slug_init(
    interp: Interp,
    self: Instance,
    *args: Object,
    max_length: Object = 50,
    db_index: Object = True,
    allow_unicode: Object = False,
    **kwargs: Object,
) -> None:
    put(interp, self, "allow_unicode", allow_unicode)
    up(interp, SLUG, self, "__init__", *args, max_length=max_length, db_index=db_index, **kwargs)


@method(SLUG, "deconstruct")
def _slug_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, SLUG, self)
    drop_if(kwargs, "max_length", 50)
    db_index = get(interp, self, "db_index")
    kwargs.pop("db_index", None)
    if db_index is False or isinstance(db_index, Unknown):
        kwargs["db_index"] = db_index
    write_unless(interp, self, kwargs, allow_unicode=False)
    return name, path, args, kwargs


@method(URL, "__init__")
def _url_init(
    interp: Interp, self: Instance, verbose_name: Object = None, name: Object = None, **kwargs: Object
) -> None:
    kwargs.setdefault("max_length", 200)
    up(interp, URL, self, "__init__", verbose_name, name, **kwargs)


@method(URL, "deconstruct")
def _url_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, URL, self)
    drop_if(kwargs, "max_length", 200)
    return name, path, args, kwargs


# Dates and times


def _moment_init(cls: Class) -> None:
    @method(cls, "__init__")
    def _init(
        interp: Interp,
        self: Instance,
        verbose_name: Object = None,
        name: Object = None,
        auto_now: Object = False,
        auto_now_add: Object = False,
        **kwargs: Object,
    ) -> None:
        put(interp, self, "auto_now", auto_now)
        put(interp, self, "auto_now_add", auto_now_add)
        if known_true(auto_now) or known_true(auto_now_add):
            kwargs["editable"] = False
            kwargs["blank"] = True
        up(interp, cls, self, "__init__", verbose_name, name, **kwargs)


_moment_init(DATE)
_moment_init(TIME)


def _drop_automatic(interp: Interp, self: Instance, kwargs: dict[str, Object]) -> None:
    if known_true(get(interp, self, "auto_now")) or known_true(get(interp, self, "auto_now_add")):
        kwargs.pop("editable", None)
        kwargs.pop("blank", None)


@method(DATE, "deconstruct")
def _date_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, DATE, self)
    for attribute in ("auto_now", "auto_now_add"):
        value = get(interp, self, attribute)
        if truth(value) is not False:
            kwargs[attribute] = value if isinstance(value, Unknown) else True
    _drop_automatic(interp, self, kwargs)
    return name, path, args, kwargs


@method(TIME, "deconstruct")
def _time_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, TIME, self)
    write_unless(interp, self, kwargs, auto_now=False, auto_now_add=False)
    _drop_automatic(interp, self, kwargs)
    return name, path, args, kwargs


# Numbers and other plain types


@method(DECIMAL, "__init__")
def _decimal_init(
    interp: Interp,
    self: Instance,
    verbose_name: Object = None,
    name: Object = None,
    max_digits: Object = None,
    decimal_places: Object = None,
    **kwargs: Object,
) -> None:
    put(interp, self, "max_digits", max_digits)
    put(interp, self, "decimal_places", decimal_places)
    up(interp, DECIMAL, self, "__init__", verbose_name, name, **kwargs)


@method(DECIMAL, "deconstruct")
def _decimal_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, DECIMAL, self)
    write_unless(interp, self, kwargs, max_digits=None, decimal_places=None)
    return name, path, args, kwargs


@method(FILE_PATH, "__init__")
def _file_path_init(
    interp: Interp,
    self: Instance,
    verbose_name: Object = None,
    name: Object = None,
    path: Object = "",
    match: Object = None,
    recursive: Object = False,
    allow_files: Object = True,
    allow_folders: Object = False,
    **kwargs: Object,
) -> None:
    own = {
        "path": path,
        "match": match,
        "recursive": recursive,
        "allow_files": allow_files,
        "allow_folders": allow_folders,
    }
    for attribute, value in own.items():
        put(interp, self, attribute, value)
    kwargs.setdefault("max_length", 100)
    up(interp, FILE_PATH, self, "__init__", verbose_name, name, **kwargs)


@method(FILE_PATH, "deconstruct")
def _file_path_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, FILE_PATH, self)
    write_unless(interp, self, kwargs, path="", match=None, recursive=False, allow_files=True, allow_folders=False)
    drop_if(kwargs, "max_length", 100)
    return name, path, args, kwargs


def _fixed(cls: Class, **fixed: Object) -> None:
    """A class that sets arguments itself, whatever is given, and leaves them out again."""

    @method(cls, "__init__")
    def _init(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> None:
        kwargs.update(fixed)
        up(interp, cls, self, "__init__", *args, **kwargs)

    @method(cls, "deconstruct")
    def _deconstruct(interp: Interp, self: Instance) -> Object:
        name, path, args, kwargs = parts(interp, cls, self)
        for attribute in fixed:
            kwargs.pop(attribute, None)
        return name, path, args, kwargs


_fixed(IP_ADDRESS, max_length=15)
_fixed(NULL_BOOLEAN, null=True, blank=True)
_fixed(UUID, max_length=32)


@method(GENERIC_IP, "__init__")
def _generic_ip_init(
    interp: Interp,
    self: Instance,
    verbose_name: Object = None,
    name: Object = None,
    protocol: Object = "both",
    unpack_ipv4: Object = False,
    *args: Object,
    **kwargs: Object,
) -> None:
    put(interp, self, "protocol", protocol)
    put(interp, self, "unpack_ipv4", unpack_ipv4)
    kwargs["max_length"] = 39
    up(interp, GENERIC_IP, self, "__init__", verbose_name, name, *args, **kwargs)


@method(GENERIC_IP, "deconstruct")
def _generic_ip_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, GENERIC_IP, self)
    write_unless(interp, self, kwargs, unpack_ipv4=False, protocol="both")
    drop_if(kwargs, "max_length", get(interp, self, "max_length"))
    return name, path, args, kwargs


@method(BINARY, "__init__")
def _binary_init(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> None:
    kwargs.setdefault("editable", False)
    up(interp, BINARY, self, "__init__", *args, **kwargs)


@method(BINARY, "deconstruct")
def _binary_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, BINARY, self)
    editable = get(interp, self, "editable")
    kwargs.pop("editable", None)
    if truth(editable) is not False:
        kwargs["editable"] = editable if isinstance(editable, Unknown) else True
    return name, path, args, kwargs


@method(AUTO_MIXIN, "__init__")
def _auto_init(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> None:
    kwargs["blank"] = True
    up(interp, AUTO_MIXIN, self, "__init__", *args, **kwargs)


@method(AUTO_MIXIN, "deconstruct")
def _auto_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, AUTO_MIXIN, self)
    kwargs.pop("blank", None)
    kwargs["primary_key"] = True
    return name, path, args, kwargs


@method(ORDER_WRT, "__init__")
def _order_wrt_init(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> None:
    kwargs["name"] = "_order"
    kwargs["editable"] = False
    up(interp, ORDER_WRT, self, "__init__", *args, **kwargs)


# Files


@method(FILE, "__init__")
def _file_init(
    interp: Interp,
    self: Instance,
    verbose_name: Object = None,
    name: Object = None,
    upload_to: Object = "",
    storage: Object = None,
    **kwargs: Object,
) -> None:
    put(interp, self, "_primary_key_set_explicitly", "primary_key" in kwargs)
    # A callable storage is kept as it is: calling it would need the storages of the running project.
    put(interp, self, "storage", DEFAULT_STORAGE if storage is None else storage)
    put(interp, self, "upload_to", upload_to)
    kwargs.setdefault("max_length", 100)
    up(interp, FILE, self, "__init__", verbose_name, name, **kwargs)


@method(FILE, "deconstruct")
def _file_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, FILE, self)
    drop_if(kwargs, "max_length", 100)
    kwargs["upload_to"] = get(interp, self, "upload_to")
    storage = get(interp, self, "storage")
    if storage is not DEFAULT_STORAGE:
        kwargs["storage"] = storage
    return name, path, args, kwargs


@method(IMAGE, "__init__")
def _image_init(
    interp: Interp,
    self: Instance,
    verbose_name: Object = None,
    name: Object = None,
    width_field: Object = None,
    height_field: Object = None,
    **kwargs: Object,
) -> None:
    put(interp, self, "width_field", width_field)
    put(interp, self, "height_field", height_field)
    up(interp, IMAGE, self, "__init__", verbose_name, name, **kwargs)


@method(IMAGE, "deconstruct")
def _image_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, IMAGE, self)
    write_true(interp, self, kwargs, "width_field", "height_field")
    return name, path, args, kwargs


# JSON, generated columns, composite keys


@method(JSON, "__init__")
def _json_init(
    interp: Interp,
    self: Instance,
    verbose_name: Object = None,
    name: Object = None,
    encoder: Object = None,
    decoder: Object = None,
    **kwargs: Object,
) -> None:
    put(interp, self, "encoder", encoder)
    put(interp, self, "decoder", decoder)
    up(interp, JSON, self, "__init__", verbose_name, name, **kwargs)


@method(JSON, "deconstruct")
def _json_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, JSON, self)
    write_unless(interp, self, kwargs, encoder=None, decoder=None)
    return name, path, args, kwargs


@method(GENERATED, "__init__")
def _generated_init(
    interp: Interp, self: Instance, *, expression: Object, output_field: Object, db_persist: Object, **kwargs: Object
) -> None:
    kwargs.setdefault("editable", False)
    kwargs.setdefault("blank", True)
    for forbidden in ("default", "db_default"):
        if kwargs.get(forbidden, NOT_PROVIDED) is not NOT_PROVIDED:
            raise Raised("ValueError", f"GeneratedField cannot have {forbidden}.")
    put(interp, self, "expression", expression)
    put(interp, self, "output_field", output_field)
    put(interp, self, "db_persist", db_persist)
    up(interp, GENERATED, self, "__init__", **kwargs)


@method(GENERATED, "deconstruct")
def _generated_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, GENERATED, self)
    kwargs.pop("blank", None)
    kwargs.pop("editable", None)
    for attribute in ("db_persist", "expression", "output_field"):
        kwargs[attribute] = get(interp, self, attribute)
    return name, path, args, kwargs


@method(COMPOSITE, "__init__")
def _composite_init(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> None:
    kwargs.setdefault("editable", False)
    kwargs.setdefault("primary_key", True)
    kwargs.setdefault("blank", True)
    put(interp, self, "field_names", args)
    up(interp, COMPOSITE, self, "__init__", **kwargs)


@method(COMPOSITE, "deconstruct")
def _composite_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, _, kwargs = parts(interp, COMPOSITE, self)
    return name, path, get(interp, self, "field_names"), kwargs


@method(COMPOSITE, "get_attname_column")
def _composite_columns(interp: Interp, self: Instance) -> Object:
    return send(interp, self, "get_attname"), None


PLAIN_FIELDS: tuple[Class, ...] = (
    BOOLEAN, NULL_BOOLEAN, CHAR, COMMA_SEPARATED, EMAIL, SLUG, URL, TEXT, DATE, DATE_TIME, TIME, DECIMAL, DURATION,
    FILE_PATH, FLOAT, INTEGER, BIG_INTEGER, SMALL_INTEGER, POSITIVE_BIG, POSITIVE, POSITIVE_SMALL, IP_ADDRESS,
    GENERIC_IP, BINARY, UUID, AUTO, BIG_AUTO, SMALL_AUTO, FILE, IMAGE, JSON, GENERATED, ORDER_WRT, COMPOSITE,
    DATE_CHECK, POSITIVE_MIXIN, AUTO_MIXIN, DEFAULT_MIXIN,
)  # fmt: skip
