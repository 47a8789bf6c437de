"""`sqlmigrate`: Django's arguments, words and exit statuses; plans, what is new since a ref, formats, remarks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from migration_guard.cli.options import Command, Common, common
from migration_guard.cli.progress import ProgressLine
from migration_guard.cli.run import CLEAN, complain, write

if TYPE_CHECKING:
    from migration_guard.previewing import Chosen, Preview
    from migration_guard.project.project import Project

REFUSED = 1
SQL, MARKDOWN, JSON = "sql", "markdown", "json"


@click.command(cls=Command)
@click.argument("app_label", required=False)
@click.argument("migration_name", required=False)
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
@click.option(
    "--plan", is_flag=True, help="All migrations from an empty database on: of the project, or up to a target."
)
@click.option("--since", metavar="REF", help="All migrations that are new since a git ref.")
@click.option(
    "--format",
    "form",
    type=click.Choice([SQL, MARKDOWN, JSON]),
    default=SQL,
    show_default=True,
    help="How the SQL is written.",
)
@click.option("--annotate", is_flag=True, help="Say of each statement what it locks, rewrites and reads.")
@common
def sqlmigrate(
    common: Common,
    app_label: str | None,
    migration_name: str | None,
    backwards: bool,
    database: str | None,
    empty_database: bool,
    plan: bool,
    since: str | None,
    form: str,
    annotate: bool,
) -> int:
    """Print the SQL of a migration, as Django's sqlmigrate does.

    MIGRATION_NAME may be a range of an app's migrations, FROM..TO: what takes a database from one to the other. "zero"
    stands for the state before the first.
    """
    from migration_guard import app, previewing

    _check_arguments(app_label, migration_name, plan, since, backwards)
    weighs = annotate or form != SQL
    with ProgressLine() as progress:
        project = app.open_project(common.options(progress))
        chosen = previewing.choose_database(project, database)
        try:
            if since is not None:
                found = _since(project, since, app_label, database, weighs)
            elif plan or (migration_name is not None and previewing.RANGE in migration_name):
                found = list(
                    previewing.preview_plan(
                        project, app_label, migration_name, backwards=backwards, database=database, weighs=weighs
                    )
                )
            else:
                assert app_label is not None and migration_name is not None
                seen = previewing.Seen.EMPTY if empty_database else previewing.Seen.MIGRATED
                single = previewing.preview(
                    project, app_label, migration_name, backwards=backwards, database=database, seen=seen, weighs=weighs
                )
                return _print_one(common, single, database is None, form, annotate)
        except previewing.Refused as refused:
            return complain(str(refused), REFUSED)
    return _print_all(common, found, chosen, database is None, form, annotate)


def _check_arguments(
    app_label: str | None, migration_name: str | None, plan: bool, since: str | None, backwards: bool
) -> None:
    if since is not None and (plan or backwards or migration_name is not None):
        raise click.UsageError("--since goes with an app label at most.")
    if plan or since is not None:
        return
    for value, name in ((app_label, "APP_LABEL"), (migration_name, "MIGRATION_NAME")):
        if value is None:
            raise click.UsageError(f"Missing argument '{name}' (or --plan, or --since REF).")


def _since(project: Project, ref: str, app_label: str | None, database: str | None, weighs: bool) -> Sequence[Preview]:
    from migration_guard import previewing
    from migration_guard.scoping import Wish, find_scope

    labels = frozenset((app_label,)) if app_label is not None else frozenset[str]()
    scope = find_scope(project, Wish(since=ref), labels)
    keys = [key for change_set in scope.change_sets for key in change_set]
    return list(previewing.preview_new(project, keys, database=database, weighs=weighs))


def _print_one(common: Common, found: Preview, says_which: bool, form: str, annotate: bool) -> int:
    if not found.statements:
        _say_which(common, found.chosen, says_which)
        return complain("No operations found.", CLEAN)
    return _print_all(common, [found], found.chosen, says_which, form, annotate, titles=False)


def _print_all(
    common: Common,
    found: Sequence[Preview],
    chosen: Chosen,
    says_which: bool,
    form: str,
    annotate: bool,
    *,
    titles: bool = True,
) -> int:
    from migration_guard.sql import printing

    _say_which(common, chosen, says_which)
    sections = [preview.section for preview in found]
    if form == JSON:
        write(printing.as_json(sections, chosen.server))
    elif form == MARKDOWN:
        write(printing.markdown(sections, chosen.server))
    else:
        write(printing.sql(sections, annotate=annotate, titles=titles))
    if not found:
        complain("No migrations.", CLEAN)
    doubts = sum(preview.doubts for preview in found)
    if doubts:
        complain(f"{doubts} statement(s) cannot be previewed in full", CLEAN)
    return CLEAN


def _say_which(common: Common, chosen: Chosen, says_which: bool) -> None:
    if says_which and common.verbosity > 0:
        complain(f"database: {chosen.profile.name} ({chosen.reason})", CLEAN)
