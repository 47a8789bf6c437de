"""A report for programs. The schema is stable: within version 1, keys are only added.

    {
      "version": 1,
      "findings": [FINDING, ...],
      "unknowns": [FINDING, ...],      what could not be known; never a reason to fail
      "notes": [text, ...],            about the run: which settings were taken, and why
      "stats": {name: number or text}
    }
    FINDING = {
      "code": "MG102", "name": "conflicting-leaf-nodes",
      "severity": "error" | "warning" | "note",
      "confidence": "certain" | "possible",
      "fails": whether it makes the run end with status 1,
      "message": text, "details": [text, ...], "hint": text or null,
      "subject": "blog.Post.title",    what it is about, independent of lines
      "databases": [text, ...],        empty: all
      "place": PLACE or null,
      "related": [{"message": text, "place": PLACE or null}, ...]
    }
    PLACE = {"file": text, "line": from 1, "column": from 1}

In: a `Report` and a `Locator`. Out: ASCII text; control characters in names are escaped by JSON itself.
"""

from __future__ import annotations

import json
from typing import Any

from migration_guard.diagnostics import Diagnostic, Locator, Report
from migration_guard.values import Origin

VERSION = 1


def render(report: Report, locator: Locator) -> str:
    """The report as one JSON document, with a closing newline."""
    document = {
        "version": VERSION,
        "findings": [_finding(item, report, locator) for item in report.diagnostics],
        "unknowns": [_finding(item, report, locator) for item in report.unknowns],
        "notes": list(report.notes),
        "stats": dict(report.stats),
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(item: Diagnostic, report: Report, locator: Locator) -> dict[str, Any]:
    code = report.codes.get(item.code)
    return {
        "code": item.code,
        "name": code.name if code else None,
        "severity": item.severity.value,
        "confidence": item.confidence.value,
        "fails": item.fails,
        "message": item.message,
        "details": list(item.details),
        "hint": item.hint,
        "subject": item.subject,
        "databases": list(item.databases),
        "place": _place(item.origin, locator),
        "related": [{"message": other.message, "place": _place(other.origin, locator)} for other in item.related],
    }


def _place(origin: Origin | None, locator: Locator) -> dict[str, Any] | None:
    if origin is None:
        return None
    place = locator.locate(origin)
    return {"file": place.file, "line": place.line, "column": place.column}
