"""The projects of fixtures/, each as its fixture.json describes it, for tests of ours and of real Django.

fixture.json: `about`, `django` (series on which it runs), `settings` (`also`: others), `apps` (labels of its own apps),
and where they are not the usual: `paths`, `tree`, `env` (see Project), `makemigrations` (clean, missing, refused),
`migrates` (series on which `migrate` works on SQLite), `error` (what loading the graph raises), `conflicts`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from django_oracle import ROOT, Project, each_django

DIRECTORY = ROOT / "fixtures"


@dataclass(frozen=True, slots=True)
class Fixture:
    name: str
    about: str
    project: Project
    django: tuple[str, ...]
    apps: tuple[str, ...]
    also: tuple[str, ...] = ()
    makemigrations: str = "clean"
    migrates: tuple[str, ...] = ()
    error: str | None = None
    conflicts: Mapping[str, list[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name

    @property
    def root(self) -> Path:
        return self.project.root

    @classmethod
    def read(cls, path: Path) -> Fixture:
        said = json.loads(path.read_text(encoding="utf-8"))
        root = path.parent
        requirements = root / "requirements.txt"
        project = Project(
            root,
            said["settings"],
            paths=tuple(said.get("paths", ["."])),
            tree=said.get("tree", "."),
            requirements=requirements if requirements.is_file() else None,
            env=said.get("env", {}),
        )
        return cls(
            root.relative_to(DIRECTORY).as_posix(),
            said["about"],
            project,
            tuple(said["django"]),
            tuple(said["apps"]),
            tuple(said.get("also", ())),
            said.get("makemigrations", "clean"),
            tuple(said.get("migrates", said["django"])),
            said.get("error"),
            said.get("conflicts", {}),
        )


FIXTURES = [Fixture.read(path) for path in sorted(DIRECTORY.rglob("fixture.json"))]


def fixture(name: str) -> Fixture:
    """The one of that name, such as `shop` or `broken/cycle`."""
    return next(found for found in FIXTURES if found.name == name)


def everything(_: Fixture) -> bool:
    return True


def each_fixture_and_django(wanted: Callable[[Fixture], bool] = everything) -> list[ParameterSet]:
    """(fixture, django) for each series that a fixture claims; ids such as shop-django5.2."""
    return [
        pytest.param(found, *param.values, id=f"{found}-{param.id}", marks=param.marks)
        for found in FIXTURES
        if wanted(found)
        for param in each_django(*found.django)
    ]
