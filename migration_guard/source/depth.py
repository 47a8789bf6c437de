"""A guard for LibCST, whose parser recurses on the C stack and takes the whole process down when that overflows.

In: text. Out: an upper estimate of the stack that parsing needs, or a call made on a thread with a stack that
suffices. It reads strings and comments as if they were code: an estimate may be too high, never much too low.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Measured with LibCST 1.9 by bisection on a stack of 2 MB, rounded up.
PER_BRACKET = 8_500
PER_OPERATOR = 2_700
PER_ELIF = 1_100

STACK = 32 * 2**20
LIMIT = 8 * 2**20
"""What an expression may need: some 3,000 terms, past which LibCST takes seconds anyway (its time is quadratic).

The rest of the stack is for blocks: the parser itself refuses more than 100 levels, which need 2.6 MB."""

TOKEN = re.compile(r"[(\[{]|[)\]}]|[,;\n]|\*\*|//|<<|>>|[-+*/%@&|^~<>.]|\b(?:and|or|not|if|lambda|await|in|is)\b")
OPERATORS = "+-*/%@&|^~<>."
WORDS = ("and", "or", "not", "if", "lambda", "await", "in", "is")


def too_deep(text: str) -> bool:
    """Whether parsing might need more stack than `LIMIT`."""
    elifs = text.count("elif") * PER_ELIF
    most = sum(map(text.count, OPERATORS)) + sum(map(text.count, WORDS))
    if elifs + most * PER_OPERATOR + sum(map(text.count, "([{")) * PER_BRACKET < LIMIT:
        return False  # nearly every file: even one single chain of all its operators would do
    return elifs + _deepest(text) > LIMIT


def _deepest(text: str) -> int:
    """The most stack that any place needs: for open brackets, and for operators since the last separator in each."""
    worst = need = 0
    chain = 0  # the part of `need` that the next separator gives back
    outer: list[int] = []
    for match in TOKEN.finditer(text):
        token = match[0]
        if token in "([{":
            need += PER_BRACKET
            outer.append(chain + PER_BRACKET)  # a call or subscript is itself a link of the chain around it
            chain = 0
        elif token in ")]}":
            need -= chain
            chain = outer.pop() if outer else 0
        elif token in ",;" or (token == "\n" and not outer):
            need -= chain
            chain = 0
        elif token != "\n":
            need += PER_OPERATOR
            chain += PER_OPERATOR
        worst = max(worst, need)
    return worst


def with_deep_stack(call: Callable[[], T]) -> T:
    """The result of `call`, made on a thread with `STACK` bytes of stack: main threads differ between systems."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            errors.append(error)

    before = threading.stack_size(STACK)
    try:
        thread = threading.Thread(target=run, daemon=True)
        thread.start()
    except RuntimeError:  # no threads here
        return call()
    finally:
        threading.stack_size(before)
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
