"""Real Django, of every supported version that an interpreter of this machine can run, as a judge for tests.

In: a project directory (or a `Project`). Out: canonical JSON states, graphs, files that makemigrations writes, output
of commands. Never imported by the package; POSIX only; never writes into a project (what writes gets a copy).
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import IO, Any

import pytest
from _pytest.mark import ParameterSet

Json = Any

VERSIONS: dict[str, str] = {"4.2": "4.2.*", "5.2": "5.2.*", "6.0": "6.0.*", "6.1": "6.1.*"}
PYTHONS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {  # lowest and highest Python of each series
    "4.2": ((3, 10), (3, 12)),
    "5.2": ((3, 10), (3, 14)),
    "6.0": ((3, 12), (3, 14)),
    "6.1": ((3, 12), (3, 14)),
}
ROOT = Path(__file__).resolve().parent.parent
WORKER = Path(__file__).resolve().with_name("django_worker.py")
TIMEOUT = 120
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".git", "db.sqlite3", "*.egg-info")


class OracleError(Exception):
    """Django raised (or died) while it answered; `kind` is the exception's class name, the text has its traceback."""

    def __init__(self, kind: str, message: str, traceback: str) -> None:
        super().__init__(f"{kind}: {message}\n{traceback}")
        self.kind = kind
        self.message = message


@dataclass(frozen=True, slots=True)
class Project:
    """Where a project is and what it takes to run it; everything but the root has a sensible default."""

    root: Path
    settings: str
    paths: tuple[str, ...] = (".",)  # relative to root, put on sys.path
    tree: str = "."  # relative to root: what must be copied for the project to run elsewhere
    requirements: Path | None = None  # pinned packages, installed without their dependencies
    env: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def at(cls, root: Path, settings: str | None = None) -> Project:
        """The project at `root`; settings as given or as manage.py says; src/ and requirements.txt are noticed."""
        requirements = root / "requirements.txt"
        paths = ("src", ".") if (root / "src").is_dir() else (".",)
        listed = requirements if requirements.is_file() else None
        return cls(root, settings or _settings_of(root), paths, requirements=listed)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a management command did."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Made:
    """What makemigrations did: `files` has the text of each new or changed file, by path relative to the project."""

    code: int
    stdout: str
    stderr: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Django:
    """One series of Django on one interpreter. It is installed when first asked something."""

    series: str
    python: Path
    python_version: tuple[int, int]

    def __str__(self) -> str:
        return f"django{self.series}"

    @property
    def number(self) -> tuple[int, int]:
        major, minor = self.series.split(".")
        return int(major), int(minor)

    @property
    def site(self) -> Path:
        """The directory that holds the package django."""
        return _installed(
            self.python, self.python_version, self.series, (f"Django=={VERSIONS[self.series]}", "tzdata"), ()
        )

    @property
    def version(self) -> str:
        """The full version, such as 5.2.19."""
        (found,) = self.site.glob("[Dd]jango-*.dist-info")
        return found.name.split("-")[1].removesuffix(".dist")

    def sites(self, project: Project) -> tuple[Path, ...]:
        """Django's directory and, where the project has requirements, that of its packages."""
        if project.requirements is None:
            return (self.site,)
        lines = (line.split("#")[0].strip() for line in project.requirements.read_text(encoding="utf-8").splitlines())
        wanted = tuple(
            line for line in lines if line and not re.match(r"(?i)(django|asgiref|sqlparse|tzdata)\b(?!-)", line)
        )
        return (self.site, _installed(self.python, self.python_version, "packages", wanted, ("--no-deps",)))

    def environment(self, folder: Path, sites: Sequence[Path]) -> Path:
        """A virtual environment for us to read, which holds what is in some directories of packages."""
        major, minor = self.python_version
        packages = folder / "lib" / f"python{major}.{minor}" / "site-packages"
        packages.mkdir(parents=True)
        (folder / "pyvenv.cfg").write_text(f"version = {major}.{minor}.0\n")
        for item in (item for site in sites for item in site.iterdir()):
            if not (packages / item.name).exists():
                (packages / item.name).symlink_to(item)
        return folder

    # ------------------------------------------------------------ processes

    def run(
        self, project: Project | Path, args: str | Sequence[str], *, settings: str | None = None, timeout: int = TIMEOUT
    ) -> subprocess.CompletedProcess[str]:
        """A real process in the project's directory: `args` of the interpreter, or a script. It may write there."""
        where = _project(project, settings)
        command = ["-c", args] if isinstance(args, str) else list(args)
        paths = [str((where.root / path).resolve()) for path in where.paths]
        environment = _environment(self.sites(where)) | dict(where.env)
        environment["PYTHONPATH"] = os.pathsep.join([*paths, environment["PYTHONPATH"]])
        environment["DJANGO_SETTINGS_MODULE"] = where.settings
        return subprocess.run(
            [str(self.python), "-s", *command], cwd=where.root, env=environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip

    # ------------------------------------------------------------ questions, answered by a fork of a warm process

    def ask(self, question: str, project: Project | Path, settings: str | None = None, **details: Json) -> Json:
        """One question to the worker (the functions `ask_*` there). Raises OracleError where Django raises."""
        where = _project(project, settings)
        request = {
            "question": question,
            "root": str(where.root.resolve()),
            "settings": where.settings,
            "paths": list(where.paths),
            "env": dict(where.env),
            "timeout": TIMEOUT,
            **details,
        }
        reply = _worker(self.python, self.sites(where)).ask(request)
        if "error" in reply:
            raise OracleError(reply["error"], reply["message"], reply["traceback"])
        return reply["answer"]

    def states(self, project: Project | Path, settings: str | None = None) -> dict[str, list[dict[str, Json]]]:
        """`from_models` and `from_migrations`, each a canonical list of models, of all installed apps."""
        answer: dict[str, list[dict[str, Json]]] = self.ask("states", project, settings)
        return answer

    def graph(self, project: Project | Path, settings: str | None = None) -> dict[str, Json]:
        """nodes, plan, roots, leaves, conflicts, disk, migrated, unmigrated, as MigrationLoader has them."""
        answer: dict[str, Json] = self.ask("graph", project, settings)
        return answer

    def autodetect(
        self,
        project: Project | Path,
        settings: str | None = None,
        *,
        apps: Sequence[str] = (),
        answers: Mapping[str, Json] | None = None,
    ) -> list[dict[str, Json]]:
        """The migrations that are missing, operations as texts; `answers` as to a questioner (ask_rename: True)."""
        found: list[dict[str, Json]] = self.ask(
            "autodetect", project, settings, apps=list(apps), answers=dict(answers or {})
        )
        return found

    def manage(self, project: Project | Path, args: Sequence[str], settings: str | None = None) -> Ran:
        """`manage.py ARGS` in the project itself; give it a `copied` one where that writes (or opens SQLite)."""
        answer = self.ask("manage", project, settings, args=list(args))
        return Ran(answer["code"], answer["stdout"], answer["stderr"])

    def evaluate(self, project: Project | Path, script: str, settings: str | None = None) -> Json:
        """Run `script` after django.setup(); what it binds to `answer` comes back. It may use the worker's text_of."""
        return self.ask("evaluate", project, settings, script=script)

    def makemigrations(
        self,
        project: Project | Path,
        args: Sequence[str] = (),
        settings: str | None = None,
        *,
        files: Mapping[str, str] | None = None,
    ) -> Made:
        """`manage.py makemigrations --noinput ARGS` in a copy of the project with `files` laid over it."""
        where = _project(project, settings)
        with copied(where, files or {}) as copy:
            before = _sources(copy.root)
            ran = self.manage(copy, ["makemigrations", "--noinput", *args])
            after = _sources(copy.root)
        return Made(
            ran.code, ran.stdout, ran.stderr, {name: after[name] for name in after if before.get(name) != after[name]}
        )


@contextmanager
def copied(project: Project, files: Mapping[str, str] | None = None) -> Iterator[Project]:
    """A copy of the project that may be written into, with `files` (relative path: text) laid over it."""
    with tempfile.TemporaryDirectory(prefix="django-oracle-") as place:
        tree = (project.root / project.tree).resolve()
        shutil.copytree(tree, Path(place).resolve() / tree.name, ignore=LEFT_OUT, symlinks=True)
        root = Path(place).resolve() / tree.name / project.root.resolve().relative_to(tree)
        for name, text in (files or {}).items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        yield replace(project, root=root)


def without_header(text: str) -> str:
    """A migration's text without its first line, which says which Django wrote it and when."""
    first, _, rest = text.partition("\n")
    return rest.lstrip("\n") if first.startswith("# Generated by Django") else text


def _project(project: Project | Path, settings: str | None) -> Project:
    if isinstance(project, Path):
        return Project.at(project, settings)
    return project if settings is None else replace(project, settings=settings)


def _settings_of(root: Path) -> str:
    text = (root / "manage.py").read_text(encoding="utf-8")
    found = re.search(r"""DJANGO_SETTINGS_MODULE["'],\s*["']([\w.]+)["']""", text)
    if found is None:
        raise ValueError(f"{root / 'manage.py'} does not say which settings to use")
    return found[1]


def _sources(root: Path) -> dict[str, str]:
    found = sorted(root.rglob("*.py"))
    return {path.relative_to(root).as_posix(): path.read_bytes().decode("utf-8", "surrogateescape") for path in found}


def _environment(sites: Sequence[Path]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not re.match(r"DJANGO_|PYTHON|VIRTUAL_ENV|COV_", name)}
    return kept | {
        "PYTHONPATH": os.pathsep.join(map(str, sites)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
    }


# ---------------------------------------------------------------- workers


@dataclass(slots=True)
class _Worker:
    """A process of tests/django_worker.py; one for each interpreter and set of packages."""

    process: subprocess.Popen[str]
    errors: IO[bytes]

    @classmethod
    def started(cls, python: Path, sites: Sequence[Path]) -> _Worker:
        errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop()
        process = subprocess.Popen(
            [str(python), "-s", str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            env=_environment(sites), text=True, encoding="utf-8",
        )  # fmt: skip
        return cls(process, errors)

    def ask(self, request: Json) -> Json:
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.errors.seek(0)
            raise OracleError("WorkerDied", "the worker process ended", self.errors.read().decode("utf-8", "replace"))
        return json.loads(line)

    def stop(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
        self.errors.close()


MOST_WORKERS = 6
_workers: dict[tuple[int, Path, tuple[Path, ...]], _Worker] = {}  # the one that was asked last is the last one


def _worker(python: Path, sites: tuple[Path, ...]) -> _Worker:
    key = (os.getpid(), python, sites)
    found = _workers.pop(key, None)
    if found is None or found.process.poll() is not None:
        found = _Worker.started(python, sites)
    _workers[key] = found
    for old in [old for old in _workers if old[0] == os.getpid()][:-MOST_WORKERS]:
        _workers.pop(old).stop()
    return found


@atexit.register
def stop_workers() -> None:
    for key in [key for key in _workers if key[0] == os.getpid()]:
        _workers.pop(key).stop()


# ---------------------------------------------------------------- installation


def cache_directory() -> Path:
    """MIGRATION_GUARD_TEST_DJANGO, or .cache/django in the repository. Safe to delete; what is there is not renewed."""
    return Path(os.environ.get("MIGRATION_GUARD_TEST_DJANGO") or ROOT / ".cache" / "django").resolve()


@cache
def _installed(
    python: Path, version: tuple[int, int], label: str, requirements: tuple[str, ...], options: tuple[str, ...]
) -> Path:
    """A directory with the requirements: made once, under a lock, and moved into place whole."""
    place = cache_directory()
    digest = hashlib.sha256("\n".join([*requirements, *options]).encode()).hexdigest()[:8]
    target = place / f"{label}-py{version[0]}{version[1]}-{digest}"
    if target.is_dir():
        return target
    place.mkdir(parents=True, exist_ok=True)
    with open(place / f"{target.name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            with tempfile.TemporaryDirectory(dir=place, prefix="unfinished-") as building:
                fresh = Path(building) / "site"
                _install(python, fresh, requirements, options)
                fresh.rename(target)
    return target


def _install(python: Path, target: Path, requirements: Sequence[str], options: Sequence[str]) -> None:
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [*pip, *options, "--target", str(target), *requirements],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"pip could not install {', '.join(requirements)} for {python}:\n{done.stdout}{done.stderr}")


# ---------------------------------------------------------------- interpreters


@cache
def interpreters() -> tuple[tuple[tuple[int, int], Path], ...]:
    """(version, real executable) of the Pythons of this machine, the running one first, one for each version."""
    named = [Path(sys.executable)]
    named += [Path(path) for minor in range(10, 15) if (path := shutil.which(f"python3.{minor}"))]
    named += sorted(Path.home().glob(".pyenv/versions/3.1[0-4].*/bin/python"), reverse=True)
    found: dict[tuple[int, int], Path] = {}
    for candidate in named:
        probe = "import sys, pip; print(*sys.version_info[:2], sys.executable)"
        said = subprocess.run([str(candidate), "-c", probe], capture_output=True, text=True, check=False)
        if said.returncode == 0:
            major, minor, path = said.stdout.strip().split(" ", 2)
            found.setdefault((int(major), int(minor)), Path(path))
    return tuple(found.items())


def _available() -> tuple[list[Django], dict[str, str]]:
    djangos, missing = [], {}
    for series, (low, high) in PYTHONS.items():
        able = [(version, path) for version, path in interpreters() if low <= version <= high]
        if able:
            djangos.append(Django(series, able[0][1], able[0][0]))
        else:
            missing[series] = (
                f"no interpreter for Django {series}: it needs Python {_dotted(low)} to {_dotted(high)} with pip"
            )
    return djangos, missing


def each_django(*series: str) -> list[ParameterSet]:
    """Parameters for pytest, ids such as django5.2; a series without an interpreter is skipped with the reason.

    Where no series at all can be had this raises: tests against Django must not pass by being skipped.
    """
    if not DJANGOS:
        raise RuntimeError("; ".join(MISSING.values()))
    wanted = series or tuple(VERSIONS)
    able = [pytest.param(django, id=str(django)) for django in DJANGOS if django.series in wanted]
    skips = {name: pytest.mark.skip(reason=reason) for name, reason in MISSING.items() if name in wanted}
    return able + [pytest.param(None, id=f"django{name}", marks=skip) for name, skip in skips.items()]


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


DJANGOS: list[Django]
MISSING: dict[str, str]  # series: why it cannot be had here
DJANGOS, MISSING = _available()
