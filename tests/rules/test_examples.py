"""Every example of every rule: the bad one fires once for each mark, the good one is silent, and Django loads both."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from django_oracle import DJANGOS, Django
from django_oracle import Project as Judged
from rule_examples import lay, write

from migration_guard.describing import STATEMENTS
from migration_guard.illustrating import example_sql
from migration_guard.rules.examples import files_of
from migration_guard.rules.registry import all_rules
from migration_guard.rules.rule import Example, Loaded
from migration_guard.rules.samples import SHOP


def examples() -> Iterator[ParameterSet]:
    for loaded in all_rules():
        for kind, given in (("bad", loaded.rule.bad), ("good", loaded.rule.good)):
            for number, example in enumerate(given, start=1):
                yield pytest.param(loaded, example, kind, id=f"{loaded.rule.code}-{kind}{number}")


def _values(param: ParameterSet) -> tuple[Loaded, Example, str]:
    loaded, example, kind = param.values
    assert isinstance(loaded, Loaded) and isinstance(example, Example) and isinstance(kind, str)
    return loaded, example, kind


@pytest.mark.parametrize("loaded, example, kind", list(examples()))
def test_the_rule_says_what_it_should(loaded: Loaded, example: Example, kind: str, tmp_path: Path) -> None:
    laid = lay(tmp_path / "example", example, loaded.rule.code)
    assert not laid.project.graph.broken and not laid.project.replayed[1]
    assert bool(laid.marks) is (kind == "bad"), "bad examples have marks, good ones none"
    assert laid.places(loaded.rule.code) == list(laid.marks), laid.found(loaded.rule.code)
    if kind == "bad":
        keys = [key for key in laid.project.graph.full_plan() if key in laid.new]
        shown = SHOWN.get(loaded.rule.code, [{}] * len(loaded.rule.bad))
        assert example_sql(laid.project, keys) == shown[loaded.rule.bad.index(example)], "run tools/rule_pages.py"


SHOWN = json.loads(STATEMENTS.read_text(encoding="utf-8"))
LOAD = """
import json, sys
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test.utils import override_settings

answer = {}
for name, root, installed in json.loads(WANTED):
    own = tuple(app for app in installed if not app.startswith("django."))
    for module in [module for module in sys.modules if module.split(".")[0] in own]:
        del sys.modules[module]
    sys.path.insert(0, root)
    try:
        with override_settings(INSTALLED_APPS=installed):
            answer[name] = len(MigrationLoader(None).project_state().apps.get_models())
    except Exception as error:
        answer[name] = f"{type(error).__name__}: {error}"
    sys.path.remove(root)
"""


@pytest.mark.parametrize("series", sorted({example.django for _, example, _ in map(_values, examples())}))
def test_django_loads_them(series: str, tmp_path: Path) -> None:
    """All in one process: each with its own apps, the modules of the one before forgotten."""
    wanted = []
    for param in examples():
        _, example, _ = _values(param)
        if example.django == series:
            root = tmp_path / str(param.id)
            files = files_of(example.text, example.databases).now
            write(root, files)
            installed = re.findall(r'"([^"]+)"', next(filter(_lists_apps, files["proj/settings.py"].splitlines())))
            wanted.append((str(param.id), str(root), installed))
    home = tmp_path / "home"
    write(home, files_of(SHOP, ("sqlite",)).now)
    script = f"WANTED = {json.dumps(wanted)!r}\n{LOAD}"
    loaded = _django(series).evaluate(Judged(home, "proj.settings"), script)
    assert len(loaded) == len(wanted)
    assert {name: said for name, said in loaded.items() if not isinstance(said, int) or not said} == {}


def _lists_apps(line: str) -> bool:
    return line.startswith("INSTALLED_APPS")


def _django(series: str) -> Django:
    found = [django for django in DJANGOS if django.series == series]
    if not found:
        pytest.skip(f"no Django {series} on this machine")
    return found[0]


def test_every_rule_is_complete() -> None:
    for loaded in all_rules():
        rule = loaded.rule
        assert rule.bad, f"{rule.code} has no bad example"
        assert rule.good, f"{rule.code} has no good example"
        assert rule.name.replace("-", "").isalnum() and rule.name == rule.name.lower()
        assert "\nWhy:" in loaded.doc and "\nInstead:" in loaded.doc, f"{rule.code} does not say why, or what instead"
        assert [loaded.on_operation, loaded.on_migration, loaded.on_project].count(None) == 2
