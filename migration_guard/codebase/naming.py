"""What names of the project's modules stand for, as far as models are concerned.

In: a project, and for code of migrations the state before it. Out: model keys and names of managers. Modules are read
through the project's interpreter; none is imported.
"""

from __future__ import annotations

from functools import cached_property

from migration_guard.codebase.schema import Schema
from migration_guard.evaluate.objects import Class, Instance, Raised, Stuck
from migration_guard.project.fields import field_type
from migration_guard.project.managers import is_manager
from migration_guard.project.project import Project
from migration_guard.source.errors import SourceError
from migration_guard.state.model import ModelKey, State

USER_MODEL = ("django.contrib.auth", "get_user_model()")


class ProjectNames:
    """The names of a project's own code: model classes, their managers and what else they have."""

    def __init__(self, project: Project, state: State) -> None:
        self.project = project
        self.state = state
        self._known: dict[tuple[str, str], ModelKey | None] = {}

    @cached_property
    def classes(self) -> dict[ModelKey, Class]:
        """The classes of the models, as the code has them now."""
        found: dict[ModelKey, Class] = {}
        for cls in self.project.registry.classes():
            built = self.project.registry.builder.build(cls)
            if built is not None:
                found.setdefault((built.app_label, cls.name.lower()), cls)
        return found

    @cached_property
    def _class_names(self) -> frozenset[str]:
        return frozenset(cls.name for cls in self.classes.values())

    def model(self, module: str, name: str) -> ModelKey | None:
        """The concrete model that a name of a module stands for, under whatever module it is defined."""
        if (module, name) == USER_MODEL:
            return self._user_model()
        if name not in self._class_names:
            return None
        if (module, name) not in self._known:
            # Models are imported from apps; other modules need not be read for this.
            inside = self.project.apps.containing(module) is not None
            self._known[module, name] = self._looked_up(f"{module}.{name}") if inside else None
        return self._known[module, name]

    def _looked_up(self, dotted: str) -> ModelKey | None:
        try:
            found = self.project.interpreter.lookup(dotted)
        except (Stuck, Raised, SourceError):
            return None
        builder = self.project.registry.builder
        built = builder.build(found) if isinstance(found, Class) and builder.is_model(found) else None
        if built is None or built.abstract or built.elsewhere:
            return None
        return built.app_label, built.cls.name.lower()

    def _user_model(self) -> ModelKey | None:
        label = self.project.settings.get_or("AUTH_USER_MODEL", "auth.User")
        app, _, name = label.partition(".") if isinstance(label, str) else ("", "", "")
        return self.by_label(app, name)

    def by_label(self, label: str, name: str) -> ModelKey | None:
        key = (label, name.lower())
        return key if key in self.state else None

    def managers(self, model: ModelKey, historical: bool) -> frozenset[str] | None:
        """The managers of the model's class."""
        cls = self.classes.get(model)
        if cls is None or any(base.doubts for base in cls.mro):
            return None
        names = {name for base in cls.mro for name, value in base.namespace.items() if is_manager(value)}
        return frozenset(names) or frozenset({"objects"})

    def has_attribute(self, model: ModelKey, name: str) -> bool:
        """Whether the class has something else of that name: a property, a method, a constant. Doubts count."""
        cls = self.classes.get(model)
        if cls is None:
            return False
        return any(name in base.namespace or "__getattr__" in base.namespace or base.doubts for base in _own(cls))

    def has_private_field(self, model: ModelKey, name: str) -> bool:
        """Whether the name is now that of a field without a column, such as a `GenericRelation`."""
        cls = self.classes.get(model)
        values = (base.namespace.get(name) for base in _own(cls)) if cls is not None else ()
        return any(isinstance(value, Instance) and field_type(value.cls) is not None for value in values)

    def overrides(self, model: ModelKey, method: str) -> bool:
        """Whether the model's own code defines a method that Django's `Model` has too."""
        cls = self.classes.get(model)
        return cls is not None and any(method in base.namespace for base in _own(cls))

    def defines(self, model: ModelKey, name: str) -> bool:
        """Whether the class surely has an attribute of that name."""
        cls = self.classes.get(model)
        return cls is not None and any(name in base.namespace for base in _own(cls))


class HistoricalNames(ProjectNames):
    """The names as the code of a migration meets them: `apps` gives models of the state."""

    def __init__(self, project: Project, state: State, real: ProjectNames) -> None:
        super().__init__(project, state)
        self._real = real
        self._schema = Schema(state)

    @cached_property
    def classes(self) -> dict[ModelKey, Class]:
        return self._real.classes

    def by_label(self, label: str, name: str) -> ModelKey | None:
        return self.state_key(label, name)

    def state_key(self, label: str, name: str) -> ModelKey | None:
        key = (label, name.lower())
        return key if key in self.state else None

    def managers(self, model: ModelKey, historical: bool) -> frozenset[str] | None:
        """Managers with `use_in_migrations`, else `objects`; None where bases may bring more."""
        if not historical:
            return self._real.managers(model, historical)
        if not self._schema.complete(model):
            return None
        names = {name for found in self._schema.models(model) for name, _ in found.managers}
        return frozenset(names) or frozenset({"objects"})


def _own(cls: Class) -> list[Class]:
    return [base for base in cls.mro if not base.native]
