"""`ci` on several services: base and format from the environment, reports in files, the right exit status."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from migration_guard.cli.run import run
from migration_guard.continuous import Service, tell
from tests.rebase.repositories import Work, adding, model, models, started

CI = ("GITHUB_", "GITLAB_", "CI", "TF_BUILD", "JENKINS", "MIGRATION_GUARD_CI", "CHANGE_TARGET")


@pytest.fixture
def work(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Work:
    import os

    for name in os.environ:
        if name.startswith(CI):
            monkeypatch.delenv(name)
    made = started(tmp_path / "work", capsys)
    monkeypatch.chdir(made.root)
    return made


def ci(work: Work, *words: str) -> tuple[int, str, str]:
    work.capsys.readouterr()
    status = run(["ci", "--no-cache", "--django-version", "5.2", "--select", "MG1", *words])
    said = work.capsys.readouterr()
    return status, said.out, said.err


def missing(work: Work) -> None:
    work.commit({"blog/models.py": models(model("Post", "own"))})


def test_services() -> None:
    assert Service.of({"GITHUB_ACTIONS": "true"}).format == "github"
    assert Service.of({"GITLAB_CI": "true"}) is Service.GITLAB
    assert Service.of({"TF_BUILD": "True"}).format == Service.of({"JENKINS_URL": "x"}).format == "text"
    assert Service.of({}) is Service.NONE


def test_gitlab(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    missing(work)
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main")
    status, out, err = ci(
        work, "--report", "gitlab=out/quality.json", "--report", "junit=junit.xml", "--report=json=a b.json"
    )
    assert status == 1 and "blog lacks a migration" in out
    assert "base: main (the target of the merge request (CI_MERGE_REQUEST_TARGET_BRANCH_NAME))" in err
    (entry,) = json.loads((work.root / "out/quality.json").read_text())
    assert entry["location"]["path"] == "blog/models.py"
    assert ElementTree.parse(work.root / "junit.xml").getroot().get("failures") == "1"
    assert json.loads((work.root / "a b.json").read_text())["findings"]


def test_a_named_base_that_is_not_there(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHANGE_TARGET", "release")
    status, out, err = ci(work)
    assert status == 2 and not out and "(CHANGE_TARGET), 'release', is not in this clone" in err


@pytest.mark.parametrize(("level", "status"), [("error", 1), ("warning", 1), ("possible", 1), ("never", 0)])
def test_what_makes_it_fail(work: Work, monkeypatch: pytest.MonkeyPatch, level: str, status: int) -> None:
    missing(work)
    assert ci(work, "--fail-on", level)[0] == status
    monkeypatch.setenv("MIGRATION_GUARD_CI_FAIL_ON", level)
    assert ci(work)[0] == status


def test_a_conflict_with_the_base(work: Work) -> None:
    work.commit(
        {
            "blog/models.py": models(model("Post", "own")),
            "blog/migrations/0002_own.py": adding("post", "own", ("blog", "0001_initial")),
        }
    )
    work.git("checkout", "-q", "main")
    work.commit(
        {"blog/more.py": "", "blog/migrations/0002_theirs.py": adding("post", "theirs", ("blog", "0001_initial"))}
    )
    work.git("checkout", "-q", "feature")
    status, out, _ = ci(work)
    assert status == 1 and "0002_own, 0002_theirs in blog" in out and "only together with main" in out


def test_without_git(tmp_path: Path, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    missing(work)
    work.root.joinpath(".git").rename(tmp_path / "elsewhere")
    status, out, err = ci(work)
    assert status == 1 and "blog lacks a migration" in out and "nothing is compared with a base branch" in err
    assert ci(work, "--base", "main")[0] == 2


def test_a_repository_whose_base_is_nowhere(work: Work) -> None:
    missing(work)
    work.git("branch", "-D", "main")
    status, _, err = ci(work)
    assert status == 1 and "there is no base branch to compare with; name one with --base" in err


def test_reports_are_asked_for_by_format(work: Work) -> None:
    for word in ("x", "sarif", "pdf=x", "sarif="):
        assert ci(work, "--report", word)[0] == 2


def test_outputs_are_single_lines(tmp_path: Path) -> None:
    tell(str(tmp_path / "out"), {"a": "1", "b": "x\ny=2", "c": "z\r"})
    assert (tmp_path / "out").read_text() == "a=1\n"
