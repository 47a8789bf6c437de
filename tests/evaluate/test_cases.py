"""Every case of `cases`: what we make of Python source, against what is written there, and against Python itself."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.evaluate import case_file, notation
from tests.evaluate.interpreting import export, interpreter

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.case"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    case = case_file.read(path)
    root = tmp_path.resolve()
    case.write(root)
    found = ours(root, list(case.values))
    if pytestconfig.getoption("--update"):
        case.update(found)
    else:
        assert found == case.values
    if case.python is None:
        real = pythons(root, list(case.values))
        disagreeing = {name: (found[name], real[name]) for name in found if not agree(found[name], real[name])}
        assert not disagreeing, "we said and Python says"


def ours(root: Path, names: list[str]) -> dict[str, str]:
    interp = interpreter(root)
    answers = {}
    for name in names:
        value = export(interp, name)
        reason = getattr(value, "reason", "")
        answers[name] = notation.relative(f"{notation.text(value, str(root))} {reason}".rstrip(), str(root))
    return answers


def pythons(root: Path, names: list[str]) -> dict[str, str]:
    """What Python says, in an environment without variables (settings read those)."""
    command = [sys.executable, str(HERE / "real_python.py"), str(root), *names]
    environment = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 0, done.stderr
    answers: dict[str, str] = json.loads(done.stdout)
    return answers


def agree(said: str, real: str) -> bool:
    """Whether Python's answer is what we said, `??` standing for anything."""
    if said.startswith("?? "):
        return True
    return re.fullmatch(".*".join(map(re.escape, said.split("??"))), real, re.DOTALL) is not None
