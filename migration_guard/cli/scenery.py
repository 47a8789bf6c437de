"""What `check` looks at: the working tree, what is staged, or the result of a merge.

In: the options. Out: a context in which files are read as that state has them, and the findings in its terms.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from migration_guard.cli.checked import Checked, Hazards
from migration_guard.cli.options import Common
from migration_guard.cli.progress import ProgressLine

if TYPE_CHECKING:
    from migration_guard.merging import Union
    from migration_guard.project.project import Project

Check = Callable[[Hazards], Checked]


@dataclass(frozen=True, slots=True)
class Scene:
    """What is looked at. `union` is None where nothing is merged."""

    common: Common
    hazards: Hazards
    union: Union | None = None

    def found(self, check: Check) -> Checked:
        """What a check finds there, and for a merge on each side of it."""
        union = self.union
        if union is None:
            return check(self.hazards)
        # What the other side brings is not this branch's to be judged.
        judged_already = self.hazards.since or self.hazards.staged
        first = check(self.hazards if judged_already else replace(self.hazards, since=union.refs[0]))
        from migration_guard import merging

        bare = replace(self.hazards, write_baseline=None)
        reports = merging.explained(union, first.reports, lambda: check(bare).reports, self._projects)
        return replace(first, reports=reports)

    def _projects(self) -> Sequence[Project]:
        from migration_guard import app

        with ProgressLine() as progress:
            return app.open_projects(self.common.options(progress))


@contextmanager
def scene(common: Common, hazards: Hazards, against: Sequence[str | None] = ()) -> Iterator[Scene]:
    """While this is open, files are read as they would be in the state that was asked for."""
    with ExitStack() as stack:
        if hazards.staged:
            from migration_guard.disk import laid_over
            from migration_guard.git import Repository
            from migration_guard.overlays import staged_overlay

            stack.enter_context(laid_over(staged_overlay(Repository.at(_start(common)))))
        union = None
        if against:
            from migration_guard import merging

            union = stack.enter_context(merging.united(_start(common), against, os.environ))
        yield Scene(common, hazards, union)


def _start(common: Common) -> Path:
    start = Path(os.path.abspath(common.project or "."))
    return start if start.is_dir() else start.parent
