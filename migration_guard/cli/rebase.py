"""`rebase`: the branch's own migrations of an app put after those of the base.

0: done, or nothing to do. 1: declined with a reason, or done and the models differ from the migrations. 2: usage, and
what git cannot give.
"""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migration_guard.cli.options import Command, Common, common
from migration_guard.cli.progress import ProgressLine
from migration_guard.cli.run import FINDINGS, complain
from migration_guard.cli.session import opened
from migration_guard.cli.speaking import Ended, Voice

if TYPE_CHECKING:
    from migration_guard.project.project import Project
    from migration_guard.rebasing import Rebase

DONE = 0


@click.command(cls=Command)
@click.argument("app_label")
@click.option(
    "--onto",
    metavar="REF|MIGRATION",
    help="The base: a branch or commit, or the migration that stays. Without it, the default branch of the remote.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be done; with -v 2 the changes as well.")
@common
def rebase(common: Common, app_label: str, onto: str | None, dry_run: bool) -> int:
    """Put this branch's migrations of an app after those of the base: renumbered, with new dependencies.

    All migrations of the app that are in the working tree and not in the base are moved, in their order. Files are
    renamed in the working tree only; git's index is left alone.
    """
    voice = Voice(colour=common.colour)
    try:
        with opened(common, voice, [app_label], writes=not dry_run) as project:
            return _run(common, voice, project, app_label, onto, dry_run)
    except Ended as ended:
        return ended.status


def rebase_apps(common: Common, start: Path, ref: str) -> int:
    """Rebase each app of each project whose migrations would conflict with those of a commit; the worst status."""
    from migration_guard import app, merging

    status = DONE
    for root, labels in merging.conflicting_apps(start, ref, lambda: app.open_projects(common.options(ProgressLine()))):
        for label in labels:
            voice = Voice(colour=common.colour)
            try:
                with opened(replace(common, project=root), voice, [label], writes=True) as project:
                    status = _run(common, voice, project, label, ref, dry_run=False) or status
            except Ended as ended:
                status = ended.status or status
    return status


def _run(common: Common, voice: Voice, project: Project, app_label: str, onto: str | None, dry_run: bool) -> int:
    from migration_guard import rebasing
    from migration_guard.write.files import NotApplied

    with ProgressLine() as progress:
        project.progress = progress.step
        plan = rebasing.plan_rebase(project, app_label, onto)
        drift = rebasing.drift(plan) if isinstance(plan, rebasing.Rebase) else rebasing.Drift()
    project.progress = lambda what: None
    if isinstance(plan, rebasing.Nothing):
        if common.verbosity:
            voice.log(plan.message)
        return DONE
    if isinstance(plan, rebasing.Declined):
        return complain(plan.message, FINDINGS, plan.hint)
    if not dry_run:
        written = rebasing.write_rebase(plan)
        if isinstance(written, NotApplied):
            return complain(written.message, FINDINGS)
    if common.verbosity:
        _tell(voice, plan, dry_run)
    if common.verbosity > 1:
        _differences(voice, plan)
    return _tell_drift(common, voice, project, plan, drift)


def _tell(voice: Voice, plan: Rebase, dry_run: bool) -> None:
    chain = plan.chain
    app, first = chain.app_label, chain.migrations[0].name
    parent = "" if plan.base == chain.parent else f", after {chain.parent}"
    voice.heading(f"{'Would rebase' if dry_run else 'Rebased'} {app} onto {plan.base}{parent}:")
    for move in plan.moves:
        voice.log(f"  {move.old} -> {move.new}" if move.old != move.new else f"  {move.old}")
        if move.old == first:
            voice.log(f"    depends on {chain.parent} instead of {chain.fork}")
    for item in plan.touched:
        voice.log(f"  {item.subject}: new names")
    if chain.parent in plan.arriving:
        voice.log(f"{chain.parent} is not in the working tree yet: it comes with {plan.base} when that is merged.")
    for note in plan.notes:
        voice.log(f"Note: {note}")
    if any(move.old != move.new for move in plan.moves):
        voice.log(
            f"Where the old names have been applied, go back first: migrate {app} {chain.fork} (with the old files)."
        )


def _differences(voice: Voice, plan: Rebase) -> None:
    from migration_guard.making import shown_path

    files = [(move.path, move.target, move.before, move.after) for move in plan.moves]
    files += [(item.path, item.path, item.before, item.after) for item in plan.touched]
    for path, target, before, after in files:
        old, new = (data.decode("utf-8", "replace").splitlines() for data in (before, after))
        for line in difflib.unified_diff(old, new, shown_path(path), shown_path(target), lineterm=""):
            voice.log(line)


def _tell_drift(common: Common, voice: Voice, project: Project, plan: Rebase, drift: object) -> int:
    from migration_guard.rebasing import Drift
    from migration_guard.write.describe import formatted_description

    assert isinstance(drift, Drift)
    app = plan.chain.app_label
    before = f" (without what comes with {plan.base})" if plan.arriving else ""
    if drift.unreadable:
        voice.complain(f"Whether the models of {app} fit could not be checked: {drift.unreadable}")
    for migration in drift.missing:
        voice.complain(f"The models of {app} differ from its migrations{before}; makemigrations would make:")
        for operation in migration.operations:
            voice.complain(f"    {formatted_description(operation, project.version)}")
    many = "" if common.verbose else f" (and {len(drift.doubts) - 1} more: check -v {app})"
    for doubt in drift.doubts if common.verbose else drift.doubts[:1]:
        voice.complain(f"Not everything is known of {app}: {doubt}{many if len(drift.doubts) > 1 else ''}")
    if drift.missing:
        return FINDINGS
    if common.verbosity and not drift.unreadable and not drift.doubts:
        voice.log(f"No changes detected in app '{app}'{before}")
    return DONE
