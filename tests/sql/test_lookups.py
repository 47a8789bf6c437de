"""Names of constraints that are looked up: in the database as the migrations before leave it."""

from __future__ import annotations

from pathlib import Path

from migration_guard import app, previewing

SETTINGS = """
SECRET_KEY = "x"
INSTALLED_APPS = ["shelf"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
"""

INITIAL = """
    migrations.CreateModel("Box", [
        ("id", models.BigAutoField(primary_key=True)),
        ("a", models.IntegerField()),
        ("b", models.SlugField()),
    ], options={"unique_together": {("a", "b")}}),
"""

RENAMED_BY_HAND = """
    migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL("ALTER TABLE shelf_box RENAME TO shelf_crate")],
        state_operations=[migrations.AlterModelTable("Box", "shelf_crate")],
    ),
"""


def previewed(folder: Path, *steps: str) -> str:
    """The last of some migrations on PostgreSQL."""
    package = folder / "shelf" / "migrations"
    package.mkdir(parents=True)
    (folder / "settings.py").write_text(SETTINGS)
    for file in (folder / "shelf" / "__init__.py", folder / "shelf" / "models.py", package / "__init__.py"):
        file.touch()
    for place, operations in enumerate(steps, start=1):
        after = f'("shelf", "{place - 1:04}")' if place > 1 else ""
        (package / f"{place:04}.py").write_text(
            "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n"
            f"    dependencies = [{after}]\n    operations = [{operations}]\n"
        )
    project = app.open_project(app.Options(project=folder, django_version="5.2", cache=False))
    return previewing.preview(project, "shelf", f"{len(steps):04}", database="postgresql").text


def test_a_table_renamed_by_hand(tmp_path: Path) -> None:
    text = previewed(tmp_path, INITIAL, RENAMED_BY_HAND, 'migrations.AlterUniqueTogether("Box", set())')
    assert 'ALTER TABLE "shelf_crate" DROP CONSTRAINT "shelf_box_a_b_' in text


def test_indexes_come_by_name(tmp_path: Path) -> None:
    """Django's query groups them, whatever their age; a long name is cut further in front of a suffix."""
    made = """
    migrations.CreateModel("Box", [
        ("id", models.BigAutoField(primary_key=True)),
        ("attempt_code", models.SlugField()),
    ], options={"db_table": "shelf_of_all_the_boxes_of_the_house_by_sea"}),
    """
    text = previewed(tmp_path, made, 'migrations.AlterField("Box", "attempt_code", models.TextField())')
    names = [line.split('"')[1] for line in text.splitlines() if line.startswith("DROP INDEX")][:2]
    assert [name.endswith("_like") for name in names] == [True, False]
    assert names == sorted(names)
