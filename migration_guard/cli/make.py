"""`makemigrations`: Django's options, Django's words, Django's exit statuses.

0: done or nothing to do. 1: changes with --check, conflicts, what Django refuses to write, and apps that were left
out because something in them is not known. 2: usage. 3: a question that nobody may answer. 70: a bug of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from migration_guard.cli.options import Common, WithDjangosStatuses, common
from migration_guard.cli.progress import ProgressLine
from migration_guard.cli.session import fail, opened
from migration_guard.cli.speaking import LABEL, Ended, Voice

if TYPE_CHECKING:
    from migration_guard.diff import Answers, Merge, Refused
    from migration_guard.making import Clock, Made, NewFile, Plan, Request
    from migration_guard.project.project import Project

DONE, CHANGES, REFUSED = 0, 1, 1


@click.command(cls=WithDjangosStatuses)
@click.argument("labels", metavar="[APP_LABEL]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only show what would be made; with -v 3 the files as well.")
@click.option("--merge", is_flag=True, help="Join conflicting branches of migrations.")
@click.option("--empty", is_flag=True, help="Make an empty migration for each app named.")
@click.option("--noinput", "--no-input", "noinput", is_flag=True, help="Ask nothing.")
@click.option("-n", "--name", metavar="NAME", help="The name of the migration, instead of one made up.")
@click.option("--no-header", is_flag=True, help="Without the comment on Django's version and the date.")
@click.option("--check", "checked", is_flag=True, help="End with status 1 where migrations are missing; write nothing.")
@click.option("--scriptable", is_flag=True, help="Log to the error stream; print only paths of files made.")
@click.option("--update", is_flag=True, help="Put the changes into the latest migration.")
@click.option("--safe", is_flag=True, help="In steps that block no table for long and break no running code.")
@click.option("--no-format", is_flag=True, help="Do not run the project's formatter on the files.")
@click.option(
    "--answers",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Renames and defaults stated in advance, as TOML.",
)
@common
def makemigrations(common: Common, labels: tuple[str, ...], **given: Any) -> int:
    """Write the missing migrations, as Django would.

    Without labels the migrations of all of the project's apps are made.
    """
    return _Run(common, labels, _Choices(**given)).run()


@dataclass(frozen=True, slots=True)
class _Choices:
    """The options as typed."""

    dry_run: bool
    merge: bool
    empty: bool
    noinput: bool
    name: str | None
    no_header: bool
    checked: bool
    scriptable: bool
    update: bool
    safe: bool
    no_format: bool
    answers: Path | None

    @property
    def dry(self) -> bool:
        return self.dry_run or self.checked


class _Run:
    """One run of the command."""

    def __init__(self, common: Common, labels: Sequence[str], choices: _Choices) -> None:
        self.common = common
        self.labels = tuple(dict.fromkeys(labels))
        self.choices = choices
        self.voice = Voice(choices.scriptable, common.colour)

    @property
    def talks(self) -> bool:
        return self.common.verbosity >= 1

    def run(self) -> int:
        try:
            if self.choices.safe and self.choices.update:
                raise click.UsageError("--safe and --update exclude each other")
            if self.choices.name and not self.choices.name.isidentifier():
                raise fail(self.voice, "The migration name must be a valid Python identifier.")
            with opened(self.common, self.voice, self.labels, writes=not self.choices.dry) as project:
                return self.make(project)
        except Ended as ended:
            return ended.status

    def make(self, project: Project) -> int:
        from migration_guard import making

        request = making.Request(self.labels, self.choices.name, not self.choices.no_header, self.choices.update)
        conflicts = making.conflicts(project, self.labels)
        if conflicts and not self.choices.merge:
            names = "; ".join(f"{', '.join(leaves)} in {app}" for app, leaves in conflicts.items())
            raise fail(
                self.voice,
                f"Conflicting migrations detected; multiple leaf nodes in the migration graph: ({names}).\n"
                "To fix them run 'python manage.py makemigrations --merge'",
            )
        if self.choices.merge and not conflicts:
            self.voice.log("No conflicts detected to merge.")
            return DONE
        answers = self.answers(project)
        if self.choices.merge:
            return self.merge(project, request, conflicts, answers)
        return self.changes(project, request, answers)

    def answers(self, project: Project) -> Answers:
        from migration_guard import answering
        from migration_guard.cli.questioner import Terminal
        from migration_guard.diff import NonInteractive

        otherwise: Answers = NonInteractive()
        if not self.choices.noinput:
            otherwise = Terminal(project, self.voice, dry_run=self.choices.dry)
        return answering.stated(project, self.choices.answers, otherwise)

    # Changes

    def changes(self, project: Project, request: Request, answers: Answers) -> int:
        from migration_guard import making
        from migration_guard.diff import Refused

        self.read_states(project)
        at = making.clock(project)
        if self.choices.empty:
            if not self.labels:
                raise fail(self.voice, "You must supply at least one app label when using --empty.")
            plan = making.plan_empty(project, request, at)
        else:
            plan = self.planned(project, request, answers, at)
        if isinstance(plan, Refused):
            return self.refused(plan)
        self.remarks(project, plan)
        if not plan.files:
            if self.talks and not plan.incomplete:
                self.voice.log(self.nothing() + (", as far as can be known" if plan.left_out else ""))
            return REFUSED if plan.incomplete else DONE
        status = self.write(project, plan)
        changed = self.choices.checked and not self.choices.empty
        return status or (REFUSED if plan.incomplete else CHANGES if changed else DONE)

    def planned(self, project: Project, request: Request, answers: Answers, at: Clock) -> Made:
        from migration_guard import making

        if not self.choices.safe:
            return making.plan_changes(project, request, answers, at)
        from migration_guard.diff import Refused
        from migration_guard.fixes.planned import Safer
        from migration_guard.linting import judged_databases

        safer = Safer(project, judged_databases(project), request.name)
        plan = making.plan_changes(project, request, answers, at, safer)
        return plan if isinstance(plan, Refused) else replace(plan, notes=(*plan.notes, *safer.notes))

    def read_states(self, project: Project) -> None:
        """Both states, while the progress line may be drawn: later there may be questions."""
        from migration_guard import making

        with ProgressLine() as progress:
            project.progress = progress.step
            obstacles = making.obstacles_to_states(project, self.labels)
            _ = project.models_state
        project.progress = lambda what: None
        for obstacle in obstacles:
            self.voice.complain(f"CommandError: {obstacle}")
        if obstacles:
            raise Ended(REFUSED)

    def nothing(self) -> str:
        match self.labels:
            case ():
                return "No changes detected"
            case (label,):
                return f"No changes detected in app '{label}'"
            case labels:
                return "No changes detected in apps '{}'".format("', '".join(labels))

    def remarks(self, project: Project, plan: Plan) -> None:
        """What was said on the way, what was left out, what looks like a rename."""
        from migration_guard import app

        for note in plan.notes:
            self.voice.log(note)
        locator = app.locator()
        for item in plan.left_out:
            if not item.pending and not self.talks:
                continue
            place = locator.locate(item.origin) if item.origin else None
            where = f"{place.file}:{place.line}: " if place else ""
            lead = "no migration was made for" if item.pending else "not everything is known of"
            subject = f" ({item.subject})" if item.subject else ""
            self.voice.complain(f"{where}{lead} app '{item.app_label}'{subject}: {item.message}")
            if item.remedy:
                self.voice.complain(f"  hint: {item.remedy}")
        if self.choices.noinput and self.talks:
            for hint in plan.hints:
                self.voice.complain(f"{hint.message}; say so with --answers or without --noinput")

    def write(self, project: Project, plan: Plan) -> int:
        """Announce the files and write them. What cannot be written is announced by nobody."""
        from migration_guard import making
        from migration_guard.write.files import NotApplied

        warnings: tuple[str, ...] = ()
        if not self.choices.dry:
            formatters = () if self.choices.no_format else making.project_formatters(project)
            written = making.write_files([new for files in plan.files.values() for new in files], formatters)
            if isinstance(written, NotApplied):
                raise fail(self.voice, written.message)
            warnings = written.warnings
        for app, files in plan.files.items():
            if self.talks:
                self.voice.heading(f"Migrations for '{app}':")
            for new in files:
                self.announce(project, new)
        for warning in warnings:
            self.voice.complain(warning)
        return DONE

    def announce(self, project: Project, new: NewFile) -> None:
        from migration_guard.making import shown_path
        from migration_guard.write.describe import formatted_description

        path = shown_path(new.path)
        if self.talks:
            self.voice.log(f"  {self.voice.styled(path, LABEL)}\n")
            for operation in new.migration.operations:
                self.voice.log(f"    {formatted_description(operation, project.version)}")
            if self.choices.scriptable:
                self.voice.result(path)
        if not self.choices.dry:
            if new.previous is not None:
                self.replaced(new, path, shown_path(new.previous))
        elif self.common.verbosity == 3:
            self.voice.heading(f"Full migrations file '{new.path.name}':")
            self.voice.log(new.text)

    def replaced(self, new: NewFile, path: str, previous: str) -> None:
        if new.ported:
            self.voice.warning(
                f"Updated migration {path} requires manual porting.\n"
                f"Previous migration {previous} was kept and must be deleted after porting functions manually."
            )
        else:
            self.voice.log(f"Deleted {previous}")

    # Merges

    def merge(self, project: Project, request: Request, conflicts: dict[str, list[str]], answers: Answers) -> int:
        """Merge all apps that conflict; files are written once all questions are answered."""
        from migration_guard import making
        from migration_guard.diff import Refused

        at = making.clock(project)
        made: list[NewFile] = []
        for app, leaves in conflicts.items():
            planned = making.plan_merge(project, app, leaves, request, at)
            if isinstance(planned, Refused):
                return self.refused(planned)
            if self.talks:
                self.branches(project, planned)
            if planned.clashes and not _insisted(answers, app):
                raise self.clash(project, planned)
            self.opaque(project, planned)
            if not answers.merge(app):
                continue
            new = making.merge_file(project, planned, request, at)
            if isinstance(new, Refused):
                return self.refused(new)
            made.append(new)
        return self.write_merges(project, made)

    def branches(self, project: Project, planned: Merge) -> None:
        from migration_guard.write.describe import formatted_description

        self.voice.heading(f"Merging {planned.app_label}")
        for branch in planned.branches:
            self.voice.log(self.voice.styled(f"  Branch {branch.leaf}", LABEL))
            for operation in branch.operations:
                self.voice.log(f"    {formatted_description(operation, project.version)}")

    def opaque(self, project: Project, planned: Merge) -> None:
        """Operations of which nobody can tell what they touch, where another branch has operations at all."""
        from migration_guard.write.describe import describe

        if not self.talks or sum(bool(branch.operations) for branch in planned.branches) < 2:
            return
        for place in planned.opaque:
            self.voice.complain(
                f"{place.migration[1]}: {describe(place.operation, project.version)} may touch anything; whether its "
                "order matters cannot be told"
            )

    def clash(self, project: Project, planned: Merge) -> Ended:
        from migration_guard.write.describe import describe

        lines = []
        for clash in planned.clashes:
            sides = [
                f"{place.migration[1]}: {describe(place.operation, project.version)}"
                for place in (clash.first, clash.second)
            ]
            lines.append(f"  {clash.subject}: {sides[0]}; {sides[1]}")
        return fail(
            self.voice,
            f"The branches of '{planned.app_label}' cannot be merged, because their order matters:\n"
            + "\n".join(lines)
            + "\nMake one branch depend on the other and adapt it, or state that they may be merged: "
            f'merge = ["{planned.app_label}"] in the file of --answers.',
        )

    def write_merges(self, project: Project, made: list[NewFile]) -> int:
        from migration_guard import making
        from migration_guard.write.files import NotApplied

        if not self.choices.dry_run and not self.choices.checked:
            formatters = () if self.choices.no_format else making.project_formatters(project)
            written = making.write_files(made, formatters, package=False)
            if isinstance(written, NotApplied):
                raise fail(self.voice, written.message)
            for new in made if self.talks else ():
                self.voice.log(f"\nCreated new merge migration {new.path}")
                if self.choices.scriptable:
                    self.voice.result(str(new.path))
            for warning in written.warnings:
                self.voice.complain(warning)
        elif self.common.verbosity == 3:
            for new in made:
                self.voice.heading(f"Full merge migrations file '{new.path.name}':")
                self.voice.log(new.text)
        return DONE

    # Endings

    def refused(self, refused: Refused) -> int:
        """Django stops: its words go to the log where a question was open, else to the error stream."""
        if refused.status != 3:
            raise fail(self.voice, refused.message)
        if self.talks:
            self.voice.log(refused.message)
        return refused.status


def _insisted(answers: Answers, app: str) -> bool:
    """Whether a merge was stated in advance."""
    merged = getattr(answers, "merged", None)
    return merged is not None and app in merged
