"""DATABASE_ROUTERS: Django's `sqlmigrate` leaves out what the routers do not let into a database, and so do we."""

from __future__ import annotations

from pathlib import Path

import pytest
from django_oracle import Django, Project, each_django

from migration_guard import app, previewing

FILES = {
    "settings.py": """
SECRET_KEY = "x"
INSTALLED_APPS = ["a", "b"]
FILE = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
DATABASES = {"default": FILE, "other": {**FILE}}
DATABASE_ROUTERS = ["routers.Apps", "routers.Silent"]
""",
    "routers.py": """
class Apps:
    apps = {"a"}
    def allow_migrate(self, db, app_label, model_name=None, **hints):
        if app_label in self.apps:
            return db == "other"
        if hints.get("special") or model_name == "hidden":
            return False
        return None

class Silent:
    def db_for_read(self, model, **hints):
        return None
""",
    "a/migrations/0001_initial.py": """
from django.db import migrations, models
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("A", [("id", models.AutoField(primary_key=True))]), migrations.RunSQL("SELECT 1", ""),
    ]
""",
    "b/migrations/0001_initial.py": """
from django.db import migrations, models
class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Shown", [("id", models.AutoField(primary_key=True))]),
        migrations.CreateModel(
            "Hidden", [("id", models.AutoField(primary_key=True)), ("s", models.ForeignKey("b.Shown", models.CASCADE))]
        ),
        migrations.AddField("Hidden", "x", models.IntegerField(null=True)),
        migrations.RunSQL("SELECT 1", "SELECT 2", hints={"special": True}),
        migrations.RunSQL("SELECT 3", "SELECT 4", hints={"other": True}),
    ]
""",
    "manage.py": """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
""",
}


def _write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    for package in ("a", "b"):
        for name in ("__init__.py", "models.py", "migrations/__init__.py"):
            (root / package / name).write_text("")


@pytest.mark.parametrize("django", each_django("4.2", "5.2", "6.1"))
@pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
def test_sqlmigrate(django: Django, backwards: bool, tmp_path: Path) -> None:
    _write(tmp_path, FILES)
    project = app.open_project(app.Options(project=tmp_path, django_version=django.series, cache=False))
    for label in ("a", "b"):
        for alias in ("default", "other"):
            words = ["sqlmigrate", label, "0001", "--database", alias, *(["--backwards"] if backwards else [])]
            ran = django.manage(Project(tmp_path, "settings"), words)
            found = previewing.preview(project, label, "0001", backwards=backwards, database=alias, weighs=False)
            assert found.text.strip() == ran.stdout.strip(), (label, alias)
            assert not found.notes


def test_a_router_that_cannot_be_followed_is_noted(tmp_path: Path) -> None:
    router = "import os\nclass Apps:\n    def allow_migrate(self, db, app_label, **hints):\n"
    files = FILES | {"routers.py": router + "        return os.environ['MADE_UP'] == db\nclass Silent:\n    pass\n"}
    _write(tmp_path, files)
    project = app.open_project(app.Options(project=tmp_path, django_version="5.2", cache=False))
    found = previewing.preview(project, "a", "0001", weighs=False)
    assert 'CREATE TABLE "a_a"' in found.text
    assert found.notes and "DATABASE_ROUTERS are not followed for a" in found.notes[0]
