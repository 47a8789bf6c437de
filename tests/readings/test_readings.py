"""A project that is read again after a change is the same as one that is read in full."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fixture_projects import DIRECTORY, Fixture

from migration_guard import memo, readings
from migration_guard.project.earlier import Earlier, compare, models_again, read_again, remember
from migration_guard.project.project import Options, Project, open_projects
from migration_guard.state.model import Model, State
from migration_guard.state.packed import Unpackable, pack, unpack

FIXTURES = [Fixture.read(path) for path in sorted(DIRECTORY.rglob("fixture.json"))]
SOUND = [fixture for fixture in FIXTURES if fixture.error is None]


@pytest.fixture(params=SOUND, ids=str)
def copied(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copied:
    return Copied(tmp_path, request.param, monkeypatch)


class Copied:
    """A fixture that may be changed, with a cache of its own."""

    def __init__(self, place: Path, fixture: Fixture, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MIGRATION_GUARD_CACHE", str(place / "cache"))
        monkeypatch.delenv("VIRTUAL_ENV", raising=False)
        tree = (fixture.root / fixture.project.tree).resolve()
        shutil.copytree(tree, place / "tree", ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))
        self.folder = place / "tree" / fixture.root.resolve().relative_to(tree)
        self.settings = fixture.project.settings

    def open(self) -> Project:
        return open_projects(Options(project=self.folder, settings=self.settings))[0]

    @property
    def models(self) -> list[Path]:
        return [
            path for path in sorted(self.folder.rglob("*.py")) if "models" in path.relative_to(self.folder).as_posix()
        ]


def told(project: Project) -> Any:
    """All that a check goes by, in an order that does not matter to it."""
    state = project.models_state
    models = {model.key: (model, list(model.fields), model.incomplete) for model in state}
    migrations = sorted(map(repr, project.loaded.migrations))
    return (
        models,
        dict(state.swappable),
        {k: set(v) for k, v in state.incomplete.items()},
        migrations,
        project.replayed[0],
    )


def first_reading(copied: Copied) -> Earlier | None:
    project = copied.open()
    told(project)
    found = remember(project)
    return None if found is None else Earlier.of(json.loads(json.dumps(found.data())))


def another_length(text: str) -> str:
    return re.sub(r"max_length=\d+", "max_length=77", text, count=1)


def another_field(text: str) -> str:
    field = "    added_later = models.CharField(max_length=3, default='x')\n"
    return re.sub(r"^class \w+\((?:[\w.]*Model|[\w.]*Mixin)\):\n", lambda found: found[0] + field, text, flags=re.M)


def another_model(text: str) -> str:
    return f"{text}\n\nclass AddedLater(models.Model):\n    text = models.TextField()\n"


def another_import(text: str) -> str:
    return f"import datetime\nfrom decimal import Decimal\n{text}"


def no_models(text: str) -> str:
    return "from django.db import models\n"


CHANGES: list[Callable[[str], str]] = [
    lambda text: f"{text}\n# a comment\n",
    another_length,
    another_field,
    another_model,
    another_import,
    no_models,
]


def test_reading_again_is_reading_in_full(copied: Copied) -> None:
    earlier = first_reading(copied)
    if earlier is None:
        pytest.skip("nothing of it is kept")
    for number, path in enumerate(copied.models):
        text = path.read_text()
        for change in {CHANGES[number % len(CHANGES)], CHANGES[(number + 2) % len(CHANGES)]}:
            path.write_text(change(text))
            assert told(read_again(copied.open(), earlier)) == told(copied.open()), (path.name, change)
        path.write_text(text)


def test_only_what_a_change_concerns_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = next(fixture for fixture in FIXTURES if fixture.name == "shop")
    copied = Copied(tmp_path, shop, monkeypatch)
    earlier = first_reading(copied)
    assert earlier is not None
    changed = next(path for path in copied.models if "orders" in str(path) or path.name == "models.py")
    changed.write_text(changed.read_text() + "\n# a comment\n")
    project = copied.open()
    again = compare(project, earlier)
    assert again is not None
    assert len(again.changed) == 1
    assert len(again.touched) < len(earlier.visited)
    assert isinstance(models_again(again), State)


def test_a_difference_is_believed_only_if_the_earlier_text_gives_what_it_gave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The choices hang on a list that another app's models fill: no import leads there."""
    monkeypatch.setenv("MIGRATION_GUARD_CACHE", str(tmp_path / "cache"))
    files = {
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site1.settings')\n",
        "site1/__init__.py": "",
        "site1/settings.py": "INSTALLED_APPS = ['one', 'two']\nSECRET_KEY = 'x'\n",
        "kinds.py": "KINDS = []\n",
        "one/__init__.py": "",
        "one/models.py": (
            "from django.db import models\nfrom kinds import KINDS\nKINDS.append(('a', 'A'))\n"
            "class One(models.Model):\n    pass\n"
        ),
        "two/__init__.py": "",
        "two/models.py": (
            "from django.db import models\nfrom kinds import KINDS\n"
            "class Two(models.Model):\n    kind = models.CharField(max_length=1, choices=list(KINDS))\n"
        ),
    }
    for name, text in files.items():
        path = tmp_path / "p" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    whole = open_projects(Options(project=tmp_path / "p"))[0]
    expected = whole.models_state
    earlier = remember(whole)
    assert earlier is not None
    two = tmp_path / "p" / "two" / "models.py"
    two.write_text(f"{files['two/models.py']}    other = models.TextField()\n")
    found = read_again(open_projects(Options(project=tmp_path / "p"))[0], earlier).models_state
    model: Model | None = found.get(("two", "two"))
    before = expected.get(("two", "two"))
    assert model is not None
    assert before is not None
    assert list(model.fields) == ["id", "kind", "other"]
    assert model.fields["kind"] == before.fields["kind"]


def test_damaged_data_are_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIGRATION_GUARD_CACHE", str(tmp_path / "cache"))
    project = open_projects(Options(project=DIRECTORY / "blog"))[0]
    key = readings._key(project)
    for damage in (b"{}", b"[]", b'{"texts": {"a": [1]}}', b'{"texts": {}, "models": 3, "more": 1}'):
        root = project.store.root
        assert root is not None
        memo.save(root, key, damage, readings.FOLDER)
        with memo.Watch(DIRECTORY) as watch:
            again = readings.resumed(open_projects(Options(project=DIRECTORY / "blog"))[0], watch)
        assert again.models_state.get(("blog", "post")) is not None


def test_what_is_packed_comes_back() -> None:
    project = open_projects(Options(project=DIRECTORY / "shop"))[0]
    for item in (*project.models_state, *project.loaded.migrations):
        data = json.loads(json.dumps(pack(item)))
        assert repr(unpack(data)) == repr(item)
    with pytest.raises(Unpackable):
        pack(object())
