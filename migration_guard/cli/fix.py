"""`check --fix`, `--unsafe-fixes`, `--diff`: what is mended, written or shown, and what is left.

In: what was typed, and a way to check. Out: an exit status. Nothing is written with `--diff`; without it all fixes are
written, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from migration_guard.cli.options import Common, gathered
from migration_guard.cli.progress import ProgressLine
from migration_guard.cli.run import CLEAN, FINDINGS, USAGE, complain, write

if TYPE_CHECKING:
    from migration_guard.cli.checked import Checked, Hazards
    from migration_guard.diagnostics import Applicability
    from migration_guard.fixing import Outcome
    from migration_guard.project.project import Project

Shown = Callable[["Checked"], int]
"""Prints what is left; its exit status."""


@dataclass(frozen=True, slots=True)
class Mending:
    """The options: `fix` writes, `diff` only shows, `unsafe` allows fixes that a person must look at."""

    fix: bool = False
    unsafe: bool = False
    diff: bool = False

    def __bool__(self) -> bool:
        return self.fix or self.unsafe or self.diff

    @property
    def allowed(self) -> frozenset[Applicability]:
        from migration_guard.diagnostics import Applicability

        return frozenset({Applicability.SAFE, Applicability.UNSAFE} if self.unsafe else {Applicability.SAFE})


_OPTIONS = (
    click.option("--fix", is_flag=True, help="Mend what can be mended safely."),
    click.option("--unsafe-fixes", is_flag=True, help="Mend as well what you must look at afterwards."),
    click.option("--diff", is_flag=True, help="Show what --fix would change, and write nothing."),
)


def _mending(given: dict[str, Any]) -> Mending:
    return Mending(given.pop("fix"), given.pop("unsafe_fixes"), given.pop("diff"))


fix_options = gathered("mending", _OPTIONS, _mending)
"""Gives a command the options, as one argument `mending`."""


def mend(
    common: Common,
    labels: Sequence[str],
    select: Sequence[str],
    ignore: Sequence[str],
    hazards: Hazards,
    mending: Mending,
    shown: Shown,
) -> int:
    """Run `check` with its fixes."""
    from migration_guard import app, fixing
    from migration_guard.cli.checked import Checked
    from migration_guard.cli.hazards import with_baseline

    if hazards.staged or hazards.write_baseline is not None:
        raise click.UsageError("--fix and --diff do not go with --staged or --write-baseline")
    judging = app.Judging(since=hazards.since, extend_select=hazards.extend_select, strict=hazards.strict)

    def check() -> tuple[Sequence[Project], Checked]:
        with ProgressLine() as progress:
            projects = app.open_projects(common.options(progress))
            reports = app.check_all(projects, labels, select, ignore, judging)
        found = Checked(reports, app.locator(), lambda: None)
        return projects, with_baseline(found, common, labels, select, hazards)

    def judged() -> tuple[Sequence[Project], Sequence[Any]]:
        projects, found = check()
        return projects, found.reports

    outcome = fixing.fixed(judged, mending.allowed)
    if mending.diff:
        write(fixing.diffs(outcome, app.shown_path))
        _tell(outcome, "would be mended")
        return FINDINGS if outcome.edits else CLEAN
    status = _written(outcome, common)
    if status != CLEAN:
        return status
    _tell(outcome, "mended")
    return shown(Checked(outcome.reports, app.locator(), lambda: None))


def _written(outcome: Outcome, common: Common) -> int:
    """The edits on the disk. A file that was changed meanwhile stops the whole."""
    from pathlib import Path

    from migration_guard import fixing
    from migration_guard.write.files import NotApplied, writing

    if not outcome.edits:
        return CLEAN
    with writing(Path(common.project or ".").absolute()) as alone:
        if not alone:
            return complain("another run is writing migrations in this project; nothing was written", USAGE)
        applied = fixing.write(outcome)
    return complain(applied.message, USAGE) if isinstance(applied, NotApplied) else CLEAN


def _tell(outcome: Outcome, verb: str) -> None:
    """One line for each fix, on the error stream."""
    for mended in outcome.mended:
        where = mended.diagnostic.subject.partition(":")[0]
        complain(f"{verb}: {mended.diagnostic.code} in {where}: {mended.fix.message}", CLEAN)
    if outcome.refused:
        count = f"{outcome.refused} more finding{'s' if outcome.refused > 1 else ''}"
        complain(f"{count} can be mended with --unsafe-fixes; look at the changes afterwards", CLEAN)
