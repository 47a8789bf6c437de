"""Writes docs/rules, the index of the rules and the SQL of their examples: `python tools/rule_pages.py`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migration_guard.rules.rule import Example

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "rules"
INDEX = ROOT / "migration_guard" / "rules" / "index.json"
STATEMENTS = INDEX.with_name("statements.json")
KEPT = {"out-of-scope.md"}
"""Written by hand."""


def main() -> None:
    """Write what has changed."""
    from migration_guard.describing import index, pages

    INDEX.write_text(index(), encoding="utf-8")
    STATEMENTS.write_text(statements(), encoding="utf-8")
    found = pages()
    PAGES.mkdir(parents=True, exist_ok=True)
    for path in PAGES.glob("*.md"):
        if path.name not in found and path.name not in KEPT:
            path.unlink()
    for name, text in found.items():
        (PAGES / name).write_text(text, encoding="utf-8")


def statements() -> str:
    """The SQL of all bad examples, as JSON."""
    from migration_guard.rules.registry import all_rules

    found = {loaded.rule.code: [sql_of(example) for example in loaded.rule.bad] for loaded in all_rules()}
    return json.dumps({code: sql for code, sql in found.items() if any(sql)}, indent=1, ensure_ascii=False) + "\n"


def sql_of(example: Example) -> Mapping[str, list[str]]:
    """The SQL of one example, laid out in a folder of its own."""
    from migration_guard.illustrating import example_sql
    from migration_guard.project.project import Options, open_projects
    from migration_guard.rules.examples import files_of

    with TemporaryDirectory() as folder:
        files = files_of(example.text, example.databases, example.config)
        for name, text in files.now.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (project,) = open_projects(Options(project=Path(folder), django_version=example.django, cache=False))
        wanted = files.migrations[-example.new :]
        return example_sql(project, [key for key in project.graph.full_plan() if key in wanted])


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
