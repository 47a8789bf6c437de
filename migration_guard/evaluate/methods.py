"""Methods of plain data (str, list, dict, datetime, ...): those that are harmless, called on the data itself."""

from __future__ import annotations

import datetime
import decimal
import fnmatch
import inspect
import pathlib
import re
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migration_guard.evaluate import contents, operators
from migration_guard.evaluate.objects import OURS, Native, Object, Raised, Stuck
from migration_guard.evaluate.operators import formattable, key, mapping, pure, unwrap
from migration_guard.evaluate.sizes import MAX_KEY, MAX_SIZE, TOO_LARGE, checked
from migration_guard.values import Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

STR = """capitalize casefold center count endswith expandtabs find format format_map index isalnum isalpha isascii
isdecimal isdigit isidentifier islower isnumeric isspace istitle isupper join ljust lower lstrip partition removeprefix
removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title upper
zfill encode translate"""
BYTES = "decode hex startswith endswith split strip join upper lower replace"
LIST = "append extend insert remove pop clear index count sort reverse copy"
DICT = "get items keys values pop popitem setdefault update clear copy"
SET = """add remove discard pop clear copy update union intersection difference symmetric_difference issubset
issuperset isdisjoint difference_update intersection_update"""
PATHS = """joinpath with_suffix with_name with_stem relative_to is_relative_to as_posix is_absolute match parent parents
name stem suffix parts"""
DATE = ("replace", "isoformat", "strftime", "weekday", "isoweekday", "year", "month", "day")
TIME = ("replace", "isoformat", "strftime", "hour", "minute", "second", "microsecond", "tzinfo")

METHODS: dict[type, frozenset[str]] = {
    str: frozenset(STR.split()),
    bytes: frozenset(BYTES.split()),
    list: frozenset(LIST.split()),
    tuple: frozenset(("index", "count")),
    dict: frozenset(DICT.split()),
    set: frozenset(SET.split()),
    frozenset: frozenset(name for name in SET.split() if hasattr(frozenset, name)),
    int: frozenset(("bit_length", "bit_count", "to_bytes", "numerator", "denominator", "real", "imag")),
    float: frozenset(("is_integer", "hex")),
    range: frozenset(("index", "count", "start", "stop", "step")),
    datetime.datetime: frozenset([*DATE, *TIME, "date", "time", "timestamp", "timetuple"]),
    datetime.date: frozenset(DATE),
    datetime.time: frozenset(TIME),
    datetime.timedelta: frozenset(["days", "seconds", "microseconds", "total_seconds"]),
    decimal.Decimal: frozenset(["quantize", "is_zero", "as_tuple", "normalize"]),
    uuid.UUID: frozenset(["hex", "int", "version", "urn", "bytes"]),
    pathlib.PurePosixPath: frozenset(PATHS.split()),
    pathlib.PureWindowsPath: frozenset(PATHS.split()),
    re.Match: frozenset(["group", "groups", "groupdict", "start", "end", "span"]),
}


OPERATIONS: dict[str, Callable[..., Object]] = {
    "__setitem__": lambda interp, data, key, value: operators.set_item(interp, data, key, value),
    "__getitem__": lambda interp, data, key: operators.subscript(interp, data, key),
    "__contains__": lambda interp, data, item: operators.contains(interp, data, item),
    "__iter__": lambda interp, data: iter(interp.iterate(data)),
    "__len__": lambda interp, data: len(data),
    "__delitem__": lambda interp, data, key: pure(data.__delitem__, key),
}
"""What containers do behind their syntax, called by its name."""


def has(obj: Object, name: str) -> bool:
    """Whether plain data have an attribute that programs may use."""
    return (type(obj), name) in SPECIAL or _allowed(obj, name)


def inherited(interp: Interpreter, data: Object, name: str) -> Native:
    """A method that a subclass of a builtin type calls through `super()`, dunders of containers included."""
    if name in OPERATIONS:
        return Native(name, _special(OPERATIONS[name], data), kind="static")
    if name == "__init__":
        return Native(name, lambda interp, args, kwargs: None, kind="static")
    value = attribute(interp, data, name)
    return value if isinstance(value, Native) else Native(name, lambda interp, args, kwargs: value, kind="property")


def _allowed(obj: Object, name: str) -> bool:
    return any(name in METHODS[cls] for cls in type(obj).__mro__ if cls in METHODS)


def attribute(interp: Interpreter, obj: Object, name: str) -> Object:
    """An attribute of plain data: a value, or a Native for a method."""
    if name == "__class__":
        return interp.class_of(obj)
    special = SPECIAL.get((type(obj), name))
    if special is not None:
        return Native(name, _special(special, obj), kind="static")
    if name == "__doc__":
        return None
    if name in OPERATIONS and hasattr(obj, name):
        return inherited(interp, obj, name)
    if not _allowed(obj, name):
        if hasattr(obj, name):
            raise Stuck(Unknown(f"{type(obj).__name__}.{name} is not modelled"))
        raise Raised("AttributeError", f"'{type(obj).__name__}' object has no attribute '{name}'")
    value = getattr(obj, name)
    return Native(name, _method(value), kind="static") if callable(value) else value


def _special(special: Callable[..., Any], obj: Object) -> Callable[..., Any]:
    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        if not _fits(special, len(args), kwargs):
            raise Raised("TypeError", f"{special.__name__.strip('_')}() got arguments that it does not take")
        return special(interp, obj, *args, **kwargs)

    return run


def _fits(special: Callable[..., Any], given: int, kwargs: dict[str, Object]) -> bool:
    """Whether a function below takes the arguments, apart from the interpreter and the data."""
    code = special.__code__
    names = code.co_varnames[2 : code.co_argcount]
    required = names[: len(names) - len(special.__defaults__ or ())]
    if given > len(names) and not code.co_flags & inspect.CO_VARARGS:
        return False
    if any(name not in kwargs for name in required[given:]) or any(name in kwargs for name in names[:given]):
        return False
    keywords = code.co_varnames[2 : code.co_argcount + code.co_kwonlyargcount]
    return bool(code.co_flags & inspect.CO_VARKEYWORDS) or all(name in keywords for name in kwargs)


def _method(method: Callable[..., Any]) -> Callable[..., Any]:
    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        plain = [_argument(interp, arg) for arg in args]
        named = {name: _argument(interp, arg) for name, arg in kwargs.items()}
        if method.__name__ not in AT_ONCE:
            interp.weigh(getattr(method, "__self__", None), unknown=True)
        for arg in (*plain, *named.values()):
            interp.weigh(arg, unknown=method.__name__ not in COMPARING)
            if isinstance(arg, int) and abs(arg) > MAX_KEY and method.__name__ in WIDENING:
                raise Stuck(TOO_LARGE)
        if method.__name__ in ("replace", "translate"):
            _check_growth(method.__name__, method.__self__, plain)  # type: ignore[attr-defined]
        return checked(pure(method, *plain, **named))

    return run


AT_ONCE = {"pop", "popitem", "clear", "discard"}
"""Methods that do not walk through the data."""
COMPARING = {"index", "count"}
WIDENING = {"ljust", "rjust", "center", "zfill", "expandtabs"}


def _check_growth(name: str, text: Object, args: list[Object]) -> None:
    """Stuck before a text is replaced by a much larger one."""
    if not isinstance(text, (str, bytes)) or not args:
        return
    if name == "replace" and len(args) > 1:
        grown = pure(text.count, args[0]) * operators.longest(args[1])
    else:
        grown = len(text) * operators.longest(args[0])
    if grown > MAX_SIZE:
        raise Stuck(TOO_LARGE)


def _argument(interp: Interpreter, arg: Object) -> Object:
    arg = unwrap(arg)
    if isinstance(arg, OURS):
        raise Stuck(arg if isinstance(arg, Unknown) else Unknown(f"{arg!r} is not a known value"))
    return arg


def _join(interp: Interpreter, text: Any, items: Object) -> Object:
    parts = [unwrap(item) for item in interp.iterate(items)]
    for part in parts:
        if isinstance(part, Unknown):
            raise Stuck(part)
    if sum(len(part) for part in parts if isinstance(part, (str, bytes))) + len(text) * len(parts) > MAX_SIZE:
        raise Stuck(TOO_LARGE)
    return pure(text.join, parts)


def _format(interp: Interpreter, text: str, *args: Object, **kwargs: Object) -> Object:
    import string

    fields = pure(lambda: list(string.Formatter().parse(text)))
    for _, field, spec, _ in fields:
        wide = "{" in (spec or "") or any(c.isdigit() for c in (spec or "")[4:])
        if wide or (field and ("." in field or "[" in field)):
            raise Stuck(Unknown("this format is not modelled"))
    plain = [formattable(interp, arg) for arg in args]
    named = {name: formattable(interp, arg) for name, arg in kwargs.items()}
    if len(fields) * operators.longest([*plain, *named.values()]) > MAX_SIZE:
        raise Stuck(TOO_LARGE)
    return pure(text.format, *plain, **named)


def _append(interp: Interpreter, items: list[Any], item: Object) -> None:
    items.append(item)


def _insert(interp: Interpreter, items: list[Any], index: Object, item: Object) -> None:
    pure(items.insert, index, item)


def _extend(interp: Interpreter, items: list[Any], more: Object) -> None:
    items.extend(interp.iterate(more))
    checked(items)


def _remove(interp: Interpreter, items: list[Any], item: Object) -> None:
    interp.weigh(items, unknown=True)
    for i, other in enumerate(items):
        if other is item or unwrap(other) == unwrap(item):
            del items[i]
            return
    raise Raised("ValueError", "list.remove(x): x not in list")


def _sort(interp: Interpreter, items: list[Any], *, key: Object = None, reverse: bool = False) -> None:
    items[:] = interp.call(interp.builtins["sorted"], [list(items)], {"key": key, "reverse": reverse})


def _get(interp: Interpreter, data: dict[Any, Any], name: Object, default: Object = None) -> Object:
    return data.get(key(name), default)


def _pop(interp: Interpreter, data: dict[Any, Any], name: Object, *default: Object) -> Object:
    return pure(data.pop, key(name), *default)


def _setdefault(interp: Interpreter, data: dict[Any, Any], name: Object, default: Object = None) -> Object:
    return data.setdefault(key(name), default)


def _update(interp: Interpreter, data: dict[Any, Any], *others: Object, **kwargs: Object) -> None:
    for other in others:
        if isinstance(other, (list, tuple)):
            data.update({key(k): v for k, v in (interp.iterate(pair) for pair in other)})
        else:
            data.update(mapping(other))
    data.update(kwargs)


def _items(interp: Interpreter, data: dict[Any, Any]) -> list[Any]:
    return list(data.items())


def _keys(interp: Interpreter, data: dict[Any, Any]) -> list[Any]:
    return list(data)


def _values(interp: Interpreter, data: dict[Any, Any]) -> list[Any]:
    return list(data.values())


def _add(interp: Interpreter, items: set[Any], item: Object) -> None:
    items.add(key(item))


def _set_update(interp: Interpreter, items: set[Any], *others: Object) -> None:
    for other in others:
        items.update(key(item) for item in interp.iterate(other))


def _itself(interp: Interpreter, path: Any, *args: Object, **kwargs: Object) -> Object:
    return path


def _on_disk(interp: Interpreter, path: Any, *args: Object, **kwargs: Object) -> Object:
    raise Stuck(Unknown(f"what is at {path} depends on the machine"))


def _text_of(interp: Interpreter, path: Any, encoding: Object = None, errors: Object = None) -> Object:
    return contents.text(interp, path, encoding, errors)


def _bytes_of(interp: Interpreter, path: Any) -> Object:
    return contents.content(interp, path)


def _is_there(interp: Interpreter, path: Any, **kwargs: Object) -> Object:
    return contents.exists(interp, path)


def _entries(interp: Interpreter, path: Any) -> list[Any]:
    return [path / name for name in contents.entries(interp, path)]


def _matching(interp: Interpreter, path: Any, pattern: Object) -> list[Any]:
    """Entries of the folder itself: patterns that lead into others are not followed."""
    if not isinstance(pattern, str) or "/" in pattern or "**" in pattern:
        raise Stuck(Unknown(f"what fits {pattern!r} in {path} is not followed"))
    return [entry for entry in _entries(interp, path) if fnmatch.fnmatchcase(entry.name, pattern)]


def _is_folder(interp: Interpreter, path: Any) -> bool:
    """True for a folder that can be listed; that there is none is nothing to rely on."""
    return contents.entries(interp, path) is not None


def _opened(interp: Interpreter, path: Any, *args: Object, **kwargs: Object) -> Object:
    return contents.opened(interp, [path, *args], kwargs)


PATH_SPECIAL: dict[tuple[type, str], Callable[..., Any]] = {
    (pathlib.PurePosixPath, name): fn
    for fn, names in (
        (_itself, "resolve absolute expanduser"),
        (_is_there, "exists is_file"),
        (_text_of, "read_text"),
        (_bytes_of, "read_bytes"),
        (_opened, "open"),
        (_entries, "iterdir"),
        (_matching, "glob"),
        (_is_folder, "is_dir"),
        (_on_disk, "rglob stat mkdir touch"),
    )
    for name in names.split()
}


def _index(interp: Interpreter, items: Any, item: Object) -> Object:
    interp.charge(16 * len(items))
    for i, other in enumerate(items):
        if other is item or unwrap(other) == unwrap(item):
            return i
    raise Raised("ValueError", f"{item!r} is not in list")


SPECIAL: dict[tuple[type, str], Callable[..., Any]] = {
    (str, "join"): _join,
    (bytes, "join"): _join,
    (str, "format"): _format,
    (list, "index"): _index,
    (tuple, "index"): _index,
    (list, "append"): _append,
    (list, "insert"): _insert,
    (list, "extend"): _extend,
    (list, "remove"): _remove,
    (list, "sort"): _sort,
    (dict, "get"): _get,
    (dict, "pop"): _pop,
    (dict, "setdefault"): _setdefault,
    (dict, "update"): _update,
    (dict, "items"): _items,
    (dict, "keys"): _keys,
    (dict, "values"): _values,
    (set, "add"): _add,
    (set, "update"): _set_update,
    **PATH_SPECIAL,
}
