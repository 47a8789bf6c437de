"""The module `re`: patterns that are never compiled here, and flags that remain the members they were written as.

In: calls of `re.compile`. Out: Regex. Facts: https://docs.python.org/3/library/re.html#flags (as of Python 3.11).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration_guard.evaluate.builtins import native
from migration_guard.evaluate.classes import OBJECT, finish
from migration_guard.evaluate.enums import INT_FLAG, from_value
from migration_guard.evaluate.objects import Class, EnumMember, Object, Raised, Regex, Stuck
from migration_guard.evaluate.operators import pure, unwrap
from migration_guard.values import Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

_FLAGS = {
    "NOFLAG": ("", 0),
    "ASCII": ("A", 256),
    "IGNORECASE": ("I", 2),
    "LOCALE": ("L", 4),
    "UNICODE": ("U", 32),
    "MULTILINE": ("M", 8),
    "DOTALL": ("S", 16),
    "VERBOSE": ("X", 64),
    "DEBUG": ("", 128),
}
"""In the order of their definition, which is the order in which combinations are written."""

FLAGS: Class = finish(Class("RegexFlag", "re", "RegexFlag", bases=(INT_FLAG,), native=True))
_MEMBERS = {name: EnumMember(FLAGS, name, value, mixed=True) for name, (_, value) in _FLAGS.items()}
_ALIASES = {short: _MEMBERS[name] for name, (short, _) in _FLAGS.items() if short}
FLAGS.namespace.update(_MEMBERS, **_ALIASES, __members__={**_MEMBERS, **_ALIASES})
FLAGS.namespace["__construct__"] = native("RegexFlag", lambda interp, args, kwargs: from_value(FLAGS, args[0]))


def compiled(pattern: Object, flags: Object) -> Object:
    """`re.compile(pattern, flags)`."""
    flags = unwrap(flags)
    if isinstance(pattern, Regex):
        return pattern
    if isinstance(pattern, Unknown) or not isinstance(flags, int):
        raise Stuck(pattern if isinstance(pattern, Unknown) else Unknown("the flags of a pattern are not known"))
    return Regex(pattern, int(flags))


def _compile(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return compiled(args[0] if args else kwargs.get("pattern"), args[1] if len(args) > 1 else kwargs.get("flags", 0))


def _escape(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    text = unwrap(args[0])
    if not isinstance(text, (str, bytes)):
        raise Stuck(text) if isinstance(text, Unknown) else Raised("TypeError", "a text or bytes are wanted")
    return pure(re.escape, text)


def names() -> dict[str, Object]:
    """The namespace of `re`."""
    return {
        "compile": native("compile", _compile),
        "escape": native("escape", _escape),
        "Pattern": finish(Class("Pattern", "re", "Pattern", bases=(OBJECT,), native=True)),
        "RegexFlag": FLAGS,
        **_MEMBERS,
        **_ALIASES,
    }
