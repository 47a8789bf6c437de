"""Spatial columns: GeoDjango's schema editor for PostGIS and we write the same, on a server that need not have PostGIS.

GeoDjango needs GDAL and GEOS; where these libraries are not installed, what it once wrote is the judge.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django_oracle import Django, Project, each_django
from sql.schemas import place
from sql.test_it_runs import drivers

from migration_guard import app, previewing

SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.gis", "g"]
DATABASES = {"default": {"ENGINE": "django.contrib.gis.db.backends.postgis", "NAME": "x"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""
MIGRATION = """
from django.contrib.gis.db import models as gis
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [AFTER]
    operations = [migrations.OPERATION]
"""
STEPS = (
    'CreateModel("A", [("id", models.AutoField(primary_key=True)), ("p", gis.PointField(srid=4326)), '
    '("g", gis.PointField(geography=True, null=True)), ("r", gis.RasterField(null=True)), '
    '("m", gis.MultiPolygonField(dim=3, null=True)), ("n", gis.GeometryField(spatial_index=False, null=True))])',
    'AddField("A", "q", gis.PolygonField(srid=3857, null=True, unique=True))',
    'AddField("A", "c", gis.GeometryCollectionField(null=True, db_index=True))',
    'AlterField("A", "p", gis.PointField(srid=4326, null=True))',
    'AlterField("A", "p", gis.PointField(srid=4326, null=True, dim=3))',
    'AlterField("A", "m", gis.MultiPolygonField(null=True))',
    'AlterField("A", "n", gis.GeometryField(null=True))',
    'AlterField("A", "g", gis.PointField(geography=True, null=True, spatial_index=False))',
    'AlterField("A", "q", gis.MultiPolygonField(srid=3857, null=True))',
    'AddField("A", "k", models.CharField(max_length=5, null=True))',
    'AlterField("A", "k", gis.LineStringField(null=True))',
    'RenameField("A", "p", "place")',
    'RemoveField("A", "place")',
    'AddIndex("A", models.Index(fields=["n"], name="by_n"))',
    'DeleteModel("A")',
)
SCRIPT = """
import json, sys
from django.conf import settings
settings.DATABASES["default"] |= json.loads(sys.argv[1])
import django
django.setup()
from django.db import connection
from django.db.migrations.loader import MigrationLoader
loader = MigrationLoader(None, replace_migrations=False)
loader.connection = connection
found = {}
for key in sorted(loader.disk_migrations):
    for backwards in (False, True):
        lines = loader.collect_sql([(loader.graph.nodes[key], backwards)])
        found[f"{key[1]} {backwards}"] = "\\n".join(lines)
print(json.dumps(found))
"""


def _write(root: Path) -> None:
    folder = root / "g" / "migrations"
    folder.mkdir(parents=True)
    (root / "settings.py").write_text(SETTINGS)
    for file in (root / "g" / "__init__.py", root / "g" / "models.py", folder / "__init__.py"):
        file.write_text("")
    for number, operation in enumerate(STEPS, start=1):
        after = f'("g", "{number - 1:04}_step")' if number > 1 else ""
        (folder / f"{number:04}_step.py").write_text(MIGRATION.replace("AFTER", after).replace("OPERATION", operation))


@pytest.mark.parametrize("django", each_django("4.2", "5.2", "6.1"))
def test_postgis(django: Django, tmp_path: Path) -> None:
    _write(tmp_path)
    with place("postgresql", "spatial", tmp_path) as empty:
        where = {name: value for name, value in empty.settings.items() if name != "ENGINE"}
        asked = Project(tmp_path, "settings", paths=(".", str(drivers(django))))
        ran = django.run(asked, ["-c", SCRIPT, json.dumps(where)])
    if re.search("GDAL|GEOS", ran.stderr):
        pytest.skip("GDAL and GEOS are not installed")
    assert ran.returncode == 0, ran.stderr[-2000:]
    project = app.open_project(app.Options(project=tmp_path, django_version=django.series, cache=False))
    for key, expected in json.loads(ran.stdout.splitlines()[-1]).items():
        name, _, backwards = key.partition(" ")
        found = previewing.preview(
            project, "g", name, backwards=backwards == "True", seen=previewing.Seen.EMPTY, weighs=False
        )
        assert "\n".join(item.text for item in found.statements) == expected, key


def test_without_the_libraries(tmp_path: Path) -> None:
    _write(tmp_path)
    project = app.open_project(app.Options(project=tmp_path, django_version="5.2", cache=False))
    found = previewing.preview(project, "g", "0001", weighs=False).text
    for text in (
        '"p" geometry(POINT,4326) NOT NULL',
        '"g" geography(POINT,4326) NULL',
        '"m" geometry(MULTIPOLYGONZ,4326) NULL',
        'USING GIST ("m" GIST_GEOMETRY_OPS_ND)',
        'USING GIST (ST_ConvexHull("r"))',
    ):
        assert text in found
    assert '("n")' not in found
