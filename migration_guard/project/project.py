"""One project, opened: finder, interpreter, settings, apps, and, each worked out when asked for, states and graph.

In: what the user asked for (`Options`). Out: a `Project`. Nothing of the project is executed; everything is read
through one `Store`, so that each file is parsed at most once.
"""

from __future__ import annotations

import os
from collections import ChainMap
from collections.abc import Callable, Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from migration_guard.config import Config, ConfigError, find_config
from migration_guard.diagnostics import UsageError, suggestion
from migration_guard.disk import glob
from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Class, Module, Native, Object
from migration_guard.project.apps import InstalledApp, InstalledApps, installed_apps
from migration_guard.project.datafiles import locale_modules, own_data, own_folder
from migration_guard.project.discovery import Choice, Root, find_projects, project_at, with_settings_paths
from migration_guard.project.earlier import Again, Earlier, Text
from migration_guard.project.environs import environment_modules
from migration_guard.project.graph import Graph, Key, build_graph
from migration_guard.project.knowledge import WithStubs, is_stub
from migration_guard.project.managers import manager_value
from migration_guard.project.metadata import metadata_modules
from migration_guard.project.migrations import Loaded, MigrationReader, migration_files
from migration_guard.project.models import ModelBuilder
from migration_guard.project.natives.catalogue import django_modules
from migration_guard.project.natives.managers import BASE_MANAGER
from migration_guard.project.natives.serializing import RANGES, range_value
from migration_guard.project.overrides import COMMAND, apply_override, command_names
from migration_guard.project.registry import Registry, model_modules
from migration_guard.project.runtime import ClassPrepared, ModelsOnDemand, connection_names, recorder_names
from migration_guard.project.settings import Settings
from migration_guard.project.settings_module import SettingsModule, choose_settings
from migration_guard.project.targets import Target, django_version
from migration_guard.source.environment import Environment
from migration_guard.source.errors import SourceError
from migration_guard.source.finder import Finder
from migration_guard.source.ir import Body
from migration_guard.source.seal import default_cache_dir
from migration_guard.source.store import Store, content_digest
from migration_guard.state.apply import replay
from migration_guard.state.model import State
from migration_guard.state.problem import Problem
from migration_guard.values import Unknown
from migration_guard.versions import Version

CONTRIB_SOURCE = "django.contrib."


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; everything else comes from the configuration and the project itself."""

    project: Path | None = None
    settings: str | None = None
    python: Path | None = None
    django_version: str | None = None
    cache: bool = True
    progress: Callable[[str], None] = lambda what: None


class Project:
    """A Django project as its source text describes it."""

    def __init__(self, root: Root, config: Config, options: Options) -> None:
        self.config = config
        self._opened = root, options
        self.progress = options.progress
        self.as_command = True
        self._before: dict[Key, State] = {}
        self.texts: dict[str, Text] = {}
        """Every file that was read as source, by its path."""
        self.early_modules: frozenset[str] = frozenset()
        """The modules that were executed for the settings and the apps."""
        self.again: Again | None = None
        """An earlier reading, of which migrations are still good."""
        self._part: Registry | None = None
        """In place of the registry, where only some models were read again."""
        self._older: Mapping[str, str] = {}
        self.store = Store((config.cache_dir or default_cache_dir()) if options.cache else None)
        python = options.python or config.python
        self.environment = Environment.discover(python, root.path)
        if python is not None and self.environment is None:
            raise UsageError(f"{python} is not a Python environment", "name its python executable or its folder")
        self.choice: Choice[SettingsModule | None] = choose_settings(root, config, options.settings, os.environ)
        self.root = root
        self.target: Target = django_version(root, config, options.django_version, self.environment)
        self.version = self.target.version
        self._finder = self._make_finder(root)
        self.root = self._with_paths(root)
        named = options.settings or config.settings
        if named is not None and self._finder.find(named) is None:
            folders = ", ".join(map(str, self.root.source_roots))
            raise UsageError(f"the settings module {named} was not found", f"it was looked for in {folders}")
        signals: dict[str, Object] = {}
        self.interpreter = Interpreter(
            self._finder,
            self._load,
            self.version,
            has_environment=self.environment is not None,
            natives=self._natives(signals),
            values=config.values,
        )
        self._class_prepared = ClassPrepared(self.interpreter)
        signals["class_prepared"] = self._class_prepared.signal
        self.interpreter.exporters += [(BASE_MANAGER, manager_value), *((name, range_value) for name in RANGES)]
        self.interpreter.source_first.add("swapper")
        self.interpreter.is_partial = is_stub
        self.interpreter.read_data = self._read_data
        self.interpreter.list_folder = self._list_folder
        self.settings = Settings(self.interpreter, self.version, self.choice.value, config)
        self.interpreter.settings = self.settings.get
        if self.choice.value is not None:
            self.interpreter.eager_modules.add(self.choice.value.module)

    def _natives(self, signals: dict[str, Object]) -> Mapping[str, Mapping[str, Object]]:
        django = django_modules(self.version)
        connections = connection_names(lambda name: self.settings.get_or(name, None))
        ours: dict[str, dict[str, Object]] = {
            "django": self._version_names(),
            "django.db": connections,
            "django.db.models": {},
            "django.db.models.signals": signals,
            "django.db.migrations.recorder": recorder_names(),
            COMMAND: command_names(),
        }
        own: dict[str, Mapping[str, Object]] = {
            name: ChainMap(names, django.get(name, {}))  # type: ignore[arg-type]
            for name, names in ours.items()
        }
        ours["django.db.models"]["signals"] = Module(
            "django.db.models.signals", native=own["django.db.models.signals"], state="done"
        )
        own |= environment_modules() | metadata_modules(self.environment) | locale_modules()
        return ChainMap(own, django)  # type: ignore[arg-type]

    def _version_names(self) -> dict[str, Object]:
        """`django.VERSION` and its like, of the version that the project targets."""
        installed = self.environment.distribution_version("Django") if self.environment is not None else None
        prefix = ".".join(map(str, self.version))
        text = installed if installed is not None and f"{installed}.".startswith(f"{prefix}.") else prefix
        patch = text.split(".")[2] if text.count(".") > 1 else "0"
        numbers = (*self.version, int(patch) if patch.isdigit() else 0, "final", 0)
        version = Native("get_version", lambda interp, args, kwargs: text, kind="static")
        return {"VERSION": numbers, "__version__": text, "get_version": version}

    def _with_paths(self, root: Root) -> Root:
        chosen = self.choice.value
        found = self._finder.find(chosen.module) if chosen is not None else None
        widened = with_settings_paths(root, found.path if found is not None else None)
        if widened.source_roots != root.source_roots:
            self._finder = self._make_finder(widened)
        return widened

    def _make_finder(self, root: Root) -> Finder | WithStubs:
        finder = Finder([*root.source_roots, *self.config.source_roots], self.environment)
        # In a known environment what is not found is not installed; without one, stubs tell of well-known packages.
        return finder if self.environment is not None else WithStubs(finder)

    def _load(self, path: Path, first_party: bool) -> Body:
        # Files that somebody edits, models and migrations, were fetched before; what else is read will not be edited.
        name = str(path)
        if name in self._older:
            older = self.store.known(self._older[name])
            if older is None:
                raise SourceError(0, 0, "its earlier text is not known any more")
            return list(older["body"])
        status = Text.before(name)
        module = self.store.load(path)
        self.texts[name] = Text(name, status, module.digest)
        body: Body = module.ir["body"]
        return body

    def _read_data(self, name: str) -> bytes | None:
        """A data file of the project or its environment; hidden ones are left alone, for they configure a machine."""
        path = os.path.abspath(name)
        found = own_data(path, self._own_folders())
        if found is None or path in self._older:
            return None
        self._note_data(path, content_digest(found))
        return found

    def _list_folder(self, name: str) -> list[str] | None:
        """The names in a folder of the project or its environment."""
        path = os.path.abspath(name)
        found = own_folder(path, self._own_folders())
        if found is None or path in self._older:
            return None
        self._note_data(path, "")  # no content has this digest: a folder that has changed is never the same
        return found

    def _own_folders(self) -> list[Path]:
        return [*self.root.source_roots, *(self.environment.paths if self.environment else ())]

    def _note_data(self, path: str, digest: str) -> None:
        """It counts as a module that whoever reads it uses, so that a change in it is noticed."""
        self.texts[path] = Text(path, Text.before(path), digest)
        read = Module(f"file:{path}", Path(path), state="done")
        self.interpreter.modules.setdefault(read.name, read)
        user = self.interpreter.modules.get(self.interpreter.context[0])
        if isinstance(user, Module):
            user.uses.add(read.name)

    @cached_property
    def apps(self) -> InstalledApps:
        """The installed apps."""
        self.progress("settings")
        apps = installed_apps(self.interpreter, self.settings, self.root)
        modules = self.interpreter.modules.values()
        self.early_modules = frozenset(m.name for m in modules if isinstance(m, Module) and m.state != "new")
        return apps

    def _prefetch(self) -> None:
        """Parse the files of all apps ahead, many at a time."""
        self.progress("reading source files")
        again = self.again
        own: list[Path] = []
        others: list[Path] = []
        for app in self.apps:
            paths = [
                path
                for name, path in migration_files(app)
                if again is None or not again.has(f"{app.migrations_module}.{name}")
            ]
            found = self._finder.find(app.models_module) if app.models_module else None
            if found is not None and found.path is not None:
                paths.append(found.path)
                if found.kind == "package":
                    paths += glob(found.path.parent, "*.py")
            (own if app.first_party else others).extend(paths)
        self.store.prefetch(own, edited=True)
        self.store.prefetch(others)

    def app_label_of(self, module: str) -> str | None:
        app = self.apps.containing(module)
        return app.label if app is not None else None

    def under(self, version: Version) -> Project:
        """The same project as it is under another Django."""
        root, options = self._opened
        stated = f"{version[0]}.{version[1]}"
        return Project(root, self.config, replace(options, django_version=stated))

    def app(self, label: str) -> InstalledApp:
        """An installed app by label; a usage error with a suggestion where there is none."""
        found = self.apps.by_label(label)
        if found is None:
            labels = [app.label for app in self.apps]
            raise UsageError(f"No installed app with label '{label}'.", suggestion(label, labels))
        return found

    @cached_property
    def registry(self) -> Registry:
        """All model classes."""
        self._prefetch()
        registry = self._new_registry()
        registry.load(self.progress)
        return registry

    def _new_registry(self) -> Registry:
        models = self.interpreter.natives["django.db.models"]
        base = models["Model"]
        assert isinstance(base, Class)
        builder = ModelBuilder(self.interpreter, base, self.app_label_of, self._auto_field_of, model_modules(self.apps))
        registry = Registry(self.interpreter, self.apps, builder, self._class_prepared)
        ModelsOnDemand(self.interpreter, registry)
        return registry

    def part_of_registry(self, earlier: Earlier, modules: Collection[str]) -> Registry:
        """The registry with the models of some modules, and of what these lead to."""
        self.__dict__["swappables"] = dict(earlier.swappables)
        self.interpreter.hooks["swappable_setting"] = earlier.swappables.get
        registry = self._part = self._new_registry()
        registry.load_part(earlier.visited, modules)
        return registry

    @property
    def partly_read(self) -> bool:
        """Whether some of its models or migrations come from an earlier reading."""
        return self._part is not None or self.again is not None

    def as_it_was(self, older: Mapping[str, str]) -> Project:
        """The same project with files (by path) as they were, by the digests of their contents."""
        other = self.anew()
        other._older = older
        return other

    def anew(self) -> Project:
        """The same project, of which nothing has been read yet."""
        root, options = self._opened
        return Project(root, self.config, options)

    def _auto_field_of(self, label: str) -> str | Unknown:
        app = self.apps.by_label(label)
        return app.default_auto_field if app is not None else "django.db.models.BigAutoField"

    @cached_property
    def swappables(self) -> Mapping[str, str]:
        """Lower-case model labels that a setting stands for."""
        found = self.registry.swappables(lambda name: self.settings.get_or(name, None))
        user = self.settings.get_or("AUTH_USER_MODEL", None)
        if isinstance(user, str) and self.apps.incomplete:
            # The app that declares it may be among those that are not known.
            found.setdefault(user.lower(), "AUTH_USER_MODEL")
        return found

    @cached_property
    def ignored_options(self) -> frozenset[str]:
        """Model options that the project's own `makemigrations` does not compare; the command is applied by asking.

        Not so when the states themselves are asked for (`as_command` False): they are what plain Django sees.
        """
        if self._part is None:
            self.registry  # noqa: B018 - Django loads the models before it runs a command
        return apply_override(self.interpreter, self.apps) if self.as_command else frozenset()

    @cached_property
    def models_state(self) -> State:
        """The state that the models describe."""
        self.ignored_options  # noqa: B018
        swappables = self.swappables
        self.interpreter.hooks["swappable_setting"] = lambda label: swappables.get(label)
        return self.registry.state(swappables, lambda: self.replayed[0])

    @cached_property
    def loaded(self) -> Loaded:
        """All migrations on disk."""
        self.ignored_options  # noqa: B018
        swappables = self.swappables
        self.interpreter.hooks["swappable_setting"] = lambda label: swappables.get(label)
        reader = MigrationReader(self.interpreter, self.again.migration if self.again is not None else None)
        loaded = Loaded()
        for app in self.apps:
            self.progress(f"migrations of {app.label}")
            reader.read_app(app, loaded)
        return loaded

    @cached_property
    def graph(self) -> Graph:
        loaded = self.loaded
        unmigrated = {
            app.label for app in self.apps if app.migrations_kind in ("missing", "disabled", "module", "namespace")
        }
        opaque = {app.label for app in self.apps if not app.found or app.migrations_kind == "unknown"}
        opaque |= {app.label for app in self.apps if is_stub(app.path) and app.migrations_kind == "missing"}
        opaque |= {broken.app_label for broken in loaded.broken}
        return build_graph(
            loaded.migrations,
            version=self.version,
            migrated=loaded.packages,
            unmigrated=unmigrated,
            opaque=opaque,
            all_apps_known=not self.apps.incomplete,
        )

    def with_loaded(self, loaded: Loaded) -> Project:
        """The same project, as it would be with other migrations on disk."""
        _ = self.models_state
        other = copy(self)
        for derived in ("graph", "replayed"):
            other.__dict__.pop(derived, None)
        other._before = {}
        other.again = None
        other.__dict__["loaded"] = loaded
        return other

    @cached_property
    def replayed(self) -> tuple[State, tuple[Problem, ...]]:
        """The state that the migrations build, and what of them cannot be applied."""
        plan = self.graph.full_plan()
        built = self.again.built(plan) if self.again is not None and not self.loaded.broken else None
        return (built, ()) if built is not None else self._replay(plan)

    def _replay(self, plan: Iterable[Key]) -> tuple[State, tuple[Problem, ...]]:
        self.progress("replaying migrations")
        state = State(swappable=self.swappables)
        problems: list[Problem] = []
        for key in plan:
            self._before[key] = state
            state, found = replay((self.graph.nodes[key],), state, self.version)
            problems += found
        for broken in self.loaded.broken:
            state = state.doubt(broken.app_label, Unknown(broken.message))
        return state, tuple(problems)

    def state_before(self, key: Key) -> State:
        """The state that the migrations before one of the graph's have built, in the order of the plan."""
        if key not in self._before:
            self._replay(self.graph.full_plan())
        return self._before[key]


def open_projects(options: Options) -> list[Project]:
    """The projects that the options name: one, or in a repository of several each of them."""
    start = Path(options.project) if options.project is not None else Path.cwd()
    if not os.path.exists(start):
        raise UsageError(f"{start} does not exist", "name the folder of manage.py with --project")
    config = find_config(start if os.path.isdir(start) else start.parent)
    if options.project is None and config.project is not None:
        start = config.project
        if not os.path.exists(start):
            raise ConfigError(f"project: {start} does not exist", config.path)
    chosen = options.project is not None or config.project is not None
    roots = project_at(start, config.exclude) if chosen else find_projects(start, config.exclude)
    projects = []
    for root in roots:
        own = find_config(root.path)
        projects.append(Project(root, own if own.path is not None else config, options))
    return projects


def lookup(project: Project, dotted: str) -> Object:
    """An object of the project by its dotted name (for tests and debugging)."""
    return project.interpreter.lookup(dotted)
