"""The command line of `sqlmigrate`: plans, ranges, refs, formats, remarks, and Django's words where it refuses."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from fixture_projects import fixture

from migration_guard.cli.run import run


@pytest.fixture
def blog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the blog, with a cache of its own."""
    folder = tmp_path / "blog"
    shutil.copytree(fixture("blog").root, folder, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("MIGRATION_GUARD_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(folder)
    return folder


def said(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> tuple[str, str]:
    assert run(["sqlmigrate", *words]) == status
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_a_range_forwards_and_back(blog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "cars", "zero..0001")
    assert "-- cars.0001_initial\n" in out
    back, _ = said(capsys, "cars", "0001..zero")
    assert "-- cars.0001_initial (backwards)\n" in back
    assert 'DROP TABLE "cars_specs"' in back


def test_the_whole_plan_begins_and_ends_with_nothing(blog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forwards, _ = said(capsys, "--plan", "--database", "postgresql")
    backwards, _ = said(capsys, "--plan", "--backwards", "--database", "postgresql")
    titles = [line for line in forwards.splitlines() if line.startswith("-- ") and "." in line and " on " not in line]
    assert titles[0].startswith("-- contenttypes.0001")
    assert forwards.count("CREATE TABLE") == backwards.count("DROP TABLE") > 10


def test_remarks_say_what_happens_to_a_live_table(blog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "auth", "0002", "--annotate", "--database", "postgresql")
    assert "-- widen type in place; ACCESS EXCLUSIVE lock on auth_permission (readers and writers wait)" in out
    assert "https://www.postgresql.org/docs/current/sql-altertable.html" in out


def test_markdown_has_a_table(blog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "auth", "0002", "--format", "markdown", "--database", "mariadb:10.11")
    assert out.startswith("### auth.0002_alter_permission_name_max_length on mariadb 10.11\n\n```sql\n")
    assert "| Statement | Lock | Waits | Rows | Transaction | Fails where |" in out


def test_json_has_the_impact_of_each_statement(blog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = said(capsys, "cars", "0001", "--format", "json", "--database", "mysql")
    found = json.loads(out)
    assert found["database"]["name"] == "mysql"
    (migration,) = found["migrations"]
    statements = [item for item in migration["statements"] if "sql" in item]
    assert statements[0]["impact"]["kind"] == "create table"
    assert statements[0]["impact"]["transactional"] == "no"


def test_since_a_ref(blog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (late,) = (blog / "cars" / "migrations").glob("0001*.py")
    text = late.read_text()
    late.unlink()
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "init.defaultBranch=main"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *words], cwd=blog, check=True)
    late.write_text(text)
    out, _ = said(capsys, "--since", "HEAD", "--database", "sqlite")
    assert [line for line in out.splitlines() if line.startswith("-- ") and ".0" in line] == [f"-- cars.{late.stem}"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("nope", "0001"), "No installed app with label 'nope'."),
        (("blog", "9"), "Cannot find a migration matching '9' from app 'blog'. Is it in INSTALLED_APPS?"),
        (("auth", "00"), "More than one migration matches '00' in app 'auth'. Please be more specific."),
        (("blog", "9..zero"), "Cannot find a migration matching '9' from app 'blog'. Is it in INSTALLED_APPS?"),
    ],
)
def test_djangos_words(blog: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, str], message: str) -> None:
    out, err = said(capsys, *words, status=1)
    assert (out, err) == ("", f"migration-guard: {message}\n")


def test_arguments_that_do_not_go_together(blog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Missing argument 'MIGRATION_NAME'" in said(capsys, "blog", status=2)[1]
    assert "--since goes with an app label at most" in said(capsys, "--since", "HEAD", "--plan", status=2)[1]


def test_what_was_printed_is_kept_until_something_changes(blog: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = said(capsys, "cars", "0001")
    assert said(capsys, "cars", "0001") == first
    (file,) = (blog / "cars" / "migrations").glob("0001*.py")
    file.write_text(file.read_text().replace("max_length=100", "max_length=77"))
    changed, _ = said(capsys, "cars", "0001")
    assert "varchar(77)" in changed


def test_a_migration_that_cannot_be_read_is_not_one_without_operations(
    blog: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    migrations = blog / "cars" / "migrations"
    text = "from django.db import migrations\nclass Migration(migrations.Migration):\n    operations = made_up()\n"
    dependency = '    dependencies = [("cars", "0001_initial")]\n'
    (migrations / "0099_odd.py").write_text(text + dependency)
    out, remarks = said(capsys, "cars", "0099")
    assert "-- cannot be previewed: this raises NameError: name 'made_up' is not defined" in out
    assert "1 statement(s) cannot be previewed in full" in remarks
