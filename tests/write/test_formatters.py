"""The project's formatter: found, fed, and never able to spoil a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from migration_guard.write.formatters import Formatted, Formatter, find_formatters, formatted


def program(folder: Path, name: str, script: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_black_wherever_it_is_and_ruff_when_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    black, ruff = program(tmp_path / "path", "black", ""), program(tmp_path / "env" / "bin", "ruff", "")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert [f.program for f in find_formatters(ruff_is_configured=False)] == [str(black)]
    found = find_formatters(ruff_is_configured=True, environment=tmp_path / "env")
    assert [f.program for f in found] == [str(black), str(ruff)]
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_formatters(ruff_is_configured=True) == ()


def test_text_goes_through_each_in_turn(tmp_path: Path) -> None:
    upper = Formatter(str(program(tmp_path, "black", "tr a-z A-Z; echo $1")), ("{path}",))
    quiet = Formatter(str(program(tmp_path, "ruff", "cat > /dev/null")), ())
    target = tmp_path / "new" / "0001.py"
    assert formatted("x\n", target, [upper, quiet]) == Formatted(f"X\n{target}\n")


def test_a_formatter_that_fails_leaves_the_text(tmp_path: Path) -> None:
    broken = Formatter(str(program(tmp_path, "black", "echo half; echo oh no >&2; exit 1")), ())
    missing = Formatter(str(tmp_path / "none"), ())
    result = formatted("x\n", tmp_path / "0001.py", [broken, missing])
    assert result.text == "x\n"
    assert result.warnings[0] == "black left 0001.py as it was: oh no"
    assert result.warnings[1].startswith("none could not be run: ")
