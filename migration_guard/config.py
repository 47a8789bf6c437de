"""The user's configuration: `[tool.migration_guard]` of pyproject.toml in, a frozen `Config` out.

Looked for from a start folder upward to the root of the git checkout; the nearest file with the table wins. Every key
is checked (name and type); what is wrong becomes a `ConfigError` with file, line and a suggestion. Nothing here knows
what a Django project looks like.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from migration_guard.diagnostics import UsageError
from migration_guard.disk import isfile, read_text
from migration_guard.versions import Version

TABLE = "tool.migration_guard"
_MENTION = re.compile(r"migration[-_]guard")


class ConfigError(UsageError):
    """A configuration that cannot be used: the file and (where found) the line, one sentence, and a hint."""

    def __init__(
        self, message: str, path: Path | None = None, line: int | None = None, hint: str | None = None
    ) -> None:
        place = "" if path is None else f"{path}:{line}: " if line else f"{path}: "
        super().__init__(place + message, hint)
        self.path = path
        self.line = line

    def __str__(self) -> str:
        return self.message + (f" ({self.hint})" if self.hint else "")


@dataclass(frozen=True, slots=True)
class Config:
    """What the user stated. None and empty mean: not stated. Relative paths are resolved against the file's folder."""

    path: Path | None = None
    """The pyproject.toml that was read."""
    project: Path | None = None
    settings: str | None = None
    """The settings module (keys `settings` or `settings-module`)."""
    configuration: str | None = None
    """The class inside the settings module, for django-configurations."""
    python: Path | None = None
    django_version: Version | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    """Glob patterns of folders in which no project and no app is looked for."""
    source_roots: tuple[Path, ...] = ()
    cache_dir: Path | None = None
    databases: Mapping[str, str] = field(default_factory=dict)
    """Alias to database (`postgresql`, `mysql`, ...) where the settings do not tell."""
    settings_values: Mapping[str, Any] = field(default_factory=dict)
    """Settings that the user states; they win over the settings module."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """Values of expressions that cannot be known: "env:NAME", or the dotted name of what is called or read."""
    answers: Mapping[str, Any] = field(default_factory=dict)
    """Answers to the questions that `makemigrations` may ask."""
    judged_databases: tuple[str, ...] = ()
    """Databases on which migrations are judged, such as `postgresql:16` (key `databases`, as a list)."""
    extend_select: tuple[str, ...] = ()
    per_app_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    per_migration_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    severity: Mapping[str, str] = field(default_factory=dict)
    """Codes to error, warning or note."""
    strict: bool = False
    """Warnings and possible findings make a run fail too."""
    since: str | None = None
    """The base ref: only migrations that are new against it are judged (or "all")."""
    start_after: Mapping[str, str] = field(default_factory=dict)
    """App labels to the last migration that is not judged."""
    hot_tables: tuple[str, ...] = ()
    large_tables: tuple[str, ...] = ()
    closed_tables: tuple[str, ...] = ()
    baseline: Path | None = None


def find_config(start: Path) -> Config:
    """The nearest configuration at or above `start`, not beyond the git root; an empty Config where there is none."""
    for folder in _upward(start):
        path = folder / "pyproject.toml"
        config = read_config(path) if isfile(path) else None
        if config is not None:
            return config
    return Config()


def read_config(path: Path) -> Config | None:
    """The configuration in one pyproject.toml, or None when the file has no such table."""
    try:
        text = read_text(path, encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"not valid UTF-8: {error.reason}", path) from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path) from None
    if not _MENTION.search(text):
        return None
    tool = _parse(text, path).get("tool", {})
    names = [name for name in ("migration_guard", "migration-guard") if name in tool]
    if not names:
        return None
    if len(names) > 1:
        raise ConfigError("both [tool.migration_guard] and [tool.migration-guard]: keep one", path)
    table = tool[names[0]]
    if not isinstance(table, dict):
        raise ConfigError(f"[{TABLE}] must be a table", path, _line_of(text, names[0]))
    return _Reader(path, text).config(table)


def load_toml(text: str) -> dict[str, Any]:
    """Parse TOML; raises ValueError. The parser is imported only here because most runs need none."""
    parser = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    table: dict[str, Any] = parser.loads(text)
    return table


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        return load_toml(text)
    except ValueError as error:
        found = re.search(r"line (\d+)", str(error))
        raise ConfigError(f"not valid TOML: {error}", path, int(found.group(1)) if found else None) from None


def _upward(start: Path) -> Iterator[Path]:
    start = start.absolute()
    for folder in (start, *start.parents):
        yield folder
        if os.path.exists(folder / ".git"):
            return


def _line_of(text: str, key: str) -> int | None:
    """The line on which our table (or below it, the key) first appears: enough for an error message."""
    name = re.escape(key).replace("_", "[-_]").replace(r"\-", "[-_]")
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([^\]]*)\]", line)
        if header:
            inside = bool(_MENTION.search(header.group(1)))
            if inside and re.search(rf"[.\"']{name}[\"']?\s*$", "." + header.group(1).strip()):
                return number
        elif inside and re.match(rf"\s*[\"']?{name}[\"']?\s*[.=]", line):
            return number
    return None


class _Reader:
    """Turns the raw table into a Config; knows the file only for the messages and for relative paths."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text

    def config(self, table: dict[str, Any]) -> Config:
        given: dict[str, Any] = {"path": self.path}
        spelled: dict[str, str] = {}
        for key, value in table.items():
            name = key.replace("-", "_")
            if name not in _KEYS:
                raise self._unknown(key)
            target, read = _KEYS[name]
            if name == "databases" and isinstance(value, list):
                target, read = "judged_databases", _Reader.strings
            if name == "settings" and isinstance(value, dict):
                target, read = "settings_values", _Reader.mapping
            if target in given:
                raise self.error(key, f"`{spelled[target]}` and `{key}` say the same: keep one")
            spelled[target] = key
            given[target] = read(self, key, value)
        return Config(**given)

    def error(self, key: str, message: str, hint: str | None = None) -> ConfigError:
        return ConfigError(message, self.path, _line_of(self.text, key), hint)

    def _unknown(self, key: str) -> ConfigError:
        import difflib  # seldom needed, and not at start-up

        near = difflib.get_close_matches(key.replace("-", "_"), _KEYS, n=1, cutoff=0.6)
        names = ", ".join(sorted(_spell(name) for name in _KEYS))
        hint = f"did you mean `{_spell(near[0])}`?" if near else f"known keys: {names}"
        return self.error(key, f"unknown key `{key}` in [{TABLE}]", hint)

    def _wrong(self, key: str, wanted: str, value: object) -> ConfigError:
        return self.error(key, f"`{key}` must be {wanted}, not {_kind(value)}")

    def string(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(key, "a non-empty string", value)
        return value.strip()

    def file(self, key: str, value: object) -> Path:
        return (self.path.parent / Path(self.string(key, value)).expanduser()).absolute()

    def files(self, key: str, value: object) -> tuple[Path, ...]:
        return tuple(self.file(key, item) for item in self.strings(key, value))

    def strings(self, key: str, value: object) -> tuple[str, ...]:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(key, "a list of strings", value)
        return tuple(value)

    def mapping(self, key: str, value: object) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._wrong(key, "a table", value)
        return value

    def databases(self, key: str, value: object) -> Mapping[str, str]:
        if isinstance(value, str):
            return {"default": self.string(key, value)}
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise self._wrong(key, 'a table of aliases and databases (default = "postgresql")', value)
        return value

    def boolean(self, key: str, value: object) -> bool:
        if not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return value

    def words(self, key: str, value: object) -> Mapping[str, str]:
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            raise self._wrong(key, "a table of strings", value)
        return value

    def lists(self, key: str, value: object) -> Mapping[str, tuple[str, ...]]:
        if not isinstance(value, dict):
            raise self._wrong(key, "a table of lists of codes", value)
        return {name: self.strings(key, item) for name, item in value.items()}

    def severities(self, key: str, value: object) -> Mapping[str, str]:
        found = self.words(key, value)
        for level in found.values():
            if level not in ("error", "warning", "note"):
                raise self.error(key, f"`{key}`: {level!r} is none of error, warning and note")
        return found

    def version(self, key: str, value: object) -> Version:
        found = re.fullmatch(r"(\d+)\.(\d+)(\.\w+)*", str(value)) if isinstance(value, (str, float)) else None
        if not found:
            raise self._wrong(key, 'a version such as "5.2"', value)
        return int(found.group(1)), int(found.group(2))


def _kind(value: object) -> str:
    names = {str: "a string", bool: "a boolean", int: "a number", float: "a number", list: "a list", dict: "a table"}
    shown = f" {value!r}" if isinstance(value, (str, int, float)) else ""
    return names.get(type(value), type(value).__name__) + shown


def _spell(name: str) -> str:
    return name.replace("_", "-")


_Read = Callable[[_Reader, str, object], Any]

_KEYS: dict[str, tuple[str, _Read]] = {
    "project": ("project", _Reader.file),
    "settings": ("settings", _Reader.string),
    "settings_module": ("settings", _Reader.string),
    "settings_values": ("settings_values", _Reader.mapping),
    "configuration": ("configuration", _Reader.string),
    "python": ("python", _Reader.file),
    "django_version": ("django_version", _Reader.version),
    "select": ("select", _Reader.strings),
    "ignore": ("ignore", _Reader.strings),
    "exclude": ("exclude", _Reader.strings),
    "source_roots": ("source_roots", _Reader.files),
    "cache_dir": ("cache_dir", _Reader.file),
    "databases": ("databases", _Reader.databases),
    "values": ("values", _Reader.mapping),
    "answers": ("answers", _Reader.mapping),
    "extend_select": ("extend_select", _Reader.strings),
    "per_app_ignores": ("per_app_ignores", _Reader.lists),
    "per_file_ignores": ("per_file_ignores", _Reader.lists),
    "per_migration_ignores": ("per_migration_ignores", _Reader.lists),
    "severity": ("severity", _Reader.severities),
    "strict": ("strict", _Reader.boolean),
    "since": ("since", _Reader.string),
    "start_after": ("start_after", _Reader.words),
    "hot_tables": ("hot_tables", _Reader.strings),
    "large_tables": ("large_tables", _Reader.strings),
    "closed_tables": ("closed_tables", _Reader.strings),
    "baseline": ("baseline", _Reader.file),
}
"""Each key with the attribute of Config that it sets, and how it is read. `settings` as a table states values."""
