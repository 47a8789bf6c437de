"""The terminal sessions in the README, recorded anew and compared; `pytest --update` on this file rewrites them."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from tests.hooks.checkout import HERE, checked, own_checkout, run
from tests.rebase.repositories import START, models

README = HERE / "README.md"
BLOCK = "<!-- session: {name} -->\n(.*?)<!-- end of session -->"
DATES = {"GIT_AUTHOR_DATE": "2024-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2024-01-01T00:00:00Z"}


def post(*fields: str) -> str:
    lines = "".join(f"    {field} = models.TextField(null=True)\n" for field in fields) or "    pass\n"
    return models(f"\n\nclass Post(models.Model):\n{lines}")


HOOKS = """\
repos:
- repo: {place}
  rev: {revision}
  hooks:
  - id: {hook}
    args: {args}
"""


class Session:
    """A repository, and a terminal in it."""

    def __init__(self, root: Path, hook: str, args: list[str]) -> None:
        self.root = root
        root.mkdir()
        programs = root.parent / "bin"
        programs.mkdir()
        (programs / "migration-guard").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m migration_guard "$@"\n')
        (programs / "migration-guard").chmod(0o755)
        self.environment = {
            **DATES,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(HERE),
            "NO_COLOR": "1",
            "MIGRATION_GUARD_CACHE": str(root.parent / "cache"),
        }
        place, revision = own_checkout()
        config = HOOKS.format(place=place, revision=revision, hook=hook, args=args)
        self.write({**START, "requirements.txt": "Django==5.2\n"})
        self.quietly("git init -q -b main", "git add -A", "git commit -q -m start")
        # Not a part of the history, whose ids are shown: it names this very content.
        self.write({".pre-commit-config.yaml": config, ".git/info/exclude": "/.pre-commit-config.yaml\n"})
        self.quietly(f"'{sys.executable}' -m pre_commit install --install-hooks")
        self.shown: list[str] = []

    def write(self, files: dict[str, str]) -> None:
        for name, text in files.items():
            (self.root / name).parent.mkdir(parents=True, exist_ok=True)
            (self.root / name).write_text(text)

    def quietly(self, *commands: str) -> None:
        for command in commands:
            checked(self.root, "bash", "-c", command, env=self.environment)

    def type(self, command: str) -> None:
        done = run(self.root, "bash", "-c", f"{command} 2>&1", env=self.environment)
        said = "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())
        self.shown.append(f"$ {command}\n{said}")

    def text(self) -> str:
        return "".join(f"    {line}".rstrip() + "\n" for line in "\n".join(self.shown).splitlines())


def hook(tmp_path: Path) -> str:
    """As a hook: a commit that lacks a migration."""
    session = Session(tmp_path / "work", "migration-guard", [])
    session.write({"blog/models.py": post("subtitle")})
    session.quietly("git add -A")
    session.type("git commit -m 'Posts have a subtitle'")
    return session.text()


def gate(tmp_path: Path) -> str:
    """As a gate: two branches, each clean, each with its own 0002."""
    session = Session(tmp_path / "work", "migration-guard", [])
    session.quietly("git checkout -q -b feature")
    session.write({"blog/models.py": post("subtitle")})
    session.quietly("migration-guard makemigrations -v0 --no-header", "git add -A", "git commit -q --no-verify -m mine")
    session.quietly("git checkout -q main")
    session.write({"blog/models.py": post("rating")})
    session.quietly(
        "migration-guard makemigrations -v0 --no-header", "git add -A", "git commit -q --no-verify -m theirs"
    )
    session.quietly("git checkout -q feature")
    session.type("migration-guard check")
    session.type("migration-guard check --against main")
    session.type("migration-guard rebase blog --onto main")
    session.type("migration-guard check --against main")
    return session.text()


def written(tmp_path: Path) -> str:
    """As the writer: the migration becomes part of the very commit."""
    session = Session(tmp_path / "work", "migration-guard-makemigrations", ["--stage", "--no-header"])
    session.write({"blog/models.py": post("subtitle")})
    session.type("git add blog/models.py")
    session.type("git commit -m 'Posts have a subtitle'")
    session.type("git show --stat --format=%s")
    return session.text()


@pytest.mark.parametrize("record", [hook, gate, written], ids=lambda record: str(record.__name__))
def test_sessions_are_real(record: object, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    assert callable(record)
    name, shown = getattr(record, "__name__", ""), record(tmp_path)
    readme = README.read_text(encoding="utf-8")
    found = re.search(BLOCK.format(name=name), readme, re.DOTALL)
    assert found
    if pytestconfig.getoption("--update"):
        README.write_text(readme[: found.start(1)] + shown + readme[found.end(1) :], encoding="utf-8")
    else:
        assert shown == found[1]
