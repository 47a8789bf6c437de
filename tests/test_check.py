"""`migration-guard check` from end to end: what it says of changed, broken and hostile projects, and how it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from migration_guard.cli.run import run

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"

MODELS = """\
from django.db import models


class Post(models.Model):
    title = models.CharField(max_length=100)
"""
INITIAL = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Post",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=100)),
            ],
        ),
    ]
"""
MANAGE = """\
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site1.settings")
from django.core.management import execute_from_command_line
execute_from_command_line()
"""
SETTINGS = 'INSTALLED_APPS = ["blog"]\nDEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\n'
MIGRATION = """\
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("blog", "0001_initial")]
    operations = [{}]
"""
PROJECT: Mapping[str, str | bytes | None] = {
    "requirements.txt": "Django==5.2.*\n",
    "manage.py": MANAGE,
    "site1/__init__.py": "",
    "site1/settings.py": SETTINGS,
    "blog/__init__.py": "",
    "blog/models.py": MODELS,
    "blog/migrations/__init__.py": "",
    "blog/migrations/0001_initial.py": INITIAL,
}
CLEAN = "No changes detected in 1 app (1 model, 1 migration).\n"


@dataclass(frozen=True)
class Said:
    status: int
    out: str
    err: str


Check = Callable[..., Said]


@pytest.fixture
def check(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Check:
    """Write the project with some files changed (None: left out), and check it from within its folder."""
    monkeypatch.setenv("MIGRATION_GUARD_CACHE", str(tmp_path / "cache"))
    for name in ("DJANGO_SETTINGS_MODULE", "VIRTUAL_ENV", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "project"

    def checked(*words: str, files: Mapping[str, str | bytes | None] | None = None) -> Said:
        write(folder, {**PROJECT, **(files or {})})
        monkeypatch.chdir(folder)
        status = run(["check", *words])
        captured = capsys.readouterr()
        assert "Traceback" not in captured.err and "a bug in" not in captured.err
        return Said(status, captured.out, captured.err)

    return checked


def write(folder: Path, files: Mapping[str, str | bytes | None]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is not None:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())


def test_nothing_to_say(check: Check) -> None:
    assert check() == Said(0, CLEAN, "")
    assert check("blog") == Said(0, CLEAN, "")


def test_what_is_behind_it_is_told_when_asked(check: Check) -> None:
    said = check("-v").out
    assert "settings: site1.settings (" in said and "target: Django 5.2 (Django==5.2.* in " in said
    assert said.endswith("\n\n" + CLEAN + "apps: 1, models: 1, migrations: 1, judged: 1\n")


CHANGED = """\
from django.db import models


class Tag(models.Model):
    name = models.CharField(max_length=20)


class Post(models.Model):
    title = models.CharField(
        max_length=200,
        help_text="As shown.",
    )
    views = models.IntegerField(default=0)
    tags = models.ManyToManyField(Tag)

    class Meta:
        ordering = ["title"]
        indexes = [models.Index(fields=["views"], name="by_views")]
"""


def test_each_change_has_a_line_and_a_place(check: Check) -> None:
    said = check(files={"blog/models.py": CHANGED})
    first, *rest = said.out.splitlines()
    assert said.status == 1
    assert first.startswith("error MG101 [missing-migration]: blog lacks a migration: 0002_tag_")
    assert rest == [
        "  blog/models.py:4:1: blog.Tag: create model with id, name",
        "  blog/models.py:8:1: blog.Post: change Meta.ordering unset -> ['title']",
        "  blog/models.py:13:13: blog.Post: add field views IntegerField(default=0)",
        "  blog/models.py:9:13: blog.Post: alter field title: max_length 100 -> 200, help_text unset -> 'As shown.'",
        "  blog/models.py:14:12: blog.Post: add field tags ManyToManyField(to='blog.tag')",
        "  blog/models.py:18:20: blog.Post: add index by_views models.Index(fields=['views'])",
        "  hint: run migration-guard makemigrations blog",
        "",
        "1 finding: 1 x MG101",
    ]


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("CharField(max_length=100, null=True)", "null unset -> True"),
        ("TextField()", "CharField(max_length=100) -> TextField()"),
        ("SlugField(max_length=100)", "CharField -> SlugField"),
        ("CharField(max_length=100, choices=[('a', 'A')])", "choices unset -> [('a', 'A')]"),
        ("CharField(max_length=100, default=str)", "default unset -> str"),
    ],
)
def test_alterations_say_what_was_and_what_is(check: Check, field: str, told: str) -> None:
    models = MODELS.replace("CharField(max_length=100)", field)
    assert f"blog/models.py:5:13: blog.Post: alter field title: {told}\n" in check(files={"blog/models.py": models}).out


def test_long_lists_tell_what_came_and_went(check: Check) -> None:
    choices = [(f"choice{number}", f"Choice {number}") for number in range(20)]
    migrated = INITIAL.replace("max_length=100", f"max_length=100, choices={choices}")
    models = MODELS.replace("max_length=100", f"max_length=100, choices={choices[1:]} + [('z', 'Z')]")
    said = check(files={"blog/models.py": models, "blog/migrations/0001_initial.py": migrated})
    assert "alter field title: choices +('z', 'Z') -('choice0', 'Choice 0')\n" in said.out


def test_what_looks_like_a_rename_is_said(check: Check) -> None:
    said = check(files={"blog/models.py": MODELS.replace("title", "headline")})
    assert "blog.Post: remove field title\n" in said.out
    assert "blog.Post.title was removed and blog.Post.headline was added" in said.out
    assert "(existing rows need a one-off default)" in said.out


def test_json(check: Check) -> None:
    said = check("--format", "json", files={"blog/models.py": CHANGED})
    document = json.loads(said.out)
    assert (document["version"], document["project"], said.status) == (1, None, 1)
    (found,) = document["findings"]
    assert (found["code"], found["subject"][:9]) == ("MG101", "blog.0002")
    views = next(change for change in found["changes"] if change["subject"] == "blog.Post.views")
    assert views["place"] == {"file": "blog/models.py", "line": 13, "column": 13}
    assert document["stats"] == {"apps": 1, "models": 2, "migrations": 1, "judged": 1}


def test_codes(check: Check) -> None:
    changed = {"blog/models.py": CHANGED}
    assert check("--ignore", "MG1", files=changed) == Said(0, "No findings.\n", "")
    assert check("--select", "missing-migration", files=changed).status == 1
    assert check("--select", "MG102", files=changed).status == 0
    said = check("--select", "MG7")
    assert (said.status, said.out) == (2, "") and "unknown code 'MG7'" in said.err


def test_labels(check: Check) -> None:
    said = check("blgo")
    assert said == Said(2, "", "migration-guard: No installed app with label 'blgo'.\n  hint: did you mean 'blog'?\n")


def test_an_app_without_migrations_is_a_note_unless_asked_for(check: Check) -> None:
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "site1/settings.py": SETTINGS.replace("]", ', "shop"]')}
    said = check(files=files)
    assert said.status == 0 and said.out.endswith("1 note; -v shows it.\n")
    assert "note MG108 [app-without-migrations]: shop has 1 model and no migrations" in check("-v", files=files).out
    said = check("shop", files=files)
    assert said.status == 1 and "shop lacks a migration: 0001_initial" in said.out and "MG108" not in said.out


# What could not be known


def test_unknowns_are_counted_and_listed(check: Check) -> None:
    models = MODELS.replace("100", "int(open('length.txt').read())")
    said = check(files={"blog/models.py": models})
    assert said.status == 0
    assert said.out.startswith(CLEAN.removesuffix(".\n") + ", as far as can be known.\n")
    assert re.search(r"^1 thing could not be known; -v lists it\.$", said.out, re.MULTILINE)
    listed = check("-v", files={"blog/models.py": models}).out
    assert re.search(r"^  blog/models\.py:5:\d+: MG903 .+ \(blog\.post\.title\)$", listed, re.MULTILINE | re.IGNORECASE)


def test_a_version_that_nothing_states_is_said(check: Check) -> None:
    said = check(files={"requirements.txt": ""})
    assert said.status == 0 and said.out.startswith("note: target: Django 6.") and said.out.endswith(CLEAN)
    assert check("--django-version", "5.2", files={"requirements.txt": ""}).out == CLEAN


# Broken projects


BROKEN = {
    "cycle": (1, "MG103", "Circular dependency: labels.0002_label_color, notes.0003_note_pinned"),
    "missing_init": (1, "MG107", "notes: Django ignores the migrations, because their folder has no __init__.py"),
    "missing_parent": (1, "MG103", "reference nonexistent parent node ('notes', '0002_note_body')"),
    "not_a_migration": (1, "MG106", "Migration helpers in app notes has no Migration class"),
    "same_number": (0, "", "No changes detected in 2 apps (2 models, 4 migrations)."),
    "syntax_error": (1, "MG110", "notes.migrations.0003_note_pinned is not valid Python"),
    "two_leaves": (
        1,
        "MG102",
        "multiple leaf nodes in the migration graph: (0002_note_pinned, 0002_note_text",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_fixtures(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, code, words = BROKEN[name]
    monkeypatch.setenv("MIGRATION_GUARD_CACHE", str(tmp_path / "cache"))
    assert run(["check", "--project", str(FIXTURES / "broken" / name), "--django-version", "5.2"]) == status
    said = capsys.readouterr().out
    assert words in said
    assert re.findall(r"^(?:error|warning) (MG\d+)", said, re.MULTILINE) == ([code] if code else [])


def test_the_places_of_two_leaves(check: Check) -> None:
    files = {
        "blog/migrations/0002_a.py": MIGRATION.format(""),
        "blog/migrations/0002_b.py": MIGRATION.format(""),
    }
    said = check(files=files)
    assert said.status == 1
    place, _, rest = said.out.partition("  --> blog/migrations/0002_b.py:4:1\n")
    assert place and "  also blog/migrations/0002_a.py:4:1: " in rest
    assert said.out.count("error MG") == 1


def test_a_package_of_migrations_that_refuses_to_be_imported(check: Check) -> None:
    said = check(files={"blog/migrations/__init__.py": 'raise ImportError("Oops")\n'})
    assert said.status == 1 and "error MG106 [not-a-migration]: ImportError: Oops" in said.out
    assert "--> blog/migrations/__init__.py" in said.out and "MG101" not in said.out


def test_a_broken_graph_does_not_hide_other_apps(check: Check) -> None:
    files = {
        "blog/migrations/0002_a.py": MIGRATION.replace("0001_initial", "0001_inital").format(""),
        "shop/__init__.py": "",
        "shop/models.py": MODELS.replace("100", "200"),
        "shop/migrations/__init__.py": "",
        "shop/migrations/0001_initial.py": INITIAL,
        "site1/settings.py": SETTINGS.replace("]", ', "shop"]'),
    }
    said = check(files=files)
    assert said.status == 1
    assert re.findall(r"^error (MG\d+)", said.out, re.MULTILINE) == ["MG103", "MG101"]
    assert "shop.Post: alter field title: max_length 100 -> 200" in said.out
    assert "note: not compared, because the migrations or models cannot be read as they are: blog\n" in said.out
    assert "until this is repaired, Django's makemigrations and migrate refuse to run" in said.out
    assert "did you mean '0001_initial'?" in said.out


def test_an_impossible_operation_is_said_where_it_is(check: Check) -> None:
    text = MIGRATION.format('migrations.RemoveField("post", "nope")')
    said = check(files={"blog/migrations/0002_x.py": text})
    assert said.status == 1
    assert "error MG109 [impossible-operation]: blog.0002_x: " in said.out
    assert "  --> blog/migrations/0002_x.py:6:19\n" in said.out


UNREADABLE: Mapping[str, tuple[str | bytes, str, str]] = {
    "syntax": ("x = (\n", "'(' was never closed", ":1:5"),
    "null byte": (b"x = 1\n\0\n", "null bytes", ":2:1"),
    "binary": (b"\x7fELF\x02\x01\x01\xff\xfe\n" * 40, "is not valid Python", ":1:"),
    "latin-1": ("# caf\xe9\n".encode("latin-1"), "cannot be decoded as utf-8", ":1:1"),
    "unknown encoding": (b"# -*- coding: klingon -*-\n", "unknown encoding: klingon", ":1:1"),
    "utf-16": (MODELS.encode("utf-16"), "cannot be decoded as utf-8", ":1:1"),
    "nested": ("x = " + "(" * 5000 + ")" * 5000 + "\n", "is not valid Python", ""),
}


@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("file", ["blog/models.py", "blog/migrations/0002_x.py", "site1/settings.py", "blog/tools.py"])
def test_files_that_are_not_python(check: Check, kind: str, file: str) -> None:
    content, words, place = UNREADABLE[kind]
    files: dict[str, str | bytes | None] = {file: content}
    if file == "blog/tools.py":
        files["blog/models.py"] = "from blog.tools import x\n" + MODELS
    said = check(files=files)
    assert said.status == 1
    assert re.findall(r"^error (MG\d+)", said.out, re.MULTILINE) == ["MG110"]
    assert words in said.out and f"  --> {file}{place}" in said.out


READABLE: Mapping[str, str | bytes] = {
    "a cookie": b"# -*- coding: latin-1 -*-\n# caf\xe9\n" + MODELS.encode(),
    "a byte order mark and other line ends": b"\xef\xbb\xbf" + MODELS.replace("\n", "\r\n").encode(),
    "a line of a megabyte": MODELS + f"    word = '{'a' * 1_000_000}'\n",
    "itself": "from blog.models import *\nfrom . import models as me\n" + MODELS,
    "no end": MODELS + "while True:\n    pass\n",
    "recursion": MODELS + "def f():\n    return f()\nx = f()\n",
    "large numbers": MODELS + "x = 'a' * 10**10\ny = 9 ** 9 ** 9\n",
    "deep data": MODELS + "x = " + "[" * 90 + "]" * 90 + "\n",
}


@pytest.mark.parametrize("kind", READABLE)
def test_odd_models_that_are_fine(check: Check, kind: str) -> None:
    assert check(files={"blog/models.py": READABLE[kind]}) == Said(0, CLEAN, "")


def test_cyclic_imports(check: Check) -> None:
    files = {
        "blog/models.py": "from blog.other import helper\n" + MODELS,
        "blog/other.py": "from blog.models import Post\nhelper = 1\n",
    }
    assert check(files=files).out == CLEAN


def test_links_in_a_circle_and_pipes(check: Check, tmp_path: Path) -> None:
    check()
    blog = tmp_path / "project" / "blog"
    (blog / "loop").symlink_to("..")
    (blog / "self").symlink_to("self")
    os.mkfifo(blog / "migrations" / "0002_pipe.py")
    said = check()
    assert said.status == 1 and "0002_pipe" in said.out


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="everything is readable for root")
def test_files_that_may_not_be_read(check: Check, tmp_path: Path) -> None:
    check()
    models = tmp_path / "project" / "blog" / "models.py"
    models.chmod(0)
    status = run(["check"])
    models.chmod(0o644)
    assert status == 1


# Settings


def test_settings_that_are_not_there(check: Check, tmp_path: Path) -> None:
    said = check(files={"site1/settings.py": None})
    assert said.status == 0
    assert "note: the settings module site1.settings was not found; apps were discovered from the tree\n" in said.out
    said = check("--settings", "site1.setings")
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("migration-guard: the settings module site1.setings was not found\n  hint: ")


def test_a_manage_script_without_settings(check: Check) -> None:
    manage = "from django.core.management import execute_from_command_line\nexecute_from_command_line()\n"
    said = check(files={"manage.py": manage, "site1/settings.py": None})
    assert said.status == 0
    assert "note: no settings module was found, so apps were discovered from the tree; name it with" in said.out
    assert "No changes detected in 1 app (1 model, 1 migration), as far as can be known.\n" in said.out


def test_no_apps(check: Check) -> None:
    said = check(files={"site1/settings.py": "INSTALLED_APPS = []\n"})
    assert said == Said(0, "No changes detected in 0 apps (0 models, 0 migrations).\n", "")


def test_an_app_named_twice(check: Check) -> None:
    said = check(files={"site1/settings.py": 'INSTALLED_APPS = ["blog", "blog"]\n'})
    assert said.status == 1 and "error MG111 [impossible-apps]: two installed apps have the name 'blog'" in said.out


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--project", "nowhere"], "nowhere does not exist"),
        (["--python", "/nonexistent/bin/python"], "/nonexistent/bin/python is not a Python environment"),
        (["--django-version", "latest"], "'latest' is not a Django version"),
    ],
)
def test_options_that_cannot_be(check: Check, words: list[str], complaint: str) -> None:
    said = check(*words)
    assert (said.status, said.out) == (2, "") and said.err.startswith(f"migration-guard: {complaint}\n  hint: ")


def test_a_folder_without_a_project(check: Check, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    said = check("--project", str(tmp_path / "empty"))
    assert (said.status, said.out) == (2, "") and "no Django project in " in said.err


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("[tool.migration_guard\n", "not valid TOML"), ("[tool.migration_guard]\nselct = []\n", "unknown key `selct`")],
)
def test_a_broken_configuration(check: Check, text: str, complaint: str) -> None:
    said = check(files={"pyproject.toml": text})
    assert (said.status, said.out) == (2, "")
    assert re.match(rf"migration-guard: \S+pyproject\.toml:\d: {re.escape(complaint)}", said.err)


# Several projects


def test_each_project_of_a_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIGRATION_GUARD_CACHE", str(tmp_path / "cache"))
    repository = tmp_path / "monorepo"
    shutil.copytree(FIXTURES / "monorepo", repository)
    monkeypatch.chdir(repository)
    words = ["--django-version", "5.2"]
    assert run(["check", *words]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line.endswith(":")] == [
        "services/billing:",
        "services/website:",
    ]
    models = next((repository / "services" / "website").rglob("models.py"))
    models.write_text("from django.db import models\n\n\nclass New(models.Model):\n    pass\n")
    assert run(["check", "--format", "json", *words]) == 1
    document: Any = json.loads(capsys.readouterr().out)
    assert [len(project["findings"]) for project in document["projects"]] == [0, 1]
    assert run(["state", *words]) == 2
    assert "choose one with --project" in capsys.readouterr().err
    assert run(["check", "nothing", *words]) == 2
    assert "in any of the 2 projects" in capsys.readouterr().err
