"""From process to command and back: streams, errors, exit codes.

0 clean, 1 findings, 2 usage or configuration, 3 a bug in migration_guard (70 where 3 has a meaning of Django's), 130
interrupted. Every failure is one line; a traceback is printed only with MIGRATION_GUARD_TRACEBACK=1.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

CLEAN, FINDINGS, USAGE, BUG, BUG_BESIDE_DJANGO, INTERRUPTED = 0, 1, 2, 3, 70, 130


class Broken(Exception):
    """An exception of a command in which status 3 does not mean a bug."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The console script."""
    # What is read stays until the end, and hardly any of it is cyclic: the collector would walk it over and over.
    gc.set_threshold(2_000_000, 20, 100)
    # Each interpreted call takes several frames of ours; `Interpreter` has limits of its own far below this.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 5_000))
    status = run(arguments)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            silence(stream)
    gc.freeze()  # or else Python goes through all of it once more at its end, which takes longer than a check in part
    sys.exit(status)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A name that the terminal's encoding lacks must not end the run.
            stream.reconfigure(errors="backslashreplace")
    try:
        from migration_guard.cli.commands import cli

        words = None if arguments is None else list(arguments)
        status = cli.main(words, prog_name="migration-guard", standalone_mode=False)
    except (KeyboardInterrupt, click.Abort):
        return complain("interrupted", INTERRUPTED)
    except click.ClickException as error:
        error.show()
        return USAGE
    except BrokenPipeError:
        silence(sys.stdout)
        return FINDINGS
    except Broken as broken:
        return _explain(broken.error, BUG_BESIDE_DJANGO)
    except Exception as error:
        return _explain(error, BUG)
    return status if isinstance(status, int) else CLEAN


def write(text: str) -> None:
    """Print a result. A reader that has gone away (`| head`) changes nothing about the exit status."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)


def silence(stream: object) -> None:
    """Let what is still buffered for a closed pipe go nowhere, also at the interpreter's exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # type: ignore[attr-defined]


def complain(message: str, status: int, hint: str | None = None) -> int:
    """One line on the error stream (a second one for a hint), and the status."""
    from migration_guard.diagnostics import printable

    lines = [f"migration-guard: {printable(message)}", *([f"  hint: {printable(hint)}"] if hint else [])]
    try:
        sys.stderr.write("".join(f"{line}\n" for line in lines))
    except (OSError, ValueError):
        silence(sys.stderr)
    return status


def _explain(error: Exception, bug: int) -> int:
    from migration_guard.config import ConfigError
    from migration_guard.diagnostics import UsageError

    if os.environ.get("MIGRATION_GUARD_TRACEBACK") == "1":
        import traceback

        traceback.print_exception(error)
    if isinstance(error, UsageError):
        return complain(error.message, USAGE, error.hint)
    if isinstance(error, ConfigError):
        return complain(str(error), USAGE)
    text = " ".join(str(error).split())[:300]
    return complain(
        f"a bug in migration_guard: {type(error).__name__}: {text} "
        "(please report it, with the traceback that MIGRATION_GUARD_TRACEBACK=1 prints)",
        bug,
    )
