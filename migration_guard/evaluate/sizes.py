"""How large data may get: what is counted, and where it is too much.

In: plain data, which may share parts or hold themselves, so that a small thing can be endless to walk through. Out:
numbers, or Stuck. Whoever is about to compare, hash, print or copy data weighs them first.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from migration_guard.evaluate.objects import OURS, Object, Stuck
from migration_guard.values import Unknown

MAX_SIZE = 1_000_000
"""Characters of a text, items of a list."""
UNITS_PER_STEP = 64
"""How many characters or items an operation may work through at the price of one step."""
MAX_WEIGHT = 200_000
"""What is walked through at a time."""
MAX_BITS = 14_000
"""Of a number, so that Python prints it (https://docs.python.org/3/library/stdtypes.html#int-max-str-digits)."""
MAX_KEY = 10_000
TOO_LARGE = Unknown("the result is too large")


def size(obj: Object) -> int:
    """Roughly what a result takes, without looking inside."""
    if isinstance(obj, (str, bytes, list, tuple)):
        return len(obj)
    if isinstance(obj, (dict, set, frozenset)):
        return 8 * len(obj)
    return 1


def checked(obj: Object) -> Object:
    """A result, if it is not too large."""
    if isinstance(obj, (str, bytes, list, tuple, dict, set, frozenset)):
        large = len(obj) > MAX_SIZE
    elif isinstance(obj, int):
        large = obj.bit_length() > MAX_BITS
    elif isinstance(obj, Decimal):
        large = obj.is_finite() and abs(obj.adjusted()) > MAX_BITS
    else:
        large = isinstance(obj, PurePath) and len(str(obj)) > MAX_KEY
    if large:
        raise Stuck(TOO_LARGE)
    return obj


def weight(obj: Object, limit: int, charge: Callable[[int], None] | None = None, *, unknown: bool = False) -> int:
    """Everything that is reached by walking through data, shared parts as often as they are met.

    Raises Stuck past the limit, and, unless `unknown` may be, where something is Unknown. `charge` is told on the way.
    """
    total = 0
    todo: list[Any] = [obj]
    while todo:
        item = todo.pop()
        if isinstance(item, (list, tuple, set, frozenset)):
            total += len(item)
            todo += item
        elif isinstance(item, dict):
            total += 2 * len(item)
            todo += item
            todo += item.values()
        elif isinstance(item, (str, bytes)):
            total += len(item) // 8
        elif isinstance(item, Unknown) and not unknown:
            raise Stuck(item)
        if total > limit or len(todo) > limit:
            if charge is not None:
                charge(4 * total)
            raise Stuck(TOO_LARGE)
    if charge is not None:
        charge(4 * total)
    return total


def known(obj: Object) -> None:
    """Raise Stuck if plain data hold an Unknown somewhere, or are large."""
    if isinstance(obj, Unknown):
        raise Stuck(obj)
    if isinstance(obj, (list, tuple, set, frozenset, dict)):
        weight(obj, MAX_KEY)


def described(obj: Object) -> str:
    """An object in a message."""
    if isinstance(obj, OURS):
        return repr(obj)
    if isinstance(obj, (int, float, str, bytes, type(None))):
        text = repr(obj) if not isinstance(obj, int) or obj.bit_length() < 256 else "a large number"
        return text if len(text) < 80 else f"{text[:80]}..."
    return f"a {type(obj).__name__}"
