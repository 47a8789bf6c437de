"""The LibCST front end: text to IR for files whose text may be edited, and for syntax newer than the running Python.

In: the text or bytes of a file. Out: its IR (see `ir`), equal to that of `lower_ast` to the last ordinal, or the
positions of the ordinals; a `SourceError` where it is not Python. No metadata is computed while lowering, and LibCST
itself is imported when the first file is parsed. Nothing is compiled to code, nothing is run.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from migration_guard.source import shape
from migration_guard.source.depth import too_deep, with_deep_stack
from migration_guard.source.errors import SourceError
from migration_guard.source.ir import Body, Node
from migration_guard.source.text import decode, identifier, unescape

if TYPE_CHECKING:
    import libcst

Position = tuple[int, int, int, int]
"""Line (1-based), column (0-based, in characters), end line, end column."""

Method = Callable[[Any, Any], Any]
"""A method of `Lowering`: LibCST's unions are too wide to be worth repeating."""


def lower(source: str | bytes) -> dict[str, Any]:
    """The IR of a file."""
    return shape.module(_lower(parse(decode(source)), Lowering()))


def positions(source: str | bytes) -> list[Position]:
    """Where each ordinal of a file's IR is: item n belongs to the node whose ``at`` is n."""
    from libcst.metadata import MetadataWrapper, PositionProvider  # costs more than the rest of LibCST

    wrapper = MetadataWrapper(parse(decode(source)), unsafe_skip_copy=True)
    lowering = Lowering()
    _lower(wrapper.module, lowering)
    try:
        places = wrapper.resolve(PositionProvider)
    except RecursionError:
        raise SourceError(0, 0, "nested too deeply") from None
    ranges = [places[node] for node in lowering.marks]
    return [(place.start.line, place.start.column, place.end.line, place.end.column) for place in ranges]


def parse(text: str) -> libcst.Module:
    """The tree of a decoded text."""
    import libcst

    if too_deep(text):
        raise SourceError(0, 0, "nested too deeply")
    try:
        return with_deep_stack(lambda: libcst.parse_module(text))
    except libcst.ParserSyntaxError as error:
        message = re.sub(r"^(parser|tokenizer) error: (error at \d+:\d+: )?", "", error.message)
        raise SourceError(error.raw_line, error.raw_column, message) from None
    except (libcst.CSTLogicError, libcst.CSTValidationError) as error:  # Python, but more than LibCST knows of
        raise SourceError(0, 0, f"LibCST cannot represent this file: {error}") from None
    except (RecursionError, MemoryError):
        raise SourceError(0, 0, "nested too deeply") from None
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # of Rust; not an Exception, and importable from nowhere
            raise SourceError(0, 0, "LibCST's parser failed") from None
        raise


def _lower(tree: libcst.Module, lowering: Lowering) -> Body:
    try:
        with warnings.catch_warnings():  # "invalid escape sequence" is not for our standard error
            warnings.simplefilter("ignore")
            return lowering.block(tree.body)
    except RecursionError:
        raise SourceError(0, 0, "nested too deeply") from None
    except ValueError as error:
        raise SourceError(0, 0, str(error)) from None


@lru_cache(maxsize=1)
def _table() -> dict[type, Method]:
    import libcst

    return {getattr(libcst, name): method for name, method in METHODS.items() if hasattr(libcst, name)}


class Lowering(shape.Ordinals):
    """One walk over one file's tree."""

    __slots__ = ("table",)

    def __init__(self) -> None:
        super().__init__()
        self.table = _table()

    def expr(self, node: Any) -> Node:
        """Any expression."""
        method: Method = self.table.get(node.__class__, Lowering.unknown)
        lowered: Node = method(self, node)
        return lowered

    def maybe(self, node: Any) -> Node | None:
        """An expression that may be absent."""
        return None if node is None else self.expr(node)

    def block(self, nodes: Iterable[Any]) -> Body:
        """The statements of a body, without docstrings."""
        body: Body = []
        for node in nodes:
            lines = node.body if node.__class__.__name__ == "SimpleStatementLine" else (node,)
            for line in lines:
                method: Method = self.table.get(line.__class__, Lowering.unknown_statement)
                lowered = method(self, line)
                if lowered is not None:
                    body.append(lowered)
        return body

    def suite(self, node: Any) -> Body:
        """The body of a clause that may be absent: an ``else``, a ``finally``."""
        return [] if node is None else self.block(node.body.body)

    # Expressions

    def unknown(self, node: Any) -> Node:
        return ["unsupported", "t-string" if type(node).__name__ == "TemplatedString" else "new syntax"]

    def name(self, node: libcst.Name) -> Node:
        constant = CONSTANTS.get(node.value)
        return list(constant) if constant else ["name", identifier(node.value)]

    def ellipsis(self, node: libcst.Ellipsis) -> Node:
        return ["ellipsis"]

    def integer(self, node: libcst.Integer) -> Node:
        return ["const", int(node.value, 0)]

    def float_(self, node: libcst.Float) -> Node:
        return ["const", float(node.value)]

    def imaginary(self, node: libcst.Imaginary) -> Node:
        return ["complex", float(node.value[:-1])]

    def string(self, node: libcst.SimpleString) -> Node:
        token = node.value
        start = token.index(token[-1])
        prefix = token[:start].lower()
        quotes = 3 if len(token) - start >= 6 and token[start : start + 3] == token[-1] * 3 else 1
        body = token[start + quotes : -quotes]
        if "b" in prefix:
            if not body.isascii():
                raise SourceError(0, 0, "bytes can only contain ASCII literal characters")
            return ["bytes", (body if "r" in prefix else _unescape_bytes(token)) if "\\" in body else body]
        return ["const", body if "r" in prefix or "\\" not in body else unescape(body)]

    def concatenated(self, node: Any) -> Node:
        pieces = []
        while node.__class__.__name__ == "ConcatenatedString":
            pieces.append(self.expr(node.left))
            node = node.right
        pieces.append(self.expr(node))
        tags = {piece[0] for piece in pieces}
        if "unsupported" in tags:
            return ["unsupported", "t-string"]
        if "bytes" in tags and len(tags) > 1:
            raise SourceError(0, 0, "cannot mix bytes and nonbytes literals")
        if "fstr" in tags:
            return shape.fstring([part for piece in pieces for part in (piece[1] if piece[0] == "fstr" else [piece])])
        return [pieces[0][0], "".join(piece[1] for piece in pieces)]

    def fstring(self, node: libcst.FormattedString) -> Node:
        return shape.fstring(self.parts(node.parts, "r" in node.start.lower()))

    def parts(self, nodes: Iterable[Any], raw: bool) -> list[Node]:
        parts: list[Node] = []
        for node in nodes:
            if node.__class__.__name__ == "FormattedStringText":
                body = node.value.replace("{{", "{").replace("}}", "}")
                parts.append(["const", body if raw else unescape(body)])
                continue
            if node.equal is not None:
                parts.append(["const", _self_documenting(node)])
            value = self.expr(node.expression)
            spec = self.parts(node.format_spec, raw) if node.format_spec else None
            conversion = node.conversion or ("r" if node.equal is not None and node.format_spec is None else None)
            parts.append(shape.placeholder(value, conversion, spec))
        return parts

    def chain(self, node: Any) -> Node:
        """``a.b(c)[d].e``: a loop, because fluent code is long; outer calls come first in a pre-order walk."""
        links: list[tuple[int, str, Any]] = []
        while True:
            kind = node.__class__.__name__
            if kind == "Call":
                links.append((self.at(node), kind, node))
                node = node.func
            elif kind == "Attribute" or kind == "Subscript":
                links.append((0, kind, node))
                node = node.value
            else:
                break
        result = self.expr(node)
        for at, kind, link in reversed(links):
            if kind == "Attribute":
                result = ["attr", result, identifier(link.attr.value)]
            elif kind == "Subscript":
                result = ["sub", result, self.index(link.slice)]
            else:
                result = ["call", at, result, *self.arguments(link.args)]
        return result

    def arguments(self, nodes: Iterable[libcst.Arg]) -> tuple[list[Node], list[Any]]:
        args: list[Node] = []
        keywords: list[Any] = []
        for node in nodes:
            value = self.expr(node.value)
            if node.keyword is not None:
                keywords.append([identifier(node.keyword.value), value])
            elif not node.star:
                args.append(value)
            elif node.star == "*":
                args.append(["star", value])
            else:
                keywords.append([None, value])
        return args, keywords

    def index(self, elements: Any) -> Node:
        items = [self.element_of_index(element.slice) for element in elements]
        lone = len(items) == 1 and items[0][0] != "star" and elements[0].comma.__class__.__name__ != "Comma"
        return items[0] if lone else ["tuple", items]

    def element_of_index(self, node: Any) -> Node:
        if node.__class__.__name__ == "Slice":
            return ["slice", self.maybe(node.lower), self.maybe(node.upper), self.maybe(node.step)]
        value = self.expr(node.value)
        return ["star", value] if node.star else value

    def list_(self, node: libcst.List) -> Node:
        return ["list", [self.expr(element) for element in node.elements]]

    def tuple_(self, node: libcst.Tuple) -> Node:
        return ["tuple", [self.expr(element) for element in node.elements]]

    def set_(self, node: libcst.Set) -> Node:
        return ["set", [self.expr(element) for element in node.elements]]

    def element(self, node: libcst.Element) -> Node:
        return self.expr(node.value)

    def star(self, node: libcst.StarredElement) -> Node:
        return ["star", self.expr(node.value)]

    def dict_(self, node: libcst.Dict) -> Node:
        return ["dict", [[self.maybe(getattr(item, "key", None)), self.expr(item.value)] for item in node.elements]]

    def binary(self, node: Any) -> Node:
        rights = []
        while node.__class__.__name__ == "BinaryOperation":
            rights.append(node)
            node = node.left
        result = self.expr(node)
        for link in reversed(rights):
            result = ["bin", OPERATORS[link.operator.__class__.__name__], result, self.expr(link.right)]
        return result

    def unary(self, node: libcst.UnaryOperation) -> Node:
        return ["unary", OPERATORS[node.operator.__class__.__name__], self.expr(node.expression)]

    def boolean(self, node: Any) -> Node:
        """``a and b and c`` is one node of three operands; parentheses and another operator start a new one."""
        operator = node.operator.__class__
        rights = []
        while True:
            rights.append(node.right)
            node = node.left
            same = node.__class__.__name__ == "BooleanOperation" and node.operator.__class__ is operator
            if not same or node.lpar:
                break
        operands = [self.expr(node), *[self.expr(right) for right in reversed(rights)]]
        return ["bool", OPERATORS[operator.__name__], operands]

    def compare(self, node: libcst.Comparison) -> Node:
        left = self.expr(node.left)
        pairs = [[OPERATORS[part.operator.__class__.__name__], self.expr(part.comparator)] for part in node.comparisons]
        return ["cmp", left, pairs]

    def conditional(self, node: libcst.IfExp) -> Node:
        then = self.expr(node.body)  # first in the source
        return ["ifexp", self.expr(node.test), then, self.expr(node.orelse)]

    def function(self, node: libcst.Lambda) -> Node:
        at = self.at(node)
        params = self.params(node.params)
        outer = self.yields
        body = self.expr(node.body)
        self.yields = outer
        return ["lambda", at, params, body]

    def params(self, node: Any) -> list[Any]:
        params = [self.param("posonly", param) for param in node.posonly_params]
        params += [self.param("arg", param) for param in node.params]
        if node.star_arg.__class__.__name__ == "Param":
            params.append(self.param("vararg", node.star_arg))
        params += [self.param("kwonly", param) for param in node.kwonly_params]
        if node.star_kwarg is not None:
            params.append(self.param("kwarg", node.star_kwarg))
        return params

    def param(self, kind: str, node: libcst.Param) -> list[Any]:
        return [kind, identifier(node.name.value), self.maybe(node.default)]

    def comprehension(self, node: Any) -> Node:
        kind = COMPREHENSIONS[node.__class__.__name__]
        element = [self.expr(node.key), self.expr(node.value)] if kind == "dict" else self.expr(node.elt)
        generators = []
        part = node.for_in
        while part is not None:
            target, source = self.expr(part.target), self.expr(part.iter)
            generators.append([target, source, [self.expr(c.test) for c in part.ifs], part.asynchronous is not None])
            part = part.inner_for_in
        return ["comp", kind, element, generators]

    def walrus(self, node: Any) -> Node:
        return ["walrus", identifier(node.target.value), self.expr(node.value)]

    def await_(self, node: libcst.Await) -> Node:
        return ["await", self.expr(node.expression)]

    def yield_(self, node: libcst.Yield) -> Node:
        self.yields = True
        if node.value.__class__.__name__ == "From":
            return ["yieldfrom", self.expr(node.value.item)]  # type: ignore[union-attr]
        return ["yield", self.maybe(node.value)]

    # Statements

    def unknown_statement(self, node: Any) -> Node:
        if type(node).__name__ == "TypeAlias":
            # What it stands for is for type checkers: to a program it is a name.
            name = node.name.value
            return ["assign", self.at(node), [["name", name]], ["const", name]]
        return ["unsupported", self.at(node), UNSUPPORTED.get(type(node).__name__, "new syntax")]

    def lone_expr(self, node: libcst.Expr) -> Node | None:
        return self.lone(self.at(node), self.expr(node.value))

    def assign(self, node: libcst.Assign) -> Node:
        return ["assign", self.at(node), [self.expr(target.target) for target in node.targets], self.expr(node.value)]

    def annotated(self, node: libcst.AnnAssign) -> Node:
        at = self.at(node)
        return ["ann", at, self.expr(node.target), self.expr(node.annotation.annotation), self.maybe(node.value)]

    def augmented(self, node: libcst.AugAssign) -> Node:
        operator = AUGMENTED[node.operator.__class__.__name__]
        return ["aug", self.at(node), self.expr(node.target), operator, self.expr(node.value)]

    def import_(self, node: libcst.Import) -> Node:
        return ["import", self.at(node), [_alias(alias) for alias in node.names]]

    def import_from(self, node: libcst.ImportFrom) -> Node:
        names: Any = "*" if node.names.__class__.__name__ == "ImportStar" else [_alias(a) for a in node.names]  # type: ignore[union-attr]
        return ["from", self.at(node), len(node.relative), _dotted(node.module), names]

    def class_(self, node: libcst.ClassDef) -> Node:
        decorators = [self.expr(part.decorator) for part in node.decorators]
        at = self.at(node)
        args, keywords = self.arguments([*node.bases, *node.keywords])
        return ["class", at, identifier(node.name.value), args, keywords, self.suite(node), decorators]

    def def_(self, node: libcst.FunctionDef) -> Node:
        decorators = [self.expr(part.decorator) for part in node.decorators]
        at = self.at(node)
        params = self.params(node.params)
        outer, self.yields = self.yields, False
        body = self.suite(node)
        kind = shape.function_kind(node.asynchronous is not None, self.yields)
        self.yields = outer
        return ["def", at, identifier(node.name.value), params, body, decorators, kind]

    def if_(self, node: Any) -> Node:
        """A loop over the ``elif`` branches: generated code has thousands."""
        first = last = ["if", self.at(node), self.expr(node.test), self.suite(node), []]
        while node.orelse.__class__.__name__ == "If":
            node = node.orelse
            branch: Node = ["if", self.at(node), self.expr(node.test), self.suite(node), []]
            last[4] = [branch]
            last = branch
        last[4] = self.suite(node.orelse)
        return first

    def for_(self, node: libcst.For) -> Node:
        at = self.at(node)
        return ["for", at, self.expr(node.target), self.expr(node.iter), self.suite(node), self.suite(node.orelse)]

    def while_(self, node: libcst.While) -> Node:
        return ["while", self.at(node), self.expr(node.test), self.suite(node), self.suite(node.orelse)]

    def try_(self, node: libcst.Try) -> Node:
        at = self.at(node)
        body = self.suite(node)
        handlers = [[self.maybe(part.type), _bound(part.name), self.suite(part)] for part in node.handlers]
        return ["try", at, body, handlers, self.suite(node.orelse), self.suite(node.finalbody)]

    def with_(self, node: libcst.With) -> Node:
        at = self.at(node)
        items = [[self.expr(item.item), self.maybe(item.asname and item.asname.name)] for item in node.items]
        return ["with", at, items, self.suite(node)]

    def return_(self, node: libcst.Return) -> Node:
        return ["return", self.at(node), self.maybe(node.value)]

    def raise_(self, node: libcst.Raise) -> Node:
        return ["raise", self.at(node), self.maybe(node.exc), self.maybe(node.cause and node.cause.item)]

    def assert_(self, node: libcst.Assert) -> Node:
        return ["assert", self.at(node), self.expr(node.test), self.maybe(node.msg)]

    def del_(self, node: libcst.Del) -> Node:
        at = self.at(node)
        target = self.expr(node.target)
        bare = target[0] == "tuple" and not node.target.lpar
        return ["del", at, target[1] if bare else [target]]

    def scope(self, node: libcst.Global | libcst.Nonlocal) -> Node:
        return [node.__class__.__name__.lower(), self.at(node), [identifier(n.name.value) for n in node.names]]

    def word(self, node: libcst.Pass | libcst.Break | libcst.Continue) -> Node:
        return [node.__class__.__name__.lower(), self.at(node)]


def _unescape_bytes(token: str) -> str:
    value: bytes = ast.literal_eval(token)
    return value.decode("latin-1")


def _self_documenting(node: libcst.FormattedStringExpression) -> str:
    """The text that ``f"{x = }"`` shows before the value."""
    import libcst

    equal = node.equal
    assert equal is not None
    whole = libcst.Module([]).code_for_node(node.with_changes(conversion=None, format_spec=None))
    return whole[1:-1]


def _dotted(node: Any) -> str:
    parts: list[str] = []
    while node is not None:
        if node.__class__.__name__ == "Name":
            parts.append(node.value)
            break
        parts.append(node.attr.value)
        node = node.value
    return identifier(".".join(reversed(parts)))


def _alias(node: libcst.ImportAlias) -> list[str | None]:
    return [_dotted(node.name), _bound(node.asname)]


def _bound(node: Any) -> str | None:
    return None if node is None else identifier(node.name.value)


CONSTANTS: dict[str, Node] = {"None": ["const", None], "True": ["const", True], "False": ["const", False]}

OPERATORS = {
    "Add": "+", "Subtract": "-", "Multiply": "*", "Divide": "/", "FloorDivide": "//", "Modulo": "%", "Power": "**",
    "MatrixMultiply": "@", "LeftShift": "<<", "RightShift": ">>", "BitAnd": "&", "BitOr": "|", "BitXor": "^",
    "Not": "not", "Minus": "-", "Plus": "+", "BitInvert": "~", "And": "and", "Or": "or",
    "Equal": "==", "NotEqual": "!=", "LessThan": "<", "LessThanEqual": "<=", "GreaterThan": ">",
    "GreaterThanEqual": ">=", "In": "in", "NotIn": "not in", "Is": "is", "IsNot": "is not",
}  # fmt: skip

AUGMENTED = {name + "Assign": operator for name, operator in OPERATORS.items()}

COMPREHENSIONS = {"ListComp": "list", "SetComp": "set", "GeneratorExp": "gen", "DictComp": "dict"}

UNSUPPORTED = {"Match": "match", "TryStar": "except*"}

METHODS: dict[str, Method] = {
    "Name": Lowering.name, "Ellipsis": Lowering.ellipsis, "Integer": Lowering.integer, "Float": Lowering.float_,
    "Imaginary": Lowering.imaginary, "SimpleString": Lowering.string, "ConcatenatedString": Lowering.concatenated,
    "FormattedString": Lowering.fstring, "Attribute": Lowering.chain, "Subscript": Lowering.chain,
    "Call": Lowering.chain, "List": Lowering.list_, "Tuple": Lowering.tuple_, "Set": Lowering.set_,
    "Element": Lowering.element, "StarredElement": Lowering.star, "Dict": Lowering.dict_,
    "BinaryOperation": Lowering.binary, "UnaryOperation": Lowering.unary, "BooleanOperation": Lowering.boolean,
    "Comparison": Lowering.compare, "IfExp": Lowering.conditional, "Lambda": Lowering.function,
    "ListComp": Lowering.comprehension, "SetComp": Lowering.comprehension, "GeneratorExp": Lowering.comprehension,
    "DictComp": Lowering.comprehension, "NamedExpr": Lowering.walrus, "Await": Lowering.await_,
    "Yield": Lowering.yield_, "Expr": Lowering.lone_expr, "Assign": Lowering.assign,
    "AnnAssign": Lowering.annotated, "AugAssign": Lowering.augmented, "Import": Lowering.import_,
    "ImportFrom": Lowering.import_from, "ClassDef": Lowering.class_, "FunctionDef": Lowering.def_,
    "If": Lowering.if_, "For": Lowering.for_, "While": Lowering.while_, "Try": Lowering.try_,
    "With": Lowering.with_, "Return": Lowering.return_, "Raise": Lowering.raise_, "Assert": Lowering.assert_,
    "Del": Lowering.del_, "Global": Lowering.scope, "Nonlocal": Lowering.scope, "Pass": Lowering.word,
    "Break": Lowering.word, "Continue": Lowering.word,
}  # fmt: skip
