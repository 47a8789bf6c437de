"""docs/rules is what the rules say of themselves, and the commands show the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from migration_guard import describing
from migration_guard.cli.run import run
from migration_guard.rules.registry import INDEX, all_codes, all_rules

PAGES = Path(__file__).resolve().parents[2] / "docs" / "rules"


def test_the_pages_are_fresh() -> None:
    wanted = describing.pages()
    found = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    del found["out-of-scope.md"]
    assert sorted(found) == sorted(wanted)
    stale = [name for name, text in wanted.items() if found[name] != text]
    assert not stale, "run tools/rule_pages.py"


def test_the_index_is_fresh() -> None:
    assert describing.index() == INDEX.read_text(encoding="utf-8"), "run tools/rule_pages.py"


def test_rules_lists_every_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules"]) == 0
    listed = capsys.readouterr().out
    assert all(code in listed and all_codes()[code].title in listed for code in all_codes())
    assert run(["rules", "--format", "json"]) == 0
    items = json.loads(capsys.readouterr().out)["rules"]
    assert [item["code"] for item in items] == list(all_codes())
    off = {item["code"] for item in items if not item["enabled"]}
    assert off == {loaded.rule.code for loaded in all_rules() if not loaded.rule.enabled} != set()


def test_explain_takes_codes_names_and_prefixes(capsys: pytest.CaptureFixture[str]) -> None:
    page = describing.pages()["MG401.md"]
    for word in ("MG401", "mg401", "index-blocks-writes"):
        assert run(["explain", word]) == 0
        assert capsys.readouterr().out == page
    assert run(["explain", "MG101"]) == 0
    assert "missing-migration" in capsys.readouterr().out
    assert run(["explain", "MG40"]) == 0
    assert capsys.readouterr().out.count("MG40") >= 9
    assert run(["explain", "MG4O1"]) == 2
    assert "did you mean" in capsys.readouterr().err


def test_each_page_says_why_and_what_instead() -> None:
    for name, text in describing.pages().items():
        if name != "README.md":
            assert "\n## Why\n" in text and "\n## Instead\n" in text and "\n## Found (" in text, name
