"""A Python expression that a person typed as a default: text in, a Value out, without running it.

The modules `datetime` and `timezone` are there, as at Django's prompt. What asks the clock is answered by ours, because
the answer is for now. Names are looked up in nothing else; errors come back as text, in Python's form.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from migration_guard.evaluate.expressions import evaluate
from migration_guard.evaluate.frames import Frame
from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Module, Object, Raised, Stuck
from migration_guard.source.errors import SourceError
from migration_guard.source.ir import Node
from migration_guard.source.lower_ast import lower
from migration_guard.values import Unknown, Value, unknowns

MAX_LENGTH = 10_000
_CLOCK: Mapping[str, Callable[[], Object]] = {
    "datetime.datetime.now": datetime.datetime.now,
    "datetime.datetime.today": datetime.datetime.now,
    "datetime.datetime.utcnow": lambda: datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None),
    "datetime.date.today": datetime.date.today,
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """Why an expression has no value: the name of an exception, and what it says."""

    name: str
    message: str

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


def typed_value(interpreter: Interpreter, text: str, *, use_tz: bool = True) -> Value | Mistake:
    """The value of an expression."""
    if len(text) > MAX_LENGTH:
        return Mistake("SyntaxError", "the expression is too long")
    node = _expression(text)
    if isinstance(node, Mistake):
        return node
    names: dict[str, Object] = {}
    node = _at_this_moment(node, names, {**_CLOCK, "timezone.now": _now_with_zone if use_tz else datetime.datetime.now})
    try:
        names |= {
            "datetime": interpreter.module("datetime"),
            "timezone": interpreter.module("django.utils.timezone"),
        }
        frame = Frame(interpreter, Module("__main__", state="done"), names, kind="function", strict=True)
        value = interpreter.export(evaluate(node, frame))
    except Raised as raised:
        return Mistake(raised.name, raised.message)
    except Stuck as stuck:
        return _not_known(stuck.unknown)
    unknown = next(unknowns(value), None)
    return value if unknown is None else _not_known(unknown)


def _not_known(unknown: Unknown) -> Mistake:
    return Mistake("ValueError", f"the value is not known without running code ({unknown.reason})")


def _now_with_zone() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def _expression(text: str) -> Node | Mistake:
    """The expression's node. What is valid between parentheses only, or only outside of them, is none."""
    text = text.strip()  # as for eval(), leading blanks are no indentation
    try:
        lower(text)
        body = lower(f"_ = ({text}\n)")["body"]
    except SourceError as error:
        return Mistake("SyntaxError", f"{error.message} (<string>, line {error.line})")
    match body:
        case [["assign", _, [["name", "_"]], node]] if node != ["tuple", []] or "(" in text:
            return list(node)
        case _:
            return Mistake("SyntaxError", "invalid syntax (<string>, line 1)")


def _at_this_moment(node: Any, names: dict[str, Object], clock: Mapping[str, Callable[[], Object]]) -> Any:
    """The expression with calls of the clock replaced by names that hold its answer."""
    if not isinstance(node, list):
        return node
    match node:
        case ["call", _, function, [], []] if (dotted := _dotted(function)) in clock:
            names[f"{dotted}()"] = clock[dotted]()
            return ["name", f"{dotted}()"]
        case _:
            return [_at_this_moment(part, names, clock) for part in node]


def _dotted(node: Any) -> str:
    match node:
        case ["name", str() as name]:
            return name
        case ["attr", value, str() as name]:
            return f"{_dotted(value)}.{name}"
        case _:
            return ""
