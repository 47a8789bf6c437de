"""Questions on a pseudo-terminal: our prompts, files and exit statuses against Django's, on the same answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from migration_guard.cli.run import run
from tests.django_oracle import DJANGOS, Django
from tests.make.scenes import POST, in_turn, lay_out, ours, scene, theirs

REQUIRED = POST + "    body = models.TextField()\n"
NOT_NULL = POST.replace(", null=True", "")
STAMPED = POST + "    made = models.DateTimeField(auto_now_add=True)\n"
UNIQUE = POST + "    key = models.UUIDField(unique=True, default=uuid.uuid4)\n"
RENAMED = POST.replace("title", "headline")
MODEL = POST.replace("Post", "Article")

CASES = {
    "rename": (RENAMED, "y\n"),
    "rename after nonsense": (RENAMED, "what\n\nYes\n"),
    "no rename": (RENAMED, "\n1\n'x'\n"),
    "rename model": (MODEL, "y\n"),
    "no rename of the model": (MODEL, "n\n"),
    "default": (REQUIRED, "1\n'it''s'\n"),
    "default after nonsense": (REQUIRED, "7\nx\n1\n\n'text'\n"),
    "quit": (REQUIRED, "2\n"),
    "exit": (REQUIRED, "1\nexit\n"),
    "arithmetic": (POST + "    n = models.IntegerField()\n", "1\n2 ** 3 + len('ab')\n"),
    "negative": (POST + "    n = models.FloatField()\n", "1\n-1.5\n"),
    "a day": (POST + "    day = models.DateField()\n", "1\ndatetime.date(2020, 2, 29)\n"),
    "a moment": (
        POST + "    at = models.DateTimeField()\n",
        "1\ndatetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(days=1)\n",
    ),
    "a callable": (POST + "    at = models.DateTimeField()\n", "1\ntimezone.now\n"),
    "not null": (NOT_NULL, "1\n''\n"),
    "not null, ignored": (NOT_NULL, "2\n"),
    "not null, quit": (NOT_NULL, "3\n"),
    "auto_now_add": (STAMPED, "1\n\n"),
    "unique": (UNIQUE, "1\n"),
    "unique, quit": (UNIQUE, "2\n"),
}


@pytest.mark.parametrize(("name", "django"), in_turn(CASES), ids=str)
def test_as_django_asks(tmp_path: Path, name: str, django: Django) -> None:
    post, typed = CASES[name]
    files = scene(post)
    expected = theirs(tmp_path, files, django, ["makemigrations"], typed)
    assert "Traceback" not in expected.stdout
    assert ours(tmp_path, files, django, ["makemigrations"], typed) == expected


@pytest.mark.parametrize("django", DJANGOS[-1:], ids=str)
@pytest.mark.parametrize(("post", "typed"), [(RENAMED, "y\n"), (REQUIRED, ""), (STAMPED, "")])
def test_dry_runs_ask_for_renames_only(tmp_path: Path, post: str, typed: str, django: Django) -> None:
    files = scene(post)
    args = ["makemigrations", "--dry-run", "-v", "3"]
    assert ours(tmp_path, files, django, args, typed) == theirs(tmp_path, files, django, args, typed)


@pytest.mark.parametrize("django", DJANGOS[:1], ids=str)
def test_what_is_wrong_with_an_answer(tmp_path: Path, django: Django) -> None:
    """Mistakes are explained and the question is asked again, also where Django would crash."""
    done = ours(tmp_path, scene(REQUIRED), django, ["makemigrations"], "1\nnowhere\n1 +\nopen('x')\n1 / 0\n'x'\n")
    assert done.code == 0 and "name 'nowhere' is not defined" in done.stdout
    assert done.stdout.count(">>> ") == 5
    assert not (tmp_path / "ours" / "site" / "x").exists()


@pytest.mark.parametrize("django", DJANGOS[-1:], ids=str)
def test_the_input_may_end(tmp_path: Path, django: Django) -> None:
    done = ours(tmp_path, scene(RENAMED), django, ["makemigrations"])
    assert done.code == 1 and not done.files and "--noinput" in done.stderr


@pytest.mark.parametrize(
    ("post", "typed", "shown"),
    [
        (RENAMED, ["y"], "blog/models.py:5:16\n  3 |\n  4 | class Post(models.Model):\n> 5 |     headline = "),
        (MODEL, ["y"], "> 4 | class Article(models.Model):\n  5 |     title = "),
        (REQUIRED, ["1", "''"], "blog/models.py:7:12\n"),
        (NOT_NULL, ["1", "''"], "> 6 |     note = models.CharField(max_length=20)\n"),
        (STAMPED, ["1", ""], "> 7 |     made = models.DateTimeField(auto_now_add=True)\n"),
        (UNIQUE, ["1"], "> 7 |     key = "),
    ],
)
def test_the_code_in_question_is_shown(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    post: str,
    typed: list[str],
    shown: str,
) -> None:
    """On the error stream: what Django prints stays as it is."""
    answers = iter(typed)
    monkeypatch.setattr("builtins.input", lambda: next(answers))
    monkeypatch.chdir(lay_out(tmp_path, scene(post)))
    assert run(["makemigrations", "--no-cache", "--django-version", "5.2"]) == 0
    said = capsys.readouterr()
    assert shown in said.err and shown not in said.out
