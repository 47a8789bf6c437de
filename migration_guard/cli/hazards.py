"""`rules`, `explain`, and the options of `check` about hazards: which migrations are judged, which findings count.

In: what was typed. Out: a `Hazards` for `check`, texts for the commands. Decides nothing about migrations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from migration_guard.cli.checked import Checked, Hazards
from migration_guard.cli.options import Command, Common, gathered, words
from migration_guard.cli.run import CLEAN, complain, write

PATH = click.Path(path_type=Path)
_OPTIONS = (
    click.option(
        "--since", metavar="REF", help="Judge migrations that REF does not have (from where the work left it)."
    ),
    click.option("--staged", is_flag=True, help="Judge only migrations that are staged for the next commit."),
    click.option("--all", "everything", is_flag=True, help="Judge all migrations, however old."),
    click.option("--extend-select", multiple=True, metavar="CODES", help="Codes to report besides the usual ones."),
    click.option("--strict", is_flag=True, help="Possible findings count as well for the exit status."),
    click.option("--baseline", type=PATH, metavar="FILE", help="Leave out the findings that this file lists."),
    click.option("--write-baseline", type=PATH, metavar="FILE", help="Write all findings to this file, and succeed."),
)


def _hazards(given: dict[str, Any]) -> Hazards:
    since, everything, staged = given.pop("since"), given.pop("everything"), given.pop("staged")
    if sum(map(bool, (since, everything, staged))) > 1:
        raise click.UsageError("--since, --staged and --all exclude each other")
    return Hazards(
        "all" if everything else since,
        staged,
        words(given.pop("extend_select")),
        given.pop("strict"),
        given.pop("baseline"),
        given.pop("write_baseline"),
    )


hazard_options = gathered("hazards", _OPTIONS, _hazards)
"""Gives a command the options, as one argument `hazards`."""


def with_baseline(
    found: Checked, common: Common, labels: Sequence[str], select: Sequence[str], hazards: Hazards
) -> Checked:
    """What was found, less the baseline; or a baseline written, and nothing found."""
    if hazards.write_baseline is not None:
        from migration_guard.baselines import write_baseline

        number = write_baseline(hazards.write_baseline, found.reports)
        complain(f"{number} finding{'' if number == 1 else 's'} written to {hazards.write_baseline}", CLEAN)
        return replace(found, reports=[replace(report, diagnostics=()) for report in found.reports])
    path = hazards.baseline or _configured(common)
    if path is None:
        return found
    from migration_guard.baselines import without_baseline

    complete = not labels and not select and hazards.since is None and not hazards.staged
    return replace(found, reports=without_baseline(found.reports, path, complete))


def _configured(common: Common) -> Path | None:
    from migration_guard.config import find_config

    start = (common.project or Path.cwd()).absolute()
    return find_config(start if start.is_dir() else start.parent).baseline


@click.command(cls=Command)
@click.option("--format", type=click.Choice(["text", "json"]), default="text", show_default=True)
def rules(format: str) -> int:
    """List all codes, with their severities."""
    from migration_guard import describing

    write(describing.rules_json() if format == "json" else describing.rules_text())
    return CLEAN


@click.command(cls=Command)
@click.argument("code")
def explain(code: str) -> int:
    """Explain a code: what it means, why, and what to do instead."""
    from migration_guard import describing

    write(describing.explained(code))
    return CLEAN
