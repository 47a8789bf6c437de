"""The standard library as interpreted code sees it: inert values, a few pure functions, and nothing with effects.

Modules and names that are not listed are External: they can be referred to, and calling them is Unknown. The
environment of our own process is never consulted, so that results depend on the source alone.
"""

from __future__ import annotations

import base64
import collections
import datetime
import decimal
import functools
import itertools
import math
import os.path
import pathlib
import string
import textwrap
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from migration_guard.evaluate import contents, enums, machine, patterns, records, resources
from migration_guard.evaluate.builtins import TYPES, native
from migration_guard.evaluate.classes import OBJECT, finish
from migration_guard.evaluate.objects import (
    OURS,
    Class,
    Function,
    Instance,
    Module,
    Native,
    Object,
    Partial,
    Raised,
    Stuck,
    Thunk,
)
from migration_guard.evaluate.operators import BINARY, binary, pure, subscript, unwrap
from migration_guard.evaluate.sizes import checked
from migration_guard.values import Ref, Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter


def _plain(args: list[Object], kwargs: dict[str, Object]) -> tuple[list[Any], dict[str, Any]]:
    values = [unwrap(arg) for arg in args]
    named = {name: unwrap(arg) for name, arg in kwargs.items()}
    for value in (*values, *named.values()):
        if isinstance(value, Unknown):
            raise Stuck(value)
        if isinstance(value, OURS):
            raise Stuck(Unknown(f"{value!r} is not a known value"))
    return values, named


def function(fn: Callable[..., Any], name: str = "") -> Native:
    """A pure function of the standard library, applied to plain data."""

    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        values, named = _plain(args, kwargs)
        return pure(fn, *values, **named)

    return native(name or fn.__name__, run)


def value_type(module: str, kind: type, **extra: Object) -> Class:
    """A standard library class whose instances are plain values here."""

    def build(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        values, named = _plain(args, kwargs)
        return checked(pure(kind, *values, **named))

    def check(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        return isinstance(args[0], kind)

    namespace: dict[str, Object] = {
        "__construct__": native(kind.__name__, build),
        "__instancecheck__": native("__instancecheck__", check),
        **extra,
    }
    return finish(Class(kind.__name__, module, kind.__name__, bases=(OBJECT,), namespace=namespace, native=True))


def unknowable(reason: str, ref: Ref | None = None) -> Native:
    """A function whose result changes from run to run: it can be referred to, its result is Unknown.

    Whoever needs a result that is as good as any other says what it is.
    """

    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        made = interp.of_this_moment(ref, args, kwargs)
        if made is None:
            raise Stuck(Unknown(reason))
        return made

    return Native(reason, run, kind="static", ref=ref)


def marker(module: str, name: str, *bases: Class, **namespace: Object) -> Class:
    """A class that programs derive from and that adds nothing that we look at."""
    return finish(Class(name, module, name, bases=bases or (OBJECT,), namespace=namespace, native=True))


def _datetime() -> dict[str, Object]:
    dt = datetime

    def now(kind: str, name: str) -> Native:
        return unknowable(f"datetime.{kind}.{name}() changes from run to run", Ref("datetime", f"{kind}.{name}"))

    date = value_type("datetime", dt.date, today=now("date", "today"), fromisoformat=function(dt.date.fromisoformat))
    moment = value_type(
        "datetime",
        dt.datetime,
        now=now("datetime", "now"),
        today=now("datetime", "today"),
        utcnow=now("datetime", "utcnow"),
        fromisoformat=function(dt.datetime.fromisoformat),
        strptime=function(dt.datetime.strptime),
        combine=function(dt.datetime.combine),
        max=dt.datetime.max,
        min=dt.datetime.min,
    )
    return {
        "date": date,
        "datetime": moment,
        "time": value_type("datetime", dt.time, max=dt.time.max, min=dt.time.min),
        "timedelta": value_type("datetime", dt.timedelta),
        "timezone": value_type("datetime", dt.timezone, utc=dt.timezone.utc),
        "tzinfo": marker("datetime", "tzinfo"),
        "UTC": dt.timezone.utc,
        "MINYEAR": dt.MINYEAR,
        "MAXYEAR": dt.MAXYEAR,
    }


def _zone(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    import zoneinfo

    values, _ = _plain(args, kwargs)
    try:
        return pure(zoneinfo.ZoneInfo, *values)
    except (zoneinfo.ZoneInfoNotFoundError, OSError):
        raise Stuck(Unknown(f"the time zone {values!r} is not known on this machine")) from None


def _zones(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """The time zones of this machine's database, as Django would see them here."""
    import zoneinfo

    return zoneinfo.available_timezones()


def _partial(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    if isinstance(args[0], Partial):
        return Partial(args[0].func, (*args[0].args, *args[1:]), {**args[0].kwargs, **kwargs})
    return Partial(args[0], tuple(args[1:]), dict(kwargs))


def _reduce(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    items = interp.iterate(args[1])
    if len(args) > 2:
        items = [args[2], *items]
    if not items:
        raise Raised("TypeError", "reduce() of empty iterable with no initial value")
    return functools.reduce(lambda a, b: interp.call(args[0], [a, b], {}), items)


def _same(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """A decorator that leaves what it decorates, with or without arguments of its own."""
    if len(args) == 1 and not kwargs and isinstance(args[0], (Function, Class, Native)):
        return args[0]
    return native("decorator", lambda interp, args, kwargs: args[0])


def _cached(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`lru_cache`: the function itself, whose cache can be cleared."""

    def apply(interp: Interpreter, inner: list[Object], _: dict[str, Object]) -> Object:
        if isinstance(inner[0], Function):
            inner[0].attrs.setdefault("cache_clear", native("cache_clear", lambda interp, args, kwargs: None))
        return inner[0]

    written_bare = len(args) == 1 and not kwargs and isinstance(args[0], (Function, Class, Native))
    return apply(interp, args, {}) if written_bare else native("decorator", apply)


def _partialmethod(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return Partial(args[0], tuple(args[1:]), dict(kwargs), "partialmethod")


def _wraps(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    def apply(interp: Interpreter, inner: list[Object], _: dict[str, Object]) -> Object:
        wrapper, wrapped = inner[0], args[0]
        if isinstance(wrapper, Function) and isinstance(wrapped, Function):
            wrapper.name, wrapper.qualname, wrapper.module = wrapped.name, wrapped.qualname, wrapped.module
        return wrapper

    return native("wraps", apply)


def _os() -> tuple[dict[str, Object], dict[str, Object]]:
    path: dict[str, Object] = {
        name: function(getattr(os.path, name))
        for name in ("basename", "dirname", "isabs", "join", "normpath", "split", "splitext", "commonprefix")
    }
    path["abspath"] = path["realpath"] = path["expanduser"] = path["normpath"]
    path["exists"] = path["isfile"] = native("exists", lambda interp, args, kwargs: contents.exists(interp, args[0]))
    path["isdir"] = native("isdir", lambda interp, args, kwargs: contents.entries(interp, args[0]) is not None)
    for name in ("getmtime", "getsize"):
        path[name] = unknowable(f"os.path.{name}() depends on the machine")
    names: dict[str, Object] = {
        "environ": Instance(machine.ENVIRON),
        "getenv": machine.GETENV,
        "listdir": native(
            "listdir", lambda interp, args, kwargs: contents.entries(interp, [*args, *kwargs.values(), "."][0])
        ),
        "getcwd": unknowable("os.getcwd() depends on the machine"),
        "sep": "/",
        "linesep": "\n",
        "name": "posix",
        "PathLike": marker("os", "PathLike"),
    }
    return names, path


def _path_type(name: str) -> Class:
    kind = pathlib.PureWindowsPath if name == "PureWindowsPath" else pathlib.PurePosixPath

    def build(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        values, _ = _plain(args, kwargs)
        return pure(kind, *values)

    def check(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        return isinstance(args[0], pathlib.PurePath if name in ("Path", "PurePath") else kind)

    return marker(
        "pathlib",
        name,
        __construct__=native(name, build),
        __instancecheck__=native("check", check),
        cwd=unknowable("Path.cwd() depends on the machine"),
        home=machine.HOME,
    )


def _ordered(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return interp.call(TYPES["dict"], args, kwargs)


def _defaultdict(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """A dict that asks the program's factory for what it lacks."""
    factory = args[0] if args else None
    make = None if factory is None else (lambda: interp.call(factory, [], {}))
    return collections.defaultdict(make, interp.call(TYPES["dict"], args[1:], kwargs))


def _update_wrapper(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return interp.call(_wraps(interp, args[1:2], {}), args[:1], {})


def _lists(fn: Callable[..., Any]) -> Native:
    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        columns = [interp.iterate(arg) if not isinstance(arg, int) else arg for arg in args]
        rows = []
        for row in itertools.islice(pure(fn, *columns, **kwargs), 100_000):
            rows.append(row)
            interp.charge(64 + 8 * len(row))
        return rows

    return native(fn.__name__, run)


def _operators() -> dict[str, Object]:
    names: dict[str, Object] = {}
    for op, (_, name) in BINARY.items():
        fn = native(name, lambda interp, args, kwargs, op=op: binary(interp, op, args[0], args[1]))
        names[name + "_" if name in ("and", "or") else name] = fn

    def attribute(interp: Interpreter, obj: Object, path: Object) -> Object:
        if not isinstance(path, str):
            raise Raised("TypeError", "attribute name must be a string")
        for name in path.split("."):
            obj = interp.getattr(obj, name)
        return obj

    return names | {"attrgetter": _getter("attrgetter", attribute), "itemgetter": _getter("itemgetter", subscript)}


def _getter(name: str, get: Callable[[Interpreter, Object, Object], Object]) -> Native:
    """`operator.itemgetter(1)` gives an item, `operator.itemgetter(1, 0)` a tuple of items."""

    def make(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        def run(interp: Interpreter, inner: list[Object], _: dict[str, Object]) -> Object:
            found = [get(interp, inner[0], arg) for arg in args]
            return found[0] if len(found) == 1 else tuple(found)

        return native(name, run)

    return native(name, make)


def _copy(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    obj = args[0]
    if isinstance(obj, Instance):
        return Instance(obj.cls, dict(obj.attrs), obj.args, dict(obj.kwargs), obj.origin, obj.order, obj.doubts)
    return obj.copy() if isinstance(obj, (list, dict, set)) else obj


def _deepcopy(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    def copy(obj: Object) -> Object:
        if isinstance(obj, (list, tuple)):
            return type(obj)(copy(item) for item in obj)
        if isinstance(obj, dict):
            return {k: copy(v) for k, v in obj.items()}
        return _copy(interp, [obj], {})

    interp.weigh(args[0], unknown=True)
    return copy(args[0])


def _typing() -> dict[str, Object]:
    names: dict[str, Object] = {
        name: marker("typing", name)
        for name in ("Generic", "Protocol", "TypedDict", "Any", "Iterable", "Mapping", "Sequence")
    }
    names["TYPE_CHECKING"] = False
    names["NamedTuple"] = records.NAMED_TUPLE
    names["cast"] = native("cast", lambda interp, args, kwargs: args[1])
    for name in ("NewType", "TypeVar", "ParamSpec", "TypeVarTuple"):
        names[name] = native(name, lambda interp, args, kwargs: marker("typing", str(unwrap(args[0]))))
    for name in ("overload", "final", "override", "no_type_check", "runtime_checkable"):
        names[name] = native(name, lambda interp, args, kwargs: args[0])
    return names


def _context_variable() -> Class:
    """`contextvars.ContextVar(name, default=...)`: there is one context, in which models are defined."""

    def init(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        args[0].attrs.update(name=args[1], **kwargs)
        return None

    def get(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        held = args[0].attrs
        for given in ([held["value"]] if "value" in held else [], args[1:], [held[n] for n in held if n == "default"]):
            if given:
                return given[0]
        raise Raised("LookupError", f"{args[0]!r}")

    def put(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        token = Instance(marker("contextvars", "Token"), {"before": dict(args[0].attrs)})
        args[0].attrs["value"] = args[1]
        return token

    def reset(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        args[0].attrs.clear()
        args[0].attrs.update(args[1].attrs["before"])
        return None

    methods = {"__init__": init, "get": get, "set": put, "reset": reset}
    return marker("contextvars", "ContextVar", **{name: Native(name, fn) for name, fn in methods.items()})


def _import_module(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    if not isinstance(args[0], str):
        raise Stuck(Unknown("import_module() of a name that is not known"))
    name, package = args[0], args[1] if len(args) > 1 else kwargs.get("package")
    if name.startswith("."):
        if not isinstance(package, str):
            raise Stuck(Unknown("import_module() beside a package that is not known"))
        level = len(name) - len(name.lstrip("."))
        name = ".".join(package.split(".")[: len(package.split(".")) - level + 1]) + "." + name.lstrip(".")
    name = name.rstrip(".")
    interp.eager_modules.add(name)
    module = interp.require(name)
    if isinstance(module, Module):
        _make_classes(module)
    return module


def _make_classes(module: Module) -> None:
    """Make the classes of a module that a program imports by its name: often it is for what they register."""
    for name, value in list(module.namespace.items()):
        if isinstance(value, Thunk) and value.kind == "class" and value.state == "new":
            made = value.force()
            if module.namespace.get(name) is value:
                module.namespace[name] = made


def _import(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`__import__`: the top package, or the module itself where names are wanted of it."""
    name = args[0] if args else kwargs.get("name")
    wanted = args[3] if len(args) > 3 else kwargs.get("fromlist")
    if not isinstance(name, str):
        raise Stuck(Unknown("__import__() of a name that is not known"))
    module = interp.require(name)
    return module if wanted else interp.module(name.partition(".")[0])


IMPORT = native("__import__", _import)


def _loaded_modules() -> Class:
    """`sys.modules`: a module is there as soon as somebody asks for it by name."""

    def item(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        return interp.require(args[1])

    def get(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        return interp.module(args[1]) if isinstance(args[1], str) else None

    def replace(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        """`sys.modules[__name__] = Settings()`: what the module does not define itself, that object answers."""
        module = interp.module(args[1]) if isinstance(args[1], str) else None
        if isinstance(module, Module):
            instead = args[2]
            answer = Native("__getattr__", lambda interp, args, kwargs: interp.getattr(instead, args[0]), "static")
            module.namespace["__getattr__"] = answer
        return None

    methods = {"__getitem__": item, "__setitem__": replace, "get": get}
    cls = marker("builtins", "dict", **{name: Native(name, fn) for name, fn in methods.items()})
    cls.doubts = (Unknown("which modules are loaded is not known"),)
    return cls


def _sys() -> dict[str, Object]:
    # A Python in the middle of the supported range: version checks in settings and models rarely matter here.
    return {
        "version_info": (3, 12, 0, "final", 0),
        "platform": "linux",
        "argv": ["manage.py", "makemigrations"],
        "path": [],
        "modules": Instance(_loaded_modules()),
        "maxsize": 2**63 - 1,
        "version": "3.12.0",
    }


def modules() -> dict[str, dict[str, Object]]:
    """Native namespaces by module name."""
    return {**_of_values(), **_of_the_system(), **_of_the_language()}


def _of_values() -> dict[str, dict[str, Object]]:
    return {
        "datetime": _datetime(),
        "zoneinfo": {
            "available_timezones": native("available_timezones", _zones),
            "ZoneInfo": marker("zoneinfo", "ZoneInfo", __construct__=native("ZoneInfo", _zone)),
        },
        "decimal": {"Decimal": value_type("decimal", decimal.Decimal)}
        | {name: getattr(decimal, name) for name in ("ROUND_HALF_UP", "ROUND_DOWN", "ROUND_UP", "ROUND_HALF_EVEN")},
        "uuid": {"UUID": value_type("uuid", uuid.UUID)}
        | {
            name: unknowable(f"uuid.{name}() changes from run to run", Ref("uuid", name))
            for name in ("uuid1", "uuid4", "uuid6", "uuid7", "uuid8")
        },
        "re": patterns.names(),
        "string": {n: getattr(string, n) for n in dir(string) if isinstance(getattr(string, n), str) and n[0] != "_"},
        "math": {"pi": math.pi, "inf": math.inf, "ceil": function(math.ceil), "floor": function(math.floor)}
        | {"sqrt": function(math.sqrt), "log": function(math.log)},
        "textwrap": {"dedent": function(textwrap.dedent)},
        "hashlib": {
            name: unknowable(f"hashlib.{name}() objects are not modelled") for name in ("md5", "sha1", "sha256")
        },
        "base64": {"b64encode": function(base64.b64encode), "b64decode": function(base64.b64decode)},
        # Any SQLite of recent years; which one a machine has does not change what models say.
        "sqlite3": {"sqlite_version_info": (3, 45, 0), "sqlite_version": "3.45.0"},
    }


def _of_the_system() -> dict[str, dict[str, Object]]:
    os_names, path_names = _os()
    paths = ("Path", "PurePath", "PosixPath", "PurePosixPath", "PureWindowsPath")
    path_types = {name: _path_type(name) for name in paths}
    return {
        "os": os_names,
        "os.path": path_names,
        "posixpath": path_names,
        "pathlib": dict(path_types),
        "configparser": dict(machine.CONFIGPARSER),
        "json": dict(contents.JSON),
        "io": {"open": contents.OPEN},
        **{name: dict(names) for name, names in resources.MODULES.items()},
        "importlib": {"import_module": native("import_module", _import_module)},
        "warnings": {"warn": native("warn", lambda i, a, k: None), "deprecated": native("deprecated", _same)},
        "sys": _sys(),
    }


def _of_the_language() -> dict[str, dict[str, Object]]:
    ordered = marker("collections", "OrderedDict", TYPES["dict"], __construct__=native("OrderedDict", _ordered))
    decorators = {name: native(name, _same) for name in ("total_ordering", "singledispatch")}
    decorators |= {name: native(name, _cached) for name in ("lru_cache", "cache")}
    abstract = ("Iterable", "Iterator", "Mapping", "MutableMapping", "Sequence", "Callable", "Hashable", "Set")
    collection_types = {"Mapping": dict, "Sequence": (list, tuple, str), "Set": (set, frozenset)}
    collection_types["MutableMapping"] = dict
    return {
        "functools": {
            "partial": marker("functools", "partial", __construct__=native("partial", _partial)),
            "partialmethod": marker(
                "functools", "partialmethod", __construct__=native("partialmethod", _partialmethod)
            ),
            "reduce": native("reduce", _reduce),
            "wraps": native("wraps", _wraps),
            "update_wrapper": native("update_wrapper", _update_wrapper),
            "cached_property": native("cached_property", lambda i, args, k: args[0]),
            **decorators,
        },
        "enum": dict(enums.NAMES),
        "collections": {
            "OrderedDict": ordered,
            "defaultdict": native("defaultdict", _defaultdict),
            "namedtuple": records.NAMEDTUPLE,
        },
        "collections.abc": {name: _abstract(name, collection_types.get(name)) for name in abstract},
        "itertools": {
            "chain": _chain(),
            "product": _lists(itertools.product),
            "combinations": _lists(itertools.combinations),
            "permutations": _lists(itertools.permutations),
            "zip_longest": _lists(itertools.zip_longest),
        },
        "operator": _operators(),
        "contextvars": {"ContextVar": _context_variable()},
        "copy": {"copy": native("copy", _copy), "deepcopy": native("deepcopy", _deepcopy)},
        "typing": _typing(),
        "typing_extensions": _typing(),
        "abc": {
            "ABC": marker("abc", "ABC"),
            "ABCMeta": marker("abc", "ABCMeta", TYPES["type"]),
            "abstractmethod": native("abstractmethod", lambda i, args, k: args[0]),
        },
        "types": {
            "MappingProxyType": native("MappingProxyType", _ordered),
            "SimpleNamespace": _simple_namespace(),
            "FunctionType": TYPES["function"],
        },
        "dataclasses": dict(records.DATACLASSES),
    }


def _abstract(name: str, kind: Any) -> Class:
    def check(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        obj = args[0]
        if name == "Callable":
            return interp.call(interp.builtins["callable"], [obj], {})
        if isinstance(obj, Instance):
            return any(cls.name == name for cls in obj.cls.mro) or (obj.cls.has("__iter__") and name == "Iterable")
        if name == "Iterable":
            return isinstance(obj, (list, tuple, dict, set, str, range)) or hasattr(obj, "__next__")
        if name == "Iterator":
            return hasattr(obj, "__next__")
        return isinstance(obj, kind) if kind else False

    return marker("collections.abc", name, __instancecheck__=native("check", check))


def _chain() -> Class:
    def build(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        return [item for arg in args for item in interp.iterate(arg)]

    def flat(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        return [item for arg in interp.iterate(args[0]) for item in interp.iterate(arg)]

    return marker(
        "itertools", "chain", __construct__=native("chain", build), from_iterable=native("from_iterable", flat)
    )


def _simple_namespace() -> Class:
    def init(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        args[0].attrs.update(kwargs)
        return None

    return marker("types", "SimpleNamespace", __init__=Native("__init__", init))
