"""`init`: the configuration, the hook and the workflow of a project, as changes of files.

In: an opened project and the folder of its repository. Out: for each file what would be written, or why it stays as
it is. What is there already is never changed but for an entry that is added; only `write_setup` writes.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from migration_guard import __version__
from migration_guard.project.project import Project
from migration_guard.project.settings import databases
from migration_guard.sql.profiles import profile_of_engine
from migration_guard.write.files import Applied, Create, FileChange, NotApplied, Replace, apply_changes

CONFIGURATION, HOOKS, WORKFLOW = "pyproject.toml", ".pre-commit-config.yaml", ".github/workflows/migrations.yml"
_TABLE = re.compile(r"^\s*\[+\s*tool\s*\.\s*[\"']?migration[-_]guard", re.MULTILINE)
_REPOS = re.compile(r"^repos:[ \t]*(#.*)?$", re.MULTILINE)
_CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"


@dataclass(frozen=True, slots=True)
class Setup:
    """One file: its path, the text before (None: there is none) and after (None: it stays as it is), and why."""

    path: Path
    before: str | None
    after: str | None
    reason: str = ""

    @property
    def change(self) -> FileChange | None:
        """What is to be done about it."""
        if self.after is None:
            return None
        if self.before is None:
            return Create(self.path, self.after, package=False)
        return Replace(self.path, self.after.encode(), self.before.encode())


@dataclass(frozen=True, slots=True)
class Kept:
    """Why a file stays as it is."""

    reason: str


def plan_setup(projects: Sequence[Project], top: Path, wanted: Sequence[str]) -> list[Setup]:
    """The files that are asked for, by name, in the top folder of the repository."""
    setups = []
    for name in wanted:
        path = top / name
        before = _read(path)
        after = before if isinstance(before, Kept) else _planned(name, before, projects, top)
        if isinstance(after, Kept):
            setups.append(Setup(path, None, None, after.reason))
        else:
            setups.append(Setup(path, None if isinstance(before, Kept) else before, after))
    return setups


def _planned(name: str, before: str | None, projects: Sequence[Project], top: Path) -> str | Kept:
    if name == CONFIGURATION:
        return _with_table(before, projects, top)
    if name == HOOKS:
        return _with_hooks(before)
    return _WORKFLOW if before is None else Kept("it exists already")


def write_setup(setups: Sequence[Setup]) -> Applied | NotApplied:
    """Write all of it, or nothing."""
    return apply_changes([setup.change for setup in setups if setup.change is not None])


def _read(path: Path) -> str | Kept | None:
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError:
        return Kept("it is not UTF-8")
    except OSError as error:
        return Kept(f"it cannot be read: {error.strerror}")


# The configuration


def _with_table(text: str | None, projects: Sequence[Project], top: Path) -> str | Kept:
    """The text with our table, or why there is nothing to add."""
    if text is not None and _TABLE.search(text):
        return Kept("it has [tool.migration_guard] already")
    lines = ["[tool.migration_guard]", *_settings(projects, top)]
    gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
    return f"{text or ''}{gap}" + "".join(f"{line}\n" for line in lines)


def _settings(projects: Sequence[Project], top: Path) -> Iterator[str]:
    if len(projects) != 1:
        names = ", ".join(os.path.relpath(project.root.path, top) for project in projects)
        yield f"# several projects, each found by itself: {_comment(names)}"
        return
    (project,) = projects
    place = os.path.relpath(project.root.path, top)
    if place != ".":
        yield f"project = {_string(Path(place).as_posix())}"
    if project.choice.value is not None:
        yield f"settings-module = {_string(project.choice.value.module)}  # {_comment(project.choice.reason, top)}"
    version, assumed = ".".join(map(str, project.version)), project.target.assumed
    remark = "" if assumed else "# "  # what an upgrade changes must not be stated twice
    yield f"{remark}django-version = {_string(version)}  # {_comment(str(project.target), top)}"
    found = dict.fromkeys(
        profile.name
        for engine in databases(project.settings).values()
        if isinstance(engine, str) and (profile := profile_of_engine(engine)) is not None
    )
    if found:
        yield f"databases = [{', '.join(map(_string, found))}]"


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)


def _comment(text: str, top: Path | None = None) -> str:
    if top is not None:
        text = text.replace(f"{top}{os.sep}", "")
    return "".join(c if c.isprintable() else "?" for c in text)


# The hooks


def _with_hooks(text: str | None) -> str | Kept:
    """The text with our hooks, or why nothing is added."""
    if text is None or not re.search(r"^[^\s#]", text, re.MULTILINE):
        gap = "" if not text or text.endswith("\n") else "\n"
        return f"{text or ''}{gap}repos:\n{_hook_entry('')}"
    if "migration-guard" in text:
        return Kept("it mentions migration-guard already")
    begun = _REPOS.search(text)
    if begun is None:
        return Kept("its list of repos is not written in a form that can be added to; add the hook by hand")
    indent = re.search(r"^([ \t]*)- ", text[begun.end() :], re.MULTILINE)
    following = re.compile(r"^[^\s#-]", re.MULTILINE).search(text, begun.end())
    at = following.start() if following is not None else len(text)
    head = text[:at] if text[:at].endswith("\n") else f"{text[:at]}\n"
    body = head.rstrip("\n") + "\n"
    gap = head[len(body) :]
    return f"{body}{_hook_entry(indent[1] if indent else '')}{gap}{text[at:]}"


def _hook_entry(indent: str) -> str:
    lines = [
        "- repo: local",
        "  hooks:",
        "  - id: migration-guard",
        "    name: Django migrations",
        "    entry: migration-guard hook check",
        "    language: python",
        f'    additional_dependencies: ["migration-guard=={__version__}"]',
        "    always_run: true",
        "    pass_filenames: false",
        "    require_serial: true",
    ]
    return "".join(f"{indent}{line}\n" for line in lines)


# The workflow

_WORKFLOW = f"""\
name: Migrations

on:
  push:
    branches: [main]
  pull_request:
  merge_group:

permissions: {{}}

concurrency:
  group: ${{{{ github.workflow }}}}-${{{{ github.ref }}}}
  cancel-in-progress: true

jobs:
  migrations:
    name: Django migrations, merged with the base branch
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions:
      contents: read # to check the sources out
    steps:
      - uses: {_CHECKOUT}
        with:
          persist-credentials: false
          fetch-depth: 0
      - name: Check the migrations
        run: |
          python3 -m venv "$RUNNER_TEMP/venv"
          "$RUNNER_TEMP/venv/bin/pip" install --quiet "migration-guard=={__version__}"
          "$RUNNER_TEMP/venv/bin/migration-guard" ci
"""
