"""What the work is compared with: the branch that it will be merged into, as the user or the CI service says.

In: a repository, what the user stated, the environment of the process. Out: a `Base`, a commit with the reason why it
was taken; a `GitError` that says what to fetch where the commit is not there. Names come from outside and only ever
reach git as names of commits. Nothing is fetched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from migration_guard.diagnostics import printable
from migration_guard.git import Commit, GitError, Repository

MAX_EVENT_BYTES = 32 * 2**20

BRANCHES = (
    ("GITHUB_BASE_REF", "the target of the pull request"),
    ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "the target of the merge request"),
    ("SYSTEM_PULLREQUEST_TARGETBRANCH", "the target of the pull request"),
    ("BITBUCKET_PR_DESTINATION_BRANCH", "the destination of the pull request"),
    ("CHANGE_TARGET", "the target of the change request"),
    ("BUILDKITE_PULL_REQUEST_BASE_BRANCH", "the base of the pull request"),
    ("CIRRUS_BASE_BRANCH", "the base of the pull request"),
    ("DRONE_TARGET_BRANCH", "the target of the pull request"),
    ("CI_COMMIT_TARGET_BRANCH", "the target of the pull request"),
    ("GITEA_BASE_REF", "the target of the pull request"),
    ("CF_PULL_REQUEST_TARGET", "the target of the pull request"),
)
"""Variables of CI services that name a branch of the remote: set for requests to merge and for nothing else."""

COMMITS = (
    ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "the target of the merge request"),
    ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "the base of the merge request"),
    ("BITBUCKET_PR_DESTINATION_COMMIT", "the destination of the pull request"),
)
"""Variables that hold a commit's id; better than nothing where the branch itself was not fetched."""

CONDITIONAL = (
    ("TRAVIS_BRANCH", "TRAVIS_PULL_REQUEST"),
    ("APPVEYOR_REPO_BRANCH", "APPVEYOR_PULL_REQUEST_NUMBER"),
    ("SEMAPHORE_GIT_BRANCH", "SEMAPHORE_GIT_PR_NUMBER"),
)
"""Variables that name the target only where the second one tells of a request to merge."""


@dataclass(frozen=True, slots=True)
class Base:
    """The commit to compare with. `ref` is what a person would type to name it."""

    commit: Commit
    reason: str

    @property
    def ref(self) -> str:
        return self.commit.name


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for before git has seen it. `exact` names are refs or ids as they stand; others are branches."""

    name: str
    reason: str
    exact: bool = False


def find_base(repository: Repository, stated: str | None = None, environ: Mapping[str, str] | None = None) -> Base:
    """The base: what was stated, else what the CI service says, else the remote's default branch.

    Raises GitError where it is named and not there, and where nothing can be found at all: never a silent other choice.
    """
    if stated:
        return Base(_required(repository, Wanted(stated, "as stated", exact=True)), "as stated")
    missing: list[Wanted] = []
    for wanted in asked_by_ci(environ or {}):
        found = _find(repository, wanted)
        if found is not None:
            return Base(found, wanted.reason)
        missing.append(wanted)
    if missing:
        _required(repository, missing[0])
    return Base(repository.default_base(), "the default branch")


def asked_by_ci(environ: Mapping[str, str]) -> Iterator[Wanted]:
    """What a CI service says that the work will be merged into, best first; nothing outside of one."""
    yield from _of_event(environ)
    for name, reason in BRANCHES:
        if environ.get(name):
            yield Wanted(environ[name], f"{reason} ({name})")
    for name, condition in CONDITIONAL:
        if environ.get(name) and environ.get(condition, "false") not in ("", "false"):
            yield Wanted(environ[name], f"the target of the pull request ({name})")
    for name, reason in COMMITS:
        if environ.get(name):
            yield Wanted(environ[name], f"{reason} ({name})", exact=True)


def pushed_from(repository: Repository, environ: Mapping[str, str]) -> Base | None:
    """Of a push to a branch: the commit that it had before; None for new branches and where it is unknown."""
    before = environ.get("CI_COMMIT_BEFORE_SHA", "")
    if environ.get("GITHUB_EVENT_NAME") == "push":
        before = str(_event(environ).get("before") or "")
    found = repository.find_commit(before) if before.strip("0") else None
    return Base(found, "the branch before the push") if found is not None else None


def _of_event(environ: Mapping[str, str]) -> Iterator[Wanted]:
    """A merge queue tests the merge of several requests; its event says onto what."""
    if environ.get("GITHUB_EVENT_NAME") != "merge_group":
        return
    group = _event(environ).get("merge_group")
    for key in ("base_sha", "base_ref"):
        value = group.get(key) if isinstance(group, dict) else None
        if isinstance(value, str) and value:
            yield Wanted(value, f"the base of the merge queue (merge_group.{key})", exact=key == "base_sha")


def _event(environ: Mapping[str, str]) -> dict[str, Any]:
    """The payload of the event that started the run; empty where there is none that can be read."""
    try:
        with open(environ.get("GITHUB_EVENT_PATH", ""), "rb") as file:
            payload = json.loads(file.read(MAX_EVENT_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return payload if isinstance(payload, dict) else {}


def _find(repository: Repository, wanted: Wanted) -> Commit | None:
    if wanted.exact:
        return repository.find_commit(wanted.name)
    branch = _branch(wanted.name)
    # The remote's branch is what the merge will meet; the local one of that name may be older, or newer.
    for name in (*(f"{remote}/{branch}" for remote in repository.remotes()), branch, f"refs/heads/{branch}"):
        found = repository.find_commit(name)
        if found is not None:
            return found
    return None


def _required(repository: Repository, wanted: Wanted) -> Commit:
    found = _find(repository, wanted)
    if found is not None:
        return found
    shown = printable(wanted.name)
    if wanted.exact:
        return repository.commit(wanted.name)  # raises, with a hint
    branch, remote = printable(_branch(wanted.name)), next(iter(repository.remotes()), "origin")
    hint = f"fetch it first: git fetch {remote} +refs/heads/{branch}:refs/remotes/{remote}/{branch}"
    raise GitError(f"{wanted.reason}, {shown!r}, is not in this clone", f"{hint}{_deeper(repository)}")


def _deeper(repository: Repository) -> str:
    return (
        "; the clone is shallow, so fetch its history as well: git fetch --unshallow" if repository.is_shallow() else ""
    )


def _branch(name: str) -> str:
    return name.removeprefix("refs/heads/")
