"""`init`: writes what is missing, once; what is there stays; what it writes works and passes the strictest checks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from migration_guard.cli.run import run
from migration_guard.config import read_config
from tests.rebase.repositories import START


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in START.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github").mkdir()
    return tmp_path


def init(project: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    status = run(["init", "--project", str(project / "src"), "--no-cache", *words])
    said = capsys.readouterr()
    assert status == 0, said.err
    return said.out


def tree(project: Path) -> dict[str, str]:
    return {str(path.relative_to(project)): path.read_text() for path in project.rglob("*") if path.is_file()}


def test_everything_is_written_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = tree(project)
    said = init(project, capsys, "--dry-run")
    assert "Would create" in said and tree(project) == before
    said = init(project, capsys)
    written = tree(project)
    assert written.keys() - before.keys() == {
        "pyproject.toml",
        ".pre-commit-config.yaml",
        ".github/workflows/migrations.yml",
    }
    for line in (line for name in written.keys() - before.keys() for line in written[name].splitlines()):
        assert line in said, "it shows what it wrote"
    config = read_config(project / "pyproject.toml")
    assert config is not None
    assert (config.project, config.settings, config.judged_databases) == (
        project / "src",
        "proj.settings",
        ("sqlite",),
    )
    said = init(project, capsys)
    assert said.count("stays as it is") == 3 and tree(project) == written
    assert run(["check", "--project", str(project), "--no-cache", "--select", "MG1"]) == 0


def test_what_it_writes_is_of_the_published_form(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    init(project, capsys)
    workflow = project / ".github" / "workflows" / "migrations.yml"
    for words in (
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(workflow)],
        ["zizmor", "--offline", "--no-progress", "--persona", "auditor", str(workflow)],
        ["pre-commit", "validate-config", str(project / ".pre-commit-config.yaml")],
    ):
        program = Path(sys.executable).with_name(words[0])
        done = subprocess.run([program, *words[1:]], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "repos:\n- repo: https://example.com/a\n  rev: v1\n  hooks:\n  - id: a\n",
        "# c\nrepos:   # all\n  - repo: https://example.com/a\n    rev: v1\n    hooks:\n      - id: a",
        "repos:\n- repo: https://example.com/a\n  rev: v1\n  hooks:\n  - id: a\n\n\nci:\n  skip: [a]\n",
        "default_stages: [pre-commit]\nrepos:\n\n  # first\n  - repo: local\n    hooks: []\n",
        "",
        "# only a comment\n",
    ],
)
def test_a_hook_is_added_to_others(project: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    path = project / ".pre-commit-config.yaml"
    path.write_text(text)
    init(project, capsys, "--no-config", "--no-workflow")
    before, after = yaml.safe_load(text) or {"repos": []}, yaml.safe_load(path.read_text())
    assert after["repos"][:-1] == before["repos"]
    assert {**after, "repos": 0} == {**before, "repos": 0}
    (hook,) = after["repos"][-1]["hooks"]
    assert (hook["id"], hook["entry"]) == ("migration-guard", "migration-guard hook check")
    for line in text.splitlines():
        assert line in path.read_text().splitlines()


@pytest.mark.parametrize("text", ["repos: [{repo: local, hooks: []}]\n", "[]\n", "repos: []\n"])
def test_what_cannot_be_added_to_is_said(project: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    path = project / ".pre-commit-config.yaml"
    path.write_text(text)
    assert "add the hook by hand" in init(project, capsys, "--no-config", "--no-workflow")
    assert path.read_text() == text


def test_other_configuration_stays(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project / "pyproject.toml"
    path.write_bytes(b"[project]\r\nname = 'x' # \xc3\xbc")
    init(project, capsys, "--no-hook", "--no-workflow")
    assert path.read_bytes().startswith(b"[project]\r\nname = 'x' # \xc3\xbc\n\n[tool.migration_guard]\n")
    config = read_config(path)
    assert config is not None and config.settings == "proj.settings"


def test_hostile_names_stay_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / 'a"]\n[tool.x]' / "src"
    for name, text in START.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / ".git").mkdir()
    status = run(["init", "--project", str(place), "--no-cache", "--no-hook"])
    assert status == 0
    assert all(c.isprintable() or c == "\n" for c in capsys.readouterr().out)
    config = read_config(tmp_path / "pyproject.toml")
    assert config is not None and config.project == place
