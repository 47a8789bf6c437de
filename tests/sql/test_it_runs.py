"""Our SQL of whole projects is run on real databases: it must leave what Django's own `migrate` leaves there.

For every fixture project: all migrations forwards on an empty database, and backwards again until nothing is left.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from django_oracle import DJANGOS, Django, _installed
from fixture_projects import FIXTURES, Fixture
from sql.schemas import Place, place

from migration_guard import app, previewing
from migration_guard.sql.statements import PLACEHOLDER

KINDS = ("postgresql", "mariadb", "sqlite")
DRIVERS = ("psycopg[binary]>=3.2", "pymysql>=1.1")

AS_MYSQLCLIENT = """
try:
    import pymysql
    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()
except ImportError:
    pass
"""
"""What a script begins with, for PyMySQL to stand in for mysqlclient."""
MIGRATE = (
    f"{AS_MYSQLCLIENT}import io, json, os, sys"
    + """
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.db import connections
for kind, database in json.loads(sys.argv[1]).items():
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        continue
    try:
        settings.DATABASES["default"] = database
        connections.settings = connections.configure_settings({"default": database})
        try:
            del connections["default"]
        except AttributeError:
            pass
        call_command("migrate", verbosity=0, interactive=False, skip_checks=True)
        connections.close_all()
    except BaseException as error:
        print(json.dumps([kind, f"{type(error).__name__}: {error}"]), flush=True)
    os._exit(0)
"""
)
ONLY_POSTGRESQL = {"postgres"}
IMPOSSIBLE = {
    ("modern", "postgresql"): 'syntax error at or near "VIRTUAL"',
    # A migration of `orders` refers to a table that another name is given later.
    ("shop", "postgresql"): "does not exist",
    ("shop", "mariadb"): "Foreign key constraint is incorrectly formed",
}
"""What a database refuses to do for a project, whoever asks."""
IRREVERSIBLE: dict[str, str] = {}
"""Projects with a migration that Django cannot undo, and which."""


def cases() -> Iterator[tuple[Fixture, Django]]:
    """Each project on one Django: the newest long-term one that it runs on, else the newest."""
    available = {django.series: django for django in reversed(DJANGOS)}
    for fixture in FIXTURES:
        if fixture.error or fixture.conflicts:
            continue
        for series in ("5.2", "6.1", "4.2"):
            runs = series in fixture.django and series in available
            if runs and not (series == "5.2" and fixture.name == "legacy"):
                yield fixture, available[series]
                break


@cache
def drivers(django: Django) -> Path:
    return _installed(django.python, django.python_version, "drivers", DRIVERS, ())


def previews(project: app.Project, kind: str, version: str, *, backwards: bool) -> list[previewing.Preview]:
    database = f"{kind}:{version}" if version else kind
    return list(previewing.preview_plan(project, backwards=backwards, database=database, weighs=False))


@pytest.mark.parametrize(("fixture", "django"), [pytest.param(*case, id=f"{case[0]}-{case[1]}") for case in cases()])
def test_whole_plans(fixture: Fixture, django: Django, tmp_path: Path) -> None:
    kinds = ("postgresql",) if fixture.name in ONLY_POSTGRESQL else KINDS
    with ExitStack() as stack:
        theirs = {kind: stack.enter_context(place(kind, "theirs", tmp_path)) for kind in kinds}
        ours = {kind: stack.enter_context(place(kind, "ours", tmp_path)) for kind in kinds}
        refused = _migrate(fixture, django, {kind: item.settings for kind, item in theirs.items()})
        options = app.Options(
            project=fixture.root,
            settings=fixture.project.settings,
            python=_packages(fixture, django, tmp_path),
            django_version=django.series,
            cache=False,
        )
        project = app.open_project(options)
        for kind in kinds:
            expected = IMPOSSIBLE.get((fixture.name, kind))
            assert (expected is None) == (kind not in refused), (kind, refused)
            if expected is not None:
                assert expected in refused[kind]
            else:
                _compare(fixture, project, kind, theirs[kind], ours[kind])


def _packages(fixture: Fixture, django: Django, folder: Path) -> Path | None:
    """An environment whose packages are those of the project, for us to read."""
    if fixture.project.requirements is None:
        return None
    return django.environment(folder / "environment", django.sites(fixture.project))


def _migrate(fixture: Fixture, django: Django, databases: dict[str, dict[str, object]]) -> dict[str, str]:
    """Django's `migrate` on each database; the kinds that refuse it, and why."""
    project = replace(fixture.project, paths=(*fixture.project.paths, str(drivers(django))))
    ran = django.run(project, ["-c", MIGRATE, json.dumps(databases)])
    assert ran.returncode == 0, ran.stderr[-3000:]
    return dict(json.loads(line) for line in ran.stdout.splitlines() if line.startswith("["))


def _compare(fixture: Fixture, project: app.Project, kind: str, theirs: Place, ours: Place) -> None:
    empty = ours.dump()
    version = ours.server.version if hasattr(ours, "server") else ""
    for preview in previews(project, kind, version, backwards=False):
        assert PLACEHOLDER not in preview.text, (kind, preview.migration.key, preview.text)
        try:
            ours.run(preview)
        except Exception as error:
            pytest.fail(f"{kind} {preview.migration.key}: {error}\n{preview.text}")
    expected, found = theirs.dump(), ours.dump()
    lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "Django", "we", lineterm="", n=1)
    assert found == expected, f"{kind}\n" + "\n".join(lines)
    try:
        backwards = previews(project, kind, version, backwards=True)
    except previewing.Refused as refused:
        assert str(refused) == IRREVERSIBLE.get(fixture.name), kind
        return
    for preview in backwards:
        try:
            ours.run(preview)
        except Exception as error:
            pytest.fail(f"{kind} {preview.migration.key} backwards: {error}\n{preview.text}")
    assert ours.dump() == empty, kind
