"""Which settings module a project has: every place that may name one in, a `Choice` with its reason out.

Precedence: the option, the configuration, the environment variable (manage.py only sets a default, so Django lets the
variable win), manage.py, pytest and other tools' configuration, wsgi.py and asgi.py, then candidates by file name.
It never evaluates settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from migration_guard.config import Config
from migration_guard.disk import isdir, isfile, read_text
from migration_guard.project.discovery import (
    Choice,
    Root,
    dotted_name,
    folders_below,
    module_file,
    read_ini,
    read_toml,
)
from migration_guard.project.scripts import ReadIR, read_ir, read_script

VARIABLE = "DJANGO_SETTINGS_MODULE"
CONFIGURATION = "DJANGO_CONFIGURATION"
MAX_CANDIDATE_DEPTH = 4
_APPS = re.compile(r"^\s*(INSTALLED_APPS|[A-Z_]*_APPS)\b", re.MULTILINE)
_STEMS = ("base", "common", "defaults", "default", "settings", "dev", "development", "local", "production", "prod")


@dataclass(frozen=True, slots=True)
class SettingsModule:
    """A settings module, and (django-configurations) the class inside it."""

    module: str
    configuration: str | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    module: str
    source: str
    binding: bool = False
    """Stated by the user: taken even when the module cannot be found."""


def choose_settings(
    root: Root,
    config: Config,
    option: str | None = None,
    environ: Mapping[str, str] | None = None,
    read: ReadIR = read_ir,
) -> Choice[SettingsModule | None]:
    """The settings module of a project; None (with the reason) when nothing names one."""
    found = list(_named(root, config, option, environ or {}, read))
    usable = [item for item in found if item.binding or module_file(item.module, root.source_roots)]
    guessed = [] if usable or found else list(_by_file_name(root, config))
    taken = next(iter(usable or found or guessed), None)
    if taken is None:
        return Choice(None, "no settings module is named anywhere and no settings file was found")
    reason = taken.source
    if guessed and len(guessed) > 1:
        reason += f"; {len(guessed) - 1} other candidate(s)"
    better = found[: found.index(taken)] if taken in found else found
    skipped = [item for item in better if item not in usable]
    if skipped:
        reason += "; " + ", ".join(f"{item.module} ({item.source}) was not found" for item in skipped)
    others = {item.module: item.source for item in reversed([*found, *guessed]) if item.module != taken.module}
    configuration = config.configuration or _configuration(root, environ or {}, read)
    return Choice(
        SettingsModule(taken.module, configuration),
        reason,
        tuple((SettingsModule(module, configuration), source) for module, source in reversed(others.items())),
    )


def _named(
    root: Root, config: Config, option: str | None, environ: Mapping[str, str], read: ReadIR
) -> Iterator[_Found]:
    if option:
        yield _Found(_module(option, root), "--settings", binding=True)
    if config.settings:
        yield _Found(_module(config.settings, root), f"`settings` in {config.path}", binding=True)
    from_manage = _from_script(root.manage, read) if root.manage else []
    if environ.get(VARIABLE):
        over = ", which wins over manage.py as it does in Django" if from_manage else ""
        yield _Found(environ[VARIABLE], f"{VARIABLE} in the environment{over}")
    yield from from_manage
    for folder in _configured_folders(root):
        yield from _from_tools(folder)
    for folder in (root.path, *folders_below(root.path, config.exclude, depth=2)):
        for name in ("wsgi.py", "asgi.py"):
            if isfile(folder / name):
                yield from _from_script(folder / name, read)


def _module(name: str, root: Root) -> str:
    """A settings module may be given as a path to its file."""
    if not name.endswith(".py") and "/" not in name:
        return name
    path = Path(name)
    candidates = [path] if path.is_absolute() else [root.path / path, path.absolute()]
    for candidate in candidates:
        file = candidate / "__init__.py" if isdir(candidate) else candidate
        if isfile(file):
            return dotted_name(file, root.source_roots) or name
    return name


def _from_script(path: Path, read: ReadIR) -> list[_Found]:
    said = read_script(path, read)
    values = said.environment.get(VARIABLE, ()) if said else ()
    return [
        _Found(value, str(path) if index == 0 else f"another branch of {path}") for index, value in enumerate(values)
    ]


def _configuration(root: Root, environ: Mapping[str, str], read: ReadIR) -> str | None:
    if environ.get(CONFIGURATION):
        return environ[CONFIGURATION]
    said = read_script(root.manage, read) if root.manage else None
    values = said.environment.get(CONFIGURATION, ()) if said else ()
    return values[0] if values else None


def _configured_folders(root: Root) -> Iterator[Path]:
    """The project's folder and those above it up to the checkout's root: tools are configured in any of them."""
    yield root.path
    if root.repository is not None and root.repository != root.path:
        for folder in root.path.parents:
            yield folder
            if folder == root.repository:
                return


def _from_tools(folder: Path) -> Iterator[_Found]:
    for file, section in (("pytest.ini", "pytest"), (".pytest.ini", "pytest")):
        yield from _ini(folder / file, section, VARIABLE)
    path = folder / "pyproject.toml"
    tool = read_toml(path).get("tool", {})
    pytest = tool.get("pytest", {})
    for table, key, name in (
        (pytest.get("ini_options", {}), VARIABLE, "tool.pytest.ini_options"),
        (pytest, VARIABLE, "tool.pytest"),
        (tool.get("django-stubs", {}), "django_settings_module", "tool.django-stubs"),
    ):
        value = table.get(key) if isinstance(table, dict) else None
        if isinstance(value, str) and value:
            yield _Found(value, f"[{name}] in {path}")
    for file, section, key in (
        ("tox.ini", "pytest", VARIABLE),
        ("setup.cfg", "tool:pytest", VARIABLE),
        ("setup.cfg", "mypy.plugins.django-stubs", "django_settings_module"),
        ("mypy.ini", "mypy.plugins.django-stubs", "django_settings_module"),
    ):
        yield from _ini(folder / file, section, key)
    yield from _tox_environment(folder / "tox.ini")


def _ini(path: Path, section: str, key: str) -> Iterator[_Found]:
    value = read_ini(path).get(section, key, fallback="").strip().strip("\"'")
    if value:
        yield _Found(value, f"[{section}] in {path}")


def _tox_environment(path: Path) -> Iterator[_Found]:
    """`setenv = DJANGO_SETTINGS_MODULE = x` of tox."""
    ini = read_ini(path)
    text = ini.get("testenv", "setenv", fallback="") or ini.get("testenv", "set_env", fallback="")
    found = re.search(rf"^\s*{VARIABLE}\s*=\s*([\w.]+)\s*$", text, re.MULTILINE)
    if found:
        yield _Found(found.group(1), f"[testenv] in {path}")


def _by_file_name(root: Root, config: Config) -> Iterator[_Found]:
    """Settings files by their names: those that list apps first, then the shallowest."""
    ranked: list[tuple[tuple[int, int, int, str], str, Path]] = []
    for folder in (root.path, *root.source_roots, *folders_below(root.path, config.exclude, MAX_CANDIDATE_DEPTH)):
        for rank, file in _settings_files(folder):
            module = dotted_name(file, root.source_roots)
            if module:
                lists_apps = bool(_APPS.search(_read(file)))
                depth = len(folder.parts)
                ranked.append(((0 if lists_apps else 1, depth, rank, module), module, file))
    seen: set[str] = set()
    for _, module, file in sorted(ranked):
        if module not in seen:
            seen.add(module)
            yield _Found(module, f"{file}, found by its name")


def _settings_files(folder: Path) -> Iterator[tuple[int, Path]]:
    if folder.name in ("settings", "config", "conf") and (folder.name == "settings" or isfile(folder / "base.py")):
        for rank, stem in enumerate(("__init__", *_STEMS)):
            if isfile(folder / f"{stem}.py"):
                yield rank, folder / f"{stem}.py"
    for rank, name in enumerate(("settings.py", "test_settings.py", "settings_test.py")):
        if isfile(folder / name):
            yield rank, folder / name


def _read(path: Path) -> str:
    try:
        return read_text(path, "replace")
    except OSError:
        return ""
