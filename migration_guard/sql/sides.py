"""The right side of a comparison: an expression, or a constant prepared for the field on the left.

In: a value and the compiled left side. Out: compiled expressions.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from migration_guard import versions
from migration_guard.sql import functions
from migration_guard.sql.literals import constant
from migration_guard.sql.profiles import Literals
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.statements import NoPreview
from migration_guard.values import Call, Const, Unknown, Value


def known(value: Value) -> Any:
    """The Python value of a constant."""
    found = constant(value, known)
    if found is known:
        raise NoPreview(f"a value is not known: {value.reason}" if isinstance(value, Unknown) else "a value")
    return found


def is_expression(value: Value) -> bool:
    """Whether the database works it out."""
    return isinstance(value, Call) and constant(value, value) is value


def operand(value: Value, left: Compiled, scope: Scope) -> Compiled:
    """An item of IN, or an end of BETWEEN."""
    if is_expression(value):
        compiled = scope.compile(value, scope)
    else:
        output = None if left.both_sides else left.output
        compiled = scope.literal(known(value), output)
    if left.both_sides:
        return replace(compiled, text=left.both_sides.replace("{}", compiled.text), output=left.output)
    return compiled


def right_side(value: Value, left: Compiled, scope: Scope) -> Compiled:
    """What is compared with: expressions stand in parentheses."""
    compiled = operand(value, left, scope)
    compiled = replace(compiled, text=as_value(value, compiled, scope))
    if not left.both_sides:
        if not isinstance(value, Call) or not is_expression(value):
            return compiled
        if value.func.name == "Value" and versions.VALUES_COMPARED_WITHOUT_PARENTHESES(scope.dialect.version):
            return compiled
    return compiled if compiled.text.startswith("(") else replace(compiled, text=f"({compiled.text})")


def as_value(value: Value, compiled: Compiled, scope: Scope) -> str:
    """A condition where a value is wanted: Oracle has no boolean values."""
    inner = inside(value)
    conditions = ("Q", "RawSQL", *functions.LOOKUP_OF_CLASS)
    if scope.profile.literals is not Literals.ORACLE or not isinstance(inner, Call):
        return compiled.text
    return f"CASE WHEN {compiled.text} THEN 1 ELSE 0 END" if inner.func.name in conditions else compiled.text


def inside(value: Value) -> Value:
    """What is inside of wrappers and negations."""
    while isinstance(value, Call) and value.func.name in ("ExpressionWrapper", "NegatedExpression") and value.args:
        value = value.args[0]
    return value


def whole_number(name: str, left: Compiled, value: Value, scope: Scope) -> Value:
    """What an integer column is compared with: a float is rounded up where that changes nothing."""
    number = constant(value)
    if left.kind not in functions.INTEGERS or isinstance(number, bool) or not isinstance(number, (int, float)):
        return value
    if isinstance(number, float):
        return Const(math.ceil(number)) if name in ("gte", "lt") else value
    low, high = functions.integer_range(left.kind, scope.profile)
    if not low <= number <= high and versions.IMPOSSIBLE_INTEGERS_ARE_NOT_COMPARED(scope.dialect.version):
        raise NoPreview(f"{number} is out of the range of {left.kind}, Django leaves the comparison out")
    return value
