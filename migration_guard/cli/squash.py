"""`squashmigrations` and `optimizemigration`: Django's options, words and exit statuses."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import click

from migration_guard.cli.options import Command, Common, common
from migration_guard.cli.session import fail, opened
from migration_guard.cli.speaking import Ended, Voice

if TYPE_CHECKING:
    from migration_guard.diff import Refused
    from migration_guard.project.project import Project
    from migration_guard.squashing import Rewritten, Span
    from migration_guard.state.operations import Operation

T = TypeVar("T")

DONE, REFUSED = 0, 1


@click.command(cls=Command)
@click.argument("app_label")
@click.argument("names", metavar="[START_MIGRATION_NAME] MIGRATION_NAME", nargs=-1, required=True)
@click.option("--no-optimize", is_flag=True, help="Keep all operations as they are.")
@click.option("--noinput", "--no-input", "noinput", is_flag=True, help="Ask nothing.")
@click.option("--squashed-name", metavar="NAME", help="The name of the new migration.")
@click.option("--no-header", is_flag=True, help="Without the comment on Django's version and the date.")
@click.option("--no-format", is_flag=True, help="Do not run the project's formatter on the file.")
@common
def squashmigrations(
    common: Common,
    app_label: str,
    names: tuple[str, ...],
    no_optimize: bool,
    noinput: bool,
    squashed_name: str | None,
    no_header: bool,
    no_format: bool,
) -> int:
    """Squash an app's migrations, from the first (or a given one) until the one named, into one."""
    if len(names) > 2:
        raise click.UsageError("at most two migrations can be named: the first and the last")
    first, last = (None, *names)[-2:]
    voice = Voice(colour=common.colour)

    def run(project: Project) -> int:
        from migration_guard import making, squashing

        if not squashing.has_migrations(project, app_label):
            message = f"App '{app_label}' does not have migrations (so squashmigrations on it makes no sense)"
            raise fail(voice, message)
        span = _checked(voice, squashing.span(project, app_label, str(last), first))
        if common.verbosity > 0 or not noinput:
            voice.heading("Will squash the following migrations:")
            for migration in span.migrations:
                voice.log(f" - {migration.name}")
            if not noinput and not _proceeds(project, voice):
                return DONE
        _checked(voice, squashing.squashable(project, span))
        quiet = common.verbosity < 1
        operations = span.operations if no_optimize else _optimized(project, voice, span, quiet)
        if no_optimize and not quiet:
            voice.heading("(Skipping optimization.)")
        at = None if no_header else making.clock(project)
        file = _checked(voice, squashing.squash(project, span, operations, squashed_name, at))
        _write(project, voice, file, no_format)
        if not quiet:
            _report(voice, file)
        return DONE

    return _in_project(common, voice, app_label, run)


@click.command(cls=Command)
@click.argument("app_label")
@click.argument("migration_name")
@click.option("--check", "checked", is_flag=True, help="End with status 1 where it can be optimized; write nothing.")
@click.option("--no-format", is_flag=True, help="Do not run the project's formatter on the file.")
@common
def optimizemigration(common: Common, app_label: str, migration_name: str, checked: bool, no_format: bool) -> int:
    """Optimize the operations of one migration."""
    voice = Voice(colour=common.colour)
    quiet = common.verbosity < 1

    def run(project: Project) -> int:
        from migration_guard import making, squashing
        from migration_guard.write.squash import porting_advice

        if not squashing.has_migrations(project, app_label):
            raise fail(voice, f"App '{app_label}' does not have migrations.")
        migration = _checked(voice, squashing.find_migration(project, app_label, migration_name))
        operations = squashing.optimized(project, app_label, migration.operations)
        if len(operations) == len(migration.operations):
            if not quiet:
                voice.log("No optimizations possible.")
            return DONE
        if not quiet:
            voice.log(f"Optimizing from {len(migration.operations)} operations to {len(operations)} operations.")
        if checked:
            return REFUSED
        file = _checked(voice, squashing.optimize_file(project, migration, operations, making.clock(project)))
        _write(project, voice, file, no_format)
        if not quiet:
            if file.ported:
                _advise(voice, porting_advice("optimized"), "Optimized")
            voice.heading(f"Optimized migration {file.path}")
        return DONE

    return _in_project(common, voice, app_label, run, writes=not checked)


def _in_project(
    common: Common, voice: Voice, app_label: str, run: Callable[[Project], int], *, writes: bool = True
) -> int:
    try:
        with opened(common, voice, [app_label], writes=writes, unknown=REFUSED) as project:
            return run(project)
    except Ended as ended:
        return ended.status


def _checked(voice: Voice, found: T | Refused) -> T:
    """What was found, where it is not a refusal."""
    from migration_guard.diff import Refused as Refusal

    if isinstance(found, Refusal):
        raise fail(voice, found.message)
    return found


def _proceeds(project: Project, voice: Voice) -> bool:
    from migration_guard import versions
    from migration_guard.cli.questioner import Terminal

    choice = "[y/N]" if versions.SQUASH_PROMPT_WITH_SLASH(project.version) else "[yN]"
    while True:
        answer = Terminal(project, voice).read(f"Do you wish to proceed? {choice} ")[:1].lower()
        if answer in ("", "n", "y"):
            return answer == "y"


def _optimized(project: Project, voice: Voice, span: Span, quiet: bool) -> tuple[Operation, ...]:
    from migration_guard import squashing

    if not quiet:
        voice.heading("Optimizing...")
    before = span.operations
    after = squashing.optimized(project, span.migrations[-1].app_label, before)
    if not quiet and len(after) == len(before):
        voice.log("  No optimizations possible.")
    elif not quiet:
        voice.log(f"  Optimized from {len(before)} operations to {len(after)} operations.")
    return after


def _write(project: Project, voice: Voice, file: Rewritten, no_format: bool) -> None:
    from migration_guard import making, squashing
    from migration_guard.write.files import NotApplied

    written = squashing.write(file, () if no_format else making.project_formatters(project))
    if isinstance(written, NotApplied):
        raise fail(voice, written.message)


def _report(voice: Voice, file: Rewritten) -> None:
    from migration_guard.write.squash import SQUASHED_ADVICE, porting_advice

    voice.heading(f"Created new squashed migration {file.path}")
    voice.log(SQUASHED_ADVICE)
    if file.ported:
        _advise(voice, porting_advice("squashed"), "Squashed")


def _advise(voice: Voice, advice: str, what: str) -> None:
    voice.log(advice)
    if shutil.which("black"):
        voice.warning(f'{what} migration couldn\'t be formatted using the "black" command. You can call it manually.')
