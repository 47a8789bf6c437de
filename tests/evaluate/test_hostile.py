"""Programs that loop, grow, nest or raise without end: each is known or Unknown within seconds, in little memory.

The programs of `hostile` are text; those that are long are made here.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Module
from migration_guard.values import Const, Unknown, unknowns
from tests.evaluate.interpreting import export, interpreter

HERE = Path(__file__).parent
SECONDS = 4.0 * float(os.environ.get("MIGRATION_GUARD_SLOW", "1"))
"""Of processor time, for what should take one: machines differ."""


def elifs(tests: int) -> str:
    return "if v == 0:\n    x = 0\n" + "".join(f"elif v == -{i}:\n    x = {i}\n" for i in range(1, tests))


MADE = {
    "many_loops": "".join(f"while True:\n    x{i} = 1\n" for i in range(100)),
    "attributes": "class A: pass\nA.b = A\nx = A" + ".b" * 900,
    "calls": "def f(): return f\nx = f" + "()" * 900,
    "items": "a = []\na.append(a)\nx = a" + "[0]" * 900,
    "elifs_unknown": "import os\nv = os.environ['V']\n" + elifs(1900),
    "ifs_unknown": "import os\nv = os.environ['V']\n"
    + "".join("    " * i + "if v:\n" for i in range(90))
    + "    " * 90
    + "x = 1\n",
    "subclasses": "class A0: x = 1\n"
    + "".join(f"class A{i}(A{i - 1}): pass\n" for i in range(1, 800))
    + "x = A799.x\n",
    "chain": "x0 = str(1)\n" + "".join(f"x{i} = str(x{i - 1})\n" for i in range(1, 2000)),
    "functions": "".join(f"def g{i}(): return g{i + 1}()\n" for i in range(2000)) + "x = g0()\n",
    "diamonds": "class A: pass\nclass B: pass\n"
    + "".join(f"class C{i}(A, B): pass\nclass D{i}(C{i}): pass\n" for i in range(100))
    + f"class X({', '.join(f'D{i}' for i in range(100))}): pass\n",
    "unknown_tests": "import os\nx = [[0] * 1000 for i in range(1000)]\n"
    + "if os.environ['A']:\n    y = 1\nelse:\n    y = 2\n" * 200,
}
PROGRAMS = MADE | {
    path.name.removesuffix(".py.txt"): path.read_text() for path in sorted(HERE.glob("hostile/*.py.txt"))
}


def opened(folder: Path, text: str) -> tuple[Interpreter, Module]:
    (folder / "main.py").write_text(text)
    interp = interpreter(folder)
    module = interp.module("main")
    assert isinstance(module, Module)
    return interp, module


@pytest.mark.parametrize("name", PROGRAMS)
def test_ends(name: str, tmp_path: Path) -> None:
    interp, module = opened(tmp_path, PROGRAMS[name])
    start = time.process_time()
    interp.run(module)
    assert time.process_time() - start < SECONDS
    for known in list(module.namespace)[:200]:
        start = time.process_time()
        list(unknowns(export(interp, f"main.{known}")))
        assert time.process_time() - start < SECONDS, known


def test_long_sums_and_elifs_are_no_deep_trees(tmp_path: Path) -> None:
    text = f"x = {' + '.join(['1'] * 1900)}\nv = 5\n{elifs(1900)}else:\n    y = 'end'\n"
    interp, _ = opened(tmp_path, text)
    assert export(interp, "main.x") == Const(1900)
    assert export(interp, "main.y") == Const("end")


def test_what_is_too_deep_says_so(tmp_path: Path) -> None:
    interp, _ = opened(tmp_path, MADE["functions"])
    value = export(interp, "main.x")
    assert isinstance(value, Unknown) and "too deep" in value.reason


def test_a_loop_without_end_costs_its_names_only(tmp_path: Path) -> None:
    interp, _ = opened(tmp_path, "a = 1\ndef f():\n    while True: pass\nb = f()\nc = a + 1\n")
    assert export(interp, "main.c") == Const(2)
    value = export(interp, "main.b")
    assert isinstance(value, Unknown) and "too long" in value.reason


def test_files_that_cannot_be_parsed_are_unknown_where_they_are_imported(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("def (:\n")
    interp, _ = opened(tmp_path, "from bad import x\nfrom bad import *\nimport bad\ny = bad.y\nz = 1\n")
    assert isinstance(export(interp, "main.x"), Unknown)
    assert isinstance(export(interp, "main.y"), Unknown)
    assert export(interp, "main.z") == Const(1)
