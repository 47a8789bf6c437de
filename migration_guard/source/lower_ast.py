"""The fast front end: text to IR through the standard library's `ast`, for files that nobody is going to edit.

In: the text or bytes of a file. Out: its IR (see `ir`), or the positions of the IR's ordinals; a `SourceError` where
it is not Python. Syntax newer than the running Python goes to LibCST. Nothing is compiled to code, nothing is run.
"""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any, overload

from migration_guard.source import shape
from migration_guard.source.depth import too_deep, with_deep_stack
from migration_guard.source.errors import SourceError
from migration_guard.source.ir import Body, Node
from migration_guard.source.text import decode

Position = tuple[int, int, int, int]
"""Line (1-based), column (0-based, in characters), end line, end column."""

FSTRINGS_HAVE_PLACES = sys.version_info >= (3, 12)

GUARDED = sys.version_info >= (3, 11)
"""Whether `ast.parse` raises RecursionError on deep trees; Python 3.10 overflows the C stack."""


def lower(source: str | bytes) -> dict[str, Any]:
    """The IR of a file."""
    text = decode(source)
    tree = parsed(text)
    if isinstance(tree, SourceError):
        return _by_libcst("lower", text, tree)  # type: ignore[no-any-return]
    return shape.module(_lower(tree, Lowering()))


def positions(source: str | bytes) -> Sequence[Position]:
    """Where each ordinal of a file's IR is: item n belongs to the node whose ``at`` is n."""
    text = decode(source)
    tree = parsed(text)
    if isinstance(tree, SourceError):
        return _by_libcst("positions", text, tree)  # type: ignore[no-any-return]
    lowering = Lowering()
    _lower(tree, lowering)
    lines = text.split("\n")

    def column(line: int, offset: int) -> int:
        row = lines[line - 1]
        return offset if row.isascii() else len(row.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore"))

    found = [
        (n.lineno, column(n.lineno, n.col_offset), n.end_lineno, column(n.end_lineno, n.end_col_offset))
        for n in lowering.marks
    ]
    return found if FSTRINGS_HAVE_PLACES or not lowering.vague else _Vague(found, text, frozenset(lowering.vague))


class _Vague(Sequence[Position]):
    """Positions of a file with f-strings, inside which `ast` knew no exact places before Python 3.12: where one of
    those is asked for, LibCST is, once."""

    def __init__(self, found: list[Position], text: str, vague: frozenset[int]) -> None:
        self._found, self._text, self._vague = found, text, vague

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> Position: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Position]: ...
    def __getitem__(self, index: int | slice) -> Position | Sequence[Position]:
        asked = range(len(self))[index]
        if not self._vague.isdisjoint((asked,) if isinstance(asked, int) else asked):
            self._found, self._vague = _by_libcst("positions", self._text, None), frozenset()
        return self._found[index]


def parsed(text: str) -> ast.Module | SourceError:
    """The tree of a text, or why there is none."""
    try:
        with warnings.catch_warnings():  # "invalid escape sequence" is not for our standard error
            warnings.simplefilter("ignore")
            return ast.parse(text) if GUARDED else _parse_unguarded(text)
    except SyntaxError as error:
        return SourceError(error.lineno or 0, max((error.offset or 1) - 1, 0), error.msg or "invalid syntax")
    except (RecursionError, MemoryError):
        return SourceError(0, 0, "nested too deeply")
    except ValueError as error:
        return SourceError(0, 0, str(error))


def _parse_unguarded(text: str) -> ast.Module:
    if too_deep(text):
        raise RecursionError
    return with_deep_stack(lambda: ast.parse(text))


def _by_libcst(function: str, text: str, error: SourceError | None) -> Any:
    from migration_guard.source import lower_cst  # LibCST is slow to import and seldom needed here

    try:
        return getattr(lower_cst, function)(text)
    except SourceError as other:
        raise error or other from None  # Python's own message is the one that people know


def _lower(tree: ast.Module, lowering: Lowering) -> Body:
    try:
        return lowering.block(tree.body)
    except RecursionError:
        raise SourceError(0, 0, "nested too deeply") from None


class Lowering(shape.Ordinals):
    """One walk over one file's tree. `vague` are the ordinals that belong to nodes inside f-strings."""

    __slots__ = ("vague",)

    def __init__(self) -> None:
        super().__init__()
        self.vague: set[int] = set()

    def expr(self, node: ast.expr) -> Node:
        """Any expression."""
        return EXPRESSIONS.get(node.__class__, Lowering.unknown)(self, node)

    def maybe(self, node: ast.expr | None) -> Node | None:
        """An expression that may be absent."""
        return None if node is None else self.expr(node)

    def many(self, nodes: Sequence[ast.expr]) -> list[Node]:
        """Expressions in order."""
        return [EXPRESSIONS.get(node.__class__, Lowering.unknown)(self, node) for node in nodes]

    def block(self, nodes: Sequence[ast.stmt]) -> Body:
        """The statements of a body, without docstrings."""
        body: Body = []
        for node in nodes:
            lowered = STATEMENTS.get(node.__class__, Lowering.unknown_statement)(self, node)
            if lowered is not None:
                body.append(lowered)
        return body

    # Expressions

    def unknown(self, node: ast.expr) -> Node:
        return ["unsupported", "t-string" if type(node).__name__ == "TemplateStr" else "new syntax"]

    def constant(self, node: ast.Constant) -> Node:
        value = node.value
        if isinstance(value, bytes):
            return ["bytes", value.decode("latin-1")]
        if isinstance(value, complex):
            return ["complex", value.imag]
        return ["ellipsis"] if value is ... else ["const", value]

    def name(self, node: ast.Name) -> Node:
        return ["name", node.id]

    def chain(self, node: Any) -> Node:
        """``a.b(c)[d].e``: a loop, because fluent code is long; outer calls come first in a pre-order walk."""
        links: list[tuple[int, Any]] = []
        while True:
            kind = node.__class__
            if kind is ast.Call:
                links.append((self.at(node), node))
                node = node.func
            elif kind is ast.Attribute or kind is ast.Subscript:
                links.append((0, node))
                node = node.value
            else:
                break
        result = self.expr(node)
        for at, link in reversed(links):
            kind = link.__class__
            if kind is ast.Attribute:
                result = ["attr", result, link.attr]
            elif kind is ast.Subscript:
                result = ["sub", result, self.expr(link.slice)]
            else:
                result = ["call", at, result, *self.arguments(link.args, link.keywords)]
        return result

    def arguments(self, args: list[ast.expr], keywords: list[ast.keyword]) -> tuple[list[Node], list[Any]]:
        if not keywords or not any(arg.__class__ is ast.Starred for arg in args):
            return self.many(args), [[word.arg, self.expr(word.value)] for word in keywords]
        positional: list[Node] = []
        named: list[Any] = []
        mixed: list[ast.expr | ast.keyword] = [*args, *keywords]
        for item in sorted(mixed, key=lambda item: (item.lineno, item.col_offset)):
            if isinstance(item, ast.keyword):
                named.append([item.arg, self.expr(item.value)])
            else:
                positional.append(self.expr(item))
        return positional, named

    def slice_(self, node: ast.Slice) -> Node:
        return ["slice", self.maybe(node.lower), self.maybe(node.upper), self.maybe(node.step)]

    def list_(self, node: ast.List) -> Node:
        return ["list", self.many(node.elts)]

    def tuple_(self, node: ast.Tuple) -> Node:
        return ["tuple", self.many(node.elts)]

    def set_(self, node: ast.Set) -> Node:
        return ["set", self.many(node.elts)]

    def dict_(self, node: ast.Dict) -> Node:
        return [
            "dict",
            [[self.maybe(key), self.expr(value)] for key, value in zip(node.keys, node.values, strict=True)],
        ]

    def binary(self, node: Any) -> Node:
        rights = []
        while node.__class__ is ast.BinOp:
            rights.append(node)
            node = node.left
        result = self.expr(node)
        for link in reversed(rights):
            result = ["bin", OPERATORS[link.op.__class__], result, self.expr(link.right)]
        return result

    def unary(self, node: ast.UnaryOp) -> Node:
        return ["unary", OPERATORS[node.op.__class__], self.expr(node.operand)]

    def boolean(self, node: ast.BoolOp) -> Node:
        return ["bool", OPERATORS[node.op.__class__], self.many(node.values)]

    def compare(self, node: ast.Compare) -> Node:
        left = self.expr(node.left)
        pairs = zip(node.ops, node.comparators, strict=True)
        return ["cmp", left, [[OPERATORS[op.__class__], self.expr(e)] for op, e in pairs]]

    def conditional(self, node: ast.IfExp) -> Node:
        then = self.expr(node.body)  # first in the source
        return ["ifexp", self.expr(node.test), then, self.expr(node.orelse)]

    def function(self, node: ast.Lambda) -> Node:
        at = self.at(node)
        params = self.params(node.args)
        outer = self.yields
        body = self.expr(node.body)
        self.yields = outer
        return ["lambda", at, params, body]

    def params(self, node: ast.arguments) -> list[Any]:
        plain = [("posonly", arg) for arg in node.posonlyargs] + [("arg", arg) for arg in node.args]
        bare = len(plain) - len(node.defaults)
        params: list[Any] = []
        for index, (kind, arg) in enumerate(plain):
            params.append([kind, arg.arg, None if index < bare else self.expr(node.defaults[index - bare])])
        if node.vararg:
            params.append(["vararg", node.vararg.arg, None])
        params += [["kwonly", arg.arg, self.maybe(e)] for arg, e in zip(node.kwonlyargs, node.kw_defaults, strict=True)]
        if node.kwarg:
            params.append(["kwarg", node.kwarg.arg, None])
        return params

    def fstring(self, node: ast.JoinedStr) -> Node:
        before = len(self.marks)
        result = shape.fstring(self.many(node.values))
        self.vague.update(range(before, len(self.marks)))
        return result

    def placeholder(self, node: ast.FormattedValue) -> Node:
        value = self.expr(node.value)
        spec = self.expr(node.format_spec)[1] if node.format_spec else None
        return shape.placeholder(value, None if node.conversion < 0 else chr(node.conversion), spec)

    def comprehension(self, node: Any) -> Node:
        if isinstance(node, ast.DictComp):
            element: Any = [self.expr(node.key), self.expr(node.value)]
        else:
            element = self.expr(node.elt)
        return ["comp", COMPREHENSIONS[node.__class__], element, [self.generator(part) for part in node.generators]]

    def generator(self, node: ast.comprehension) -> list[Any]:
        return [self.expr(node.target), self.expr(node.iter), self.many(node.ifs), bool(node.is_async)]

    def walrus(self, node: ast.NamedExpr) -> Node:
        return ["walrus", node.target.id, self.expr(node.value)]

    def star(self, node: ast.Starred) -> Node:
        return ["star", self.expr(node.value)]

    def await_(self, node: ast.Await) -> Node:
        return ["await", self.expr(node.value)]

    def yield_(self, node: ast.Yield) -> Node:
        self.yields = True
        return ["yield", self.maybe(node.value)]

    def yield_from(self, node: ast.YieldFrom) -> Node:
        self.yields = True
        return ["yieldfrom", self.expr(node.value)]

    # Statements

    def unknown_statement(self, node: ast.stmt) -> Node:
        if type(node).__name__ == "TypeAlias":
            # What it stands for is for type checkers: to a program it is a name.
            name = node.name.id  # type: ignore[attr-defined]
            return ["assign", self.at(node), [["name", name]], ["const", name]]
        return ["unsupported", self.at(node), UNSUPPORTED.get(type(node).__name__, "new syntax")]

    def lone_expr(self, node: ast.Expr) -> Node | None:
        return self.lone(self.at(node), self.expr(node.value))

    def assign(self, node: ast.Assign) -> Node:
        return ["assign", self.at(node), self.many(node.targets), self.expr(node.value)]

    def annotated(self, node: ast.AnnAssign) -> Node:
        at = self.at(node)
        return ["ann", at, self.expr(node.target), self.expr(node.annotation), self.maybe(node.value)]

    def augmented(self, node: ast.AugAssign) -> Node:
        return ["aug", self.at(node), self.expr(node.target), OPERATORS[node.op.__class__], self.expr(node.value)]

    def import_(self, node: ast.Import) -> Node:
        return ["import", self.at(node), [[alias.name, alias.asname] for alias in node.names]]

    def import_from(self, node: ast.ImportFrom) -> Node:
        names: Any = [[alias.name, alias.asname] for alias in node.names]
        return ["from", self.at(node), node.level, node.module or "", "*" if names[0][0] == "*" else names]

    def class_(self, node: ast.ClassDef) -> Node:
        decorators = self.many(node.decorator_list)
        at = self.at(node)
        args, keywords = self.arguments(node.bases, node.keywords)
        return ["class", at, node.name, args, keywords, self.block(node.body), decorators]

    def def_(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Node:
        decorators = self.many(node.decorator_list)
        at = self.at(node)
        params = self.params(node.args)
        outer, self.yields = self.yields, False
        body = self.block(node.body)
        kind = shape.function_kind(node.__class__ is ast.AsyncFunctionDef, self.yields)
        self.yields = outer
        return ["def", at, node.name, params, body, decorators, kind]

    def if_(self, node: ast.If) -> Node:
        """A loop over the ``elif`` branches: generated code has thousands."""
        first = last = ["if", self.at(node), self.expr(node.test), self.block(node.body), []]
        while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            node = node.orelse[0]
            branch: Node = ["if", self.at(node), self.expr(node.test), self.block(node.body), []]
            last[4] = [branch]
            last = branch
        last[4] = self.block(node.orelse)
        return first

    def for_(self, node: ast.For | ast.AsyncFor) -> Node:
        at = self.at(node)
        return ["for", at, self.expr(node.target), self.expr(node.iter), self.block(node.body), self.block(node.orelse)]

    def while_(self, node: ast.While) -> Node:
        return ["while", self.at(node), self.expr(node.test), self.block(node.body), self.block(node.orelse)]

    def try_(self, node: ast.Try) -> Node:
        at = self.at(node)
        body = self.block(node.body)
        handlers = [[self.maybe(part.type), part.name, self.block(part.body)] for part in node.handlers]
        return ["try", at, body, handlers, self.block(node.orelse), self.block(node.finalbody)]

    def with_(self, node: ast.With | ast.AsyncWith) -> Node:
        at = self.at(node)
        items = [[self.expr(item.context_expr), self.maybe(item.optional_vars)] for item in node.items]
        return ["with", at, items, self.block(node.body)]

    def return_(self, node: ast.Return) -> Node:
        return ["return", self.at(node), self.maybe(node.value)]

    def raise_(self, node: ast.Raise) -> Node:
        return ["raise", self.at(node), self.maybe(node.exc), self.maybe(node.cause)]

    def assert_(self, node: ast.Assert) -> Node:
        return ["assert", self.at(node), self.expr(node.test), self.maybe(node.msg)]

    def del_(self, node: ast.Delete) -> Node:
        return ["del", self.at(node), self.many(node.targets)]

    def scope(self, node: ast.Global | ast.Nonlocal) -> Node:
        return ["global" if node.__class__ is ast.Global else "nonlocal", self.at(node), node.names]

    def word(self, node: ast.Pass | ast.Break | ast.Continue) -> Node:
        return [node.__class__.__name__.lower(), self.at(node)]


OPERATORS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
    ast.MatMult: "@", ast.LShift: "<<", ast.RShift: ">>", ast.BitAnd: "&", ast.BitOr: "|", ast.BitXor: "^",
    ast.Not: "not", ast.USub: "-", ast.UAdd: "+", ast.Invert: "~", ast.And: "and", ast.Or: "or",
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "is", ast.IsNot: "is not",
}  # fmt: skip

COMPREHENSIONS: dict[type, str] = {
    ast.ListComp: "list",
    ast.SetComp: "set",
    ast.GeneratorExp: "gen",
    ast.DictComp: "dict",
}

UNSUPPORTED = {"Match": "match", "TryStar": "except*"}

EXPRESSIONS: dict[type, Callable[[Lowering, Any], Node]] = {
    ast.Constant: Lowering.constant,
    ast.Name: Lowering.name,
    ast.Attribute: Lowering.chain,
    ast.Subscript: Lowering.chain,
    ast.Call: Lowering.chain,
    ast.Slice: Lowering.slice_,
    ast.List: Lowering.list_,
    ast.Tuple: Lowering.tuple_,
    ast.Set: Lowering.set_,
    ast.Dict: Lowering.dict_,
    ast.BinOp: Lowering.binary,
    ast.UnaryOp: Lowering.unary,
    ast.BoolOp: Lowering.boolean,
    ast.Compare: Lowering.compare,
    ast.IfExp: Lowering.conditional,
    ast.Lambda: Lowering.function,
    ast.JoinedStr: Lowering.fstring,
    ast.FormattedValue: Lowering.placeholder,
    ast.ListComp: Lowering.comprehension,
    ast.SetComp: Lowering.comprehension,
    ast.GeneratorExp: Lowering.comprehension,
    ast.DictComp: Lowering.comprehension,
    ast.NamedExpr: Lowering.walrus,
    ast.Starred: Lowering.star,
    ast.Await: Lowering.await_,
    ast.Yield: Lowering.yield_,
    ast.YieldFrom: Lowering.yield_from,
}

STATEMENTS: dict[type, Callable[[Lowering, Any], Node | None]] = {
    ast.Expr: Lowering.lone_expr,
    ast.Assign: Lowering.assign,
    ast.AnnAssign: Lowering.annotated,
    ast.AugAssign: Lowering.augmented,
    ast.Import: Lowering.import_,
    ast.ImportFrom: Lowering.import_from,
    ast.ClassDef: Lowering.class_,
    ast.FunctionDef: Lowering.def_,
    ast.AsyncFunctionDef: Lowering.def_,
    ast.If: Lowering.if_,
    ast.For: Lowering.for_,
    ast.AsyncFor: Lowering.for_,
    ast.While: Lowering.while_,
    ast.Try: Lowering.try_,
    ast.With: Lowering.with_,
    ast.AsyncWith: Lowering.with_,
    ast.Return: Lowering.return_,
    ast.Raise: Lowering.raise_,
    ast.Assert: Lowering.assert_,
    ast.Delete: Lowering.del_,
    ast.Global: Lowering.scope,
    ast.Nonlocal: Lowering.scope,
    ast.Pass: Lowering.word,
    ast.Break: Lowering.word,
    ast.Continue: Lowering.word,
}
