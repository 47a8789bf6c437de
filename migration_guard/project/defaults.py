"""What Django itself brings: its global settings and its contrib apps, per version, from a shipped table.

The table is made by tools/django_defaults.py. Nothing here looks at a project.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from migration_guard.versions import Version, since


@dataclass(frozen=True, slots=True)
class ContribApp:
    """One of django.contrib: its configs with their `default_auto_field`, and whether it has models and migrations."""

    name: str
    config: str | None
    configs: Mapping[str, str | None]
    models: bool
    migrations: bool

    @property
    def label(self) -> str:
        return self.name.rpartition(".")[2]


@cache
def global_settings(version: Version) -> Mapping[str, Any]:
    """Django's default of every setting. Callers copy what they hand to a program that may change it."""
    return {name: _decode(value) for name, value in _at("settings", version).items()}


@cache
def contrib_apps(version: Version) -> Mapping[str, ContribApp]:
    """The apps of django.contrib by dotted name."""
    return {name: ContribApp(name=name, **facts) for name, facts in _at("apps", version).items()}


def known_label(name: str) -> str | None:
    """The label of a well-known third-party app where it is not the last part of its name."""
    return _labels().get(name)


@cache
def _labels() -> dict[str, str]:
    file = resources.files("migration_guard.project").joinpath("knowledge/app_labels.json")
    labels: dict[str, str] = json.loads(file.read_text("utf-8"))
    return labels


@cache
def _table() -> dict[str, dict[str, list[list[Any]]]]:
    text = resources.files("migration_guard.project").joinpath("knowledge/django_defaults.json").read_text("utf-8")
    table: dict[str, dict[str, list[list[Any]]]] = json.loads(text)
    return table


def _at(kind: str, version: Version) -> dict[str, Any]:
    """The rows as of a version: each is [[since, value], ...], and [since] alone ends a name."""
    found = {}
    for name, entries in _table()[kind].items():
        reached = [entry for entry in entries if since(_version(entry[0]), "")(version)]
        if reached and len(reached[-1]) > 1:
            found[name] = reached[-1][1]
    return found


def _version(text: str) -> Version:
    major, minor = text.split(".")
    return int(major), int(minor)


def _decode(value: Any) -> Any:
    match value:
        case {"tuple": items}:
            return tuple(_decode(item) for item in items)
        case {"dict": items}:
            return {_decode(k): _decode(v) for k, v in items}
        case list():
            return [_decode(item) for item in value]
        case _:
            return value
