"""The intermediate representation: what a Python file says, as plain JSON-able lists.

A front end (`lower_cst`, `lower_ast`) turns text into this form; `evaluate` reads it. Nodes are lists whose first
item is a tag, because such lists come back from the store at the speed of the C JSON decoder; a class per node
would cost more than parsing saved. Comments, layout and annotations of parameters are not represented.

A file is ``{"version": VERSION, "body": [statement, ...]}``.

``at`` is the ordinal of the node among all nodes of the file that carry one, counted in the order in which the
constructors below appear in a pre-order, left-to-right walk of the source (a decorator before its function, a call's
function before its arguments; the node itself before its children). `positions` in a front end turns it into a
line and a column. Both front ends must agree on every ordinal.

Expressions
    ["const", v]                        v: None, bool, int, float, str
    ["bytes", text]                     text: latin-1 decoded
    ["complex", imag]                   imag: float
    ["ellipsis"]
    ["name", id]
    ["attr", value, name]
    ["sub", value, index]
    ["slice", lower|None, upper|None, step|None]
    ["call", at, func, args, keywords]  args: expressions, ["star", e] for *e; keywords: [name|None, e], None for **e
    ["list", items] ["tuple", items] ["set", items]      items may hold ["star", e]
    ["dict", items]                     items: [key|None, value]; None for **value
    ["bin", op, left, right]            op: + - * / // % ** @ << >> & | ^
    ["unary", op, operand]              op: not - + ~
    ["bool", "and"|"or", operands]
    ["cmp", left, [[op, right], ...]]   op: == != < <= > >= in "not in" is "is not"
    ["ifexp", test, then, orelse]
    ["lambda", at, params, body]
    ["fstr", parts]                     parts: ["const", str] | ["fmt", e, conversion|None, spec fstr|None]
    ["comp", "list"|"set"|"gen", element, generators]
    ["comp", "dict", [key, value], generators]           generators: [target, iter, conditions, is_async]
    ["walrus", name, value]
    ["star", value]                     in items, args, targets and subscripts only
    ["await", e] ["yield", e|None] ["yieldfrom", e]
    ["unsupported", what]

Adjacent string literals are joined: to one const (or bytes), or to one fstr in which neighbouring const parts are
merged and empty ones dropped. t-strings are unsupported.

Statements
    ["expr", at, e]                     a lone constant (docstring) is dropped
    ["assign", at, targets, value]      a = b = v has two targets
    ["ann", at, target, annotation, value|None]
    ["aug", at, target, op, value]      op as for bin
    ["import", at, [[dotted, asname|None], ...]]
    ["from", at, level, module, names]  module: "" where absent; names: [[name, asname|None], ...] or "*"
    ["class", at, name, args, keywords, body, decorators]
    ["def", at, name, params, body, decorators, kind]    kind: "def" | "async" | "generator"
    ["if", at, test, body, orelse]      elif is an "if" alone in orelse
    ["for", at, target, iter, body, orelse]  ["while", at, test, body, orelse]
    ["try", at, body, handlers, orelse, final]           handlers: [type|None, name|None, body]
    ["with", at, [[context, target|None], ...], body]
    ["return", at, e|None] ["raise", at, e|None, cause|None] ["assert", at, test, message|None]
    ["del", at, targets] ["global", at, names] ["nonlocal", at, names]
    ["pass", at] ["break", at] ["continue", at]
    ["unsupported", at, what]           match, type aliases, except*

    params: [[kind, name, default|None], ...], kind: "posonly" | "arg" | "vararg" | "kwonly" | "kwarg"

A function is a "generator" when its own body (nested functions excluded) holds a yield.
"""

from __future__ import annotations

from typing import Any

VERSION = 2

Node = list[Any]
"""One IR node: a tag and its parts. See the module's text for every form."""

Body = list[Node]
