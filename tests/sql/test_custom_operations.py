"""Operations with a `database_forwards` of their own: what they leave of Django's, and what they send themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django_oracle import Django, Project, each_django

from migration_guard import app, previewing

SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = ["parts"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""

MIGRATION = """
from django.db import DatabaseError, migrations, models
from django.db.migrations.operations.base import Operation


class TryAdd(migrations.AddField):
    def database_forwards(self, *args, **kwargs):
        try:
            super().database_forwards(*args, **kwargs)
        except DatabaseError:
            pass

    def database_backwards(self, *args, **kwargs):
        pass


class OnPostgres(migrations.AddIndex):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor != "postgresql":
            return
        super().database_forwards(app_label, schema_editor, from_state, to_state)


class Statistics(Operation):
    reversible = True

    def __init__(self, name, share=50):
        self.name = name
        self.share = share

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        schema_editor.execute("CREATE STATISTICS %s AS 'a%%%%'" % self.name)
        schema_editor.execute("SELECT %s, %s;", [self.share, "it's"])

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        schema_editor.execute("DROP STATISTICS " + self.name, None)


class Looks(migrations.AddField):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if to_state.apps.get_model(app_label, self.model_name).objects.exists():
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class IfItIsThere(migrations.DeleteModel):
    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        model = from_state.apps.get_model(app_label, self.name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        if model._meta.db_table in schema_editor.connection.introspection.table_names():
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class Clean(Operation):
    reduces_to_sql = False
    reversible = True

    def __init__(self, model_name):
        self.model_name = model_name

    def deconstruct(self):
        return self.__class__.__qualname__, [], {"model_name": self.model_name}

    def state_forwards(self, app_label, state):
        pass

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        from_state.apps.get_model(app_label, self.model_name).objects.filter(code=None).delete()

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        pass

    def describe(self):
        return f"Clean {self.model_name}"


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Part", [("id", models.BigAutoField(primary_key=True))]),
        TryAdd("Part", "code", models.IntegerField(null=True)),
        OnPostgres("Part", models.Index(fields=["code"], name="code_idx")),
        Statistics("spread", share=20),
        Clean("Part"),
        migrations.CreateModel("Whole", [("id", models.BigAutoField(primary_key=True))]),
        IfItIsThere("Whole"),
    ]
"""

SCRIPT = """
import json, django
django.setup()
from django.db import connection
from django.db.migrations.loader import MigrationLoader
loader = MigrationLoader(connection, replace_migrations=False)
node = loader.graph.nodes["parts", "0001_initial"]
print(json.dumps([MigrationLoader(connection).collect_sql([(node, backwards)]) for backwards in (False, True)]))
"""


def write(folder: Path, migration: str = MIGRATION) -> None:
    package = folder / "parts" / "migrations"
    package.mkdir(parents=True)
    (folder / "settings.py").write_text(SETTINGS)
    for file in (folder / "parts" / "__init__.py", folder / "parts" / "models.py", package / "__init__.py"):
        file.touch()
    (package / "0001_initial.py").write_text(migration)


def previewed(folder: Path, database: str, version: str = "5.2", *, backwards: bool = False) -> list[str]:
    project = app.open_project(app.Options(project=folder, django_version=version, cache=False))
    found = previewing.preview(project, "parts", "0001", database=database, backwards=backwards)
    return [statement.text for statement in found.statements]


@pytest.mark.parametrize("django", each_django())
def test_sqlite(django: Django, tmp_path: Path) -> None:
    write(tmp_path)
    ran = django.run(Project(tmp_path, "settings"), SCRIPT)
    assert ran.returncode == 0, ran.stderr
    for backwards, expected in enumerate(json.loads(ran.stdout.splitlines()[-1])):
        found = previewed(tmp_path, "sqlite", django.series, backwards=bool(backwards))
        # How Django describes an operation of somebody's own is not looked at here.
        assert [line for line in found if "Statistics" not in line] == [
            line for line in expected if "Statistics" not in line and "Custom operation" not in line
        ]


def test_what_hangs_on_the_kind_of_database(tmp_path: Path) -> None:
    write(tmp_path)
    assert 'CREATE INDEX "code_idx" ON "parts_part" ("code");' in previewed(tmp_path, "postgresql")
    assert not [line for line in previewed(tmp_path, "mysql") if line.startswith("CREATE INDEX")]


def test_what_hangs_on_the_tables_that_are_there(tmp_path: Path) -> None:
    write(tmp_path)
    second = MIGRATION.replace("dependencies = []", 'dependencies = [("parts", "0001_initial")]')
    operations = '    operations = [IfItIsThere("Part")]\n'
    (tmp_path / "parts" / "migrations" / "0002_gone.py").write_text(
        second.partition("    operations = [")[0] + operations
    )
    project = app.open_project(app.Options(project=tmp_path, django_version="5.2", cache=False))
    texts = [
        previewing.preview(project, "parts", "0002", database="sqlite", seen=seen).text for seen in previewing.Seen
    ]
    assert ['DROP TABLE "parts_part";' in text for text in texts] == [True, False]
    *_, last = previewing.preview_plan(project, database="postgresql")
    assert 'DROP TABLE "parts_part" CASCADE;' in last.text


def test_what_its_class_calls_irreversible(tmp_path: Path) -> None:
    write(tmp_path, MIGRATION.replace("reduces_to_sql = False\n    reversible = True", "reversible = False"))
    with pytest.raises(previewing.Refused, match=r"Operation Clean in parts.0001_initial is not reversible"):
        previewed(tmp_path, "sqlite", backwards=True)


def test_what_looks_into_the_database_is_visible(tmp_path: Path) -> None:
    write(tmp_path, MIGRATION.replace("        TryAdd(", "        Looks("))
    (line,) = [line for line in previewed(tmp_path, "sqlite") if "cannot be previewed" in line]
    assert "Looks has a database_forwards() of its own" in line
