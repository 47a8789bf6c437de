"""The command line's manners, over an application that does nothing."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

import migration_guard
from migration_guard.cli.commands import COMMANDS, cli
from migration_guard.cli.progress import ProgressLine
from migration_guard.cli.run import run
from migration_guard.diagnostics import FileOnly, Report, UsageError, finding

ROOT = Path(__file__).resolve().parent.parent.parent


class FakeApp:
    """Answers what it was told to, and remembers what it was asked."""

    def __init__(self) -> None:
        self.answer: Any = Report()
        self.asked: list[Any] = []
        self.Options = SimpleNamespace
        self.Judging = SimpleNamespace
        self.flaws: list[Any] = []
        self.module_missing = False

    def open_project(self, options: Any) -> Any:
        self.asked.append(options)
        missing = SimpleNamespace(label="a", migrations_explicit=True, migrations_kind="missing", migrations_module="x")
        graph, loaded = SimpleNamespace(problems=self.flaws), SimpleNamespace(broken=[])
        return SimpleNamespace(graph=graph, loaded=loaded, apps=[missing] if self.module_missing else [])

    def open_projects(self, options: Any) -> Any:
        return [self.open_project(options)]

    def check_all(self, *words: Any) -> Any:
        return [self.say(*words)]

    def locator(self) -> FileOnly:
        return FileOnly()

    def say(self, *words: Any, **options: Any) -> Any:
        self.asked.append((words[1:], options))
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer

    show_migrations = state = say


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> FakeApp:
    fake = FakeApp()
    monkeypatch.setattr(migration_guard, "app", fake, raising=False)
    monkeypatch.setattr("migration_guard.memo.recall", lambda question: None)
    monkeypatch.setattr("migration_guard.memo.keep", lambda *answer: None)
    return fake


def test_exit_codes(app: FakeApp, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check"]) == 0
    app.answer = Report((finding("MG104", "a note"),))
    assert run(["check"]) == 0
    app.answer = Report((finding("MG101", "a finding"),))
    assert run(["check"]) == 1
    app.answer = UsageError("No installed app with label 'blgo'.", "did you mean 'blog'?")
    assert run(["check", "blgo"]) == 2
    said = capsys.readouterr().err
    assert said == "migration-guard: No installed app with label 'blgo'.\n  hint: did you mean 'blog'?\n"
    app.answer = KeyboardInterrupt()
    assert run(["check"]) == 130
    assert capsys.readouterr().err.strip() == "migration-guard: interrupted"


def test_a_bug_is_one_line(app: FakeApp, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    app.answer = KeyError("a\x1b[31m\nb")
    assert run(["check"]) == 3
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "a bug in migration_guard: KeyError" in said and "\x1b" not in said
    monkeypatch.setenv("MIGRATION_GUARD_TRACEBACK", "1")
    assert run(["check"]) == 3
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["chek"], "did you mean 'check'?"),
        (["x\x1b[31m"], "commands: check"),
        (["check", "--selct", "MG1"], "--select"),
        (["check", "--format", "yaml"], "json"),
        (["showmigrations", "-l", "-p"], "exclude each other"),
    ],
)
def test_usage_errors(words: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    said = capsys.readouterr().err
    assert hint in said and "\x1b" not in said


@pytest.mark.parametrize(
    ("words", "verbose"),
    [([], False), (["-v"], True), (["-v", "2"], True), (["-v", "1"], False), (["-v2"], True), (["-vv"], True),
     (["-v", "blog"], True), (["--verbosity", "2"], True), (["--verbosity=0"], False)],
)  # fmt: skip
def test_verbosity_as_django_and_as_everybody(app: FakeApp, words: list[str], verbose: bool) -> None:
    app.answer = "text\n"
    assert run(["showmigrations", *words]) == 0
    labels, options = app.asked[-1]
    assert options["dependencies"] is verbose
    assert labels[0] == (("blog",) if "blog" in words else ())


def test_options_arrive(app: FakeApp) -> None:
    words = ["--project", "x", "--settings", "s", "--python", "p", "--django-version", "5.2", "--no-cache", "blog"]
    assert run(["check", *words, "--select", "MG1,MG9", "--select", "MG2", "--ignore", "MG102"]) == 0
    options, asked = app.asked
    assert (options.project, options.settings, options.python) == (Path("x"), "s", Path("p"))
    assert (options.django_version, options.cache) == ("5.2", False)
    assert asked[0][:3] == (("blog",), ("MG1", "MG9", "MG2"), ("MG102",))


def test_json_and_text(app: FakeApp, capsys: pytest.CaptureFixture[str]) -> None:
    app.answer = Report((finding("MG101", "a finding"),))
    assert run(["check", "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["code"] == "MG101"
    app.answer = "blog\n"
    assert run(["state", "--from", "migrations", "--format", "json"]) == 0
    assert capsys.readouterr().out == "blog\n"


def test_migrations_that_do_not_load(app: FakeApp, capsys: pytest.CaptureFixture[str]) -> None:
    app.answer = "text\n"
    app.flaws = [finding("MG103", "Circular dependency: a.0001")]
    assert run(["showmigrations", "--plan"]) == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "migration-guard: Circular dependency: a.0001\n")
    assert run(["showmigrations", "--format", "dot"]) == 1
    assert capsys.readouterr().out == "text\n"
    app.flaws, app.module_missing = [], True
    assert run(["showmigrations"]) == 0
    assert run(["showmigrations", "--plan"]) == 1
    assert "No module named 'x'" in capsys.readouterr().err


def test_colours_are_for_terminals(
    app: FakeApp, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app.answer = Report((finding("MG101", "a finding"),))
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    run(["check"])
    assert "\x1b" not in capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    run(["check"])
    assert "\x1b" in capsys.readouterr().out
    run(["check", "--no-color"])
    assert "\x1b" not in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    run(["check"])
    assert "\x1b" not in capsys.readouterr().out


FAKE = """
import sys, types, migration_guard
from migration_guard.diagnostics import FileOnly, Report, finding
migration_guard.app = types.SimpleNamespace(
    Options=types.SimpleNamespace,
    Judging=types.SimpleNamespace,
    open_projects=lambda options: [None],
    locator=lambda: FileOnly(),
    check_all=lambda *words: [Report(tuple(finding("MG101", "caf\\u00e9 " * 20) for _ in range(2000)))],
)
from migration_guard.cli import main
main()
"""


def start(*words: str, **environment: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", FAKE, *words], env=env, stdout=pipe, stderr=pipe)


def test_a_reader_that_goes_away() -> None:
    process = start("check", "--no-cache")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read()
    assert (process.wait(), said) == (1, b"")


def test_a_terminal_that_cannot_show_everything() -> None:
    out, err = (process := start("check", "--no-cache", PYTHONIOENCODING="ascii")).communicate()
    assert (process.returncode, err) == (1, b"")
    assert b"caf\\xe9" in out


def test_starting_up_imports_click_and_nothing_else() -> None:
    script = "import sys; import migration_guard.cli.commands; print(*sys.modules)"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    modules = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True).stdout
    ours = {name for name in modules.split() if name.startswith("migration_guard.")}
    assert {name.split(".")[1] for name in ours} == {"cli"}
    assert not {"libcst", "sqlglot", "django", "json"} & set(modules.split())


def test_every_command_is_found_under_its_name() -> None:
    context = click.Context(cli)
    for name in COMMANDS:
        found = cli.get_command(context, name)
        assert found is not None and found.name == name
    assert cli.list_commands(context) == sorted(COMMANDS)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_waits_draws_and_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, now = Terminal(), 100.0
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("time.monotonic", lambda: now)
    with ProgressLine() as progress:
        progress.step("reading", 1, 10)
        assert terminal.getvalue() == ""
        now = 101.5
        progress.step("read\x1bing", 5, 10)
        progress.step("too soon", 6, 10)
        assert terminal.getvalue() == "\r\x1b[K[##########..........] 5/10 read?ing"
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_no_progress_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet = io.StringIO()
    monkeypatch.setattr("sys.stderr", quiet)
    with ProgressLine() as progress:
        progress.next = 0
        progress.step("reading")
    assert quiet.getvalue() == ""
