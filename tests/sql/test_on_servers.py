"""Real Django and we print the SQL of the same migrations, each on a database that has those before it applied.

On PostgreSQL and MariaDB these are real servers. For MySQL, Django is told that its MariaDB were one: what it writes
then is what it writes for MySQL, but for the names that only such a server gives.
"""

from __future__ import annotations

import difflib
import json
import re
from pathlib import Path

import pytest
from django_oracle import Django, Project, each_django
from sql.market import write_market
from sql.schemas import place
from sql.test_it_runs import AS_MYSQLCLIENT, drivers

from migration_guard import app, previewing

SCRIPT = (
    f"{AS_MYSQLCLIENT}import json, sys"
    + """
import django
from django.conf import settings
settings.DATABASES["default"] = json.loads(sys.argv[1])
django.setup()
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.utils import ConnectionHandler

real = connections["default"]
believed = {"": real}
if real.vendor == "mysql":
    other = ConnectionHandler({"default": settings.DATABASES["default"]})["default"]
    other.mysql_server_data = {**real.mysql_server_data, "version": sys.argv[2]}
    believed["mysql"] = other
found = []

def ask(key, backwards):
    for belief, connection in believed.items():
        connections["default"] = connection
        loader = MigrationLoader(connection, replace_migrations=False)
        try:
            text = "\\\\n".join(loader.collect_sql([(loader.graph.nodes[key], backwards)]))
        except Exception as error:
            text = f"REFUSED {type(error).__name__}: {error}"
        found.append([belief, key[1], backwards, text])
    connections["default"] = real

for key in sorted(MigrationLoader(real).disk_migrations):
    ask(key, False)
    try:
        MigrationExecutor(real).migrate([key])
    except Exception as error:
        raise AssertionError(f"{key} cannot be applied") from error
    ask(key, True)
print(json.dumps(found))
""".replace("\\\\n", "\\n")
)
MYSQL = "8.0.36"
REFUSED = "REFUSED"
CHECKS_OF_TYPES = re.compile(r"\nALTER TABLE `\w+` DROP CHECK `(?!shop_sane)\w+`;")
"""MariaDB gives them other names than MySQL, and forgets them sooner."""


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
@pytest.mark.parametrize("django", each_django())
def test_servers(django: Django, kind: str, tmp_path: Path) -> None:
    write_market(tmp_path, django.number)
    with place(kind, f"market_{django.series.replace('.', '_')}", tmp_path) as empty:
        asked = Project(tmp_path, "settings", paths=(".", str(drivers(django))))
        ran = django.run(asked, ["-c", SCRIPT, json.dumps(empty.settings), MYSQL])
        version = empty.server.version  # type: ignore[union-attr]
    assert ran.returncode == 0, ran.stderr[-3000:]
    environment = django.environment(tmp_path / "environment", (django.site, drivers(django)))
    options = app.Options(project=tmp_path, python=environment, django_version=django.series, cache=False)
    project = app.open_project(options)
    differing = []
    for belief, name, backwards, expected in json.loads(ran.stdout.splitlines()[-1]):
        database = f"mysql:{MYSQL}" if belief else f"{kind}:{version}"
        text = ours(project, name, backwards, database)
        if belief:
            text, expected = CHECKS_OF_TYPES.sub("", text), CHECKS_OF_TYPES.sub("", expected)
        if text != (REFUSED if expected.startswith(REFUSED) else expected):
            lines = difflib.unified_diff(expected.splitlines(), text.splitlines(), "Django", "we", lineterm="", n=0)
            differing.append("\n".join([f"{database} {name} {'backwards' if backwards else ''}", *lines]))
    assert not differing, "\n\n".join(differing)


def ours(
    project: app.Project,
    name: str,
    backwards: bool,
    database: str,
    seen: previewing.Seen = previewing.Seen.MIGRATED,
) -> str:
    """Our text of a migration; REFUSED where there is none, or not a whole one."""
    try:
        found = previewing.preview(
            project, "market", name, backwards=backwards, database=database, seen=seen, weighs=False
        )
    except previewing.Refused:
        return REFUSED
    if found.doubts:
        return REFUSED
    return "\n".join(statement.text for statement in found.statements)
