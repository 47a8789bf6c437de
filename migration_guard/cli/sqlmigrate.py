"""`sqlmigrate`: Django's arguments, words and exit statuses, and the choice of a database."""

from __future__ import annotations

import click

from migration_guard.cli.options import Command, Common, common
from migration_guard.cli.progress import ProgressLine
from migration_guard.cli.run import CLEAN, complain, write

REFUSED = 1


@click.command(cls=Command)
@click.argument("app_label")
@click.argument("migration_name")
@click.option("--backwards", is_flag=True, help="The SQL that unapplies the migration.")
@click.option(
    "--database",
    metavar="NAME[:VERSION]",
    help="postgresql, mysql, mariadb, sqlite or oracle, or an alias of the settings' DATABASES.",
)
@click.option(
    "--empty-database",
    is_flag=True,
    help="Look up names of constraints in an empty database, not in one with the migrations before.",
)
@common
def sqlmigrate(
    common: Common,
    app_label: str,
    migration_name: str,
    backwards: bool,
    database: str | None,
    empty_database: bool,
) -> int:
    """Print the SQL of a migration, as Django's sqlmigrate does."""
    from migration_guard import app, previewing

    with ProgressLine() as progress:
        project = app.open_project(common.options(progress))
        seen = previewing.Seen.EMPTY if empty_database else previewing.Seen.MIGRATED
        try:
            found = previewing.preview(
                project, app_label, migration_name, backwards=backwards, database=database, seen=seen
            )
        except previewing.Refused as refused:
            return complain(str(refused), REFUSED)
    if database is None and common.verbosity > 0:
        complain(f"database: {found.chosen.profile.name} ({found.chosen.reason})", CLEAN)
    if not found.statements:
        return complain("No operations found.", CLEAN)
    write(found.text)
    if found.doubts:
        complain(f"{found.doubts} statement(s) cannot be previewed in full", CLEAN)
    return CLEAN
