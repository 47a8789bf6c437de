"""The app registry: which model classes a project has, found by running its models modules abstractly.

In: the installed apps and an interpreter. Out: the state that the models describe. Only modules that belong to an
installed app are looked through; their imports are followed as far as they stay inside the same app.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Class, External, Instance, Module, Object, Raised, Stuck, Thunk
from migration_guard.project.apps import InstalledApp, InstalledApps
from migration_guard.project.fields import field_type
from migration_guard.project.models import Built, ModelBuilder
from migration_guard.project.runtime import ClassPrepared
from migration_guard.project.strays import modules_with_classes
from migration_guard.source.errors import SourceError
from migration_guard.state.model import Model, ModelKey, State
from migration_guard.values import Unknown


@dataclass(slots=True)
class Registry:
    """All models of a project."""

    interp: Interpreter
    apps: InstalledApps
    builder: ModelBuilder
    class_prepared: ClassPrepared
    doubts: dict[str, list[Unknown]] = field(default_factory=dict)
    errors: list[tuple[str, SourceError]] = field(default_factory=list)
    _classes: list[Class] = field(default_factory=list)
    perhaps: dict[int, Class] = field(default_factory=dict)
    """Classes that are models if their unread bases are, by their ids."""
    visited: dict[str, str] = field(default_factory=dict)
    """The modules that were looked through, and for which app."""
    makers: dict[ModelKey, str] = field(default_factory=dict)
    """The module whose statement made a model."""
    strays: set[str] = field(default_factory=set)
    """Modules that were looked through because others than models modules import them."""

    def load(self, progress: Callable[[str], None]) -> None:
        """Run the models modules of all apps, in the order of INSTALLED_APPS."""
        for app in self.apps:
            progress(f"models of {app.label}")
            self._load_app(app)

    def load_part(self, known: Iterable[tuple[str, str]], wanted: Collection[str]) -> None:
        """Run only some of the modules that are known to be looked through, and those that they newly lead to."""
        known = list(known)
        self.interp.eager_modules.update(dotted for dotted, _ in known)
        self.visited.update((dotted, label) for dotted, label in known if dotted not in wanted)
        for dotted, label in known:
            app = self.apps.by_label(label)
            if app is not None and dotted in wanted:
                self._look_through([dotted], app)

    def _load_app(self, app: InstalledApp) -> None:
        if not app.found:
            self.doubts.setdefault(app.label, []).append(
                Unknown(f"the app {app.name} could not be read", None, self.interp.import_remedy(app.name))
            )
        if app.models_module is None:
            return
        self._look_through([app.models_module], app)

    def _look_through(self, waiting: list[str], app: InstalledApp) -> None:
        while waiting:
            dotted = waiting.pop(0)
            if dotted in self.visited:
                continue
            self.visited[dotted] = app.label
            module = self._run(dotted, app)
            if module is None:
                continue
            self._force(module, everything=module.first_party)
            waiting += [name for name in self._imported(module) if self._concerns(name, app)]

    def _concerns(self, dotted: str, app: InstalledApp) -> bool:
        """Whether an imported module may define models: one of the same app, or of another app's models package."""
        if _inside(dotted, app.name):
            return True
        packages = (f"{other.models_module}." for other in self.apps if other.models_module is not None)
        return dotted.startswith(tuple(packages))

    def _run(self, dotted: str, app: InstalledApp) -> Module | None:
        try:
            self.interp.eager_modules.add(dotted)
            module = self.interp.module(dotted)
            if isinstance(module, External):
                return None
            self.interp.run(module)
            return module
        except SourceError as error:
            self.errors.append((dotted, error))
            self.doubts.setdefault(app.label, []).append(Unknown(f"{dotted} could not be parsed: {error}"))
        return None

    def _force(self, module: Module, *, everything: bool) -> None:
        """Make the classes of a module that were put off; of our own modules also what calls return."""
        for name, value in list(module.namespace.items()):
            if isinstance(value, Thunk) and (value.kind == "class" or (everything and value.kind == "value")):
                module.namespace[name] = value.force()

    def _imported(self, module: Module) -> Iterator[str]:
        for dotted in module.imports:
            parts = dotted.split(".")
            for i in range(1, len(parts) + 1):
                name = ".".join(parts[:i])
                if name in self.interp.modules or self.interp.finder.find(name) is not None:
                    yield name

    def classes(self, wanted: Callable[[Class], bool] = lambda cls: True) -> list[Class]:
        """The concrete model classes that belong to installed apps, in the order of their creation."""
        base = self.builder.base
        found: dict[tuple[str, str], Class] = {}
        for cls in self.interp.classes:
            if not wanted(cls):
                continue
            if base not in cls.mro:
                self._perhaps_a_model(cls)
                continue
            if cls is base or cls.native:
                continue
            built = self._build(cls)
            self.class_prepared.send(self.builder.prepared)
            for reason in built.makes_models if built is not None else ():
                self._doubt(cls.module, reason)
            if built is not None and not built.abstract and not built.elsewhere:
                found.setdefault((built.app_label, cls.name.lower()), cls)
        return list(found.values())

    def _perhaps_a_model(self, cls: Class) -> None:
        """A class with an unread base may be a model: if the migrations know one of its name, or it has fields."""
        opaque = [base for base in cls.mro if base.doubts and base.canonical is not None]
        if "." in cls.qualname or (opaque and all(base.canonical.certain for base in opaque if base.canonical)):
            return  # a nested class, or one of the standard library's
        if not cls.doubts:
            return
        if any(isinstance(value, Instance) and field_type(value.cls) is not None for value in cls.namespace.values()):
            self._doubt(cls.module, _may_be_model(cls))
        else:
            self.perhaps[id(cls)] = cls

    def _doubt(self, module: str, reason: Unknown) -> None:
        label = self.builder.app_label_of(module)
        if label is not None and reason not in self.doubts.setdefault(label, []):
            self.doubts[label].append(reason)

    def _build(self, cls: Class) -> Built | None:
        try:
            return self.builder.build(cls)
        except (Stuck, Raised) as error:
            label = self.builder.app_label_of(cls.module) or ""
            self.doubts.setdefault(label, []).append(Unknown(f"the model {cls.name} is not understood: {error}"))
            return None

    def state(self, swappables: Mapping[str, str], known: Callable[[], State]) -> State:
        """The state that the models describe; `known` gives that of the migrations, where it matters."""
        models = self._models()
        migrated = known()
        if self._find_strays({model.key for model in models}, migrated):
            models = self._models()
        state = replace(State.of(models), swappable=swappables)
        for cls in self.perhaps.values():
            if (self.builder.app_label_of(cls.module) or "", cls.name.lower()) in migrated:
                self._doubt(cls.module, _may_be_model(cls))
        for label, reasons in self.doubts.items():
            state = state.doubt(label, *reasons)
        return state

    def _models(self) -> list[Model]:
        labels = {app.label for app in self.apps}
        models: list[Model] = []
        for cls in self.classes():
            model = self.builder.model(cls)
            if model is not None and model.app_label in labels:
                models.append(model)
                self.makers.setdefault(model.key, self.interp.makers.get(id(cls), ""))
        return models

    def _find_strays(self, found: Collection[ModelKey], migrated: State) -> bool:
        """Look through modules that seem to define what only the migrations know; whether there were such."""
        lacking: dict[str, set[str]] = {}
        for model in migrated:
            if model.key not in found:
                lacking.setdefault(model.app_label, set()).add(model.name)
        for app in self.apps:
            for dotted in modules_with_classes(app, lacking.get(app.label, ()), self.apps):
                if dotted not in self.visited and self.apps.containing(dotted) is app:
                    self.strays.add(dotted)
                    self._look_through([dotted], app)
        return bool(self.strays)

    def swappables(self, value_of: Callable[[str], Object]) -> dict[str, str]:
        """Labels (lower case) that stand for a setting: models that may be swapped, and what they are swapped for."""
        result: dict[str, str] = {}
        for cls in self.classes():
            built = self.builder.build(cls)
            setting = built.meta.plain("swappable") if built is not None else None
            if built is None or not isinstance(setting, str):
                continue
            value = value_of(setting)
            if isinstance(value, str) and value.lower() != built.label_lower:
                result.setdefault(value.lower(), setting)
            else:
                result.setdefault(built.label_lower, setting)
        return result


def _may_be_model(cls: Class) -> Unknown:
    doubt = cls.doubts[0] if cls.doubts else Unknown("a base could not be read")
    return Unknown(f"{cls.name} may be a model: {doubt.reason}", cls.origin, doubt.remedy)


def _inside(dotted: str, package: str) -> bool:
    return dotted == package or dotted.startswith(package + ".")


def model_modules(apps: Iterable[InstalledApp]) -> list[str]:
    return [app.models_module for app in apps if app.models_module is not None]
