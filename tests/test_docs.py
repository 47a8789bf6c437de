"""What the documents claim is what the program does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from migration_guard.cli.run import run
from migration_guard.config import read_config
from migration_guard.diagnostics import BUILT_IN
from migration_guard.rules.registry import listed

ROOT = Path(__file__).resolve().parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_readme_shows_a_real_run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    text = read("README.md")
    command = re.search(r"\.venv/bin/migration-guard (.+)", text)
    shown = re.search(r"<!-- output of the command above -->\n(.*?)<!-- end of output -->", text, re.DOTALL)
    assert command and shown
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    run([*command[1].split(), "--django-version", "5.2"])
    assert capsys.readouterr().out == re.sub(r"^    ", "", shown[1], flags=re.MULTILINE)


def test_every_code_is_explained() -> None:
    rows = dict(
        re.findall(r"^\| (MG\d{3}) \| ([a-z-]+) \|", read("README.md") + read("docs/unknowns.md"), re.MULTILINE)
    )
    reserved = set(
        re.findall(r"MG\d{3}", next(line for line in read("docs/unknowns.md").splitlines() if "reserved" in line))
    )
    assert rows == {code.code: code.name for code in BUILT_IN.values() if code.code not in reserved}
    assert reserved | set(rows) == set(BUILT_IN)


def test_the_example_of_a_configuration_is_one(tmp_path: Path) -> None:
    text = "\n".join(re.findall(r"^    (.*)", read("docs/configuration.md"), re.MULTILINE))
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    config = read_config(tmp_path / "pyproject.toml")
    assert config is not None
    assert (config.settings, config.django_version) == ("config.settings.test", (5, 2))
    assert config.settings_values == {"AUTH_USER_MODEL": "accounts.User"}
    assert set(config.answers) == {"renames", "defaults", "ignore-nulls", "merge"}
    assert config.values == {"env:SITE_NAME_LENGTH": "80"}


def test_every_key_of_the_json_report_is_described(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    run(["check", "--project", "fixtures/drift", "sales", "--format", "json", "--django-version", "5.2"])
    document = json.loads(capsys.readouterr().out)
    text = read("docs/json.md")
    finding = document["findings"][0]
    for key in (*document, *finding["place"], *finding["changes"][0], *document["stats"]):
        assert f'"{key}"' in text, key
    for key in finding:
        assert f"`{key}`" in text, key


def test_every_rule_has_its_place_among_the_hazards() -> None:
    named = set(re.findall(r"MG\d{3}", read("docs/hazards.md")))
    rules = {item.code.code for item in listed()}
    assert named <= rules | set(BUILT_IN)
    assert rules <= named
