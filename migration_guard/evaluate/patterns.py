"""The module `re`: patterns, and flags that remain the members they were written as.

In: calls of `re.compile` and of what applies patterns. Out: Regex, and results for patterns and texts so small that no
matching can take long; a pattern that may is never compiled.
Facts: https://docs.python.org/3/library/re.html#flags (as of Python 3.11).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migration_guard.evaluate.builtins import native
from migration_guard.evaluate.classes import OBJECT, finish
from migration_guard.evaluate.enums import INT_FLAG, from_value
from migration_guard.evaluate.objects import Bound, Class, EnumMember, Function, Native, Object, Raised, Regex, Stuck
from migration_guard.evaluate.operators import pure, unwrap
from migration_guard.evaluate.sizes import checked
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
    # Every pattern of text has the flag UNICODE (unless it is ASCII), whether it was written or not.
    return Regex(pattern, int(flags) & ~32 if isinstance(unwrap(pattern), str) else int(flags))


def _compile(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return compiled(args[0] if args else kwargs.get("pattern"), args[1] if len(args) > 1 else kwargs.get("flags", 0))


def _escape(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    text = unwrap(args[0])
    if not isinstance(text, (str, bytes)):
        raise Stuck(text) if isinstance(text, Unknown) else Raised("TypeError", "a text or bytes are wanted")
    return pure(re.escape, text)


_APPLIED = {
    "sub": ("repl", "string", "count"),
    "split": ("string", "maxsplit"),
    "findall": ("string",),
    "match": ("string",),
    "fullmatch": ("string",),
    "search": ("string",),
}
"""What applies a pattern, and what it takes besides the pattern and its flags."""
MOST_STEPS = 1_000_000
_REPEATED_GROUP = (")*", ")+", "){")


def method(regex: Regex, name: str) -> Native:
    """A method of a compiled pattern. Raises Stuck for one that is not followed."""
    if name not in _APPLIED:
        raise Stuck(Unknown(f"{name}() of a regular expression is not followed"))
    return native(name, lambda interp, args, kwargs: _applied(interp, name, regex, args, kwargs))


def _function(name: str) -> Native:
    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        named = dict(zip(("pattern", *_APPLIED[name], "flags"), args, strict=False)) | kwargs
        regex = compiled(named.pop("pattern", None), named.pop("flags", 0))
        assert isinstance(regex, Regex)
        return _applied(interp, name, regex, [], named)

    return native(name, run)


def _applied(interp: Interpreter, name: str, regex: Regex, args: list[Object], kwargs: dict[str, Object]) -> Object:
    named = dict(zip(_APPLIED[name], args, strict=False)) | kwargs
    values = {option: unwrap(value) for option, value in named.items()}
    fill = values.pop("repl") if isinstance(values.get("repl"), (Function, Bound, Native)) else None
    for value in (regex.pattern, *values.values()):
        if not isinstance(value, (str, int)):
            unknown = Unknown("this use of a regular expression is not followed")
            raise Stuck(value if isinstance(value, Unknown) else unknown)
    text = values.get("string")
    if not isinstance(regex.pattern, str) or not isinstance(text, str) or not _is_quick(regex.pattern, len(text)):
        raise Stuck(Unknown("a regular expression that may take long is not followed"))
    try:
        ready = re.compile(regex.pattern, regex.flags)
        if fill is not None:
            return checked(_filled(interp, ready, fill, text, values.get("count", 0)))
        return checked(pure(getattr(ready, name), **values))
    except re.error as error:
        raise Raised("error", str(error)) from None


def _filled(interp: Interpreter, regex: re.Pattern[str], fill: Object, text: str, count: int) -> str:
    """`sub` with a function of the program."""

    def called(match: re.Match[str]) -> str:
        found = unwrap(interp.call(fill, [match], {}))
        if not isinstance(found, str):
            raise Stuck(found if isinstance(found, Unknown) else Unknown("what fills a pattern is not a known text"))
        return found

    return regex.sub(called, text, count=count)


def _is_quick(pattern: str, length: int) -> bool:
    """Whether trying everything is a small matter: no repeated groups, and few repetitions for the text's length."""
    repeats = sum(map(pattern.count, "*+{"))
    grouped = any(sign in pattern for sign in _REPEATED_GROUP)
    return len(pattern) < 500 and not grouped and (length + 2) ** (repeats + 1) <= MOST_STEPS


def names() -> dict[str, Object]:
    """The namespace of `re`."""
    return {
        "compile": native("compile", _compile),
        "escape": native("escape", _escape),
        **{name: _function(name) for name in _APPLIED},
        "Pattern": finish(Class("Pattern", "re", "Pattern", bases=(OBJECT,), native=True)),
        "RegexFlag": FLAGS,
        **_MEMBERS,
        **_ALIASES,
    }
