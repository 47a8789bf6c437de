"""Expressions read for what they do with models: each gives a `Receiver` or None, and leaves events behind.

In: trees, and an environment of names. Out: receivers and events. Flow is followed roughly, from top to bottom; a
name that is bound to different things is the last one. Nothing is run, nothing is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from migration_guard.codebase import vocabulary as words
from migration_guard.codebase.receivers import (
    Absent,
    AliasUsed,
    Called,
    Event,
    Executed,
    Fetched,
    Form,
    Kind,
    Loop,
    Query,
    Reached,
    Receiver,
    Use,
)
from migration_guard.codebase.schema import Hop, Schema
from migration_guard.codebase.syntax import dict_items, is_formatted, keywords_of, name_of, strings, text_of
from migration_guard.state.model import ModelKey

Environment = dict[str, Receiver]


class Names(Protocol):
    """What a reader asks about the project's names."""

    def model(self, module: str, name: str) -> ModelKey | None:
        """The model that a name of a module stands for."""

    def by_label(self, label: str, name: str) -> ModelKey | None:
        """The model of an app label and a name in any case, None where there is none."""

    def managers(self, model: ModelKey, historical: bool) -> frozenset[str] | None:
        """The names of its managers; None where they are not known."""


class Expressions:
    """Reads expressions. `events` is what was noted so far; `annotated` are names that queries made up."""

    def __init__(self, names: Names, schema: Schema) -> None:
        self.names = names
        self.schema = schema
        self.events: list[Event] = []
        self.annotated: set[str] = set()
        self.loops: list[Loop] = []
        self._asked: list[ModelKey | None] = []

    # Expressions

    def expr(self, node: ast.expr, env: Environment) -> Receiver | None:
        """Any expression."""
        match node:
            case ast.Name(id=name):
                return env.get(name)
            case ast.Attribute():
                return self.attribute(node, self.expr(node.value, env))
            case ast.Call():
                return self.call(node, env)
            case ast.Subscript():
                return self.subscript(node, env)
            case ast.IfExp():
                self.expr(node.test, env)
                return self.first((node.body, node.orelse), env)
            case ast.BoolOp():
                return self.first(node.values, env)
            case ast.Await():
                return self.expr(node.value, env)
            case ast.NamedExpr():
                found = self.expr(node.value, env)
                self.bind(node.target, found, env)
                return found
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self.comprehension(node, env)
            case ast.Lambda():
                self.expr(node.body, dict(env))
                return None
            case _:
                self.children(node, env)
                return None

    def children(self, node: ast.AST, env: Environment) -> None:
        """What is inside of a node, in order."""
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.expr(child, env)
            else:
                self.children(child, env)

    def first(self, nodes: Iterable[ast.expr], env: Environment) -> Receiver | None:
        """The first of several expressions that is something; all of them are read."""
        found = [self.expr(node, env) for node in nodes]
        return next((item for item in found if item is not None), None)

    def bind(self, target: ast.expr, value: Receiver | None, env: Environment) -> None:
        """An assignment."""
        match target:
            case ast.Name(id=name) if value is not None:
                env[name] = value
            case ast.Name(id=name):
                env.pop(name, None)
            case ast.Tuple(elts=[first, *rest]) | ast.List(elts=[first, *rest]):
                pair = value is not None and value.kind is Kind.PAIR
                self.bind(first, value.to(Kind.INSTANCE) if pair and value is not None else None, env)
                for item in rest:
                    self.bind(item, None, env)
            case ast.Starred(value=inner):
                self.bind(inner, None, env)
            case ast.Attribute():
                self.attribute(target, self.expr(target.value, env), store=True)
            case _:
                self.children(target, env)

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, env: Environment
    ) -> Receiver | None:
        inner = dict(env)
        for generator in node.generators:
            rows = self.expr(generator.iter, inner)
            self.bind(generator.target, self.element(rows), inner)
            for condition in generator.ifs:
                self.expr(condition, inner)
        if isinstance(node, ast.DictComp):
            self.first((node.key, node.value), inner)
            return None
        found = self.expr(node.elt, inner)
        return found.to(Kind.INSTANCES) if found is not None and found.kind is Kind.INSTANCE else None

    def subscript(self, node: ast.Subscript, env: Environment) -> Receiver | None:
        value = self.expr(node.value, env)
        self.expr(node.slice, env)
        if value is None or value.kind not in (Kind.QUERYSET, Kind.INSTANCES, Kind.PAIR):
            return None
        if isinstance(node.slice, ast.Slice):
            return replace(value, narrowed=True)
        return value.to(Kind.INSTANCE)

    def element(self, rows: Receiver | None) -> Receiver | None:
        """What a loop over rows binds."""
        if rows is not None and rows.kind in (Kind.QUERYSET, Kind.INSTANCES):
            return rows.to(Kind.INSTANCE)
        return None

    # Attributes

    def attribute(self, node: ast.Attribute, value: Receiver | None, *, store: bool = False) -> Receiver | None:
        """`value.name`; a method is looked at by `call`."""
        name = node.attr
        if value is None:
            form = Form.STORE if store else Form.ATTRIBUTE
            self.events.append(Use(form, None, name, f".{name}", node, sure=False))
            return None
        match value.kind:
            case Kind.INSTANCE:
                return self.of_instance(node, value, store)
            case Kind.CLASS:
                return self.of_class(node, value)
            case Kind.MODULE:
                return self.of_module(value, name)
            case Kind.EDITOR if name == "connection":
                return Receiver(Kind.CONNECTION)
            case Kind.CONNECTION if name == "alias":
                self.events.append(AliasUsed(node))
        return None

    def of_instance(self, node: ast.Attribute, value: Receiver, store: bool) -> Receiver | None:
        hop = self.schema.attribute(value.model, node.attr) if value.model is not None else None
        if hop is None:
            if store:
                self.annotated.add(node.attr)
            elif not self.is_known(node.attr):
                self.events.append(Absent(value, node.attr, f".{node.attr}", node))
            return None
        form = Form.STORE if store else Form.ATTRIBUTE
        self.events.append(Use(form, hop.owner, hop.name, f".{node.attr}", node, value.sure, value.real))
        return self.along(hop, value)

    def is_known(self, name: str) -> bool:
        """Whether every object may have an attribute of that name, or a query or an assignment has made it up."""
        return name in words.MODEL_API or name in self.annotated or name.startswith("__")

    def along(self, hop: Hop, value: Receiver) -> Receiver | None:
        """Where an attribute leads."""
        if hop.target is None or hop.attname:
            return None
        kind = Kind.MANAGER if hop.many else Kind.INSTANCE
        return replace(value, kind=kind, model=hop.target, name="", narrowed=True)

    def of_class(self, node: ast.Attribute, value: Receiver) -> Receiver | None:
        assert value.model is not None
        name = node.attr
        managers = self.names.managers(value.model, not value.real)
        if name in words.MANAGERS or (managers is not None and name in managers):
            if value.real:
                self.events.append(Reached(value.model, f".{name}", node))
            if managers is not None and name not in managers and name == "objects":
                self.events.append(Absent(value, name, f".{name}", node))
            return replace(value, kind=Kind.MANAGER, name=name)
        hop = self.schema.attribute(value.model, name)
        if hop is not None:
            self.events.append(Use(Form.ATTRIBUTE, hop.owner, hop.name, f".{name}", node, value.sure, value.real))
            if hop.many and hop.owner == value.model:
                return None  # `Post.tags` is a descriptor; what its `through` is has no name here
        elif not self.is_known(name):
            self.events.append(Absent(value, name, f".{name}", node))
        return None

    def of_module(self, value: Receiver, name: str) -> Receiver | None:
        key = self.names.model(value.name, name)
        if key is not None:
            return Receiver(Kind.CLASS, key, real=True)
        return Receiver(Kind.MODULE, name=f"{value.name}.{name}")

    # Calls

    def call(self, node: ast.Call, env: Environment) -> Receiver | None:
        func = node.func
        if isinstance(func, ast.Attribute):
            value = self.expr(func.value, env)
            if func.attr in ("get_model", "get_registered_model"):
                return self.get_model(node, value, env)
            return self.method(node, func, value, env)
        called = self.expr(func, env)
        name = func.id if isinstance(func, ast.Name) else ""
        if called is not None and called.kind is Kind.CLASS:
            return self.construct(node, called, env)
        if name == "get_user_model" or name in ("get_object_or_404", "get_list_or_404"):
            return self.shortcut(node, name, env)
        if name in ("getattr", "setattr", "hasattr", "delattr"):
            return self.by_name(node, name, env)
        if name in ("list", "tuple", "sorted", "set", "reversed", "enumerate", "tqdm") and node.args:
            return self.collected(node, env)
        self.other(node, called, name, env)
        return None

    def other(self, node: ast.Call, called: Receiver | None, name: str, env: Environment) -> None:
        """A call of something that is no model's: an expression class, or a function."""
        self.expression_names(node, name, called.name if called is not None else "")
        arguments = self.arguments(node, env)
        if called is not None and called.kind in (Kind.FUNCTION, Kind.MODULE):
            given = [(word.arg, self.quietly(word.value, env)) for word in node.keywords if word.arg is not None]
            keywords = tuple((name, value) for name, value in given if value is not None)
            loop = self.loops[-1] if self.loops else None
            self.events.append(Called(called.name, arguments, node, loop, keywords))

    def quietly(self, node: ast.expr, env: Environment) -> Receiver | None:
        """What an expression is; nothing is noted."""
        mark = len(self.events)
        found = self.expr(node, env)
        del self.events[mark:]
        return found

    def arguments(self, node: ast.Call, env: Environment) -> tuple[Receiver | None, ...]:
        found = tuple(self.expr(argument, env) for argument in node.args)
        for keyword in node.keywords:
            self.expr(keyword.value, env)
        return found

    def collected(self, node: ast.Call, env: Environment) -> Receiver | None:
        found = self.arguments(node, env)[0]
        if found is not None and found.kind in (Kind.QUERYSET, Kind.INSTANCES) and name_of(node.func) != "enumerate":
            return replace(found, kind=Kind.INSTANCES)
        return None

    def construct(self, node: ast.Call, called: Receiver, env: Environment) -> Receiver:
        assert called.model is not None
        if called.real:
            self.events.append(Reached(called.model, "()", node))
        for keyword in node.keywords:
            if keyword.arg is not None:
                self.argument(called, keyword.arg, f"{name_of(node.func)}({keyword.arg}=...)", keyword)
        self.arguments(node, env)
        return replace(called, kind=Kind.INSTANCE)

    def argument(self, value: Receiver, name: str, how: str, node: ast.AST) -> None:
        """A keyword that names an attribute of a new instance."""
        hop = self.schema.attribute(value.model, name) if value.model is not None else None
        if hop is not None:
            self.events.append(Use(Form.ARGUMENT, hop.owner, hop.name, how, node, value.sure, value.real))
        elif name != "pk":
            self.events.append(Absent(value, name, how, node))

    def shortcut(self, node: ast.Call, name: str, env: Environment) -> Receiver | None:
        arguments = self.arguments(node, env)
        if name == "get_user_model":
            key = self.names.model("django.contrib.auth", "get_user_model()")
            return Receiver(Kind.CLASS, key, real=True) if key is not None else None
        first = arguments[0] if arguments else None
        if first is None or first.kind not in (Kind.CLASS, Kind.MANAGER, Kind.QUERYSET):
            return None
        for keyword in node.keywords:
            if keyword.arg is not None:
                self.path(first, keyword.arg, f"{name}({keyword.arg}=...)", keyword)
        return first.to(Kind.INSTANCE if name == "get_object_or_404" else Kind.INSTANCES)

    def by_name(self, node: ast.Call, name: str, env: Environment) -> Receiver | None:
        """`getattr(x, "name")` and its like; those with a default, and `hasattr`, expect it to be missing."""
        arguments = self.arguments(node, env)
        if len(node.args) < 2 or name == "hasattr" or (name == "getattr" and len(node.args) > 2):
            return None
        word, value = text_of(node.args[1]), arguments[0]
        if word is None or value is None or value.kind is not Kind.INSTANCE or value.model is None:
            return None
        hop = self.schema.attribute(value.model, word)
        if hop is not None:
            form = Form.STORE if name == "setattr" else Form.ATTRIBUTE
            self.events.append(Use(form, hop.owner, hop.name, f"{name}(..., {word!r})", node, value.sure, value.real))
        return None

    def get_model(self, node: ast.Call, value: Receiver | None, env: Environment) -> Receiver | None:
        """`apps.get_model("app", "Model")`, of the historical `apps` or the real ones."""
        self.arguments(node, env)
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        label = text_of(node.args[0] if node.args else given.get("app_label"))
        name = text_of(node.args[1] if len(node.args) > 1 else given.get("model_name"))
        if label is not None and "." in label and len(node.args) < 2:
            label, _, name = label.partition(".")
        if value is None:
            return None  # of an argument, or of something that is no registry of models
        historical = value.kind is Kind.APPS
        self.events.append(Fetched(label, name, historical, node))
        key = self.names.by_label(label, name) if label and name else None
        return Receiver(Kind.CLASS, key, real=not historical) if key is not None else None

    # Methods

    def method(self, node: ast.Call, func: ast.Attribute, value: Receiver | None, env: Environment) -> Receiver | None:
        name = func.attr
        if value is None:
            return self.method_of_anything(node, func, env)
        match value.kind:
            case Kind.MANAGER | Kind.QUERYSET:
                return self.query(node, name, value, env)
            case Kind.CLASS | Kind.MODULE:
                return self.called_member(node, func, value, env)
            case Kind.INSTANCE:
                return self.row_method(node, func, value, env)
            case Kind.EDITOR | Kind.CURSOR | Kind.CONNECTION:
                return self.sql(node, name, env)
            case _:
                self.arguments(node, env)
                return None

    def called_member(self, node: ast.Call, func: ast.Attribute, value: Receiver, env: Environment) -> Receiver | None:
        member = self.attribute(func, value)
        if member is not None and member.kind is Kind.CLASS:
            return self.construct(node, member, env)
        self.other(node, member, func.attr, env)
        return None

    def method_of_anything(self, node: ast.Call, func: ast.Attribute, env: Environment) -> Receiver | None:
        """A method of who knows what. Those that only querysets have tell lookups by their keywords and strings."""
        name = func.attr
        if name == "get_user_model":
            return self.shortcut(node, name, env)
        self.events.append(Use(Form.ATTRIBUTE, None, name, f".{name}()", node, sure=False))
        if name in words.CHARACTERISTIC:
            anything = Receiver(Kind.QUERYSET, None, sure=False)
            self.query_names(node, name, anything)
        else:
            self.expression_names(node, name)
        self.asked(node, None, env)
        return None

    def row_method(self, node: ast.Call, func: ast.Attribute, value: Receiver, env: Environment) -> Receiver | None:
        self.arguments(node, env)
        if func.attr in words.ROW_WRITES:
            loop = self.loops[-1] if self.loops else None
            self.events.append(Query(value, func.attr, node, loop))
        for keyword in node.keywords:
            if keyword.arg in words.FIELD_ARGUMENTS:
                self.listed(value, keyword.value, f"{func.attr}({keyword.arg}=...)")
        if func.attr.startswith("get_") and func.attr.endswith("_display") and value.model is not None:
            self.display(node, func.attr, value)
            return None
        return self.of_instance(func, value, store=False)

    def display(self, node: ast.Call, method: str, value: Receiver) -> None:
        """`get_FIELD_display()`."""
        assert value.model is not None
        name = method.removeprefix("get_").removesuffix("_display")
        hop = self.schema.attribute(value.model, name)
        if hop is not None:
            self.events.append(Use(Form.ATTRIBUTE, hop.owner, hop.name, f".{method}()", node, value.sure, value.real))

    def sql(self, node: ast.Call, name: str, env: Environment) -> Receiver | None:
        self.arguments(node, env)
        if name == "cursor":
            return Receiver(Kind.CURSOR)
        if name in ("execute", "executemany") and node.args:
            text = node.args[0]
            self.events.append(Executed(text_of(text), is_formatted(text), node))
        return None

    # Queries

    def query(self, node: ast.Call, name: str, value: Receiver, env: Environment) -> Receiver | None:
        self.query_names(node, name, value)
        self.asked(node, value.model, env)
        if name in words.ENDS or name in words.INSTANCES or name in words.PAIRS:
            self.events.append(Query(value, name, node, self.loops[-1] if self.loops else None))
        if name in ("using", "db_manager"):
            self.events.append(AliasUsed(node))
            return replace(value, aliased=True)
        if name in words.QUERYSETS:
            narrowed = value.narrowed or name in words.NARROWING
            streamed = value.streamed or name in ("iterator", "aiterator")
            return replace(value, kind=Kind.QUERYSET, narrowed=narrowed, streamed=streamed)
        if name in words.INSTANCES:
            return value.to(Kind.INSTANCE)
        if name in words.PAIRS:
            return value.to(Kind.PAIR)
        if name in words.QUERY_METHODS:
            return None
        self.events.append(Absent(value, name, f".{name}()", node))
        return replace(value, kind=Kind.QUERYSET, sure=False, narrowed=True)

    def asked(self, node: ast.Call, model: ModelKey | None, env: Environment) -> None:
        """Arguments of a query: expressions in them speak of its model."""
        self._asked.append(model)
        try:
            self.arguments(node, env)
        finally:
            self._asked.pop()

    def query_names(self, node: ast.Call, name: str, value: Receiver) -> None:
        """The fields that the arguments of a query name."""
        for keyword, argument in keywords_of(node):
            how = f"{name}({keyword}=...)"
            if name in words.NAMING:
                self.annotated.add(keyword)
            elif keyword == "defaults" and name in words.PAIRS:
                for key, inner in dict_items(argument):
                    self.argument(value, key, f"{name}(defaults={{{key!r}: ...}})", inner)
            elif keyword in words.FIELD_ARGUMENTS and name not in words.KEYWORD_LOOKUPS:
                self.listed(value, argument, how)
            elif name in words.KEYWORD_LOOKUPS and keyword not in ("create_defaults",):
                self.path(value, keyword, how, argument)
            elif name in words.CONSTRUCTING and value.model is not None:
                self.argument(value, keyword, how, argument)
        if name in words.STRING_LOOKUPS or name in words.STRING_ACCESSORS:
            for argument in node.args:
                self.listed(value, argument, f"{name}(...)", accessors=name in words.STRING_ACCESSORS)
        elif name in ("bulk_update", "abulk_update") and len(node.args) > 1:
            self.listed(value, node.args[1], f"{name}(...)")

    def listed(self, value: Receiver, node: ast.expr, how: str, *, accessors: bool = False) -> None:
        """Names of fields in strings, or lists of strings."""
        for text, at in strings(node):
            self.path(value, text.lstrip("-+"), how, at, accessors=accessors)

    def path(self, value: Receiver, text: str, how: str, node: ast.AST, *, accessors: bool = False) -> None:
        """A lookup such as `author__name__icontains`, part by part, as far as it is fields."""
        here = value.model
        parts = text.split("__")
        for index, part in enumerate(parts):
            if here is None and index:
                return
            if here is None:
                for word in parts:
                    self.events.append(Use(Form.LOOKUP, None, word, how, node, sure=False))
                return
            hop = (self.schema.attribute if accessors else self.schema.lookup)(here, part)
            if hop is None:
                made_up = not index and (part in self.annotated or text in ("?", "pk"))
                if not made_up and (not index or part not in words.RELATION_LOOKUPS):
                    self.events.append(Absent(replace(value, model=here), part, how, node))
                return
            self.events.append(Use(Form.LOOKUP, hop.owner, hop.name, how, node, value.sure, value.real))
            here = hop.target if not hop.attname else None

    def expression_names(self, node: ast.Call, name: str, path: str = "") -> None:
        """`F("name")`, `Q(name=...)`, `Sum("name")`: of the model of the query around it, where there is one."""
        inside = bool(self._asked)
        model = self._asked[-1] if self._asked else None
        value = Receiver(Kind.QUERYSET, model, sure=model is not None)
        if name in ("Q", "When"):
            for keyword, argument in keywords_of(node):
                if keyword not in ("then", "_negated", "_connector"):
                    self.path(value, keyword, f"{name}({keyword}=...)", argument)
        elif name in ("F", "Prefetch") or (inside and path.startswith("django.") and name not in words.NO_LOOKUPS):
            for argument in node.args if name in words.OF_SEVERAL else node.args[:1]:
                text = text_of(argument)
                if text is not None and text.isidentifier():
                    self.path(value, text, f"{name}({text!r})", argument, accessors=name == "Prefetch")
