"""What programs ask about installed distributions, as native modules: entry points and versions.

In: the project's environment, read as files. Out: lists and strings; Unknown where there is no environment. Nothing is
loaded: an entry point's `load()` is Unknown.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from migration_guard.evaluate.objects import Class, Instance, Native, NativeFunction, Object, Raised, Stuck
from migration_guard.evaluate.stdlib import marker
from migration_guard.source.environment import Environment
from migration_guard.values import Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

REMEDY = "name the project's environment with --python"


def metadata_modules(environment: Environment | None) -> dict[str, dict[str, Object]]:
    """Native namespaces of importlib.metadata and pkg_resources."""
    kind = _entry_point_class()
    points = Native("entry_points", _entry_points(environment, kind), kind="static")
    version = Native("version", _version(environment, as_object=None), kind="static")
    distribution = marker("importlib.metadata", "Distribution")
    described = Native("distribution", _version(environment, as_object=distribution), kind="static")
    metadata: dict[str, Object] = {"entry_points": points, "version": version, "distribution": described}
    resources = {"iter_entry_points": points, "get_distribution": described}
    return {"importlib.metadata": metadata, "importlib_metadata": dict(metadata), "pkg_resources": resources}


def entry_points(environment: Environment, group: str) -> Iterator[tuple[str, str]]:
    """(name, value) of every entry point of a group, in the order of the distributions' names."""
    for folder in map(os.fspath, environment.paths):
        for entry in sorted(environment.listings.names(folder)):
            if entry.endswith((".dist-info", ".egg-info")):
                text = environment.listings.text(os.path.join(folder, entry, "entry_points.txt")) or ""
                yield from _of_group(text, group)


def _of_group(text: str, group: str) -> Iterator[tuple[str, str]]:
    section = ""
    for line in text.splitlines():
        header = re.fullmatch(r"\s*\[(.*)\]\s*", line)
        if header:
            section = header[1].strip()
        elif section == group and "=" in line and not line.lstrip().startswith(("#", ";")):
            name, _, value = line.partition("=")
            yield name.strip(), value.strip()


def _entry_point_class() -> Class:
    def load(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        raise Stuck(Unknown("entry points are not loaded"))

    return marker("importlib.metadata", "EntryPoint", load=Native("load", load))


def _entry_points(environment: Environment | None, kind: Class) -> NativeFunction:
    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        group = args[0] if args else kwargs.get("group")
        if environment is None:
            raise Stuck(Unknown("which plugins are installed is not known", None, REMEDY))
        if not isinstance(group, str):
            raise Stuck(Unknown("entry points without a group are not followed"))
        return [_entry_point(kind, group, name, value) for name, value in entry_points(environment, group)]

    return run


def _entry_point(kind: Class, group: str, name: str, value: str) -> Instance:
    module, _, attribute = value.partition("[")[0].strip().partition(":")
    attrs = {"name": name, "value": value, "group": group, "module": module.strip(), "module_name": module.strip()}
    return Instance(kind, {**attrs, "attr": attribute.strip()})


def _version(environment: Environment | None, as_object: Class | None) -> NativeFunction:
    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        name = args[0] if args else kwargs.get("distribution_name")
        if environment is None or not isinstance(name, str):
            raise Stuck(Unknown("the version of a distribution is not known", None, REMEDY))
        version = environment.distribution_version(name)
        if version is None:
            raise Raised("PackageNotFoundError", f"No package metadata was found for {name}")
        return version if as_object is None else Instance(as_object, {"version": version})

    return run
