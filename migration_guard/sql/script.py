"""A script of SQL split into statements, as `sqlparse` does it for Django.

In: a text. Out: the statements without comments around them. Semicolons inside quotes, comments, BEGIN ... END blocks
and CASE do not split.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""--[^\n]*(?:\n|$)|\#[^\n]*(?:\n|$)|/\*.*?(?:\*/|$)|'(?:[^'\\]|\\.|'')*'|"(?:[^"]|"")*"|`[^`]*`"""
    r"""|(?P<dollar>\$\w*\$).*?(?P=dollar)|\w+|;|\s+|.""",
    re.DOTALL,
)
_LINE_END = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[^\S\r\n]*(?:\r\n|\r|\n)""", re.DOTALL)
_CLOSING = frozenset({"end"})


def split_script(script: str) -> Iterator[str]:
    """Each statement; its comments are taken out and it loses the blanks around it and at the ends of its lines."""
    current: list[str] = []
    depth, in_create = 0, False
    for match in _TOKEN.finditer(script):
        token = match.group()
        word = token.lower()
        if token.startswith(("--", "/*")):
            current.append("\n" if token.endswith("\n") else " ")
            continue
        if word == "create":
            in_create = True
        depth = _depth(word, depth, in_create)
        if token == ";" and depth == 0:
            yield from _finished([*current, token])
            current, in_create = [], False
        else:
            current.append(token)
    yield from _finished(current)


def _depth(word: str, depth: int, in_create: bool) -> int:
    if word == "case" or (in_create and word == "begin"):
        return depth + 1
    if word in _CLOSING and depth:
        return depth - 1
    return depth


def _finished(tokens: list[str]) -> Iterator[str]:
    text = _LINE_END.sub(_trimmed, "".join(tokens)).strip()
    if text and text != ";":
        yield text


def _trimmed(match: re.Match[str]) -> str:
    return match.group() if match.group()[0] in "'\"" else "\n"
