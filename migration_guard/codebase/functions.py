"""Functions that migrations run, read with the models of the state that they will meet.

In: the `code` of a `RunPython`, the state before it. Out: a `Code`: what was seen, where, and what could not be
followed. Calls of functions of the same file and of the project's own modules are followed some way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from migration_guard import disk
from migration_guard.codebase.expressions import Environment
from migration_guard.codebase.naming import HistoricalNames, ProjectNames
from migration_guard.codebase.receivers import Called, Event, Kind, Receiver
from migration_guard.codebase.schema import Schema
from migration_guard.codebase.syntax import asked_nodes, guarded_nodes
from migration_guard.codebase.walker import FunctionNode, Walker
from migration_guard.diagnostics import Place
from migration_guard.project.project import Project
from migration_guard.source.errors import SourceError
from migration_guard.source.trees import tree
from migration_guard.state.model import State
from migration_guard.values import Call, Ref, Unknown, Value

MAX_CALLS = 40
NOOPS = frozenset({"django.db.migrations.RunPython.noop", "django.db.migrations.operations.special.RunPython.noop"})
APPS_AND_EDITOR = (Receiver(Kind.APPS), Receiver(Kind.EDITOR))


@dataclass(frozen=True, slots=True)
class Sighting:
    """An event and where it was seen. `direct`: in the file of the function; `guarded`: where failure is expected."""

    event: Event
    file: Path
    direct: bool
    guarded: bool = False

    @property
    def place(self) -> Place:
        node = self.event.node
        return Place(str(self.file), getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)


@dataclass(frozen=True, slots=True)
class Code:
    """What a function does. `accepts` is False where it cannot be called as `f(apps, schema_editor)`."""

    sightings: tuple[Sighting, ...]
    place: Place
    accepts: bool = True
    name: str = ""


class Functions:
    """Reads functions of a project; each file is parsed once."""

    def __init__(self, project: Project, real: ProjectNames) -> None:
        self.project = project
        self._real = real
        self._trees: dict[Path, ast.Module | None] = {}
        self._guards: dict[Path, set[ast.AST]] = {}

    def read(self, value: Value, state: State) -> Code | Unknown:
        """What the function does that a `RunPython` was given."""
        bound = 0
        while isinstance(value, Call) and value.func.path == "functools.partial" and value.args:
            bound += len(value.args) - 1
            value = value.args[0]
        if not isinstance(value, Ref):
            return value if isinstance(value, Unknown) else Unknown("the function could not be found")
        found = self._find(value.module, value.qualname)
        if found is None:
            return Unknown(f"the source of {value.path} could not be read", value.origin)
        walker, node, path = found
        walker.names = names = HistoricalNames(self.project, state, self._real)
        walker.schema = Schema(state)
        sightings = list(self._follow(walker, node, path, [None] * bound, names))
        place = Place(str(path), node.lineno, node.col_offset + 1)
        return Code(tuple(sightings), place, _accepts(node, bound), value.qualname)

    def _find(self, module: str, qualname: str) -> tuple[Walker, FunctionNode, Path] | None:
        found = self.project.interpreter.finder.find(module)
        if found is None or found.path is None:
            return None
        parsed = self._tree(found.path)
        node = _definition(parsed, qualname) if parsed is not None else None
        if node is None:
            return None
        names = ProjectNames(self.project, State())
        walker = Walker(names, Schema(State()), module, package=found.kind == "package")
        return walker, node, found.path

    def _tree(self, path: Path) -> ast.Module | None:
        if path not in self._trees:
            try:
                self._trees[path] = tree(disk.read_bytes(path))
            except (OSError, SourceError):
                self._trees[path] = None
        return self._trees[path]

    def _guarded(self, path: Path) -> set[ast.AST]:
        if path not in self._guards:
            parsed = self._tree(path)
            self._guards[path] = guarded_nodes(parsed)[0] | asked_nodes(parsed) if parsed is not None else set()
        return self._guards[path]

    # Calls

    def _follow(
        self, walker: Walker, node: FunctionNode, path: Path, bound: list[None], names: HistoricalNames
    ) -> Iterator[Sighting]:
        """The events of a function and of those that it calls, breadth first."""
        parsed = self._tree(path)
        assert parsed is not None
        env = walker.globals(parsed)
        walker.events.clear()
        walker.function(node, [*bound, *APPS_AND_EDITOR], env)
        done: set[tuple[object, ...]] = set()
        waiting: list[tuple[Walker, Environment, Path, Event]] = [(walker, env, path, e) for e in walker.events]
        calls = 0
        while waiting:
            here, scope, file, event = waiting.pop(0)
            if not isinstance(event, Called):
                yield Sighting(event, file, file == path, event.node in self._guarded(file))
                continue
            mark = (file, event.name, event.arguments, event.keywords, event.loop is not None)
            if mark in done or calls >= MAX_CALLS:
                continue
            done.add(mark)
            calls += 1
            waiting += self._called(here, scope, file, event, names)

    def _called(
        self, walker: Walker, env: Environment, path: Path, event: Called, names: HistoricalNames
    ) -> list[tuple[Walker, Environment, Path, Event]]:
        local = walker.functions.get(event.name)
        if local is not None:
            return [(walker, env, path, e) for e in _events(walker, local, event, env)]
        module, _, name = event.name.rpartition(".")
        found = self.project.interpreter.finder.find(module) if module else None
        if found is None or not found.first_party or found.path is None:
            return []
        parsed = self._tree(found.path)
        node = _definition(parsed, name) if parsed is not None else None
        if node is None or parsed is None:
            return []
        other = Walker(names, walker.schema, module, package=found.kind == "package")
        scope = other.globals(parsed)
        other.events.clear()
        return [(other, scope, found.path, e) for e in _events(other, node, event, scope)]


def _events(walker: Walker, node: FunctionNode, event: Called, env: Environment) -> Sequence[Event]:
    before, walker.events = walker.events, []
    loops, walker.loops = walker.loops, [event.loop] if event.loop is not None else []
    walker.function(node, event.arguments, env, event.keywords)
    found, walker.events, walker.loops = walker.events, before, loops
    return found


def _definition(parsed: ast.Module, qualname: str) -> FunctionNode | None:
    """A function by its qualified name; the last of several definitions counts."""
    body: list[ast.stmt] = parsed.body
    *outer, last = qualname.split(".")
    for name in outer:
        classes = [node for node in body if isinstance(node, ast.ClassDef) and node.name == name]
        if not classes:
            return None
        body = classes[-1].body
    found: FunctionNode | None = None
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == last:
            found = node
    return found


def _accepts(node: FunctionNode, bound: int) -> bool:
    """Whether two positional arguments can be given, after those that a partial gives."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if isinstance(node, ast.FunctionDef) and node.decorator_list:
        return True  # what a decorator makes of it is not known
    if positional and positional[0].arg in ("self", "cls"):
        return True
    needed = len(positional) - len(arguments.defaults)
    enough = arguments.vararg is not None or len(positional) >= 2 + bound
    return enough and needed <= 2 + bound
