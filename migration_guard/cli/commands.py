"""The commands: each turns options into one call of `app` and prints what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from migration_guard import __version__
from migration_guard.cli.checked import Checked, Hazards, checked, steady
from migration_guard.cli.ci import ci, comment
from migration_guard.cli.fix import Mending, fix_options, mend
from migration_guard.cli.hazards import explain, hazard_options, rules, with_baseline
from migration_guard.cli.hook import hook
from migration_guard.cli.initial import init
from migration_guard.cli.make import makemigrations
from migration_guard.cli.options import Common, Group, common, words
from migration_guard.cli.presenting import FORMATS, LEVELS, deliver, rendered
from migration_guard.cli.progress import ProgressLine
from migration_guard.cli.rebase import rebase
from migration_guard.cli.run import CLEAN, FINDINGS, complain, write
from migration_guard.cli.scenery import scene
from migration_guard.cli.sqlmigrate import sqlmigrate
from migration_guard.cli.squash import optimizemigration, squashmigrations

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group("migration-guard", cls=Group, context_settings=CONTEXT)
@click.version_option(__version__, prog_name="migration-guard", message="%(prog)s %(version)s")
def cli() -> None:
    """Check Django migrations by reading the project's source. Nothing of the project is run."""


@cli.command()
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


@cli.command()
@click.argument("labels", metavar="[APP_LABEL]...", nargs=-1)
@click.option("-l", "--list", "listed", is_flag=True, help="By app (the default).")
@click.option("-p", "--plan", is_flag=True, help="In the order in which they are applied.")
@click.option("--format", type=click.Choice(["text", "json", "mermaid", "dot"]), default="text", show_default=True)
@common
def showmigrations(common: Common, labels: tuple[str, ...], listed: bool, plan: bool, format: str) -> int:
    """Show all migrations, as Django does for an empty database.

    With -v 2, --plan adds what each migration depends on. Migrations that Django could not load end with status 1.
    """
    if listed and plan:
        raise click.UsageError("--list and --plan exclude each other")
    from migration_guard import app

    def read(common: Common) -> tuple[str, list[str]]:
        with ProgressLine() as progress:
            project = app.open_project(common.options(progress))
            shown = app.show_migrations(project, labels, plan=plan, format=format, dependencies=common.verbose)
            return shown, _flaws(project, plan)

    shown, flaws = steady(common, read)
    for flaw in flaws:
        complain(flaw, FINDINGS)
    if format != "text" or not flaws:
        write(shown)
    return FINDINGS if flaws else CLEAN


@cli.command()
@click.argument("labels", metavar="[APP_LABEL]...", nargs=-1)
@click.option("--from", "source", type=click.Choice(["models", "migrations"]), default="models", show_default=True)
@click.option("--format", type=click.Choice(["json", "text"]), default="text", show_default=True)
@common
def state(common: Common, labels: tuple[str, ...], source: str, format: str) -> int:
    """Show the state that the models describe, or that the migrations build."""
    from migration_guard import app

    def read(common: Common) -> str:
        with ProgressLine() as progress:
            return app.state(app.open_project(common.options(progress)), labels, source, format)

    write(steady(common, read))
    return CLEAN


def _flaws(project: Any, plan: bool) -> list[str]:
    """Why Django would show nothing. Only its --plan minds a module of MIGRATION_MODULES that does not exist."""
    flaws = [problem.message for problem in project.graph.problems if problem.fails]
    flaws += [f"{broken.path}: {broken.message}" for broken in project.loaded.broken]
    absent = [app for app in project.apps if app.migrations_explicit and app.migrations_kind == "missing"]
    missing = "ModuleNotFoundError: No module named"
    if plan:
        flaws += [f"{missing} {app.migrations_module!r} (MIGRATION_MODULES of {app.label})" for app in absent]
    return flaws


for _command in (
    rules,
    explain,
    makemigrations,
    squashmigrations,
    optimizemigration,
    rebase,
    sqlmigrate,
    hook,
    ci,
    comment,
    init,
):
    cli.add_command(_command)
