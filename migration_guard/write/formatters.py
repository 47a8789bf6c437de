"""The project's own formatter, as Django runs it on the migrations that it writes: black, and ruff where configured.

In: a file's text and its path. Out: the formatted text, or the same text and a warning. A formatter is the program of
that name, found on PATH or in the project's environment, fed through its standard input; nothing is imported.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Formatter:
    """A program and its arguments; `{path}` stands for the path of the file to be."""

    program: str
    arguments: tuple[str, ...]

    @property
    def name(self) -> str:
        return Path(self.program).stem


@dataclass(frozen=True, slots=True)
class Formatted:
    text: str
    warnings: tuple[str, ...] = ()


def find_formatters(*, ruff_is_configured: bool, environment: Path | None = None) -> tuple[Formatter, ...]:
    """black wherever it is found, as Django does; ruff when the project formats with it.

    `environment` is the folder of the project's virtual environment, None to look on PATH only.
    """
    found = []
    black = _program("black", environment)
    if black:
        found.append(Formatter(black, ("--fast", "--quiet", "--stdin-filename", "{path}", "-")))
    ruff = _program("ruff", environment) if ruff_is_configured else None
    if ruff:
        found.append(Formatter(ruff, ("format", "--quiet", "--stdin-filename", "{path}", "-")))
    return tuple(found)


def formatted(text: str, path: Path, formatters: Sequence[Formatter]) -> Formatted:
    """The text after each formatter in turn. One that fails leaves the text as it was, as it would the file."""
    warnings = []
    for formatter in formatters:
        result = _run(formatter, text, path)
        if isinstance(result, str):
            text = result
        else:
            warnings.append(result.message)
    return Formatted(text, tuple(warnings))


@dataclass(frozen=True, slots=True)
class _Failed:
    message: str


def _run(formatter: Formatter, text: str, path: Path) -> str | _Failed:
    command = [formatter.program, *(argument.format(path=path) for argument in formatter.arguments)]
    folder = next(parent for parent in path.parents if parent.is_dir())
    try:
        done = subprocess.run(
            command, input=text.encode(), capture_output=True, timeout=TIMEOUT, cwd=folder, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return _Failed(f"{formatter.name} could not be run: {error}")
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        return _Failed(f"{formatter.name} left {path.name} as it was: {lines[-1]}")
    # A formatter that the project's configuration keeps away from this file may print nothing.
    return done.stdout.decode() or text


def _program(name: str, environment: Path | None) -> str | None:
    if environment is not None:
        folders = [str(environment / folder) for folder in ("bin", "Scripts")]
        found = next(filter(None, (shutil.which(name, path=folder) for folder in folders)), None)
        if found:
            return found
    return shutil.which(name)
