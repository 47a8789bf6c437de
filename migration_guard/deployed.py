"""The code that runs while new migrations are applied: what the models of the base ref have, and have no more.

In: an opened project, its repository, and the commit where the work left the base. Out: whether that code lacks a field
or a model that the migrations still know. Mostly the texts of the files that the work changed tell: who removes a field
in the same change finds it there. Only where they do not mention it are the models of that commit read, laid over the
disk and never checked out.
"""

from __future__ import annotations

import os
import re
from functools import cached_property

from migration_guard.disk import Overlay, laid_over
from migration_guard.git import Blob, Commit, Repository, Status
from migration_guard.project.project import Project
from migration_guard.state.model import ModelKey, State


class Deployed:
    """The models at a commit, as far as somebody asks about them."""

    def __init__(self, project: Project, repository: Repository, commit: Commit) -> None:
        self._project = project
        self._repository = repository
        self._commit = commit

    def lacks(self, key: ModelKey, name: str | None = None) -> bool:
        """Whether that code has no such field (or, without a name, no such model) any more."""
        field = rf"\b{re.escape(name)}\b" if name is not None else rf"\bclass\s+{re.escape(key[1])}\b"
        if any(re.search(field, text, re.IGNORECASE if name is None else 0) for text in self._before.values()):
            return name is not None and self._is_retired(name)
        model = self._models.get(key)
        if model is None:
            return key[0] not in self._models.incomplete
        return name is not None and name not in model.fields and not model.incomplete

    def _is_retired(self, name: str) -> bool:
        """Kept for migrations only, with django-deprecate-fields: no query names it."""
        kept = re.compile(rf"\b{re.escape(name)}\s*(?::[^=\n]*)?=\s*(?:\w+\.)*deprecate_field\(")
        return any(kept.search(text) for text in self._before.values())

    @cached_property
    def _overlay(self) -> dict[str, bytes | None]:
        """What the work changed, as it was: content by path from the top of the repository, None for new files."""
        found: dict[str, bytes | None] = {}
        wanted: list[Blob] = []
        for change in self._repository.changed_from(self._commit):
            if change.status in (Status.ADDED, Status.RENAMED):
                found[change.path] = None
            if change.before is not None and change.status is not Status.ADDED:
                wanted.append(Blob(change.old_path or change.path, change.before))
        return {**found, **self._repository.contents(wanted)}

    @cached_property
    def _before(self) -> dict[str, str]:
        """The Python files that the work changed, migrations aside, as they were."""
        return {
            path: content.decode("utf-8", "replace")
            for path, content in self._overlay.items()
            if content is not None and path.endswith(".py") and "migrations" not in path.split("/")
        }

    @cached_property
    def _models(self) -> State:
        """The state that the models of the commit describe."""
        tops = {os.fspath(self._repository.top), os.fspath(self._repository.place)}
        files = {os.path.join(top, *path.split("/")): text for top in tops for path, text in self._overlay.items()}
        with laid_over(Overlay(files)):
            return self._project.anew().models_state
