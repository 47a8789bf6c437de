"""Rules of the package and of others: found, complete, and refused with a sentence where they are none."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from migration_guard.diagnostics import Severity, UsageError
from migration_guard.rules import registry
from migration_guard.rules.rule import Hit, Loaded, Rule


def module(code: str, **names: Any) -> ModuleType:
    made = ModuleType("house_rules", "House rules.\n\nWhy: because.\n\nInstead: otherwise.")
    made.RULE = Rule(code, "house-rule", "A rule of the house", Severity.NOTE, "1.0")  # type: ignore[attr-defined]
    made.check = lambda step, context: iter([Hit("never")])  # type: ignore[attr-defined]
    for name, value in names.items():
        setattr(made, name, value)
    return made


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Any:
    def install(*modules: object) -> tuple[Loaded, ...]:
        points = [SimpleNamespace(name=f"point{at}", load=lambda item=item: item) for at, item in enumerate(modules)]
        monkeypatch.setattr(registry, "entry_points", lambda group: points)
        return tuple(item.load() for item in registry.listed.__wrapped__())

    return install


def test_a_rule_of_another_package(installed: Any) -> None:
    codes = [loaded.rule.code for loaded in installed(module("MG699"))]
    assert "MG699" in codes and codes == sorted(codes)


@pytest.mark.parametrize(
    "wrong, said",
    [
        (module("MG401"), "taken by two rules"),
        (module("MG101"), "taken by two rules"),
        (module("MG698", RULE="no rule"), "is not a Rule"),
        (module("MG698", check=None), "no check function"),
        ("a text", "must name a module"),
    ],
)
def test_what_is_no_rule_is_refused(installed: Any, wrong: object, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        installed(wrong)


def test_without_an_index_all_rules_are_found_by_loading_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with_index = registry.listed.__wrapped__()
    monkeypatch.setattr(registry, "INDEX", tmp_path / "none")
    for ours, theirs in zip(with_index, registry.listed.__wrapped__(), strict=True):
        assert (ours.code, ours.enabled, ours.about) == (theirs.code, theirs.enabled, theirs.about)
        assert ours.load() == theirs.load()


def test_entry_points_are_looked_for_where_packages_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not list(registry.entry_points(registry.GROUP))
    folder = tmp_path / "house-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: house\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text(f"[{registry.GROUP}]\nhouse = house.rules\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert [point.value for point in registry.entry_points(registry.GROUP)] == ["house.rules"]


def test_each_family_has_rules_and_a_file_is_named_after_its_code() -> None:
    own = registry.all_rules()
    assert {loaded.rule.code[2] for loaded in own} == {"1", "2", "3", "4", "5", "6"}
    assert len({loaded.rule.name for loaded in own}) == len(own)
