"""The SQL of the examples of rules, as our own SQL room writes it.

In: an example that lies on disk as an opened project. Out: statements by database, for `rules/statements.json`, which
`tools/rule_pages.py` writes: pages and `explain` show it without reading a project. Writes nothing itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from migration_guard.linting import judged_databases
from migration_guard.project.graph import Key
from migration_guard.project.project import Project
from migration_guard.stepping import judged_steps

CHANCE = re.compile(r"'[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}'")
"""What a default gives that is another value each time."""
MOST = 12
"""Statements of one database that are shown."""


def example_sql(project: Project, keys: Iterable[Key]) -> Mapping[str, list[str]]:
    """What the migrations of an example become on each of its databases; nothing where they only run code."""
    found: dict[str, list[str]] = {}
    for steps in judged_steps(project, [tuple(keys)], judged_databases(project)):
        for statement in (item for step in steps for item in step.statements if not item.comment):
            text = CHANCE.sub("'<value>'", " ".join(statement.text.split()))
            found.setdefault(statement.database, []).append(text)
    return {name: [*lines[:MOST], *(["..."] if len(lines) > MOST else [])] for name, lines in found.items()}
