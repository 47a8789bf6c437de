"""Frames: where a piece of code runs, and how its names are found."""

from __future__ import annotations

import builtins as python_builtins
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migration_guard.evaluate.objects import Class, External, Function, Module, Object, Raised, Stuck, Thunk
from migration_guard.values import Origin, Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

MISSING = object()


@dataclass(eq=False, slots=True)
class Frame:
    """A module's, class body's, function's or comprehension's namespace while its code runs.

    `parent` is the enclosing scope whose names are visible (class bodies are skipped by functions, as in Python).
    """

    interp: Interpreter
    module: Module
    names: dict[str, Object]
    kind: str = "module"  # "module" | "class" | "function"
    parent: Frame | None = None
    qualname: str = ""
    function: Function | None = None
    owner: Class | None = None
    at: int = 0
    """The node being executed: the place of what goes wrong."""
    nonlocals: dict[str, Frame] = field(default_factory=dict)
    yields: list[Object] | None = None
    pending: list[Thunk] = field(default_factory=list)
    """Of a module: code that was put off, in the order of the source; in `readers` once something has changed."""
    readers: dict[str, list[Thunk]] = field(default_factory=dict)
    handling: Raised | None = None
    """Inside an exception handler: what it handles."""
    strict: bool = False
    """Inside a try with handlers: what Python would raise is raised, also at module level."""
    eager: bool = False
    """Inside a loop or a try: nothing is put off."""

    @property
    def origin(self) -> Origin:
        return Origin(str(self.module.path), self.at)

    def child_qualname(self, name: str) -> str:
        if not self.qualname:
            return name
        return f"{self.qualname}.<locals>.{name}" if self.kind == "function" else f"{self.qualname}.{name}"

    def load(self, name: str) -> Object:
        frame: Frame | None = self
        while frame is not None:
            if name in frame.nonlocals:
                return frame.nonlocals[name].load_own(name)
            if name in frame.names and (frame is self or frame.kind != "class"):
                return frame.load_own(name)
            frame = frame.parent
        return self.load_global(name)

    def load_own(self, name: str) -> Object:
        value = self.names[name]
        if isinstance(value, Thunk):
            value = value.force()
            # A name rebound while the thunk ran keeps its newer value.
            if isinstance(self.names.get(name), Thunk):
                self.names[name] = value
        return value

    def load_global(self, name: str) -> Object:
        value = self.interp.global_name(self.module, name)
        if value is not MISSING:
            return value
        builtin = self.interp.builtins.get(name, MISSING)
        if builtin is not MISSING:
            return builtin
        if self.module.stars:
            return External(self.module.stars[0], name, missing=self.interp.unreadable(self.module.stars[0]))
        if hasattr(python_builtins, name):
            raise Stuck(Unknown(f"the builtin {name} is not modelled", self.origin))
        raise Raised("NameError", f"name '{name}' is not defined")

    def store(self, name: str, value: Object) -> None:
        if name in self.nonlocals:
            self.nonlocals[name].names[name] = value
        else:
            self.names[name] = value

    def delete(self, name: str) -> None:
        self.nonlocals.get(name, self).names.pop(name, None)
