"""A project opened for a command that writes migrations: read once, under the lock, and only where Django could.

In: the common options and app labels. Out: the project, or the run `Ended` with a status and its reasons printed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from migration_guard.cli.options import Common
from migration_guard.cli.progress import ProgressLine
from migration_guard.cli.run import USAGE
from migration_guard.cli.speaking import Ended, Voice

if TYPE_CHECKING:
    from migration_guard.project.project import Project

FAILED = 1


@contextlib.contextmanager
def opened(
    common: Common, voice: Voice, labels: Sequence[str], *, writes: bool, unknown: int = USAGE
) -> Iterator[Project]:
    """The project, its migrations loaded; with `writes`, nobody else writes in it meanwhile.

    `unknown` is the status for labels that no app has: some of Django's commands end with 2, others fail.
    """
    from migration_guard import app
    from migration_guard.write.files import writing

    with ProgressLine() as progress:
        project = app.open_project(common.options(progress))
    with contextlib.ExitStack() as stack:
        if writes and not stack.enter_context(writing(project.root.path)):
            raise fail(voice, "another run is writing migrations in this project; nothing was written")
        with ProgressLine() as progress:
            project.progress = progress.step
            _look(project, voice, labels, unknown)
        project.progress = lambda what: None
        yield project


def fail(voice: Voice, message: str) -> Ended:
    """The end of a run as Django ends it, to be raised."""
    voice.complain(f"CommandError: {message}")
    return Ended(FAILED)


def _look(project: Project, voice: Voice, labels: Sequence[str], status: int) -> None:
    from migration_guard import making

    unknown = making.unknown_labels(project, labels)
    lead = "CommandError: " if status == FAILED else ""
    for label, hint in unknown:
        voice.complain(f"{lead}No installed app with label '{label}'." + (f" ({hint})" if hint else ""))
    if unknown:
        raise Ended(status)
    obstacles = making.obstacles(project, labels)
    for obstacle in obstacles:
        voice.complain(f"CommandError: {obstacle}")
    if obstacles:
        raise Ended(FAILED)
