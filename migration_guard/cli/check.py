"""`check`: what was typed turned into one judgement, and the report of it.

In: options and arguments. Out: a report on the standard output or in a file, and an exit status.
"""

from __future__ import annotations

from pathlib import Path

import click

from migration_guard.cli.checked import Checked, Hazards, checked, steady
from migration_guard.cli.fix import Mending, fix_options, mend
from migration_guard.cli.hazards import hazard_options, with_baseline
from migration_guard.cli.options import Command, Common, common, words
from migration_guard.cli.presenting import FORMATS, LEVELS, deliver, rendered
from migration_guard.cli.run import CLEAN, FINDINGS
from migration_guard.cli.scenery import scene


@click.command(cls=Command)
@click.argument("labels", metavar="[APP_LABEL]...", nargs=-1)
@click.option("--select", multiple=True, metavar="CODES", help="Report only these codes or prefixes of codes.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Leave out these codes or prefixes of codes.")
@hazard_options
@fix_options
@click.option(
    "--against", multiple=True, metavar="REF", help="Judge the result of merging REF: conflicts before they happen."
)
@click.option("--fail-on", type=click.Choice(LEVELS), default="warning", show_default=True)
@click.option("--format", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the report to a file.")
@common
def check(
    common: Common,
    labels: tuple[str, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    hazards: Hazards,
    mending: Mending,
    against: tuple[str, ...],
    fail_on: str,
    format: str,
    output: Path | None,
) -> int:
    """Report missing migrations, a broken graph, hazards of new migrations, and what could not be known.

    New are migrations that the base branch does not have: --since REF names another base, --all judges every one.

    Ends with status 1 where there are findings.
    """

    from migration_guard.diagnostics import FailOn

    level = FailOn(fail_on)

    def left(found: Checked) -> int:
        deliver(rendered(found.reports, found.locator, format, common, level), output)
        return FINDINGS if any(report.failing(level) for report in found.reports) else CLEAN

    if mending:
        if against:
            raise click.UsageError("--fix and --diff do not go with --against")
        return mend(common, labels, words(select), words(ignore), hazards, mending, left)

    def run(common: Common) -> tuple[Checked, str]:
        def once(asked: Hazards) -> Checked:
            return checked(common, labels, words(select), words(ignore), asked)

        with scene(common, hazards, against) as view:
            found = with_baseline(view.found(once), common, labels, words(select), hazards)
            return found, rendered(found.reports, found.locator, format, common, level)

    found, shown = steady(common, run)
    deliver(shown, output)
    found.keep()
    return FINDINGS if any(report.failing(level) for report in found.reports) else CLEAN
