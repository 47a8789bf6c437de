"""How native classes and their methods are declared: ordinary Python functions become methods of an interpreter class.

A declared function is written with the signature of the method it stands for, after the interpreter:
`def _init(interp, self, *args, db_collation=None, **kwargs)`. Calling it wrongly raises the program's TypeError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from migration_guard.evaluate.classes import finish
from migration_guard.evaluate.objects import (
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
    Stuck,
)
from migration_guard.values import Ref, Unknown

Interp = Any
"""`evaluate.interpreter.Interpreter`."""

PATH = "__deconstruct_path__"
"""Where a native class keeps the path that `deconstruct()` writes for its own instances (not for subclasses')."""


def native_class(
    module: str,
    name: str,
    bases: tuple[Class, ...] = (),
    namespace: Mapping[str, Object] | None = None,
    canonical: str | None = None,
) -> Class:
    """A class of Django. `canonical` is the path that its `deconstruct` writes where that is not `module.name`."""
    cls = Class(name, module, name, bases, dict(namespace or {}), native=True)
    if canonical is not None:
        cls.namespace[PATH] = canonical
    finish(cls)
    if any(base.module == "django.db.models.fields" and base.name == "Field" for base in cls.mro):
        # Fields are looked up by this in the table of field types.
        owner, _, last = (canonical or f"{module}.{name}").rpartition(".")
        cls.canonical = Ref(owner, last)
    return cls


def adapt(
    fn: Callable[..., Object], called: str | None = None
) -> Callable[[Interp, list[Object], dict[str, Object]], Object]:
    """A function with a Python signature as a native's `fn(interp, args, kwargs)`. Programs know it as `called`."""

    def call(interp: Interp, args: list[Object], kwargs: dict[str, Object]) -> Object:
        try:
            return fn(interp, *args, **kwargs)
        except TypeError as error:
            # Without a frame below this one the call itself did not fit the signature; deeper ones are our own bugs.
            if error.__traceback__ is not None and error.__traceback__.tb_next is None:
                name = fn.__qualname__
                raise Raised("TypeError", str(error).replace(f"{name}()", f"{called or name}()")) from None
            raise

    return call


def _adapt_method(
    fn: Callable[..., Object], called: str
) -> Callable[[Interp, list[Object], dict[str, Object]], Object]:
    call = adapt(fn, called)

    def on_instance(interp: Interp, args: list[Object], kwargs: dict[str, Object]) -> Object:
        if args and isinstance(args[0], Unknown):
            raise Stuck(args[0])
        if not args or not isinstance(args[0], Instance):
            raise Stuck(Unknown(f"{called}() is called on something that is not an instance of its class"))
        return call(interp, args, kwargs)

    return on_instance


def method(cls: Class, name: str, kind: str = "method") -> Callable[[Callable[..., Object]], Callable[..., Object]]:
    """Put a function into a native class."""

    def put(fn: Callable[..., Object]) -> Callable[..., Object]:
        wrap = _adapt_method if kind in ("method", "property") else adapt
        cls.namespace[name] = Native(
            name, wrap(fn, f"{cls.name}.{name}"), kind, Ref(cls.module, f"{cls.qualname}.{name}")
        )
        return fn

    return put


def function(module: str, name: str) -> Callable[[Callable[..., Object]], Native]:
    """A native module-level function, referred to as `module.name`."""

    def make(fn: Callable[..., Object]) -> Native:
        return Native(name, adapt(fn, name), "static", Ref(module, name))

    return make


def up(interp: Interp, cls: Class, self: Instance, name: str, /, *args: Object, **kwargs: Object) -> Object:
    """`super().name(*args, **kwargs)` inside a method of `cls`: the user's mixins further down the MRO take part."""
    mro = self.cls.mro
    if cls not in mro:
        raise Stuck(Unknown(f"super().{name}() of {cls.name} is called on another class"))
    for candidate in mro[mro.index(cls) + 1 :]:
        if name in candidate.namespace:
            found = candidate.namespace[name]
            if isinstance(found, Native):
                return found.fn(interp, [self, *args], kwargs)
            return interp.call(Bound(found, self), list(args), kwargs)
    return None


def _described(self: Instance, name: str) -> bool:
    """Whether the user's class defines something of this name: it may be a property."""
    for cls in self.cls.mro:
        if cls.native:
            return False
        if name in cls.namespace:
            return True
    return False


def get(interp: Interp, self: Instance, name: str) -> Object:
    """`self.name`, which is nearly always a plain attribute."""
    if name in self.attrs:
        return self.attrs[name]
    return interp.getattr(self, name)


MAY_BE_OBJECTS = frozenset(
    ("default", "db_default", "choices", "_validators", "remote_field", "encoder", "decoder", "storage", "upload_to",
     "expression", "output_field", "base_field", "_limit_choices_to", "path", "from_fields", "to_fields")
)  # fmt: skip
"""Attributes whose value may be a function or a class, so that a name alone is worth keeping."""


def put(interp: Interp, self: Instance, name: str, value: Object) -> None:
    """`self.name = value`."""
    if isinstance(value, External) and name not in MAY_BE_OBJECTS:
        value = as_data(value)
    if _described(self, name):
        interp.setattr(self, name, value)
    else:
        self.attrs[name] = value


def send(interp: Interp, self: Object, name: str, /, *args: Object, **kwargs: Object) -> Object:
    """`self.name(*args, **kwargs)`."""
    return interp.call(interp.getattr(self, name), list(args), kwargs)


def truth(value: Object) -> bool | None:
    """Whether a value is true, where that can be told without running anything; None where it cannot."""
    match value:
        case Unknown() | External():
            return None
        case EnumMember():
            return truth(value.value) if value.choices else True
        case Instance() | Class() | Native() | Bound() | Module():
            return True
        case _ if type(value).__module__ == "migration_guard.evaluate.objects":
            return True
        case _:
            return bool(value)


def known_true(value: Object) -> bool:
    return truth(value) is True


def is_callable(value: Object) -> bool:
    """Python's `callable`, for what is known."""
    if isinstance(value, Instance):
        return value.cls.has("__call__")
    return isinstance(value, (Class, Function, Native, Bound, Partial))


def as_data(value: Object) -> Object:
    """A value where plain data is expected: a name that was only seen in an import says nothing about its value."""
    if isinstance(value, External):
        return value.missing or Unknown(f"{value.ref.path} could not be read")
    return value


def hook(interp: Interp, name: str) -> Callable[..., Any] | None:
    """A question that only the project can answer, such as the label of a model class."""
    hooks: Mapping[str, Callable[..., Any]] = getattr(interp, "hooks", {})
    return hooks.get(name)
