"""Where the projects are: a start folder in, `Root`s out (a folder, its manage.py, the folders imports start from).

Files are looked at, never run: manage.py through the IR, packaging files through their parsers. Walks are bounded by
depth and number of folders; environments, build output, hidden folders and templates are not entered.
"""

from __future__ import annotations

import configparser
import fnmatch
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from migration_guard.config import load_toml
from migration_guard.disk import exists, glob, isdir, isfile, read_bytes, read_text, scandir
from migration_guard.project.scripts import ReadIR, read_ir, read_script

T = TypeVar("T")

MAX_DEPTH = 6
MAX_FOLDERS = 20_000
MAX_UPWARD = 4
"""How far a project is looked for upward outside of a git checkout."""
MAX_SOURCE_BYTES = 200_000
IGNORED = frozenset({"node_modules", "bower_components", "site-packages", "dist-packages", "__pycache__", "htmlcov"})
IGNORED_UNLESS_PACKAGE = frozenset(
    {"build", "dist", "venv", "env", "virtualenv", "static", "staticfiles", "media", "locale", "templates"}
)
_DJANGO_SCRIPT = re.compile(r"DJANGO_SETTINGS_MODULE|execute_from_command_line|ManagementUtility|django")


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """What was taken, why, and what else was found (each with where it was found)."""

    value: T
    reason: str
    others: tuple[tuple[T, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Root:
    """One project. `source_roots` are where imports start, in order, `path` (the folder of manage.py) usually first."""

    path: Path
    manage: Path | None
    source_roots: tuple[Path, ...]
    reason: str
    repository: Path | None = None
    """The git checkout (or outermost folder with packaging files) that holds it."""


def find_projects(
    start: Path, exclude: Iterable[str] = (), extra_roots: Iterable[Path] = (), read: ReadIR = read_ir
) -> tuple[Root, ...]:
    """The projects of a folder: its own, else the one it lies in, else those below it, else the folder itself."""
    start = start.absolute()
    own = manage_script(start)
    if own is not None:
        return (_root(start, own, f"{own.name} in {start}", extra_roots, read),)
    for folder in start.parents if _repository(start) is not None else start.parents[:MAX_UPWARD]:
        manage = manage_script(folder)
        if manage is not None:
            return (_root(folder, manage, f"{start} lies in the project of {manage}", extra_roots, read),)
        if os.path.exists(folder / ".git"):
            break
    below = [folder for folder in folders_below(start, exclude) if manage_script(folder) is not None]
    if below:
        kept = [path for path in below if not any(other in path.parents for other in below)]
        return tuple(
            _root(path, manage_script(path), f"manage.py in {path}", extra_roots, read) for path in sorted(kept)
        )
    return (_root(start, None, f"no manage.py found: {start} is taken as the project", extra_roots, read),)


def project_at(
    path: Path, exclude: Iterable[str] = (), extra_roots: Iterable[Path] = (), read: ReadIR = read_ir
) -> tuple[Root, ...]:
    """The project(s) that an explicit choice names: a folder, or a manage.py by whatever name."""
    path = path.absolute()
    if isfile(path):
        return (_root(path.parent, path, f"{path} was given", extra_roots, read),)
    own = manage_script(path)
    below = [] if own else [folder for folder in folders_below(path, exclude) if manage_script(folder) is not None]
    if not below:
        return (_root(path, own, f"{path} was given", extra_roots, read),)
    kept = [folder for folder in below if not any(other in folder.parents for other in below)]
    return tuple(_root(f, manage_script(f), f"manage.py in {f}", extra_roots, read) for f in sorted(kept))


def manage_script(folder: Path) -> Path | None:
    """The manage.py of a folder, if it is one of Django's."""
    path = folder / "manage.py"
    return path if isfile(path) and _DJANGO_SCRIPT.search(_text(path)) else None


def folders_below(start: Path, exclude: Iterable[str] = (), depth: int = MAX_DEPTH) -> Iterator[Path]:
    """Folders below `start`, breadth first and sorted, without those that hold no sources of the project."""
    patterns = tuple(exclude)
    level, seen = [start], 0
    for _ in range(depth):
        following: list[Path] = []
        for folder in level:
            for path in _subfolders(folder):
                seen += 1
                if seen > MAX_FOLDERS:
                    return
                if not _excluded(path, start, patterns):
                    following.append(path)
                    yield path
        level = following


def _subfolders(folder: Path) -> list[Path]:
    try:
        names = [e.name for e in scandir(folder) if e.is_dir(follow_symlinks=False) and not _ignored(e.name)]
    except OSError:
        return []
    return [path for path in (folder / name for name in sorted(names)) if not _generated(path)]


def _generated(path: Path) -> bool:
    if path.name in IGNORED_UNLESS_PACKAGE and not exists(path / "__init__.py"):
        return True
    return os.path.exists(path / "pyvenv.cfg") or os.path.exists(path / "conda-meta")


def _ignored(name: str) -> bool:
    return name in IGNORED or name.startswith(".") or name.endswith((".egg-info", ".dist-info")) or "{{" in name


def _excluded(path: Path, start: Path, patterns: tuple[str, ...]) -> bool:
    inside = path.relative_to(start).as_posix()
    return any(fnmatch.fnmatch(inside, pattern.rstrip("/")) or path.name == pattern.strip("/") for pattern in patterns)


def _repository(folder: Path) -> Path | None:
    for path in (folder, *folder.parents):
        if os.path.exists(path / ".git"):
            return path
    return None


def _text(path: Path) -> str:
    try:
        return read_bytes(path, MAX_SOURCE_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _root(path: Path, manage: Path | None, reason: str, extra: Iterable[Path], read: ReadIR) -> Root:
    repository = _repository(path)
    return Root(path, manage, source_roots(path, manage, repository, extra, read), reason, repository)


def source_roots(
    path: Path, manage: Path | None, repository: Path | None, extra: Iterable[Path] = (), read: ReadIR = read_ir
) -> tuple[Path, ...]:
    """The folders that imports start from: what scripts put on sys.path, the project's own folder, declared ones."""
    found: list[Path] = [*extra]
    last: list[Path] = []
    for script in filter(None, (manage, *_entry_points(path))):
        said = read_script(script, read)
        if said is not None:
            found += said.first_paths
            last += said.last_paths
    found += [path, *_used_src(path)]
    for folder in _packaging_folders(path, repository):
        found += declared_roots(folder)
        found += _used_src(folder)
        if folder != path and _is_distribution(folder):
            found.append(folder)
    unique = dict.fromkeys(Path(os.path.normpath(root)) for root in [*found, *last])
    return tuple(root for root in unique if isdir(root))


def with_settings_paths(root: Root, settings_file: Path | None, read: ReadIR = read_ir) -> Root:
    """The root with what its settings file (and those it star-imports from beside it) put on sys.path."""
    first: list[Path] = []
    last: list[Path] = []
    todo, seen = [settings_file] if settings_file else [], set[Path]()
    while todo and len(seen) < 20:
        file = todo.pop(0)
        said = None if file in seen else read_script(file, read)
        seen.add(file)
        if said is None:
            continue
        first += said.first_paths
        last += said.last_paths
        for level, module in said.imports:
            found = _imported_file(file, level, module, root.source_roots)
            todo += [found] if found else []
    unique = dict.fromkeys([*first, *root.source_roots, *last])
    kept = tuple(folder for folder in unique if isdir(folder))
    return Root(root.path, root.manage, kept, root.reason, root.repository)


def _imported_file(file: Path, level: int, module: str, roots: tuple[Path, ...]) -> Path | None:
    if level == 0:
        return module_file(module, roots)
    folder = file.parent
    for _ in range(level - 1):
        folder = folder.parent
    return module_file(module, (folder,)) if module else _existing(folder / "__init__.py")


def module_file(dotted: str, roots: Iterable[Path]) -> Path | None:
    """The file of a first-party module, by looking at the source roots only."""
    parts = dotted.split(".")
    for root in roots:
        stem = root.joinpath(*parts)
        found = _existing(stem / "__init__.py") or _existing(stem.parent / (stem.name + ".py"))
        if found:
            return found
    return None


def dotted_name(file: Path, roots: Iterable[Path]) -> str | None:
    """The module that a file is, seen from the source root that gives it the shortest name."""
    names: list[list[str]] = []
    for root in roots:
        if root in file.parents:
            parts = list(file.relative_to(root).with_suffix("").parts)
            names.append(parts[:-1] if parts[-1] == "__init__" else parts)
    usable = [parts for parts in names if parts and all(part.isidentifier() for part in parts)]
    usable.sort(key=len)
    return ".".join(usable[0]) if usable else None


def _existing(path: Path) -> Path | None:
    return path if isfile(path) else None


def _entry_points(path: Path) -> Iterator[Path]:
    for folder in (path, *_subfolders(path)):
        for name in ("wsgi.py", "asgi.py"):
            if isfile(folder / name):
                yield folder / name


def _used_src(folder: Path) -> list[Path]:
    src = folder / "src"
    if not isdir(src) or exists(src / "__init__.py"):
        return []
    used = bool(glob(src, "*.py")) or bool(glob(src, "*/*.py"))
    return [src] if used else []


def _packaging_folders(path: Path, repository: Path | None) -> Iterator[Path]:
    """The project's folder and those above it that belong to the same checkout."""
    yield path
    if repository is not None and repository != path:
        for folder in path.parents:
            yield folder
            if folder == repository:
                return


def _is_distribution(folder: Path) -> bool:
    if isfile(folder / "setup.py"):
        return True
    return any(key in read_toml(folder / "pyproject.toml") for key in ("project", "build-system"))


def declared_roots(folder: Path) -> list[Path]:
    """Source roots that packaging and test configuration of a folder declare."""
    table = read_toml(folder / "pyproject.toml")
    names = [*_setuptools(_at(table, "tool", "setuptools")), *_poetry(_at(table, "tool", "poetry")), *_hatch(table)]
    names += _words(_at(table, "tool", "pytest", "ini_options").get("pythonpath"))
    names += _words(_at(table, "tool", "pytest").get("pythonpath"))
    names += _words(_at(table, "tool", "pytest", "ini_options").get("python_paths"))
    for file, section in (("pytest.ini", "pytest"), ("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        ini = read_ini(folder / file)
        for option in ("pythonpath", "python_paths"):
            names += ini.get(section, option, fallback="").split()
        where = ini.get("options.packages.find", "where", fallback="")
        names += [where] if where else []
        for line in ini.get("options", "package_dir", fallback="").splitlines():
            package, _, place = line.partition("=")
            names += [place.strip()] if place and not package.strip() else []
    return [folder / name for name in names]


def _setuptools(table: dict[str, Any]) -> list[str]:
    roots = _words(_at(table, "packages", "find").get("where"))
    directories = table.get("package-dir")
    if isinstance(directories, dict):
        roots += _words(directories.get(""))
    return roots


def _poetry(table: dict[str, Any]) -> list[str]:
    packages = table.get("packages")
    items = packages if isinstance(packages, list) else []
    return [item["from"] for item in items if isinstance(item, dict) and isinstance(item.get("from"), str)]


def _hatch(table: dict[str, Any]) -> list[str]:
    wheel = _at(table, "tool", "hatch", "build", "targets", "wheel")
    roots = [os.path.dirname(item) or "." for item in _words(wheel.get("packages"))]
    return roots + _words(_at(table, "tool", "hatch", "build").get("dev-mode-dirs"))


def _at(table: Any, *keys: str) -> dict[str, Any]:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def _words(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a table; empty when it is absent or broken (its own tools complain about that)."""
    try:
        return load_toml(read_text(path, encoding="utf-8-sig"))
    except (OSError, ValueError):
        return {}


def read_ini(path: Path) -> configparser.ConfigParser:
    """An INI file, without interpolation; empty when it is absent or broken."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(read_text(path, encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return configparser.ConfigParser(interpolation=None)
    return parser
