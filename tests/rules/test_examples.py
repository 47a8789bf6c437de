"""Every example of every rule: the bad one fires once for each mark, the good one is silent, and Django loads both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet
from django_oracle import DJANGOS, Django
from django_oracle import Project as Judged
from rule_examples import lay, write

from migration_guard.rules.examples import files_of
from migration_guard.rules.registry import all_rules
from migration_guard.rules.rule import Example, Loaded


def examples() -> Iterator[ParameterSet]:
    for loaded in all_rules():
        for kind, given in (("bad", loaded.rule.bad), ("good", loaded.rule.good)):
            for number, example in enumerate(given, start=1):
                yield pytest.param(loaded, example, kind, id=f"{loaded.rule.code}-{kind}{number}")


@pytest.mark.parametrize("loaded, example, kind", list(examples()))
def test_the_rule_says_what_it_should(loaded: Loaded, example: Example, kind: str, tmp_path: Path) -> None:
    laid = lay(tmp_path / "example", example, loaded.rule.code)
    assert not laid.project.graph.broken and not laid.project.replayed[1]
    assert bool(laid.marks) is (kind == "bad"), "bad examples have marks, good ones none"
    assert laid.places(loaded.rule.code) == list(laid.marks), laid.found(loaded.rule.code)


LOAD = """
from django.db.migrations.loader import MigrationLoader
answer = len(MigrationLoader(None).project_state().apps.get_models())
"""


@pytest.mark.parametrize("loaded, example, kind", list(examples()))
def test_django_loads_it(loaded: Loaded, example: Example, kind: str, tmp_path: Path) -> None:
    files = files_of(example.text, example.databases).now
    settings = files["proj/settings.py"]
    # Loading needs no database, and the drivers of some are not installed.
    files["proj/settings.py"] = settings + 'DATABASES["default"]["ENGINE"] = "django.db.backends.sqlite3"\n'
    write(tmp_path, files)
    assert _django(example.django).evaluate(Judged(tmp_path, "proj.settings"), LOAD) > 0


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
