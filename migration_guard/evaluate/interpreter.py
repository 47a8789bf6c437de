"""The abstract interpreter: modules, attributes, calls. In: IR from `source`. Out: objects, and Values by `export`.

It knows Python and nothing of Django; what Django is comes in as native modules and hooks. It never imports or runs
anything of the program; time, depth and size are limited, and what cannot be known is Unknown.
"""

from __future__ import annotations

import itertools
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from migration_guard.evaluate import (
    builtins,
    classbody,
    classes,
    contents,
    effects,
    enums,
    flags,
    imports,
    metaclasses,
    methods,
    sizes,
    stdlib,
)
from migration_guard.evaluate import export as exporting
from migration_guard.evaluate.calls import call_function, function_attribute, instantiate
from migration_guard.evaluate.frames import MISSING, Frame
from migration_guard.evaluate.objects import (
    OURS,
    TOO_DEEP,
    Arguments,
    Bound,
    Class,
    EnumMember,
    External,
    Function,
    Instance,
    Module,
    Native,
    Object,
    Partial,
    Raised,
    Regex,
    Stuck,
    Super,
    Thunk,
)
from migration_guard.evaluate.operators import mapping, unwrap
from migration_guard.evaluate.statements import execute
from migration_guard.source.errors import SourceError
from migration_guard.source.finder import is_stdlib
from migration_guard.source.ir import Body
from migration_guard.values import Ref, Unknown, Value

STEPS_PER_STATEMENT = 200_000
STEPS_IN_ALL = 50_000_000
UNITS_IN_ALL = 300_000_000
"""What large results may add up to: nothing says when they are dropped."""
MAX_CALLS = 80


SIZED = (str, bytes, list, tuple, dict, set, frozenset)


class Finder(Protocol):
    """What the interpreter asks of `source.finder`."""

    def find(self, dotted: str) -> Any: ...


def _nothing_there(path: str) -> None:
    return None


class Interpreter:
    """Executes modules abstractly, each at most once.

    `load` gives the IR body of a file; `natives` gives modules' names that are known better than from source;
    `settings` answers `django.conf.settings.NAME`; `values` are what the user states of unknowable expressions.
    """

    def __init__(
        self,
        finder: Finder,
        load: Callable[[Path, bool], Body],
        version: tuple[int, int],
        *,
        has_environment: bool = False,
        natives: Mapping[str, Mapping[str, Object]] | None = None,
        values: Mapping[str, Object] | None = None,
    ) -> None:
        classes.restore()
        self.finder = finder
        self.version = version
        self.has_environment = has_environment
        self.values = values or {}
        self.builtins = builtins.builtin_names()
        self.builtins |= {"__import__": stdlib.IMPORT, "open": contents.OPEN}
        self.natives: Mapping[str, Mapping[str, Object]] = ChainMap(stdlib.modules(), natives or {})  # type: ignore[arg-type]
        self.settings: Callable[[str], Object] = lambda name: Unknown(f"the setting {name} is not known")
        self.hooks: dict[str, Callable[..., Object]] = {}
        self.class_attributes: dict[str, Callable[[Class], Object]] = {}
        self.eager_modules: set[str] = set()
        """Modules (settings, models) whose bare calls are run for what they do."""
        self.is_partial: Callable[[Path | None], bool] = lambda path: False
        """Whether a module's source tells only part of what the real module has."""
        self.read_data: Callable[[str], bytes | None] = _nothing_there
        self.list_folder: Callable[[str], list[str] | None] = _nothing_there
        """What a file holds, and the names in a folder; None for what is none of the program's own."""
        self.remembered: dict[str, object] = {}
        """What native functions have worked out, for their own use."""
        self.source_first: set[str] = set()
        """Packages whose native modules only stand in for source that is not there."""
        self.notes: list[Unknown] = []
        self.building: list[Class | None] = []
        """Classes whose metaclass is running; None once it has made its class."""
        self.unfollowed: dict[Class, Unknown] = {}
        """Classes that lack what their metaclass may have put into them."""
        self.classes: list[Class] = []
        """Every class of the program, in the order of their creation."""
        self.makers: dict[int, str] = {}
        """The module whose statement made a class, by the class's id."""
        self.bare = False
        """Whether the machine is taken for one on which nothing is configured."""
        self.asked_the_machine = False
        """Whether something was not known that is known on a bare machine."""
        self.made: dict[int, tuple[Value, Instance]] = {}
        """Which instance an exported Call came from, by the Call's id."""
        self.modules: dict[str, Module | External] = {}
        self._load, self._counter = load, itertools.count()
        self.context: tuple[str, int] = ("", 0)
        """The module and the top-level statement that is being executed."""
        self.steps = 0
        self.limit = STEPS_PER_STATEMENT
        """The number of steps at which the current statement has taken too long."""
        self.kept = 0
        self.depth = 0
        self.frame: Frame | None = None
        """The frame of the latest call expression: `type(name, bases, namespace)` takes its module from there."""
        self.exporters: list[tuple[Class | str, Callable[[Interpreter, Instance], Value]]] = []
        """How instances of some classes are exported, given or by path, where `deconstruct()` is not the way."""

    # Bookkeeping

    def created(self, cls: Class) -> None:
        """Count a class of the program."""
        self.classes.append(cls)
        self.makers[id(cls)] = self.context[0]

    def tick(self) -> tuple[str, int, int]:
        """The next creation order: (module, top-level statement, running number)."""
        return *self.context, next(self._counter)

    def top_level(self, module: Module, at: int, run: Callable[[], Object]) -> Object:
        """Run one top-level statement: with its share of steps, as the place that creation order refers to."""
        context, limit, steps = self.context, self.limit, self.steps
        self.context = (module.name, at)
        self.limit = min(steps + (STEPS_PER_STATEMENT >> module.exhausted), STEPS_IN_ALL)
        try:
            return run()
        finally:
            if self.steps > self.limit:
                module.exhausted += 1
            self.context = context
            # Steps of nested statements (of other modules) do not count against the one that caused them.
            self.limit = limit + self.steps - steps

    def spend(self, frame: Frame) -> None:
        """Count one step of a program that may never end."""
        self.steps += 1
        if self.steps > self.limit:
            raise Stuck(Unknown("it takes too long to work out", frame.origin))

    def charge(self, units: int) -> None:
        """Count an operation that went through so many characters or items."""
        if units > sizes.UNITS_PER_STEP:
            self.steps += units // sizes.UNITS_PER_STEP
            if self.steps > self.limit:
                raise Stuck(Unknown("it takes too long to work out"))

    def keep(self, result: Object) -> None:
        """Count a result that may be kept."""
        units = sizes.size(result)
        if units > sizes.UNITS_PER_STEP:
            self.kept += units
            if self.kept > UNITS_IN_ALL:
                raise Stuck(Unknown("the results are too large together"))
            self.charge(units)

    def weigh(self, obj: Object, *, unknown: bool = False) -> None:
        """Count data that are about to be walked through; Stuck where they are too large, or (mostly) Unknown."""
        if isinstance(obj, (list, tuple, set, frozenset, dict)):
            sizes.weight(obj, sizes.MAX_WEIGHT, self.charge, unknown=unknown)
        elif isinstance(obj, (str, bytes)):
            self.charge(len(obj))
        elif isinstance(obj, Unknown) and not unknown:
            raise Stuck(obj)

    def note(self, unknown: Unknown) -> None:
        """Remember something that was not understood and that nobody may ever ask for."""
        if len(self.notes) < 10_000:
            self.notes.append(unknown)

    def runs_calls(self, frame: Frame, name: str) -> bool:
        """Whether a bare call of `name` at module level is followed for what it does."""
        value = frame.names.get(name)
        return isinstance(value, Function) or frame.module.name in self.eager_modules

    # Modules

    def module(self, dotted: str) -> Module | External:
        """A module by name, not yet executed; External where its source cannot be read.

        The module whose statement is being executed counts as one that uses it.
        """
        user = self.modules.get(self.context[0])
        if isinstance(user, Module):
            user.uses.add(dotted)
        return self.known(dotted)

    def known(self, dotted: str) -> Module | External:
        """As `module`, for those who only ask whether it is there."""
        known = self.modules.get(dotted)
        if known is not None:
            return known
        native = self.natives.get(dotted)
        found = self.finder.find(dotted) if native is None or not is_stdlib(dotted) else None
        if found is not None and dotted.partition(".")[0] in self.source_first:
            native = None
        if native is None and found is None:
            return self._external(dotted)
        path = found.path if found is not None else None
        package = found is not None and found.kind != "module"
        module = Module(dotted, path, package, native=native, first_party=bool(found and found.first_party))
        if path is None:
            module.state = "done"
        self.modules[dotted] = module
        return module

    def _external(self, dotted: str) -> External:
        external = External(dotted, "", missing=self.unreadable(dotted))
        if is_stdlib(dotted):
            external = External(dotted, "", certain=True)
        self.modules[dotted] = external
        return external

    def unreadable(self, dotted: str) -> Unknown:
        return Unknown(f"the module {dotted} could not be read", None, self.import_remedy(dotted))

    def import_remedy(self, dotted: str) -> str | None:
        if self.has_environment:
            return f"is {dotted.partition('.')[0]} installed in the environment that --python names?"
        return "name the project's environment with --python, so that its packages can be read"

    def require(self, dotted: str) -> Module | External:
        """As `module`, raising ModuleNotFoundError where Python surely would: nothing of that name is installed."""
        module = self.module(dotted)
        if isinstance(module, External) and module.missing is not None and self.surely_missing(dotted):
            raise Raised("ModuleNotFoundError", f"No module named '{dotted}'")
        if isinstance(module, Module) and module.native is None:
            try:
                self.run(module)
            except SourceError as error:
                raise Stuck(Unknown(f"{dotted} could not be parsed: {error}")) from None
            if module.failed is not None:
                raise module.failed
        return module

    def surely_missing(self, dotted: str) -> bool:
        if self.has_environment:
            return True
        # Without an environment a third-party package may well be installed, but not a part of what we can read.
        parent = dotted.rpartition(".")[0]
        found = self.finder.find(parent) if parent else None
        return found is not None and found.kind != "namespace" and not self.is_partial(found.path)

    def run(self, module: Module) -> None:
        """Execute a module's statements, once. Raises SourceError, each time, where they cannot be parsed."""
        if module.unparsed is not None:
            raise module.unparsed
        if module.state != "new":
            return
        assert module.path is not None
        try:
            body = self._load(module.path, module.first_party)
        except SourceError as error:
            module.unparsed, module.state = error, "done"
            raise
        module.state = "running"
        frame = Frame(self, module, module.namespace)
        depth, self.depth = self.depth, 0
        try:
            execute(body, frame)
        finally:
            self.depth = depth
            module.state = "done"

    def body_of(self, module: Module) -> Body:
        """The statements of a module; none for a native one."""
        return self._load(module.path, module.first_party) if module.path is not None else []

    def member(self, module: Module, name: str) -> Object:
        """An attribute of a module: a native name, a name that its statements bind, or a submodule."""
        if module.native is not None and name in module.native:
            return module.native[name]
        try:
            self.run(module)
        except SourceError as error:
            raise Stuck(Unknown(f"{module.name} could not be parsed: {error}")) from None
        value = self._own_name(module, name)
        if value is not MISSING:
            return value
        dotted = f"{module.name}.{name}"
        if dotted in self.natives or self.finder.find(dotted) is not None:
            return self.module(dotted)
        return imports.unbound(self, module, name)

    def bound_names(self, module: Module) -> set[str]:
        """Every name that a module's statements bind somewhere."""
        if module.path is None:
            return set()
        body = self._load(module.path, module.first_party)
        return {name for statement in body for name in effects.bound_names(statement)}

    def global_name(self, module: Module, name: str) -> Object:
        """A name in a module's own namespace, or MISSING."""
        value = self._own_name(module, name)
        if value is MISSING and name in ("__name__", "__file__"):
            return module.name if name == "__name__" else str(module.path)
        return value

    def _own_name(self, module: Module, name: str) -> Object:
        value = module.namespace.get(name, MISSING)
        if isinstance(value, Thunk):
            thunk, value = value, value.force()
            # A name rebound while the thunk ran keeps its newer value.
            if module.namespace.get(name) is thunk:
                module.namespace[name] = value
        return value

    def lookup(self, dotted: str) -> Object:
        """`pkg.mod.Class.attr`: the longest importable prefix, then attributes."""
        parts = dotted.split(".")
        for cut in range(len(parts), 0, -1):
            name = ".".join(parts[:cut])
            if name in self.natives or self.finder.find(name) is not None:
                obj: Object = self.module(name)
                for part in parts[cut:]:
                    obj = self.getattr(obj, part)
                return obj
        return External(".".join(parts[:-1]), parts[-1], missing=self.unreadable(".".join(parts[:-1]) or dotted))

    # Attributes

    def getattr(self, obj: Object, name: str) -> Object:
        """`obj.name`; raises Raised("AttributeError") or Stuck."""
        match obj:
            case Unknown():
                raise Stuck(obj)
            case Instance():
                return classes.instance_attribute(self, obj, name)
            case Class() | Function() | Native() | Bound() | Partial() if name == "__call__" and not _defines_call(obj):
                return obj
            case Class():
                found, value = enums.class_attribute(obj, name)
                if not found and obj.module == "builtins":
                    method = builtins.type_attribute(obj, name)
                    if method is not None:
                        return method
                return value if found else classes.class_attribute(self, obj, name)
            case Module():
                return self.member(obj, name)
            case External():
                qualname = f"{obj.qualname}.{name}" if obj.qualname else name
                return External(obj.module, qualname, obj.certain, obj.missing)
            case EnumMember():
                return self._member_attribute(obj, name)
            case Super():
                return classes.super_attribute(self, obj, name)
            case Function() | Native() | Bound() | Partial() | Regex():
                return function_attribute(self, obj, name)
            case _:
                return methods.attribute(self, obj, name)

    def _member_attribute(self, member: EnumMember, name: str) -> Object:
        found, value = enums.member_attribute(self, member, name)
        if found:
            return value
        found, value = classes.find(member.cls.mro, name)
        if found:
            return classes.bind(self, value, member, member.cls)
        if member.plain:
            return self.getattr(member.value, name)
        raise Raised("AttributeError", f"'{member.cls.name}' object has no attribute '{name}'")

    def setattr(self, obj: Object, name: str, value: Object) -> None:
        """`obj.name = value`."""
        if isinstance(obj, Instance):
            classes.set_attribute(self, obj, name, value)
        elif isinstance(obj, Class):
            classes.patch(obj, name, value)
        elif isinstance(obj, Module):
            obj.namespace[name] = value
        elif isinstance(obj, Function):
            obj.attrs[name] = value

    def delattr(self, obj: Object, name: str) -> None:
        """`del obj.name`."""
        names = obj.attrs if isinstance(obj, (Instance, Function)) else getattr(obj, "namespace", {})
        names.pop(name, None)

    def class_of(self, obj: Object) -> Object:
        cls = builtins.class_of(obj)
        if cls is None:
            raise Stuck(Unknown(f"the class of {obj!r} is not known"))
        return cls

    # Calls

    def call(self, callee: Object, args: list[Object], kwargs: dict[str, Object], frame: Frame | None = None) -> Object:
        """Call anything callable."""
        if self.depth > MAX_CALLS:
            raise Stuck(Unknown("calls are nested too deeply"))
        if self.depth == 0 and not self.context[0]:
            self.limit = self.steps + STEPS_PER_STATEMENT  # asked from outside of any program
        self.depth += 1
        try:
            return self._call(callee, args, kwargs, frame)
        except RecursionError:
            raise Stuck(Unknown(TOO_DEEP)) from None
        finally:
            self.depth -= 1

    def _call(self, callee: Object, args: list[Object], kwargs: dict[str, Object], frame: Frame | None) -> Object:
        match callee:
            case Native():
                result = callee.fn(self, Arguments(args), kwargs)
                if isinstance(result, SIZED):
                    self.keep(result)
                return result
            case Bound():
                return self.call(callee.func, [callee.self, *args], kwargs, frame)
            case Function():
                return call_function(self, callee, args, kwargs)
            case Class():
                return instantiate(self, callee, args, kwargs, frame)
            case Partial() if callee.kind == "partial":
                return self.call(callee.func, [*callee.args, *args], {**callee.kwargs, **kwargs}, frame)
            case Partial(kind="alias"):
                return self.call(callee.func, args, kwargs, frame)
            case External():
                return self._call_external(callee, args, kwargs, frame)
            case Instance() if callee.cls.has("__call__"):
                return self.call(self.getattr(callee, "__call__"), args, kwargs, frame)
            case Unknown():
                raise Stuck(callee)
        if isinstance(callee, Instance) and (callee.cls.doubts or callee.doubts):
            raise Stuck((*callee.doubts, *callee.cls.doubts)[0])
        raise Raised("TypeError", f"{sizes.described(callee)} is not callable")

    def of_this_moment(self, function: Ref | None, args: list[Object], kwargs: dict[str, Object]) -> Object:
        """A result of a function that never gives the same twice, where somebody has one; else None."""
        follow = self.hooks.get("moment")
        return None if follow is None or function is None else follow(function.path, args, kwargs)

    def _call_external(
        self, callee: External, args: list[Object], kwargs: dict[str, Object], frame: Frame | None
    ) -> Object:
        """A class that was not read gives an opaque instance; a function that was not read, an Unknown."""
        made = self.of_this_moment(callee.ref, args, kwargs)
        if made is not None:
            return made
        name = callee.ref.name.lstrip("_")
        if name[:1].isupper() and not name.isupper():
            return instantiate(self, classes.opaque_class(callee), args, kwargs, frame)
        missing = callee.missing
        raise Stuck(
            Unknown(
                f"what {callee.ref.path}() returns is not known",
                frame.origin if frame else None,
                missing.remedy if missing else None,
            )
        )

    def make_class(self, name: Object, bases: Object, namespace: Object) -> Object:
        """`type(name, bases, namespace)`."""
        if not isinstance(name, str):
            raise Stuck(Unknown("type() of a name that is not known"))
        return metaclasses.made_by_call(self, name, self.iterate(bases), mapping(namespace))

    def plain_class(self, name: str, bases: list[Object], namespace: dict[str, Object]) -> Class:
        """A class whose metaclass is not asked."""
        return classbody.make_class(self, name, bases, namespace, self.frame)

    def frame_builtin(self, name: str, frame: Frame) -> Object:
        """`super()`, `locals()`, `globals()`, `vars()`: what depends on where it is called."""
        if name in ("locals", "vars"):
            return frame.names
        if name == "globals":
            return frame.module.namespace
        current: Frame | None = frame
        while current is not None and (current.function is None or current.function.owner is None):
            current = current.parent
        if current is None or current.function is None or not current.function.params:
            raise Stuck(Unknown("super() outside of a method", frame.origin))
        first = current.function.params[0][1]
        owner = current.function.owner
        assert owner is not None
        holder: Frame | None = frame
        while holder is not None and first not in holder.names:
            holder = holder.parent
        if holder is None:
            raise Stuck(Unknown("super() without its first argument", frame.origin))
        return Super(owner, holder.names[first])

    # Plain views

    def truth(self, obj: Object) -> bool:
        """`bool(obj)`; Stuck where it is not known."""
        if isinstance(obj, Unknown):
            raise Stuck(obj)
        if isinstance(obj, Instance):
            for method in ("__bool__", "__len__"):
                if obj.cls.has(method):
                    return bool(self.call(self.getattr(obj, method), [], {}))
            return bool(obj.attrs["__data__"]) if "__data__" in obj.attrs else True
        if isinstance(obj, External) and obj.missing is not None:
            raise Stuck(obj.missing)
        obj = obj.value if flags.is_flag(obj) else unwrap(obj)
        return True if isinstance(obj, OURS) else bool(obj)

    def iterate(self, obj: Object) -> list[Object]:
        """`list(obj)`; sets in a fixed order."""
        if not (isinstance(obj, Instance) and obj.cls.has("__iter__")):
            obj = flags.parts(obj) if flags.is_flag(obj) else unwrap(obj)
        if isinstance(obj, (list, tuple, dict, str, bytes, range)):
            self.charge(len(obj))
            return list(obj)
        if isinstance(obj, (set, frozenset)):
            self.charge(8 * len(obj))
            return sorted(obj, key=repr)
        if isinstance(obj, Iterator):
            return list(itertools.islice(obj, 1_000_000))
        if isinstance(obj, Instance):
            if obj.cls.has("__iter__"):
                return self.iterate(self.call(self.getattr(obj, "__iter__"), [], {}))
            if "__data__" in obj.attrs:
                return self.iterate(obj.attrs["__data__"])
            for doubt in (*obj.doubts, *obj.cls.doubts):
                raise Stuck(doubt)
        if isinstance(obj, Class):
            found, method = classes.metaclass_attribute(self, obj, "__iter__")
            if found:
                return self.iterate(self.call(method, [], {}))
        if isinstance(obj, Class) and "__members__" in obj.namespace:
            members = list(dict.fromkeys(obj.namespace["__members__"].values()))
            return flags.single_bits(obj) if obj.has(flags.MARK) else members
        if isinstance(obj, Unknown):
            raise Stuck(obj)
        if isinstance(obj, External):
            raise Stuck(obj.missing or Unknown(f"what {obj!r} holds is not known"))
        raise Raised("TypeError", f"{sizes.described(obj)} is not iterable")

    def export(self, obj: Object) -> Value:
        """The deconstructed form of an object; Unknown where there is none."""
        try:
            return exporting.export(self, obj)
        except RecursionError:
            return Unknown(TOO_DEEP)


def _defines_call(obj: Object) -> bool:
    """Whether `obj.__call__` is a method of its instances; it is what calling the object itself does for all others."""
    return isinstance(obj, Class) and obj.has("__call__")
