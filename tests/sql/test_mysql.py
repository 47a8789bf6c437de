"""Real Django's schema editor for MySQL and MariaDB of several versions, without a server: its text and ours.

The driver is asked for nothing but its literals: the connection is a stand-in that says which server it is, and answers
with no rows, like a database in which nothing is found.
"""

from __future__ import annotations

import difflib
import json
from pathlib import Path

import pytest
from django_oracle import Django, Project, each_django
from sql.market import Number, write_market
from sql.test_it_runs import drivers
from sql.test_on_servers import REFUSED, ours
from sql.test_oracle import STAND_IN

from migration_guard import app, previewing

SCRIPT = """
import json, os, sys
import pymysql, pymysql.converters
pymysql.version_info = (2, 2, 7, "final", 0)
pymysql.install_as_MySQLdb()
from django.conf import settings
settings.DATABASES["default"] = {"ENGINE": "django.db.backends.mysql", "NAME": "x"}
import django
django.setup()
from django.db.backends.mysql.base import DatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.db import connections
from django.db.utils import ConnectionHandler

STAND_IN

class Connection:
    encoders = pymysql.converters.encoders
    def escape(self, value, encoders):
        return pymysql.converters.escape_item(value, "utf8mb4", encoders)


DatabaseWrapper.cursor = lambda self: Cursor()
DatabaseWrapper.connect = DatabaseWrapper.ensure_connection = lambda self: None
for server in json.loads(sys.argv[1]):
    connection = ConnectionHandler({"default": settings.DATABASES["default"]})["default"]
    connection.mysql_server_data = {
        "version": server, "sql_mode": "", "default_storage_engine": "InnoDB", "sql_auto_is_null": False,
        "lower_case_table_names": False, "has_zoneinfo_database": True,
    }
    connection.connection = Connection()
    connections["default"] = connection
    loader = MigrationLoader(None, replace_migrations=False)
    loader.connection = connection
    found = []
    for key in sorted(loader.disk_migrations):
        for backwards in (False, True):
            try:
                text = "\\\\n".join(loader.collect_sql([(loader.graph.nodes[key], backwards)]))
            except Exception as error:
                text = f"REFUSED {type(error).__name__}: {error}"
            found.append([key[1], backwards, text])
    print(json.dumps([server, found]))
""".replace("\\\\n", "\\n").replace("STAND_IN", STAND_IN)
SERVERS: dict[str, tuple[str, Number, Number]] = {
    # Django 4.2 adds checks even where the server takes no notice of them.
    "8.0.11": ("mysql:8.0.11", (5, 2), (6, 0)),
    "8.0.36": ("mysql", (4, 2), (9, 9)),
    "9.1.0": ("mysql:9.1", (4, 2), (9, 9)),
    "10.4.8-MariaDB": ("mariadb:10.4", (4, 2), (4, 2)),
    "10.5.1-MariaDB": ("mariadb:10.5.1", (4, 2), (5, 2)),
    "10.5.22-MariaDB": ("mariadb:10.5", (4, 2), (5, 2)),
    "10.6.16-MariaDB": ("mariadb:10.6.16", (4, 2), (6, 0)),
    "10.11.6-MariaDB": ("mariadb", (4, 2), (9, 9)),
    "11.8.2-MariaDB": ("mariadb:11.8", (4, 2), (9, 9)),
}
"""What servers say of themselves, our names for them, the first and last version of Django for which they are asked."""


@pytest.mark.parametrize("django", each_django())
def test_mysql_and_mariadb(django: Django, tmp_path: Path) -> None:
    write_market(tmp_path, django.number)
    servers = [name for name, (_, first, last) in SERVERS.items() if first <= django.number <= last]
    asked = Project(tmp_path, "settings", paths=(".", str(drivers(django))))
    ran = django.run(asked, ["-c", SCRIPT, json.dumps(servers)])
    assert ran.returncode == 0, ran.stderr[-3000:]
    environment = django.environment(tmp_path / "environment", (django.site, drivers(django)))
    options = app.Options(project=tmp_path, python=environment, django_version=django.series, cache=False)
    project = app.open_project(options)
    differing = []
    for line in ran.stdout.splitlines():
        server, found = json.loads(line)
        for name, backwards, expected in found:
            text = ours(project, name, backwards, SERVERS[server][0], previewing.Seen.EMPTY)
            if text != (REFUSED if expected.startswith(REFUSED) else expected):
                lines = difflib.unified_diff(expected.splitlines(), text.splitlines(), "Django", "we", lineterm="", n=0)
                differing.append("\n".join([f"{server} {name} {'backwards' if backwards else ''}", *lines]))
    assert not differing, "\n\n".join(differing)
