"""Where the commands that write migrations print, in Django's manner: a log, and with `--scriptable` paths apart.

In: lines. Out: lines on the standard output, or on the error stream for what is not meant for a script. A line that
ends in a newline already gets no second one.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

HEADING, LABEL, WARNING = "36;1", "1", "33;1"
"""Django's palette, as the numbers of terminal sequences."""


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
        self.log(self.styled(text, HEADING))

    def warning(self, text: str) -> None:
        self.log(self.styled(text, WARNING))

    def result(self, text: str) -> None:
        """What a script waits for."""
        _write(sys.stdout, text, "\n")

    def complain(self, text: str) -> None:
        """A line on the error stream."""
        _write(sys.stderr, text, "\n")

    def styled(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.colour else text


def _write(stream: object, text: str, end: str) -> None:
    from migration_guard.cli.run import silence

    if text.endswith("\n") and end == "\n":
        end = ""
    try:
        stream.write(text + end)  # type: ignore[attr-defined]
        stream.flush()  # type: ignore[attr-defined]
    except BrokenPipeError:
        silence(stream)
