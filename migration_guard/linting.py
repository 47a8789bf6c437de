"""The rules run over a project: scope, databases, steps and context put together, findings and a sentence out.

In: an opened project, the codes that count, and what the user wishes. Out: `Linted`. Rules and SQL are touched only
where there is something to judge. Prints nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from migration_guard.deployed import Deployed
from migration_guard.diagnostics import Confidence, Diagnostic
from migration_guard.previewing import choose_database
from migration_guard.project.project import Project
from migration_guard.project.settings import databases
from migration_guard.rules.context import Context, Policy
from migration_guard.rules.judge import judge
from migration_guard.rules.registry import listed
from migration_guard.scoping import Scope, Wish, find_scope
from migration_guard.source.errors import SourceError
from migration_guard.sql.profiles import Profile
from migration_guard.state.operations import CustomOperation, Migration
from migration_guard.stepping import judged_steps


@dataclass(frozen=True, slots=True)
class Linted:
    """What the rules found, and what they were asked about."""

    diagnostics: tuple[Diagnostic, ...]
    scope: Scope
    databases: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """The migrations that were judged."""

    @property
    def said(self) -> str:
        """What was judged, as a sentence without its full stop."""
        on = f" (on {', '.join(self.databases)})" if self.databases else ""
        return f"{self.scope.said}{on}"


def lint(project: Project, wanted: Container[str] | None, wish: Wish, labels: frozenset[str] = frozenset()) -> Linted:
    """The hazards of the migrations that are judged, as the rules of the wanted codes see them, or the usual ones."""
    return lint_scope(project, wanted, find_scope(project, wish, labels))


def lint_scope(project: Project, wanted: Container[str] | None, scope: Scope) -> Linted:
    """The same, with a choice that was made already."""
    if scope.empty:
        return Linted((), scope)
    careful = _careful_backend(project)
    rules = [rule for rule in listed() if rule.code.code not in careful]
    rules = [rule for rule in rules if (rule.enabled if wanted is None else rule.code.code in wanted)]
    if not rules:
        return Linted((), scope, files=tuple(_files(project, scope)))
    profiles = judged_databases(project) if scope.count else ()
    project.progress("judging migrations")
    steps = judged_steps(project, scope.change_sets, profiles)
    deployed = Deployed(project, scope.repository, scope.fork) if scope.repository and scope.fork else None
    context = Context(
        project,
        project.graph,
        project.version,
        tuple(item for item in steps if not _excused(item.migration)),
        _Sources(project),
        scope.base,
        policy_of(project),
        {profile.name: profile for profile in profiles},
        deployed.lacks if deployed is not None else lambda key, name: False,
    )
    words = frozenset(word for item in context.judged for step in item for word in step.words)
    found = judge([rule.load() for rule in rules if rule.concerns(words)], context)
    if scope.guessed:  # what has been deployed long ago does no harm any more
        found = [replace(item, confidence=Confidence.POSSIBLE) for item in found]
    return Linted(tuple(found), scope, tuple(map(_named, profiles)), tuple(_files(project, scope)))


def _files(project: Project, scope: Scope) -> Iterator[str]:
    for key in (key for change_set in scope.change_sets for key in change_set):
        origin = project.graph.nodes[key].origin
        if origin is not None:
            yield origin.file


CAREFUL_BACKENDS = ("django_zero_downtime_migrations.", "sentry.db.postgres")
REWRITTEN = frozenset(("MG401", "MG402", "MG403", "MG404", "MG405", "MG406"))
"""What such backends do otherwise than Django: concurrently, or NOT VALID and validated afterwards."""


def _careful_backend(project: Project) -> frozenset[str]:
    """The codes that do not apply since the database's backend writes another, safe SQL."""
    engine = databases(project.settings).get("default")
    careful = isinstance(engine, str) and engine.startswith(CAREFUL_BACKENDS)
    return REWRITTEN if careful else frozenset()


def _excused(migration: Migration) -> bool:
    """Whether django-migration-linter's `IgnoreMigration()` is among the operations."""
    return any(
        isinstance(operation, CustomOperation)
        and operation.call is not None
        and operation.call.func.name == "IgnoreMigration"
        for operation in migration.operations
    )


def _named(profile: Profile) -> str:
    return f"{profile.name} {'.'.join(map(str, profile.server))}"


def policy_of(project: Project) -> Policy:
    """What the configuration says of tables."""
    config = project.config
    return Policy(config.hot_tables, config.large_tables, config.closed_tables)


def judged_databases(project: Project) -> tuple[Profile, ...]:
    """The databases on which migrations are judged: as configured, else those of the settings, each once."""
    names = project.config.judged_databases
    if names:
        return tuple(choose_database(project, name).profile for name in names)
    found = [choose_database(project, alias).profile for alias in databases(project.settings)]
    profiles = {profile.name: profile for profile in found or [choose_database(project, None).profile]}
    return tuple(profiles.values())


class _Sources:
    """Source text through the project's own store."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self.text = cache(self._text)
        self.body = cache(self._body)

    def _text(self, file: str) -> str | None:
        try:
            return Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return None

    def _body(self, file: str) -> list[Any] | None:
        try:
            body: list[Any] = self._project.store.load(Path(file)).ir["body"]
        except (OSError, SourceError):
            return None
        return body
