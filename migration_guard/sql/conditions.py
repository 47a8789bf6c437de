"""Conditions as SQL: `Q` objects, and the lookups in them.

In: `Q(...)` in its deconstructed form. Out: the text that Django's WHERE nodes give, with their parentheses and the
IS NOT NULL that negation adds. Lookups through joins and those of special types raise NoPreview.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from migration_guard import versions
from migration_guard.sql import functions, lookups, transforms
from migration_guard.sql.column import Column
from migration_guard.sql.profiles import Literals
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.sides import as_value, inside
from migration_guard.sql.statements import NoPreview
from migration_guard.values import Call, Const, Seq, Unknown, Value, plain


@dataclass(frozen=True, slots=True)
class Node:
    """A WHERE node: texts and nodes joined by a connector."""

    connector: str
    negated: bool
    children: tuple[Child, ...]

    def add(self, child: Child, connector: str) -> Node:
        """As `Node.add`: what needs no parentheses of its own is taken in."""
        if child in self.children:
            return self
        if isinstance(child, Node) and not child.negated and (child.connector == connector or len(child.children) == 1):
            return replace(self, children=(*self.children, *child.children))
        return replace(self, children=(*self.children, child))

    def render(self) -> str:
        if not self.children:
            raise NoPreview("a condition without content")
        texts = [child.render() if isinstance(child, Node) else child for child in self.children]
        text = f" {self.connector} ".join(texts)
        if self.negated:
            return f"NOT ({text})"
        return f"({text})" if len(texts) > 1 else text


Child: TypeAlias = "Node | str"


def compile_q(call: Call, scope: Scope) -> Compiled:
    """A Q object."""
    node = _node(call, replace(scope, again=False), False)
    text = node.render()
    if scope.again and not node.negated and len(node.children) == 1:
        text = f"({text})"
    return Compiled(text, scope.typed("BooleanField"), True, conditional=True, declared=True)


def _node(call: Call, scope: Scope, negated: bool) -> Node:
    connector = str(plain(call.kwargs.get("_connector", Const("AND"))))
    own = bool(plain(call.kwargs.get("_negated", Const(False))))
    node = Node(connector, own, ())
    for child in _children(call):
        node = node.add(_child(child, scope, negated ^ own), connector)
    return _either_or(node, scope) if connector == "XOR" else node


def _either_or(node: Node, scope: Scope) -> Node:
    """XOR, where the database has no such word: an odd number of the conditions holds (once: just one of them)."""
    if scope.table.schema.dialect.profile.literals is Literals.MYSQL:
        return node
    texts = [child.render() if isinstance(child, Node) else child for child in node.children]
    cases = [f"CASE WHEN {text} THEN 1 ELSE 0 END" for text in texts]
    total = cases[0]
    for place, case in enumerate(cases[1:], start=2):
        total = f"({total} + {case})" if len(cases) > 2 or place < len(cases) else f"{total} + {case}"
    if len(cases) > 2:
        odd = f"(MOD({total}, 2))" if versions.XOR_IS_PARITY(scope.dialect.version) else total
    else:
        odd = f"({total})"
    return replace(node, connector="AND", children=(Node("OR", False, tuple(texts)), f"1 = {odd}"))


def _children(call: Call) -> Iterator[Value | tuple[str, Value]]:
    yield from call.args
    for name, value in sorted(call.kwargs.items(), key=lambda item: item[0]):
        if name not in ("_connector", "_negated"):
            yield name, value


def _child(child: Value | tuple[str, Value], scope: Scope, negated: bool) -> Child:
    match child:
        case (str() as path, value):
            return _leaf(path, value, scope, negated)
        case Seq(items=(Const(value=str() as path), value)):
            return _leaf(path, value, scope, negated)
        case Call() if child.func.name == "Q":
            return _node(child, scope, negated)
        case Call():
            # Django makes a comparison with true of it, which resolves it again.
            compiled = scope.compile(child, replace(scope, again=True))
            if not compiled.conditional or not compiled.declared:
                raise NoPreview(f"{child.func.name} as a condition")
            if not stands_alone(child, scope):
                text = f"{as_value(child, compiled, scope)} = {scope.literal(True).text}"
                return Node("AND", False, (text,))
            return Node("AND", False, (compiled.text,))
        case Unknown():
            raise NoPreview(f"a condition is not known: {child.reason}")
        case _:
            raise NoPreview("a part of a condition")


def stands_alone(call: Call, scope: Scope) -> bool:
    """Whether a database takes a boolean expression for a condition; else it is compared with true."""
    inner = inside(call)
    if scope.profile.booleans_are_conditions or not isinstance(inner, Call):
        return True
    if scope.profile.literals is Literals.ORACLE and not versions.BOOLEAN_COLUMNS_ARE_COMPARED(scope.dialect.version):
        return call.func.name in functions.LOOKUP_OF_CLASS
    more = ("Q", "RawSQL") if versions.BOOLEAN_COLUMNS_ARE_COMPARED(scope.dialect.version) else ()
    return inner.func.name in (*functions.LOOKUP_OF_CLASS, *more)


def _leaf(path: str, value: Value, scope: Scope, negated: bool) -> Child:
    column, left, name = transforms.left_side(path, scope)
    nothing = isinstance(value, Const) and value.value is None
    if nothing and (name == "iexact" or (name == "exact" and left.field_class != "JSONField")):
        name, value = "isnull", Const(True)
    if value == Const("") and scope.profile.empty_strings_are_null:
        alike = versions.IEXACT_OF_EMPTY_TEXT_IS_NULL(scope.dialect.version)
        if name == "exact" or (name == "iexact" and alike):
            name, value = "isnull", Const(True)
    node = Node("AND", False, (lookups.lookup(name, left, value, scope),))
    is_false_null = name == "isnull" and plain(value) is False
    if not negated or (name == "isnull" and not is_false_null):
        return node
    if name != "isnull" and column.plain_column is not None and _nullable(column.plain_column):
        node = node.add(f"{column.text} IS NOT NULL", "AND")
    right = scope.compile(value, scope) if isinstance(value, Call) and value.func.name == "F" else None
    if right is not None and right.plain_column is not None and _nullable(right.plain_column):
        node = node.add(f"{right.text} IS NOT NULL", "AND")
    return node


def _nullable(column: Column) -> bool:
    return column.null or (column.allows_empty_strings and column.schema.dialect.profile.empty_strings_are_null)
