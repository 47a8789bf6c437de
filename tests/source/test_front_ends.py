"""Both front ends say the same of every file, to the last ordinal and position."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from migration_guard.source import lower_ast, lower_cst, pool
from migration_guard.source.errors import SourceError

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
OWN = sorted(path for folder in ("migration_guard", "tests", "fixtures") for path in (ROOT / folder).rglob("*.py"))
CORPUS = [Path(folder) for folder in os.environ.get("MIGRATION_GUARD_CORPUS", "").split(os.pathsep) if folder]


def ir(front_end: Any, source: str | bytes) -> str:
    """As text: `1 == True == 1.0` must not hide a difference."""
    return json.dumps(front_end.lower(source))


def one(source: str) -> Any:
    """The only statement of a source, after checking that both front ends agree on it."""
    assert ir(lower_ast, source) == ir(lower_cst, source)
    (statement,) = lower_ast.lower(source)["body"]
    return statement


def value(source: str) -> Any:
    return one(f"x = {source}")[3]


@pytest.mark.parametrize("name", ["torture.py.txt", "modern.py.txt"])
def test_torture(name: str) -> None:
    source = (HERE / name).read_bytes()
    assert ir(lower_ast, source) == ir(lower_cst, source)
    assert list(lower_ast.positions(source)) == lower_cst.positions(source)


@pytest.mark.parametrize("ends", [b"\r\n", b"\r"])
def test_line_ends_change_nothing(ends: bytes) -> None:
    source = (HERE / "torture.py.txt").read_bytes()
    assert lower_cst.lower(source.replace(b"\n", ends)) == lower_cst.lower(source)
    assert lower_ast.lower(source.replace(b"\n", ends)) == lower_ast.lower(source)


def test_own_files() -> None:
    sources = [path.read_bytes() for path in OWN[:: max(1, len(OWN) // 25)]]
    assert sources
    for source in sources:
        assert ir(lower_ast, source) == ir(lower_cst, source)


@pytest.mark.skipif(not CORPUS, reason="MIGRATION_GUARD_CORPUS names no folders")
def test_corpus() -> None:
    differing = []
    for path in (path for folder in CORPUS for path in folder.rglob("*.py")):
        source = path.read_bytes()
        try:
            expected = ir(lower_ast, source)
        except SourceError:
            continue
        if ir(lower_cst, source) != expected:
            differing.append(path)
    assert not differing


EXPRESSIONS = {
    "a.b(c)(d)": '["call",0,["call",1,["attr",["name","a"],"b"],[["name","c"]],[]],[["name","d"]],[]]',
    "f(*a, k=b, **c)": '["call",0,["name","f"],[["star",["name","a"]]],[["k",["name","b"]],[null,["name","c"]]]]',
    "a and b and (c or d)": '["bool","and",[["name","a"],["name","b"],["bool","or",[["name","c"],["name","d"]]]]]',
    "(a and b) and c": '["bool","and",[["bool","and",[["name","a"],["name","b"]]],["name","c"]]]',
    "-1": '["unary","-",["const",1]]',
    "'a' r'\\d' 'b'": '["const","a\\\\db"]',
    "b'\\xff' b'a'": '["bytes","\\u00ffa"]',
    "'a' f'{b!r:>{c}}' 'd' f''": '["fstr",[["const","a"],["fmt",["name","b"],"r",'
    '["fstr",[["const",">"],["fmt",["name","c"],null,null]]]],["const","d"]]]',
    "f'{a=}{{'": '["fstr",[["const","a="],["fmt",["name","a"],"r",null],["const","{"]]]',
    "f'{a:}'": '["fstr",[["fmt",["name","a"],null,null]]]',
    "a[b:c, d]": '["sub",["name","a"],["tuple",[["slice",["name","b"],["name","c"],null],["name","d"]]]]',
    "a[b,]": '["sub",["name","a"],["tuple",[["name","b"]]]]',
    "2j": '["complex",2.0]',
    "...": '["ellipsis"]',
    "1 < a not in b": '["cmp",["const",1],[["<",["name","a"]],["not in",["name","b"]]]]',
    "{**a, 1: 2}": '["dict",[[null,["name","a"]],[["const",1],["const",2]]]]',
    "{k: v for k, v in a if k}": '["comp","dict",[["name","k"],["name","v"]],'
    '[[["tuple",[["name","k"],["name","v"]]],["name","a"],[["name","k"]],false]]]',
    "lambda a, /, b=1, *c, d, **e: a": '["lambda",0,[["posonly","a",null],["arg","b",["const",1]],'
    '["vararg","c",null],["kwonly","d",null],["kwarg","e",null]],["name","a"]]',
    "ﬁ": '["name","fi"]',
}


@pytest.mark.parametrize("source", EXPRESSIONS)
def test_expression(source: str) -> None:
    expected = EXPRESSIONS[source]
    got = value(source)
    shifted = json.loads(expected)
    assert _without_ordinals(got) == _without_ordinals(shifted)


def _without_ordinals(node: Any) -> Any:
    if not isinstance(node, list):
        return repr(node)
    if node and node[0] in ("call", "lambda"):
        node = [node[0], "at", *node[2:]]
    return [_without_ordinals(part) for part in node]


STATEMENTS = {
    "def f(): yield": '["def",0,"f",[],[["expr",1,["yield",null]]],[],"generator"]',
    "def f():\n def g(): yield\n x = lambda: (yield)": "def",
    "async def f(): pass": "async",
    "async def f(): yield": "generator",
    "def f():\n @d((yield))\n def g(): pass": "generator",
}


@pytest.mark.parametrize("source", STATEMENTS)
def test_function_kind(source: str) -> None:
    expected = STATEMENTS[source]
    got = one(source)
    assert got[6] == expected or got == json.loads(expected)


def test_ordinals_follow_the_source() -> None:
    source = '"doc"\n@d(1)\nclass A(b(2), m=c(3)):\n    x = e(4) if f(5) else g(6)\n'
    rows = [(line, column) for line, column, _, _ in lower_ast.positions(source)]
    assert rows == [(2, 1), (3, 0), (3, 8), (3, 16), (4, 4), (4, 8), (4, 16), (4, 26)]
    assert lower_ast.lower(source)["body"][0][1] == 1


def test_what_lies_outside_f_strings_is_placed_without_libcst(monkeypatch: pytest.MonkeyPatch) -> None:
    source = 'a = f(1)\nb = f"{g(2)} {h(3)!r:>{w(4)}}"\nc = k(5)\n'
    exact = lower_cst.positions(source)
    assert list(lower_ast.positions(source)) == exact
    monkeypatch.setattr(lower_cst, "positions", lambda text: pytest.fail("LibCST was asked"))
    found = lower_ast.positions(source)
    assert [found[0], found[1], found[len(exact) - 1]] == [exact[0], exact[1], exact[-1]]


def test_columns_count_characters() -> None:
    assert lower_ast.positions("x = 'é€😀', f(1)\n")[1] == (1, 11, 1, 15)
    assert lower_cst.positions("x = 'é€😀', f(1)\n")[1] == (1, 11, 1, 15)


BROKEN = {
    b"x = (\n": "syntax",
    b"x = '\xe9'\n": "undecodable",
    b"# coding: nonsense\n": "unknown encoding",
    b"# coding: rot13\nx = 1\n": "not a text encoding",
    b"x = 1\n\0": "null byte",
    b"\xef\xbb\xbf# coding: latin-1\n": "mark against cookie",
    b"'\\x'\n": "escape",
    b"'\\N{no such name}'\n": "character name",
    b"b'\xc3\xa9'\n": "text in bytes",
    b"'a' b'b'\n": "mixed literals",
    b"x = " + b"9" * 5000 + b"\n": "too many digits",
    b"if x:\npass\n": "indentation",
    b"x = " + b"(" * 100_000: "nesting",
    b"x = " + b"(" * 50_000 + b")" * 50_000: "balanced nesting",
    b"x = " + b"-" * 20_000 + b"1\n": "operators",
    b"x = " + b"lambda: " * 20_000 + b"1\n": "lambdas",
}


@pytest.mark.parametrize("source", BROKEN, ids=BROKEN.get)
@pytest.mark.parametrize("front_end", [lower_ast, lower_cst])
def test_broken(front_end: Any, source: bytes) -> None:
    with pytest.raises(SourceError):
        front_end.lower(source)


READABLE = {
    b"# coding: latin-1\nx = '\xe9'\n": "é",
    b"\xef\xbb\xbfx = '\xc3\xa9'\n": "é",
    b"# -*- coding: cp1252 -*-\nx = '\x80'\n": "€",
    b"\x0cx = '''a\r\nb'''\r\n": "a\nb",
    b"x = 'a'": "a",
    b"x = '\\ud83d\\ude00'\n": "\ud83d\ude00",
}


@pytest.mark.parametrize("source", READABLE)
def test_readable(source: bytes) -> None:
    assert lower_ast.lower(source) == lower_cst.lower(source)
    assert lower_ast.lower(source)["body"][-1][3] == ["const", READABLE[source]]


LONG = {
    "terms": "x = " + " + ".join(["a"] * 2000) + "\n",
    "branches": "if a: pass\n" + "elif b: pass\n" * 2000,
    "links": "x = a" + ".b" * 1200 + "\n",
    "operands": "x = " + " or ".join(["a"] * 2000) + "\n",
    "items": "x = [" + "f(1), " * 2000 + "]\n",
}


@pytest.mark.parametrize("name", LONG)
def test_long_chains(name: str) -> None:
    cst, fast = lower_cst.lower(LONG[name]), lower_ast.lower(LONG[name])
    while isinstance(cst, (dict, list)) and cst:  # `==` would recurse
        if isinstance(cst, dict):
            cst, fast = cst["body"], fast["body"]
        elif isinstance(cst[-1], list) and cst[0] != "bin":
            assert cst[:-1] == fast[:-1]
            cst, fast = cst[-1], fast[-1]
        elif cst[0] in ("bin", "attr"):
            assert cst[-1] == fast[-1]
            deeper = 2 if cst[0] == "bin" else 1
            cst, fast = cst[deeper], fast[deeper]
        else:
            assert cst == fast
            break


REFUSED_BY_LIBCST = ["class D(k=f(1), *g(2)): ...\n", "(z): int = 2\n", "x = " + "'a' " * 4000 + "\n"]


@pytest.mark.parametrize("source", REFUSED_BY_LIBCST, ids=range(3))
def test_what_libcst_refuses_is_still_lowered(source: str) -> None:
    assert pool.lower(source.encode(), edited=True) == lower_ast.lower(source)


def test_no_import_of_libcst_for_plain_files() -> None:
    import subprocess
    import sys

    script = (
        "import sys; from migration_guard.source import lower_ast, lower_cst, store, finder;"
        "lower_ast.lower('x = 1'); assert 'libcst' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
