"""Data files that belong to a project or its environment, and what well-known packages find in theirs.

In: paths that the program reads, the folders that it is made of. Out: contents, or None for a file that is none of its
own: hidden, too large, or somewhere else on the machine. Pickles are read as data: nothing in them is imported.
"""

from __future__ import annotations

import os
import pickletools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from migration_guard.disk import AnyPath, read_bytes, scandir
from migration_guard.evaluate.objects import External, Native, Object, Stuck
from migration_guard.values import Ref, Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

LARGEST = 1_000_000
_FORMS = frozenset({"en", "en_US"})
"""Locales whose names are those of their language; others may inherit from elsewhere."""


def own_data(path: str, folders: Iterable[AnyPath]) -> bytes | None:
    """What a file holds, if it lies in one of the folders, wherever links lead."""
    try:
        if not _lies_in(path, folders) or os.path.basename(path).startswith("."):
            return None
        content = read_bytes(path, LARGEST + 1)
    except (OSError, ValueError):  # a path may hold characters that no path can have
        return None
    return content if len(content) <= LARGEST else None


def own_folder(path: str, folders: Iterable[AnyPath]) -> list[str] | None:
    """The names in a folder, sorted, if it lies in one of the folders, wherever links lead."""
    try:
        return sorted(entry.name for entry in scandir(path)) if _lies_in(path, folders) else None
    except (OSError, ValueError):
        return None


def _lies_in(path: str, folders: Iterable[AnyPath]) -> bool:
    real = os.path.realpath(path)
    return any(real.startswith(folder.rstrip(os.sep) + os.sep) for folder in map(os.path.realpath, folders))


def locale_modules() -> dict[str, dict[str, Object]]:
    """Native namespaces of `babel`, by module name (https://babel.pocoo.org/en/latest/api/numbers.html)."""
    name = Native("get_currency_name", _currency_name, "static", Ref("babel.numbers", "get_currency_name"))
    return {"babel.numbers": {"get_currency_name": name}}


def _currency_name(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`get_currency_name(currency, count=None, locale=...)`: from the tables of the babel that is installed."""
    named = dict(zip(("currency", "count", "locale"), args, strict=False)) | kwargs
    currency, locale = named.get("currency"), named.get("locale")
    if not isinstance(currency, str) or locale not in _FORMS or named.get("count") is not None:
        raise Stuck(Unknown("the name of a currency in a language that is not followed"))
    for form in ("en_US", "en", "root"):
        if form == "en_US" and locale != form:
            continue
        found = _names(interp, form).get(currency)
        if isinstance(found, str):
            return found
    return currency


def _names(interp: Interpreter, form: str) -> dict[Any, Any]:
    """The names of currencies in one of babel's tables; read once a run."""
    known = interp.remembered.get(f"babel:{form}")
    if known is None:
        package = interp.module("babel")
        path = None if isinstance(package, External) else package.path
        content = None if path is None else interp.read_data(str(path.parent / "locale-data" / f"{form}.dat"))
        table = None if content is None else plain_pickle(content)
        if not isinstance(table, dict):
            raise Stuck(
                Unknown("the names of currencies are in the package babel", None, interp.import_remedy("babel"))
            )
        found = table.get("currency_names", {})
        known = interp.remembered[f"babel:{form}"] = found if isinstance(found, dict) else {}
    assert isinstance(known, dict)
    return known


class _Foreign:
    """In a pickle: something of a class of its own, which is left alone."""


def plain_pickle(data: bytes) -> object:
    """The dicts, lists and texts of a pickle; None for one that is more than a table. Nothing of it is executed."""
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name == "STOP":
                return stack[-1]
            _step(opcode.name, argument, stack, marks, memo)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None
    return None


def _step(name: str, argument: Any, stack: list[Any], marks: list[int], memo: dict[int, Any]) -> None:
    """One instruction, of those that tables are made with. Raises ValueError for any other."""
    match name:
        case "PROTO" | "FRAME":
            pass
        case "MARK":
            marks.append(len(stack))
        case "EMPTY_DICT" | "EMPTY_LIST" | "EMPTY_TUPLE" | "EMPTY_SET":
            stack.append({"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple, "EMPTY_SET": set}[name]())
        case "NONE" | "NEWTRUE" | "NEWFALSE":
            stack.append({"NONE": None, "NEWTRUE": True, "NEWFALSE": False}[name])
        case "MEMOIZE":
            memo[len(memo)] = stack[-1]
        case "BINPUT" | "LONG_BINPUT":
            memo[argument] = stack[-1]
        case "BINGET" | "LONG_BINGET":
            stack.append(memo[argument])
        case "TUPLE1" | "TUPLE2" | "TUPLE3":
            _fold(stack, len(stack) - int(name[-1]))
        case "TUPLE":
            _fold(stack, marks.pop())
        case "SETITEM" | "SETITEMS" | "APPEND" | "APPENDS" | "ADDITEMS":
            _fill(name, stack, marks)
        case "GLOBAL" | "STACK_GLOBAL":
            _replace(stack, 0 if name == "GLOBAL" else 2)
        case "REDUCE" | "NEWOBJ":
            _replace(stack, 2)
        case "BUILD":
            stack.pop()
        case "INT" | "BININT" | "BININT1" | "BININT2" | "LONG1" | "BINFLOAT" | "SHORT_BINSTRING" | "BINSTRING":
            stack.append(argument)
        case "BINUNICODE" | "SHORT_BINUNICODE" | "SHORT_BINBYTES" | "BINBYTES":
            stack.append(argument)
        case _:
            raise ValueError(name)


def _fold(stack: list[Any], start: int) -> None:
    stack[start:] = [tuple(stack[start:])]


def _replace(stack: list[Any], count: int) -> None:
    """In place of what would be imported or called: nothing that could be either."""
    if count:
        del stack[-count:]
    stack.append(_Foreign())


def _fill(name: str, stack: list[Any], marks: list[int]) -> None:
    start = len(stack) - {"SETITEM": 2, "APPEND": 1}[name] if name in ("SETITEM", "APPEND") else marks.pop()
    items, target = stack[start:], stack[start - 1]
    del stack[start:]
    if isinstance(target, _Foreign):
        return
    if name.startswith("SET"):
        target.update(zip(items[::2], items[1::2], strict=True))
    elif name.startswith("APPEND"):
        target.extend(items)
    else:
        target.update(items)
