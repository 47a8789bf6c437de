"""`hook`: what git hooks run. What is going to be committed is judged, not what else lies in the working tree.

In: the options of the command behind it, passed on. Out: its exit status. A commit that touches nothing that could
matter is let through after a question to git. Files are added to the index only with `--stage`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from migration_guard.cli.options import Common, Group, common
from migration_guard.cli.run import CLEAN, FINDINGS, complain, write

if TYPE_CHECKING:
    from migration_guard.git import Repository

PASSED_ON = {"ignore_unknown_options": True, "allow_extra_args": True, "allow_interspersed_args": False}
SUFFIXES = frozenset({".py", ".toml", ".cfg", ".ini", ".lock"})
NAMES = ("requirements", "constraints", ".python-version", "max_migration")
"""What decides about models, migrations and the version of Django, by its suffix or the beginning of its name."""
PARTIAL_INDEX = "next-index-"
"""How git names the index of a commit of named paths; what is added to it is lost to the real one."""


@click.group("hook", cls=Group)
def hook() -> None:
    """What pre-commit runs: the commands, for what is about to be committed."""


@hook.command("check", context_settings=PASSED_ON, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def hook_check(context: click.Context, arguments: Sequence[str]) -> int:
    """Like check, for what is staged; without anything staged, for the working tree."""
    from migration_guard.cli.check import check

    judging = any(word.partition("=")[0] in ("--since", "--all", "--staged") for word in arguments)
    # `check --staged` reads what is staged by itself.
    with _staged(_option(arguments, "--project"), laid=judging) as staged:
        if staged is not None and not any(map(matters, staged)):
            return CLEAN
        words = [*arguments, *(["--staged"] if staged and not judging else [])]
        with check.make_context("check", words, parent=context) as inner:
            status: int = check.invoke(inner)
            return status


@hook.command("makemigrations", context_settings=PASSED_ON, add_help_option=False)
@click.option("--stage", is_flag=True, help="Add the migrations to the very commit, instead of failing.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def hook_makemigrations(context: click.Context, stage: bool, arguments: Sequence[str]) -> int:
    """Like makemigrations, for what is staged. Fails where it wrote something, so that it is reviewed and staged."""
    stage = stage or "--stage" in arguments
    arguments = [word for word in arguments if word != "--stage"]
    from migration_guard.cli.make import makemigrations

    project = _option(arguments, "--project")
    with _staged(project) as staged:
        if staged is not None and not any(map(matters, staged)):
            return CLEAN
        with _Changes(project, stage) as changes:
            status = 0
            for chosen in _chosen(project):
                words = ["--noinput", *arguments, *(["--project", chosen] if project is None else [])]
                with makemigrations.make_context("makemigrations", words, parent=context) as inner:
                    status = makemigrations.invoke(inner) or status
    return changes.status or status


@hook.command("rebase")
@click.option("--onto", metavar="REF", help="The base branch; without it, the CI's or the remote's default branch.")
@click.option("--stage", is_flag=True, help="Add the rebased migrations to the very commit, instead of failing.")
@common
def hook_rebase(common: Common, onto: str | None, stage: bool) -> int:
    """Put this branch's migrations after those of the base, in each app where they would conflict."""
    from migration_guard import merging
    from migration_guard.cli.rebase import rebase_apps
    from migration_guard.git import Repository

    start = Path(os.path.abspath(common.project or "."))
    repository = Repository.at(start)
    if repository.rebase_under_way() or repository.find_commit("HEAD") is None:
        return CLEAN
    base = merging.base_of(repository, onto, os.environ)
    if base is None:
        return complain("there is no base branch to compare with; nothing was rebased", CLEAN)
    project = None if common.project is None else os.fspath(common.project)
    with _Changes(project, stage) as changes:
        status = rebase_apps(common, start, base.ref)
    return changes.status or status


def matters(path: str) -> bool:
    """Whether a file may say something about models, migrations or settings."""
    name = PurePosixPath(path).name
    return PurePosixPath(name).suffix in SUFFIXES or name.startswith(NAMES)


def _option(arguments: Sequence[str], name: str) -> str | None:
    """The value of an option among words that are passed on."""
    for number, word in enumerate(arguments):
        if word.startswith(f"{name}="):
            return word.partition("=")[2]
        if word == name and number + 1 < len(arguments):
            return arguments[number + 1]
    return None


def _repository(project: str | None) -> Repository:
    from migration_guard.git import Repository

    start = Path(os.path.abspath(project or "."))
    return Repository.at(start if start.is_dir() else start.parent)


@contextmanager
def _staged(project: str | None, *, laid: bool = True) -> Iterator[Sequence[str] | None]:
    """The paths that the next commit changes, the index laid over the working tree; None where nothing is staged."""
    repository = _repository(project)
    paths = [path for change in repository.staged_changes() for path in (change.path, change.old_path) if path]
    if not laid or not any(map(matters, paths)):
        yield paths or None
        return
    from migration_guard.disk import laid_over
    from migration_guard.overlays import staged_overlay

    with laid_over(staged_overlay(repository)):
        yield paths


def _chosen(project: str | None) -> list[str]:
    """The projects of the repository, or the one that was named."""
    if project is not None:
        return [project]
    from migration_guard import app

    return [os.fspath(found.root.path) for found in app.open_projects(app.Options())]


class _Changes:
    """What a command changes in the working tree: added to the index, or a reason to fail."""

    def __init__(self, project: str | None, stage: bool) -> None:
        self._repository = _repository(project)
        self._stage = stage
        self.status = CLEAN

    def __enter__(self) -> _Changes:
        self._before = self._dirty()
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        after = self._dirty()
        changed = sorted(path for path, state in after.items() if self._before.get(path) != state)
        if not changed or kind is not None:
            return
        self.status = FINDINGS
        if not self._stage:
            write("Review these files and add them to the commit: git add " + " ".join(map(_quoted, changed)) + "\n")
        elif os.path.basename(os.environ.get("GIT_INDEX_FILE", "")).startswith(PARTIAL_INDEX):
            complain("git commit was given paths, so nothing can be added to it", FINDINGS, "add the files and commit")
        elif mixed := [path for path in changed if path in self._before]:
            complain(f"{mixed[0]} has changes that are not staged; nothing was added", FINDINGS, "stage them first")
        else:
            self._repository.stage(changed)
            write("".join(f"Added to the commit: {_quoted(path)}\n" for path in changed))
            self.status = CLEAN

    def _dirty(self) -> dict[str, tuple[int, int] | None]:
        paths = [*(change.path for change in self._repository.unstaged()), *self._repository.untracked()]
        return {path: _state(self._repository.top / path) for path in paths}


def _state(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _quoted(path: str) -> str:
    import shlex

    from migration_guard.diagnostics import printable

    return printable(shlex.quote(path))
