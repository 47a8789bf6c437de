"""Migration files as `Migration`s: their operations, dependencies and flags, read by running each module abstractly.

In: an installed app with migrations folders. Out: its migrations by name, and what in them is not one. A file is never
imported by Python; what cannot be understood is an Unknown in the migration's `problems`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from migration_guard.disk import Entry, scandir
from migration_guard.evaluate.classes import find
from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import (
    Class,
    External,
    Function,
    Instance,
    Module,
    Native,
    NativeFunction,
    Object,
    Raised,
    Stuck,
)
from migration_guard.project.apps import InstalledApp
from migration_guard.project.creations import only_creates
from migration_guard.project.fields import field_of
from migration_guard.project.natives import migrations as natives
from migration_guard.source.errors import SourceError
from migration_guard.state import signatures
from migration_guard.state.model import Field
from migration_guard.state.operations import CustomOperation, Dependency, Migration, Operation
from migration_guard.values import Call, Origin, Ref, Seq, Unknown, Value
from migration_guard.versions import KEYWORD_ONLY_ARGUMENTS_IN_FILES


@dataclass(frozen=True, slots=True)
class NotAMigration:
    """A file of a migrations folder that Django could not load as a migration, and why."""

    app_label: str
    name: str
    path: Path
    message: str
    line: int | None = None
    column: int = 0


@dataclass(slots=True)
class Loaded:
    """The migrations of all apps."""

    migrations: list[Migration] = field(default_factory=list)
    broken: list[NotAMigration] = field(default_factory=list)
    packages: set[str] = field(default_factory=set)
    """Labels of apps with a migrations package."""


def migration_files(app: InstalledApp) -> Iterator[tuple[str, Path]]:
    """The modules of an app's migrations folders, as Django lists them: no packages, none with _ or ~ first."""
    seen: set[str] = set()
    for folder in app.migrations_dirs:
        for entry in _listed(folder):
            name, _, suffix = entry.name.rpartition(".")
            if suffix == "py" and name and name[0] not in "_~" and name not in seen and "." not in name:
                seen.add(name)
                yield name, Path(entry.path)


def _listed(folder: Path) -> list[Entry]:
    try:
        return sorted(scandir(folder), key=lambda entry: entry.name)
    except OSError:  # no folder any more, or none that this user may list
        return []


class MigrationReader:
    """Reads migrations through an interpreter."""

    def __init__(self, interp: Interpreter, known: Callable[[str], Migration | None] | None = None) -> None:
        self.interp = interp
        self._known = known
        """What an earlier reading still knows, by the module's name."""

    def read_app(self, app: InstalledApp, into: Loaded) -> None:
        """Read all migrations of an app."""
        if app.migrations_module is None or app.migrations_kind != "package":
            return  # Django's loader minds no folder without an __init__.py
        into.packages.add(app.label)
        failure = self._failing_package(app, app.migrations_module)
        if failure is not None:
            into.broken.append(failure)
            return
        for name, path in migration_files(app):
            dotted = f"{app.migrations_module}.{name}"
            known = self._known(dotted) if self._known is not None else None
            result = known if known is not None else self.read(app.label, name, dotted, path)
            if isinstance(result, Migration):
                into.migrations.append(result)
            else:
                into.broken.append(result)

    def _failing_package(self, app: InstalledApp, dotted: str) -> NotAMigration | None:
        """The package itself where it raises ImportError: Django then loads nothing."""
        package = self.interp.module(dotted)
        try:
            if isinstance(package, Module):
                self.interp.run(package)
        except SourceError:
            return None  # is reported with all other files that cannot be parsed
        failed = package.failed if isinstance(package, Module) else None
        if failed is not None and failed.name == "ImportError":
            return NotAMigration(app.label, "__init__", app.migrations_dirs[0] / "__init__.py", f"{failed}")
        return None

    def read(self, app_label: str, name: str, dotted: str, path: Path) -> Migration | NotAMigration:
        """Read one migration file."""
        try:
            module = self.interp.module(dotted)
            if isinstance(module, External):
                return NotAMigration(app_label, name, path, f"{path} could not be read")
            self.interp.run(module)
            cls = self.interp.member(module, "Migration")
        except SourceError as error:
            return NotAMigration(app_label, name, path, error.message, error.line, error.column)
        except Raised as raised:
            if raised.name == "AttributeError":
                return NotAMigration(
                    app_label, name, path, f"Migration {name} in app {app_label} has no Migration class"
                )
            cls = Unknown(f"{raised}")
        except Stuck as stuck:
            cls = stuck.unknown
        if not isinstance(cls, Class):
            reason = (
                cls if isinstance(cls, Unknown) else Unknown(f"Migration in {path} is not a class that can be read")
            )
            return Migration(app_label, name, origin=Origin(str(path)), problems=(reason,), unknown_links=reason)
        return self._migration(app_label, name, cls, path)

    def _migration(self, app_label: str, name: str, cls: Class, path: Path) -> Migration:
        links: list[Unknown] = []
        dependencies = self._dependencies(cls, "dependencies", app_label, links)
        run_before = self._dependencies(cls, "run_before", app_label, links)
        replaces = self._dependencies(cls, "replaces", app_label, links)
        problems = list(links)
        initial = self._attribute(cls, "initial", problems)
        atomic = self._attribute(cls, "atomic", problems)
        return Migration(
            app_label,
            name,
            tuple(self._operations(cls, problems)),
            dependencies,
            run_before,
            tuple((d.app_label, d.name) for d in replaces),
            initial if isinstance(initial, bool) else None,
            atomic is not False,
            cls.origin or Origin(str(path)),
            tuple(problems),
            links[0] if links else None,
        )

    def _attribute(self, cls: Class, name: str, problems: list[Unknown]) -> Object:
        try:
            value = self.interp.getattr(cls, name)
        except (Stuck, Raised) as error:
            value = error.unknown if isinstance(error, Stuck) else None
        if isinstance(value, Unknown):
            problems.append(value)
            return None
        return value

    def _items(self, cls: Class, name: str, problems: list[Unknown]) -> list[Object]:
        value = self._attribute(cls, name, problems)
        if value is None:
            return []
        try:
            return self.interp.iterate(value)
        except (Stuck, Raised) as error:
            problems.append(error.unknown if isinstance(error, Stuck) else Unknown(f"{name}: {error}", cls.origin))
            return []

    def _dependencies(self, cls: Class, name: str, app_label: str, problems: list[Unknown]) -> tuple[Dependency, ...]:
        found = []
        for item in self._items(cls, name, problems):
            setting = getattr(item, "setting", None)
            if isinstance(item, (tuple, list)) and len(item) == 2 and all(isinstance(part, str) for part in item):
                found.append(Dependency(str(item[0]), str(item[1]), setting))
            elif isinstance(item, Unknown):
                problems.append(item)
            elif isinstance(item, (tuple, list)) and any(isinstance(part, Unknown) for part in item):
                problems.append(next(part for part in item if isinstance(part, Unknown)))
            else:
                problems.append(Unknown(f"{name} holds something that is not a pair of names", cls.origin))
        return tuple(found)

    # Operations

    def _operations(self, cls: Class, problems: list[Unknown]) -> Iterator[Operation]:
        unknown: list[Unknown] = []
        for item in self._items(cls, "operations", unknown):
            yield self.operation(item)
        if unknown and self._only_creates(cls):
            yield CustomOperation(unknown=unknown[0], creates=True)
        else:
            problems += unknown

    def _only_creates(self, cls: Class) -> bool:
        """Whether operations that are not known make models and do nothing else."""
        module = self.interp.module(cls.module)
        return isinstance(module, Module) and only_creates(self.interp.body_of(module))

    def operation(self, obj: Object) -> Operation:
        """One operation, whatever it is."""
        if isinstance(obj, Unknown):
            return CustomOperation(unknown=obj)
        if not isinstance(obj, Instance):
            return CustomOperation(unknown=Unknown(f"{obj!r} is not an operation"))
        written = self.interp.export(obj)
        call = _under_its_module(written, obj.cls) if isinstance(written, Call) else None
        kind = natives.operation_class(obj.cls)
        if kind is not None and not obj.doubts and self._state_forwards(obj.cls).native:
            bound = self._bound(obj, kind)
            if not isinstance(bound, Unknown):
                return replace(bound, call=call)
            return CustomOperation(unknown=bound, call=call)
        return self._custom(obj, kind, self._with_names(obj, call) if call is not None else None)

    def _with_names(self, obj: Instance, call: Call) -> Call:
        """A call with its arguments by name, in the order in which Django writes them; as it is where it cannot be."""
        found, init = find(obj.cls.mro, "__init__")
        kind = natives.operation_class(obj.cls)
        if found and isinstance(init, Function):
            kinds = ("arg", "kwonly") if KEYWORD_ONLY_ARGUMENTS_IN_FILES(self.interp.version) else ("arg",)
            names = [name for sort, name, *_ in init.params if sort in kinds][1:]
        elif kind is not None:
            names = [name for name, _ in natives.SIGNATURES[kind.name]]
        else:
            return call
        if len(call.args) > len(names):
            return call
        named, rest = dict(zip(names, call.args, strict=False)), names[len(call.args) :]
        return replace(call, args=(), kwargs=named | {n: call.kwargs[n] for n in rest if n in call.kwargs})

    def _state_forwards(self, cls: Class) -> Class:
        """The class in the MRO that defines `state_forwards` before Django's own operation does."""
        for base in cls.mro:
            if base.native or "state_forwards" in base.namespace:
                return base
        return cls

    def _bound(self, obj: Instance, kind: Class) -> Operation | Unknown:
        found = natives.operation_arguments(obj)
        if found is None:
            return Unknown(f"{obj.cls.name} is not one of Django's operations", obj.origin)
        name, arguments = found
        defaults = dict(natives.SIGNATURES[name])
        given = {
            key: self._argument(value)
            for key, value in arguments.items()
            if not (value is None and defaults.get(key) is None)
        }
        path = f"{_home(kind)}.{name}"
        call = Call(Ref(_home(kind), name), (), given, obj.origin)
        return signatures.bind(call, self._field, kind=path, operations=self._nested)

    def _argument(self, value: Object) -> Value:
        if isinstance(value, (list, tuple)) and any(_is_operation(item) for item in value):
            return Seq("list", tuple(self._remembered(item) for item in value))
        return self.interp.export(value)

    def _remembered(self, item: Object) -> Value:
        value = self.interp.export(item)
        if isinstance(item, Instance) and id(value) not in self.interp.made:
            self.interp.made[id(value)] = (value, item)
        return value

    def _nested(self, value: Value) -> Operation:
        made = self.interp.made.get(id(value))
        if made is not None:
            return self.operation(made[1])
        return CustomOperation(unknown=value if isinstance(value, Unknown) else Unknown("this is not an operation"))

    def _field(self, value: Value) -> Field:
        return field_of(self.interp, value)

    # Operations that are not Django's

    def _custom(self, obj: Instance, kind: Class | None, call: Call | None) -> Operation:
        """A class of the project or of a package: what its `state_forwards` does to the state, if that can be seen."""
        definer = self._state_forwards(obj.cls)
        if definer.native or obj.cls.find("state_forwards") is None:
            doubt = next(iter((*obj.doubts, *obj.cls.doubts)), None)
            if kind is None and doubt is None:
                return CustomOperation(call=call)  # it changes the database only
            unknown = doubt or Unknown(f"{obj.cls.name} could not be understood", obj.origin)
            return CustomOperation(unknown=Unknown(unknown.reason, obj.origin, unknown.remedy), call=call)
        recorder = Recorder(self, obj, kind)
        try:
            method = self.interp.getattr(obj, "state_forwards")
            self.interp.call(method, [recorder.app_label, recorder.state], {})
        except (Stuck, Raised) as error:
            reason = error.unknown if isinstance(error, Stuck) else Unknown(str(error))
            unknown = Unknown(f"{obj.cls.name}: {reason.reason}", obj.origin, reason.remedy)
            return CustomOperation(unknown=unknown, call=call)
        return CustomOperation(tuple(recorder.operations), call=call)


class Recorder:
    """Stands for the project state while a custom `state_forwards` runs; what is asked of it becomes operations."""

    app_label = "<app>"

    def __init__(self, reader: MigrationReader, obj: Instance, kind: Class | None) -> None:
        self.operations: list[Operation] = []
        self._reader = reader
        self._obj = obj
        self._kind = kind
        methods: dict[str, Object] = {
            name: Native(name, self._method(name)) for name in METHODS if name != "alter_model_options"
        }
        methods["clear_delayed_apps_cache"] = Native("clear", lambda interp, args, kwargs: None)
        methods["reload_model"] = Native("reload_model", lambda interp, args, kwargs: None)
        cls = Class("ProjectState", "django.db.migrations.state", "ProjectState", namespace=methods)
        cls.doubts = (Unknown("it looks into the state"),)
        self.state = Instance(cls, {"models": self._models()})
        reader.interp.hooks["state_forwards"] = self._parent

    def _models(self) -> Instance:
        """`state.models[app_label, name].fields`, a dict to which fields may be added and from which some be taken."""
        doubts = (Unknown("it looks into the state"),)

        def model(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
            key = args[1]
            if not isinstance(key, tuple) or len(key) != 2 or key[0] != self.app_label:
                raise Stuck(Unknown("it looks at the models of another app"))
            return Instance(Class("ModelState", "", "ModelState", doubts=doubts), {"fields": fields(key[1])})

        def fields(name: str) -> Instance:
            def update(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
                for field_name, obj in ((dict(args[1]) if args[1:] else {}) | kwargs).items():
                    self._record("AddField", {"model_name": name, "name": field_name, "field": obj})
                return None

            def put(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
                return update(interp, [args[0], {args[1]: args[2]}], {})

            methods: dict[str, Object] = {"update": Native("update", update), "__setitem__": Native("put", put)}
            return Instance(Class("dict", "builtins", "dict", namespace=methods))

        models = Class("StateModels", "", "StateModels", namespace={"__getitem__": Native("__getitem__", model)})
        models.doubts = doubts
        return Instance(models)

    def _record(self, kind: str, given: dict[str, Object]) -> None:
        values = {key: self._reader.interp.export(value) for key, value in given.items()}
        call = Call(Ref("django.db.migrations", kind), (), values, self._obj.origin)
        bound = signatures.bind(call, self._reader._field, operations=self._reader._nested)
        if isinstance(bound, Unknown):
            raise Stuck(bound)
        self.operations.append(bound)

    def _parent(self, obj: Instance) -> None:
        """`super().state_forwards()` reached Django's own operation."""
        kind = natives.operation_class(obj.cls)
        if kind is None:
            return
        bound = self._reader._bound(obj, kind)
        if isinstance(bound, Unknown):
            raise Stuck(bound)
        self.operations.append(bound)

    def _method(self, name: str) -> NativeFunction:
        path, names = METHODS[name]

        def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
            given = dict(zip(names, args[1:], strict=False)) | kwargs
            if given.pop("app_label", self.app_label) != self.app_label:
                raise Stuck(Unknown(f"{name}() of another app"))
            self._record(path, given)
            return None

        return run


# ProjectState's methods (https://docs.djangoproject.com/en/stable/howto/writing-migrations/) as operations.
METHODS: dict[str, tuple[str, tuple[str, ...]]] = {
    "add_field": ("AddField", ("app_label", "model_name", "name", "field", "preserve_default")),
    "alter_field": ("AlterField", ("app_label", "model_name", "name", "field", "preserve_default")),
    "remove_field": ("RemoveField", ("app_label", "model_name", "name")),
    "rename_field": ("RenameField", ("app_label", "model_name", "old_name", "new_name")),
    "rename_model": ("RenameModel", ("app_label", "old_name", "new_name")),
    "remove_model": ("DeleteModel", ("app_label", "name")),
    "add_index": ("AddIndex", ("app_label", "model_name", "index")),
    "remove_index": ("RemoveIndex", ("app_label", "model_name", "name")),
    "add_constraint": ("AddConstraint", ("app_label", "model_name", "constraint")),
    "remove_constraint": ("RemoveConstraint", ("app_label", "model_name", "name")),
}


def _home(kind: Class) -> str:
    return signatures.POSTGRES if kind.module == natives.POSTGRES_OPERATIONS else signatures.CORE


def _under_its_module(call: Call, cls: Class) -> Call:
    """Django finds the module of an operation by its class: `deconstruct()` need not name it."""
    return call if call.func.module else replace(call, func=replace(call.func, module=cls.module))


def _is_operation(obj: Object) -> bool:
    return isinstance(obj, Instance) and natives.OPERATION in obj.cls.mro
