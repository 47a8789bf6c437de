"""The objects that interpreted Python handles.

Plain data (None, numbers, strings, lists, tuples, dicts, sets, Decimal, datetime, UUID, ...) is represented by itself.
Everything with behaviour is one of the classes below; none of them ever holds user code that Python could run. What
is not known is a `values.Unknown`, which is an object like any other. `Interpreter.export` turns objects into Values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from migration_guard.source.errors import SourceError
from migration_guard.source.ir import Body, Node
from migration_guard.values import Origin, Ref, Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

Object: TypeAlias = Any
"""Plain Python data, a class of this module, or Unknown."""

NativeFunction: TypeAlias = Callable[["Interpreter", list[Object], dict[str, Object]], Object]


TOO_DEEP = "it is nested too deeply"


class Stuck(Exception):
    """The interpreter cannot go on: the only exception that becomes an Unknown."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


class Unset(Stuck):
    """An environment variable is read that has no default: unless somebody sets it, Python sees nothing there."""


class Raised(Exception):
    """The interpreted program raised an exception: its class' name, and the message if known."""

    def __init__(self, name: str, message: str = "", value: Object = None) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message
        self.value = value


class Arguments(list[Object]):
    """The arguments of a native function: a missing one is a mistake of the program, not of ours."""

    def __getitem__(self, index: Any) -> Any:
        try:
            return super().__getitem__(index)
        except IndexError:
            raise Raised("TypeError", "a required argument is missing") from None


@dataclass(eq=False, slots=True)
class Module:
    """A module being or having been executed. `namespace` may hold Thunks."""

    name: str
    path: Path | None = None
    package: bool = False
    namespace: dict[str, Object] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    """Modules star-imported whose names could not be read."""
    imports: list[str] = field(default_factory=list)
    """What its import statements name, in the order of their execution."""
    uses: set[str] = field(default_factory=set)
    """The modules that its code was seen to need something of."""
    first_party: bool = False
    native: Mapping[str, Object] | None = None
    """Names that we know better than the source (of Django); they win over it."""
    state: str = "new"
    """"new", "running" or "done": whether its statements have been executed."""
    failed: Raised | None = None
    """What importing it surely raises; what it defines is known all the same."""
    unparsed: SourceError | None = None
    exhausted: int = 0
    """How many of its statements took too long: the others get less time."""

    def __repr__(self) -> str:
        return f"<module {self.name}>"


@dataclass(eq=False, slots=True)
class Native:
    """A function whose behaviour is written in Python here: `fn(interpreter, args, kwargs)`.

    As an attribute of a class it is a method: `args[0]` is then the instance (or the class, for kind "class").
    `ref` is what it is called in Python, where it can be referred to in a migration.
    """

    name: str
    fn: NativeFunction
    kind: str = "method"  # "method" | "static" | "class" | "property"
    ref: Ref | None = None

    def __repr__(self) -> str:
        return f"<native {self.name}>"


@dataclass(eq=False, slots=True)
class Function:
    """A function or lambda of the interpreted program."""

    name: str
    module: str
    qualname: str
    params: list[Any]
    body: Body | Node
    """Statements of a def; the expression node of a lambda."""
    scope: Any
    defaults: dict[str, Object]
    origin: Origin
    kind: str = "def"  # "def" | "lambda" | "async" | "generator"
    binding: str = "method"  # "method" | "static" | "class" | "property" | "cached_property" | "classproperty"
    owner: Class | None = None
    """The class in whose body it was defined: for `super()`."""
    opaque: Unknown | None = None
    """Set when a decorator we cannot read may have replaced its behaviour; it can still be referred to."""
    attrs: dict[str, Object] = field(default_factory=dict)
    changes: frozenset[str] | None = None
    """The names of its module whose objects a call changes, once somebody asked."""

    @property
    def ref(self) -> Ref:
        return Ref(self.module, self.qualname, origin=self.origin)

    def __repr__(self) -> str:
        return f"<function {self.module}.{self.qualname}>"


@dataclass(eq=False, slots=True)
class Class:
    """A class, of the program or native. `mro` starts with the class itself.

    `doubts` are bases that could not be read: attributes not found may exist there.
    """

    name: str
    module: str
    qualname: str
    bases: tuple[Object, ...] = ()
    namespace: dict[str, Object] = field(default_factory=dict)
    mro: tuple[Class, ...] = ()
    keywords: dict[str, Object] = field(default_factory=dict)
    meta: Class | None = None
    """Its metaclass, written or inherited, where that is not `type`."""
    origin: Origin | None = None
    doubts: tuple[Unknown, ...] = ()
    unread: Unknown | None = None
    """Set where the bases are known, but of the attributes no more than the namespace says."""
    native: bool = False
    canonical: Ref | None = None
    """For native classes: the path under which Django's `deconstruct` writes it, where that is not the module's."""
    order: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        if not self.mro:
            self.mro = (self,)

    @property
    def ref(self) -> Ref:
        return Ref(self.module, self.qualname, origin=self.origin)

    def find(self, name: str) -> Object | None:
        """A raw attribute through the MRO (None when absent; use `has` to tell None from absent)."""
        for cls in self.mro:
            if name in cls.namespace:
                return cls.namespace[name]
        return None

    def has(self, name: str) -> bool:
        return any(name in cls.namespace for cls in self.mro)

    def derives_from(self, other: Class) -> bool:
        return other in self.mro

    def __repr__(self) -> str:
        return f"<class {self.module}.{self.qualname}>"


@dataclass(eq=False, slots=True)
class Instance:
    """An instance of a Class: its attributes, and the arguments that it was made with."""

    cls: Class
    attrs: dict[str, Object] = field(default_factory=dict)
    args: tuple[Object, ...] = ()
    kwargs: dict[str, Object] = field(default_factory=dict)
    origin: Origin | None = None
    order: tuple[Any, ...] = ()
    """When it was made: (module, ordinal of its top-level statement, running number). Django's creation counters."""
    doubts: tuple[Unknown, ...] = ()
    """Why its attributes may not be all there is (its `__init__` could not be followed to the end)."""

    def __repr__(self) -> str:
        return f"<{self.cls.name} instance>"


@dataclass(eq=False, slots=True, repr=False)
class Bound:
    """A method with its first argument."""

    func: Function | Native
    self: Object


@dataclass(eq=False, slots=True, repr=False)
class Super:
    """`super()`: attribute access starts after `cls` in the MRO of `self`'s class."""

    cls: Class
    self: Object


@dataclass(eq=False, slots=True, repr=False)
class Partial:
    """`functools.partial`, `partialmethod`, or ("alias") a generic alias such as `dict[str, int]`."""

    func: Object
    args: tuple[Object, ...]
    kwargs: dict[str, Object]
    kind: str = "partial"


@dataclass(eq=False, slots=True)
class External:
    """Something importable that was not read: its path is all we know. An attribute of it is External too.

    `certain` as in `values.Ref`. `missing` says why it was not read, for the Unknowns that follow from calling it.
    """

    module: str
    qualname: str
    certain: bool = False
    missing: Unknown | None = None

    @property
    def ref(self) -> Ref:
        return Ref(self.module, self.qualname, self.certain)

    def __repr__(self) -> str:
        return f"<external {self.module}:{self.qualname}>"


@dataclass(eq=False, slots=True)
class EnumMember:
    """A member of an enum class. Compares by identity; `value` and (for Choices) `label` are plain objects."""

    cls: Class
    name: str
    value: Object
    label: Object = None
    choices: bool = False
    """Member of Django's `Choices`: it *is* its value (str or int), also where it is written."""
    mixed: bool = False
    """Member of a class such as IntEnum or (str, Enum): it equals its value and works like it."""

    @property
    def plain(self) -> bool:
        return self.choices or self.mixed

    def __eq__(self, other: object) -> bool:
        if self is other or not self.plain:
            return self is other
        return bool(self.value == (other.value if isinstance(other, EnumMember) and other.plain else other))

    def __hash__(self) -> int:
        return hash(self.value) if self.plain else object.__hash__(self)

    def __repr__(self) -> str:
        return f"<{self.cls.name}.{self.name}>"


@dataclass(eq=False, slots=True, repr=False)
class Regex:
    """`re.compile(pattern, flags)`; never compiled here."""

    pattern: Object
    flags: int = 0


@dataclass(eq=False, slots=True, repr=False)
class Thunk:
    """A value worked out when first asked for: a class body, a call or an import at module level."""

    make: Callable[[], Object]
    kind: str = "value"  # "value" | "class" | "import"
    node: Node | None = None
    """The code that was put off."""
    module: str = ""
    """For an import: the module that it names."""
    state: str = "new"
    value: Object = None

    def force(self) -> Object:
        """The value; Stuck when its definition goes round in a circle."""
        if self.state == "done":
            return self.value
        if self.state == "running":
            raise Stuck(Unknown("it is defined in terms of itself"))
        self.state = "running"
        try:
            self.value = self.make()
        except Stuck as stuck:
            self.value = stuck.unknown
        except Raised as raised:
            self.value = Unknown(f"evaluating it raises {raised}")
        except RecursionError:
            self.value = Unknown(TOO_DEEP)
        except BaseException:
            self.state = "new"
            raise
        self.state = "done"
        return self.value


OURS = (Class, EnumMember, External, Function, Instance, Module, Native, Bound, Partial, Regex, Super, Thunk, Unknown)
"""What is not plain data."""
