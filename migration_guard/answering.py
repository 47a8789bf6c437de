"""Answers stated in advance: `[tool.migration_guard.answers]` and the file of `--answers` in, an `Answers` out.

    [renames]                                  what is new = what it was
    "blog.Article" = "Post"
    "blog.Article.headline" = "title"
    [defaults]                                 one-off defaults; texts are Python, as typed at the prompt
    "blog.Article.slug" = "''"
    ignore-nulls = ["blog.Article.body"]       NULLs are dealt with by hand
    merge = ["blog"]                           branches that may be merged, whatever they touch

What is not stated is asked of somebody else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from migration_guard.config import ConfigError, load_toml
from migration_guard.diagnostics import suggestion
from migration_guard.diff import Answers, Scripted
from migration_guard.project.project import Project
from migration_guard.project.typed import Mistake, typed_value
from migration_guard.values import Const, Value

KEYS = ("renames", "defaults", "ignore-nulls", "merge")


def stated(project: Project, file: Path | None, otherwise: Answers) -> Answers:
    """Answers as configured and as in the file, which wins."""
    tables = [(project.config.answers, project.config.path)]
    if file is not None:
        tables.append((_read(file), file))
    renames: dict[str, str] = {}
    defaults: dict[str, Value] = {}
    ignored: set[str] = set()
    merged: set[str] = set()
    for table, path in tables:
        _check_keys(table, path)
        renames |= _table(table, "renames", path, _text)
        defaults |= _table(table, "defaults", path, lambda key, value, path: _default(project, key, value, path))
        ignored |= _names(table, "ignore-nulls", path)
        merged |= _names(table, "merge", path)
    if not (renames or defaults or ignored or merged):
        return otherwise
    return Scripted(otherwise, renames, defaults, frozenset(ignored), frozenset(merged) or None)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return load_toml(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file) from None
    except ValueError as error:
        raise ConfigError(f"not valid TOML: {error}", file) from None


def _spelled(table: Mapping[str, Any], key: str) -> Any:
    return table.get(key, table.get(key.replace("-", "_")))


def _check_keys(table: Mapping[str, Any], path: Path | None) -> None:
    for key in table:
        if key.replace("_", "-") not in KEYS:
            hint = suggestion(key, KEYS) or f"known keys: {', '.join(KEYS)}"
            raise ConfigError(f"unknown key `{key}` among the answers", path, hint=hint)


def _table(
    table: Mapping[str, Any], name: str, path: Path | None, read: Callable[[str, object, Path | None], Any]
) -> dict[str, Any]:
    found = _spelled(table, name) or {}
    if not isinstance(found, dict):
        raise ConfigError(f"`{name}` must be a table", path)
    for key in found:
        if key.count(".") not in (1, 2) or (name == "defaults" and key.count(".") != 2):
            hint = 'write "app_label.Model.field"' + (' or "app_label.Model"' if name == "renames" else "")
            raise ConfigError(f"`{key}` in `{name}` names no field", path, hint=hint)
    return {key: read(key, value, path) for key, value in found.items()}


def _text(key: str, value: object, path: Path | None) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"the old name of `{key}` must be a string", path)
    return value


def _default(project: Project, key: str, value: object, path: Path | None) -> Value:
    if not isinstance(value, str):
        if isinstance(value, (dict, list)):
            raise ConfigError(f"the default of `{key}` must be a Python expression in a string, or a plain value", path)
        return Const(value)
    use_tz = project.settings.get_or("USE_TZ", True) is not False
    found = typed_value(project.interpreter, value, use_tz=use_tz)
    if isinstance(found, Mistake):
        raise ConfigError(f"the default of `{key}` is a Python expression, but {value!r} is not: {found}", path)
    return found


def _names(table: Mapping[str, Any], name: str, path: Path | None) -> set[str]:
    found = _spelled(table, name) or []
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise ConfigError(f"`{name}` must be a list of strings", path)
    return set(found)
