"""Writes migration_guard/project/knowledge/django_defaults.json: global settings and contrib apps of each Django.

    python tools/django_defaults.py FOLDER...

Each FOLDER holds an unpacked Django (`pip install --no-deps --target FOLDER "Django==5.2.*"`). Each is read in
a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

TARGET = Path(__file__).parent.parent / "migration_guard" / "project" / "knowledge" / "django_defaults.json"

PROBE = r"""
import ast, json, pathlib, runpy
import django
root = pathlib.Path(django.__file__).parent
global_settings = runpy.run_path(str(root / "conf" / "global_settings.py"))

def encode(value):
    if isinstance(value, tuple):
        return {"tuple": [encode(item) for item in value]}
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, dict):
        return {"dict": [[encode(k), encode(v)] for k, v in value.items()]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(repr(value))

def app(folder):
    found = {}
    source = folder / "apps.py"
    for node in ast.parse(source.read_text()).body if source.exists() else []:
        if isinstance(node, ast.ClassDef):
            facts = dict(found.get(node.bases[0].id, {}))
            facts.pop("default", None)
            for item in node.body:
                if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant):
                    facts[item.targets[0].id] = item.value.value
            found[node.name] = facts
    defaults = [n for n, f in found.items() if f.get("default")] or list(found)
    return {
        "config": defaults[0] if len(defaults) == 1 else None,
        "configs": {n: f.get("default_auto_field") for n, f in found.items()},
        "models": (folder / "models.py").exists() or (folder / "models").is_dir(),
        "migrations": (folder / "migrations").is_dir(),
    }

contrib = root / "contrib"
apps = {"django.contrib." + f.name: app(f) for f in sorted(contrib.iterdir()) if (f / "__init__.py").exists()}
print(json.dumps({
    "version": "%d.%d" % django.VERSION[:2],
    "settings": {n: encode(v) for n, v in sorted(global_settings.items()) if n.isupper()},
    "apps": apps,
}))
"""


def main(folders: list[str]) -> None:
    probes = []
    for folder in folders:
        command = [sys.executable, "-S", "-c", PROBE]
        done = subprocess.run(command, env={"PYTHONPATH": folder}, capture_output=True, text=True, check=True)
        probes.append(json.loads(done.stdout))
    probes.sort(key=lambda probe: tuple(map(int, probe["version"].split("."))))
    tables = {kind: _merge([(probe["version"], probe[kind]) for probe in probes]) for kind in ("settings", "apps")}
    rows = [f"{json.dumps(kind)}: {{\n{_lines(table)}\n}}" for kind, table in tables.items()]
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text("{\n" + ",\n".join(rows) + "\n}\n")


def _lines(table: dict[str, list[list[object]]]) -> str:
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(entries)}" for name, entries in sorted(table.items()))


def _merge(versions: list[tuple[str, dict[str, object]]]) -> dict[str, list[list[object]]]:
    """Name to [[first version, value], ...]; a version with no value ends it: [version]."""
    merged: dict[str, list[list[object]]] = {}
    for version, table in versions:
        for name in sorted({*merged, *table}):
            entries = merged.setdefault(name, [])
            entry = [version, table[name]] if name in table else [version]
            if (not entries and name in table) or (entries and entries[-1][1:] != entry[1:]):
                entries.append(entry)
    return merged


if __name__ == "__main__":
    main(sys.argv[1:])
