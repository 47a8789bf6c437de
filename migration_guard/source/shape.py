"""The spots of the IR where two syntax trees differ most, settled once for both front ends.

In: parts that a front end has lowered already. Out: IR nodes. It knows the IR and no tree; it never sees source text.
"""

from __future__ import annotations

from typing import Any

from migration_guard.source.ir import VERSION, Body, Node

LITERALS = frozenset({"const", "bytes", "complex", "ellipsis"})
"""Tags of expressions that say nothing when they stand alone as a statement."""


class Ordinals:
    """Hands out ``at`` numbers and remembers which tree node got which; notes the yields of the function at hand."""

    __slots__ = ("marks", "yields")

    def __init__(self) -> None:
        self.marks: list[Any] = []
        self.yields = False

    def at(self, node: Any) -> int:
        """The next ordinal, for `node`."""
        self.marks.append(node)
        return len(self.marks) - 1

    def lone(self, at: int, value: Node) -> Node | None:
        """An expression statement, or None for a docstring and its like, whose ordinal is given back."""
        if value[0] in LITERALS:
            self.marks.pop()
            return None
        return ["expr", at, value]


def fstring(parts: list[Node]) -> Node:
    """An fstr: neighbouring const parts merged, empty ones dropped."""
    merged: list[Node] = []
    for part in parts:
        if part[0] == "const" and merged and merged[-1][0] == "const":
            merged[-1] = ["const", merged[-1][1] + part[1]]
        elif part[0] != "const" or part[1]:
            merged.append(part)
    return ["fstr", merged]


def placeholder(value: Node, conversion: str | None, spec: list[Node] | None) -> Node:
    """A "fmt" part. An empty format spec is no format spec: the two mean the same to `format`."""
    return ["fmt", value, conversion, fstring(spec) if spec else None]


def function_kind(is_async: bool, yields: bool) -> str:
    """The kind of a "def" node; an asynchronous generator is a generator."""
    if yields:
        return "generator"
    return "async" if is_async else "def"


def module(body: Body) -> dict[str, Any]:
    """The IR of a whole file."""
    return {"version": VERSION, "body": body}
