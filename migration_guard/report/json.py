"""A report for programs: one JSON document, described in docs/json.md. Within version 1, keys are only added.

In: a `Report` and a `Locator`. Out: ASCII text; control characters in names are escaped by JSON itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from migration_guard.diagnostics import Diagnostic, Fix, Locator, Place, Report
from migration_guard.report.fingerprints import fingerprints
from migration_guard.values import Origin

VERSION = 1


def render(report: Report, locator: Locator) -> str:
    """The report as one JSON document, with a closing newline."""
    return _dumped({"version": VERSION, **_document(report, locator, fingerprints([report]))})


def render_all(reports: Iterable[Report], locator: Locator) -> str:
    """The reports on several projects as one document: a list of them under "projects"."""
    listed = list(reports)
    known = fingerprints(listed)
    return _dumped({"version": VERSION, "projects": [_document(report, locator, known) for report in listed]})


def _dumped(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"


def _document(report: Report, locator: Locator, known: Mapping[int, str]) -> dict[str, Any]:
    return {
        "project": report.project,
        "findings": [
            {**_finding(item, report, locator), "fingerprint": known[id(item)]} for item in report.diagnostics
        ],
        "unknowns": [_finding(item, report, locator) for item in report.unknowns],
        "notes": list(report.notes),
        "cautions": list(report.cautions),
        "stats": dict(report.stats),
    }


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
        "changes": [
            {"subject": change.subject, "message": change.message, "place": _place(change.origin, locator)}
            for change in item.changes
        ],
        "sql": list(item.sql),
        "instead": list(item.instead),
        "fix": _fix(item.fix),
    }


def _fix(fix: Fix | None) -> dict[str, Any] | None:
    if fix is None:
        return None
    files = [edit.file for edit in fix.edits]
    return {"message": fix.message, "applicability": fix.applicability.value, "files": files}


def _place(origin: Origin | Place | None, locator: Locator) -> dict[str, Any] | None:
    if origin is None:
        return None
    place = locator.locate(origin)
    return {"file": place.file, "line": place.line or None, "column": place.column if place.line else None}
