"""Managers and querysets as far as migrations know them: `from_queryset`, `as_manager`, `use_in_migrations`.

In: classes and instances of the program. Out: what `deconstruct()` gives. Queries are never made.
"""

from __future__ import annotations

from migration_guard.evaluate.classes import finish
from migration_guard.evaluate.objects import Class, External, Function, Instance, Native, Object, Stuck
from migration_guard.project.natives.declare import Interp, as_data, method, native_class, truth
from migration_guard.values import Unknown

MODULE = "django.db.models.manager"

QUERYSET = native_class("django.db.models.query", "QuerySet")
BASE_MANAGER = native_class(MODULE, "BaseManager", namespace={
    "creation_counter": 0, "auto_created": False, "use_in_migrations": False,
})  # fmt: skip
MANAGER_FROM_QUERYSET = native_class(MODULE, "BaseManagerFromQuerySet", (BASE_MANAGER,), {"_queryset_class": QUERYSET})
MANAGER = native_class(MODULE, "Manager", (MANAGER_FROM_QUERYSET,))
EMPTY_MANAGER = native_class(MODULE, "EmptyManager", (MANAGER,))
MANAGER_CLASSES: tuple[Class, ...] = (QUERYSET, BASE_MANAGER, MANAGER_FROM_QUERYSET, MANAGER, EMPTY_MANAGER)


@method(BASE_MANAGER, "__init__")
def _init(interp: Interp, self: Instance) -> None:
    self.attrs.update(model=None, name=None, _db=None, _hints={})


@method(EMPTY_MANAGER, "__init__")
def _empty_init(interp: Interp, self: Instance, model: Object) -> None:
    self.attrs.update(model=model, name=None, _db=None, _hints={})


@method(BASE_MANAGER, "from_queryset", "class")
def _from_queryset(interp: Interp, cls: Object, queryset_class: Object, class_name: Object = None) -> Object:
    if not isinstance(cls, Class):
        raise Stuck(Unknown("from_queryset() of a class that is not known"))
    if isinstance(queryset_class, External):
        queryset_class = as_data(queryset_class)
    if not isinstance(queryset_class, Class):
        raise Stuck(
            queryset_class if isinstance(queryset_class, Unknown) else Unknown("the queryset class is not known")
        )
    name = class_name if isinstance(class_name, str) else f"{cls.name}From{queryset_class.name}"
    namespace: dict[str, Object] = {"_queryset_class": queryset_class, **_copied_methods(cls, queryset_class)}
    if not cls.doubts:
        # A queryset lends its methods and nothing else: where it cannot be read, this is known all the same.
        namespace["use_in_migrations"] = cls.find("use_in_migrations")
    # Django builds it with type(): its module is django.db.models.manager, where nothing of that name can be found.
    made = Class(name, MODULE, name, (cls,), namespace, origin=queryset_class.origin, doubts=queryset_class.doubts)
    return finish(made)


def _copied_methods(cls: Class, queryset_class: Class) -> dict[str, Object]:
    """The queryset's public methods that a manager gets: they exist, and what they return is not known."""
    copied: dict[str, Object] = {}
    for owner in queryset_class.mro:
        for name, value in owner.namespace.items():
            if isinstance(value, (Function, Native)) and not name.startswith("_") and not cls.has(name):
                copied.setdefault(name, value)
    copied.pop("as_manager", None)
    return copied


@method(QUERYSET, "as_manager", "class")
def _as_manager(interp: Interp, cls: Object) -> Object:
    made = _from_queryset(interp, MANAGER, cls)
    manager = interp.call(made, [], {})
    manager.attrs["_built_with_as_manager"] = True
    return manager


@method(BASE_MANAGER, "contribute_to_class")
def _contribute(interp: Interp, self: Instance, cls: Object, name: Object) -> None:
    self.attrs["name"] = self.attrs.get("name") or name
    self.attrs["model"] = cls


@method(BASE_MANAGER, "deconstruct")
def _deconstruct(interp: Interp, self: Instance) -> Object:
    queryset = self.cls.find("_queryset_class")
    if truth(self.attrs.get("_built_with_as_manager")) and isinstance(queryset, Class):
        return True, None, f"{queryset.module}.{queryset.name}", None, None
    return False, f"{self.cls.module}.{self.cls.name}", None, self.args, dict(self.kwargs)


@method(BASE_MANAGER, "get_queryset")
def _get_queryset(interp: Interp, self: Instance) -> Object:
    return Instance(LAZY)


def _database(interp: Interp, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """Which database a query would go to: the default one, unless routers decide."""
    return "default" if interp.settings("DATABASE_ROUTERS") == [] else Unknown("what the database routers decide")


BASE_MANAGER.namespace["db"] = Native("db", _database, kind="property")
LAZY = native_class("django.db.models.query", "QuerySet", (QUERYSET,))
LAZY.doubts = (Unknown("a query is not made"),)
for _name in ("all", "filter", "exclude", "order_by", "distinct", "select_related", "prefetch_related", "none"):
    LAZY.namespace[_name] = Native(_name, lambda interp, args, kwargs: args[0])
LAZY.namespace["db"] = Native("db", _database, kind="property")
