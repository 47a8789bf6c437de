"""What a job summary shows below the findings: the SQL of new migrations, folded, and the graph around them.

In: names and texts. Out: GitHub's and GitLab's Markdown; mermaid text must come escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migration_guard.report import harmless

MAX_SQL = 200_000
"""Characters of SQL in one report: services refuse texts that are too long."""


def sections(previews: Iterable[tuple[str, str, str]], graph: str) -> str:
    """The parts of a report about new migrations: (migration, database, SQL), and a mermaid graph."""
    lines = [*_sql(previews), *_graph(graph)]
    return "".join(f"{line}\n" for line in lines)


def _sql(previews: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    room = MAX_SQL
    begun = False
    for migration, database, sql in previews:
        if not begun:
            yield from ("#### SQL of the new migrations", "")
            begun = True
        title = f"<b>{harmless.html(migration)}</b> on {harmless.html(database)}"
        yield f"<details><summary>{title}</summary>"
        room -= len(sql)
        shown = sql.splitlines() if room > 0 else ["-- too long to be shown here"]
        yield from ("", *harmless.fenced(shown, "sql"), "", "</details>", "")


def _graph(graph: str) -> Iterator[str]:
    if graph:
        yield from ("#### The graph around them", "", *harmless.fenced(graph.splitlines(), "mermaid"), "")
