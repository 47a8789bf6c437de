"""Relations: foreign keys, one-to-one and many-to-many fields, what they point at, and `on_delete`.

In and out as in `fields`. What a model class is called, and which setting swaps it, only the project knows: the hooks
`model_label(cls)` and `swappable_setting(label)` of the interpreter answer. `"self"` stays as written.
"""

from __future__ import annotations

from migration_guard.evaluate.objects import Class, EnumMember, External, Instance, Native, Object, Raised
from migration_guard.project.natives.declare import (
    Interp,
    adapt,
    as_data,
    get,
    hook,
    known_true,
    method,
    native_class,
    put,
    truth,
    up,
)
from migration_guard.project.natives.fields import FIELD, FIELDS
from migration_guard.project.natives.plain_fields import parts, write_unless
from migration_guard.values import Ref, SettingsReference, Unknown
from migration_guard.versions import DATABASE_ON_DELETE, THROUGH_FIELDS_IN_FILES, Version

MODULE = FIELDS + ".related"
REVERSE = FIELDS + ".reverse_related"
DELETION = "django.db.models.deletion"
SELF = "self"

CACHE_MIXIN = native_class(FIELDS + ".mixins", "FieldCacheMixin")
RELATED = native_class(MODULE, "RelatedField", (CACHE_MIXIN, FIELD), {
    "one_to_many": False, "one_to_one": False, "many_to_many": False, "many_to_one": False, "is_relation": True,
})  # fmt: skip
FOREIGN_OBJECT = native_class(
    MODULE,
    "ForeignObject",
    (RELATED,),
    {"many_to_one": True, "requires_unique_target": True},
    canonical="django.db.models.ForeignObject",
)
FOREIGN_KEY = native_class(
    MODULE, "ForeignKey", (FOREIGN_OBJECT,), {"empty_strings_allowed": False}, canonical="django.db.models.ForeignKey"
)
ONE_TO_ONE = native_class(
    MODULE,
    "OneToOneField",
    (FOREIGN_KEY,),
    {"many_to_one": False, "one_to_one": True},
    canonical="django.db.models.OneToOneField",
)
MANY_TO_MANY = native_class(
    MODULE, "ManyToManyField", (RELATED,), {"many_to_many": True}, canonical="django.db.models.ManyToManyField"
)

FOREIGN_OBJECT_REL = native_class(REVERSE, "ForeignObjectRel", (CACHE_MIXIN,), {
    "auto_created": True, "concrete": False, "editable": False, "is_relation": True, "null": True,
})  # fmt: skip
MANY_TO_ONE_REL = native_class(REVERSE, "ManyToOneRel", (FOREIGN_OBJECT_REL,))
ONE_TO_ONE_REL = native_class(REVERSE, "OneToOneRel", (MANY_TO_ONE_REL,))
MANY_TO_MANY_REL = native_class(REVERSE, "ManyToManyRel", (FOREIGN_OBJECT_REL,))
for _cls, _reverse in (
    (FOREIGN_OBJECT, FOREIGN_OBJECT_REL),
    (FOREIGN_KEY, MANY_TO_ONE_REL),
    (ONE_TO_ONE, ONE_TO_ONE_REL),
    (MANY_TO_MANY, MANY_TO_MANY_REL),
):
    _cls.namespace["rel_class"] = _reverse


# What a relation points at


def target_label(interp: Interp, to: Object) -> Object:
    """`to` as `deconstruct()` writes it: "app_label.modelname", or the bare lower-case name, or Unknown."""
    if isinstance(to, EnumMember) and to.choices:
        to = to.value
    if isinstance(to, str):
        app_label, dot, name = to.rpartition(".")
        return f"{app_label}{dot}{name.lower()}"
    label = class_label(interp, to)
    return label.lower() if isinstance(label, str) and label.islower() else _lower_name(label)


def _lower_name(label: Object) -> Object:
    if not isinstance(label, str):
        return label
    app_label, dot, name = label.rpartition(".")
    return f"{app_label}{dot}{name.lower()}"


def class_label(interp: Interp, model: Object) -> Object:
    """ "app_label.ModelName" of a model class, or Unknown."""
    ask = hook(interp, "model_label")
    if isinstance(model, Class) and ask is not None:
        label = ask(model)
        if isinstance(label, str):
            return f"{label.rpartition('.')[0]}.{model.name}"
        if isinstance(label, Unknown):
            return label
    if isinstance(model, (Unknown, External)):
        return as_data(model)
    return Unknown(f"{model!r} is not known to be a model")


def swappable(interp: Interp, self: Instance, to: Object, label: Object) -> Object:
    """The label as a reference to the setting that swaps the model it names, where one does."""
    if not isinstance(label, str) or truth(get(interp, self, "swappable")) is False:
        return label
    ask = hook(interp, "swappable_setting")
    setting = ask(label) if ask is not None else None
    if setting is None and isinstance(to, SettingsReference):
        setting = to.setting_name
    return SettingsReference(label, setting) if setting else label


# The classes


@method(RELATED, "__init__")
def _related_init(
    interp: Interp,
    self: Instance,
    related_name: Object = None,
    related_query_name: Object = None,
    limit_choices_to: Object = None,
    **kwargs: Object,
) -> None:
    put(interp, self, "_related_name", related_name)
    put(interp, self, "_related_query_name", related_query_name)
    put(interp, self, "_limit_choices_to", limit_choices_to)
    up(interp, RELATED, self, "__init__", **kwargs)


@method(RELATED, "deconstruct")
def _related_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, RELATED, self)
    limit = get(interp, self, "_limit_choices_to")
    if truth(limit) is not False and not _empty_q(limit):
        kwargs["limit_choices_to"] = limit
    for attribute in ("related_name", "related_query_name"):
        value = get(interp, self, "_" + attribute)
        if value is not None:
            kwargs[attribute] = value
    return name, path, args, kwargs


def _empty_q(value: Object) -> bool:
    """A `Q()` without conditions is false."""
    return isinstance(value, Instance) and value.cls.name == "Q" and value.attrs.get("children") == []


@method(RELATED, "related_model", "property")
def _related_model(interp: Interp, self: Instance) -> Object:
    remote = self.attrs.get("remote_field")
    return remote.attrs.get("model") if isinstance(remote, Instance) else Unknown("the related model is not known")


@method(RELATED, "swappable_setting", "property")
def _swappable_setting(interp: Interp, self: Instance) -> Object:
    to = _remote(interp, self, "model")
    label = swappable(interp, self, to, target_label(interp, to))
    return label.setting_name if isinstance(label, SettingsReference) else None


def _remote(interp: Interp, self: Instance, name: str) -> Object:
    remote = get(interp, self, "remote_field")
    if isinstance(remote, Instance):
        return remote.attrs.get(name)
    return remote if isinstance(remote, Unknown) else Unknown("the relation's target is not known", self.origin)


def _rel(interp: Interp, self: Instance, **attrs: Object) -> Instance:
    cls = interp.getattr(self, "rel_class")
    if not isinstance(cls, Class):
        cls = FOREIGN_OBJECT_REL
    limit = attrs.get("limit_choices_to")
    attrs["limit_choices_to"] = {} if limit is None else limit
    return Instance(cls, {"field": self, "symmetrical": False, "multiple": cls is not ONE_TO_ONE_REL, **attrs})


@method(FOREIGN_OBJECT, "__init__")
def _foreign_object_init(
    interp: Interp,
    self: Instance,
    to: Object,
    on_delete: Object,
    from_fields: Object,
    to_fields: Object,
    rel: Object = None,
    related_name: Object = None,
    related_query_name: Object = None,
    limit_choices_to: Object = None,
    parent_link: Object = False,
    swappable: Object = True,
    **kwargs: Object,
) -> None:
    names = {
        "related_name": related_name,
        "related_query_name": related_query_name,
        "limit_choices_to": limit_choices_to,
    }
    if rel is None:
        rel = _rel(interp, self, model=to, on_delete=on_delete, parent_link=parent_link, **names)
    up(interp, FOREIGN_OBJECT, self, "__init__", rel=rel, **names, **kwargs)
    put(interp, self, "from_fields", from_fields)
    put(interp, self, "to_fields", to_fields)
    put(interp, self, "swappable", swappable)


@method(FOREIGN_OBJECT, "deconstruct")
def _foreign_object_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, FOREIGN_OBJECT, self)
    kwargs["on_delete"] = _remote(interp, self, "on_delete")
    kwargs["from_fields"] = get(interp, self, "from_fields")
    kwargs["to_fields"] = get(interp, self, "to_fields")
    parent_link = _remote(interp, self, "parent_link")
    if truth(parent_link) is not False:
        kwargs["parent_link"] = parent_link
    to = _remote(interp, self, "model")
    kwargs["to"] = swappable(interp, self, to, target_label(interp, to))
    return name, path, args, kwargs


@method(FOREIGN_KEY, "__init__")
def _foreign_key_init(
    interp: Interp,
    self: Instance,
    to: Object,
    on_delete: Object,
    related_name: Object = None,
    related_query_name: Object = None,
    limit_choices_to: Object = None,
    parent_link: Object = False,
    to_field: Object = None,
    db_constraint: Object = True,
    **kwargs: Object,
) -> None:
    names = {
        "related_name": related_name,
        "related_query_name": related_query_name,
        "limit_choices_to": limit_choices_to,
    }
    kwargs["rel"] = _rel(
        interp, self, model=to, on_delete=on_delete, parent_link=parent_link, field_name=to_field, **names
    )
    kwargs.setdefault("db_index", True)
    up(
        interp,
        FOREIGN_KEY,
        self,
        "__init__",
        to,
        on_delete,
        from_fields=[SELF],
        to_fields=[to_field],
        **names,
        **kwargs,
    )
    put(interp, self, "db_constraint", db_constraint)


@method(FOREIGN_KEY, "deconstruct")
def _foreign_key_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, FOREIGN_KEY, self)
    kwargs.pop("to_fields", None)
    kwargs.pop("from_fields", None)
    db_index = get(interp, self, "db_index")
    kwargs.pop("db_index", None)
    if truth(db_index) is not True:
        kwargs["db_index"] = db_index if isinstance(db_index, Unknown) else False
    write_unless(interp, self, kwargs, db_constraint=True)
    to_field = _remote(interp, self, "field_name")
    if truth(to_field) is not False:
        kwargs["to_field"] = to_field
    return name, path, args, kwargs


@method(FOREIGN_KEY, "get_attname")
def _foreign_key_attname(interp: Interp, self: Instance) -> Object:
    return f"{self.attrs.get('name')}_id"


@method(ONE_TO_ONE, "__init__")
def _one_to_one_init(
    interp: Interp, self: Instance, to: Object, on_delete: Object, to_field: Object = None, **kwargs: Object
) -> None:
    kwargs["unique"] = True
    up(interp, ONE_TO_ONE, self, "__init__", to, on_delete, to_field=to_field, **kwargs)


@method(ONE_TO_ONE, "deconstruct")
def _one_to_one_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, ONE_TO_ONE, self)
    kwargs.pop("unique", None)
    return name, path, args, kwargs


@method(MANY_TO_MANY, "__init__")
def _many_to_many_init(
    interp: Interp,
    self: Instance,
    to: Object,
    related_name: Object = None,
    related_query_name: Object = None,
    limit_choices_to: Object = None,
    symmetrical: Object = None,
    through: Object = None,
    through_fields: Object = None,
    db_constraint: Object = True,
    db_table: Object = None,
    swappable: Object = True,
    **kwargs: Object,
) -> None:
    if symmetrical is None:
        symmetrical = to == SELF
    if through is not None and db_table is not None:
        raise Raised("ValueError", "Cannot specify a db_table if an intermediary model is used.")
    names = {
        "related_name": related_name,
        "related_query_name": related_query_name,
        "limit_choices_to": limit_choices_to,
    }
    rel = _rel(interp, self, model=to, parent_link=False, on_delete=None, **names)
    rel.attrs.update(
        symmetrical=symmetrical, through=through, through_fields=through_fields, db_constraint=db_constraint
    )
    kwargs["rel"] = rel
    put(interp, self, "has_null_arg", "null" in kwargs)
    up(interp, MANY_TO_MANY, self, "__init__", **names, **kwargs)
    put(interp, self, "db_table", db_table)
    put(interp, self, "swappable", swappable)


@method(MANY_TO_MANY, "deconstruct")
def _many_to_many_deconstruct(interp: Interp, self: Instance) -> Object:
    name, path, args, kwargs = parts(interp, MANY_TO_MANY, self)
    write_unless(interp, self, kwargs, db_table=None)
    constraint = _remote(interp, self, "db_constraint")
    if constraint is not True:
        kwargs["db_constraint"] = constraint
    to = _remote(interp, self, "model")
    kwargs["to"] = target_label(interp, to)
    through = _remote(interp, self, "through")
    if through is not None and not (isinstance(through, Class) and known_true(through.namespace.get("auto_created"))):
        kwargs["through"] = through if isinstance(through, str) else class_label(interp, through)
    through_fields = _remote(interp, self, "through_fields")
    if THROUGH_FIELDS_IN_FILES(interp.version) and truth(through_fields) is not False:
        kwargs["through_fields"] = through_fields
    kwargs["to"] = swappable(interp, self, to, kwargs["to"])
    return name, path, args, kwargs


@method(MANY_TO_MANY, "get_attname_column")
def _many_to_many_columns(interp: Interp, self: Instance) -> Object:
    return self.attrs.get("name"), None


# on_delete


def _on_delete(name: str) -> Native:
    return Native(name, adapt(lambda interp, *args, **kwargs: None), "static", Ref(DELETION, name))


ON_DELETE: dict[str, Native] = {
    name: _on_delete(name) for name in ("CASCADE", "PROTECT", "RESTRICT", "SET_NULL", "SET_DEFAULT", "DO_NOTHING")
}
DATABASE_ON_DELETES: dict[str, Native] = {
    name: _on_delete(name) for name in ("DB_CASCADE", "DB_SET_DEFAULT", "DB_SET_NULL")
}
SET_RESULT = native_class(DELETION, "set_on_delete")


@method(SET_RESULT, "deconstruct")
def _set_deconstruct(interp: Interp, self: Instance) -> Object:
    return "django.db.models.SET", (self.attrs["value"],), {}


method(SET_RESULT, "__call__")(lambda interp, self, *args, **kwargs: None)


def _set(interp: Interp, value: Object) -> Object:
    return Instance(SET_RESULT, {"value": value}, (value,))


SET = Native("SET", adapt(_set), "static", Ref(DELETION, "SET"))


def on_delete_names(version: Version) -> dict[str, Object]:
    """The names of `on_delete` options that a version has."""
    names: dict[str, Object] = {**ON_DELETE, "SET": SET}
    if DATABASE_ON_DELETE(version):
        names.update(DATABASE_ON_DELETES)
    return names


# Reverse relations, which custom relation fields make themselves


@method(FOREIGN_OBJECT_REL, "__init__")
def _rel_init(
    interp: Interp,
    self: Instance,
    field: Object,
    to: Object,
    related_name: Object = None,
    related_query_name: Object = None,
    limit_choices_to: Object = None,
    parent_link: Object = False,
    on_delete: Object = None,
) -> None:
    self.attrs.update(
        field=field,
        model=to,
        related_name=related_name,
        related_query_name=related_query_name,
        limit_choices_to={} if limit_choices_to is None else limit_choices_to,
        parent_link=parent_link,
        on_delete=on_delete,
        symmetrical=False,
        multiple=True,
    )


@method(FOREIGN_OBJECT_REL, "name", "property")
def _rel_name(interp: Interp, self: Instance) -> Object:
    """The name by which queries follow the relation back: `field.related_query_name()`."""
    for stated in ("related_query_name", "related_name"):
        name = self.attrs.get(stated)
        if name is not None:
            return name
    return interp.getattr(interp.getattr(interp.getattr(self.attrs.get("field"), "model"), "_meta"), "model_name")


@method(MANY_TO_ONE_REL, "__init__")
def _many_to_one_init(
    interp: Interp, self: Instance, field: Object, to: Object, field_name: Object = None, **kwargs: Object
) -> None:
    up(interp, MANY_TO_ONE_REL, self, "__init__", field, to, **kwargs)
    self.attrs["field_name"] = field_name


@method(MANY_TO_MANY_REL, "__init__")
def _many_to_many_rel_init(
    interp: Interp,
    self: Instance,
    field: Object,
    to: Object,
    related_name: Object = None,
    related_query_name: Object = None,
    limit_choices_to: Object = None,
    symmetrical: Object = True,
    through: Object = None,
    through_fields: Object = None,
    db_constraint: Object = True,
) -> None:
    up(interp, MANY_TO_MANY_REL, self, "__init__", field, to, related_name, related_query_name, limit_choices_to)
    self.attrs.update(
        symmetrical=symmetrical, through=through, through_fields=through_fields, db_constraint=db_constraint
    )


RELATION_FIELDS: tuple[Class, ...] = (RELATED, FOREIGN_OBJECT, FOREIGN_KEY, ONE_TO_ONE, MANY_TO_MANY)
RELS: tuple[Class, ...] = (FOREIGN_OBJECT_REL, MANY_TO_ONE_REL, ONE_TO_ONE_REL, MANY_TO_MANY_REL)
