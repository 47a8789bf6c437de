"""`ci` and `comment`: the gate of a pull request on any CI service, and the comment that tells of it.

In: options, each also as an environment variable MIGRATION_GUARD_CI_NAME, and what the service says of the run. Out:
an annotated log, reports in files, outputs for later steps, an exit status.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migration_guard.cli.checked import Checked, Hazards, checked, steady
from migration_guard.cli.options import Command, Common, common, words
from migration_guard.cli.presenting import FORMATS, LEVELS, deliver, rendered
from migration_guard.cli.progress import ProgressLine
from migration_guard.cli.run import CLEAN, FINDINGS, complain, write

if TYPE_CHECKING:
    from migration_guard.continuous import Showing
    from migration_guard.diagnostics import FailOn
    from migration_guard.upstream import Base

PATH = click.Path(path_type=Path, dir_okay=False)
FROM_ENVIRONMENT = {"auto_envvar_prefix": "MIGRATION_GUARD_CI"}
EXTENSIONS = {"sarif": "sarif-file", "markdown": "report-file"}
"""What files of a format are called among the outputs."""


@click.command(cls=Command, context_settings=FROM_ENVIRONMENT)
@click.option("--base", metavar="REF", help="The branch to be merged into; without it, what the CI service says.")
@click.option("--fetch", is_flag=True, help="Fetch the base branch where the clone does not have it.")
@click.option("--select", multiple=True, metavar="CODES", help="Report only these codes or prefixes of codes.")
@click.option("--ignore", multiple=True, metavar="CODES", help="Leave out these codes or prefixes of codes.")
@click.option("--databases", multiple=True, metavar="NAMES", help="The databases whose SQL is shown.")
@click.option("--fail-on", type=click.Choice(LEVELS), default="warning", show_default=True)
@click.option("--format", type=click.Choice(["auto", *FORMATS]), default="auto", show_default=True)
@click.option("--report", "reports", multiple=True, metavar="FORMAT=FILE", help="Write a report; may be repeated.")
@click.option("--sql", type=PATH, metavar="FILE", help="Write the SQL of the new migrations.")
@click.option("--sql-preview/--no-sql-preview", default=True, help="Show that SQL in Markdown reports.")
@common
def ci(common: Common, reports: tuple[str, ...], **given: object) -> int:
    """Check a change as the gate of a merge: with what its base branch has by now.

    The base and the format come from the CI service's environment. In GitHub Actions the findings annotate the diff,
    the job's summary has the SQL of the new migrations and the graph around them, and later steps get outputs.
    """
    from migration_guard.diagnostics import FailOn

    asked = _Asked(
        base=_text(given["base"]),
        fetch=bool(given["fetch"]),
        select=words(given["select"]),  # type: ignore[arg-type]
        ignore=words(given["ignore"]),  # type: ignore[arg-type]
        databases=words(given["databases"]),  # type: ignore[arg-type]
        level=FailOn(given["fail_on"]),
        format=str(given["format"]),
        files=dict(map(_file, reports)),
        sql=given["sql"] if isinstance(given["sql"], Path) else None,
        previews=bool(given["sql_preview"]),
    )
    return _Gate(common, asked).run()


@dataclass(frozen=True, slots=True)
class _Asked:
    """The options as typed."""

    base: str | None
    fetch: bool
    select: Sequence[str]
    ignore: Sequence[str]
    databases: Sequence[str]
    level: FailOn
    format: str
    files: dict[str, Path]
    sql: Path | None
    previews: bool


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _file(word: str) -> tuple[str, Path]:
    format, _, file = word.partition("=")
    if format not in FORMATS or not file:
        raise click.UsageError(f"--report takes FORMAT=FILE with one of the formats {', '.join(FORMATS)}")
    return format, Path(file)


class _Gate:
    """One run."""

    def __init__(self, common: Common, asked: _Asked) -> None:
        from migration_guard.continuous import Service

        self.common = common
        self.asked = asked
        self.service = Service.of(os.environ)

    def run(self) -> int:
        base = self._base()
        found, texts, shown = steady(self.common, lambda common: self._found(common, base))
        format = self.service.format if self.asked.format == "auto" else self.asked.format
        deliver(texts[format], None)
        for name, file in self.asked.files.items():
            deliver(texts[name], file)
        if self.asked.sql is not None:
            deliver(
                "".join(f"-- {item.migration} ({item.database})\n{item.sql}\n" for item in shown.previews),
                self.asked.sql,
            )
        self._tell(found, texts)
        found.keep()
        return FINDINGS if any(report.failing(self.asked.level) for report in found.reports) else CLEAN

    def _base(self) -> Base | None:
        """What the change will be merged into. Without git there is nothing to merge."""
        from migration_guard import continuous
        from migration_guard.git import GitError, Repository

        try:
            repository = Repository.at(Path(os.path.abspath(self.common.project or ".")))
        except GitError as error:
            if self.asked.base:
                raise
            complain(f"{error.message}: nothing is compared with a base branch", CLEAN)
            return None
        base = continuous.base_for(repository, self.asked.base, os.environ, fetch=self.asked.fetch)
        if base is None:
            complain("there is no base branch to compare with; name one with --base", CLEAN)
        elif self.common.verbosity and base.reason:
            complain(f"base: {base.ref} ({base.reason})", CLEAN)
        return base

    def _found(self, common: Common, base: Base | None) -> tuple[Checked, dict[str, str], Showing]:
        """What was found, the texts that are wanted, by format, and what there is to show."""
        from migration_guard.cli.scenery import scene
        from migration_guard.continuous import Showing

        def once(hazards: Hazards) -> Checked:
            return checked(common, (), self.asked.select, self.asked.ignore, hazards)

        with scene(common, Hazards(), [base.ref] if self._is_ahead(base) and base else []) as view:
            found = view.found(once)
            wants = {"markdown"} if self._summary() else set()
            wants |= {self.service.format if self.asked.format == "auto" else self.asked.format, *self.asked.files}
            shown = self._showing(common, base) if "markdown" in wants or self.asked.sql is not None else Showing()
            texts = {name: rendered(found.reports, found.locator, name, common, self.asked.level) for name in wants}
        if "markdown" in texts:
            from migration_guard.report.summary import sections

            previews = [(item.migration, item.database, item.sql) for item in shown.previews]
            texts["markdown"] += "\n" + sections(previews if self.asked.previews else [], shown.graph)
        return found, texts, shown

    def _is_ahead(self, base: Base | None) -> bool:
        """Whether the base has anything that this work has not: after a push to it, it has not."""
        from migration_guard.git import Repository

        if base is None:
            return False
        repository = Repository.at(Path(os.path.abspath(self.common.project or ".")))
        head = repository.find_commit("HEAD")
        return head is not None and repository.merge_bases(head, base.commit)[0].sha != base.commit.sha

    def _showing(self, common: Common, base: Base | None) -> Showing:
        from migration_guard import app, continuous

        if base is None:
            return continuous.Showing()
        with ProgressLine() as progress:
            projects = app.open_projects(common.options(progress))
            since = self.asked.base
            found = [continuous.showing(project, since, self.asked.databases) for project in projects]
        return continuous.Showing(
            tuple(name for item in found for name in item.new),
            tuple(preview for item in found for preview in item.previews),
            next((item.graph for item in found if item.graph), ""),
        )

    def _summary(self) -> str:
        from migration_guard.continuous import Service

        return os.environ.get("GITHUB_STEP_SUMMARY", "") if self.service is Service.GITHUB else ""

    def _tell(self, found: Checked, texts: dict[str, str]) -> None:
        """The job's summary, and outputs for later steps."""
        from migration_guard import continuous

        if summary := self._summary():
            continuous.append(summary, texts["markdown"])
        file = os.environ.get("GITHUB_OUTPUT", "") if self.service is continuous.Service.GITHUB else ""
        if file:
            files = {EXTENSIONS[name]: os.fspath(path) for name, path in self.asked.files.items() if name in EXTENSIONS}
            if self.asked.sql is not None:
                files["sql-file"] = os.fspath(self.asked.sql)
            continuous.tell(file, continuous.outputs(found.reports, files))


@click.command(cls=Command, context_settings=FROM_ENVIRONMENT)
@click.argument("report", type=PATH)
@click.option("--clean", is_flag=True, help="There is nothing to say: fold the comment, make none.")
@click.option("--key", default="", help="What tells this comment from others of the same pull request.")
def comment(report: Path, clean: bool, key: str) -> int:
    """Keep one comment on a GitHub pull request up to date with a Markdown report.

    Takes the pull request and the token (GITHUB_TOKEN) from the environment of GitHub Actions.
    """
    from migration_guard import commenting

    place = commenting.Place.of(os.environ)
    if place is None:
        return complain("this run is about no pull request; nothing to comment", CLEAN)
    try:
        text = report.read_text(encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"{report} cannot be read: {error.strerror}") from None
    try:
        write(commenting.keep_comment(place, text, clean=clean, key=key) + "\n")
    except commenting.Refused as refused:
        _say(f"the comment was left out: {refused.reason}. The summary of the job has the report.")
    except commenting.Unreachable as error:
        _say(f"the comment could not be kept up to date: {error}")
    return CLEAN


def _say(text: str) -> None:
    """A word about it where people look: the log, and the job's summary."""
    from migration_guard import continuous
    from migration_guard.report import harmless

    write(
        f"::notice title=migration_guard::{harmless.line(text)}\n" if os.environ.get("GITHUB_ACTIONS") else f"{text}\n"
    )
    if summary := os.environ.get("GITHUB_STEP_SUMMARY", ""):
        continuous.append(summary, harmless.markdown(text) + "\n")
