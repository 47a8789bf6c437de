from __future__ import annotations

from pathlib import Path

import pytest

from migration_guard.config import Config
from migration_guard.project.discovery import Choice, project_at
from migration_guard.project.settings_module import SettingsModule, choose_settings

FILES = {
    "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'proj.settings')\n",
    "proj/__init__.py": "",
    "proj/settings.py": "INSTALLED_APPS = []\n",
    "proj/dev.py": "from .settings import *\n",
    "proj/wsgi.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'proj.prod')\n",
    "proj/prod.py": "from .settings import *\n",
    "pytest.ini": "[pytest]\nDJANGO_SETTINGS_MODULE = proj.tests\n",
    "proj/tests.py": "",
}


def choose(
    folder: Path, files: dict[str, str], config: Config | None = None, **more: object
) -> Choice[SettingsModule | None]:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root,) = project_at(folder)
    return choose_settings(root, config or Config(), **more)  # type: ignore[arg-type]


def module(choice: Choice[SettingsModule | None]) -> str | None:
    return choice.value.module if choice.value else None


def test_precedence(tmp_path: Path) -> None:
    config = Config(path=tmp_path / "pyproject.toml", settings="proj.dev")
    environ = {"DJANGO_SETTINGS_MODULE": "proj.prod"}
    assert module(choose(tmp_path, FILES, config, option="x.y", environ=environ)) == "x.y"
    assert module(choose(tmp_path, FILES, config, environ=environ)) == "proj.dev"
    chosen = choose(tmp_path, FILES, environ=environ)
    assert module(chosen) == "proj.prod"
    assert "wins over manage.py" in chosen.reason
    chosen = choose(tmp_path, FILES)
    assert module(chosen) == "proj.settings"
    assert chosen.reason == str(tmp_path / "manage.py")
    assert [item.module for item, _ in chosen.others if item] == ["proj.tests", "proj.prod"]


def test_a_variable_of_another_project_is_not_taken(tmp_path: Path) -> None:
    chosen = choose(tmp_path, FILES, environ={"DJANGO_SETTINGS_MODULE": "elsewhere.settings"})
    assert module(chosen) == "proj.settings"
    assert "elsewhere.settings (DJANGO_SETTINGS_MODULE in the environment" in chosen.reason


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pytest.ini", "[pytest]\nDJANGO_SETTINGS_MODULE = a.b\n"),
        ("pyproject.toml", '[tool.pytest.ini_options]\nDJANGO_SETTINGS_MODULE = "a.b"\n'),
        ("pyproject.toml", '[tool.django-stubs]\ndjango_settings_module = "a.b"\n'),
        ("setup.cfg", "[tool:pytest]\nDJANGO_SETTINGS_MODULE = a.b\n"),
        ("setup.cfg", "[mypy.plugins.django-stubs]\ndjango_settings_module = 'a.b'\n"),
        ("tox.ini", "[testenv]\nsetenv =\n    X = 1\n    DJANGO_SETTINGS_MODULE = a.b\n"),
        ("a/asgi.py", "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'a.b'\n"),
    ],
)
def test_other_places(tmp_path: Path, file: str, text: str) -> None:
    chosen = choose(tmp_path, {file: text, "a/b.py": ""})
    assert module(chosen) == "a.b"
    assert str(tmp_path / file) in chosen.reason


def test_by_file_name(tmp_path: Path) -> None:
    files = {
        "x/settings/__init__.py": "",
        "x/settings/base.py": "INSTALLED_APPS = []\n",
        "x/settings/dev.py": "from .base import *\n",
    }
    chosen = choose(tmp_path, files)
    assert module(chosen) == "x.settings.base"
    assert "2 other candidate(s)" in chosen.reason


def test_nothing(tmp_path: Path) -> None:
    chosen = choose(tmp_path, {"a/models.py": ""})
    assert chosen.value is None
    assert "no settings" in chosen.reason


def test_a_file_may_be_given(tmp_path: Path) -> None:
    assert module(choose(tmp_path, FILES, option="proj/dev.py")) == "proj.dev"


def test_configurations(tmp_path: Path) -> None:
    script = FILES["manage.py"] + "os.environ.setdefault('DJANGO_CONFIGURATION', 'Dev')\n"
    assert choose(tmp_path, {**FILES, "manage.py": script}).value == SettingsModule("proj.settings", "Dev")
