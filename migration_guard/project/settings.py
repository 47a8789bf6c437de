"""`django.conf.settings` without Django: stated values over the settings module, evaluated lazily, over the defaults.

In: an interpreter, the chosen settings module, the configuration, a Django version. Out: objects by name; `Unknown`
with reason, place and remedy for what cannot be known. The environment of this process is never consulted.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from migration_guard.config import Config
from migration_guard.disk import read_text
from migration_guard.evaluate.objects import Class, External, Instance, Module, Object, Raised, Stuck
from migration_guard.project.defaults import global_settings
from migration_guard.project.discovery import Choice
from migration_guard.project.settings_module import SettingsModule
from migration_guard.source.errors import SourceError
from migration_guard.values import Unknown
from migration_guard.versions import Version

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

Engine: TypeAlias = str

REMEDY = "state it in [tool.migration_guard.settings] of pyproject.toml"
_MODEL = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_]\w*")
_SAFE_WITHOUT_MODULE = frozenset(
    {"AUTH_USER_MODEL", "MIGRATION_MODULES", "DEFAULT_TABLESPACE", "DEFAULT_INDEX_TABLESPACE"}
)
"""Where no settings are found, Django's default of these is taken: projects without them are the rule."""


class Settings:
    """The settings of one project. `get` is what `django.conf.settings.NAME` evaluates to."""

    def __init__(
        self, interpreter: Interpreter, version: Version, chosen: SettingsModule | None, config: Config | None = None
    ) -> None:
        self.interpreter = interpreter
        self.version = version
        self.chosen = chosen
        self.config = config or Config()
        self._source: _Source | None = None
        self._cache: dict[str, Object] = {}

    @property
    def source(self) -> _Source:
        """The settings module as far as it can be read; loaded on first use."""
        if self._source is None:
            self._source = _load(self.interpreter, self.chosen)
        return self._source

    @property
    def problem(self) -> Unknown | None:
        """Why the settings module as a whole could not be read, if so."""
        return self.source.unreadable

    def get(self, name: str) -> Object:
        """The value of a setting. Raises Raised("AttributeError") when it surely does not exist."""
        if name not in self._cache:
            self._cache[name] = self._find(name)
        return self._cache[name]

    def read(self, name: str) -> Object:
        """As plain `settings.NAME` in a program that works: what nobody visibly sets is set at run time, so Unknown."""
        try:
            return self.get(name)
        except Raised:
            return Unknown(f"settings.{name} is set nowhere that can be seen", None, f"`{name}`: {REMEDY}")

    def get_or(self, name: str, default: Object) -> Object:
        """As `getattr(settings, name, default)`."""
        try:
            return self.get(name)
        except Raised:
            return default

    def has(self, name: str) -> bool:
        """Whether a value is stated or written in the settings module (a default does not count)."""
        return name in self.config.settings_values or self.source.defines(name)

    def names(self) -> tuple[str, ...]:
        """The settings that the project writes or states, in order."""
        return tuple(dict.fromkeys([*self.source.names(), *self.config.settings_values]))

    def swappable_values(self) -> Mapping[str, str]:
        """Settings that name a model (AUTH_USER_MODEL, and whatever is called ..._MODEL): candidates for swapping."""
        found = {}
        for name in ("AUTH_USER_MODEL", *self.names()):
            value = self.get_or(name, None) if name.endswith("_MODEL") else None
            if isinstance(value, str) and _MODEL.fullmatch(value):
                found[name] = str(value)
        return found

    def _find(self, name: str) -> Object:
        if name in self.config.settings_values:
            return copy.deepcopy(self.config.settings_values[name])
        if self.source.defines(name):
            return self._explained(name, self.source.value(name))
        defaults = global_settings(self.version)
        doubt = self.source.doubt(name)
        if doubt is not None and not (self.chosen is None and name in _SAFE_WITHOUT_MODULE):
            return self._explained(name, doubt)
        if name in defaults:
            return copy.deepcopy(defaults[name])
        raise Raised("AttributeError", f"'Settings' object has no attribute '{name}'")

    def _explained(self, name: str, value: Object) -> Object:
        """An Unknown says which setting it is, and what can be done about it."""
        if isinstance(value, External) and value.missing is not None:
            value = value.missing
        if not isinstance(value, Unknown):
            return value
        return Unknown(
            f"settings.{name} is not known: {value.reason}", value.origin, value.remedy or f"`{name}`: {REMEDY}"
        )


class _Source:
    """Where the project writes its settings: a module's namespace."""

    def __init__(self, interpreter: Interpreter, module: Module | None, unreadable: Unknown | None) -> None:
        self.interpreter = interpreter
        self.module = module
        self.unreadable = unreadable
        self.overrides = _overriding_files(module) if module else {}

    def defines(self, name: str) -> bool:
        return self.module is not None and (name in self.module.namespace or name in self.overrides)

    def names(self) -> Iterator[str]:
        if self.module is not None:
            yield from (name for name in self.module.namespace if name.isupper())

    def value(self, name: str) -> Object:
        assert self.module is not None
        if name in self.overrides:
            return Unknown(f"{self.overrides[name]} may set it (dynaconf)")
        try:
            return self.interpreter.member(self.module, name)
        except Stuck as stuck:
            return stuck.unknown
        except Raised as raised:
            return Unknown(f"evaluating it raises {raised}")

    def doubt(self, name: str) -> Unknown | None:
        """Why a name that is not written may exist all the same."""
        if self.module is None:
            return self.unreadable
        if self.module.stars:
            stars = ", ".join(self.module.stars)
            return Unknown(f"the settings import everything from {stars}, which cannot be read")
        return None


class _ClassSource(_Source):
    """django-configurations: the settings are the attributes of a class in the module."""

    def __init__(self, interpreter: Interpreter, module: Module, cls: Class) -> None:
        super().__init__(interpreter, module, None)
        self.cls = cls

    def defines(self, name: str) -> bool:
        return self.cls.has(name) or super().defines(name)

    def names(self) -> Iterator[str]:
        seen = dict.fromkeys(name for cls in self.cls.mro for name in cls.namespace if name.isupper())
        yield from seen

    def value(self, name: str) -> Object:
        if not self.cls.has(name):
            return super().value(name)
        try:
            found = self.interpreter.getattr(Instance(self.cls), name)
        except Stuck as stuck:
            return stuck.unknown
        except Raised as raised:
            return Unknown(f"evaluating it raises {raised}")
        if isinstance(found, Instance) and found.cls.module.startswith("configurations"):
            return _value_default(found, name)
        return found

    def doubt(self, name: str) -> Unknown | None:
        unread = [cls for cls in self.cls.mro if cls.doubts and cls.origin is None]
        own = [cls for cls in unread if cls.module.startswith("configurations")]
        if len(own) < len(unread):
            return Unknown(f"a base class of {self.cls.name} cannot be read")
        return super().doubt(name)


def _value_default(value: Instance, name: str) -> Object:
    """What `values.BooleanValue(False)` of django-configurations is with an empty environment."""
    if "default" in value.kwargs or value.args:
        return value.kwargs.get("default", value.args[0] if value.args else None)
    return Unknown(f"{value.cls.name} has no default", value.origin)


def _load(interpreter: Interpreter, chosen: SettingsModule | None) -> _Source:
    if chosen is None:
        return _Source(interpreter, None, Unknown("no settings module was found", None, "name it with --settings"))
    unreadable = None
    try:
        module = interpreter.require(chosen.module)
        if isinstance(module, Module):
            interpreter.run(module)
    except Raised as raised:
        reason = f"the settings module {chosen.module} cannot be evaluated: {raised}"
        if raised.name == "ModuleNotFoundError":
            reason = f"the settings module {chosen.module} was not found"
        return _Source(interpreter, None, Unknown(reason, None, "name another one with --settings"))
    except Stuck as stuck:
        unreadable = stuck.unknown
    except SourceError as error:
        unreadable = Unknown(f"the settings module {chosen.module} cannot be parsed: {error}")
    if unreadable is not None or not isinstance(module, Module):
        unreadable = unreadable or Unknown(f"the settings module {chosen.module} cannot be read")
        return _Source(interpreter, None, unreadable)
    cls = _configuration_class(interpreter, module, chosen.configuration)
    return _Source(interpreter, module, None) if cls is None else _ClassSource(interpreter, module, cls)


def _configuration_class(interpreter: Interpreter, module: Module, name: str | None) -> Class | None:
    if name is None or name not in module.namespace:
        return None
    found = interpreter.member(module, name)
    return found if isinstance(found, Class) else None


def _overriding_files(module: Module) -> dict[str, str]:
    """dynaconf: the names that its files beside the project mention, with the file; their formats are not read."""
    if module.path is None or "DjangoDynaconf" not in _text(module.path):
        return {}
    found: dict[str, str] = {}
    for folder in (module.path.parent, *list(module.path.parent.parents)[:2]):
        for stem in ("settings", ".secrets"):
            for suffix in ("toml", "yaml", "yml", "json", "ini"):
                file = folder / f"{stem}.{suffix}"
                for name in re.findall(r"\b[A-Za-z][A-Za-z0-9_]*\b", _text(file)):
                    found.setdefault(name.upper(), file.name)
    return found


def _text(path: Path) -> str:
    try:
        return read_text(path, "replace")
    except OSError:
        return ""


def databases(settings: Settings) -> Mapping[str, Engine | Unknown]:
    """Alias to ENGINE, as far as it is known."""
    found: dict[str, Engine | Unknown] = {}
    value = settings.get_or("DATABASES", {})
    if isinstance(value, dict):
        for alias, options in value.items():
            if isinstance(alias, str):
                found[alias] = _engine(alias, options)
    elif not settings.config.databases:
        reason = value if isinstance(value, Unknown) else Unknown("settings.DATABASES is not known")
        found["default"] = reason
    return {**found, **settings.config.databases}


def _engine(alias: str, options: Object) -> Engine | Unknown:
    if isinstance(options, Unknown):
        return options
    engine = options.get("ENGINE", "") if isinstance(options, dict) else None
    if isinstance(engine, str):
        return str(engine)
    return engine if isinstance(engine, Unknown) else Unknown(f"the ENGINE of the database {alias} is not known")


def say_choice(choice: Choice[SettingsModule | None]) -> str:
    """One line for the user: which settings were taken and why, and what else there was."""
    if choice.value is None:
        return f"No settings: {choice.reason}. Apps are discovered from the tree."
    line = f"Settings: {choice.value.module} ({choice.reason})"
    others = ", ".join(item.module for item, _ in choice.others if item)
    return f"{line}; not taken: {others}" if others else line
