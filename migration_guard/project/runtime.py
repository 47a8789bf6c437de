"""What models ask of a running project: the database connection's vendor, and which models are registered.

In: the settings and the registry. Out: answers for the interpreter. Nothing is connected to; what only a live
database could tell is Unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Class, Instance, Module, Native, Object, Raised, Stuck, Thunk
from migration_guard.project.apps import InstalledApp
from migration_guard.project.natives.declare import hook, native_class
from migration_guard.project.natives.framework import APPS_CLASS
from migration_guard.values import Unknown

if TYPE_CHECKING:
    from migration_guard.project.registry import Registry

VENDORS = {
    "postgresql": "postgresql",
    "postgis": "postgresql",
    "psycopg2": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
    "sqlite3": "sqlite",
    "spatialite": "sqlite",
    "sqlite": "sqlite",
    "oracle": "oracle",
}
"""`connection.vendor` by the last part of an ENGINE (https://docs.djangoproject.com/en/stable/ref/settings/#engine)."""


def vendor_of(engine: str) -> str | None:
    """The vendor of a database engine; wrappers name what they wrap in their own name."""
    tail = engine.rpartition(".")[2].lower()
    if tail in VENDORS:
        return VENDORS[tail]
    named = {vendor for word, vendor in VENDORS.items() if word in engine.lower()}
    return named.pop() if len(named) == 1 else None


def connection_names(settings: Callable[[str], Object]) -> dict[str, Object]:
    """`connection` and `connections` of `django.db`."""
    cls = native_class("django.db.backends.base.base", "BaseDatabaseWrapper")
    cls.doubts = (Unknown("there is no database connection: nothing is connected to"),)

    def vendor(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        engine = options(interp, args, kwargs).get("ENGINE")
        found = vendor_of(engine) if isinstance(engine, str) else None
        return found if found is not None else Unknown("the database that the settings name is not known")

    def options(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> dict[str, Object]:
        databases = settings("DATABASES")
        alias = args[0].attrs["alias"]
        found = databases.get(alias) if isinstance(databases, dict) else None
        if not isinstance(found, dict):
            raise Stuck(databases if isinstance(databases, Unknown) else Unknown(f"the database {alias} is not known"))
        return found

    introspection = native_class("django.db.backends.base.introspection", "BaseDatabaseIntrospection")
    introspection.doubts = cls.doubts
    for name in ("table_names", "django_table_names", "get_table_list"):
        introspection.namespace[name] = _always(name, [])
    # Migrations are judged as on an empty database, which is also what an applied mark of "[ ]" says.
    cls.namespace["introspection"] = Instance(introspection)
    cls.namespace["cursor"] = _always("cursor", Instance(rows()))
    cls.namespace["vendor"] = Native("vendor", vendor, kind="property")
    cls.namespace["settings_dict"] = Native("settings_dict", options, kind="property")

    def item(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        return Instance(cls, {"alias": args[1]})

    handler = native_class("django.db.utils", "ConnectionHandler")
    handler.namespace["__getitem__"] = Native("__getitem__", item)
    return {"connection": Instance(cls, {"alias": "default"}), "connections": Instance(handler)}


def _always(name: str, answer: Object) -> Native:
    """A method that gives the same answer whatever it is asked, unless somebody wants to know that it is asked."""

    def method(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        if (asked := hook(interp, "empty database")) is not None:
            asked()
        return list(answer) if isinstance(answer, list) else answer

    return Native(name, method)


def rows() -> Class:
    """A manager, queryset or cursor over an empty table."""
    cls = native_class("django.db.models.query", "EmptyQuerySet")
    cls.doubts = (Unknown("there is no database connection: nothing is queried"),)
    for name in ("all", "filter", "exclude", "using", "order_by", "distinct", "values", "values_list", "none"):
        cls.namespace[name] = Native(name, lambda interp, args, kwargs: args[0])
    answers: dict[str, Object] = {"exists": False, "count": 0, "first": None, "last": None}
    for name, answer in answers.items():
        cls.namespace[name] = _always(name, answer)
    cls.namespace["__iter__"] = _always("__iter__", [])
    return cls


def recorder_names() -> dict[str, Object]:
    """`MigrationRecorder`, which has recorded nothing."""
    recorder = native_class("django.db.migrations.recorder", "MigrationRecorder")
    model = native_class("django.db.migrations.recorder", "Migration")
    model.namespace["objects"] = Instance(rows())
    recorder.namespace["Migration"] = model
    for name, answer in {"applied_migrations": {}, "has_table": False, "ensure_schema": None}.items():
        recorder.namespace[name] = _always(name, answer)
    recorder.namespace["__init__"] = Native("__init__", lambda interp, args, kwargs: None)
    recorder.namespace["migration_qs"] = Instance(rows())
    return {"MigrationRecorder": recorder}


class ClassPrepared:
    """The signal `class_prepared`: receivers that add fields or make further models run for every model."""

    def __init__(self, interp: Interpreter) -> None:
        self.interp = interp
        self.receivers: list[tuple[Object, Object]] = []
        """Receivers, and the sender that each waits for (None: any)."""
        self._sent = 0
        cls = native_class("django.db.models.signals", "ModelSignal")
        cls.namespace["connect"] = Native("connect", self._connect)
        cls.namespace["disconnect"] = Native("disconnect", lambda interp, args, kwargs: None)
        self.signal = Instance(cls)

    def _connect(self, interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        receiver = args[1] if len(args) > 1 else kwargs.get("receiver")
        if receiver is not None:
            self.receivers.append((receiver, args[2] if len(args) > 2 else kwargs.get("sender")))
        return None

    def send(self, prepared: list[Class]) -> None:
        """Run the receivers for models that were prepared since the last time."""
        while self._sent < len(prepared):
            cls = prepared[self._sent]
            self._sent += 1
            for receiver, sender in list(self.receivers):
                if sender is not None and sender is not cls:
                    continue
                try:
                    self.interp.call(receiver, [], {"sender": cls, "signal": self.signal})
                except Stuck as stuck:
                    self.interp.note(stuck.unknown)
                except Raised as raised:
                    self.interp.note(Unknown(f"a receiver of class_prepared raises {raised}"))


class ModelsOnDemand:
    """Answers `apps.get_model` and its like while models are still being read."""

    def __init__(self, interp: Interpreter, registry: Registry) -> None:
        self.interp = interp
        self.registry = registry
        interp.hooks["get_model"] = self.get_model
        natives = {
            "get_registered_model": self._registered,
            "get_app_config": self._app_config,
            "get_app_configs": self._app_configs,
            "get_containing_app_config": self._containing,
        }
        for name, fn in natives.items():
            APPS_CLASS.namespace[name] = Native(name, fn)
        APPS_CLASS.namespace["app_configs"] = Native(
            "app_configs",
            lambda interp, args, kwargs: {a.label: self._config(a) for a in self.registry.apps},
            "property",
        )
        self._configs: dict[str, Instance] = {}

    def _config(self, app: InstalledApp) -> Instance:
        """The AppConfig of an app, of its real class."""
        if app.label not in self._configs:
            try:
                cls = self.interp.lookup(app.config or "django.apps.AppConfig")
            except (Stuck, Raised):
                cls = None
            if not isinstance(cls, Class):
                cls = native_class("django.apps.config", "AppConfig")
            attrs: dict[str, Object] = {
                "name": app.name,
                "label": app.label,
                "path": str(app.path),
                "verbose_name": app.label.title(),
            }
            attrs["module"] = self.interp.module(app.module)
            self._configs[app.label] = Instance(cls, attrs)
        return self._configs[app.label]

    def _app_configs(self, interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        for unknown in self.registry.apps.incomplete:
            raise Stuck(unknown)
        return [self._config(app) for app in self.registry.apps]

    def _app_config(self, interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        label = args[1] if len(args) > 1 else kwargs.get("app_label")
        if not isinstance(label, str):
            raise Stuck(Unknown("which app is asked for is not known"))
        app = self.registry.apps.by_label(label)
        if app is None:
            raise Raised("LookupError", f"No installed app with label '{label}'.")
        return self._config(app)

    def _containing(self, interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        app = self.registry.apps.containing(args[1]) if isinstance(args[1], str) else None
        return self._config(app) if app is not None else None

    def get_model(self, label: str) -> Class | None:
        """The class of "app_label.ModelName", looked for in the app's models module; None where nobody has it."""
        module, name = self._place(label)
        if module is None:
            return None
        if module.state == "new":
            self.interp.run(module)
        key = self._bound(module.namespace, name)
        if key is not None:
            value = self.interp.member(module, key)
            if isinstance(value, Class):
                return value
        return self._made(label)

    def _place(self, label: str) -> tuple[Module | None, str]:
        app_label, _, name = label.partition(".")
        app = self.registry.apps.by_label(app_label)
        module = self.interp.module(app.models_module) if app is not None and app.models_module else None
        return (module if isinstance(module, Module) else None), name

    def _bound(self, names: Mapping[str, Object], name: str) -> str | None:
        return next((key for key in names if key.lower() == name.lower()), None)

    def _made(self, label: str) -> Class | None:
        app_label, _, name = label.partition(".")
        for cls in self.interp.classes:
            same_name = cls.name.lower() == name.lower() and self.registry.builder.is_model(cls)
            if same_name and self.registry.builder.app_label_of(cls.module) == app_label:
                return cls
        return None

    def _registered(self, interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        """A model that exists so far. A class statement that was run counts, its body worked out or not."""
        if len(args) != 3 or not all(isinstance(arg, str) for arg in args[1:]):
            raise Stuck(Unknown("which model is asked for is not known"))
        label = f"{args[1]}.{args[2]}"
        module, name = self._place(label)
        if module is not None:
            key = self._bound(module.namespace, name)
            value = module.namespace.get(key) if key is not None else None
            if isinstance(value, Class):
                return value
            if key is not None and isinstance(value, Thunk) and value.kind == "class":
                try:
                    made_now = self.interp.member(module, key)
                except Stuck:  # it is being made just now
                    made_now = None
                if isinstance(made_now, Class):
                    return made_now
                return Instance(native_class("django.db.models.base", "RegisteredModel"), {"label": label})
        made = self._made(label)
        if made is None:
            raise Raised("LookupError", f"Model '{label}' not registered.")
        return made
