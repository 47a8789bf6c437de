"""One line on the error stream that says how far a long run is. Nothing where nobody is looking.

In: `step(what, done, total)` calls, as many as one likes. Out: a line, drawn at most ten times a second, only on a
terminal and only after the first second.
"""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType

_PATIENCE = 1.0
_INTERVAL = 0.1
_BAR = 20


class ProgressLine:
    """A context manager; its `step` is the callback. The line is gone when it ends."""

    def __init__(self) -> None:
        self.watched = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self.next = time.monotonic() + _PATIENCE
        self.drawn = False

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self.drawn:
            self._draw("")

    def step(self, what: str, done: int = 0, total: int = 0) -> None:
        """`done` of `total` (0: not known) parts of `what` are behind us."""
        if not self.watched or (now := time.monotonic()) < self.next:
            return
        self.next = now + _INTERVAL
        if total > 0:
            full = _BAR * min(done, total) // total
            what = f"[{'#' * full}{'.' * (_BAR - full)}] {done}/{total} {what}"
        self._draw(what)

    def _draw(self, text: str) -> None:
        text = "".join(c if c.isprintable() else "?" for c in text)
        import shutil  # drags in all archive formats

        width = shutil.get_terminal_size().columns - 1
        try:
            sys.stderr.write(f"\r\x1b[K{text[:width]}")
            sys.stderr.flush()
            self.drawn = bool(text)
        except (OSError, ValueError):
            self.watched = False
