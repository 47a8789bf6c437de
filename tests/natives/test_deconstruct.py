"""What fields, expressions, indexes and validators deconstruct to, against Django itself, per version.

Each file of `cases` is imported by Django and interpreted by us; every lower-case name in it is a case.
`MIGRATION_GUARD_PYTHONS` may name more Pythons that have Django (and GDAL, psycopg), separated by colons, and
`MIGRATION_GUARD_PACKAGES` a folder with the packages of `cases/third_party.py`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django_oracle import DJANGOS

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Class, Function, Module, Native
from migration_guard.project.knowledge import WithStubs
from migration_guard.project.natives.catalogue import django_modules
from migration_guard.source.finder import Finder
from migration_guard.source.lower_ast import lower
from migration_guard.values import Unknown
from migration_guard.versions import Version
from migration_guard.write.literal import Literal, literal

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.py"))
NEEDS_MORE = ("postgres", "gis", "third_party")


def interpreter(version: Version, packages: Path | None = None) -> Interpreter:
    """One that reads the cases, and third-party packages from source in `packages`, else from the stubs."""
    finder = Finder([HERE / "cases", *([packages] if packages else [])])
    interp = Interpreter(
        WithStubs(finder), lambda path, first: lower(path.read_text())["body"], version, natives=django_modules(version)
    )
    defaults = {"TIME_ZONE": "America/Chicago"}
    interp.settings = lambda name: defaults.get(name, Unknown(f"the setting {name} is not known"))
    return interp


def ours(file: Path, version: Version, packages: Path | None = None) -> dict[str, Any]:
    interp = interpreter(version, packages)
    module = interp.module(file.stem)
    assert isinstance(module, Module)
    interp.run(module)
    found = {}
    for name in list(module.namespace):
        if name.startswith("_") or not name.islower():
            continue
        value = interp.member(module, name)
        if not isinstance(value, (Class, Function, Native, Module)):
            exported = interp.export(value)
            text = literal(exported, version)
            found[name] = text.text if isinstance(text, Literal) else f"?? {text.message} ({exported})"
    return found


def in_version(file: Path, version: Version) -> bool:
    """`x_since_5_0.py`, `x_until_5_2.py` (inclusive)."""
    match = re.search(r"_(since|until)_(\d)_(\d)$", file.stem)
    if match is None:
        return True
    bound = int(match[2]), int(match[3])
    return version >= bound if match[1] == "since" else version <= bound


def pythons() -> list[tuple[str, list[str], dict[str, str], bool]]:
    """(name, command, environment, whether GDAL and psycopg are there)."""
    found = []
    for path in filter(None, os.environ.get("MIGRATION_GUARD_PYTHONS", "").split(":")):
        found.append((path, [path], dict(os.environ), True))
    if not found:
        for django in DJANGOS:
            found.append(
                (str(django), [str(django.python), "-s"], os.environ | {"PYTHONPATH": str(django.site)}, False)
            )
    return found


def differences(stem: str, truth: dict[str, str], got: dict[str, Any]) -> list[str]:
    return [
        f"{stem}.{case}\n  Django: {text}\n  ours:   {got.get(case)}"
        for case, text in truth.items()
        if got.get(case) != text and not text.startswith("!!")
    ]


@pytest.mark.parametrize(("name", "command", "environment", "whole"), pythons(), ids=lambda value: str(value)[-20:])
def test_deconstructs_as_django(name: str, command: list[str], environment: dict[str, str], whole: bool) -> None:
    probe = subprocess.run(
        [*command, "-c", "import django; print(*django.VERSION[:2])"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    major, minor = map(int, probe.stdout.split())
    version = (major, minor)
    packages = os.environ.get("MIGRATION_GUARD_PACKAGES")
    files = [file for file in CASES if in_version(file, version) and (whole or file.stem not in NEEDS_MORE)]
    if not packages:
        files = [file for file in files if file.stem != "third_party"]
    told = subprocess.run(
        [*command, str(HERE / "judge.py"), *map(str, files)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    wrong = []
    for file, truth in json.loads(told.stdout).items():
        stem = Path(file).stem
        wrong += differences(stem, truth, ours(Path(file), version))
        if stem == "third_party" and packages:
            wrong += differences("source of third_party", truth, ours(Path(file), version, Path(packages)))
    assert not wrong, f"{len(wrong)} differ\n" + "\n".join(wrong)


def test_unknown_is_not_used() -> None:
    """No native of a known argument answers Unknown."""
    assert not isinstance(interpreter((5, 2)).lookup("django.db.models.CharField"), Unknown)
