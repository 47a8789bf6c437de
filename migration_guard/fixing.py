"""`check --fix`: findings mended in memory, pass by pass, until nothing changes; then all of it written, or nothing.

In: a way to check, the fixes that may be applied. Out: an `Outcome`: files before and after, what was mended, what is
left. While it works the new files lie over the disk's (`disk.laid_over`), so each pass judges the fixed project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher, unified_diff
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

Lines = tuple[int, int, tuple[bytes, ...]]
"""Lines from one number to another, and what takes their place."""


class Changes:
    """What the fixes of one pass do to files: several to one file, where they change different lines of it."""

    def __init__(self) -> None:
        self._old: dict[str, bytes | None] = {}
        self._whole: dict[str, bytes | None] = {}
        self._lines: dict[str, list[Lines]] = {}

    def add(self, fix: Fix) -> bool:
        """Take a fix in, all of its files or none."""
        found = {edit.file: _changed_lines(edit) for edit in fix.edits}
        if any(not self._fits(edit, found[edit.file]) for edit in fix.edits):
            return False
        for edit in fix.edits:
            self._old[edit.file] = edit.old
            lines = found[edit.file]
            if lines is None:
                self._whole[edit.file] = edit.new
            else:
                self._lines.setdefault(edit.file, []).extend(lines)
        return True

    def _fits(self, edit: FileEdit, lines: list[Lines] | None) -> bool:
        if edit.file not in self._old:
            return True
        if lines is None or edit.file in self._whole:
            return False
        return not any(one[0] <= other[1] and other[0] <= one[1] for one in lines for other in self._lines[edit.file])

    def edits(self) -> Iterable[FileEdit]:
        """The files as they are with all that was taken in."""
        for file, old in self._old.items():
            if file in self._whole:
                yield FileEdit(file, old, self._whole[file])
                continue
            lines = (old or b"").splitlines(keepends=True)
            for start, end, new in sorted(self._lines[file], reverse=True):
                lines[start:end] = new
            yield FileEdit(file, old, b"".join(lines))


def _changed_lines(edit: FileEdit) -> list[Lines] | None:
    """The lines that an edit changes; None for a file that comes or goes."""
    if edit.old is None or edit.new is None:
        return None
    old, new = edit.old.splitlines(keepends=True), edit.new.splitlines(keepends=True)
    found = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return [(a, b, tuple(new[c:d])) for tag, a, b, c, d in found if tag != "equal"]


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

    def take(self, edits: Iterable[FileEdit]) -> None:
        """Put the edits of a pass on top of those before it."""
        for edit in edits:
            known = self.edits.get(edit.file)
            old = known.old if known is not None else edit.old
            self.edits[edit.file] = FileEdit(edit.file, old, edit.new)


def fixed(check: Callable[[], Checked], allowed: frozenset[Applicability]) -> Outcome:
    """The project with its findings mended. Nothing is written."""
    outcome = Outcome()
    done: set[Result] = set()
    for _ in range(MAX_PASSES):
        changes = Changes()
        with laid_over(outcome.overlay):
            projects, outcome.reports = check()
            found = list(_pass(projects, outcome, allowed, done, changes))
        outcome.take(changes.edits())
        outcome.mended += found
        if not found:
            break
    return outcome


def _pass(
    projects: Sequence[Project],
    outcome: Outcome,
    allowed: frozenset[Applicability],
    done: set[Result],
    changes: Changes,
) -> Iterable[Mended]:
    """Fixes that do not get into each other's way."""
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
            result = frozenset((edit.file, edit.new) for edit in fix.edits)
            if result not in done and changes.add(fix):
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
