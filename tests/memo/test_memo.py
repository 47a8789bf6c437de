"""An unchanged project is answered from an earlier run, any change leads to a full one, and the answer is the same."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from migration_guard import memo
from migration_guard.cli.run import run
from migration_guard.diagnostics import Diagnostic, Place, Related, Report, finding, unknown
from migration_guard.memo import Answer, Question
from migration_guard.source import seal, witness
from migration_guard.values import Origin, Unknown

ROOT = Path(__file__).resolve().parent.parent.parent
BLOG = ROOT / "fixtures" / "blog"


class Site:
    """A copy of a fixture with a cache folder of its own, long untouched."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = folder / "blog"
        self.cache = folder / "cache"
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        self._recalled: list[Answer | None] = []
        shutil.copytree(BLOG, self.path, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))
        for name in ("DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("MIGRATION_GUARD_CACHE", str(self.cache))
        monkeypatch.setattr(memo, "fingerprint", lambda: "as it is")
        monkeypatch.setattr(memo, "recall", self._recall)
        monkeypatch.chdir(self.path)
        time.sleep(2 * witness.FINE / 1e9)

    def _recall(self, question: Question, recall: Callable[[Question], Answer | None] = memo.recall) -> Answer | None:
        self._recalled.append(recall(question))
        return self._recalled[-1]

    def check(self, *words: str) -> str:
        """What is printed."""
        self._recalled = []
        status = run(["check", "-v", *words])
        said = self._capsys.readouterr()
        assert status in (0, 1) and not said.err, said.err
        return said.out

    def again(self, *words: str) -> str:
        """How the answer came about; it must be what a run without the cache says."""
        answer = self.check(*words)
        how = "recalled" if self._recalled[0] else "full"
        assert answer == self.check("--no-cache", *words)
        return how

    def memos(self) -> list[Path]:
        return list((self.cache / "memo").iterdir())


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Site:
    site = Site(tmp_path, monkeypatch, capsys)
    site.check()
    return site


def test_nothing_changed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert site.again() == "recalled"
    assert site.again("blog") == "full", "another question"
    assert site.again("blog") == "recalled"
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "mysite.settings")
    assert site.again() == "full"
    monkeypatch.setenv("VIRTUAL_ENV", "/nowhere")
    assert site.again() == "full"
    monkeypatch.setattr(memo, "fingerprint", lambda: "changed")
    assert site.again() == "full"


def append(text: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        path.write_text((path.read_text() if path.exists() else "") + text)

    return change


def same_size_and_time(path: Path) -> None:
    status = path.stat()
    path.write_text(path.read_text().replace("max_length=200", "max_length=201", 1))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replaced(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_text(path.read_text() + "\n")
    os.replace(other, path)


CHANGES: list[tuple[str, Callable[[Path], None]]] = [
    ("blog/models.py", append("\nclass Extra(models.Model):\n    pass\n")),
    ("blog/models.py", replaced),
    ("blog/models.py", Path.unlink),
    ("blog/migrations/0003_fill_slugs.py", Path.unlink),
    ("blog/migrations/0004_more.py", append("from django.db import migrations\nclass Migration(migrations.Migration):\n"
     "    dependencies = [('blog', '0003_fill_slugs')]\n")),
    ("blog/migrations/__init__.py", Path.unlink),
    ("mysite/settings.py", append("\nDEFAULT_AUTO_FIELD = 'django.db.models.AutoField'\n")),
    ("manage.py", append("\n")),
    ("pyproject.toml", append("[tool.migration_guard]\nignore = ['MG1']\n")),
    ("requirements.txt", append("django==4.2\n")),
    ("pytest.ini", append("[pytest]\nDJANGO_SETTINGS_MODULE = other.settings\n")),
    ("setup.py", append("\n")),
    (".git", Path.mkdir),
    ("blog/models", Path.mkdir),
    ("src", Path.mkdir),
    (".venv/pyvenv.cfg", lambda path: (path.parent.mkdir(), path.write_text("version = 3.12\n"), None)[2]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change"), CHANGES, ids=[f"{i}-{name}" for i, (name, _) in enumerate(CHANGES)])
def test_any_change_leads_to_a_full_run(site: Site, name: str, change: Callable[[Path], None]) -> None:
    change(site.path / name)
    assert site.again() == "full"


@pytest.mark.skipif(sys.platform == "win32", reason="no time of change there")
def test_a_change_that_hides_itself(site: Site) -> None:
    path = next(p for p in site.path.rglob("models.py") if "max_length=200" in p.read_text())
    same_size_and_time(path)
    assert site.again() == "full"


def test_touched_and_copied_files_say_the_same(site: Site) -> None:
    for path in site.path.rglob("*.py"):
        os.utime(path)
    assert site.again() == "recalled", "the content decides, as on a fresh checkout"


def test_a_file_written_just_now_is_not_trusted(site: Site, tmp_path: Path) -> None:
    watch = memo.Watch(tmp_path)
    fresh = tmp_path / "fresh.py"
    fresh.write_text("")
    with watch:
        fresh.read_bytes()
    assert watch.evidence([], []) is None


def test_a_change_during_the_run_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    path.write_text("1")
    time.sleep(2 * witness.FINE / 1e9)
    with memo.Watch(tmp_path) as watch:
        path.read_bytes()
        path.write_text("2")
    assert watch.evidence([], []) is None


# Poison


def poisoned(site: Site, change: Callable[[dict[str, Any]], None], *, sign: bool) -> None:
    (path,) = site.memos()
    entry = path.read_bytes()
    found = json.loads(entry[2 * seal.MAC_BYTES :])
    change(found)
    payload = json.dumps(found).encode()
    mac = entry[: 2 * seal.MAC_BYTES]
    if sign:
        mac = seal.signature((site.cache / "key").read_bytes(), b"memo", path.name, payload).encode()
    path.write_bytes(mac + payload)


def test_a_memo_that_is_not_ours_is_ignored(site: Site) -> None:
    poisoned(site, lambda found: found["reports"][0].update(clean="All is well!"), sign=False)
    assert site.again() == "full"
    assert site.again() == "recalled", "and replaced"
    site.memos()[0].write_bytes(b"")
    assert site.again() == "full"
    site.memos()[0].write_bytes(b"\x80" * 100)
    assert site.again() == "full"


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.update(reports=[]),
        lambda found: found.update(reports=[{"": "map"}]),
        lambda found: found.update(reports=[{"": "Report", "stats": 3}]),
        lambda found: found.update(reports=[{"": "Report", "diagnostics": [3]}]),
        lambda found: found.update(reports=[{"": "Popen", "args": "true"}]),
        lambda found: found.update(reports=[{"": "Severity", "name": "__class__"}]),
        lambda found: found.update(evidence={}),
        lambda found: found["evidence"].update(files=[["x"]]),
        lambda found: found["evidence"].update(folders=3),
        lambda found: found.update(places=[[1]]),
        lambda found: found.update(places=[[{"": "map"}, None]]),
    ],
)
def test_a_signed_memo_that_makes_no_sense_is_harmless(site: Site, change: Callable[[dict[str, Any]], None]) -> None:
    poisoned(site, change, sign=True)
    site.again()


def test_a_signed_source_that_makes_no_sense_is_harmless(site: Site) -> None:
    for path in (site.cache / "ir").iterdir():
        payload = json.dumps({"version": 1, "body": [["assign", 0], ["class"], 3]}).encode()
        head = f'{{"mac":"{seal.signature((site.cache / "key").read_bytes(), b"entry", path.name, payload)}","of":"'
        path.write_bytes(head.encode() + path.name.encode() + b'","ir":' + payload + b"}")
    (site.path / "requirements.txt").write_text("django==5.2\n")
    assert site.again() == "full"
    for words in (["state"], ["showmigrations"]):
        assert run(words) == 0


# Reports as JSON


def test_reports_come_back_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIGRATION_GUARD_CACHE", str(tmp_path / "cache"))
    related = Related("because", Place("x.py", 3, 4), "a.B")
    diagnostic = replace(
        finding("MG101", "lacks \ud800", origin=Origin("m.py", 7), related=(related,), changes=(related,)),
        databases=("default",),
    )
    report = Report(
        (diagnostic,), (unknown("MG903", Unknown("why", Origin("n.py"))),), ("n",), {"apps": 3, "s": 0.5, "t": "x"},
        cautions=("c",), clean="Clean.", project="p", strict=True,
    )  # fmt: skip
    assert {f.name for f in fields(Report) if getattr(report, f.name) == getattr(Report(), f.name)} == {"codes"}
    assert {f.name for f in fields(Diagnostic)} >= {"fix"}
    answer = Answer((report,), {Origin("m.py", 7): Place("m.py", 1, 2), Place("/x"): Place("x", 0)})
    question = Question(tmp_path, None, None, None)
    with memo.Watch(tmp_path) as watch:
        pass
    memo.keep(question, answer, watch, [])
    found = memo.recall(question)
    assert found is not None and found == answer
    assert found.reports[0].codes is report.codes


def test_what_is_not_known_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIGRATION_GUARD_CACHE", str(tmp_path / "cache"))
    question = Question(tmp_path, None, None, None)
    for odd in (replace(finding("MG101", "m"), fix=object()), finding("MG101", "lacks 0002_auto_20260101_1200")):
        with memo.Watch(tmp_path) as watch:
            pass
        memo.keep(question, Answer((Report((odd,)),), {}), watch, [])
        assert memo.recall(question) is None


def test_few_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIGRATION_GUARD_CACHE", str(tmp_path / "cache"))
    (tmp_path / "project").mkdir()
    time.sleep(2 * witness.FINE / 1e9)
    for number in range(memo.KEPT + 3):
        with memo.Watch(tmp_path / "project") as watch:
            pass
        memo.keep(Question(tmp_path / "project", str(number), None, None), Answer((Report(),), {}), watch, [])
    assert len(list((tmp_path / "cache" / "memo").iterdir())) == memo.KEPT


def test_whatever_is_looked_up_is_watched(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    (site.path / "requirements.txt").write_text("")
    asked: set[str] = set()
    for name in ("stat", "lstat"):
        real = getattr(os, name)

        def noted(path: Any, *rest: Any, real: Any = real, **options: Any) -> Any:
            if isinstance(path, (str, os.PathLike)):
                asked.add(os.path.abspath(path))
            return real(path, *rest, **options)

        monkeypatch.setattr(os, name, noted)
    time.sleep(2 * witness.FINE / 1e9)
    site.check()
    monkeypatch.undo()
    (path,) = site.memos()
    evidence = json.loads(path.read_bytes()[2 * seal.MAC_BYTES :])["evidence"]
    watched = {entry[0] for kind in ("files", "folders", "above") for entry in evidence[kind]} | {*evidence["absent"]}
    project = {path for path in asked if path.startswith(str(site.path))}
    assert project

    def covered(path: str) -> bool:
        """What does not exist needs a folder first that would be listed in one that is watched."""
        above = os.path.dirname(path)
        return path in watched or above in watched or (not os.path.exists(above) and covered(above))

    assert not {path for path in project if not covered(path)}
    above = {path for path in asked if os.path.dirname(path) in {entry[0] for entry in evidence["above"]}}
    folders = {str(folder) for folder in (site.cache, *site.path.parents)}
    assert above and {os.path.basename(path) for path in above - watched - folders} <= witness.MARKERS
