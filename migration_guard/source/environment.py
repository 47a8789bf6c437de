"""The project's own Python environment, read as source text.

In: a path to an interpreter or a virtual environment, or a project folder in which to look for one. Out: the folders
its modules come from, its editable installs, and the versions of its distributions. No interpreter is started, and no
line of a ``.pth`` file is run: the few well-known ones that are code are read as data.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from migration_guard.source import lower_ast
from migration_guard.source.errors import SourceError
from migration_guard.source.ir import Node
from migration_guard.source.listings import Listings

IN_PROJECT = (".venv", "venv", "env")
EDITABLE_FINDER = re.compile(r"import\s+(__editable___\w+_finder)\b")


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment: `paths` is its part of ``sys.path``, in order.

    `editable` and `namespaces` hold what setuptools' editable installs map: names to a package folder or a module
    file without its suffix, and names of namespaces to their folders.
    """

    prefix: Path
    paths: tuple[Path, ...]
    editable: Mapping[str, Path] = field(default_factory=dict)
    namespaces: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    listings: Listings = field(default_factory=Listings, compare=False, repr=False)

    @staticmethod
    def discover(python: Path | None, project: Path) -> Environment | None:
        """The environment of `python` (an executable, or a virtual environment's folder); else the project's own.

        Without `python`: ``VIRTUAL_ENV``, then ``.venv``, ``venv`` or ``env`` in the project and its parents up to
        the root of its repository.
        """
        listings = Listings()
        if python is not None:
            candidates = _prefixes_of(python, listings)
        else:
            candidates = _candidates(Path(os.path.abspath(project)), listings)
        for prefix, version in candidates:
            sites = _site_packages(prefix, version, listings)
            if sites:
                return _environment(prefix, sites, listings)
        return None

    def distribution_version(self, name: str) -> str | None:
        """The installed version of a distribution, or None."""
        wanted = _normalised(name)
        for folder in map(os.fspath, self.paths):
            for entry, is_dir in self.listings.names(folder).items():
                stem, suffix = os.path.splitext(entry)
                if suffix not in (".dist-info", ".egg-info") or _normalised(stem.partition("-")[0]) != wanted:
                    continue
                version = self._metadata_version(os.path.join(folder, entry), suffix, is_dir)
                if version:
                    return version
        return None

    def _metadata_version(self, path: str, suffix: str, is_dir: bool) -> str | None:
        if is_dir:
            path = os.path.join(path, "METADATA" if suffix == ".dist-info" else "PKG-INFO")
        headers = (self.listings.text(path) or "").replace("\r\n", "\n").partition("\n\n")[0]
        found = re.search(r"^version:[ \t]*(\S+)[ \t]*$", headers, re.IGNORECASE | re.MULTILINE)
        return found[1] if found else None


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# Where to look


def _candidates(project: Path, listings: Listings) -> Iterator[tuple[Path, str | None]]:
    active = os.environ.get("VIRTUAL_ENV")
    if active and not _is_only_ours(Path(active), listings):
        yield from _venv(Path(active), listings)
    elif active:
        yield from _on_path(listings)
    for folder in _up_to_repository(project, listings):
        for name in filter(None, (os.environ.get("UV_PROJECT_ENVIRONMENT"), *IN_PROJECT)):
            yield from _venv(folder / name, listings)


def _is_only_ours(prefix: Path, listings: Listings) -> bool:
    """Whether an active environment is the one that a tool such as pre-commit made for us: it has no Django."""
    if os.path.realpath(prefix) != os.path.realpath(sys.prefix):
        return False
    return not any("django" in listings.names(site) for site in _site_packages(prefix, None, listings))


def _on_path(listings: Listings) -> Iterator[tuple[Path, str | None]]:
    """The environment that was active before ours: its programs come after ours on the path."""
    for folder in os.get_exec_path():
        prefix = Path(folder).parent
        if os.path.isabs(folder) and not _is_only_ours(prefix, listings):
            yield from _venv(prefix, listings)


def _up_to_repository(project: Path, listings: Listings) -> list[Path]:
    """The project's folder and its parents up to the one with ``.git``; the folder alone outside of a repository."""
    folders = []
    for folder in (project, *project.parents):
        folders.append(folder)
        if ".git" in listings.names(os.fspath(folder)):
            return folders
    return [project]


def _prefixes_of(python: Path, listings: Listings) -> Iterator[tuple[Path, str | None]]:
    """Of a folder: itself. Of an executable: its environment, then the installation that it is a link to."""
    if not python.exists() and len(python.parts) == 1:
        python = Path(shutil.which(python) or python)
    python = Path(os.path.abspath(python))
    if not os.path.lexists(python):  # a link may lead nowhere here: its environment is what counts
        return
    if python.is_dir():
        yield from _venv(python, listings)
        yield python, None
        return
    for executable in (python, Path(os.path.realpath(python))):
        version = re.search(r"(\d\.\d+)(\.exe)?$", executable.name)
        for prefix in (executable.parent.parent, executable.parent):  # on Windows, an installation has no "bin"
            yield from _venv(prefix, listings)
            yield prefix, version[1] if version else None


def _venv(prefix: Path, listings: Listings) -> Iterator[tuple[Path, str | None]]:
    settings = _settings(prefix, listings)
    if settings is not None:
        version = settings.get("version") or settings.get("version_info") or ""
        yield prefix, ".".join(version.split(".")[:2]) or None


def _settings(prefix: Path, listings: Listings) -> dict[str, str] | None:
    """The content of ``pyvenv.cfg``, None where there is none."""
    text = listings.text(os.path.join(prefix, "pyvenv.cfg"))
    if text is None:
        return None
    pairs = (line.partition("=") for line in text.splitlines())
    return {key.strip().lower(): value.strip() for key, _, value in pairs}


# Site-packages


def _site_packages(prefix: Path, version: str | None, listings: Listings) -> list[str]:
    """The folders of `prefix` that hold installed packages, and those of the base installation where it is shared."""
    sites = []
    for library in ("lib", "lib64", "local/lib"):
        folder = os.path.join(prefix, library)
        for name in _of_version(listings.names(folder), version):
            sites += [os.path.join(folder, name, kind) for kind in ("site-packages", "dist-packages")]
    sites.append(os.path.join(prefix, "Lib", "site-packages"))
    settings = _settings(prefix, listings) or {}
    if settings.get("include-system-site-packages", "").lower() == "true" and os.path.isabs(settings.get("home", "")):
        home = Path(settings["home"])
        for base in (home.parent, home):
            if base != prefix:
                sites += _site_packages(base, version, listings)
    return _distinct(site for site in sites if listings.names(site))


def _of_version(names: Mapping[str, bool], version: str | None) -> list[str]:
    """The ``python3.X`` folders to use: those of the version when it is known and there, else the newest."""
    found = {
        match[2]: name
        for name, is_dir in names.items()
        if is_dir and (match := re.fullmatch(r"(python|pypy)(\d(?:\.\d+)?)t?", name))
    }
    debian = "3" in found  # there, packages of all versions are in "python3"
    if version not in found and not (debian and version):
        version = max((v for v in found if "." in v), key=_numbers, default=None)
    return [found[v] for v in (version, "3") if v in found]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _distinct(paths: Iterator[str] | list[str]) -> list[str]:
    """Each folder once, though ``lib64`` may be a link to ``lib`` and a file system may ignore case."""
    seen: dict[str, str] = {}
    for path in paths:
        seen.setdefault(os.path.normcase(os.path.realpath(path)), path)
    return list(seen.values())


def _environment(prefix: Path, sites: list[str], listings: Listings) -> Environment:
    paths: list[str] = []
    editable: dict[str, Path] = {}
    namespaces: dict[str, tuple[Path, ...]] = {}
    for site in sites:
        paths.append(site)
        names = listings.names(site)
        for name in sorted(names):
            path = os.path.join(site, name)
            if name.endswith(".egg-link"):
                paths += [os.path.join(site, line) for line in _lines(path, listings)[:1]]
            if not name.endswith(".pth"):
                continue
            for line in _lines(path, listings):
                if not re.match(r"import[ \t]", line):
                    paths.append(os.path.normpath(os.path.join(site, line)))
                elif found := EDITABLE_FINDER.match(line):
                    _read_finder(os.path.join(site, found[1] + ".py"), editable, namespaces, listings)
    kept = _distinct(path for path in paths if listings.names(path))
    return Environment(prefix, tuple(map(Path, kept)), editable, namespaces, listings)


def _lines(path: str, listings: Listings) -> list[str]:
    lines = (listings.text(path) or "").splitlines()
    return [line.rstrip() for line in lines if line.strip() and not line.startswith("#")]


def _read_finder(
    path: str, editable: dict[str, Path], namespaces: dict[str, tuple[Path, ...]], listings: Listings
) -> None:
    """Take the two dictionaries out of the module that setuptools writes for an editable install."""
    try:
        body = lower_ast.lower(listings.text(path) or "")["body"]
    except SourceError:
        return
    for node in body:
        if node[0] == "assign" and len(node[2]) == 1:
            target, value = node[2][0], node[3]
        elif node[0] == "ann":
            target, value = node[2], node[4]
        else:
            continue
        if target == ["name", "MAPPING"]:
            editable.update({name: Path(place[0]) for name, place in _mapping(value).items() if len(place) == 1})
        elif target == ["name", "NAMESPACES"]:
            namespaces.update({name: tuple(map(Path, places)) for name, places in _mapping(value).items()})


def _mapping(value: Node | None) -> dict[str, list[str]]:
    """A dict display of strings, or of lists of strings; anything else in it is left out."""
    if value is None or value[0] != "dict":
        return {}
    mapping = {}
    for key, item in value[1]:
        items = item[1] if item[0] in ("list", "tuple") else [item]
        if key is not None and _is_text(key) and all(map(_is_text, items)):
            mapping[key[1]] = [entry[1] for entry in items]
    return mapping


def _is_text(node: Node) -> bool:
    return node[0] == "const" and isinstance(node[1], str)
