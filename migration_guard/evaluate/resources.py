"""Files inside packages, as programs ask for them by a package's name: `importlib.resources`, `pkgutil.get_data`.

In: packages and names. Out: paths, whose files `contents` reads.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from migration_guard.evaluate import contents
from migration_guard.evaluate.objects import Module, Native, Object, Stuck
from migration_guard.values import Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter


def _folder(interp: Interpreter, package: Object) -> PurePosixPath:
    """The folder of a package; of a module, the one that it lies in."""
    if package is None:
        package = interp.context[0]
    name = package.name if isinstance(package, Module) else package
    found = interp.finder.find(name) if isinstance(name, str) else None
    if found is None:
        raise Stuck(Unknown(f"where the files of the package {name} are is not known"))
    if found.path is not None:
        return PurePosixPath(found.path.parent)
    if len(found.search_paths) != 1:
        raise Stuck(Unknown(f"the package {name} lies in several folders"))
    return PurePosixPath(found.search_paths[0])


def _files(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    named = dict(zip(("anchor",), args, strict=False)) | kwargs
    return _folder(interp, named.get("anchor", named.get("package")))


def _named(args: list[Object], kwargs: dict[str, Object]) -> dict[str, Object]:
    return dict(zip(("package", "resource", "encoding", "errors"), args, strict=False)) | kwargs


def _path(interp: Interpreter, named: dict[str, Object]) -> PurePosixPath:
    resource = named.get("resource")
    if not isinstance(resource, str):
        raise Stuck(Unknown("the name of a file in a package is not known"))
    return _folder(interp, named.get("package")) / resource


def _read_text(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    named = _named(args, kwargs)
    return contents.text(interp, _path(interp, named), named.get("encoding"), named.get("errors"))


def _read_binary(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return contents.content(interp, _path(interp, _named(args, kwargs)))


_FILES: dict[str, Object] = {
    "files": Native("files", _files, kind="static"),
    "read_text": Native("read_text", _read_text, kind="static"),
    "read_binary": Native("read_binary", _read_binary, kind="static"),
}
MODULES: dict[str, dict[str, Object]] = {
    "importlib.resources": _FILES,
    "importlib_resources": _FILES,
    "pkgutil": {"get_data": Native("get_data", _read_binary, kind="static")},
}
