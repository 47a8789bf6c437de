"""Lookups: one comparison of a condition.

In: the name of a lookup and its two sides. Out: text as Django's lookups give it.
"""

from __future__ import annotations

from dataclasses import replace

from migration_guard.sql import composites, documents, functions, moments
from migration_guard.sql.profiles import Literals
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.sides import is_expression, known, operand, right_side, whole_number
from migration_guard.sql.statements import NoPreview
from migration_guard.values import Call, Const, Ref, Seq, Value, plain


def lookup(name: str, left: Compiled, value: Value, scope: Scope) -> str:
    """One comparison."""
    special = _special(name, left, value, scope)
    if special is not None:
        return special
    if name not in functions.LOOKUPS:
        raise NoPreview(f"the lookup {name}")
    if name in functions.PATTERNS:
        return _pattern(name, left, value, scope)
    if scope.profile.literals is Literals.ORACLE:
        left = _on_oracle(name, left)
    if name == "isnull":
        return f"{left.text} IS {'' if plain(value) else 'NOT '}NULL"
    if name == "in":
        return _in(left, value, scope)
    if name == "range":
        low, high = _pair(value)
        return f"{left.text} BETWEEN {operand(low, left, scope).text} AND {operand(high, left, scope).text}"
    conditions = scope.profile.booleans_are_conditions
    if name == "exact" and isinstance(plain(value), bool) and left.conditional and conditions:
        return left.text if plain(value) else f"NOT {left.text}"
    right = right_side(whole_number(name, left, value, scope), left, scope)
    return f"{left.text} {functions.COMPARISONS[name]} {right.text}"


def _on_oracle(name: str, left: Compiled) -> Compiled:
    """Oracle compares no large objects, and ignores the case of letters only in capitals."""
    if name in ("iexact", "icontains", "istartswith", "iendswith"):
        return replace(left, text=f"UPPER({left.text})")
    if name != "isnull" and left.kind in ("TextField", "BinaryField"):
        return replace(left, text=f"DBMS_LOB.SUBSTR({left.text})")
    return left


def _special(name: str, left: Compiled, value: Value, scope: Scope) -> str | None:
    """A lookup that a special type has for itself."""
    if left.bounds:
        return moments.year_lookup(name, left, value, scope)
    if left.field_class == "JSONField":
        return documents.lookup(name, left, value, scope)
    return composites.lookup(name, left, value, scope)


def of_class(call: Call, scope: Scope) -> str:
    """A lookup written as an expression: `GreaterThan(F("a"), 1)`."""
    if len(call.args) != 2:
        raise NoPreview(f"{call.func.name} with other than two arguments")
    name, value = functions.LOOKUP_OF_CLASS[call.func.name], call.args[1]
    left = scope.compile(call.args[0], scope)
    if name in functions.COMPARISONS and not left.declared and not is_expression(value):
        # Without a field to prepare it for, Django makes a Value() of a constant.
        value = Call(Ref("django.db.models", "Value"), (value,))
    return lookup(name, left, value, scope)


def _in(left: Compiled, value: Value, scope: Scope) -> str:
    if is_expression(value):
        return f"{left.text} IN {right_side(value, left, scope).text}"
    if isinstance(value, Const) and isinstance(value.value, range):
        value = Seq("list", tuple(Const(number) for number in value.value))
    if not isinstance(value, Seq):
        raise NoPreview("IN of something other than a list")
    if value.kind in ("set", "frozenset"):
        raise NoPreview("IN of a set, whose order changes from run to run")
    items = [item for item in value.items if not (isinstance(item, Const) and item.value is None)]
    if not items:
        raise NoPreview("IN of an empty list")
    texts = dict.fromkeys(operand(item, left, scope).text for item in items)
    return f"{left.text} IN ({', '.join(texts)})"


def _pair(value: Value) -> tuple[Value, Value]:
    if isinstance(value, Seq) and len(value.items) == 2:
        return value.items[0], value.items[1]
    raise NoPreview("BETWEEN of something other than a pair")


def _pattern(name: str, left: Compiled, value: Value, scope: Scope) -> str:
    """LIKE, or a regular expression."""
    profile = scope.profile
    address = left.kind in ("GenericIPAddressField", "IPAddressField")
    document = left.field_class == "JSONField"
    compared = documents.as_text(left, scope) if document and left.keys else left
    if profile.literals is Literals.ORACLE:
        compared = _on_oracle(name, compared)
    text, around = compared.text, "{}"
    if document and profile.literals is Literals.MYSQL:
        text = text if left.keys else f"JSON_UNQUOTE({text})"
        if name == "icontains" or (left.keys and name.startswith("i")):
            text, around = f"LOWER({text})", "LOWER({})"
    if is_expression(value) or left.both_sides or _without_hyphens(name, left, scope):
        right = _worked_out(name, left, value, scope)
        return functions.pattern_of_expression(name, text, around.replace("{}", right), profile, address=address)

    def literal(found: str) -> str:
        return around.replace("{}", scope.literal(found).text)

    return functions.pattern(name, text, literal, str(known(value)), profile, address=address)


def _without_hyphens(name: str, left: Compiled, scope: Scope) -> bool:
    """UUIDs are kept without hyphens where there is no type for them."""
    return left.kind == "UUIDField" and not scope.profile.has_native_uuid and name not in ("regex", "iregex")


def _worked_out(name: str, left: Compiled, value: Value, scope: Scope) -> str:
    if not _without_hyphens(name, left, scope):
        return right_side(value, left, scope).text
    text = scope.compile(value, scope) if is_expression(value) else scope.literal(known(value))
    return f"(REPLACE({text.text}, '-', ''))"
