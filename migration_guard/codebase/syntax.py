"""What small pieces of trees say: constants, keywords, literal dicts, strings in lists, SQL that is put together.

In: nodes of `ast`. Out: texts and nodes. Knows no models.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator


def strings(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """The string constants of a value that is a string or a nested list of strings; keys of dicts as well."""
    match node:
        case ast.Constant(value=str(text)):
            yield text, node
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            for item in items:
                yield from strings(item)
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if text_of(key) == "fields":
                    yield from strings(value)
                elif key is not None and text_of(key) not in ("classes", "description"):
                    yield from strings(key)
                    if isinstance(value, (ast.List, ast.Tuple)):
                        yield from strings(value)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from strings(left)
            yield from strings(right)


def keywords_of(node: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Keywords, those of a literal `**{...}` included."""
    for keyword in node.keywords:
        if keyword.arg is not None:
            yield keyword.arg, keyword.value
        else:
            yield from dict_items(keyword.value)


def dict_items(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                text = text_of(key)
                if text is not None:
                    yield text, value
        case ast.Call(func=ast.Name(id="dict"), keywords=words_):
            for keyword in words_:
                if keyword.arg is not None:
                    yield keyword.arg, keyword.value


def text_of(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def name_of(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return "..."


def is_formatted(node: ast.expr) -> bool:
    """Whether SQL is put together from parts that are not constants."""
    match node:
        case ast.JoinedStr(values=parts):
            return any(isinstance(part, ast.FormattedValue) and not is_constant(part.value) for part in parts)
        case ast.BinOp(left=left, op=ast.Mod(), right=right):
            return text_of(left) is not None and not is_constant(right)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return is_formatted(left) or is_formatted(right) or not (is_constant(left) and is_constant(right))
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return text_of(value) is not None
        case _:
            return False


def is_constant(node: ast.expr) -> bool:
    match node:
        case ast.Constant():
            return True
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return all(is_constant(item) for item in items)
        case ast.BinOp(left=left, right=right):
            return is_constant(left) and is_constant(right)
        case ast.IfExp(body=body, orelse=other):
            return is_constant(body) and is_constant(other)
        case ast.Name(id=name):
            return name.isupper()
        case ast.Attribute(attr="db_table"):
            return True
        case ast.Call(func=ast.Attribute(attr="quote_name")):
            return True
        case _:
            return False


_EXPECTED = frozenset(
    {
        *("AttributeError", "FieldError", "FieldDoesNotExist", "LookupError", "KeyError", "Exception", "BaseException"),
        *("ImportError", "ModuleNotFoundError", "OperationalError", "ProgrammingError", "DatabaseError"),
    }
)
_CONDITIONS = frozenset({"_meta", "fields_map"})


def guarded_nodes(parsed: ast.AST) -> tuple[set[ast.AST], set[ast.AST]]:
    """What expects a name to be missing, and what is done under some versions only.

    The first stands in a `try` that catches such errors, or behind `hasattr`; the second behind a question about
    a version, or about the fields of a model, or is done where such an error was caught.
    """
    guarded: set[ast.AST] = set()
    conditional: set[ast.AST] = set()
    for node in ast.walk(parsed):
        if isinstance(node, ast.Try) and any(map(_expects, node.handlers)):
            for statement in node.body:
                guarded.update(ast.walk(statement))
            for handler in filter(_expects, node.handlers):
                conditional.update(ast.walk(handler))
        elif isinstance(node, (ast.If, ast.IfExp)):
            asked = {name for inner in ast.walk(node.test) for name in _names_in(inner)}
            if "hasattr" in asked:
                guarded.update(ast.walk(node))
            elif asked & _CONDITIONS or any("version" in name.lower() for name in asked):
                conditional.update(ast.walk(node))
    return guarded, conditional


def asked_nodes(parsed: ast.AST) -> set[ast.AST]:
    """What is done with a variable only where a function has said something of it: `if is_tagged(x): x.tags`."""
    found: set[ast.AST] = set()
    for node in ast.walk(parsed):
        if isinstance(node, (ast.If, ast.IfExp)):
            calls = [inner for inner in ast.walk(node.test) if isinstance(inner, ast.Call)]
            names = {arg.id for call in calls for arg in call.args if isinstance(arg, ast.Name)}
            for part in (node.body if isinstance(node.body, list) else [node.body]) if names else ():
                for inner in ast.walk(part):
                    if (
                        isinstance(inner, ast.Attribute)
                        and isinstance(inner.value, ast.Name)
                        and inner.value.id in names
                    ):
                        found.add(inner)
    return found


def _expects(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(name in _EXPECTED for inner in ast.walk(handler.type) for name in _names_in(inner))


def _names_in(node: ast.AST) -> tuple[str, ...]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return (name,)
        case _:
            return ()
