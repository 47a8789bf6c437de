"""Models in modules that only a running project imports, from `AppConfig.ready()` or a view."""

from __future__ import annotations

from pathlib import Path

import pytest

from migration_guard import app
from migration_guard.project.project import Options
from tests.make.both_tools import lay

FILES = {
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
    "settings.py": "INSTALLED_APPS = ['shop']\nDEFAULT_AUTO_FIELD = 'django.db.models.AutoField'\n",
    "shop/__init__.py": "",
    "shop/models.py": "",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=30)),
            ],
        ),
    ]
""",
}
JOB = "from django.db import models\n\n\nclass Job(models.Model):\n    name = models.CharField(max_length={size})\n"


IMPORTED = "from shop.services import queue\n"


@pytest.mark.parametrize(
    ("path", "text", "views", "said"),
    [
        ("shop/services/queue.py", JOB.format(size=30), IMPORTED, ""),
        ("shop/services/queue.py", JOB.format(size=30), "from .services import (\n    other,\n    queue,\n)\n", ""),
        ("shop/services/queue.py", JOB.format(size=30), "import_module('shop.services.queue')\n", ""),
        ("shop/services/queue.py", JOB.format(size=40), IMPORTED, "0002_alter_job_name"),
        ("shop/services/queue.py", JOB.format(size=30), "queue = 1\n", "0002_delete_job"),
        ("shop/services/queue.py", "class Job:\n    pass\n", IMPORTED, "0002_delete_job"),
        ("shop/tests/queue.py", JOB.format(size=30), "from shop.tests import queue\n", "0002_delete_job"),
        ("shop/admin.py", JOB.format(size=30), "", ""),
    ],
)
def test_stray_models(tmp_path: Path, path: str, text: str, views: str, said: str) -> None:
    packages = {"shop/services/__init__.py": "", "shop/tests/__init__.py": ""}
    lay(tmp_path, {**FILES, **packages, path: text, "shop/views.py": views})
    report = app.check(app.open_project(Options(project=tmp_path, django_version="5.2", cache=False)))
    found = [d for d in report.diagnostics if d.code == "MG101"]
    assert bool(found) is bool(said)
    assert said in " ".join(diagnostic.message for diagnostic in found)
