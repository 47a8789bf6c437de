"""Conditions as SQL: `Q` objects, and the lookups in them.

In: `Q(...)` in its deconstructed form. Out: the text that Django's WHERE nodes give, with their parentheses and the
IS NOT NULL that negation adds. Lookups through joins and those of special types raise NoPreview.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from migration_guard import versions
from migration_guard.sql import functions, transforms
from migration_guard.sql.column import Column
from migration_guard.sql.profiles import Literals, Profile
from migration_guard.sql.scope import Compiled, Scope
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
    return Compiled(_node(call, scope, False).render(), scope.typed("BooleanField"), True, conditional=True)


def compile_lookup_class(call: Call, scope: Scope) -> Compiled:
    """A lookup written as an expression: `GreaterThan(F("a"), 1)`."""
    if len(call.args) != 2:
        raise NoPreview(f"{call.func.name} with other than two arguments")
    left = scope.compile(call.args[0], scope)
    text = lookup(functions.LOOKUP_OF_CLASS[call.func.name], left, call.args[1], scope)
    return Compiled(text, scope.typed("BooleanField"), True, conditional=True)


def _node(call: Call, scope: Scope, negated: bool) -> Node:
    connector = str(plain(call.kwargs.get("_connector", Const("AND"))))
    own = bool(plain(call.kwargs.get("_negated", Const(False))))
    node = Node(connector, own, ())
    for child in _children(call):
        node = node.add(_child(child, scope, negated ^ own), connector)
    return _either_or(node, scope) if connector == "XOR" else node


def _either_or(node: Node, scope: Scope) -> Node:
    """XOR, where the database has no such word: an odd number of the conditions holds."""
    if scope.table.schema.dialect.profile.literals is Literals.MYSQL:
        return node
    if len(node.children) > 2 and not versions.XOR_IS_PARITY(scope.table.schema.dialect.version):
        raise NoPreview("conditions joined by XOR")
    texts = [child.render() if isinstance(child, Node) else child for child in node.children]
    cases = [f"CASE WHEN {text} THEN 1 ELSE 0 END" for text in texts]
    total = cases[0]
    for place, case in enumerate(cases[1:], start=2):
        total = f"({total} + {case})" if len(cases) > 2 or place < len(cases) else f"{total} + {case}"
    odd = f"(MOD({total}, 2))" if len(cases) > 2 else f"({total})"
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
            compiled = scope.compile(child, scope)
            if not compiled.conditional or child.func.name == "F":
                raise NoPreview(f"{child.func.name} as a condition")
            return Node("AND", False, (_as_condition(child, compiled, scope),))
        case Unknown():
            raise NoPreview(f"a condition is not known: {child.reason}")
        case _:
            raise NoPreview("a part of a condition")


def _as_condition(call: Call, compiled: Compiled, scope: Scope) -> str:
    """A boolean expression, compared with true where the database needs it."""
    dialect = scope.table.schema.dialect
    if dialect.profile.booleans_are_conditions or call.func.name in functions.LOOKUP_OF_CLASS:
        return compiled.text
    if versions.BOOLEAN_COLUMNS_ARE_COMPARED(dialect.version):
        inner: Value = call
        while isinstance(inner, Call) and inner.func.name == "ExpressionWrapper" and inner.args:
            inner = inner.args[0]
        if isinstance(inner, Call) and inner.func.name in ("Q", "RawSQL"):
            return compiled.text
    return f"{compiled.text} = {scope.literal(True).text}"


def _leaf(path: str, value: Value, scope: Scope, negated: bool) -> Child:
    left, name = _resolve(path, scope)
    document = left.output is not None and not left.output.is_foreign_key and left.output.type_name == "JSONField"
    nothing = isinstance(value, Const) and value.value is None
    if nothing and (name == "iexact" or (name == "exact" and not document)):
        name, value = "isnull", Const(True)
    node = Node("AND", False, (lookup(name, left, value, scope),))
    is_false_null = name == "isnull" and plain(value) is False
    if not negated or (name == "isnull" and not is_false_null):
        return node
    if name != "isnull" and left.plain_column is not None and _nullable(left.plain_column):
        node = node.add(f"{left.text} IS NOT NULL", "AND")
    right = scope.compile(value, scope) if isinstance(value, Call) and value.func.name == "F" else None
    if right is not None and right.plain_column is not None and _nullable(right.plain_column):
        node = node.add(f"{right.text} IS NOT NULL", "AND")
    return node


def _nullable(column: Column) -> bool:
    return column.null or (column.allows_empty_strings and column.schema.dialect.profile.empty_strings_are_null)


def _resolve(path: str, scope: Scope) -> tuple[Compiled, str]:
    """The left side of a lookup and the name of the lookup."""
    head, *rest = path.split("__")
    column = scope.table.find(head)
    if column.is_foreign_key and rest and rest[0] in ("pk", column.target.name, column.target.attname):
        raise NoPreview(f"{path}: joined field references are not permitted in this query")
    left = scope.column(head)
    last = rest[-1] if rest else ""
    for transform in rest[:-1]:
        left = transforms.transformed(left, transform, scope)
    known = last in functions.LOOKUPS or last in transforms.SPECIAL_LOOKUPS
    if not last or (known and not transforms.is_transform(left, last)):
        return left, last or "exact"
    return transforms.transformed(left, last, scope), "exact"


_UNTYPED = frozenset(
    {"ArrayField", "HStoreField", "JSONField", "IntegerRangeField", "BigIntegerRangeField", "DecimalRangeField"}
    | {"DateTimeRangeField", "DateRangeField", "SearchVectorField", "RangeField"}
)


def lookup(name: str, left: Compiled, value: Value, scope: Scope) -> str:
    """One comparison."""
    profile = scope.table.schema.dialect.profile
    special = transforms.special_lookup(name, left, value, scope)
    if special is not None:
        return special
    if name not in functions.LOOKUPS:
        raise NoPreview(f"the lookup {name}")
    if name in functions.PATTERNS and left.keys:
        text = transforms.as_text(left, scope)
        if name.startswith("i") and name != "iregex" and profile.literals is Literals.MYSQL:
            lowered = _pattern(name, text, value, scope, profile).removeprefix(f"{text.text} LIKE ")
            return f"LOWER({text.text}) LIKE LOWER({lowered})"
        return _pattern(name, text, value, scope, profile)
    if left.output is not None and name != "isnull" and _special(left.output):
        raise NoPreview(f"the lookup {name} of {left.output.type_name}")
    if name == "isnull":
        return f"{left.text} IS {'' if plain(value) else 'NOT '}NULL"
    if name == "in":
        return _in(left, value, scope)
    if name == "range":
        low, high = _pair(value)
        return f"{left.text} BETWEEN {_right(low, left, scope).text} AND {_right(high, left, scope).text}"
    if name == "exact" and isinstance(plain(value), bool) and left.conditional and profile.booleans_are_conditions:
        return left.text if plain(value) else f"NOT {left.text}"
    if name in functions.PATTERNS:
        return _pattern(name, left, value, scope, profile)
    right = _right(_rounded(name, left, value), left, scope)
    return f"{left.text} {functions.COMPARISONS[name]} {right.text}"


def _special(column: Column) -> bool:
    return not column.is_foreign_key and column.type_name in _UNTYPED


def _rounded(name: str, left: Compiled, value: Value) -> Value:
    """A float compared with an integer column is rounded up where that changes nothing."""
    number = plain(value)
    whole = left.output is not None and left.output.internal_type in functions.INTEGERS
    if whole and isinstance(number, float) and name in ("gte", "lt"):
        return Const(math.ceil(number))
    return value


def _right(value: Value, left: Compiled, scope: Scope) -> Compiled:
    """The right side: an expression in parentheses, or a constant prepared for the left side's field."""
    if isinstance(value, Call):
        compiled = scope.compile(value, scope)
        bare = value.func.name == "Value" and versions.VALUES_COMPARED_WITHOUT_PARENTHESES(
            scope.table.schema.dialect.version
        )
        if bare or compiled.text.startswith("("):
            return compiled
        return replace(compiled, text=f"({compiled.text})")
    return scope.literal(_constant(value), left.output)


def _constant(value: Value) -> Any:
    found = plain(value, _constant)
    if found is _constant:
        raise NoPreview(f"a value is not known: {value.reason}" if isinstance(value, Unknown) else "a value")
    return found


def _in(left: Compiled, value: Value, scope: Scope) -> str:
    if not isinstance(value, Seq):
        raise NoPreview("IN of something other than a list")
    if value.kind in ("set", "frozenset"):
        raise NoPreview("IN of a set, whose order changes from run to run")
    items = [item for item in value.items if not (isinstance(item, Const) and item.value is None)]
    if not items:
        raise NoPreview("IN of an empty list")
    texts = []
    for item in items:
        text = _right(item, left, scope).text
        if text not in texts:
            texts.append(text)
    return f"{left.text} IN ({', '.join(texts)})"


def _pair(value: Value) -> tuple[Value, Value]:
    if isinstance(value, Seq) and len(value.items) == 2:
        return value.items[0], value.items[1]
    raise NoPreview("BETWEEN of something other than a pair")


def _pattern(name: str, left: Compiled, value: Value, scope: Scope, profile: Profile) -> str:
    address = left.output is not None and left.output.internal_type in ("GenericIPAddressField", "IPAddressField")
    if isinstance(value, Call):
        right = _right(value, left, scope).text
        return functions.pattern_of_expression(name, left.text, right, profile, address=address)
    text = _constant(value)
    if not isinstance(text, str):
        text = str(text)
    return functions.pattern(name, left.text, lambda found: scope.literal(found).text, text, profile, address=address)
