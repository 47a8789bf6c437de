"""`check --staged` and `check` side by side: each sees its own files, whatever the cache has seen before."""

from __future__ import annotations

from pathlib import Path

import pytest

from migration_guard.cli.run import run
from tests.rebase.repositories import Work, adding, model, models, started


@pytest.fixture
def work(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Work:
    monkeypatch.setenv("MIGRATION_GUARD_CACHE", str(tmp_path / "cache"))
    return started(tmp_path / "work", capsys)


def check(work: Work, *words: str) -> tuple[int, str]:
    work.capsys.readouterr()
    project = ["--project", str(work.root), "--django-version", "5.2", "--select", "MG1"]
    status = run(["check", *project, *words])
    return status, work.capsys.readouterr().out


def test_in_turns(work: Work) -> None:
    work.write({"blog/models.py": models(model("Post", "staged"))})
    work.git("add", "-A")
    work.write({"blog/models.py": models(model("Post"))})
    for _ in range(3):
        assert check(work)[0] == 0
        status, said = check(work, "--staged")
        assert status == 1 and "add field staged" in said and "blog/models.py:5:" in said
    # Now the other way round: the migration is there, and not staged.
    work.write({"blog/models.py": models(model("Post", "staged"))})
    work.write({"blog/migrations/0002_post_staged.py": adding("post", "staged", ("blog", "0001_initial"))})
    for _ in range(3):
        assert check(work, "--staged")[0] == 1
        assert check(work)[0] == 0
    work.git("add", "-A")
    assert check(work, "--staged")[0] == check(work)[0] == 0


def test_the_union_does_not_stay(work: Work) -> None:
    work.commit({"shop/x.py": ""})
    work.git("checkout", "-q", "main")
    work.commit({"blog/models.py": models(model("Post", "theirs"))})
    work.git("checkout", "-q", "feature")
    for _ in range(2):
        assert check(work, "--against", "main")[0] == 1
        assert check(work)[0] == 0
    assert "theirs" not in work.read("blog/models.py")


def test_lines_are_quoted_from_what_is_staged(work: Work) -> None:
    clash = adding("post", "x", ("blog", "0001_initial"))
    work.write({"blog/models.py": models(model("Post", "x"))})
    work.write({"blog/migrations/0002_a.py": clash, "blog/migrations/0002_b.py": clash})
    work.git("add", "-A")
    work.write({"blog/migrations/0002_b.py": "# other\n"})
    status, said = check(work, "--staged")
    assert status == 1 and "| class Migration(migrations.Migration):" in said
