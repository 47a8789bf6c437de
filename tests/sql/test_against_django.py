"""Real Django and we print the SQL of the same migrations: SQLite, on an empty database, in both directions."""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest
from django_oracle import Django, Project, each_django
from sql.shop import write_shop

from migration_guard import app, previewing

UNORDERED = {"0026_step"}
"""Django goes through a set of tables."""

SCRIPT = """
import json, django
django.setup()
from django.db import connection
from django.db.migrations.loader import MigrationLoader
loader = MigrationLoader(connection, replace_migrations=False)
found = {}
for app, name in sorted(loader.disk_migrations):
    for backwards in (False, True):
        try:
            fresh = MigrationLoader(connection, replace_migrations=False)
            lines = fresh.collect_sql([(loader.graph.nodes[app, name], backwards)])
            found[f"{name} {backwards}"] = "\\n".join(lines)
        except Exception as error:
            found[f"{name} {backwards}"] = f"REFUSED {type(error).__name__}: {error}"
print(json.dumps(found))
"""


@pytest.mark.parametrize("django", each_django())
def test_sqlite(django: Django, tmp_path: Path) -> None:
    write_shop(tmp_path, "condition" if django.number >= (5, 1) else "check")
    ran = django.run(Project(tmp_path, "settings"), SCRIPT)
    assert ran.returncode == 0, ran.stderr
    project = app.open_project(app.Options(project=tmp_path, django_version=django.series, cache=False))
    differing = []
    for key, expected in json.loads(ran.stdout.splitlines()[-1]).items():
        name, _, backwards = key.partition(" ")
        try:
            found = previewing.preview(
                project, "shop", name, backwards=backwards == "True", database="sqlite", seen=previewing.Seen.EMPTY
            )
        except previewing.Refused as refused:
            text = f"REFUSED {refused}"
            assert expected.startswith("REFUSED"), (key, text, expected)
            continue
        text = "\n".join(statement.text for statement in found.statements)
        if expected.startswith("REFUSED"):
            assert found.doubts, (key, expected, text)
        elif name in UNORDERED and sorted(text.splitlines()) == sorted(expected.splitlines()):
            continue
        elif text != expected:
            lines = difflib.unified_diff(expected.splitlines(), text.splitlines(), "Django", "we", lineterm="", n=0)
            differing.append("\n".join([key, *lines]))
    assert not differing, "\n\n".join(differing)
