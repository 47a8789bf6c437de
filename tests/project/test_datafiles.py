"""Data files: which of them are read, what migrations make of them, and pickles that are more than tables."""

from __future__ import annotations

import pickle
from pathlib import Path
from types import SimpleNamespace

from migration_guard import app
from migration_guard.project.datafiles import own_data, own_folder, plain_pickle
from migration_guard.project.project import Options

MIGRATION = """
import json
from pathlib import Path
from django.db import migrations, models

HERE = Path(__file__).parent
with open(HERE / "sizes.json") as file:
    SIZES = json.load(file)


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL((HERE / "view.sql").read_text()),
        migrations.CreateModel("Item", [
            ("id", models.AutoField(primary_key=True, serialize=False)),
            ("name", models.CharField(max_length=SIZES["name"])),
        ]),
    ]
"""
MODELS = """
from django.db import models


class Item(models.Model):
    id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=30)
"""


def _project(root: Path, size: int) -> Path:
    files = {
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
        "settings.py": "INSTALLED_APPS = ['shop']\n",
        "shop/__init__.py": "",
        "shop/models.py": MODELS,
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": MIGRATION,
        "shop/migrations/sizes.json": f'{{"name": {size}}}',
        "shop/migrations/view.sql": "SELECT 1;",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def _codes(root: Path) -> list[str]:
    report = app.check(app.open_project(Options(project=root, django_version="5.2", cache=False)))
    return [found.code for found in report.diagnostics if found.code.startswith(("MG101", "MG9"))]


def test_what_lies_beside_migrations_is_read(tmp_path: Path) -> None:
    assert _codes(_project(tmp_path / "same", 30)) == []
    assert _codes(_project(tmp_path / "other", 40)) == ["MG101"]


def test_a_changed_data_file_is_noticed(tmp_path: Path) -> None:
    root = _project(tmp_path, 30)
    project = app.open_project(Options(project=root, django_version="5.2", cache=False))
    assert app.check(project).diagnostics is not None
    assert str(root / "shop/migrations/sizes.json") in project.texts
    users = project.interpreter.modules["shop.migrations.0001_initial"]
    assert any(name.endswith("sizes.json") for name in getattr(users, "uses", ()))


IN_PACKAGES = """
import os
import pkgutil
from importlib import resources
from pathlib import Path
from django.db import migrations

FOLDER = resources.files("shop.migrations")
FOUND = [file.name for file in FOLDER.iterdir() if file.name.endswith(".sql")]
FOUND += [file.stem for file in Path(__file__).parent.glob("*.json")]
FOUND += [name for name in os.listdir(FOLDER) if name == "view.sql"]


class Migration(migrations.Migration):
    operations = [
        migrations.RunSQL(FOLDER.joinpath("view.sql").read_text("utf-8")),
        migrations.RunSQL((resources.files("shop") / "migrations" / "view.sql").open().read()),
        migrations.RunSQL(resources.read_text("shop.migrations", "view.sql")),
        migrations.RunSQL(pkgutil.get_data("shop.migrations", "view.sql").decode()),
        migrations.RunSQL(",".join(FOUND)),
    ]
"""


def test_what_lies_in_packages_is_read(tmp_path: Path) -> None:
    root = _project(tmp_path, 30)
    (root / "shop/migrations/0001_initial.py").write_text(IN_PACKAGES)
    project = app.open_project(Options(project=root, django_version="5.2", cache=False))
    (migration,) = (item for item in project.loaded.migrations if item.app_label == "shop")
    texts = [operation.sql.value for operation in migration.operations]
    assert texts == ["SELECT 1;"] * 4 + ["view.sql,sizes,view.sql"]
    assert str(root / "shop/migrations") in project.texts


def test_other_folders_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a.sql").touch()
    assert own_folder(str(tmp_path / "project"), [tmp_path]) == ["a.sql"]
    assert own_folder(str(tmp_path), [tmp_path / "project"]) is None
    assert own_folder(str(tmp_path / "gone"), [tmp_path]) is None
    assert own_folder(f"{tmp_path}/a\0b", [tmp_path]) is None
    assert own_data(f"{tmp_path}/a\0b", [tmp_path]) is None


def test_only_own_files_are_read(tmp_path: Path) -> None:
    inside, outside = tmp_path / "project", tmp_path / "elsewhere"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "data.txt").write_text("text")
    (inside / ".env").write_text("SECRET=1")
    (inside / "link.txt").symlink_to(outside / "data.txt")
    assert own_data(str(inside / "data.txt"), [inside]) == b"text"
    for path in (outside / "data.txt", inside / ".env", inside / "link.txt", inside / "none.txt"):
        assert own_data(str(path), [inside]) is None


def test_pickles_are_tables() -> None:
    table = {"names": {"EUR": "Euro"}, "sizes": [1, 2.5, None, True], "pair": ("a", "b")}
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert plain_pickle(pickle.dumps(table, protocol)) == table


def test_nothing_in_a_pickle_is_called(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return Path.touch, (str(tmp_path / "made"),)

    found = plain_pickle(pickle.dumps({"bad": SimpleNamespace(x=1), "good": "text", "worse": Harmful()}, 4))
    assert isinstance(found, dict)
    assert found["good"] == "text"
    assert list(tmp_path.iterdir()) == []
    assert plain_pickle(b"cos\nsystem\n(S'true'\ntR.") is None
