"""Writes project/knowledge/app_labels.json: third-party apps whose label is not the last part of their name.

    python tools/app_labels.py SITE_PACKAGES...

Reads app configs as text; nothing is imported. What the file holds already is kept.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

TARGET = Path(__file__).parent.parent / "migration_guard" / "project" / "knowledge" / "app_labels.json"


def main(folders: list[str]) -> None:
    labels: dict[str, str] = json.loads(TARGET.read_text()) if TARGET.exists() else {}
    for folder in map(Path, folders):
        for file in sorted(folder.rglob("apps.py")):
            if "django/contrib" not in file.as_posix():
                labels.update(_configs(file, ".".join(file.parent.relative_to(folder).parts)))
    TARGET.write_text(json.dumps(labels, indent=0, sort_keys=True) + "\n")


def _configs(file: Path, package: str) -> Iterator[tuple[str, str]]:
    """(name, label) of the configs in a file that give their own package another label than its last part."""
    try:
        body = ast.parse(file.read_text(encoding="utf-8")).body
    except (SyntaxError, UnicodeDecodeError):
        return
    for node in body:
        if isinstance(node, ast.ClassDef):
            facts = dict(_constants(node))
            label = facts.get("label")
            if facts.get("name") != package or re.search(r"\btests?\b|test_", package):
                continue
            if isinstance(label, str) and label != package.rpartition(".")[2]:
                yield package, label


def _constants(node: ast.ClassDef) -> Iterator[tuple[str, object]]:
    for item in node.body:
        if isinstance(item, ast.Assign) and isinstance(item.value, ast.Constant):
            for target in item.targets:
                if isinstance(target, ast.Name):
                    yield target.id, item.value.value


if __name__ == "__main__":
    main(sys.argv[1:])
