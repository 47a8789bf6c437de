"""Import statements: binding names to modules and their members, as late as possible.

A plain import binds a Thunk, so that a module is read only when something of it is wanted. Inside a `try` the import
is done at once, because its failure decides what runs next.
"""

from __future__ import annotations

from typing import Any

from migration_guard.evaluate.frames import Frame
from migration_guard.evaluate.objects import External, Module, Object, Raised, Stuck, Thunk
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
    if asname is not None:
        frame.store(asname, Thunk(lambda: interp.module(dotted), "import", module=dotted))
        return
    top = dotted.partition(".")[0]
    if top not in frame.names:
        frame.store(top, Thunk(lambda: interp.module(top), "import", module=top))


def _require(frame: Frame, dotted: str) -> None:
    """Inside a try, make sure that a module is there; elsewhere remember when it surely is not."""
    interp = frame.interp
    if frame.eager:
        interp.require(dotted)
    elif frame.kind == "module" and frame.module.failed is None and not is_stdlib(dotted):
        module = interp.module(dotted)
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
                return interp.module(f"{dotted}.{member}")
            return import_member(interp, dotted, member)
        except Raised as raised:
            return External(dotted, member, missing=Unknown(f"{raised}", None, interp.import_remedy(dotted)))

    return Thunk(make, "import", module=dotted)


def _came_back(interp: Any, dotted: str, member: str) -> bool:
    """Whether a package has from us, by a star import, the very name that we import from it."""
    package = interp.module(dotted)
    held = package.namespace.get(member) if isinstance(package, Module) else None
    return isinstance(held, Thunk) and held.kind == "import" and held.state == "running"


def _member_now(frame: Frame, dotted: str, member: str) -> Object:
    try:
        return import_member(frame.interp, dotted, member)
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
        value = module.namespace.get(name)
        if value is None and module.native and name in module.native:
            value = module.native[name]
        elif name not in module.namespace:
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
