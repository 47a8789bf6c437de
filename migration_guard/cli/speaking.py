"""Where the commands that write migrations print, in Django's manner: a log, and with `--scriptable` paths apart.

In: lines. Out: lines on the standard output, or on the error stream for what is not meant for a script. A line that
ends in a newline already gets no second one.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import click


class Ended(Exception):
    """The run is over before its time; everything has been said."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True, slots=True)
class Voice:
    """`scriptable` sends the log to the error stream; `colour` as the terminal can."""

    scriptable: bool = False
    colour: bool = False

    def log(self, text: str, end: str = "\n") -> None:
        """A line of the log."""
        _write(sys.stderr if self.scriptable else sys.stdout, text, end)

    def heading(self, text: str) -> None:
        self.log(self.styled(text, fg="cyan", bold=True))

    def label(self, text: str) -> None:
        self.log(self.styled(text, bold=True))

    def warning(self, text: str) -> None:
        self.log(self.styled(text, fg="yellow", bold=True))

    def result(self, text: str) -> None:
        """What a script waits for."""
        _write(sys.stdout, text, "\n")

    def complain(self, text: str) -> None:
        """A line on the error stream."""
        _write(sys.stderr, text, "\n")

    def styled(self, text: str, **style: object) -> str:
        return click.style(text, **style) if self.colour else text  # type: ignore[arg-type]


def _write(stream: object, text: str, end: str) -> None:
    from migration_guard.cli.run import silence

    if text.endswith("\n") and end == "\n":
        end = ""
    try:
        stream.write(text + end)  # type: ignore[attr-defined]
        stream.flush()  # type: ignore[attr-defined]
    except BrokenPipeError:
        silence(stream)
