"""`sqlmigrate`: Django's arguments, words and exit statuses; plans, what is new since a ref, formats, remarks.

What was printed is kept, and printed again for as long as nothing that it came from has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field
from typing import TYPE_CHECKING, Any

import click

from migration_guard.cli.options import Command, Common, common
from migration_guard.cli.progress import ProgressLine
from migration_guard.cli.run import CLEAN, complain, write

if TYPE_CHECKING:
    from migration_guard.previewing import Chosen, Preview
    from migration_guard.project.project import Project

REFUSED = 1
SQL, MARKDOWN, JSON = "sql", "markdown", "json"
RANGE = ".."


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed, but for what all commands have."""

    app_label: str | None
    migration_name: str | None
    backwards: bool
    database: str | None
    empty_database: bool
    plan: bool
    since: str | None
    form: str
    annotate: bool

    @property
    def weighs(self) -> bool:
        """Whether it matters what statements do to a live table."""
        return self.annotate or self.form != SQL

    @property
    def single(self) -> bool:
        return not self.plan and self.since is None and RANGE not in (self.migration_name or "")

    def check(self) -> None:
        if self.since is not None and (self.plan or self.backwards or self.migration_name is not None):
            raise click.UsageError("--since goes with an app label at most.")
        if self.plan or self.since is not None:
            return
        for value, name in ((self.app_label, "APP_LABEL"), (self.migration_name, "MIGRATION_NAME")):
            if value is None:
                raise click.UsageError(f"Missing argument '{name}' (or --plan, or --since REF).")


@dataclass(slots=True)
class Said:
    """What goes to both streams, and the status. `lasting` is False where the next run may say something else."""

    text: str = ""
    remarks: list[str] = field(default_factory=list)
    status: int = CLEAN
    lasting: bool = True

    def tell(self) -> int:
        for remark in self.remarks:
            complain(remark, self.status)
        if self.text:
            write(self.text)
        return self.status


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
def sqlmigrate(common: Common, **given: Any) -> int:
    """Print the SQL of a migration, as Django's sqlmigrate does.

    MIGRATION_NAME may be a range of an app's migrations, FROM..TO: what takes a database from one to the other. "zero"
    stands for the state before the first.
    """
    asked = Asked(**given)
    asked.check()
    from migration_guard import memo

    more = ("sqlmigrate", str(common.verbosity), *map(str, astuple(asked)))
    question = memo.Question(common.project, common.settings, common.python, common.django_version, more=more)
    # What is new since a ref depends on the repository, which nobody watches.
    remembers = common.cache and asked.since is None
    known = memo.recall_said(question) if remembers else None
    if known is not None:
        return Said(*known).tell()
    watch = memo.Watch(question.start)
    with watch:
        said, project = _worked_out(common, asked)
    status = said.tell()
    if remembers and said.lasting:
        memo.keep_said(question, astuple(said), watch, (project.root.path, *project.root.source_roots))
    return status


def _worked_out(common: Common, asked: Asked) -> tuple[Said, Project]:
    from migration_guard import app, previewing

    with ProgressLine() as progress:
        project = app.open_project(common.options(progress))
        chosen = previewing.choose_database(project, asked.database)
        try:
            found = _previews(project, asked)
        except previewing.Refused as refused:
            return Said(remarks=[str(refused)], status=REFUSED), project
    said = Said(lasting=all(preview.lasting for preview in found))
    if asked.database is None and common.verbosity > 0:
        said.remarks.append(f"database: {chosen.profile.name} ({chosen.reason})")
    if asked.single and not found[0].statements:
        said.remarks.append("No operations found.")
        return said, project
    said.text = _text(found, chosen, asked)
    if not found:
        said.remarks.append("No migrations.")
    said.remarks += dict.fromkeys(note for preview in found for note in preview.notes)
    doubts = sum(preview.doubts for preview in found)
    if doubts:
        said.remarks.append(f"{doubts} statement(s) cannot be previewed in full")
    return said, project


def _previews(project: Project, asked: Asked) -> Sequence[Preview]:
    from migration_guard import previewing

    database, weighs = asked.database, asked.weighs
    if asked.since is not None:
        keys = _new_migrations(project, asked.since, asked.app_label)
        return list(previewing.preview_new(project, keys, database=database, weighs=weighs))
    if not asked.single:
        return list(
            previewing.preview_plan(
                project,
                asked.app_label,
                asked.migration_name,
                backwards=asked.backwards,
                database=database,
                weighs=weighs,
            )
        )
    seen = previewing.Seen.EMPTY if asked.empty_database else previewing.Seen.MIGRATED
    app_label, name = str(asked.app_label), str(asked.migration_name)
    return [
        previewing.preview(
            project, app_label, name, backwards=asked.backwards, database=database, seen=seen, weighs=weighs
        )
    ]


def _new_migrations(project: Project, ref: str, app_label: str | None) -> list[tuple[str, str]]:
    from migration_guard.scoping import Wish, find_scope

    labels = frozenset((app_label,)) if app_label is not None else frozenset[str]()
    scope = find_scope(project, Wish(since=ref), labels)
    return [key for change_set in scope.change_sets for key in change_set]


def _text(found: Sequence[Preview], chosen: Chosen, asked: Asked) -> str:
    from migration_guard.sql import printing

    sections = [preview.section for preview in found]
    forms: dict[str, Callable[[], str]] = {
        JSON: lambda: printing.as_json(sections, chosen.server),
        MARKDOWN: lambda: printing.markdown(sections, chosen.server),
        SQL: lambda: printing.sql(sections, annotate=asked.annotate, titles=not asked.single),
    }
    return forms[asked.form]()
