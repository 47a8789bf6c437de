"""What the classes of a project's fields say about columns: as Django prints it, and as it is on other databases."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django_oracle import Django, Project, each_django

from migration_guard import app, previewing

SETTINGS = """
SECRET_KEY = "x"
USE_TZ = True
INSTALLED_APPS = ["keys"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""

FIELDS = """
import json
from django.db import models
from django.db.models import Field

class Unsigned(models.BigIntegerField):
    def db_type(self, connection):
        if connection.vendor == "mysql":
            return "bigint unsigned"
        return super().db_type(connection=connection)

class Key(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 255)
        self.exact = kwargs.pop("exact", False)
        super().__init__(*args, **kwargs)

    def get_prep_value(self, value):
        return "" if value is None else str(value)

    def db_parameters(self, connection):
        parameters = Field.db_parameters(self, connection)
        if connection.vendor == "sqlite":
            parameters["collation"] = "BINARY" if self.exact else "NOCASE"
        return parameters

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, kwargs | ({"exact": True} if self.exact else {})

class Document(Field):
    def get_internal_type(self):
        return "JSONField"

    def get_db_prep_value(self, value, connection, prepared=False):
        return models.JSONField().get_db_prep_value(value, connection=connection, prepared=prepared)

class Short(models.SlugField):
    # Its deconstruct() leaves out a length that this class then sets to another.

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", 99)
        super().__init__(*args, **kwargs)

class Sealed(models.Field):
    def __init__(self, *args, **kwargs):
        self.seal = kwargs.pop("seal", None)
        super().__init__(*args, **kwargs)

    def get_internal_type(self):
        return "BinaryField"

    def clone(self):
        name, path, args, kwargs = super().deconstruct()
        return sealed(self.base_class(*args, **kwargs), self.seal)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        return name, f"{sealed.__module__}.{sealed.__name__}", [self.base_class(*args, **kwargs)], {}

SEALED = {}

def sealed(field, seal=None):
    kind, (name, path, args, kwargs) = type(field), field.deconstruct()
    made = type("Sealed" + kind.__name__, (Sealed, kind), {"base_class": kind})
    return SEALED.setdefault(kind, made)(*args, seal=seal, **kwargs)

def size():
    return {"width": 3, "parts": [1, None]}

class Number(models.PositiveIntegerField):
    def rel_db_type(self, connection):
        return "smallint"

class Odd(models.PositiveIntegerField):
    def db_check(self, connection):
        return '"%s" %% 2 = 1' % "odd"
"""

MIGRATION = """
from django.db import migrations, models
import keys.fields


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel("Lock", [
            ("id", keys.fields.Number(primary_key=True)),
            ("weight", keys.fields.Unsigned(default=0)),
            ("opaque", keys.fields.Key(exact=True, db_index=True)),
            ("odd", keys.fields.Odd()),
            ("secret", keys.fields.sealed(models.CharField(max_length=9, unique=True))),
            ("pin", keys.fields.sealed(models.IntegerField(null=True))),
            ("short", keys.fields.Short(max_length=50)),
        ]),
        migrations.CreateModel("Door", [
            ("lock", models.ForeignKey("keys.Lock", models.CASCADE)),
            ("id", models.BigAutoField(primary_key=True, auto_created=True)),
        ]),
        migrations.AddField("Door", "label", keys.fields.Key(null=True)),
        migrations.AddField("Door", "about", keys.fields.Document(blank=True)),
        migrations.AlterField("Lock", "pin", keys.fields.sealed(models.IntegerField(null=True, db_index=True))),
        migrations.AddField("Door", "size", models.JSONField(default=keys.fields.size)),
    ]
"""

SCRIPT = """
import json, django
django.setup()
from django.db import connection
from django.db.migrations.loader import MigrationLoader
loader = MigrationLoader(connection, replace_migrations=False)
print(json.dumps(loader.collect_sql([(loader.graph.nodes["keys", "0001_initial"], False)])))
"""


def write(folder: Path) -> None:
    package = folder / "keys" / "migrations"
    package.mkdir(parents=True)
    (folder / "settings.py").write_text(SETTINGS)
    (folder / "keys" / "__init__.py").touch()
    (folder / "keys" / "models.py").touch()
    (folder / "keys" / "fields.py").write_text(FIELDS)
    (package / "__init__.py").touch()
    (package / "0001_initial.py").write_text(MIGRATION)


@pytest.mark.parametrize("django", each_django())
def test_sqlite(django: Django, tmp_path: Path) -> None:
    write(tmp_path)
    ran = django.run(Project(tmp_path, "settings"), SCRIPT)
    assert ran.returncode == 0, ran.stderr
    expected = json.loads(ran.stdout.splitlines()[-1])
    project = app.open_project(app.Options(project=tmp_path, django_version=django.series, cache=False))
    found = previewing.preview(project, "keys", "0001", database="sqlite", seen=previewing.Seen.EMPTY)
    assert [statement.text for statement in found.statements] == expected


def previewed(folder: Path, database: str, version: str = "5.2") -> str:
    project = app.open_project(app.Options(project=folder, django_version=version, cache=False))
    return previewing.preview(project, "keys", "0001", database=database).text


def test_a_class_that_asks_its_parent(tmp_path: Path) -> None:
    write(tmp_path)
    assert '"weight" bigint NOT NULL' in previewed(tmp_path, "postgresql")
    assert "`weight` bigint unsigned NOT NULL" in previewed(tmp_path, "mysql")


def test_what_a_class_makes_of_a_value(tmp_path: Path) -> None:
    write(tmp_path)
    text = previewed(tmp_path, "postgresql")
    assert "\"label\" varchar(255) DEFAULT '' NULL" in text
    assert '"about" jsonb DEFAULT \'""\'::jsonb NOT NULL' in text


def test_a_class_that_cannot_be_followed_is_visible(tmp_path: Path) -> None:
    write(tmp_path)
    fields = tmp_path / "keys" / "fields.py"
    fields.write_text(FIELDS.replace('return "bigint unsigned"', "return open('/etc/type').read()"))
    assert "cannot be previewed: what db_type() of keys.fields.Unsigned returns is not known" in previewed(
        tmp_path, "mysql"
    )
    assert '"weight" bigint NOT NULL' in previewed(tmp_path, "postgresql")


def test_a_default_that_asks_the_database_is_visible(tmp_path: Path) -> None:
    write(tmp_path)
    fields = tmp_path / "keys" / "fields.py"
    for asks in ("connection.introspection.table_names()", "list(connection.cursor())", "Lock.objects.first()"):
        fields.write_text(
            FIELDS.replace('return {"width": 3, "parts": [1, None]}', f"return {asks}").replace(
                "import json\n", "import json\nfrom django.db import connection\n"
            )
        )
        assert "DEFAULT /* cannot be previewed: the default of keys.Door.size" in previewed(tmp_path, "postgresql")


@pytest.mark.parametrize(
    ("code", "pattern"),
    [
        ("get_random_string(length=8, allowed_chars='ab')", r"'[ab]{8}'"),
        ("uuid.uuid4().hex[:6].upper()", r"'[0-9A-F]{6}'"),
        ("secrets.token_hex(4)", r"'[0-9a-f]{8}'"),
        ("(timezone.now() + timedelta(days=400)).isoformat()[:10]", r"'20\d\d-\d\d-\d\d'"),
        ("os.urandom(3)", r"/\* cannot be previewed: .*what os.urandom\(\) returns is not known \*/"),
    ],
)
def test_a_default_that_is_another_each_time(tmp_path: Path, code: str, pattern: str) -> None:
    write(tmp_path)
    imports = """
import os, secrets, uuid
from datetime import timedelta
from django.utils import timezone
from django.utils.crypto import get_random_string
"""
    returned = FIELDS.replace('return {"width": 3, "parts": [1, None]}', f"return {code}")
    (tmp_path / "keys" / "fields.py").write_text(imports + returned)
    migration = tmp_path / "keys" / "migrations" / "0001_initial.py"
    migration.write_text(MIGRATION.replace("models.JSONField(default=", "models.TextField(default="))
    project = app.open_project(app.Options(project=tmp_path, django_version="5.2", cache=False))
    found = previewing.preview(project, "keys", "0001", database="postgresql")
    assert re.search(rf'"size" text DEFAULT {pattern} NOT NULL', found.text), found.text
    assert found.lasting == ("urandom" in code)


def test_percents_are_doubled_as_old_djangos_print_them(tmp_path: Path) -> None:
    write(tmp_path)
    migration = tmp_path / "keys" / "migrations" / "0001_initial.py"
    migration.write_text(
        MIGRATION.replace("keys.fields.Key(null=True)", 'models.CharField(max_length=9, default="5%")')
    )
    assert "DEFAULT '5%%' NOT NULL" in previewed(tmp_path, "mysql", "4.2")
    assert "DEFAULT '5%' NOT NULL" in previewed(tmp_path, "mysql", "5.0")
    assert "DEFAULT '5%' NOT NULL" in previewed(tmp_path, "postgresql", "4.2")
    project = app.open_project(app.Options(project=tmp_path, django_version="4.2", cache=False))
    (plan,) = previewing.preview_plan(project, database="mysql")
    assert "DEFAULT '5%' NOT NULL" in plan.text


def test_a_part_that_is_not_known_and_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path)
    second = MIGRATION.partition("operations")[0].replace("[]", '[("keys", "0001_initial")]')
    change = "models.FileField(storage=keys.fields.somewhere())"
    files = tmp_path / "keys" / "fields.py"
    files.write_text(FIELDS + "\n\ndef somewhere():\n    import os\n    return os.urandom(1)\n")
    folder = tmp_path / "keys" / "migrations"
    (folder / "0002_file.py").write_text(
        second.replace("initial = True\n    ", "")
        + 'operations = [migrations.AddField("Door", "plan", models.FileField(null=True))]\n'
    )
    (folder / "0003_place.py").write_text(
        second.replace("initial = True\n    ", "").replace("0001_initial", "0002_file")
        + f'operations = [migrations.AlterField("Door", "plan", {change.replace("(", "(null=True, ", 1)})]\n'
    )
    project = app.open_project(app.Options(project=tmp_path, django_version="5.2", cache=False))
    found = previewing.preview(project, "keys", "0003", database="postgresql")
    assert "-- (no-op)" in found.text
    assert previewing.preview(project, "keys", "0003", database="sqlite").doubts == 1
