"""Import statements: binding names to modules and their members, as late as possible.

A plain import binds a Thunk, so that a module is read only when something of it is wanted. Inside a `try` the import
is done at once, because its failure decides what runs next.
"""

from __future__ import annotations

from typing import Any

from migration_guard.evaluate.frames import Frame
from migration_guard.evaluate.objects import External, Function, Module, Native, Object, Raised, Stuck, Thunk
from migration_guard.source.errors import SourceError
from migration_guard.source.finder import is_stdlib
from migration_guard.values import Unknown


def absolute_name(module: Module, level: int, name: str) -> str:
    """The dotted name that `from ..name` means in a module."""
    if level == 0:
        return name
    parts = module.name.split(".")
    drop = level - 1 if module.package else level
    base = parts[: len(parts) - drop] if drop else parts
    if not base:
        raise Raised("ImportError", "attempted relative import beyond top-level package")
    return ".".join([*base, name] if name else base)


def bind_import(frame: Frame, dotted: str, asname: str | None) -> None:
    interp = frame.interp
    frame.module.imports.append(dotted)
    _require(frame, dotted)
    name, target = (asname, dotted) if asname is not None else (dotted.partition(".")[0],) * 2
    if asname is not None or name not in frame.names:
        frame.store(name, Thunk(lambda: _used(frame, interp.module(target)), "import", module=target))


def _used(frame: Frame, found: Object) -> Object:
    """What an import gives; that the module needs it is noted."""
    if isinstance(found, (Module, External)):
        frame.module.uses.add(found.name if isinstance(found, Module) else found.module)
    return found


def _require(frame: Frame, dotted: str) -> None:
    """Inside a try, make sure that a module is there; elsewhere remember when it surely is not."""
    interp = frame.interp
    if frame.eager:
        interp.require(dotted)
    elif frame.kind == "module" and frame.module.failed is None and not is_stdlib(dotted):
        module = interp.known(dotted)
        top = dotted.partition(".")[0]
        # A part of a package that is there may be compiled; so may a top-level module with an underscore.
        missing = isinstance(module, External) and interp.finder.find(top) is None and top[0] != "_"
        if missing and interp.surely_missing(dotted):
            frame.module.failed = Raised("ModuleNotFoundError", f"No module named '{dotted}'")


def bind_from(frame: Frame, level: int, name: str, names: Any) -> None:
    dotted = absolute_name(frame.module, level, name)
    frame.module.imports.append(dotted)
    if names == "*":
        _bind_star(frame, dotted)
        return
    _require(frame, dotted)
    for member, asname in names:
        target = asname or member
        frame.module.imports.append(f"{dotted}.{member}")
        if frame.eager:
            frame.store(target, _member_now(frame, dotted, member))
        else:
            frame.store(target, _deferred(frame, dotted, member))


def _deferred(frame: Frame, dotted: str, member: str) -> Thunk:
    interp = frame.interp

    def make() -> Object:
        try:
            if (dotted == frame.module.name or _came_back(interp, dotted, member)) and interp.finder.find(
                f"{dotted}.{member}"
            ) is not None:
                # the name itself is what is being bound
                return _used(frame, interp.module(f"{dotted}.{member}"))
            frame.module.uses.add(dotted)
            return _used(frame, import_member(interp, dotted, member))
        except Raised as raised:
            return External(dotted, member, missing=Unknown(f"{raised}", None, interp.import_remedy(dotted)))

    return Thunk(make, "import", module=dotted)


def _came_back(interp: Any, dotted: str, member: str) -> bool:
    """Whether a package has from us, by a star import, the very name that we import from it."""
    package = interp.module(dotted)
    held = package.namespace.get(member) if isinstance(package, Module) else None
    return isinstance(held, Thunk) and held.kind == "import" and held.state == "running"


def _member_now(frame: Frame, dotted: str, member: str) -> Object:
    frame.module.uses.add(dotted)
    try:
        return _used(frame, import_member(frame.interp, dotted, member))
    except Raised as raised:
        if raised.name == "AttributeError":
            raise Raised("ImportError", f"cannot import name '{member}' from '{dotted}'") from None
        raise
    except Stuck as stuck:
        return stuck.unknown


def import_member(interp: Any, dotted: str, member: str) -> Object:
    """`from dotted import member`."""
    module = interp.module(dotted)
    if isinstance(module, External):
        return External(
            module.module if not module.qualname else module.ref.path, member, module.certain, module.missing
        )
    return interp.member(module, member)


def _bind_star(frame: Frame, dotted: str) -> None:
    interp = frame.interp
    _require(frame, dotted)
    frame.module.uses.add(dotted)
    module = interp.module(dotted)
    if isinstance(module, External):
        frame.module.stars.append(dotted)
        return
    if module is frame.module:
        return
    try:
        interp.run(module)
    except SourceError:
        frame.module.stars.append(dotted)
        return
    for name in public_names(interp, module):
        if module.native is not None and name in module.native:
            value = module.native[name]
        elif name in module.namespace:
            value = module.namespace[name]
        else:
            value = _deferred(frame, dotted, name)
        if isinstance(value, Thunk) and value.module == frame.module.name and name in frame.names:
            continue  # that module had the name from this one
        frame.store(name, value)
    frame.module.stars += [star for star in module.stars if star not in frame.module.stars]


def public_names(interp: Any, module: Module) -> list[str]:
    """What `from module import *` binds."""
    declared = module.namespace.get("__all__")
    if isinstance(declared, Thunk):
        declared = declared.force()
    if isinstance(declared, (list, tuple)):
        return [name for name in declared if isinstance(name, str)]
    names = [*(module.native or ()), *module.namespace]
    return [name for name in dict.fromkeys(names) if not name.startswith("_")]


def names_of(interp: Any, module: Module) -> dict[str, Object]:
    """`vars(module)`: every name with its object. Raises Stuck where a star import may have brought others."""
    for star in module.stars:
        raise Stuck(interp.unreadable(star))
    if module.state == "running":
        raise Stuck(Unknown(f"what {module.name} defines is not known before its end (an import cycle)"))
    for name in list(module.namespace):
        interp.global_name(module, name)
    return {**(module.native or {}), **module.namespace}


def unbound(interp: Any, module: Module, name: str) -> Object:
    """A name that a module's statements did not bind. Raises AttributeError where there surely is none."""
    if name == "__dict__":
        return names_of(interp, module)
    special = {"__name__": module.name, "__file__": str(module.path), "__doc__": None, "__all__": None}
    if name in special and special[name] is not None:
        return special[name]
    hook = module.namespace.get("__getattr__")
    if isinstance(hook, (Function, Native)):
        return interp.call(hook, [name], {})
    if module.stars:
        return External(module.stars[0], name, missing=interp.unreadable(module.stars[0]))
    if module.state == "running" and name in interp.bound_names(module):
        raise Stuck(Unknown(f"{module.name}.{name} is used before it is defined (an import cycle)"))
    if module.path is None and is_stdlib(module.name):
        return External(module.name, name, certain=True)
    if interp.is_partial(module.path) or (module.path is None and module.native is not None):
        return External(module.name, name, missing=interp.unreadable(module.name))
    raise Raised("AttributeError", f"module '{module.name}' has no attribute '{name}'")
