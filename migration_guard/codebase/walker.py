"""Modules, classes and functions read for what they do with models: statements on top of `expressions`.

In: the tree of a file and its dotted name, or one function and what it is called with. Out: events. Classes that are
tied to a model (admin, forms, serializers, views, `Meta`) are read with that model in mind.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from migration_guard.codebase import vocabulary as words
from migration_guard.codebase.expressions import Environment, Expressions, Names
from migration_guard.codebase.receivers import Event, Kind, Loop, Receiver
from migration_guard.codebase.schema import Schema
from migration_guard.codebase.syntax import strings
from migration_guard.state.model import ModelKey

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class Tied:
    """A class and the model that it is about; `own` for the model's class itself. `declared` are names of its body."""

    model: ModelKey
    own: bool
    declared: frozenset[str] = field(default_factory=frozenset)
    sure: bool = True

    def receiver(self, kind: Kind) -> Receiver:
        return Receiver(kind, self.model, real=True, narrowed=True, sure=self.sure)


class Walker(Expressions):
    """Reads a file. `module` is its dotted name, `package` whether it is an `__init__`."""

    def __init__(self, names: Names, schema: Schema, module: str, *, package: bool = False) -> None:
        super().__init__(names, schema)
        self.module = module
        self.package = package
        self.functions: dict[str, FunctionNode] = {}
        self._registered: dict[str, ModelKey] = {}
        self._classes: dict[str, ast.ClassDef] = {}
        self._tied: list[Tied | None] = []
        self._lines: Sequence[int] | None = None

    # Entries

    def read(self, tree: ast.Module, lines: Sequence[int] | None = None) -> list[Event]:
        """Everything in a file; with `lines`, sorted, no functions and classes but those that have such a line."""
        self._lines = lines
        env = self.globals(tree)
        self._register(tree.body, env)
        self.block(tree.body, env)
        return self.events

    def globals(self, tree: ast.Module) -> Environment:
        """What the imports and definitions of a file bind, found without reading anything else."""
        env: Environment = {}
        for node in tree.body:
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    self.functions[name] = node
                    env[name] = Receiver(Kind.FUNCTION, name=name)
                case ast.ClassDef(name=name):
                    self._classes[name] = node
                    key = self.names.model(self.module, name)
                    if key is not None:
                        env[name] = Receiver(Kind.CLASS, key, real=True)
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as value):
                    self.functions[name] = value
                    env[name] = Receiver(Kind.FUNCTION, name=name)
                case ast.Import() | ast.ImportFrom():
                    self.statement(node, env)
                case ast.Try() | ast.If():
                    for inner in ast.walk(node):
                        if isinstance(inner, (ast.Import, ast.ImportFrom)):
                            self.statement(inner, env)
        return env

    def function(
        self,
        node: FunctionNode,
        receivers: Sequence[Receiver | None],
        env: Environment,
        keywords: Iterable[tuple[str, Receiver]] = (),
    ) -> list[Event]:
        """A function that is called with these."""
        inner = dict(env)
        for name, value in (*zip(_parameters(node), receivers, strict=False), *keywords):
            self.bind(ast.Name(id=name, ctx=ast.Store()), value, inner)
        if isinstance(node, ast.Lambda):
            self.expr(node.body, inner)
        else:
            self.block(node.body, inner)
        return self.events

    # Statements

    def block(self, body: Iterable[ast.stmt], env: Environment) -> None:
        for node in body:
            self.statement(node, env)

    def statement(self, node: ast.stmt, env: Environment) -> None:
        """Any statement."""
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)) if len(targets) == len(
                values
            ):
                for target, value in zip(targets, [self.expr(item, env) for item in values], strict=True):
                    self.bind(target, value, env)
            case ast.Assign():
                value = self.expr(node.value, env)
                for target in node.targets:
                    self.bind(target, value, env)
            case ast.AnnAssign():
                given = self.expr(node.value, env) if node.value is not None else None
                self.bind(node.target, given or self.annotation(node.annotation, env), env)
            case ast.For() | ast.AsyncFor():
                self.loop(node, env)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    value = self.expr(item.context_expr, env)
                    if item.optional_vars is not None:
                        self.bind(item.optional_vars, value, env)
                self.block(node.body, env)
            case ast.Import() | ast.ImportFrom():
                self.imported(node, env)
            case ast.FunctionDef() | ast.AsyncFunctionDef() if self._skipped(node):
                if not self._tied:
                    env.setdefault(node.name, Receiver(Kind.FUNCTION, name=node.name))
            case ast.ClassDef() if self._skipped(node):
                pass
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.definition(node, env)
            case ast.ClassDef():
                self.class_(node, env)
            case _:
                self.inside(node, env)

    def _skipped(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
        """Whether none of the lines that are looked for is in it."""
        if self._lines is None:
            return False
        first = min((item.lineno for item in node.decorator_list), default=node.lineno)
        at = bisect_left(self._lines, first)
        return at == len(self._lines) or self._lines[at] > (node.end_lineno or node.lineno)

    def inside(self, node: ast.AST, env: Environment) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self.statement(child, env)
            elif isinstance(child, ast.expr):
                self.expr(child, env)
            else:
                self.inside(child, env)

    def loop(self, node: ast.For | ast.AsyncFor, env: Environment) -> None:
        rows = self.expr(node.iter, env)
        self.bind(node.target, self.element(rows), env)
        over = rows is not None and rows.kind in (Kind.QUERYSET, Kind.INSTANCES)
        if over and rows is not None:
            self.loops.append(Loop(rows, node))
            self.events.append(self.loops[-1])
        self.block(node.body, env)
        if over:
            self.loops.pop()
        self.block(node.orelse, env)

    def imported(self, node: ast.Import | ast.ImportFrom, env: Environment) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                env[name] = Receiver(Kind.MODULE, name=alias.name if alias.asname else name)
            return
        source = self.absolute(node)
        for alias in node.names:
            if source is None or alias.name == "*":
                continue
            key = self.names.model(source, alias.name)
            if key is not None:
                env[alias.asname or alias.name] = Receiver(Kind.CLASS, key, real=True)
            else:
                env[alias.asname or alias.name] = Receiver(Kind.MODULE, name=f"{source}.{alias.name}")

    def absolute(self, node: ast.ImportFrom) -> str | None:
        """The module that is imported from, by its full name."""
        if not node.level:
            return node.module
        parts = self.module.split(".")
        keep = len(parts) - node.level + self.package
        if keep <= 0:
            return None
        return ".".join([*parts[:keep], *([node.module] if node.module else [])])

    # Functions

    def definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef, env: Environment) -> None:
        inner = dict(env)
        arguments = node.args
        for default in (*arguments.defaults, *arguments.kw_defaults, *node.decorator_list):
            if default is not None:
                self.expr(default, env)
        tied = self._tied[-1] if self._tied else None
        for parameter in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            value = self.annotation(parameter.annotation, env) if parameter.annotation is not None else None
            self.bind(ast.Name(id=parameter.arg, ctx=ast.Store()), value or self._given(parameter.arg, tied), inner)
        if self._tied:
            self._tied.append(replace(tied, own=False) if tied is not None and not tied.own else None)
            self.block(node.body, inner)
            self._tied.pop()
        else:
            env.setdefault(node.name, Receiver(Kind.FUNCTION, name=node.name))
            self.functions.setdefault(node.name, node)
            self.block(node.body, inner)

    def _given(self, name: str, tied: Tied | None) -> Receiver | None:
        """What a parameter of a method is: `self` of a model, `obj` and `queryset` of an admin or a serializer."""
        if tied is None:
            return None
        if tied.own:
            return tied.receiver(Kind.INSTANCE) if name == "self" else None
        if name in ("obj", "instance"):
            return replace(tied.receiver(Kind.INSTANCE), sure=False)
        return replace(tied.receiver(Kind.QUERYSET), sure=False) if name in ("queryset", "qs") else None

    def annotation(self, node: ast.expr, env: Environment) -> Receiver | None:
        """What a type annotation promises: `Model`, `Model | None`, `Optional[Model]`, `QuerySet[Model]`."""
        match node:
            case ast.Constant(value=str(text)):
                try:
                    return self.annotation(ast.parse(text, mode="eval").body, env)
                except (SyntaxError, ValueError, RecursionError):
                    return None
            case ast.Name() | ast.Attribute():
                mark = len(self.events)
                found = self.expr(node, env)
                del self.events[mark:]
                return found.to(Kind.INSTANCE) if found is not None and found.kind is Kind.CLASS else None
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self.annotation(left, env) or self.annotation(right, env)
            case ast.Subscript(value=ast.Name(id=outer) | ast.Attribute(attr=outer), slice=inner):
                found = self.annotation(inner, env)
                if found is None or outer not in ("Optional", "QuerySet", "Manager", "BaseManager"):
                    return None
                return found if outer == "Optional" else replace(found.to(Kind.QUERYSET), narrowed=True)
            case _:
                return None

    # Classes

    def class_(self, node: ast.ClassDef, env: Environment) -> None:
        for part in (*node.bases, *(keyword.value for keyword in node.keywords), *node.decorator_list):
            self.expr(part, env)
        own = self.names.model(self.module, node.name) if not self._tied else None
        tied = Tied(own, own=True) if own is not None else self._about(node, env)
        inner = dict(env)
        if tied is not None:
            self._listed(node, tied)
        self._tied.append(tied)
        for statement in node.body:
            if isinstance(statement, ast.ClassDef) and statement.name == "Meta" and tied is not None:
                self._listed(statement, tied)
                self._meta(statement, tied, inner)
            else:
                self.statement(statement, inner)
        self._tied.pop()

    def _meta(self, node: ast.ClassDef, tied: Tied, env: Environment) -> None:
        """`class Meta`: what its indexes and constraints say is of the model."""
        self._asked.append(tied.model)
        self.block([statement for statement in node.body if not isinstance(statement, ast.ClassDef)], dict(env))
        self._asked.pop()
        if tied.own:
            value = tied.receiver(Kind.QUERYSET)
            for call in ast.walk(node):
                if isinstance(call, ast.Call):
                    for keyword in call.keywords:
                        if keyword.arg in ("fields", "include"):
                            self.listed(value, keyword.value, f"{keyword.arg}=[...] in Meta")

    def _listed(self, node: ast.ClassDef, tied: Tied) -> None:
        """Names of fields in the lists of a class that is about a model; what the class itself defines is its own."""
        value = tied.receiver(Kind.QUERYSET)
        for targets, assigned in _assignments(node):
            for name in targets & words.MODEL_LINKED:
                for text, at in strings(assigned):
                    word = text.lstrip("-+^=@$")
                    if word and word.partition("__")[0] not in tied.declared and word != "__all__":
                        self.path(value, word, f"listed in {name}", at, accessors=name in ("fields", "list_display"))

    def _about(self, node: ast.ClassDef, env: Environment) -> Tied | None:
        """The model that a class is tied to by `model = X`, its Meta, `queryset`, `@admin.register` or the registry."""
        key = self._registered.get(node.name)
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and _last(decorator.func) == "register" and decorator.args:
                key = key or self._model_of(decorator.args[0], env)
        bodies = [node, *(item for item in node.body if isinstance(item, ast.ClassDef) and item.name == "Meta")]
        for body in bodies:
            for targets, value in _assignments(body):
                if targets & {"model", "queryset"}:
                    key = key or self._model_of(value, env)
        if key is None:
            return None
        declared, sure = self._declared(node, 0)
        return Tied(key, False, frozenset(declared), sure)

    def _declared(self, node: ast.ClassDef, depth: int) -> tuple[set[str], bool]:
        """The names that a class defines, bases of the same file included; False where other bases may define more."""
        found = {item.name for item in node.body if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))}
        for targets, _ in _assignments(node):
            found |= targets
        sure = bool(node.bases)  # a class of nobody's may mean anything by such names
        for base in node.bases:
            name = _last(base)
            if name in self._classes and depth < 5:
                more, known = self._declared(self._classes[name], depth + 1)
                found |= more
                sure = sure and known
            elif name not in words.KNOWN_BASES:
                sure = False
        return found, sure

    def _model_of(self, node: ast.expr, env: Environment) -> ModelKey | None:
        mark = len(self.events)
        found = self.expr(node, dict(env))
        del self.events[mark:]
        return found.model if found is not None else None

    def _register(self, body: Sequence[ast.stmt], env: Environment) -> None:
        """`admin.site.register(Post, PostAdmin)`."""
        for statement in body:
            match statement:
                case ast.Expr(value=ast.Call(func=func, args=[model, ast.Name(id=name), *_])) if (
                    _last(func) == "register"
                ):
                    key = self._model_of(model, env)
                    if key is not None:
                        self._registered[name] = key


def _assignments(node: ast.ClassDef) -> Iterator[tuple[set[str], ast.expr]]:
    for item in node.body:
        match item:
            case ast.Assign(targets=targets, value=value):
                yield {target.id for target in targets if isinstance(target, ast.Name)}, value
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                yield {name}, value


def _parameters(node: FunctionNode) -> list[str]:
    return [parameter.arg for parameter in (*node.args.posonlyargs, *node.args.args)]


def _last(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=func) | ast.Subscript(value=func):
            return _last(func)
        case _:
            return ""
