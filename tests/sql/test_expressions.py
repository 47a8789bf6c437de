"""Real Django and we write the same expressions of constraints and indexes: on PostgreSQL, MariaDB and SQLite.

Where Django refuses an expression, or we cannot compile it, we say so; a text of ours that Django would not write is
an error.
"""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from pathlib import Path

import pytest
from django_oracle import DJANGOS, Project
from sql.expressions import write_project
from sql.schemas import place
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
import django
django.setup()
from django.db import connection
from django.db.migrations.loader import MigrationLoader
loader = MigrationLoader(connection, replace_migrations=False)
found = {}
for key in loader.disk_migrations:
    if key[0] == "things":
        try:
            lines = loader.collect_sql([(loader.graph.nodes[key], False)])
            found[key[1]] = "\\n".join(line for line in lines if not line.startswith("--"))
        except Exception as error:
            found[key[1]] = f"REFUSED {type(error).__name__}: {error}"
print(json.dumps(found))
"""
KNOWN = {
    "Q(Case(When(number=1, then=Value(True)), default=Value(False), output_field=models.BooleanField()))": "brackets",
    "Q(text=Concat('text', Value('-'), 'other'))": "Django refuses mixed types on PostgreSQL alone",
}
"""Where our text is not Django's, and why."""
OF_ITS_OWN_DRIVER = ("b'", 'b"')
"""What the driver of this test quotes in another way than the one that Django recommends."""
GAPS = {
    "postgresql": {"Q(text__unaccent='x')", "Q(text__trigram_similar='x')"},
    "mariadb": set[str](),
    "sqlite": set[str](),
}
"""What we do not compile."""


def normal(text: str) -> str:
    """A text without what changes from run to run: Django goes through a set of words."""
    return re.sub(r"IN \('(?:true|false|null)'(?:,'(?:true|false|null)'){2}\)", "IN (words)", text)


@pytest.mark.parametrize("kind", ["postgresql", "mariadb", "sqlite"])
def test_expressions(kind: str, tmp_path: Path) -> None:
    django = next(item for item in DJANGOS if item.series == "5.2")
    texts = write_project(tmp_path, "condition", postgresql=kind == "postgresql")
    with ExitStack() as stack:
        empty = stack.enter_context(place(kind, "expressions", tmp_path))
        asked = Project(tmp_path, "settings", paths=(".", str(drivers(django))))
        ran = django.run(asked, ["-c", SCRIPT, json.dumps(empty.settings)])
    assert ran.returncode == 0, ran.stderr[-2000:]
    project = app.open_project(app.Options(project=tmp_path, django_version="5.2", cache=False))
    wrong, gaps = [], set()
    for name, expected in json.loads(ran.stdout.splitlines()[-1]).items():
        if name not in texts:
            continue
        found = previewing.preview(project, "things", name, database=kind, weighs=False)
        text = "\n".join(item.text for item in found.statements if not item.comment)
        doubtful = any(PLACEHOLDER in item.text for item in found.statements)
        if expected.startswith("REFUSED"):
            fine = doubtful or texts[name] in KNOWN
        else:
            gaps |= {texts[name]} if doubtful else set()
            own = kind == "mariadb" and any(mark in text for mark in OF_ITS_OWN_DRIVER)
            fine = doubtful or own or texts[name] in KNOWN or normal(text) == normal(expected)
        if not fine:
            wrong.append(f"{texts[name]}\n  Django: {expected}\n  we:     {text}")
    assert not wrong, "\n".join(wrong)
    assert gaps == GAPS[kind]
