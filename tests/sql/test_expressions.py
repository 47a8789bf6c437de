"""Real Django and we write the same expressions, wherever they stand: on PostgreSQL, MariaDB and SQLite.

Where Django refuses an expression, or we cannot compile it, we say so; a text of ours that Django would not write is
an error.
"""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from pathlib import Path

import pytest
from django_oracle import Django, Project, each_django
from sql.expressions import write_project
from sql.schemas import PostgreSQLPlace, SQLitePlace, place
from sql.test_it_runs import drivers

from migration_guard import app, previewing
from migration_guard.sql.statements import PLACEHOLDER

SCRIPT = """
import json, sys
try:
    import pymysql
    pymysql.version_info = (2, 2, 7, "final", 0)
    pymysql.install_as_MySQLdb()
except ImportError:
    pass
from django.conf import settings
settings.DATABASES["default"] = json.loads(sys.argv[1])
import django, importlib, pathlib
django.setup()
found = {}
for file in sorted(pathlib.Path("things/migrations").glob("*_step.py")):
    try:
        importlib.import_module("things.migrations." + file.stem)
    except Exception:
        file.unlink()  # this Django has no such expression
from django.db import connection
from django.db.migrations.loader import MigrationLoader
loader = MigrationLoader(connection, replace_migrations=False)
for key in loader.disk_migrations:
    if key[0] == "things":
        try:
            lines = loader.collect_sql([(loader.graph.nodes[key], False)])
            found[key[1]] = "\\n".join(line for line in lines if not line.startswith("--"))
        except Exception as error:
            found[key[1]] = f"REFUSED {type(error).__name__}: {error}"
print(json.dumps(found))
"""
NEEDED = ("hstore", "btree_gist", "pg_trgm", "unaccent", "pgcrypto")
"""Extensions of PostgreSQL that some expressions need."""
GAPS = {"check Q(data__a__range=(F('data__b'), 3))", "partial Q(data__a__range=(F('data__b'), 3))"}
"""What we do not compile."""


def normal(text: str) -> str:
    """A text without what changes from run to run: Django goes through a set of words."""
    return re.sub(r"IN \('(?:true|false|null)'(?:,'(?:true|false|null)'){2}\)", "IN (words)", text)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb", "sqlite"])
@pytest.mark.parametrize("django", each_django("4.2", "5.2", "6.1"))
def test_expressions(django: Django, kind: str, tmp_path: Path) -> None:
    """Where Django refuses an expression we say that we do not know; the same text everywhere else."""
    texts = write_project(tmp_path, django.number, postgresql=kind == "postgresql", partial=kind != "mariadb")
    with ExitStack() as stack:
        empty = stack.enter_context(place(kind, "expressions", tmp_path))
        if isinstance(empty, PostgreSQLPlace):
            with empty.server.connect(empty.database) as connection:
                for extension in NEEDED:
                    connection.execute(f"CREATE EXTENSION {extension}")
        asked = Project(tmp_path, "settings", paths=(".", str(drivers(django))))
        ran = django.run(asked, ["-c", SCRIPT, json.dumps(empty.settings)])
        assert ran.returncode == 0, ran.stderr[-2000:]
        database = kind if isinstance(empty, SQLitePlace) else f"{kind}:{empty.server.version}"  # type: ignore[attr-defined]
    python = django.environment(tmp_path / "environment", (django.site, drivers(django)))
    options = app.Options(project=tmp_path, python=python, django_version=django.series, cache=False)
    project = app.open_project(options)
    wrong, gaps = [], set()
    truths = json.loads(ran.stdout.splitlines()[-1])
    assert len(truths) > 0.95 * len(texts)
    for name, expected in truths.items():
        found = previewing.preview(project, "things", name, database=database, weighs=False)
        text = "\n".join(item.text for item in found.statements if not item.comment)
        doubtful = any(PLACEHOLDER in item.text for item in found.statements)
        if expected.startswith("REFUSED"):
            fine = doubtful or text == ""
        else:
            gaps |= {texts[name]} if doubtful else set()
            fine = doubtful or normal(text) == normal(expected)
        if not fine:
            wrong.append(f"{texts[name]}\n  Django: {expected}\n  we:     {text}")
    assert not wrong, "\n".join(wrong)
    assert gaps <= GAPS
