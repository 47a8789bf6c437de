"""Examples of rules on disk: the working tree, the base ref as a commit where they have one, and what a rule says."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from migration_guard import app, linting
from migration_guard.diagnostics import Diagnostic
from migration_guard.project.project import Options, Project, open_projects
from migration_guard.rules.examples import files_of
from migration_guard.rules.rule import Example
from migration_guard.scoping import Scope, Wish, find_scope


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path, message: str = "x") -> None:
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", message)


@dataclass(frozen=True, slots=True)
class Laid:
    """An example on disk."""

    root: Path
    project: Project
    scope: Scope
    marks: tuple[tuple[str, int], ...]
    new: tuple[tuple[str, str], ...] = ()
    """The migrations of the change set."""

    def found(self, code: str) -> list[Diagnostic]:
        """What a rule says of it."""
        return list(linting.lint_scope(self.project, {code}, self.scope).diagnostics)

    def places(self, code: str) -> list[tuple[str, int]]:
        """Where; line 0 where only the file is known."""
        locator = app.locator()
        origins = [item.origin for item in self.found(code)]
        assert all(origins)
        places = [locator.locate(origin) for origin in origins if origin is not None]
        return sorted((str((self.root / place.file).relative_to(self.root)), place.line) for place in places)


def lay(root: Path, example: Example, code: str) -> Laid:
    """Write an example; the last migrations are the change set, or what a base ref lacks."""
    root = root.resolve()
    files = files_of(example.text, example.databases, example.config)
    if files.base:
        new = {
            path
            for path in files.now
            if path.endswith(tuple(f"{app}/migrations/{name}.py" for app, name in files.migrations[-example.new :]))
        }
        git_files = {path: text for path, text in files.now.items() if path not in new or path in files.base}
        write(root, {**git_files, **files.base})
        git(root, "init", "-q")
        commit(root)
        for path in files.base.keys() - files.now.keys():
            (root / path).unlink()
    write(root, files.now)
    (project,) = open_projects(Options(project=root, django_version=example.django, cache=False))
    if files.base:
        scope = find_scope(project, Wish("main"), frozenset())
    else:
        keys = tuple(key for key in project.graph.full_plan() if key in files.migrations[-example.new :])
        scope = Scope((keys,), "the last ones")
    return Laid(
        root,
        project,
        scope,
        tuple(sorted(_marks({**files.base, **files.now}, files.now, code))),
        tuple(files.migrations[-example.new :]),
    )


def _marks(files: Mapping[str, str], now: Mapping[str, str], code: str) -> list[tuple[str, int]]:
    """Lines that bear the code; a mark on a line of its own means the migration (or the file that is no more)."""
    found = []
    for path, text in files.items():
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip() == f"# {code}":
                whole = [at for at, other in enumerate(text.splitlines(), 1) if other.startswith("class Migration")]
                found.append((path, whole[0] if path in now else 0))
            elif line.rstrip().endswith(f"# {code}"):
                found.append((path, number))
    return found
