"""`showmigrations` and `state`: what was read, shown.

In: options and arguments. Out: a text on the standard output, and an exit status.
"""

from __future__ import annotations

from typing import Any

import click

from migration_guard.cli.checked import steady
from migration_guard.cli.options import Command, Common, common
from migration_guard.cli.progress import ProgressLine
from migration_guard.cli.run import CLEAN, FINDINGS, complain, write


@click.command(cls=Command)
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


@click.command(cls=Command)
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
