"""Real Django and we write the same expressions, wherever they stand: on PostgreSQL, MariaDB, SQLite and Oracle.

Where Django refuses an expression, or we cannot compile it, we say so; a text of ours that Django would not write is
an error.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django_oracle import Django, Project, each_django
from sql.expressions import write_project
from sql.schemas import MariaDBPlace, PostgreSQLPlace, place
from sql.test_it_runs import AS_MYSQLCLIENT, drivers
from sql.test_oracle import DATABASE, UNCONNECTED, driver_of

from migration_guard import app, previewing
from migration_guard.sql.statements import PLACEHOLDER

SCRIPT = (
    f"{AS_MYSQLCLIENT}import json, sys"
    + """
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
UNCONNECTED
loader = MigrationLoader(None, replace_migrations=False)
loader.connection = connection
for key in loader.disk_migrations:
    if key[0] == "things":
        try:
            lines = loader.collect_sql([(loader.graph.nodes[key], False)])
            found[key[1]] = "\\n".join(line for line in lines if not line.startswith("--"))
        except Exception as error:
            found[key[1]] = f"REFUSED {type(error).__name__}: {error}"
print(json.dumps(found))
"""
)
NEEDED = ("hstore", "btree_gist", "pg_trgm", "unaccent", "pgcrypto")
"""Extensions of PostgreSQL that some expressions need."""
_RANGE = "Q(data__a__range=(F('data__b'), 3))"
_ON_ORACLE = (
    *("Q(data__a__in=[F('data__b')])", "~Q(data__a=None)", "Q(data__a=None)"),
    *("Q(data__in=[{'a': 1}, 2])", "Q(data__in=['x'])"),
)
GAPS = {"": {f"check {_RANGE}", f"partial {_RANGE}"}, "oracle": {f"check {text}" for text in (_RANGE, *_ON_ORACLE)}}
"""What we do not compile."""


def normal(text: str) -> str:
    """A text without what changes from run to run: Django goes through a set of words."""
    return re.sub(r"IN \('(?:true|false|null)'(?:,'(?:true|false|null)'){2}\)", "IN (words)", text)


def theirs(kind: str, django: Django, folder: Path) -> tuple[dict[str, str], str]:
    """What Django prints for each migration, and our name of the database."""
    if kind == "oracle":
        asked = Project(folder, "settings", paths=(".", str(driver_of(django)), str(drivers(django))))
        ran = django.run(asked, ["-c", SCRIPT.replace("UNCONNECTED", UNCONNECTED), json.dumps(DATABASE)])
        assert ran.returncode == 0, ran.stderr[-2000:]
        return json.loads(ran.stdout.splitlines()[-1]), kind
    with place(kind, "expressions", folder) as empty:
        if isinstance(empty, PostgreSQLPlace):
            with empty.server.connect(empty.database) as connection:
                for extension in NEEDED:
                    connection.execute(f"CREATE EXTENSION {extension}")
        asked = Project(folder, "settings", paths=(".", str(drivers(django))))
        ran = django.run(asked, ["-c", SCRIPT.replace("UNCONNECTED", ""), json.dumps(empty.settings)])
        assert ran.returncode == 0, ran.stderr[-2000:]
        name = f"{kind}:{empty.server.version}" if isinstance(empty, (PostgreSQLPlace, MariaDBPlace)) else kind
        return json.loads(ran.stdout.splitlines()[-1]), name


@pytest.mark.parametrize("kind", ["postgresql", "mariadb", "sqlite", "oracle"])
@pytest.mark.parametrize("django", each_django("4.2", "5.2", "6.1"))
def test_expressions(django: Django, kind: str, tmp_path: Path) -> None:
    """Where Django refuses an expression we say that we do not know; the same text everywhere else."""
    postgresql, partial = kind == "postgresql", kind in ("postgresql", "sqlite")
    texts = write_project(tmp_path, django.number, postgresql=postgresql, partial=partial)
    truths, database = theirs(kind, django, tmp_path)
    assert len(truths) > 0.95 * len(texts)
    python = django.environment(tmp_path / "environment", (django.site, drivers(django)))
    options = app.Options(project=tmp_path, python=python, django_version=django.series, cache=False)
    project = app.open_project(options)
    wrong, gaps = [], set()
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
    if (kind, django.series) != ("oracle", "4.2"):
        assert gaps <= GAPS.get(kind, GAPS[""])
