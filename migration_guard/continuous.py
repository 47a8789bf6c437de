"""What a gate shows besides findings: the SQL of the new migrations on each database, and the graph around them.

In: an opened project, databases by name, and the base ref. Out: plain texts for a report, and what the CI service is
told. Judges nothing, prints nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from migration_guard import previewing
from migration_guard.diagnostics import Report
from migration_guard.git import GitError, Repository
from migration_guard.linting import judged_databases
from migration_guard.project.graph import Graph, Key
from migration_guard.project.project import Project
from migration_guard.project.show import show_mermaid
from migration_guard.scoping import Wish, find_scope
from migration_guard.upstream import Base, asked_by_ci, find_base

MAX_MIGRATIONS = 40
DEPTHS = (50, 500, 5000)
"""How much history is fetched before all of it is."""


class Service(Enum):
    """Where a run takes place, as far as it matters for what is printed."""

    GITHUB = "github"
    GITLAB = "gitlab"
    AZURE = "azure"
    JENKINS = "jenkins"
    NONE = ""

    @staticmethod
    def of(environ: Mapping[str, str]) -> Service:
        """The service that says so in the environment."""
        for variable, service in (
            ("GITHUB_ACTIONS", Service.GITHUB),
            ("GITLAB_CI", Service.GITLAB),
            ("TF_BUILD", Service.AZURE),
            ("JENKINS_URL", Service.JENKINS),
        ):
            if environ.get(variable):
                return service
        return Service.NONE

    @property
    def format(self) -> str:
        """What its log shows best."""
        return "github" if self is Service.GITHUB else "text"


@dataclass(frozen=True, slots=True)
class Preview:
    """The SQL of a migration on a database."""

    migration: str
    database: str
    sql: str


@dataclass(frozen=True, slots=True)
class Showing:
    """The new migrations by dotted name, their SQL, and a mermaid graph of them and their neighbours."""

    new: tuple[str, ...] = ()
    previews: tuple[Preview, ...] = ()
    graph: str = ""


def showing(project: Project, since: str | None, names: Sequence[str] = ()) -> Showing:
    """What there is to show of the migrations that the base does not have; nothing where there is no base."""
    scope = find_scope(project, Wish(since), frozenset())
    if not scope.count or scope.base is None:
        return Showing()
    keys = [key for change_set in scope.change_sets for key in change_set]
    databases = list(names) or [profile.name for profile in judged_databases(project)]
    shown = tuple(_previews(project, keys[:MAX_MIGRATIONS], databases))
    return Showing(tuple(map(".".join, keys)), shown, neighbourhood(project.graph, keys))


def _previews(project: Project, keys: Iterable[Key], databases: Sequence[str]) -> Iterator[Preview]:
    for app, name in keys:
        for database in databases:
            try:
                text = previewing.preview(project, app, name, database=database).text
            except previewing.Refused as refused:
                text = f"-- {refused}\n"
            yield Preview(f"{app}.{name}", database, text)


def neighbourhood(graph: Graph, keys: Iterable[Key]) -> str:
    """The migrations with those before and after them, as mermaid; the new ones stand out."""
    new = {key for key in keys if key in graph.nodes}
    near = new | {parent for key in new for parent in graph.parents[key]}
    near |= {key for key in graph.nodes if any(parent in new for parent in graph.parents[key])}
    return show_mermaid(graph, only=near, emphasised=new) if new else ""


def base_for(repository: Repository, stated: str | None, environ: Mapping[str, str], *, fetch: bool) -> Base | None:
    """The base of a gate; None where nobody names one and there is no default branch.

    With `fetch`, what is missing of it is fetched. Raises GitError where a base was named and cannot be had.
    """
    named = stated or next((wanted.name for wanted in asked_by_ci(environ)), None)
    if fetch:
        _fetch(repository, stated, environ)
    try:
        return find_base(repository, stated, environ)
    except GitError:
        if named is not None:
            raise
        return None


def _fetch(repository: Repository, stated: str | None, environ: Mapping[str, str]) -> None:
    """Get the base branch and enough history to see where the work left it. Ids cannot be fetched everywhere."""
    names = [stated] if stated else [wanted.name for wanted in asked_by_ci(environ) if not wanted.exact]
    branch = next(iter(names), "").removeprefix("refs/heads/").removeprefix("origin/")
    if not branch or not repository.remotes():
        return
    for depth in (*DEPTHS, None) if repository.is_shallow() else (0,):
        if not repository.fetch(repository.remotes()[0], branch, depth):
            return
        try:
            base = find_base(repository, stated, environ).commit
            repository.merge_bases(repository.commit("HEAD"), base)
        except GitError:
            continue
        return


def outputs(reports: Sequence[Report], files: Mapping[str, str]) -> dict[str, str]:
    """What later steps of a job are told."""
    codes = [item.code for report in reports for item in report.diagnostics if item.fails]
    numbers = {
        "findings": len(codes),
        "missing": sum(code == "MG101" for code in codes),
        "conflicts": sum(code in ("MG102", "MG112") for code in codes),
    }
    return {**{name: str(number) for name, number in numbers.items()}, **files}


def tell(file: str, values: Mapping[str, str]) -> None:
    """Append `name=value` lines to an environment file of GitHub Actions; what is not one line is left out."""
    lines = [f"{name}={value}\n" for name, value in values.items() if value.isprintable()]
    with open(file, "a", encoding="utf-8", newline="\n") as opened:
        opened.write("".join(lines))


def append(file: str, text: str) -> None:
    """Append to a job summary, which must stay below a megabyte."""
    room = 1_000_000 - (os.path.getsize(file) if os.path.exists(file) else 0)
    data = text.encode("utf-8", "backslashreplace")
    if len(data) > room:
        data = b"The report is too long to be shown here.\n"
    with open(file, "ab") as opened:
        opened.write(data + b"\n")
