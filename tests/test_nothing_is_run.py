"""The promise: nothing of a project is imported or run, no process is started, no socket opened, no file written.

Each command runs in a process of its own in which an audit hook (https://peps.python.org/pep-0578/) notes what Python
does. The projects are copies of fixtures, with traps: every module of theirs writes a file when it is run.
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"

COMMANDS = [
    ["check"],
    ["check", "--no-cache", "-v", "--format", "json"],
    ["state", "--from", "models"],
    ["state", "--from", "migrations"],
    ["showmigrations"],
    ["showmigrations", "--plan"],
    ["makemigrations", "--dry-run", "--noinput", "-v", "3"],
    ["makemigrations", "--check", "--noinput"],
]
PROJECTS = ["blog", "shop", "split_settings", "src_layout", "drift", "squashed"]

TRAP = "\nimport pathlib as _trap_\n_trap_.Path({marker!r}).write_text(__name__)\n"

WITNESS = """
import ast, json, os, sys

project, site, outcome = sys.argv.pop(1), sys.argv.pop(1), sys.argv.pop(1)
events = []

def inside(path):
    path = os.path.abspath(path) if isinstance(path, str) and path[:1] != "<" else ""
    return path.startswith((project + os.sep, site + os.sep))

def caller():
    return sys._getframe(2).f_code.co_filename

def ours(path):
    return f"{os.sep}migration_guard{os.sep}" in path

def witness(event, args):
    if event == "import":
        if args[0].partition(".")[0] in NAMES or inside(args[1]):
            events.append([event, args[0]])
    elif event == "compile":
        # `ast.parse` compiles too, with a flag that hooks are not told of; its own call is the only one that may be.
        source = args[0] if isinstance(args[0], bytes) else str(args[0] or "").encode("utf-8", "replace")
        if caller() != ast.__file__ and (ours(caller()) or inside(args[1]) or b"_trap_" in source):
            events.append([event, str(args[1])])
    elif event == "exec":
        if ours(caller()) or inside(args[0].co_filename) or "_trap_" in args[0].co_names:
            events.append([event, args[0].co_filename])
    elif event == "open":
        path, mode, flags = args
        writes = isinstance(mode, str) and set(mode) & set("wax+")
        if (writes or (flags or 0) & WRITES) and isinstance(path, (str, bytes)):
            events.append([event, os.path.abspath(os.fsdecode(path))])
    elif event in CHANGES:
        events.append([event, os.path.abspath(os.fsdecode(args[0]))])
    elif event in FORBIDDEN or event.startswith(("socket.", "subprocess.", "ctypes.", "pickle.")):
        events.append([event, repr(args)[:200]])

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CHANGES = {f"os.{name}" for name in "remove rename mkdir rmdir truncate link symlink chmod chown utime".split()}
FORBIDDEN = {"os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.startfile", "pty.spawn", "code.__new__"}
NAMES = set(json.loads(sys.argv.pop(1)))

from migration_guard.cli.run import run

sys.addaudithook(witness)
told = []
for words in json.loads(sys.argv[1]):
    status = run(words)
    modules = sorted(name for name in sys.modules if name.partition(".")[0] in NAMES)
    told.append([status, events[:], modules])
    events.clear()
with open(outcome, "w") as file:
    json.dump(told, file)
"""


class Trapped:
    """A copy of a fixture that tells when a part of it is run."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / name
        self.cache = folder / "cache"
        self.markers = folder / "markers"
        self.markers.mkdir()
        self.folder = folder
        shutil.copytree(FIXTURES / name, self.path, ignore=shutil.ignore_patterns("__pycache__", "*.sqlite3"))
        self.site = self._environment()
        for number, path in enumerate([*self.path.rglob("*.py"), *self.site.rglob("*.py")]):
            trap = TRAP.format(marker=str(self.markers / f"{number}-{path.name}"))
            path.write_text(path.read_text(encoding="utf-8") + trap, encoding="utf-8")

    def _environment(self) -> Path:
        """A virtual environment whose packages are traps too, a .pth file with code among them."""
        site = self.folder / "venv" / "lib" / "python3.12" / "site-packages"
        (site / "thirdparty").mkdir(parents=True)
        (self.folder / "venv" / "pyvenv.cfg").write_text("home = /nowhere\nversion = 3.12.1\n")
        (self.folder / "venv" / "bin").mkdir()
        python = self.folder / "venv" / "bin" / "python"
        python.write_text(f"#!/bin/sh\ntouch {self.markers}/python\n")
        python.chmod(0o755)
        (site / "thirdparty" / "__init__.py").write_text("")
        (site / "trap.pth").write_text(f"import os; os.mkdir({str(self.markers / 'pth')!r})\n")
        return site

    def modules(self) -> set[str]:
        """The top-level names that the project and its environment could be imported by."""
        folders = [self.path, *(self.path / name for name in ("src",)), self.site]
        return {entry.stem for folder in folders if folder.is_dir() for entry in folder.iterdir()} - {"", "src"}

    def run(self, commands: list[list[str]]) -> list[tuple[int, list[list[str]], list[str]]]:
        """Of each command: its status, what the hook noted, and which modules of the project are loaded."""
        outcome = self.folder / "outcome.json"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "VIRTUAL_ENV"))}
        env = {
            **kept,
            "PYTHONPATH": str(ROOT),
            "MIGRATION_GUARD_CACHE": str(self.cache),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        names = json.dumps(sorted(self.modules()))
        given = [str(self.path), str(self.site), str(outcome), names]
        command = [sys.executable, "-P"] if sys.version_info >= (3, 11) else [sys.executable]
        script = self.folder / "witness.py"
        script.write_text(WITNESS)
        done = subprocess.run(
            [*command, str(script), *given, json.dumps(commands)],
            cwd=self.path,
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        told: list[tuple[int, list[list[str]], list[str]]] = json.loads(outcome.read_text())
        assert all(status != 3 for status, *_ in told), done.stderr
        return told


def _snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", PROJECTS)
def test_nothing_of_a_project_is_run(name: str, tmp_path: Path) -> None:
    trapped = Trapped(tmp_path, name)
    before = _snapshot(trapped.path) | _snapshot(trapped.site)
    python = ["--python", str(tmp_path / "venv" / "bin" / "python")]
    commands = [[*words, *([] if "--plan" in words else python)] for words in COMMANDS]
    for words, (_, events, modules) in zip(commands, trapped.run(commands), strict=True):
        ours = [event for event in events if not _harmless(event, trapped)]
        assert not ours, f"{words}: {ours[:10]}"
        assert not modules, f"{words}: {modules}"
    assert not list(trapped.markers.iterdir()), "something was run"
    assert _snapshot(trapped.path) | _snapshot(trapped.site) == before


def _harmless(event: list[str], trapped: Trapped) -> bool:
    """Files of the cache, and the null device."""
    kind, what = event
    inside_cache = what == str(trapped.cache) or what.startswith(str(trapped.cache) + os.sep)
    return (kind == "open" or kind.startswith("os.")) and (inside_cache or what == os.devnull)


def test_makemigrations_writes_migrations_and_nothing_else(tmp_path: Path) -> None:
    trapped = Trapped(tmp_path, "blog")
    models = trapped.path / "cars" / "models.py"
    models.write_text(
        models.read_text() + "\n\nclass Extra(models.Model):\n    name = models.CharField(max_length=3)\n"
    )
    before = _snapshot(trapped.path)
    ((_, events, modules),) = trapped.run([["makemigrations", "--noinput", "--no-format"]])
    assert not modules and not list(trapped.markers.iterdir())
    written = {path for path in _snapshot(trapped.path) if path not in before}
    assert [Path(path).parent.name for path in written] == ["migrations"]
    assert {path: text for path, text in _snapshot(trapped.path).items() if path in before} == before
    migrations = {str(folder) for folder in trapped.path.rglob("migrations")}
    rest = [e for e in events if not _harmless(e, trapped) and not e[1].startswith(tuple(migrations))]
    assert all(kind in ("open", "os.remove", "os.chmod") and ".migration" in what for kind, what in rest), rest[:10]


def test_the_witness_would_notice(tmp_path: Path) -> None:
    """The traps are real: running the project springs them, and the hook tells."""
    trapped = Trapped(tmp_path, "blog")
    script = WITNESS.replace("status = run(words)", "sys.path.insert(0, project); import cars; status = 0")
    (tmp_path / "sprung.py").write_text(script)
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    given = [str(trapped.path), str(trapped.site), str(tmp_path / "outcome.json"), '["cars"]', "[[]]"]
    subprocess.run([sys.executable, str(tmp_path / "sprung.py"), *given], env=env, check=True, timeout=120)
    ((_, events, modules),) = json.loads((tmp_path / "outcome.json").read_text())
    assert {"import", "exec", "compile", "open"} <= {event for event, _ in events}
    assert modules == ["cars"] and list(trapped.markers.iterdir())


def test_the_package_has_no_means_of_running_code() -> None:
    """No `eval`, `exec`, `__import__` or unpickling anywhere."""
    for path in (ROOT / "migration_guard").rglob("*.py"):
        if "stubs" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "__import__"), f"{path}:{node.lineno}"
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
                assert not names & {"pickle", "marshal", "shelve", "runpy"}, f"{path}:{node.lineno}"
