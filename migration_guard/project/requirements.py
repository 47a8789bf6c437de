"""What a project's packaging files say of one distribution: lock files give versions, requirement files give ranges.

In: a folder. Out: `Requirement`s, in the order of how much they bind. Ranges are understood as far as version
specifiers of PEP 440 and poetry go; environment markers are ignored. Nothing is resolved, downloaded or run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from migration_guard.disk import glob, isfile, read_text
from migration_guard.project.discovery import read_ini, read_toml
from migration_guard.project.scripts import read_ir
from migration_guard.versions import Version

Release: TypeAlias = tuple[int, ...]

MAX_PATCH = 60
_CLAUSE = re.compile(r"(===|==|~=|!=|<=|>=|<|>|\^|~|=)?\s*v?(\d+(?:\.\d+)*)(\.\*|\.x)?[a-z0-9.+-]*", re.IGNORECASE)
_FILES = ("requirements.txt", "requirements/base.txt", "requirements/common.txt", "requirements/production.txt")
_PATTERNS = ("requirements*.txt", "requirements/*.txt", "requirements*.in", "requirements/*.in", "constraints*.txt")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A version or range, as written, and where."""

    spec: str
    source: str

    @property
    def exact(self) -> bool:
        return bool(re.fullmatch(r"={0,3}\s*\d+(\.\d+)+[\w.]*", self.spec.strip()))

    def allows(self, series: Version) -> bool:
        """Whether some release of a (major, minor) series lies in the range."""
        return any(
            all(_holds(clause, (*series, patch)) for clause in alternative)
            for alternative in _alternatives(self.spec)
            for patch in range(MAX_PATCH)
        )

    def highest(self, series: Iterable[Version]) -> Version | None:
        """The highest of the given series that is allowed; None when none is, or when the range says nothing."""
        if not any(_alternatives(self.spec)):
            return None
        return max(filter(self.allows, series), default=None)


_Clause: TypeAlias = tuple[str, Release, bool]


def _alternatives(spec: str) -> list[list[_Clause]]:
    """The range as a list (or) of lists (and) of clauses: operator, release, and whether it ended in `.*`."""
    found = []
    for part in spec.partition(";")[0].split("||"):
        clauses = [
            (match[1] or "==", tuple(int(number) for number in match[2].split(".")), bool(match[3]))
            for match in _CLAUSE.finditer(part.strip(" ()"))
        ]
        found.append(clauses)
    return [clauses for clauses in found if clauses]


def _holds(clause: _Clause, release: Release) -> bool:
    operator, stated, wildcard = clause
    match operator:
        case "==" | "===" | "=":
            return release[: len(stated)] == stated if wildcard else _padded(release) == _padded(stated)
        case "!=":
            return release[: len(stated)] != stated if wildcard else _padded(release) != _padded(stated)
        case "<":
            return _padded(release) < _padded(stated)
        case "<=":
            return _padded(release) <= _padded(stated)
        case ">":
            return _padded(release) > _padded(stated)
        case ">=":
            return _padded(release) >= _padded(stated)
    return _padded(stated) <= _padded(release) < _padded(_upper(operator, stated))


def _upper(operator: str, stated: Release) -> Release:
    """Where `~=`, `~` and `^` end (exclusive)."""
    if operator == "^":
        kept = next((index for index, number in enumerate(stated) if number), len(stated) - 1) + 1
    elif operator == "~=":
        kept = max(len(stated) - 1, 1)
    else:
        kept = min(len(stated), 2)
    return (*stated[: kept - 1], stated[kept - 1] + 1)


def _padded(release: Release) -> Release:
    return (*release, 0, 0, 0, 0)[:4]


def requirement_of(line: str, name: str) -> str | None:
    """The specifier in a requirement line ("Django[bcrypt]>=4.2 ; ..."), maybe "", None for other distributions."""
    found = re.match(rf"\s*{re.escape(name)}\s*(\[[^\]]*\])?\s*(?P<rest>.*)$", line.partition(" #")[0], re.IGNORECASE)
    if not found or (found["rest"] and found["rest"][0] not in "<>=!~^@;("):
        return None
    if found["rest"].startswith("@"):
        series = re.search(r"[@/](?:stable/|v)?(\d+\.\d+(?:\.\d+)?)(?:\.x)?\b", found["rest"])
        return f"=={series[1]}.*" if series and series[1].count(".") == 1 else f"=={series[1]}" if series else ""
    return re.split(r";|\s--", found["rest"])[0].strip(" ()\\")


def locked(folder: Path, name: str) -> Iterator[Requirement]:
    """Versions in the lock files of a folder."""
    for file, table in (
        ("poetry.lock", "package"),
        ("uv.lock", "package"),
        ("pdm.lock", "package"),
        ("pylock.toml", "packages"),
    ):
        packages = read_toml(folder / file).get(table)
        for package in packages if isinstance(packages, list) else ():
            if isinstance(package, dict) and str(package.get("name", "")).lower() == name and "version" in package:
                yield Requirement(f"=={package['version']}", str(folder / file))
    for section in ("default", "develop"):
        version = _table(_table(_json(folder / "Pipfile.lock").get(section)).get(name)).get("version")
        if isinstance(version, str):
            yield Requirement(version, str(folder / "Pipfile.lock"))


def required(folder: Path, name: str) -> list[Requirement]:
    """Ranges in the requirement files of a folder; exact ones first."""
    found = [*_requirement_files(folder, name), *_pyproject(folder / "pyproject.toml", name), *_pipfile(folder, name)]
    lines = read_ini(folder / "setup.cfg").get("options", "install_requires", fallback="").splitlines()
    found += _lines(lines, name, str(folder / "setup.cfg"))
    found += _lines(_strings(read_ir(folder / "setup.py") or []), name, str(folder / "setup.py"))
    for file in ("environment.yml", "environment.yaml"):
        dashed = [line.strip().lstrip("- ") for line in _read(folder / file).splitlines()]
        found += _lines(dashed, name, str(folder / file))
    return sorted((item for item in found if item.spec.strip(" *")), key=lambda item: not item.exact)


def _requirement_files(folder: Path, name: str) -> list[Requirement]:
    files = [folder / file for file in _FILES]
    files += [file for pattern in _PATTERNS for file in glob(folder, pattern)]
    seen: set[Path] = set()
    return [item for file in files for item in _requirement_file(file, name, seen)]


def _requirement_file(file: Path, name: str, seen: set[Path]) -> Iterator[Requirement]:
    if file in seen or len(seen) > 100:
        return
    seen.add(file)
    for line in _read(file).splitlines():
        included = re.match(r"\s*(?:-r|-c|--requirement|--constraint)[\s=]+(\S+)", line)
        if included:
            yield from _requirement_file((file.parent / included[1]).absolute(), name, seen)
        else:
            yield from _lines([line], name, str(file))


def _lines(lines: Iterable[Any], name: str, source: str) -> list[Requirement]:
    specs = [requirement_of(line, name) for line in lines if isinstance(line, str)]
    return [Requirement(spec, source) for spec in specs if spec is not None]


def _pyproject(path: Path, name: str) -> Iterator[Requirement]:
    table = read_toml(path)
    project = _table(table.get("project"))
    groups = [project.get("dependencies"), *_table(project.get("optional-dependencies")).values()]
    groups += [*_table(table.get("dependency-groups")).values()]
    for group in groups:
        yield from _lines(group if isinstance(group, list) else (), name, str(path))
    poetry = _table(_table(table.get("tool")).get("poetry"))
    tables = [poetry, *_table(poetry.get("group")).values()]
    for holder in tables:
        for key in ("dependencies", "dev-dependencies"):
            yield from _table_entry(_table(_table(holder).get(key)), name, str(path))


def _pipfile(folder: Path, name: str) -> Iterator[Requirement]:
    table = read_toml(folder / "Pipfile")
    for key in ("packages", "dev-packages"):
        yield from _table_entry(_table(table.get(key)), name, str(folder / "Pipfile"))


def _table_entry(table: dict[str, Any], name: str, source: str) -> Iterator[Requirement]:
    for key, value in table.items():
        if key.lower() == name:
            for item in value if isinstance(value, list) else [value]:
                spec = item.get("version", "") if isinstance(item, dict) else item
                if isinstance(spec, str):
                    yield Requirement(spec, source)


def _strings(node: Any) -> Iterator[str]:
    """Every string constant in an IR, in order."""
    if isinstance(node, list):
        if len(node) == 2 and node[0] == "const" and isinstance(node[1], str):
            yield node[1]
            return
        for item in node:
            yield from _strings(item)


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _json(path: Path) -> dict[str, Any]:
    try:
        return _table(json.loads(_read(path) or "{}"))
    except ValueError:
        return {}


def _read(path: Path) -> str:
    try:
        return read_text(path, "replace") if isfile(path) else ""
    except OSError:
        return ""
