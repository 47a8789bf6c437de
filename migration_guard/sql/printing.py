"""Statements as text for people and programs: SQL with or without remarks, Markdown for a pull request, JSON.

In: the statements of migrations with a heading each (`Section`). Out: text. Nothing is worked out here; names come from
the project under analysis, so what is not SQL is kept on one line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from migration_guard.sql.impact import Impact, Touch
from migration_guard.sql.statements import Statement
from migration_guard.values import Truth

FORMAT = 1
"""The version of the JSON: it changes when something is renamed or taken away."""
BEGIN, COMMIT = "BEGIN;", "COMMIT;"


@dataclass(frozen=True, slots=True)
class Section:
    """The statements of one migration. `transaction` says whether they stand between BEGIN and COMMIT."""

    app_label: str
    name: str
    statements: Sequence[Statement]
    transaction: bool
    backwards: bool = False

    @property
    def title(self) -> str:
        return f"{self.app_label}.{self.name}" + (" (backwards)" if self.backwards else "")


@dataclass(frozen=True, slots=True)
class Server:
    """The database that the statements are for, and why this one."""

    name: str
    version: tuple[int, ...]
    reason: str

    @property
    def shown(self) -> str:
        return f"{self.name} {'.'.join(map(str, self.version))}"


# ---------------------------------------------------------------- SQL


def sql(sections: Sequence[Section], *, annotate: bool = False, titles: bool = False) -> str:
    """The text of `sqlmigrate`, one migration after the other."""
    return "".join(_sql(section, annotate, titles) for section in sections)


def _sql(section: Section, annotate: bool, titles: bool) -> str:
    lines: list[str] = []
    for statement in section.statements:
        if annotate and not statement.comment:
            lines += [f"-- {line}" for line in remarks(statement)]
        lines.append(statement.text)
    if section.transaction:
        lines = [BEGIN, *lines, COMMIT]
    heading = [f"-- {section.title}"] if titles else []
    return "".join(f"{line}\n" for line in (*heading, *lines))


def remarks(statement: Statement) -> Iterator[str]:
    """What a statement does to a live table, a sentence a line."""
    for part in statement.parts or (statement,):
        impact = part.impact
        begin = f"{_one_line(part.text)[:60]}: " if statement.parts else ""
        yield begin + "; ".join(_facts(impact))
        if impact.link:
            yield f"  {impact.link}"
    for note in statement.notes:
        yield _one_line(note)


def _facts(impact: Impact) -> Iterator[str]:
    if impact.kind == "unknown":
        yield "what it does to a live table is not known"
        return
    yield impact.kind
    for touch in impact.touches:
        yield f"{touch.lock} lock on {_one_line(touch.table)} ({_who_waits(touch)})"
    if not impact.touches:
        yield "no table is locked" if impact.known else "which table it locks is not known"
    if impact.algorithm:
        yield f"ALGORITHM={impact.algorithm}"
    yield from _said(impact.rewrites, "rewrites the table")
    yield from _said(impact.scans, "reads all rows")
    if impact.transactional is Truth.NO:
        yield "has no transaction"
    if impact.reversible is Truth.NO:
        yield "data is lost"
    for failure in impact.fails:
        yield f"fails where {failure}"


def _said(truth: Truth, words: str) -> Iterator[str]:
    if truth is not Truth.NO:
        yield words if truth is Truth.YES else f"perhaps {words}"


def _who_waits(touch: Touch) -> str:
    who = [
        name if truth is Truth.YES else f"perhaps {name}"
        for name, truth in (("readers", touch.blocks_reads), ("writers", touch.blocks_writes))
        if truth is not Truth.NO
    ]
    return " and ".join(who) + " wait" if who else "nobody waits"


def _one_line(text: str) -> str:
    return " ".join(text.split())


# ---------------------------------------------------------------- Markdown


def markdown(sections: Sequence[Section], server: Server) -> str:
    """A heading, the SQL, and a table of what each statement does, for every migration."""
    return "\n".join(line for section in sections for line in _markdown(section, server))


def _markdown(section: Section, server: Server) -> Iterator[str]:
    yield from (f"### {_cell(section.title)} on {server.shown}", "")
    text = _sql(section, annotate=False, titles=False)
    fence = "```"
    while fence in text:
        fence += "`"
    yield from (f"{fence}sql", text.rstrip("\n"), fence, "")
    rows = [
        (part.text, part.impact) for item in section.statements if not item.comment for part in item.parts or (item,)
    ]
    if not rows:
        return
    yield from ("| Statement | Lock | Waits | Rows | Transaction | Fails where |", "|---|---|---|---|---|---|")
    for statement, impact in rows:
        yield "| " + " | ".join((f"`{_cell(_shortened(statement))}`", *_cells(impact))) + " |"
    yield ""


def _cells(impact: Impact) -> Iterator[str]:
    if impact.kind == "unknown":
        yield from ("not known", "", "", "", "")
        return
    what = ", ".join(f"{touch.lock} on {_cell(touch.table)}" for touch in impact.touches)
    what = what or ("none" if impact.known else "on a table that is not known")
    yield f"[{what}]({impact.link})" if impact.link else what
    yield ", ".join(dict.fromkeys(_who_waits(touch) for touch in impact.touches if touch.table))
    rows = [*_said(impact.rewrites, "rewritten"), *_said(impact.scans, "read"), impact.algorithm]
    yield ", ".join(filter(None, rows))
    yield {Truth.YES: "yes", Truth.NO: "no", Truth.MAYBE: "perhaps"}[impact.transactional]
    yield _cell("; ".join(impact.fails))


def _shortened(text: str, most: int = 100) -> str:
    line = _one_line(text)
    return line if len(line) <= most else line[: most - 1] + "…"


def _cell(text: str) -> str:
    return _one_line(text).replace("|", "\\|").replace("`", "'").replace("<", "&lt;")


# ---------------------------------------------------------------- JSON


def as_json(sections: Iterable[Section], server: Server) -> str:
    """All that is known, for programs."""
    database = {"name": server.name, "version": ".".join(map(str, server.version)), "reason": server.reason}
    found = [_section(section) for section in sections]
    return json.dumps({"format": FORMAT, "database": database, "migrations": found}, indent=2) + "\n"


def _section(section: Section) -> dict[str, Any]:
    return {
        "app": section.app_label,
        "name": section.name,
        "backwards": section.backwards,
        "transaction": section.transaction,
        "statements": [_statement(item) for item in section.statements],
    }


def _statement(item: Statement) -> dict[str, Any]:
    if item.comment:
        return {"comment": item.text}
    found: dict[str, Any] = {"sql": item.text, "impact": _impact(item.impact), "notes": list(item.notes)}
    if item.parts:
        found["parts"] = [_statement(part) for part in item.parts]
    return found


def _impact(impact: Impact) -> dict[str, Any]:
    return {
        "kind": impact.kind,
        "locks": [
            {
                "table": touch.table,
                "lock": touch.lock,
                "blocks_reads": touch.blocks_reads.name.lower(),
                "blocks_writes": touch.blocks_writes.name.lower(),
            }
            for touch in impact.touches
        ],
        "scans": impact.scans.name.lower(),
        "rewrites": impact.rewrites.name.lower(),
        "algorithm": impact.algorithm or None,
        "transactional": impact.transactional.name.lower(),
        "reversible": impact.reversible.name.lower(),
        "fails": list(impact.fails),
        "link": impact.link or None,
    }
