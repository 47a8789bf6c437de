"""Libraries through which settings read the environment, as native modules: django-environ, decouple, environs, ...

In: calls with names and defaults. Out: what the user states as "env:NAME" in the configuration, else the default that
is written, else Unknown. Neither the environment of this process nor any .env file is ever read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from migration_guard.evaluate.machine import variable
from migration_guard.evaluate.objects import Class, Instance, Native, NativeFunction, Object, Raised, Stuck
from migration_guard.evaluate.stdlib import marker
from migration_guard.values import Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

ENGINES = {
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "psql": "postgresql",
    "pgsql": "postgresql",
    "redshift": "postgresql",
    "mysql": "mysql",
    "mysql2": "mysql",
    "mysql-connector": "mysql",
    "sqlite": "sqlite3",
    "oracle": "oracle",
}
GIS_ENGINES = {"postgis": "postgis", "mysqlgis": "mysql", "spatialite": "spatialite", "oraclegis": "oracle"}
TRUE = frozenset({"true", "on", "ok", "y", "yes", "t", "1"})
CASTS: tuple[str, ...] = (
    "str",
    "unicode",
    "bytes",
    "bool",
    "int",
    "float",
    "json",
    "list",
    "tuple",
    "dict",
    "decimal",
    "date",
)
CASTS += ("datetime", "time", "timedelta", "uuid", "path", "url", "log_level")
MISSING: Object = ...


def environment_modules() -> dict[str, dict[str, Object]]:
    """Native namespaces by module name."""
    return {
        "environ": {"Env": _env_class("environ"), "FileAwareEnv": _env_class("environ", "FileAwareEnv")},
        "environs": {"Env": _env_class("environs"), "env": Instance(_env_class("environs"))},
        "decouple": _decouple(),
        "dj_database_url": {"config": _function("config", _database), "parse": _function("parse", _parse)},
        "pydantic_settings": _pydantic(),
    }


def _function(name: str, fn: NativeFunction) -> Native:
    return Native(name, fn, kind="static")


def read_variable(interp: Interpreter, name: Object, default: Object, cast: Object = None) -> Object:
    """A variable: what the user states (cast, if it is text), else the default as it is written."""
    marker_object = object()
    value = variable(interp, name, marker_object if default is not MISSING else MISSING)
    if value is marker_object:
        return default
    return convert(interp, value, cast) if isinstance(value, str) else value


def convert(interp: Interpreter, text: str, cast: Object) -> Object:
    """A variable's text as the type that the program asks for."""
    kind = cast if isinstance(cast, str) else cast.name if isinstance(cast, (Class, Native)) else ""
    if isinstance(cast, list) or kind in ("list", "tuple"):
        items = [item.strip() for item in text.split(",") if item.strip()]
        return tuple(items) if kind == "tuple" else items
    match kind:
        case "" if cast is None:
            return text
        case "str" | "unicode":
            return text
        case "bool":
            return text.strip().lower() in TRUE
        case "int" | "float":
            try:
                return int(text) if kind == "int" else float(text)
            except ValueError:
                raise Raised("ValueError", f"{text!r} is not of type {kind}") from None
    if isinstance(cast, str):
        raise Stuck(Unknown(f"an environment variable read as {kind} is not followed"))
    return interp.call(cast, [text], {})


# django-environ and environs


def _env_class(module: str, name: str = "Env") -> Class:
    methods: dict[str, Object] = {kind: Native(kind, _reader(kind)) for kind in CASTS}
    for alias in ("db", "db_url", "dj_db_url"):
        methods[alias] = Native(alias, lambda interp, args, kwargs: _database(interp, args[1:], kwargs))
    for opaque in (
        "cache",
        "cache_url",
        "email",
        "email_url",
        "search_url",
        "dj_email_url",
        "dj_cache_url",
        "channels",
    ):
        methods[opaque] = Native(opaque, _opaque(opaque))
    for idle in ("read_env", "seal"):
        methods[idle] = Native(idle, lambda interp, args, kwargs: True, kind="static")
    methods["__init__"] = Native("__init__", _env_init)
    methods["__call__"] = Native("__call__", _env_call)
    return marker(module, name, **methods)


def _env_init(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    args[0].attrs["scheme"] = dict(kwargs)
    return None


def _reader(kind: str) -> NativeFunction:
    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        return _env_value(interp, args, {**kwargs, "cast": kind})

    return run


def _env_call(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`env(name, cast=None, default=...)`; environs has `env(name, default)`."""
    if args[0].cls.module == "environs":
        return _env_value(interp, args, kwargs)
    named = dict(zip(("var", "cast", "default"), args[1:], strict=False)) | kwargs
    default = {"default": named["default"]} if "default" in named else {}
    return _env_value(interp, [args[0], named.get("var")], {"cast": named.get("cast"), **default})


def _env_value(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    env = args[0]
    name = args[1] if len(args) > 1 else kwargs.get("var", kwargs.get("name"))
    default = args[2] if len(args) > 2 else kwargs.get("default", MISSING)
    cast = kwargs.get("cast")
    declared = env.attrs.get("scheme", {}).get(name) if isinstance(name, str) else None
    if isinstance(declared, (tuple, list)) and len(declared) == 2:
        cast = cast or declared[0]
        default = declared[1] if default is MISSING else default
    return read_variable(interp, name, default, cast or declared)


def _opaque(name: str) -> NativeFunction:
    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        raise Stuck(Unknown(f"what env.{name}() gives is not followed"))

    return run


# Database URLs


def _database(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`env.db(var, default)`, `dj_database_url.config(env=..., default=...)`: a dict with the ENGINE, or Unknown."""
    named = dict(zip(("var", "default"), args, strict=False)) | kwargs
    name = named.get("var", named.get("env", "DATABASE_URL"))
    if "var" in named and isinstance(name, str) and "://" in name:  # dj_database_url's first parameter is the default
        named["default"], name = name, "DATABASE_URL"
    default = named.get("default") or MISSING
    url = read_variable(interp, name, default)
    return _parsed(url, named.get("engine"))


def _parse(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return _parsed(args[0] if args else kwargs.get("url"), kwargs.get("engine"))


def _parsed(url: Object, engine: Object) -> Object:
    if isinstance(url, Unknown):
        raise Stuck(url)
    if not isinstance(url, str) or ":" not in url:
        raise Stuck(Unknown("a database URL that is not known"))
    if not isinstance(engine, str):
        scheme = url.partition(":")[0].lower()
        engine = f"django.db.backends.{ENGINES[scheme]}" if scheme in ENGINES else None
        if scheme in GIS_ENGINES:
            engine = f"django.contrib.gis.db.backends.{GIS_ENGINES[scheme]}"
    if engine is None:
        raise Stuck(Unknown(f"the database behind {url.partition(':')[0]}:// is not known"))
    parts = {name: Unknown("part of a database URL") for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
    return {"ENGINE": str(engine), **parts}


# python-decouple


def _decouple() -> dict[str, Object]:
    csv = marker("decouple", "Csv", __init__=Native("__init__", _csv_init), __call__=Native("__call__", _csv_call))
    config = Native("__call__", lambda interp, args, kwargs: _decouple_value(interp, args[1:], kwargs))
    init = Native("__init__", lambda interp, args, kwargs: None)
    classes = {name: marker("decouple", name, __init__=init, __call__=config) for name in ("AutoConfig", "Config")}
    sources = {name: marker("decouple", name, __init__=init) for name in ("RepositoryEnv", "RepositoryIni")}
    choices = marker("decouple", "Choices", __init__=init, __call__=Native("__call__", lambda i, args, k: args[1]))
    return {"config": _function("config", _decouple_value), "Csv": csv, "Choices": choices, **classes, **sources}


def _decouple_value(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`config(name, default=..., cast=...)`: here the default is cast, too."""
    named = dict(zip(("option", "default", "cast"), args, strict=False)) | kwargs
    cast = named.get("cast")
    value = read_variable(interp, named.get("option"), named.get("default", MISSING))
    if cast is None:
        return value
    return convert(interp, value, cast) if isinstance(value, str) else interp.call(cast, [value], {})


def _csv_init(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    args[0].attrs.update(dict(zip(("cast", "delimiter"), args[1:], strict=False)) | kwargs)
    return None


def _csv_call(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    options, text = args[0].attrs, args[1]
    delimiter = options.get("delimiter", ",")
    if not isinstance(text, str) or not isinstance(delimiter, str):
        raise Stuck(Unknown("a list of values that is not known"))
    items = [item.strip() for item in text.split(delimiter) if item.strip()]
    cast = options.get("cast")
    values = [convert(interp, item, cast) for item in items]
    made = options.get("post_process")
    return interp.call(made, [values], {}) if made is not None else values


# pydantic-settings


def _pydantic() -> dict[str, Object]:
    def init(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        instance = args[0]
        instance.attrs.update(kwargs)
        reason = f"a setting of {instance.cls.name} without a default comes from the environment"
        instance.doubts = (Unknown(reason, instance.origin, "give it a default"),)
        return None

    settings = marker("pydantic_settings", "BaseSettings", __init__=Native("__init__", init))
    keep = _function("SettingsConfigDict", lambda interp, args, kwargs: dict(kwargs))
    return {"BaseSettings": settings, "SettingsConfigDict": keep}
