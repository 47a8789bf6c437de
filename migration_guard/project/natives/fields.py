"""`django.db.models.Field`: its arguments as attributes, and `deconstruct()`.

In: the arguments that the program gives. Out: attributes as Django sets them, and deconstructed forms. The other field
classes are in `plain_fields`, `relations` and `contrib_fields`.
"""

from __future__ import annotations

from collections.abc import Callable

from migration_guard.evaluate.objects import Class, EnumMember, Instance, Native, Object, Raised, Stuck
from migration_guard.project.natives.choices import flatten, normalize
from migration_guard.project.natives.declare import (
    PATH,
    Interp,
    as_data,
    get,
    hook,
    is_callable,
    method,
    native_class,
    put,
    send,
    truth,
)
from migration_guard.state.fieldtypes import FIELD_TYPES, FieldType
from migration_guard.values import Unknown
from migration_guard.versions import DB_DEFAULT

FIELDS = "django.db.models.fields"

NOT_PROVIDED = native_class(FIELDS, "NOT_PROVIDED")
REGISTER_LOOKUP = native_class("django.db.models.query_utils", "RegisterLookupMixin")
FIELD = native_class(
    FIELDS,
    "Field",
    (REGISTER_LOOKUP,),
    {
        "empty_strings_allowed": True,
        "empty_values": [None, "", [], (), {}],
        "default_validators": [],
        "default_error_messages": {},
        "system_check_deprecated_details": None,
        "system_check_removed_details": None,
        "creation_counter": 0,
        "auto_creation_counter": -1,
        "hidden": False,
        "many_to_many": None,
        "many_to_one": None,
        "one_to_many": None,
        "one_to_one": None,
        "related_model": None,
        "generated": False,
        "is_relation": None,
        "remote_field": None,
    },
    canonical="django.db.models.Field",
)

# Attribute, keyword in `deconstruct()`, and the value that is left out; None stands for comparison by identity.
_DECONSTRUCTED: tuple[tuple[str, str, Object], ...] = (
    ("_verbose_name", "verbose_name", None),
    ("primary_key", "primary_key", False),
    ("max_length", "max_length", None),
    ("_unique", "unique", False),
    ("blank", "blank", False),
    ("null", "null", False),
    ("db_index", "db_index", False),
    ("default", "default", NOT_PROVIDED),
    ("db_default", "db_default", NOT_PROVIDED),
    ("editable", "editable", True),
    ("serialize", "serialize", True),
    ("unique_for_date", "unique_for_date", None),
    ("unique_for_month", "unique_for_month", None),
    ("unique_for_year", "unique_for_year", None),
    ("choices", "choices", None),
    ("help_text", "help_text", ""),
    ("db_column", "db_column", None),
    ("db_comment", "db_comment", None),
    ("_db_tablespace", "db_tablespace", None),
    ("auto_created", "auto_created", False),
    ("_validators", "validators", []),
    ("_error_messages", "error_messages", None),
)


@method(FIELD, "__init__")
def _init(
    interp: Interp,
    self: Instance,
    verbose_name: Object = None,
    name: Object = None,
    primary_key: Object = False,
    max_length: Object = None,
    unique: Object = False,
    blank: Object = False,
    null: Object = False,
    db_index: Object = False,
    rel: Object = None,
    default: Object = NOT_PROVIDED,
    editable: Object = True,
    serialize: Object = True,
    unique_for_date: Object = None,
    unique_for_month: Object = None,
    unique_for_year: Object = None,
    choices: Object = None,
    help_text: Object = "",
    db_column: Object = None,
    db_tablespace: Object = None,
    auto_created: Object = False,
    validators: Object = (),
    error_messages: Object = None,
    db_comment: Object = None,
    db_default: Object = NOT_PROVIDED,
) -> None:
    _known_argument(interp, db_default)
    attributes = {
        "name": name,
        "verbose_name": verbose_name,
        "_verbose_name": verbose_name,
        "primary_key": primary_key,
        "max_length": max_length,
        "_unique": unique,
        "blank": blank,
        "null": null,
        "remote_field": rel,
        "is_relation": rel is not None,
        "default": default,
        "db_default": db_default,
        "editable": editable,
        "serialize": serialize,
        "unique_for_date": unique_for_date,
        "unique_for_month": unique_for_month,
        "unique_for_year": unique_for_year,
        "choices": normalize(interp, choices),
        "help_text": help_text,
        "db_index": db_index,
        "db_column": db_column,
        "db_comment": db_comment,
        "_db_tablespace": db_tablespace,
        "auto_created": auto_created,
        "creation_counter": self.order[-1] if self.order else 0,
        "_validators": listed(interp, validators),
        "_error_messages": error_messages,
    }
    for attribute, value in attributes.items():
        put(interp, self, attribute, value)


def _known_argument(interp: Interp, db_default: Object) -> None:
    if db_default is not NOT_PROVIDED and not DB_DEFAULT(interp.version):
        raise Raised("TypeError", "Field.__init__() got an unexpected keyword argument 'db_default'")


def listed(interp: Interp, items: Object) -> Object:
    """`list(items)`, or Unknown."""
    if isinstance(items, (list, tuple)):
        return list(items)
    try:
        return list(interp.iterate(as_data(items)))
    except Stuck as stuck:
        return stuck.unknown


def field_path(cls: Class) -> str:
    """What `deconstruct()` calls a field class: Django shortens the paths of its own."""
    if PATH in cls.namespace:
        return str(cls.namespace[PATH])
    path = f"{cls.module}.{cls.qualname}"
    if cls.module == FIELDS or cls.module.startswith(FIELDS + "."):
        return f"django.db.models.{cls.qualname}"
    return path


@method(FIELD, "deconstruct")
def _deconstruct(interp: Interp, self: Instance) -> Object:
    keywords: dict[str, Object] = {}
    attrs = self.attrs
    for attribute, keyword, default in _DECONSTRUCTED:
        value = attrs[attribute] if attribute in attrs else _attribute(interp, self, attribute)
        if value is default or (attribute == "_validators" and value == []):
            continue
        if attribute == "choices":
            value = normalize(interp, value)
        keywords[keyword] = value
    return (attrs.get("name"), field_path(self.cls), [], keywords)


def _attribute(interp: Interp, self: Instance, name: str) -> Object:
    """An attribute that `__init__` should have set: a custom one may not have called Django's."""
    try:
        return get(interp, self, name)
    except Raised:
        return Unknown(f"{self.cls.name} does not set `{name}`: its __init__ could not be followed", self.origin)


@method(FIELD, "clone")
def _clone(interp: Interp, self: Instance) -> Object:
    _, _, args, kwargs = interp.iterate(send(interp, self, "deconstruct"))
    return interp.call(self.cls, list(interp.iterate(args)), dict(kwargs))


def _copy(interp: Interp, self: Instance, *_: Object) -> Object:
    return Instance(self.cls, dict(self.attrs), self.args, self.kwargs, self.origin, self.order, self.doubts)


method(FIELD, "__copy__")(_copy)
method(FIELD, "__deepcopy__")(_copy)


@method(FIELD, "get_internal_type")
def _internal_type(interp: Interp, self: Instance) -> Object:
    return self.cls.name


@method(FIELD, "set_attributes_from_name")
def _set_attributes_from_name(interp: Interp, self: Instance, name: Object) -> None:
    known = self.attrs.get("name") or name
    self.attrs["name"] = known
    attname = send(interp, self, "get_attname")
    self.attrs["attname"] = attname
    self.attrs["column"] = self.attrs.get("db_column") or attname
    self.attrs["concrete"] = True
    if self.attrs.get("verbose_name") is None and isinstance(known, str):
        self.attrs["verbose_name"] = known.replace("_", " ")


@method(FIELD, "get_attname")
def _get_attname(interp: Interp, self: Instance) -> Object:
    return self.attrs.get("name")


@method(FIELD, "get_attname_column")
def _get_attname_column(interp: Interp, self: Instance) -> Object:
    attname = send(interp, self, "get_attname")
    return (attname, self.attrs.get("db_column") or attname)


@method(FIELD, "contribute_to_class")
def _contribute(interp: Interp, self: Instance, cls: Object, name: Object, private_only: Object = False) -> None:
    send(interp, self, "set_attributes_from_name", name)
    self.attrs["model"] = cls
    add = hook(interp, "add_field")
    if add is not None:
        add(cls, self, name, private_only is True)


@method(FIELD, "has_default")
def _has_default(interp: Interp, self: Instance) -> Object:
    value = get(interp, self, "default")
    return value if isinstance(value, Unknown) else value is not NOT_PROVIDED


@method(FIELD, "has_db_default")
def _has_db_default(interp: Interp, self: Instance) -> Object:
    value = get(interp, self, "db_default")
    return value if isinstance(value, Unknown) else value is not NOT_PROVIDED


@method(FIELD, "get_default")
def _get_default(interp: Interp, self: Instance) -> Object:
    value = get(interp, self, "default")
    if value is NOT_PROVIDED:
        return "" if known_empty_string(interp, self) else None
    return interp.call(value, [], {}) if is_callable(value) else value


def known_empty_string(interp: Interp, self: Instance) -> bool:
    return truth(interp.getattr(self, "empty_strings_allowed")) is True and truth(get(interp, self, "null")) is False


@method(FIELD, "check")
def _check(interp: Interp, self: Instance, **kwargs: Object) -> Object:
    return []


DATABASE = "__database__"
"""The attribute in which a field or a connection that is asked about a database has what Django says, by method."""
COLUMN_METHODS = ("db_type", "rel_db_type", "db_parameters", "db_check", "db_type_suffix")
VALUE_METHODS = ("get_prep_value", "get_db_prep_value", "get_db_prep_save")


def _not_known(name: str) -> Callable[..., Object]:
    def answer(interp: Interp, self: Instance, *args: Object, **kwargs: Object) -> Object:
        for holder in (self, *args, *kwargs.values()):
            if isinstance(holder, Instance) and name in holder.attrs.get(DATABASE, {}):
                return holder.attrs[DATABASE][name](*args, **kwargs)
        return Unknown(f"{self.cls.name}.{name}() depends on a database or a request", self.origin)

    return answer


for _name in (
    *COLUMN_METHODS,
    "cast_db_type",
    "formfield",
    "to_python",
    *VALUE_METHODS,
    "value_from_object",
    "value_to_string",
    "pre_save",
    "get_choices",
    "run_validators",
    "validate",
    "clean",
    "get_lookup",
    "get_transform",
    "get_col",
    "select_format",
):
    method(FIELD, _name)(_not_known(_name))


@method(FIELD, "validators", "property")
def _validators(interp: Interp, self: Instance) -> Object:
    own, default = get(interp, self, "_validators"), interp.getattr(self, "default_validators")
    if isinstance(own, list) and isinstance(default, (list, tuple)):
        return [*default, *own]
    return next(part for part in (own, default) if not isinstance(part, (list, tuple)))


@method(FIELD, "error_messages", "property")
def _error_messages(interp: Interp, self: Instance) -> Object:
    messages: dict[str, Object] = {}
    for cls in reversed(self.cls.mro):
        default = cls.namespace.get("default_error_messages")
        if isinstance(default, dict):
            messages.update(default)
    own = get(interp, self, "_error_messages")
    if isinstance(own, Unknown):
        return own
    messages.update(own or {})
    return messages


@method(FIELD, "unique", "property")
def _unique(interp: Interp, self: Instance) -> Object:
    unique = get(interp, self, "_unique")
    return get(interp, self, "primary_key") if truth(unique) is False else unique


@method(FIELD, "flatchoices", "property")
def _flatchoices(interp: Interp, self: Instance) -> Object:
    return flatten(interp, get(interp, self, "choices"))


@method(FIELD, "db_tablespace", "property")
def _db_tablespace(interp: Interp, self: Instance) -> Object:
    own = get(interp, self, "_db_tablespace")
    return own if truth(own) is not False else interp.settings("DEFAULT_INDEX_TABLESPACE")


@method(FIELD, "description", "property")
def _description(interp: Interp, self: Instance) -> Object:
    return f"Field of type: {self.cls.name}"


@method(FIELD, "cached_col", "property")
def _cached_col(interp: Interp, self: Instance) -> Object:
    return Unknown("a column of a query is not modelled")


LOOKUPS = "registered lookups"
"""Where it is remembered which class of fields has which lookup of the program."""


@method(FIELD, "register_lookup", "class")
def _register_lookup(interp: Interp, cls: Object, lookup: Object = None, lookup_name: Object = None) -> Object:
    """Also a class decorator: it gives the lookup back."""
    if isinstance(cls, Class) and isinstance(lookup, Class):
        try:
            name = lookup_name or interp.getattr(lookup, "lookup_name")
        except (Raised, Stuck):
            name = None
        registered = interp.remembered.setdefault(LOOKUPS, {})
        if isinstance(registered, dict) and isinstance(name, str):
            registered[(cls.canonical or cls.ref).path, str(name)] = lookup.ref
    return lookup


method(REGISTER_LOOKUP, "register_lookup", "class")(_register_lookup)


@method(FIELD, "__eq__")
def _eq(interp: Interp, self: Instance, other: Object) -> Object:
    return self is other or (isinstance(other, Instance) and bool(self.order) and self.order == other.order)


@method(FIELD, "__lt__")
def _lt(interp: Interp, self: Instance, other: Object) -> Object:
    return isinstance(other, Instance) and self.order < other.order


@method(FIELD, "__hash__")
def _hash(interp: Interp, self: Instance) -> Object:
    return id(self)


def django_class(cls: Class) -> Class | None:
    """The nearest field class of Django's own that a class is or derives from."""
    for candidate in cls.mro:
        if candidate.native and FIELD in candidate.mro:
            return candidate
    return None


def field_type(cls: Class) -> FieldType | None:
    """The row of the table of field types for a field class; None where Django's `Field` is not among its bases."""
    for candidate in cls.mro:
        if candidate.native and FIELD in candidate.mro and (row := FIELD_TYPES.get(field_path(candidate))):
            return row
    return None


def is_field(obj: Object) -> bool:
    return isinstance(obj, Instance) and FIELD in obj.cls.mro


def known_options(interp: Interp, field: Instance) -> dict[str, Object]:
    """Every option of a field that is not its type's default, also those that its `deconstruct` leaves out."""
    cls = django_class(field.cls)
    if cls is None:
        return {}
    options: dict[str, Object] = {}
    for owner in cls.mro:
        native = owner.namespace.get("deconstruct")
        if isinstance(native, Native):
            _, _, _, options = native.fn(interp, [field], {})
            break
    row = field_type(field.cls)
    for name in row.hidden if row else ():
        attribute = "_unique" if name == "unique" else name
        if attribute in field.attrs:
            options[name] = field.attrs[attribute]
    return options


def plain_member(value: Object) -> Object:
    """A member of `Choices` as the string or number that it is."""
    return value.value if isinstance(value, EnumMember) and value.choices else value
