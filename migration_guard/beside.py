"""A question answered in a second process, while the first one goes on.

In: a function that says yes or no, and whose effects nobody needs. Out: a function that waits for its answer. Where
a process cannot be forked safely, the function runs in this one, when its answer is asked for.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Question = Callable[[], bool]


@contextmanager
def beside(question: Question) -> Iterator[Question]:
    """Ask while the block runs. An answer that is not waited for is given up at its end."""
    child = _fork(question) if _possible() else None
    if child is None:
        yield question
        return
    answer: list[bool] = []

    def waited() -> bool:
        if not answer:
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            # The child could not say (out of memory, an error): whoever asks finds out for itself.
            answer.append(status == 1 if status in (0, 1) else question())
        return answer[0]

    try:
        yield waited
    finally:
        if not answer:
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def _possible() -> bool:
    """Forks are safe on Linux in a process with one thread, and gain something where there is a second processor."""
    return sys.platform == "linux" and threading.active_count() == 1 and len(os.sched_getaffinity(0)) > 1


def _fork(question: Question) -> int | None:
    try:
        child = os.fork()
    except OSError:
        return None
    if child == 0:
        status = 2
        try:
            status = int(question())
        finally:
            os._exit(status)  # nothing of what the parent wants done at its end is done twice
    return child
