"""`check --fix`: findings mended in memory, pass by pass, until nothing changes; then all of it written, or nothing.

In: a way to check, the fixes that may be applied. Out: an `Outcome`: files before and after, what was mended, what is
left. While it works the new files lie over the disk's (`disk.laid_over`), so each pass judges the fixed project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

from migration_guard.diagnostics import Applicability, Diagnostic, FileEdit, Fix, Report
from migration_guard.disk import Overlay, laid_over
from migration_guard.fixes.remedies import REMEDIES, fix_for
from migration_guard.linting import judged_databases
from migration_guard.project.project import Project
from migration_guard.write.files import Applied, Create, Delete, FileChange, NotApplied, Replace, apply_changes

MAX_PASSES = 25

Checked = tuple[Sequence[Project], Sequence[Report]]
Result = frozenset[tuple[str, bytes | None]]
"""What a fix leaves behind. None is made twice, so that two fixes cannot undo each other for ever."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A finding and what mended it."""

    diagnostic: Diagnostic
    fix: Fix


@dataclass(slots=True)
class Outcome:
    """What fixing comes to. `reports` are what is left once the edits are made."""

    mended: list[Mended] = field(default_factory=list)
    edits: dict[str, FileEdit] = field(default_factory=dict)
    reports: Sequence[Report] = ()
    refused: int = 0
    """How many findings have a fix that may not be applied unasked."""

    @property
    def overlay(self) -> Overlay:
        return Overlay({edit.file: edit.new for edit in self.edits.values()})

    def take(self, fix: Fix) -> None:
        """Put a fix on top of those before it."""
        for edit in fix.edits:
            known = self.edits.get(edit.file)
            old = known.old if known is not None else edit.old
            self.edits[edit.file] = FileEdit(edit.file, old, edit.new)


def fixed(check: Callable[[], Checked], allowed: frozenset[Applicability]) -> Outcome:
    """The project with its findings mended. Nothing is written."""
    outcome = Outcome()
    done: set[Result] = set()
    for _ in range(MAX_PASSES):
        with laid_over(outcome.overlay):
            projects, outcome.reports = check()
            found = list(_pass(projects, outcome, allowed, done))
        for mended in found:
            outcome.take(mended.fix)
        outcome.mended += found
        if not found:
            break
    return outcome


def _pass(
    projects: Sequence[Project], outcome: Outcome, allowed: frozenset[Applicability], done: set[Result]
) -> Iterable[Mended]:
    """Fixes that do not touch each other's files."""
    touched: set[str] = set()
    outcome.refused = 0
    for project, report in zip(projects, outcome.reports, strict=True):
        wanted = [item for item in report.diagnostics if item.code in REMEDIES]
        profiles = judged_databases(project) if wanted else ()
        beside: dict[str, list[str]] = {}
        for diagnostic in wanted:
            beside.setdefault(_migration(diagnostic), []).append(diagnostic.code)
        for diagnostic in wanted:
            fix = fix_for(project, diagnostic, profiles, beside[_migration(diagnostic)], allowed)
            if fix is None or not fix.edits:
                continue
            if fix.applicability not in allowed:
                outcome.refused += 1
                continue
            files, result = {edit.file for edit in fix.edits}, frozenset((edit.file, edit.new) for edit in fix.edits)
            if files & touched or result in done:
                continue
            touched |= files
            done.add(result)
            yield Mended(diagnostic, fix)


def _migration(diagnostic: Diagnostic) -> str:
    return diagnostic.subject.partition(":")[0]


def write(outcome: Outcome) -> Applied | NotApplied:
    """All edits on the disk, or none: a file that has changed since it was read stops the whole."""
    return apply_changes([_change(edit) for edit in outcome.edits.values() if edit.old != edit.new])


def _change(edit: FileEdit) -> FileChange:
    path = Path(edit.file)
    if edit.old is None:
        return Create(path, edit.new or b"")
    if edit.new is None:
        return Delete(path, edit.old)
    return Replace(path, edit.new, edit.old)


def diffs(outcome: Outcome, shown_path: Callable[[str], str]) -> str:
    """The edits as unified diffs."""
    parts: list[str] = []
    for edit in sorted(outcome.edits.values(), key=lambda item: item.file):
        shown = shown_path(edit.file)
        old, new = (_lines(content) for content in (edit.old, edit.new))
        before = shown if edit.old is not None else "/dev/null"
        after = shown if edit.new is not None else "/dev/null"
        parts += unified_diff(old, new, before, after)
    return "".join(parts)


def _lines(content: bytes | None) -> list[str]:
    text = (content or b"").decode("utf-8", "replace")
    return [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in
            text.splitlines(keepends=True)]  # fmt: skip
