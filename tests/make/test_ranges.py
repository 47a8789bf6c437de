"""Ranges of psycopg as defaults and in conditions: `django.contrib.postgres` writes them, and so do we."""

from __future__ import annotations

from pathlib import Path

import pytest
from django_oracle import Django, Project, each_django, without_header
from sql.test_it_runs import drivers

from migration_guard import app, making
from migration_guard.diff import NonInteractive

MODELS = """
from django.db import models
from django.contrib.postgres.fields import *
from django.db.backends.postgresql.psycopg_any import NumericRange

class A(models.Model):
    some = IntegerRangeField(default=NumericRange(1, 2))
    none = IntegerRangeField(default=NumericRange(empty=True))
    pair = IntegerRangeField(default=(1, 2))
    open = BigIntegerRangeField(default=NumericRange(None, 3, "(]"))
    class Meta:
        indexes = [models.Index(fields=["id"], condition=models.Q(some__overlap=NumericRange(5, None)), name="i")]
"""
SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = [{apps}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
"""


def _project(root: Path, apps: str) -> None:
    (root / "a" / "migrations").mkdir(parents=True)
    for name, text in {
        "a/__init__.py": "",
        "a/migrations/__init__.py": "",
        "a/models.py": MODELS,
        "settings.py": SETTINGS.format(apps=apps),
        "manage.py": (
            "import os, sys\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n"
            "from django.core.management import execute_from_command_line\nexecute_from_command_line(sys.argv)\n"
        ),
    }.items():
        (root / name).write_text(text)


@pytest.mark.parametrize("django", each_django("4.2", "5.2", "6.1"))
@pytest.mark.parametrize("apps", ['"django.contrib.postgres", "a"', '"a"'], ids=["postgres", "without"])
def test_ranges(django: Django, apps: str, tmp_path: Path) -> None:
    root = tmp_path / "project"
    _project(root, apps)
    made = django.makemigrations(Project(root, "settings", paths=(".", str(drivers(django)))), ["a"])
    python = django.environment(tmp_path / "environment", (django.site, drivers(django)))
    project = app.open_project(app.Options(project=root, python=python, django_version=django.series, cache=False))
    request = making.Request(("a",), header=False)
    plan = making.plan_changes(project, request, NonInteractive(), making.clock(project))
    if made.code:
        assert any(words in made.stderr for words in ("Cannot serialize", "must be in INSTALLED_APPS"))
        assert not plan.files
        assert any("Cannot serialize" in item.message for item in plan.left_out)
        return
    (text,) = made.files.values()
    ((file,),) = plan.files.values()
    assert file.text.strip() == without_header(text).strip()
