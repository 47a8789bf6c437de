"""SARIF 2.1.0 for code scanning services: one run, its rules, a result for each finding.

In: `Report`s and a `Locator` with paths from the top of the repository. Out: ASCII text. Fingerprints do not depend on
lines. What could not be known is a notification of the run, not a result.
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from migration_guard.diagnostics import Confidence, Diagnostic, Locator, Place, Report, printable
from migration_guard.report import wording
from migration_guard.report.fingerprints import NAME, fingerprints
from migration_guard.values import Origin

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
LESS = {"error": "warning", "warning": "note", "note": "note"}


def render(reports: Sequence[Report], locator: Locator, version: str) -> str:
    """All findings as one run of the tool."""
    rules = _rules(reports)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    known = fingerprints(reports)
    run = {
        "tool": {"driver": {"name": "migration_guard", "semanticVersion": version, "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The top of the repository."}}},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notes(reports, locator)}],
        "results": [
            _result(item, locator, index[item.code], known[id(item)])
            for report in reports
            for item in report.diagnostics
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rules(reports: Sequence[Report]) -> list[dict[str, Any]]:
    """The codes that occur, each once."""
    found: dict[str, dict[str, Any]] = {}
    for report in reports:
        for item in report.diagnostics:
            code = report.codes.get(item.code)
            rule: dict[str, Any] = {"id": item.code}
            if code is not None:
                name = "".join(part.capitalize() for part in code.name.split("-"))
                rule |= {"name": name, "shortDescription": {"text": code.title}}
                rule["defaultConfiguration"] = {"level": code.severity.value}
            found.setdefault(item.code, rule)
    return [found[code] for code in sorted(found)]


def _result(item: Diagnostic, locator: Locator, rule: int, fingerprint: str) -> dict[str, Any]:
    level = item.severity.value
    result: dict[str, Any] = {
        "ruleId": item.code,
        "ruleIndex": rule,
        "level": level if item.confidence is Confidence.CERTAIN else LESS[level],
        "message": {"text": _text("\n".join(printable(line) for line in wording.body(item, locator)))},
        "partialFingerprints": {NAME: fingerprint},
        "properties": {"confidence": item.confidence.value, "subject": item.subject},
    }
    if item.databases:
        result["properties"]["databases"] = list(item.databases)
    origins = [item.origin, *(change.origin for change in item.changes)]
    places = [_location(locator.locate(origin)) for origin in dict.fromkeys(origins) if origin is not None]
    if places:
        result["locations"] = places[:1]
    related = [
        {"id": number, **_located(other.message, other.origin, locator)} for number, other in enumerate(item.related, 1)
    ]
    if related:
        result["relatedLocations"] = related
    return result


def _located(message: str, origin: Origin | Place | None, locator: Locator) -> dict[str, Any]:
    place = {} if origin is None else _location(locator.locate(origin))
    return {**place, "message": {"text": _text(printable(message))}}


def _location(place: Place) -> dict[str, Any]:
    absolute = place.file.startswith(("/", "..")) or place.file[1:3] in (":\\", ":/")
    artifact = {"uri": _uri(place.file)} if absolute else {"uri": _uri(place.file), "uriBaseId": ROOT}
    physical: dict[str, Any] = {"artifactLocation": artifact}
    if place.line:
        physical["region"] = {"startLine": place.line, "startColumn": place.column}
    return {"physicalLocation": physical}


def _uri(file: str) -> str:
    path = file.replace("\\", "/")
    try:
        return quote(path.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:  # no name of a file, then
        return quote(path.encode("utf-8", "backslashreplace"))


def _text(text: str) -> str:
    """Plain text in which no viewer sees an embedded link, and which is not empty."""
    return text.replace("](", "] (") or "-"


def _notes(reports: Sequence[Report], locator: Locator) -> list[dict[str, Any]]:
    notes: list[dict[str, Any]] = []
    for report in reports:
        notes += [{"level": "warning", "message": {"text": _text(printable(text))}} for text in report.cautions]
        for item in report.unknowns:
            note: dict[str, Any] = {
                "level": "note",
                "message": {"text": _text(printable(f"{item.code} {item.message}"))},
            }
            if item.origin is not None:
                note["locations"] = [_location(locator.locate(item.origin))]
            notes.append(note)
    return notes
