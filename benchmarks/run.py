"""Whole processes side by side: `migration-guard check` against Django's `makemigrations --check --dry-run`.

    python benchmarks/run.py                                    the projects in fixtures/
    python benchmarks/run.py DIR... --python PYTHON --settings MODULE
    python benchmarks/run.py --synthetic 100 1000 10000         histories made for the purpose
    python benchmarks/run.py --sqlmigrate                       `sqlmigrate` beside Django's, of an app's last migration

Each project is copied first, into a repository of its own, so that nothing of it is touched. Django needs an
interpreter in which it is installed (`--python`, by default the one that runs this); the same environment is read by
migration-guard. Times are the least of `--rounds` rounds, in which the contestants take turns; memory is the most. Out:
a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from synthetic import write_history

ROOT = Path(__file__).resolve().parent.parent
DEFAULTS = {"blog": "mysite.settings", "shop": "config.settings", "squashed": "archive.settings"}
SETTLE = 0.2
"""Seconds that files rest before a run: what was written just now is not taken for unchanged."""


@dataclass
class Contest:
    """One project, copied, and how it is run."""

    name: str
    folder: Path
    python: Path
    settings: str | None
    variables: dict[str, str]
    cache: Path
    program: list[str]
    migrations: int = 0
    models: list[Path] = field(default_factory=list)
    migration: list[str] = field(default_factory=list)
    """App label and name of the migration whose SQL is printed."""
    results: dict[str, list[Run]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        chosen = {"DJANGO_SETTINGS_MODULE": self.settings} if self.settings else {}
        ours = {"MIGRATION_GUARD_CACHE": str(self.cache), "PYTHONPATH": ""}
        return {**os.environ, **chosen, **self.variables, **ours}

    def django(self) -> list[str]:
        program = ["manage.py"] if (self.folder / "manage.py").exists() else ["-m", "django"]
        return [str(self.python), *program, "makemigrations", "--check", "--dry-run"]

    def sql(self, *, ours: bool) -> list[str]:
        """`sqlmigrate` of either, on SQLite, where Django needs no server."""
        command = [*self.guard(), "--database", "sqlite"] if ours else self.django()
        return ["sqlmigrate" if word in ("check", "makemigrations") else word for word in command
                if word not in ("--check", "--dry-run")] + self.migration  # fmt: skip

    def guard(self) -> list[str]:
        return [*self.program, "check", *self.options()]

    def options(self) -> list[str]:
        return ["--python", str(self.python), *(["--settings", self.settings] if self.settings else [])]


@dataclass(frozen=True)
class Run:
    """What one process took."""

    wall: float
    cpu: float
    megabytes: float
    status: int | None
    """None where it need not be the reference's."""


def guard_program() -> list[str]:
    """The console script beside this interpreter, else the module."""
    script = Path(sys.executable).with_name("migration-guard")
    return [str(script)] if script.exists() else [sys.executable, "-m", "migration_guard"]


def measured(command: list[str], contest: Contest) -> Run:
    """Run a process to its end."""
    environment = contest.environment
    if command[:1] == [sys.executable] and "migration_guard" in command:
        environment["PYTHONPATH"] = str(ROOT)
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=contest.folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            output.seek(0)
            print(f"{contest.name}: {' '.join(command)}\n{output.read().decode()[-2000:]}", file=sys.stderr)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit, process.returncode)


# What is measured: each takes a contest and a round, prepares, and runs one process.


def django(contest: Contest, number: int) -> Run:
    return measured(contest.django(), contest)


def cold(contest: Contest, number: int) -> Run:
    shutil.rmtree(contest.cache, ignore_errors=True)
    return measured(contest.guard(), contest)


def warm(contest: Contest, number: int) -> Run:
    """One models file has changed since the last run."""
    changed = contest.models[number % len(contest.models)]
    with changed.open("a", encoding="utf-8") as file:
        file.write(f"\n# round {number}\n")
    time.sleep(SETTLE)
    return measured(contest.guard(), contest)


def unchanged(contest: Contest, number: int) -> Run:
    return measured(contest.guard(), contest)


def hook(contest: Contest, number: int) -> Run:
    """What a commit hook takes that finds a model added to one file, as against the check before."""
    lines = ["from django.db import models as benchmark", f"class Benchmark{number}(benchmark.Model):", "    pass"]
    with contest.models[number % len(contest.models)].open("a", encoding="utf-8") as file:
        file.write("\n\n" + "\n".join(lines) + "\n")
    return staged(contest, expected=1)


def idle_hook(contest: Contest, number: int) -> Run:
    """What a commit hook takes where nothing that is staged concerns models or migrations."""
    (contest.folder / "notes.txt").write_text(f"round {number}\n")
    return staged(contest, expected=0)


def staged(contest: Contest, *, expected: int) -> Run:
    """One run of the hook for all that has changed, which is taken back afterwards."""
    git(contest.folder, "add", "-A")
    time.sleep(SETTLE)
    run = measured([*contest.program, "hook", "check", *contest.options()], contest)
    if run.status != expected:
        print(f"{contest.name}: the hook ended with status {run.status}", file=sys.stderr)
    git(contest.folder, "reset", "-q", "--hard")
    return replace(run, status=None)


def django_sql(contest: Contest, number: int) -> Run:
    return measured(contest.sql(ours=False), contest)


def guard_sql(contest: Contest, number: int) -> Run:
    return measured(contest.sql(ours=True), contest)


DJANGO = "Django `makemigrations --check`"
MEASURES: dict[str, Callable[[Contest, int], Run]] = {
    DJANGO: django,
    "`check`, cold": cold,
    "`check`, one models file changed": warm,
    "`check`, unchanged": unchanged,
    "`hook check`, a model added": hook,
    "`hook check`, no model or migration touched": idle_hook,
}
"""In this order in every round: cold fills the cache for those after it."""
DJANGO_SQL = "Django `sqlmigrate`"
SQL_MEASURES: dict[str, Callable[[Contest, int], Run]] = {DJANGO_SQL: django_sql, "`sqlmigrate`, warm": guard_sql}


WHERE_MODELS_ARE = """
import collections, inspect, json, sys
sys.path.insert(0, "")
import django
django.setup()
from django.apps import apps
files = collections.Counter(inspect.getfile(model) for model in apps.get_models())
print("FILES", json.dumps([file for file, _ in files.most_common()]))
"""


LAST_MIGRATION = """
import collections, inspect, json, os, sys
sys.path.insert(0, "")
import django
django.setup()
from django.db.migrations.loader import MigrationLoader
loader = MigrationLoader(None)
own = [key for key, node in loader.graph.nodes.items()
       if inspect.getfile(type(loader.graph.nodes[key])).startswith(os.getcwd())]
app = collections.Counter(label for label, _ in own).most_common(1)[0][0]
print("LAST", json.dumps(loader.graph.leaf_nodes(app)[-1]))
"""


def last_migration(contest: Contest) -> list[str]:
    """The last migration of the project's app that has the most of them."""
    command = [str(contest.python), "-c", LAST_MIGRATION]
    done = subprocess.run(command, cwd=contest.folder, env=contest.environment, capture_output=True, text=True)
    found = json.loads(done.stdout.partition("LAST")[2] or "[]")
    if not found:
        sys.exit(f"{contest.name}: where are its migrations? {done.stderr[-2000:]}")
    return [str(word) for word in found]


def models_files(contest: Contest) -> list[Path]:
    """The project's files with models, as Django loads them: those with the most models, to be changed in turn."""
    command = [str(contest.python), "-c", WHERE_MODELS_ARE]
    done = subprocess.run(command, cwd=contest.folder, env=contest.environment, capture_output=True, text=True)
    found = json.loads(done.stdout.partition("FILES")[2] or "[]")
    inside = [Path(file) for file in found if contest.folder in Path(file).parents]
    if not inside:
        sys.exit(f"{contest.name}: where are its models? {done.stderr[-2000:]}")
    return inside[:3]


def contend_sql(contest: Contest, rounds: int) -> None:
    contest.migration = last_migration(contest)
    for measure in SQL_MEASURES.values():
        measure(contest, 0)  # fills the caches of both
    for number in range(rounds):
        for name, measure in SQL_MEASURES.items():
            contest.results.setdefault(name, []).append(measure(contest, number))


def contend(contest: Contest, rounds: int) -> None:
    contest.models = models_files(contest)
    measured(contest.django(), contest)  # compiles what Django and the project consist of
    for number in range(rounds):
        for name, measure in MEASURES.items():
            time.sleep(SETTLE)
            contest.results.setdefault(name, []).append(measure(contest, number))
            print(f"{contest.name}, {name}: {contest.results[name][-1]}", file=sys.stderr)


# The table


def table(contests: list[Contest]) -> Iterator[str]:
    yield "| project | what | time (s) | of Django's | CPU (s) | of Django's | memory (MB) | CPU per migration (ms) |"
    yield "|---|---|--:|--:|--:|--:|--:|--:|"
    for contest in contests:
        reference = best(next(iter(contest.results.values())))
        for name, runs in contest.results.items():
            run = best(runs)
            each = f"{1000 * run.cpu / contest.migrations:.2f}" if contest.migrations else ""
            same = run.status in (None, reference.status)
            failed = "" if same else f" (status {run.status} instead of {reference.status})"
            yield (
                f"| {contest.name} | {name}{failed} | {run.wall:.2f} | {run.wall / reference.wall:.2f} "
                f"| {run.cpu:.2f} | {run.cpu / reference.cpu:.2f} | {run.megabytes:.0f} | {each} |"
            )


def best(runs: list[Run]) -> Run:
    """The least time, the most memory, the worst status."""
    return Run(
        min(run.wall for run in runs),
        min(run.cpu for run in runs),
        max(run.megabytes for run in runs),
        max((run.status for run in runs if run.status is not None), default=None),
    )


# Projects


def contests(options: argparse.Namespace, work: Path) -> Iterator[Contest]:
    folders = options.projects or ([] if options.synthetic else [ROOT / "fixtures" / name for name in DEFAULTS])
    program = shlex.split(options.program) if options.program else guard_program()
    variables = dict(pair.split("=", 1) for pair in options.env)
    for number, folder in enumerate(folders):
        python = nth(options.python, number) or Path(sys.executable)
        settings = nth(options.settings, number) or (None if options.projects else DEFAULTS[folder.name])
        copy = work / str(number) / folder.name
        shutil.copytree(folder, copy, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", ".git"))
        commit(copy)
        yield Contest(folder.name, copy, absolute(python), settings, variables, work / f"cache{number}", program)
    for count in options.synthetic or ():
        folder = work / f"history{count}"
        write_history(folder, count)
        commit(folder)
        python = absolute(nth(options.python, 0) or Path(sys.executable))
        name = f"{count:,} migrations"
        yield Contest(name, folder, python, "settings", variables, work / f"cache-{count}", program, count)


def commit(folder: Path) -> None:
    """Make a repository of a project, as projects are: nothing in it is new, so that no migration is judged."""
    who = ["-c", "user.name=benchmark", "-c", "user.email=benchmark@localhost"]
    (folder / ".gitignore").write_text("__pycache__/\n*.sqlite3\n")
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], [*who, "commit", "-q", "-m", "as it is"]):
        git(folder, *words)


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def nth(given: list[str] | None, number: int) -> str | None:
    """One value for all projects, or one for each."""
    return None if not given else given[number] if len(given) > 1 else given[0]


def absolute(python: str | Path) -> Path:
    """Not resolved: an environment's interpreter is a link to another one."""
    return Path(os.path.abspath(python))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("projects", nargs="*", type=Path, metavar="DIR", help="folders with a manage.py")
    parser.add_argument("--python", action="append", help="an interpreter with Django: one for all, or one per project")
    parser.add_argument("--settings", action="append", help="a settings module: one for all, or one per project")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="for all processes")
    parser.add_argument("--synthetic", nargs="*", type=int, metavar="N", help="histories of so many migrations")
    parser.add_argument("--program", help="how migration-guard is started, where it is not the one installed here")
    parser.add_argument("--sqlmigrate", action="store_true", help="print the SQL of a migration instead of checking")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    if options.synthetic == []:
        options.synthetic = [100, 1_000, 10_000]
    with tempfile.TemporaryDirectory(prefix="benchmark-") as work:
        found = list(contests(options, Path(work)))
        for contest in found:
            (contend_sql if options.sqlmigrate else contend)(contest, options.rounds)
        print("\n".join(table(found)))


if __name__ == "__main__":
    main()
