"""Files that the program reads as data: SQL beside migrations, tables of JSON inside a package.

In: paths and modes. Out: texts, bytes, names, and what JSON says. Only files that `Interpreter.read_data` gives are
read, and folders that `Interpreter.list_folder` knows (of the project and its environment); for all others it depends
on the machine what they hold. Nothing is ever written.
"""

from __future__ import annotations

import json
import os
from pathlib import PurePath
from typing import TYPE_CHECKING

from migration_guard.evaluate.objects import Class, Instance, Native, Object, Raised, Stuck
from migration_guard.evaluate.operators import pure, unwrap
from migration_guard.evaluate.sizes import known
from migration_guard.values import Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

_REST = "__rest__"
_MODES = {"r": str, "rt": str, "rb": bytes}


def content(interp: Interpreter, path: Object) -> bytes:
    """What a file holds; Stuck unless it belongs to the project or its environment."""
    path = unwrap(path)
    if not isinstance(path, (str, PurePath)):
        raise Stuck(path if isinstance(path, Unknown) else Unknown("a file whose path is not known"))
    found = interp.read_data(os.fspath(path))
    if found is None:
        raise Stuck(Unknown(f"what is at {path} depends on the machine"))
    return found


def text(interp: Interpreter, path: Object, encoding: Object = None, errors: Object = None) -> str:
    """A file's text with newlines for line ends; UTF-8 unless the program names another encoding."""
    for option in (encoding, errors):
        known(option)
    data = content(interp, path)
    decoded = pure(data.decode, encoding or "utf-8", errors or "strict")
    return str(decoded).replace("\r\n", "\n").replace("\r", "\n")


def exists(interp: Interpreter, path: Object) -> bool:
    """True for a file that can be read; that there is none is nothing to rely on."""
    return content(interp, path) is not None


def entries(interp: Interpreter, path: Object) -> list[str]:
    """The names in a folder, sorted; Stuck unless it belongs to the project or its environment."""
    path = unwrap(path)
    found = interp.list_folder(os.fspath(path)) if isinstance(path, (str, PurePath)) else None
    if found is None:
        raise Stuck(path if isinstance(path, Unknown) else Unknown(f"what is in {path} depends on the machine"))
    interp.charge(len(found))
    return found


def opened(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`open(path, mode, buffering, encoding, errors)`, for reading only."""
    named = dict(zip(("file", "mode", "buffering", "encoding", "errors"), args, strict=False)) | kwargs
    mode = named.get("mode", "r")
    if mode not in _MODES:
        raise Stuck(Unknown("a file that is not opened for reading"))
    if _MODES[mode] is bytes:
        return Instance(FILE, {_REST: content(interp, named.get("file"))})
    return Instance(FILE, {_REST: text(interp, named.get("file"), named.get("encoding"), named.get("errors"))})


def _read(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    rest, size = args[0].attrs[_REST], args[1] if len(args) > 1 else None
    if size is not None and not isinstance(size, int):
        raise Stuck(Unknown("how much of a file is read is not known"))
    end = len(rest) if size is None or size < 0 else size
    args[0].attrs[_REST] = rest[end:]
    return rest[:end]


def _lines(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    rest = args[0].attrs[_REST]
    args[0].attrs[_REST] = rest[:0]
    newline = "\n" if isinstance(rest, str) else b"\n"
    return [line + newline for line in rest.split(newline)[:-1]] + [line for line in rest.split(newline)[-1:] if line]


def _line(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    rest = args[0].attrs[_REST]
    end = rest.find("\n" if isinstance(rest, str) else b"\n") + 1 or len(rest)
    args[0].attrs[_REST] = rest[end:]
    return rest[:end]


def _itself(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return args[0]


def _nothing(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return None


_METHODS = {
    "read": _read,
    "readlines": _lines,
    "readline": _line,
    "__iter__": _lines,
    "__enter__": _itself,
    "__exit__": _nothing,
    "close": _nothing,
}
_FILE_NAMES: dict[str, Object] = {name: Native(name, fn) for name, fn in _METHODS.items()}
FILE = Class("TextIOWrapper", "_io", "TextIOWrapper", namespace=_FILE_NAMES, native=True)
FILE.unread = Unknown("what else can be done with a file is not modelled")


def _loads(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`json.loads(text)`, without the hooks that would build something of the program's own."""
    if kwargs:
        raise Stuck(Unknown("the options of json.loads() are not followed"))
    given = unwrap(args[0])
    if not isinstance(given, (str, bytes)):
        raise Stuck(given if isinstance(given, Unknown) else Unknown("the text for json.loads() is not known"))
    interp.charge(len(given))
    try:
        return json.loads(given)
    except json.JSONDecodeError as error:
        raise Raised("JSONDecodeError", str(error)) from None
    except (UnicodeDecodeError, RecursionError):
        raise Stuck(Unknown("this JSON text is not followed")) from None


def _load(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return _loads(interp, [interp.call(interp.getattr(args[0], "read"), [], {})], kwargs)


def _dumps(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """Plain data as JSON; how anything else is written is not followed."""
    if len(args) != 1 or not set(kwargs) <= {"indent", "sort_keys", "ensure_ascii"}:
        raise Stuck(Unknown("how this is written as JSON is not followed"))
    try:
        return json.dumps(unwrap(args[0]), **{name: unwrap(value) for name, value in kwargs.items()})
    except (TypeError, ValueError, RecursionError):
        raise Stuck(Unknown("what is written as JSON is not all known")) from None


OPEN = Native("open", opened, kind="static")
JSON: dict[str, Object] = {
    "load": Native("load", _load, kind="static"),
    "loads": Native("loads", _loads, kind="static"),
    "dumps": Native("dumps", _dumps, kind="static"),
}
