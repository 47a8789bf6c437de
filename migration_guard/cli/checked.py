"""The reports of `check`: from an earlier run where nothing has changed since, else from a full one.

In: the options and what was asked. Out: a `Checked`. A cache that makes a run stumble is done without.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from migration_guard.cli.options import Common
from migration_guard.cli.progress import ProgressLine

if TYPE_CHECKING:
    from migration_guard.diagnostics import Locator, Place, Report
    from migration_guard.values import Origin

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Checked:
    """Reports and their places. `keep` is called when everything has been said."""

    reports: Sequence[Report]
    locator: Locator
    keep: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Hazards:
    """The options of `check` that say which migrations are judged, and which findings count."""

    since: str | None = None
    staged: bool = False
    extend_select: Sequence[str] = ()
    strict: bool = False
    baseline: Path | None = None
    write_baseline: Path | None = None

    def said(self, start: Path) -> Sequence[str]:
        """What of them, and of the repository, decides what is found."""
        from migration_guard.disk import overlay_digest
        from migration_guard.git import moment
        from migration_guard.upstream import asked_by_ci

        names = [self.since] if self.since else [wanted.name for wanted in asked_by_ci(os.environ)]
        told = (str(self.since), str(self.staged), *self.extend_select, str(self.strict), overlay_digest(), *names)
        return (*told, *moment(start, [*names, "main", "master", "origin/main", "origin/master"]))


def checked(
    common: Common, labels: Sequence[str], select: Sequence[str], ignore: Sequence[str], hazards: Hazards | None = None
) -> Checked:
    """What `check` finds."""
    from migration_guard import memo

    asked = hazards or Hazards()
    start = Path(os.path.abspath(common.project or "."))
    question = memo.Question(
        common.project, common.settings, common.python, common.django_version, labels, select, ignore, asked.said(start)
    )
    answer = memo.recall(question) if common.cache else None
    if answer is not None:
        return Checked(answer.reports, memo.Remembered(answer.places, _Late()), lambda: None)
    from migration_guard import app, readings

    watch = memo.Watch(question.start)
    with ProgressLine() as progress, watch:
        projects = app.open_projects(common.options(progress))
        if common.cache:
            projects = [readings.resumed(project, watch) for project in projects]
        judging = app.Judging(
            since=asked.since, staged=asked.staged, extend_select=asked.extend_select, strict=asked.strict
        )
        reports = app.check_all(projects, labels, select, ignore, judging)
    locator = memo.Remembered({}, app.locator())

    def keep() -> None:
        if common.cache:
            bases = (folder for project in projects for folder in (project.root.path, *project.root.source_roots))
            memo.keep(question, memo.Answer(tuple(reports), locator.places), watch, bases)
            for project in projects:
                readings.keep(project)

    return Checked(reports, locator, keep)


class _Late:
    """The real locator, imported only when a place is asked for that an earlier run did not print."""

    def locate(self, origin: Origin | Place) -> Place:
        """The place of an origin."""
        from migration_guard import app

        return app.locator().locate(origin)


def steady(common: Common, run: Callable[[Common], T]) -> T:
    """The result of `run`, tried once more without the cache where something unforeseen happens with it."""
    from migration_guard.diagnostics import UsageError

    try:
        return run(common)
    except (UsageError, click.ClickException, click.Abort, BrokenPipeError):
        raise
    except Exception:
        if not common.cache:
            raise
    return run(replace(common, cache=False))
