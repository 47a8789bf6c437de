"""What depends on the machine: the environment, the home folder, `configparser`.

In: calls of the program. Out: what it says itself, and Unknown for the rest. Nothing of this machine is looked at.
Where the machine is taken for a bare one (`Interpreter.bare`), no variable is set and no configuration file is there.
"""

from __future__ import annotations

import configparser
import pathlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migration_guard.evaluate.classes import OBJECT, finish
from migration_guard.evaluate.objects import Class, Native, Object, Raised, Stuck, Unset
from migration_guard.evaluate.operators import unwrap
from migration_guard.evaluate.sizes import known
from migration_guard.values import Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

_NOT_STATED = object()


def variable(interp: Interpreter, name: Object, default: Object, *, needed: bool = True) -> Object:
    """An environment variable: what the user stated, else the default written in the source (`...` for none).

    Without a default it is not known, but None on a bare machine, unless it is `needed`.
    """
    if not isinstance(name, str):
        raise Stuck(Unknown("an environment variable whose name is not known"))
    stated = interp.values.get(f"env:{name}", _NOT_STATED)
    if stated is not _NOT_STATED:
        return stated
    if default is not ...:
        return default
    if not needed and interp.bare:
        return None
    interp.asked_the_machine = interp.asked_the_machine or not needed
    remedy = f'give it a default, or state "env:{name}" in [tool.migration_guard.values]'
    unknown = Unknown(f"the environment variable {name} has no default", None, remedy, unset=not needed)
    raise (Stuck if needed else Unset)(unknown)


def _environment(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    name = args[0] if args else kwargs.get("key")
    default = args[1] if len(args) > 1 else kwargs.get("default", ...)
    return variable(interp, name, default, needed=False)


def _needed(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return variable(interp, args[1], ...)


def _contained(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return variable(interp, args[1], ..., needed=False) is not None


def _home(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    if not interp.bare:
        raise Stuck(Unknown("Path.home() depends on the machine"))
    return pathlib.PurePosixPath("~")


def _native_class(module: str, name: str, namespace: dict[str, Object]) -> Class:
    return finish(Class(name, module, name, bases=(OBJECT,), namespace=namespace, native=True))


ENVIRON = _native_class(
    "os",
    "_Environ",
    {
        "get": Native("get", lambda interp, args, kwargs: _environment(interp, args[1:], kwargs)),
        "setdefault": Native("setdefault", lambda interp, args, kwargs: args[2] if len(args) > 2 else None),
        "__getitem__": Native("__getitem__", _needed),
        "__contains__": Native("__contains__", _contained),
        "copy": Native("copy", lambda interp, args, kwargs: args[0]),
    },
)
GETENV = Native("getenv", _environment, kind="static")
HOME = Native("home", _home, kind="static")

# Configuration files

_PARSER = "__parser__"
_METHODS = (
    "read_dict", "read_string", "get", "getint", "getfloat", "getboolean", "has_section", "has_option", "sections",
    "options", "items", "set", "add_section", "remove_option", "remove_section",
)  # fmt: skip

_CHANGING = frozenset(
    {"read_dict", "read_string", "set", "add_section", "remove_option", "remove_section", "read_file"}
)


def _plain(args: list[Object], kwargs: dict[str, Object]) -> tuple[list[Any], dict[str, Any]]:
    values, named = [unwrap(arg) for arg in args], {name: unwrap(value) for name, value in kwargs.items()}
    for value in (*values, *named.values()):
        known(value)
    return values, named


def _init(make: type[configparser.RawConfigParser]) -> Callable[..., Object]:
    def init(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        values, named = _plain(args[1:], kwargs)
        try:
            args[0].attrs[_PARSER] = make(*values, **named)
        except (TypeError, ValueError):
            raise Stuck(Unknown("a parser of configuration files with options that are not followed")) from None
        return None

    return init


def _method(name: str) -> Native:
    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        parser = _parser(args[0])
        try:
            values, named = _plain(args[1:], kwargs)
        except Stuck as stuck:
            if name in _CHANGING:
                args[0].attrs[_PARSER] = stuck.unknown
            raise
        try:
            return _data(getattr(parser, name)(*values, **named))
        except (configparser.Error, ValueError, TypeError, AttributeError, KeyError) as error:
            raise Raised(type(error).__name__, str(error)) from None

    return Native(name, run)


def _parser(obj: Object) -> Any:
    """Python's own parser behind an instance; Stuck once something was put into it that is not known."""
    parser = obj.attrs.get(_PARSER, Unknown("a parser of configuration files that was not set up"))
    if isinstance(parser, Unknown):
        raise Stuck(parser)
    transform = obj.attrs.get("optionxform")
    if isinstance(transform, Class) and transform.ref.path == "builtins.str":
        parser.optionxform = str
    elif transform is not None:
        raise Stuck(Unknown("how a parser of configuration files spells its options is not known"))
    return parser


def _data(value: Any) -> Object:
    """Sections as dicts, and pairs as tuples: nothing of Python's own classes."""
    if isinstance(value, configparser.SectionProxy):
        return dict(value)
    if isinstance(value, list):
        return [tuple(map(_data, item)) if isinstance(item, tuple) else item for item in value]
    return value


def _read(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    if interp.bare:
        return []
    interp.asked_the_machine = True
    args[0].attrs[_PARSER] = unknown = Unknown("what configuration files hold depends on the machine")
    raise Stuck(unknown)


def _item(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return _method("__getitem__").fn(interp, args, kwargs)


def _contains(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return _method("has_section").fn(interp, args, kwargs)


def _class(name: str, make: type[configparser.RawConfigParser]) -> Class:
    namespace: dict[str, Object] = {method: _method(method) for method in _METHODS}
    namespace |= {
        "__init__": Native("__init__", _init(make)),
        "read": Native("read", _read),
        "read_file": Native("read_file", _read),
        "__getitem__": Native("__getitem__", _item),
        "__contains__": Native("__contains__", _contains),
    }
    return _native_class("configparser", name, namespace)


CONFIGPARSER: dict[str, Object] = {
    "RawConfigParser": _class("RawConfigParser", configparser.RawConfigParser),
    "ConfigParser": _class("ConfigParser", configparser.ConfigParser),
}
