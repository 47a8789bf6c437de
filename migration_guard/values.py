"""Deconstructed values: the one type that flows from source text to migrations and SQL.

What Django's autodetector compares and its writer prints is never a live object but `deconstruct()` output: constants,
references and calls. These six cases are that form. Values are immutable; where they come from (`origin`) is outside
equality. Nothing here reads files or knows Django's classes.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeAlias


def assert_never(value: NoReturn) -> NoReturn:
    """`typing.assert_never`, which Python 3.10 lacks: the type checker proves that no case is forgotten."""
    raise AssertionError(f"unexpected {value!r}")


class Truth(enum.Enum):
    """Three-valued logic. It has no `bool()`: a MAYBE must be decided by whoever asks."""

    NO = 0
    MAYBE = 1
    YES = 2

    def __bool__(self) -> bool:
        raise TypeError("a Truth is not a bool: compare it with Truth.YES, NO or MAYBE")

    @staticmethod
    def of(value: bool) -> Truth:
        return Truth.YES if value else Truth.NO

    @staticmethod
    def all(items: Iterable[Truth]) -> Truth:
        """NO if any is NO, else MAYBE if any is MAYBE, else YES."""
        worst = Truth.YES
        for item in items:
            if item is Truth.NO:
                return Truth.NO
            if item is Truth.MAYBE:
                worst = item
        return worst

    @staticmethod
    def any(items: Iterable[Truth]) -> Truth:
        """YES if any is YES, else MAYBE if any is MAYBE, else NO."""
        best = Truth.NO
        for item in items:
            if item is Truth.YES:
                return Truth.YES
            if item is Truth.MAYBE:
                best = item
        return best

    def negate(self) -> Truth:
        return {Truth.YES: Truth.NO, Truth.NO: Truth.YES, Truth.MAYBE: Truth.MAYBE}[self]


@dataclass(frozen=True, slots=True)
class Origin:
    """A place in a source file: the path and the ordinal (`at`) of a node of its IR; located on demand."""

    file: str
    at: int = 0


class SettingsReference(str):
    """A string that stands for the value of a setting: "auth.user", read from `settings.AUTH_USER_MODEL`.

    Equal to the plain string, as in Django's `django.conf.SettingsReference`; the writer prints `settings.NAME`.
    """

    setting_name: str

    def __new__(cls, value: str, setting_name: str) -> SettingsReference:
        self = super().__new__(cls, value)
        self.setting_name = setting_name
        return self

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]
        return str(self), self.setting_name


@dataclass(frozen=True, slots=True)
class Const:
    """A constant: None, bool, int, float, complex, str (or SettingsReference), bytes, Ellipsis, range, and the inert
    standard library values Decimal, date, datetime, time, timedelta, timezone/ZoneInfo, UUID, PurePath.
    """

    value: Any
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Ref:
    """Something importable: a function, a class, an enum member, a method of a class, a module (qualname "").

    `certain` is False when the module was read off an import statement whose target could not be read: the object
    may live elsewhere and only be re-exported there.
    """

    module: str
    qualname: str
    certain: bool = field(default=True, compare=False)
    origin: Origin | None = field(default=None, compare=False, repr=False)
    equals: int | str | float | None = field(default=None, compare=False, repr=False)
    """The plain value that it compares equal to: of members of IntEnum and the like."""

    @property
    def path(self) -> str:
        return f"{self.module}.{self.qualname}" if self.qualname else self.module

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """What `deconstruct()` says of an instance: the class (or function) and the arguments that build it again.

    Keyword arguments keep their order for the writer; equality ignores it.
    """

    func: Ref
    args: tuple[Value, ...] = ()
    kwargs: Mapping[str, Value] = field(default_factory=dict)
    origin: Origin | None = field(default=None, repr=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Call):
            return NotImplemented
        return self.func == other.func and self.args == other.args and dict(self.kwargs) == dict(other.kwargs)

    def __hash__(self) -> int:
        return hash((self.func, self.args, frozenset(self.kwargs)))


@dataclass(frozen=True, slots=True)
class Seq:
    """A list, tuple, set or frozenset of values. `kind` takes part in equality, as it does in Python."""

    kind: str
    items: tuple[Value, ...]
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def __iter__(self) -> Iterator[Value]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Map:
    """A dict in insertion order; `same` ignores the order, as Python does."""

    items: tuple[tuple[Value, Value], ...]
    origin: Origin | None = field(default=None, compare=False, repr=False)

    def get(self, key: str) -> Value | None:
        for k, v in self.items:
            if isinstance(k, Const) and k.value == key:
                return v
        return None


@dataclass(frozen=True, slots=True)
class Unknown:
    """What cannot be known statically: why, where, and what the user can do to make it known."""

    reason: str
    origin: Origin | None = field(default=None, compare=False)
    remedy: str | None = field(default=None, compare=False)
    unset: bool = field(default=False, compare=False)
    """An environment variable without a default: nothing at all, unless somebody sets it."""


Value: TypeAlias = Const | Ref | Call | Seq | Map | Unknown

NONE = Const(None)
TRUE = Const(True)
FALSE = Const(False)


def plain(value: Value, default: Any = None) -> Any:
    """The Python value of a Const, or of a Seq/Map of such; `default` for everything else."""
    match value:
        case Const():
            return value.value
        case Seq():
            marker = object()
            items = [plain(item, marker) for item in value.items]
            if any(item is marker for item in items):
                return default
            return {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}[value.kind](items)
        case Map():
            marker = object()
            pairs = [(plain(k, marker), plain(v, marker)) for k, v in value.items]
            if any(k is marker or v is marker for k, v in pairs):
                return default
            return dict(pairs)
        case _:
            return default


def of(value: Any) -> Value:
    """A Value from plain Python data: constants, lists, tuples, sets, dicts, and Values among them."""
    if isinstance(value, (Const, Ref, Call, Seq, Map, Unknown)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return Seq(type(value).__name__, tuple(of(item) for item in value))
    if isinstance(value, dict):
        return Map(tuple((of(k), of(v)) for k, v in value.items()))
    return Const(value)


def unknowns(value: Value) -> Iterator[Unknown]:
    """Every Unknown inside a value, in order."""
    match value:
        case Unknown():
            yield value
        case Call():
            for item in (*value.args, *value.kwargs.values()):
                yield from unknowns(item)
        case Seq():
            for item in value.items:
                yield from unknowns(item)
        case Map():
            for k, v in value.items:
                yield from unknowns(k)
                yield from unknowns(v)


def same(a: Value, b: Value) -> Truth:
    """Whether two values are equal as the autodetector sees it (Python equality of deconstructed forms).

    MAYBE as soon as the answer hangs on an Unknown, or on a reference whose real module could not be read.
    """
    if isinstance(a, Unknown) or isinstance(b, Unknown):
        return Truth.MAYBE
    match a, b:
        case Const(), Const():
            return Truth.of(a.value is b.value or bool(a.value == b.value))
        case Ref(), Ref():
            return _same_ref(a, b)
        case Call(), Call():
            return _same_call(a, b)
        case Seq(), Seq():
            return _same_seq(a, b)
        case Map(), Map():
            return _same_map(a, b)
        case (Ref(equals=value), Const(constant)) | (Const(constant), Ref(equals=value)) if value is not None:
            return Truth.of(value == constant)
        case _:
            return Truth.MAYBE if _may_be_any_value(a) or _may_be_any_value(b) else Truth.NO


def _may_be_any_value(value: Value) -> bool:
    """A name read off an import only may stand for a constant, which Django would write out."""
    return isinstance(value, Ref) and not value.certain


def _same_ref(a: Ref, b: Ref) -> Truth:
    if a == b or a.path == b.path or (a.equals is not None and a.equals == b.equals):
        return Truth.YES
    if a.certain and b.certain:
        return Truth.NO
    related = a.module.partition(".")[0] == b.module.partition(".")[0] and a.name == b.name
    return Truth.MAYBE if related else Truth.NO


def _same_call(a: Call, b: Call) -> Truth:
    func = _same_ref(a.func, b.func)
    if func is Truth.NO:
        return Truth.NO
    if a.func.qualname == "partialmethod" and a.func.module == "functools":
        return Truth.of(a is b)  # Python compares them by identity: what a migration makes is never what a model has
    if not (a.func.certain and b.func.certain):
        # The class could not be read: how it normalises its arguments is not known either.
        return Truth.YES if a == b and next(unknowns(a), None) is None else Truth.MAYBE
    if len(a.args) != len(b.args):
        return Truth.NO
    parts = [same(x, y) for x, y in zip(a.args, b.args, strict=True)]
    for name in {**a.kwargs, **b.kwargs}:
        if name in a.kwargs and name in b.kwargs:
            parts.append(same(a.kwargs[name], b.kwargs[name]))
        else:
            # What is not known may be the default, which `deconstruct()` would leave out.
            unknown = isinstance(a.kwargs.get(name) or b.kwargs.get(name), Unknown)
            parts.append(Truth.MAYBE if unknown else Truth.NO)
    return Truth.all([func, *parts])


def _same_seq(a: Seq, b: Seq) -> Truth:
    unordered = a.kind in ("set", "frozenset")
    if unordered != (b.kind in ("set", "frozenset")) or (not unordered and a.kind != b.kind):
        return Truth.NO
    if unordered:
        return _same_unordered(a.items, b.items)
    if len(a.items) != len(b.items):
        return Truth.NO
    return Truth.all(same(x, y) for x, y in zip(a.items, b.items, strict=True))


def _same_unordered(a: tuple[Value, ...], b: tuple[Value, ...]) -> Truth:
    def inside(item: Value, items: tuple[Value, ...]) -> Truth:
        return Truth.any(same(item, other) for other in items)

    return Truth.all([*(inside(x, b) for x in a), *(inside(y, a) for y in b)])


def _same_map(a: Map, b: Map) -> Truth:
    if any(isinstance(k, Unknown) for k, _ in (*a.items, *b.items)):
        return Truth.MAYBE
    if len(a.items) != len(b.items):
        return Truth.NO
    parts = []
    for key, value in a.items:
        found = [v for k, v in b.items if same(k, key) is Truth.YES]
        if not found:
            return Truth.NO
        parts.append(same(value, found[0]))
    return Truth.all(parts)
