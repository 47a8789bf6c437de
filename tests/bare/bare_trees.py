"""Small projects written inside a test, and what `check` says of them where no environment can be read."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path

import pytest

from migration_guard.checking import findings
from migration_guard.diagnostics import Report
from migration_guard.project.project import Options, open_projects

SETTINGS = (
    'SECRET_KEY = "x"\nINSTALLED_APPS = [{apps}]\nDEFAULT_AUTO_FIELD = "django.db.models.AutoField"\nUSE_TZ = True\n'
)
MIGRATION = """
from django.db import migrations, models
{imports}

class Migration(migrations.Migration):
    initial = True
    dependencies = [{dependencies}]
    operations = [{operations}]
"""


def migration(operations: str, *, imports: str = "", dependencies: str = "") -> str:
    return MIGRATION.format(operations=operations, imports=imports, dependencies=dependencies)


def create(name: str, fields: str = "", more: str = "") -> str:
    """CreateModel with an `id` of AutoField and the fields given."""
    key = '("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))'
    return f"migrations.CreateModel(name={name!r}, fields=[{key}, {fields}], {more}),"


def write(folder: Path, files: Mapping[str, str], apps: str = '"shop"') -> None:
    tree = {
        "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "proj.settings")\n',
        "proj/__init__.py": "",
        "proj/settings.py": SETTINGS.format(apps=apps),
        "shop/__init__.py": "",
        "shop/migrations/__init__.py": "",
        **files,
    }
    for name, text in tree.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))


def check(folder: Path, files: Mapping[str, str], *, apps: str = '"shop"', django: str | None = "5.2") -> Report:
    """What `check` reports of a tree without an environment."""
    write(folder, files, apps)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("VIRTUAL_ENV", "CONDA_PREFIX", "DJANGO_SETTINGS_MODULE"):
            patch.delenv(name, raising=False)
        (project,) = open_projects(Options(project=folder, django_version=django, cache=False))
        assert project.environment is None
        return findings(project, frozenset())


def alarms(report: Report) -> list[str]:
    """The lines of all findings that make a run fail."""
    lines: list[str] = []
    for item in report.diagnostics:
        if item.fails:
            lines += [change.message for change in item.changes] or list(item.details) or [item.message]
    return lines
