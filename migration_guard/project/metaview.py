"""`Model._meta` for interpreted code: what custom fields, metaclasses and helpers ask a model class about itself.

In: a built model. Out: an instance with the attributes of `Options`
(https://docs.djangoproject.com/en/stable/ref/models/meta/). What only a running project knows is in doubt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Class, Instance, Native, Object, Raised, Stuck
from migration_guard.project.fields import field_type
from migration_guard.project.managers import default_manager
from migration_guard.project.natives.declare import native_class
from migration_guard.project.order import sort_entries
from migration_guard.values import Unknown
from migration_guard.versions import INDEX_TOGETHER

if TYPE_CHECKING:
    from migration_guard.project.models import Built, Entry, ModelBuilder

OPTIONS = native_class("django.db.models.options", "Options")
RUNNING = frozenset(
    {
        *("related_objects", "fields_map", "_forward_fields_map", "_property_names", "db_returning_fields", "managers"),
        *("managers_map", "base_manager", "default_manager", "can_migrate", "verbose_name_raw", "get_base_chain"),
        *("get_ancestor_link", "get_path_to_parent", "get_path_from_parent", "app_config"),
        *("total_unique_constraints", "pk_fields"),
    }
)
"""What `Options` has besides, and what exists in a running project only."""
FIELD_LISTS = frozenset({"local_fields", "local_many_to_many", "private_fields"})
"""Attributes that are the model's fields: a program that assigns to one gives the model other fields."""


def _missing(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    if args[1] in RUNNING or not (isinstance(args[0], Instance) and "__built__" in args[0].attrs):
        raise Stuck(Unknown(f"_meta.{args[1]} of a model exists in a running project only"))
    raise Raised("AttributeError", f"'Options' object has no attribute '{args[1]}'")


def _assigned(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    view, name, value = args
    assert isinstance(view, Instance) and isinstance(name, str)
    view.attrs[name] = value
    if "__built__" not in view.attrs:
        return None
    if name in FIELD_LISTS:
        interp.hooks["fields_assigned"](view.attrs["__built__"], name, value)
    else:
        view.attrs.setdefault("__assigned__", {})[name] = value
    return None


OPTIONS.namespace["__getattr__"] = Native("__getattr__", _missing)
OPTIONS.namespace["__setattr__"] = Native("__setattr__", _assigned)
DESCRIPTOR = native_class("django.db.models.query_utils", "DeferredAttribute")
DESCRIPTOR.doubts = (Unknown("the descriptor of a field exists in a running project only"),)
MANY = native_class("django.db.models.fields.related_descriptors", "ManyToManyDescriptor")
THROUGH = native_class("django.db.models.base", "ModelBase")
THROUGH.doubts = (Unknown("the through model that Django makes exists in a running project only"),)
MANY.doubts = DESCRIPTOR.doubts


def _through(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`Model.tags.through`: the model that is named, or what is known of the one that Django makes."""
    assert isinstance(args[0], Instance)
    made, owner, name = (args[0].attrs[key] for key in ("field", "__owner__", "__name__"))
    assert isinstance(made, Instance) and isinstance(owner, Class)
    remote = made.attrs.get("remote_field")
    through = remote.attrs.get("through") if isinstance(remote, Instance) else None
    if isinstance(through, Class):
        return through
    if through is not None or name not in owner.namespace:
        raise Stuck(THROUGH.doubts[0])
    table = made.attrs.get("db_table")
    if table is None:
        of_owner = interp.getattr(interp.getattr(owner, "_meta"), "db_table")
        if not isinstance(of_owner, str):
            raise Stuck(THROUGH.doubts[0])
        table = f"{of_owner}_{name}"
    return Instance(THROUGH, {"_meta": Instance(OPTIONS, {"db_table": table, "auto_created": owner})})


MANY.namespace["through"] = Native("through", _through, "property")


def install(builder: ModelBuilder) -> None:
    """Give model classes `_meta`, and make their fields descriptors as seen from outside."""
    builder.interp.class_attributes["_meta"] = lambda cls: meta_view(builder, cls)
    builder.interp.hooks["fields_assigned"] = lambda built, name, value: _assign_fields(builder, built, name, value)
    builder.interp.hooks["class_attribute"] = lambda cls, name, value: descriptor(builder, cls, name, value)
    builder.interp.class_attributes["_default_manager"] = lambda cls: _default_manager(builder, cls)
    builder.interp.class_attributes["add_to_class"] = lambda cls: Native("add_to_class", _adder(builder, cls), "static")


def descriptor(builder: ModelBuilder, cls: Class, name: str, value: Instance) -> Object:
    """What `Model.field` is: a descriptor that has the field. Changing it does not change the field."""
    row = field_type(value.cls) if builder.is_model(cls) else None
    if row is None:
        return value
    if row.relation == "m2m":
        return Instance(MANY, {"field": value, "__owner__": cls, "__name__": name})
    return Instance(DESCRIPTOR, {"field": value})


def meta_view(builder: ModelBuilder, cls: Class) -> Object:
    """`cls._meta`; AttributeError for what is no model, as in Python."""
    if not builder.is_model(cls):
        if cls.doubts:
            raise Stuck(cls.doubts[0])
        raise Raised("AttributeError", f"type object '{cls.name}' has no attribute '_meta'")
    built = builder.build(cls)
    if built is None:
        raise Stuck(Unknown(f"the model {cls.name} belongs to no installed app"))
    if built.view is None:
        built.view = Instance(OPTIONS, {"__built__": built})
    _refresh(builder, built, built.view)
    return built.view


def _assign_fields(builder: ModelBuilder, built: Built, name: str, value: Object) -> None:
    """`Model._meta.local_many_to_many = fields`: for the models that are made from now on, not for earlier ones."""
    for cls in list(builder.interp.classes):
        if built.cls in cls.mro and builder.is_model(cls):
            builder.build(cls)
    fields = value if isinstance(value, (list, tuple)) else ()
    named = [(item.attrs.get("name"), item) for item in fields if isinstance(item, Instance)]
    known = isinstance(value, (list, tuple)) and len(named) == len(value)
    if not known or not all(isinstance(field, str) for field, _ in named):
        built.doubts.append(Unknown(f"the program assigns _meta.{name} what is not a plain list of fields"))
        return
    kept = [entry for entry in built.entries if _field_list(entry) != name]
    built.entries = kept
    for field, item in named:
        assert isinstance(field, str)
        builder.add(built, field, item, private=name == "private_fields")


def _field_list(entry: Entry) -> str:
    """The attribute of `_meta` that a field is in."""
    return "private_fields" if entry.private else "local_many_to_many" if entry.many_to_many else "local_fields"


def _default_manager(builder: ModelBuilder, cls: Class) -> Object:
    built = builder.build(cls) if builder.is_model(cls) else None
    if built is None:
        raise Raised("AttributeError", f"type object '{cls.name}' has no attribute '_default_manager'")
    return default_manager(builder, built)


def _refresh(builder: ModelBuilder, built: Built, view: Instance) -> None:
    """The attributes as they are now: fields may still be added."""
    entries = [entry for entry in sort_entries(builder, built) if not entry.private]
    name = built.cls.name
    concrete = [_named(builder, entry, built) for entry in entries if not entry.many_to_many]
    many = [_named(builder, entry, built) for entry in entries if entry.many_to_many]
    key = next((_named(builder, entry, built) for entry in entries if entry.primary_key), None)
    view.attrs.setdefault("original_attrs", {option: built.meta.get(option) for option in built.meta.stated()})
    view.attrs.update(
        app_label=built.app_label,
        object_name=name,
        model_name=name.lower(),
        label=f"{built.app_label}.{name}",
        label_lower=built.label_lower,
        abstract=built.abstract,
        proxy=built.proxy,
        managed=built.meta.get("managed") is not False,
        swappable=built.meta.get("swappable"),
        swapped=_swapped(builder, built),
        auto_created=False,
        model=built.cls,
        concrete_model=builder.concrete(built).cls if not built.abstract else None,
        parents={cls: _link(builder, built, link) for cls, link in built.parents.items()},
        all_parents=tuple(_ancestors(builder, built)),
        get_parent_list=Native(
            "get_parent_list", lambda interp, args, kwargs: list(_ancestors(builder, built)), "static"
        ),
        local_fields=concrete,
        local_many_to_many=many,
        private_fields=[_named(builder, entry, built) for entry in built.entries if entry.private],
        fields=(*_inherited(builder, built), *concrete),
        concrete_fields=(*_inherited(builder, built), *concrete),
        many_to_many=tuple(many),
        db_table=built.meta.table(built.app_label, name),
        verbose_name=built.meta.get("verbose_name") or _spaced(name),
        verbose_name_plural=_plural(built, name),
        get_latest_by=built.meta.get("get_latest_by"),
        select_on_save=built.meta.get("select_on_save") is True,
        default_permissions=built.meta.get("default_permissions") or ("add", "change", "delete", "view"),
        default_manager_name=built.meta.get("default_manager_name"),
        base_manager_name=built.meta.get("base_manager_name"),
        db_table_comment=built.meta.get("db_table_comment") or "",
        ordering=built.meta.get("ordering") or [],
        unique_together=built.meta.get("unique_together") or (),
        indexes=built.meta.get("indexes") or [],
        constraints=built.meta.get("constraints") or [],
        default_related_name=built.meta.get("default_related_name"),
        order_with_respect_to=built.meta.get("order_with_respect_to"),
        permissions=built.meta.get("permissions") or [],
        db_tablespace=built.meta.get("db_tablespace") or "",
        apps=builder.interp.lookup("django.apps.apps"),
        get_field=Native("get_field", _get_field(builder, built), "static"),
        get_fields=Native("get_fields", lambda interp, args, kwargs: [*concrete, *many], "static"),
        add_field=Native("add_field", _add_field(builder, built), "static"),
    )
    if INDEX_TOGETHER(builder.interp.version):
        view.attrs["index_together"] = built.meta.get("index_together") or ()
    if key is not None:
        view.attrs["pk"] = key
    view.attrs.update(view.attrs.get("__assigned__", {}))


def _named(builder: ModelBuilder, entry: Entry, built: Built) -> Instance:
    """A field as it is once its model exists: with its name, column and model."""
    obj = entry.obj
    obj.attrs.setdefault("model", built.cls)
    if "attname" not in obj.attrs:
        obj.attrs["name"] = obj.attrs.get("name") or entry.name
        try:
            builder.interp.call(builder.interp.getattr(obj, "set_attributes_from_name"), [entry.name], {})
        except (Stuck, Raised):
            obj.attrs["attname"] = entry.name
    return obj


def _link(builder: ModelBuilder, built: Built, name: str | None) -> Object:
    entry = built.entry(name) if name else None
    return _named(builder, entry, built) if entry is not None else None


def _ancestors(builder: ModelBuilder, built: Built) -> dict[Class, None]:
    """All concrete ancestors, nearest first."""
    found: dict[Class, None] = dict.fromkeys(built.parents)
    for cls in built.parents:
        parent = builder.build(cls)
        if parent is not None:
            found |= _ancestors(builder, parent)
    return found


def _inherited(builder: ModelBuilder, built: Built) -> list[Instance]:
    """Fields of concrete parents, which a model's `fields` include."""
    result: list[Instance] = []
    for cls in built.parents:
        parent = builder.build(cls)
        if parent is not None:
            result += [*_inherited(builder, parent)]
            result += [_named(builder, e, parent) for e in parent.entries if not e.private and not e.many_to_many]
    return result


def _swapped(builder: ModelBuilder, built: Built) -> Object:
    """`_meta.swapped`: the label that replaces a swappable model, or None."""
    setting = built.meta.plain("swappable")
    if not isinstance(setting, str):
        return None
    try:
        value = builder.interp.settings(setting)
    except Raised:
        return None
    if not isinstance(value, str):
        return value if isinstance(value, Unknown) else None
    return None if value.lower() == built.label_lower else value


def _plural(built: Built, name: str) -> Object:
    stated = built.meta.get("verbose_name_plural")
    if stated:
        return stated
    singular = built.meta.get("verbose_name") or _spaced(name)
    return f"{singular}s" if isinstance(singular, str) else singular


def _spaced(name: str) -> str:
    """`camel_case_to_spaces` for a class name."""
    words = ""
    for i, letter in enumerate(name):
        starts = letter.isupper() and i > 0
        if starts and (name[i - 1].islower() or (i + 1 < len(name) and name[i + 1].islower())):
            words += " "
        words += letter.lower()
    return words


def _get_field(builder: ModelBuilder, built: Built) -> Callable[..., Object]:
    def get_field(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        name = args[0] if args else kwargs.get("field_name")
        if not isinstance(name, str):
            raise Stuck(Unknown("which field is asked for is not known"))
        holders = [built, *(p for p in map(builder.build, built.parents) if p is not None)]
        for holder in holders:
            entry = holder.entry(name)
            if entry is not None:
                return _named(builder, entry, holder)
        for doubt in built.doubts:
            raise Stuck(doubt)
        raise Raised("FieldDoesNotExist", f"{built.cls.name} has no field named '{name}'")

    return get_field


def _add_field(builder: ModelBuilder, built: Built) -> Callable[..., Object]:
    def add_field(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        if args and isinstance(args[0], Instance):
            name = args[0].attrs.get("name")
            if isinstance(name, str):
                builder.add(built, name, args[0], private=kwargs.get("private") is True)
        return None

    return add_field


def _adder(builder: ModelBuilder, cls: Class) -> Callable[..., Object]:
    """`cls.add_to_class(name, value)`."""

    def add_to_class(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        if len(args) == 2 and isinstance(args[0], str):
            builder.add_to_class(cls, args[0], args[1])
        return None

    return add_to_class
