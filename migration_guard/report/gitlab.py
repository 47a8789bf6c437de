"""GitLab's code quality report: a JSON list, one entry for each finding.

In: `Report`s and a `Locator` with paths from the top of the repository. Out: ASCII text.
https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from migration_guard.diagnostics import Confidence, Diagnostic, Locator, Report, Severity, printable
from migration_guard.report import wording
from migration_guard.report.fingerprints import fingerprints

SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


def render(reports: Sequence[Report], locator: Locator) -> str:
    """All findings; those without a place are put at the beginning of the project's configuration."""
    known = fingerprints(reports)
    entries = [_entry(item, report, locator, known[id(item)]) for report in reports for item in report.diagnostics]
    return json.dumps(entries, indent=2) + "\n"


def _entry(item: Diagnostic, report: Report, locator: Locator, fingerprint: str) -> dict[str, Any]:
    origin = item.origin or next((change.origin for change in item.changes if change.origin is not None), None)
    place = locator.locate(origin) if origin is not None else None
    certain = item.confidence is Confidence.CERTAIN
    return {
        "description": printable(" ".join(item.message.split()))[:1000],
        "check_name": wording.title(item, report).partition(" (")[0],
        "fingerprint": fingerprint,
        "severity": SEVERITIES[item.severity] if certain else "minor",
        "location": {
            "path": place.file if place is not None else "manage.py",
            "lines": {"begin": max(1, place.line) if place is not None else 1},
        },
        "content": {"body": "\n".join(printable(line) for line in wording.body(item, locator))},
    }
