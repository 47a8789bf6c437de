"""Managers of a model's state: those that migrations use, and the shims that keep the default manager's place.

The rules are those of `ModelState.from_model` and `Options.managers`
(https://docs.djangoproject.com/en/stable/topics/migrations/#model-managers).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from migration_guard.evaluate.classes import find
from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Class, Instance, Object, Raised, Stuck, Thunk
from migration_guard.project.natives.managers import MANAGER
from migration_guard.values import Call, Ref, Unknown, Value

if TYPE_CHECKING:
    from migration_guard.project.models import Built, ModelBuilder

PLAIN = Call(Ref("django.db.models.manager", "Manager"))


@dataclass(frozen=True, slots=True)
class Found:
    """A manager of a model or of a base: `depth` is the base's place in the MRO."""

    name: str
    obj: Instance
    depth: int


def managers_of(builder: ModelBuilder, built: Built) -> tuple[tuple[str, Value], ...]:
    """The managers that `ModelState` records."""
    found = _all(builder, built)
    default = _default_name(builder, built, found)
    base_name = _inherited_name(builder, built, "base_manager_name")
    result: list[tuple[str, Value]] = []
    shim = False
    for manager in found:
        used = _used(builder, manager.obj)
        if used is True:
            result.append((manager.name, manager_value(builder.interp, manager.obj)))
        elif isinstance(used, Unknown):
            result.append((manager.name, used))
        elif manager.name in (default, base_name):
            result.append((manager.name, PLAIN))
            shim = shim or manager.name == default == "objects"
    if shim and len(result) == 1 and result[0] == ("objects", PLAIN):
        return ()
    return tuple(result)


def default_manager(builder: ModelBuilder, built: Built) -> Object:
    """`_default_manager` of a model class: a copy that knows its model, as `Options.managers` makes them."""
    found = _all(builder, built)
    name = _default_name(builder, built, found)
    manager = next((item.obj for item in found if item.name == name), None)
    if manager is None:
        return None if built.abstract else builder.interp.call(MANAGER, [], {})
    return replace(manager, attrs={**manager.attrs, "model": built.cls, "name": name})


def _all(builder: ModelBuilder, built: Built) -> list[Found]:
    """Managers by depth in the MRO and order of creation; a nearer one hides those of the same name."""
    found: list[Found] = []
    seen: set[str] = set()
    depth = 0
    for base in built.cls.mro:
        if not builder.is_model(base):
            continue
        local = _local(builder, base)
        if base is not built.cls and not local:
            parent = builder.build(base)
            del parent
        for name, obj in sorted(local, key=lambda item: item[1].order[1:] if item[1].order else ()):
            if name not in seen:
                seen.add(name)
                found.append(Found(name, obj, depth))
        depth += 1
    return found


def _local(builder: ModelBuilder, cls: Class) -> list[tuple[str, Instance]]:
    result = []
    for name, value in list(cls.namespace.items()):
        if isinstance(value, Thunk):
            value = cls.namespace[name] = value.force()
        if isinstance(value, Instance) and is_manager(value):
            own = value.attrs.get("name")  # a manager that was put into a model before keeps the name it had there
            result.append((own if isinstance(own, str) else name, value))
    return result


def is_manager(obj: Object) -> bool:
    if not isinstance(obj, Instance):
        return False
    if any(base.name == "BaseManager" and base.native for base in obj.cls.mro):
        return True
    return bool(obj.cls.doubts) and obj.cls.name.endswith("Manager")


def _used(builder: ModelBuilder, obj: Instance) -> bool | Unknown:
    """`use_in_migrations`, as far as it can be known."""
    if "use_in_migrations" in obj.attrs:
        return obj.attrs["use_in_migrations"] is True
    present, value = find(obj.cls.mro, "use_in_migrations")
    owner = next((base for base in obj.cls.mro if "use_in_migrations" in base.namespace), None)
    if present and (owner is None or not owner.native or not obj.cls.doubts):
        return value is True
    if obj.cls.doubts:
        doubt = obj.cls.doubts[0]
        return Unknown(f"whether {obj.cls.name} is used in migrations is not known: {doubt.reason}", obj.origin)
    return False


def manager_value(interp: Interpreter, obj: Instance) -> Value:
    """A manager as the writer prints it: its class called with its arguments, or `Queryset.as_manager()`."""
    try:
        parts: list[Any] = interp.iterate(interp.call(interp.getattr(obj, "deconstruct"), [], {}))
        as_manager, manager_path, queryset_path, args, kwargs = parts
    except (Stuck, Raised, ValueError) as error:
        return Unknown(f"the manager {obj.cls.name} could not be deconstructed: {error}", obj.origin)
    export = interp.export
    if as_manager is True:
        module, _, name = str(queryset_path).rpartition(".")
        return Call(Ref(module, f"{name}.as_manager"), origin=obj.origin)
    module, _, name = str(manager_path).rpartition(".")
    return Call(
        Ref(module, name),
        tuple(export(arg) for arg in args),
        {key: export(value) for key, value in dict(kwargs).items()},
        obj.origin,
    )


def _default_name(builder: ModelBuilder, built: Built, found: list[Found]) -> str | None:
    stated = built.meta.plain("default_manager_name")
    if isinstance(stated, str):
        return stated
    if not _local(builder, built.cls):
        inherited = _parent_name(builder, built)
        if inherited is not None:
            return inherited
    return found[0].name if found else "objects"


def _parent_name(builder: ModelBuilder, built: Built) -> str | None:
    """`default_manager_name` of the first parent model, which counts where a model has no managers of its own."""
    for base in built.cls.mro[1:]:
        if builder.is_model(base):
            parent = builder.build(base)
            stated = parent.meta.plain("default_manager_name") if parent is not None else None
            return stated if isinstance(stated, str) else None
    return None


def _inherited_name(builder: ModelBuilder, built: Built, option: str) -> str | None:
    stated = built.meta.plain(option)
    if isinstance(stated, str):
        return stated
    for base in built.cls.mro[1:]:
        if builder.is_model(base):
            parent = builder.build(base)
            value = parent.meta.plain(option) if parent is not None else None
            return value if isinstance(value, str) else None
    return None
