"""The arguments of expressions: by position or by name, and what each stands for.

In: a call in its deconstructed form, and the scope in which it is compiled. Out: compiled arguments. A string names a
field where Django takes it for one.
"""

from __future__ import annotations

from migration_guard.sql import transforms
from migration_guard.sql.column import Column
from migration_guard.sql.scope import Compiled, Scope
from migration_guard.sql.statements import NoPreview
from migration_guard.values import Call, Const, Value


def argument(call: Call, place: int, name: str, default: Value | None = None) -> Value:
    """An argument by position or keyword."""
    if place < len(call.args):
        return call.args[place]
    if name in call.kwargs:
        return call.kwargs[name]
    if default is None:
        raise NoPreview(f"{call.func.name} without {name}")
    return default


def source(value: Value, scope: Scope) -> Compiled:
    """An argument of a function: strings name fields, other constants are values."""
    if isinstance(value, Const) and isinstance(value.value, str):
        return transforms.path(value.value, scope)
    return scope.compile(value, scope)


def output_field(call: Call, scope: Scope) -> Column | None:
    """The output field that an expression is given."""
    given = call.kwargs.get("output_field")
    if given is None and call.func.name == "Value" and len(call.args) > 1:
        given = call.args[1]
    return scope.field(given) if isinstance(given, Call) else None
