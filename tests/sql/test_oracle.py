"""Real Django's schema editor for Oracle, without a server: its text and ours for the same migrations.

The driver is installed for it and asked for nothing: the connection is a stand-in that answers with no rows.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django_oracle import DJANGOS, Django, Project, _installed
from sql.shop import write_shop

from migration_guard import app, previewing

STAND_IN = """
class Cursor:
    description = ()
    def __enter__(self):
        return self
    def __exit__(self, *details):
        pass
    def __iter__(self):
        return iter(())
    def execute(self, *arguments):
        pass
    def fetchall(self):
        return []
    def fetchone(self):
        return None
    def close(self):
        pass
"""
"""A cursor that answers with no rows."""
DATABASE = {"ENGINE": "django.db.backends.oracle", "NAME": "x/y", "USER": "u", "PASSWORD": "p"}
UNCONNECTED = f"""
import oracledb, sys
oracledb.version = "8.3.0"
sys.modules["cx_Oracle"] = oracledb  # older Djangos know no other name
from django.db.backends.oracle.base import DatabaseWrapper
{STAND_IN}
DatabaseWrapper.oracle_version = (19, 3)
DatabaseWrapper.operators = DatabaseWrapper._standard_operators
DatabaseWrapper.pattern_ops = DatabaseWrapper._standard_pattern_ops
DatabaseWrapper.cursor = lambda self: Cursor()
DatabaseWrapper.connect = DatabaseWrapper.ensure_connection = lambda self: None
"""
"""What makes Django do without a server."""
SCRIPT = """
import json
from django.conf import settings
settings.DATABASES["default"] = ORACLE
import django
django.setup()
from django.db import connection
from django.db.migrations.loader import MigrationLoader
UNCONNECTED
loader = MigrationLoader(None, replace_migrations=False)
loader.connection = connection
found = {}
for key in sorted(loader.disk_migrations):
    for backwards in (False, True):
        try:
            lines = loader.collect_sql([(loader.graph.nodes[key], backwards)])
            found[f"{key[1]} {backwards}"] = "\\n".join(lines)
        except Exception as error:
            found[f"{key[1]} {backwards}"] = f"REFUSED {type(error).__name__}: {error}"
print(json.dumps(found))
""".replace("UNCONNECTED", UNCONNECTED).replace("ORACLE", repr(DATABASE))


def driver_of(django: Django) -> Path:
    """The directory of Oracle's driver, which is asked for nothing."""
    return _installed(django.python, django.python_version, "oracle", ("oracledb>=2.3",), ())


def test_oracle(tmp_path: Path) -> None:
    write_shop(tmp_path, "condition")
    django = next(item for item in DJANGOS if item.series == "5.2")
    ran = django.run(Project(tmp_path, "settings", paths=(".", str(driver_of(django)))), SCRIPT)
    assert ran.returncode == 0, ran.stderr[-2000:]
    project = app.open_project(app.Options(project=tmp_path, django_version="5.2", cache=False))
    for key, expected in json.loads(ran.stdout.splitlines()[-1]).items():
        name, _, backwards = key.partition(" ")
        try:
            found = previewing.preview(
                project, "shop", name, backwards=backwards == "True", database="oracle", seen=previewing.Seen.EMPTY
            )
        except previewing.Refused:
            assert expected.startswith("REFUSED"), (key, expected)
            continue
        text = "\n".join(item.text for item in found.statements)
        if expected.startswith("REFUSED"):
            pytest.fail(f"{key}: {expected}\n{text}")
        assert text == expected, key
