"""Annotations of GitHub Actions: one workflow command per finding, then a line that sums up.

In: `Report`s and a `Locator` with paths from the top of the repository. Out: text for the log of a step. Values are
escaped as the runner unescapes them, and no line begins or goes on with a command that a name has smuggled in.
https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Sequence

from migration_guard.diagnostics import Confidence, Diagnostic, Locator, Report, Severity
from migration_guard.report import harmless, wording

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(reports: Sequence[Report], locator: Locator) -> str:
    """All findings as commands."""
    lines = [_command(item, report, locator) for report in reports for item in report.diagnostics]
    lines += [harmless.line(f"note: {caution}") for report in reports for caution in report.cautions]
    return "".join(f"{line}\n" for line in (*lines, f"migration_guard: {wording.counts(reports)}"))


def _command(item: Diagnostic, report: Report, locator: Locator) -> str:
    level = LEVELS[item.severity] if item.confidence is Confidence.CERTAIN else _less(item.severity)
    properties = {"title": wording.title(item, report)}
    origin = item.origin or next((change.origin for change in item.changes if change.origin is not None), None)
    if origin is not None:
        place = locator.locate(origin)
        properties["file"] = place.file
        if place.line:
            properties |= {"line": str(place.line), "col": str(place.column)}
    shown = ",".join(f"{name}={_property(value)}" for name, value in sorted(properties.items()))
    message = "\n".join(harmless.line(line) for line in wording.body(item, locator))
    return f"::{level} {shown}::{_data(message)}"


def _less(severity: Severity) -> str:
    """What only may be true is never shown as an error."""
    return "warning" if severity is Severity.ERROR else "notice"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(harmless.line(text)).replace(":", "%3A").replace(",", "%2C")
