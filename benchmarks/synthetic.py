"""Projects with histories of any length: apps whose fields come, change and go, and models that agree with the end.

In: a folder and a number of migrations. Out: a project in which real Django finds nothing missing. The models stay of
the same size however long the history is, so that what grows is the history alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

APPS = 20
MODELS = 5
FIELDS = 6

SETTINGS = """SECRET_KEY = "benchmark"
INSTALLED_APPS = [{apps}]
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
"""

MANAGE = """import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""

MIGRATION = """from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [{dependencies}]

    operations = [
{operations}
    ]
"""

ID = '("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))'


def write_history(folder: Path, count: int) -> None:
    """A project of `count` migrations in `APPS` apps."""
    folder.mkdir(parents=True)
    names = [f"app{number:02}" for number in range(APPS)]
    (folder / "settings.py").write_text(SETTINGS.format(apps=", ".join(f'"{name}"' for name in names)))
    (folder / "manage.py").write_text(MANAGE)
    for number, name in enumerate(names):
        _write_app(folder / name, names[number - 1] if number else None, count // APPS + (number < count % APPS))


def _write_app(folder: Path, other: str | None, count: int) -> None:
    (folder / "migrations").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "migrations" / "__init__.py").write_text("")
    fields: dict[str, dict[str, str]] = {f"Model{number}": _first_fields() for number in range(MODELS)}
    dependencies = [f'("{other}", "0001_initial")'] if other else []
    operations = [_created(name, columns) for name, columns in fields.items()]
    previous = "0001_initial"
    _write(folder / "migrations" / "0001_initial.py", dependencies, operations)
    for number, operation in zip(range(2, count + 1), _changes(fields), strict=False):
        name = f"{number:04}_change"
        _write(folder / "migrations" / f"{name}.py", [f'("{folder.name}", "{previous}")'], [operation])
        previous = name
    models = (_model(name, columns) for name, columns in fields.items())
    (folder / "models.py").write_text("from django.db import models\n" + "".join(models))


def _first_fields() -> dict[str, str]:
    return {f"field{number}": f"models.CharField(max_length={10 + number})" for number in range(FIELDS)}


def _changes(fields: dict[str, dict[str, str]]) -> Iterator[str]:
    """Operations without end; `fields` always says what they have led to."""
    number = 0
    while True:
        model = f"Model{number % MODELS}"
        name = f"extra{number}"
        for kind, field in (
            ("AddField", 'models.IntegerField(default=0, help_text="How many there are.")'),
            ("AlterField", "models.PositiveIntegerField(blank=True, default=1, db_index=True)"),
        ):
            fields[model][name] = field
            yield f'        migrations.{kind}(model_name="{model.lower()}", name="{name}", field={field}),'
        del fields[model][name]
        yield f'        migrations.RemoveField(model_name="{model.lower()}", name="{name}"),'
        number += 1


CREATED = """        migrations.CreateModel(
            name="{name}",
            fields=[
                {id},
{columns}            ],
        ),"""


def _created(name: str, fields: dict[str, str]) -> str:
    columns = "".join(f'                ("{field}", {value}),\n' for field, value in fields.items())
    return CREATED.format(name=name, id=ID, columns=columns)


def _model(name: str, fields: dict[str, str]) -> str:
    return f"\n\nclass {name}(models.Model):\n" + "".join(f"    {field} = {value}\n" for field, value in fields.items())


def _write(path: Path, dependencies: list[str], operations: list[str]) -> None:
    path.write_text(MIGRATION.format(dependencies=", ".join(dependencies), operations="\n".join(operations)))
