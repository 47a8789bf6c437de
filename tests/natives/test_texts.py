"""Django's functions on texts and versions, and options of Meta that Django does not have."""

from __future__ import annotations

from pathlib import Path

import pytest

from migration_guard import app
from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.project.natives.catalogue import django_modules
from migration_guard.project.project import Options
from migration_guard.source.finder import Finder
from migration_guard.source.lower_ast import lower


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("slugify(' Joel is -a- Slug!_ ')", "joel-is-a-slug"),
        ("slugify('İstanbul Ä')", "istanbul-a"),
        ("slugify('Ä b', allow_unicode=True)", "ä-b"),
        ("capfirst('abc def')", "Abc def"),
        ("get_version_tuple('6.1rc1')", (6, 1)),
    ],
)
def test_functions(tmp_path: Path, expression: str, value: object) -> None:
    imports = "from django.utils.text import capfirst, slugify\nfrom django.utils.version import get_version_tuple\n"
    (tmp_path / "things.py").write_text(f"{imports}x = {expression}\n")
    interp = Interpreter(
        Finder([tmp_path]), lambda path, first: lower(path.read_text())["body"], (5, 2), natives=django_modules((5, 2))
    )
    assert interp.lookup("things.x") == value


@pytest.mark.parametrize(("option", "known"), [("ordering = ['id']", True), ("triggers = [1]", False)])
def test_an_option_that_django_does_not_have_is_a_doubt(tmp_path: Path, option: str, known: bool) -> None:
    files = {
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n",
        "settings.py": "INSTALLED_APPS = ['shop']\n",
        "shop/__init__.py": "",
        "shop/migrations/__init__.py": "",
        "shop/models.py": f"from django.db.models import Model\nclass Item(Model):\n  class Meta:\n    {option}\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    report = app.check(app.open_project(Options(project=tmp_path, django_version="5.2", cache=False)))
    assert any("Meta.triggers" in unknown.message for unknown in report.unknowns) is not known


def test_patterns_of_text_are_unicode_anyway(tmp_path: Path) -> None:
    text = "import re\nx = re.compile('a', re.U)\ny = re.compile('a')\nz = re.compile('a', re.U | re.I)\n"
    (tmp_path / "things.py").write_text(text)
    interp = Interpreter(Finder([tmp_path]), lambda path, first: lower(path.read_text())["body"], (5, 2))
    written = [interp.export(interp.lookup(f"things.{name}")) for name in "xyz"]
    assert written[0] == written[1] != written[2]
