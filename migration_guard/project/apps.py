"""Installed apps: INSTALLED_APPS in, what Django's app registry would hold out, in its order.

Follows the rules by which Django turns an entry into an app config (a module with or without an `apps` submodule, or
the dotted path of a config class), on classes read from source. `ready()` is never run. What cannot be read is not
`certain`, and unknown parts of INSTALLED_APPS are kept in `incomplete`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from migration_guard.disk import exists
from migration_guard.evaluate.objects import Class, Module, Object, Raised, Stuck
from migration_guard.project.defaults import contrib_apps, known_label
from migration_guard.project.discovery import Root, dotted_name, folders_below
from migration_guard.project.settings import Settings
from migration_guard.source.finder import Found
from migration_guard.values import Origin, Truth, Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

MigrationsKind = Literal["package", "namespace", "module", "missing", "disabled", "unknown"]

BASES = frozenset({"django.apps.AppConfig", "django.apps.config.AppConfig"})
ASSUMED = ("admin", "auth", "contenttypes", "sessions", "messages", "staticfiles", "sites", "flatpages", "redirects")
"""Contrib apps that exist in a project whose settings are not known, for what refers to them."""


@dataclass(frozen=True, slots=True)
class InstalledApp:
    """One app. `config` is the dotted path of its config class, None for a plain module.

    `migrations_module` is None where MIGRATION_MODULES disables migrations; `migrations_dirs` are its folders, empty
    where there is no such package. `certain` is False when its config could not be read.
    """

    name: str
    label: str
    module: str
    path: Path | None
    config: str | None = None
    models_module: str | None = None
    migrations_module: str | None = None
    migrations_dirs: tuple[Path, ...] = ()
    migrations_kind: MigrationsKind = "missing"
    migrations_explicit: bool = False
    """Named by MIGRATION_MODULES."""
    default_auto_field: str | Unknown = "django.db.models.BigAutoField"
    first_party: bool = False
    certain: bool = True
    found: bool = True
    """Whether the app's module is there at all."""


@dataclass(frozen=True, slots=True)
class AppProblem:
    """An entry of INSTALLED_APPS with which Django could not start."""

    message: str
    entry: str
    origin: Origin | None = None
    certain: bool = False


@dataclass(frozen=True, slots=True)
class InstalledApps:
    """All apps in order, what is not known of the list, what is wrong with it, and sentences for the user."""

    apps: tuple[InstalledApp, ...] = ()
    incomplete: tuple[Unknown, ...] = ()
    problems: tuple[AppProblem, ...] = ()
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[InstalledApp]:
        return iter(self.apps)

    def __len__(self) -> int:
        return len(self.apps)

    def by_label(self, label: str) -> InstalledApp | None:
        """The app of a label; of two with a label that was only supposed, the one that is certain."""
        found = [app for app in self.apps if app.label == label]
        return next((app for app in found if app.certain), found[0] if found else None)

    def containing(self, module: str) -> InstalledApp | None:
        """The app that a module belongs to: the one with the longest name that the module's name starts with."""
        inside = [app for app in self.apps if module == app.name or module.startswith(app.name + ".")]
        return max(inside, key=lambda app: len(app.name), default=None)


def installed_apps(interpreter: Interpreter, settings: Settings, root: Root | None = None) -> InstalledApps:
    """The installed apps of a project; where INSTALLED_APPS is not known at all, those found in its tree."""
    registry = _Registry(interpreter, settings)
    value = settings.get_or("INSTALLED_APPS", [])
    if settings.has("INSTALLED_APPS") and isinstance(value, (list, tuple)):
        for entry in value:
            registry.add(entry)
        return registry.result()
    if isinstance(value, Unknown):
        registry.incomplete.append(value)
    else:
        registry.incomplete.append(Unknown("the settings hold no INSTALLED_APPS that can be read"))
    names = list(tree_apps(root, settings.config.exclude)) if root else []
    for contrib in ASSUMED:
        registry.add(f"django.contrib.{contrib}", certain=False)
    for name in names:
        registry.add(name, certain=False)
    registry.notes.append(f"INSTALLED_APPS is not known; {len(names)} app(s) were discovered from the tree.")
    return registry.result()


def tree_apps(root: Root, exclude: Iterable[str] = ()) -> Iterator[str]:
    """The dotted names of packages in the tree that look like apps: with models, migrations or an app config."""
    seen: dict[str, None] = {}
    for source in root.source_roots:
        for folder in (source, *folders_below(source, exclude)):
            if any(exists(folder / name) for name in ("models.py", "models/__init__.py", "migrations/__init__.py")):
                name = dotted_name(folder / "__init__.py", root.source_roots)
                inside_models = folder.name in ("models", "migrations") and exists(folder.parent / "models")
                if name and not inside_models:
                    seen[name] = None
    yield from sorted(seen)


@dataclass(slots=True)
class _Facts:
    """What an entry comes to before it is completed: the app's name and its config class, as far as known."""

    name: str
    config: str | None = None
    cls: Class | None = None
    label: str | None = None
    auto_field: str | None = None
    certain: bool = True


@dataclass(slots=True)
class _Registry:
    interpreter: Interpreter
    settings: Settings
    apps: list[InstalledApp] = field(default_factory=list)
    incomplete: list[Unknown] = field(default_factory=list)
    problems: list[AppProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def result(self) -> InstalledApps:
        apps, incomplete = tuple(self.apps), tuple(self.incomplete)
        return InstalledApps(apps, incomplete, tuple(self.problems), tuple(self.notes))

    def add(self, entry: Object, certain: bool = True) -> None:
        """One entry of INSTALLED_APPS; `certain` is False for apps that nobody listed."""
        if not isinstance(entry, str):
            odd = Unknown(f"an entry of INSTALLED_APPS is not a string: {entry!r}")
            self.incomplete.append(entry if isinstance(entry, Unknown) else odd)
            return
        facts = self.facts(str(entry))
        if facts is None:
            return
        app = self.complete(facts)
        if not certain:
            app = replace(app, certain=False)
        for other in self.apps:
            if other.name == app.name or (other.label == app.label and other.certain and app.certain):
                what = f"name {app.name!r}" if other.name == app.name else f"label {app.label!r}"
                if certain and other.certain and app.certain:
                    self.problems.append(AppProblem(f"two installed apps have the {what}", str(entry), certain=True))
                return
        self.apps.append(app)

    def find(self, dotted: str) -> Found | None:
        found: Found | None = self.interpreter.finder.find(dotted)
        return found

    # From an entry to the app's name and config class

    def facts(self, entry: str) -> _Facts | None:
        known = _contrib(entry, self.settings)
        if known is not None:
            return known
        if self.find(entry) is not None:
            return self.of_module(entry)
        prefix, _, name = entry.rpartition(".")
        if prefix and self.find(prefix) is not None:
            return self.of_class(entry, prefix, name)
        return self.absent(entry)

    def of_module(self, entry: str) -> _Facts | None:
        """An app's module: the config class that its `apps` submodule offers, if it offers exactly one."""
        if self.find(f"{entry}.apps") is None:
            return _Facts(entry)
        module = self.load(f"{entry}.apps")
        if not isinstance(module, Module):
            self.notes.append(f"{entry}.apps could not be read: its app config is not known.")
            return _Facts(entry, certain=False)
        candidates, doubtful = self.candidates(module)
        if len(candidates) != 1:
            candidates = [cls for cls in candidates if self.attribute(cls, "default") is True]
        if len(candidates) > 1:
            names = ", ".join(cls.name for cls in candidates)
            self.problems.append(AppProblem(f"{entry}.apps declares more than one default app config: {names}", entry))
            return None
        if not candidates:
            return _Facts(entry, certain=not doubtful)
        return self.of_config(candidates[0], entry, certain=not doubtful)

    def candidates(self, module: Module) -> tuple[list[Class], bool]:
        """The config classes a module offers, and whether something else might be one."""
        found: list[Class] = []
        doubtful = bool(module.stars)
        for name in sorted(module.namespace):
            value = self.member(module, name)
            if not isinstance(value, Class) or value.ref.path in BASES:
                continue
            is_config = derives_from_app_config(value)
            if is_config is Truth.NO or self.attribute(value, "default") is False:
                continue
            if is_config is Truth.YES or value.name.endswith("Config"):
                found.append(value)
            else:
                doubtful = True
        return found, doubtful

    def of_class(self, entry: str, prefix: str, name: str) -> _Facts | None:
        """A dotted path to a config class."""
        module = self.load(prefix)
        value = self.member(module, name) if isinstance(module, Module) else None
        if isinstance(value, Class):
            if derives_from_app_config(value) is Truth.NO:
                self.problems.append(AppProblem(f"{entry!r} is not a subclass of AppConfig", entry))
                return None
            return self.of_config(value, prefix.removesuffix(".apps"))
        if isinstance(module, Module) and name not in module.namespace and not module.stars:
            self.problems.append(AppProblem(f"the module {prefix!r} contains no class {name!r}", entry))
            return None
        self.notes.append(f"{entry} could not be read: its app config is not known.")
        return _Facts(prefix.removesuffix(".apps"), entry, certain=False)

    def of_config(self, cls: Class, entry: str, certain: bool = True) -> _Facts | None:
        name = self.attribute(cls, "name")
        if isinstance(name, str):
            return _Facts(str(name), cls.ref.path, cls, certain=certain)
        contrib = contrib_config(cls, self.settings)
        if name is None and contrib is not None:
            return _Facts(contrib.name, cls.ref.path, cls, auto_field=contrib.auto_field, certain=certain)
        unread, doubtful = unread_bases(cls)
        if name is None and not doubtful:
            self.problems.append(AppProblem(f"{cls.ref.path} must supply a name attribute", entry, cls.origin))
            return None
        supposed = [base.module.removesuffix(".apps") for base in unread if base.module.endswith(".apps")]
        self.notes.append(f"{cls.ref.path} does not tell its app's name: a base class could not be read.")
        return _Facts(supposed[0] if supposed else entry, cls.ref.path, cls, certain=False)

    def absent(self, entry: str) -> _Facts:
        """An app that is not there: its name is what the entry suggests."""
        prefix, _, last = entry.rpartition(".")
        is_class = bool(prefix) and last[:1].isupper()
        name = prefix.removesuffix(".apps") if is_class else entry
        where = "in the environment" if self.interpreter.has_environment else "without an environment"
        self.notes.append(f"The app {name} was not found {where}.")
        return _Facts(name, entry if is_class else None, label=known_label(name), certain=False)

    # From name and config class to the app

    def complete(self, facts: _Facts) -> InstalledApp:
        cls = facts.cls
        own = self.attribute(cls, "label") if cls else None
        default = facts.label or facts.name.rpartition(".")[2]
        label = str(own) if isinstance(own, str) else default
        module = self.find(facts.name)
        certain = facts.certain and (own is None or isinstance(own, str))
        models = f"{facts.name}.models"
        migrations, kind, dirs, explicit = self.migrations(facts.name, label)
        return InstalledApp(
            name=facts.name,
            label=label,
            module=facts.name,
            path=self.path(cls, module),
            config=facts.config,
            models_module=models if self.find(models) or self.brings_models(facts.name) else None,
            migrations_module=migrations,
            migrations_dirs=dirs,
            migrations_kind=kind,
            migrations_explicit=explicit,
            default_auto_field=self.auto_field(facts),
            first_party=module is not None and module.first_party,
            certain=certain,
            found=module is not None,
        )

    def brings_models(self, name: str) -> bool:
        known = contrib_apps(self.settings.version).get(name)
        return known is not None and known.models

    def path(self, cls: Class | None, module: Found | None) -> Path | None:
        stated = self.attribute(cls, "path") if cls else None
        if isinstance(stated, (str, os.PathLike)):
            return Path(stated)
        if module is None:
            return None
        if len(module.search_paths) == 1:
            return module.search_paths[0]
        return module.path.parent if module.path else None

    def auto_field(self, facts: _Facts) -> str | Unknown:
        value: Object = facts.auto_field
        if facts.cls is not None:
            own = self.attribute(facts.cls, "default_auto_field")
            value = own if own is not None else value
            if value is None and unread_bases(facts.cls)[1]:
                return Unknown(f"a base of {facts.cls.ref.path} cannot be read", facts.cls.origin)
        if value is None and not facts.certain:
            return Unknown(f"the app config of {facts.name} is not known: it may set default_auto_field")
        if value is None:
            value = self.settings.get_or("DEFAULT_AUTO_FIELD", Unknown("settings.DEFAULT_AUTO_FIELD is not known"))
        if isinstance(value, (str, Unknown)):
            return value
        return Unknown(f"default_auto_field of {facts.name} is not a string that can be known")

    def migrations(self, name: str, label: str) -> tuple[str | None, MigrationsKind, tuple[Path, ...], bool]:
        modules = self.settings.get_or("MIGRATION_MODULES", {})
        if not isinstance(modules, dict):
            return f"{name}.migrations", "unknown", (), False
        explicit = label in modules
        dotted = modules[label] if explicit else f"{name}.migrations"
        if dotted is None:
            return None, "disabled", (), explicit
        if not isinstance(dotted, str):
            return f"{name}.migrations", "unknown", (), explicit
        found = self.find(dotted)
        if found is None:
            return dotted, "missing", (), explicit
        return dotted, found.kind, found.search_paths, explicit

    # Reading

    def load(self, dotted: str) -> Object:
        try:
            module = self.interpreter.module(dotted)
            if isinstance(module, Module):
                self.interpreter.run(module)
            return module
        except Stuck as stuck:
            return stuck.unknown
        except Raised as raised:
            return Unknown(f"importing {dotted} raises {raised}")

    def member(self, module: Module, name: str) -> Object:
        try:
            return self.interpreter.member(module, name)
        except Stuck as stuck:
            return stuck.unknown
        except Raised:
            return None

    def attribute(self, cls: Class, name: str) -> Object:
        """A class attribute that a subclass of AppConfig sets; None when none does."""
        if not any(name in owner.namespace for owner in cls.mro if owner.ref.path not in BASES):
            return None
        try:
            return self.interpreter.getattr(cls, name)
        except Stuck as stuck:
            return stuck.unknown
        except Raised:
            return None


def derives_from_app_config(cls: Class) -> Truth:
    """Whether a class is a subclass of Django's AppConfig; MAYBE when a base could not be read."""
    if any(owner.ref.path in BASES for owner in cls.mro):
        return Truth.YES
    return Truth.MAYBE if any(owner.doubts for owner in cls.mro) else Truth.NO


def contrib_config(cls: Class, settings: Settings) -> _Facts | None:
    """What a class inherits from a config of django.contrib."""
    known = (_contrib(owner.ref.path, settings) for owner in cls.mro)
    return next((facts for facts in known if facts is not None), None)


def unread_bases(cls: Class) -> tuple[list[Class], bool]:
    """The bases that could not be read and have a name, and whether there is any, named or not."""
    named = [owner for owner in cls.mro if _is_stand_in(owner)]
    named_doubts = {doubt for owner in named for doubt in owner.doubts}
    others = [doubt for owner in cls.mro for doubt in owner.doubts if doubt not in named_doubts]
    unread = [owner for owner in named if owner.ref.path not in BASES]
    return unread, bool(unread or others)


def _is_stand_in(cls: Class) -> bool:
    """Classes that were not read stand in the MRO without a place of their own."""
    return bool(cls.doubts) and cls.origin is None and not cls.native


def _contrib(entry: str, settings: Settings) -> _Facts | None:
    """An app of django.contrib by either of its names, known without its source."""
    known = contrib_apps(settings.version)
    prefix, _, last = entry.rpartition(".")
    app = known.get(entry)
    config = app.config if app else None
    if app is None:
        app = known.get(prefix.removesuffix(".apps"))
        config = last if app and last in app.configs else None
    if app is None or config is None:
        return None
    return _Facts(app.name, f"{app.name}.apps.{config}", label=app.label, auto_field=app.configs[config])
