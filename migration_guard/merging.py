"""`check --against`: what is only wrong when this branch and another are united, and the commands that mend it.

In: reports on the union and, where they are needed, on this branch and on the other by themselves. Out: the reports on
the union, with whose trouble each finding is, and what to do. Nothing is merged, checked out or written.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from migration_guard.diagnostics import Confidence, Diagnostic, Place, Report, finding
from migration_guard.disk import bare, laid_over
from migration_guard.git import GitError, Repository
from migration_guard.overlays import Merged, merged_overlay, tree_overlay
from migration_guard.project.project import Project
from migration_guard.rebasing import Declined, Nothing, Rebase, plan_rebase
from migration_guard.upstream import Base, find_base

FEW = 5
"""How many paths a sentence names."""

Check = Callable[[], Sequence[Report]]


@dataclass(frozen=True, slots=True)
class Side:
    """One branch that this one is united with."""

    base: Base
    merged: Merged

    @property
    def name(self) -> str:
        """ "origin/main (1a2b3c4)"."""
        sha = self.base.commit.sha
        return self.base.ref if sha.startswith(self.base.ref) else f"{self.base.ref} ({sha[:7]})"


@dataclass(frozen=True, slots=True)
class Union:
    """The working tree and the branches that it is united with, in their order."""

    repository: Repository
    sides: tuple[Side, ...]

    @property
    def names(self) -> str:
        return " and ".join(side.name for side in self.sides)

    @property
    def refs(self) -> tuple[str, ...]:
        return tuple(side.base.ref for side in self.sides)


@contextmanager
def united(start: Path, refs: Sequence[str | None], environ: Mapping[str, str]) -> Iterator[Union]:
    """While this is open, the files are those of the merge result. None stands for what the CI service says.

    Raises GitError where a ref is not there or has no history in common with this branch.
    """
    repository = Repository.at(start if start.is_dir() else start.parent)
    if repository.find_commit("HEAD") is None:
        raise GitError("there is no commit yet that could be merged")
    with ExitStack() as stack:
        sides = []
        for ref in refs:
            base = find_base(repository, ref, environ)
            merged = merged_overlay(repository, base.commit)
            stack.enter_context(laid_over(merged.overlay))
            sides.append(Side(base, merged))
        yield Union(repository, tuple(sides))


def base_of(repository: Repository, ref: str | None, environ: Mapping[str, str]) -> Base | None:
    """The branch that the work will be merged into; None where none was named and there is none."""
    try:
        return find_base(repository, ref, environ)
    except GitError:
        if ref is not None:
            raise
        return None


def explained(
    union: Union, reports: Sequence[Report], alone: Check, projects: Callable[[], Sequence[Project]]
) -> list[Report]:
    """The reports on the union, told in terms of the branches. `alone` is asked only where there are findings.

    `projects` are this branch's own, opened without the others.
    """
    told = _told(union, [*reports])
    if not any(report.diagnostics for report in reports):
        return told
    with bare():
        ours = _keys(alone())
    theirs = [(side, _keys_of(union, side, alone)) for side in union.sides] if _news(reports, ours) else []
    mending = _Mending(union, projects)
    return [
        replace(
            report,
            diagnostics=tuple(_placed(item, report, union, ours, theirs, mending) for item in report.diagnostics),
        )
        for report in told
    ]


def conflicting_apps(
    start: Path, ref: str, projects: Callable[[], Sequence[Project]]
) -> list[tuple[Path, tuple[str, ...]]]:
    """The apps, by project, that would have several leaf nodes together with a commit and have one without it."""
    with united(start, [ref], {}) as union:
        if not any(path.endswith(".py") for side in union.sides for path in side.merged.arriving):
            return []
        together = [(project.root.path, project.graph.conflicts()) for project in projects()]
    if not any(conflicts for _, conflicts in together):
        return []
    alone = {project.root.path: project.graph.conflicts() for project in projects()}
    found = [(root, tuple(sorted(conflicts.keys() - alone.get(root, {}).keys()))) for root, conflicts in together]
    return [(root, labels) for root, labels in found if labels]


_Key = tuple[str, str, str, str]


def _key(item: Diagnostic, report: Report) -> _Key:
    return report.project or "", item.code, item.subject, item.message


def _keys(reports: Sequence[Report]) -> frozenset[_Key]:
    return frozenset(_key(item, report) for report in reports for item in report.diagnostics)


def _keys_of(union: Union, side: Side, check: Check) -> frozenset[_Key]:
    with bare(), laid_over(tree_overlay(union.repository, side.base.commit)):
        return _keys(check())


def _news(reports: Sequence[Report], ours: frozenset[_Key]) -> bool:
    return any(_key(item, report) not in ours for report in reports for item in report.diagnostics)


def _placed(
    item: Diagnostic,
    report: Report,
    union: Union,
    ours: frozenset[_Key],
    theirs: Sequence[tuple[Side, frozenset[_Key]]],
    mending: _Mending,
) -> Diagnostic:
    """A finding with whose it is."""
    key = _key(item, report)
    if key in ours:
        return item
    owners = [side.name for side, keys in theirs if key in keys]
    if owners:
        return replace(item, details=(*item.details, f"{' and '.join(owners)} has this already, without this branch"))
    item = replace(item, details=(*item.details, f"only together with {union.names}: this branch alone is without it"))
    conflicts = [path for side in union.sides for path in side.merged.conflicts]
    if item.code == "MG101":
        hint = (
            f"merge {' '.join(union.refs)}, then run: migration-guard makemigrations {item.subject.partition('.')[0]}"
        )
        item = replace(item, hint=hint)
        if any(not _is_migration(path) for path in conflicts):
            reason = "git will ask about lines that both sides changed, and the answer decides"
            item = replace(item, confidence=Confidence.POSSIBLE, details=(*item.details, reason))
    if item.code == "MG102":
        item = replace(item, hint=mending.of(item.subject))
    return item


def _is_migration(path: str) -> bool:
    return PurePosixPath(path).parent.name == "migrations"


class _Mending:
    """The commands that repair conflicting leaf nodes."""

    def __init__(self, union: Union, projects: Callable[[], Sequence[Project]]) -> None:
        self._union = union
        self._open = projects
        self._projects: Sequence[Project] | None = None

    def of(self, app: str) -> str:
        """What to run for an app, as one sentence."""
        refs = [shlex.quote(ref) for ref in self._union.refs]
        merge = f"git merge {' '.join(refs)}, then migration-guard makemigrations --merge {app}"
        for ref in self._union.refs:
            if self._can_rebase(app, ref):
                return f"run: migration-guard rebase {app} --onto {shlex.quote(ref)}; or: {merge}"
        return f"run: {merge}"

    def _can_rebase(self, app: str, ref: str) -> bool:
        with bare():
            if self._projects is None:
                self._projects = self._open()
            return any(self._rebases(project, app, ref) for project in self._projects)

    def _rebases(self, project: Project, app: str, ref: str) -> bool:
        if project.apps.by_label(app) is None:
            return False
        match plan_rebase(project, app, ref):
            case Rebase():
                return True
            case Declined() | Nothing():
                return False


def _told(union: Union, reports: list[Report]) -> list[Report]:
    """The reports with what the union is, and where git itself would ask."""
    conflicts = sorted({path for side in union.sides for path in side.merged.conflicts})
    twice = [path for path in conflicts if _is_migration(path)]
    others = [path for path in conflicts if path not in twice]
    told = []
    for number, report in enumerate(reports):
        notes = (*report.notes, f"judged as merged with {union.names}")
        cautions, diagnostics = report.cautions, report.diagnostics
        if number == 0:
            diagnostics = (*diagnostics, *(_taken_twice(union, path) for path in twice))
            if others:
                shown = ", ".join(others[:FEW]) + (f" and {len(others) - FEW} more" if len(others) > FEW else "")
                cautions = (*cautions, f"git cannot unite by itself: {shown}; judged with both versions of those lines")
        items = tuple(item for item in diagnostics if not _is_garbled(item, union, others))
        told.append(replace(report, notes=notes, cautions=cautions, diagnostics=items))
    return told


def _taken_twice(union: Union, path: str) -> Diagnostic:
    file = os.fspath(union.repository.place / path)
    name = PurePosixPath(path)
    label = name.parent.parent.name
    return finding(
        "MG112",
        f"{name.stem} of {label} is not the same here and in {union.names}",
        origin=Place(os.path.relpath(file), 0),
        subject=f"{label}.{name.stem}",
        hint=f"run: migration-guard rebase {label} --onto {shlex.quote(union.refs[0])}",
    )


def _is_garbled(item: Diagnostic, union: Union, conflicts: Sequence[str]) -> bool:
    """A file that is no Python because both versions of its lines are in it: git will ask about it anyway."""
    if item.code != "MG110" or item.origin is None:
        return False
    return any(os.path.abspath(item.origin.file) == os.fspath(union.repository.place / path) for path in conflicts)
