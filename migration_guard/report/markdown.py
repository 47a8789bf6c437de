"""A report for pull requests, job summaries and chats: a headline, then the findings, folded, each with what to do.

In: `Report`s and a `Locator` with paths from the top of the repository. Out: GitHub's and GitLab's Markdown. Names
stand in code elements or are escaped, so that they are no markup and mention nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migration_guard.diagnostics import Diagnostic, FailOn, Locator, Report, Severity
from migration_guard.report import harmless, wording

SYMBOLS = {Severity.ERROR: "🔴", Severity.WARNING: "🟠", Severity.NOTE: "🔵"}
MAX_FINDINGS = 50
"""Services cut off texts that are too long, in the middle of anything."""


def render(reports: Sequence[Report], locator: Locator, fail_on: FailOn = FailOn.WARNING) -> str:
    """All findings, the worst first."""
    items = wording.worst_first(reports)
    failed = any(fail_on.fails(item) for _, item in items)
    symbol = "❌" if failed else "✅"
    lines = [f"### {symbol} migration_guard: {wording.counts(reports)}", ""]
    for report in reports:
        lines += [f"> {harmless.markdown(caution)}\n" for caution in report.cautions]
        if not report.diagnostics:
            project = f"{harmless.code(report.project)}: " if report.project else ""
            lines += [f"{project}{harmless.markdown(report.clean)}", ""]
    for report, item in items[:MAX_FINDINGS]:
        lines += [*_finding(item, report, locator), ""]
    if len(items) > MAX_FINDINGS:
        lines += [f"And {len(items) - MAX_FINDINGS} more.", ""]
    unknown = sum(len(report.unknowns) for report in reports)
    if unknown:
        lines += [f"{unknown} {'thing' if unknown == 1 else 'things'} could not be known.", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _finding(item: Diagnostic, report: Report, locator: Locator) -> Iterator[str]:
    first, *more = item.message.splitlines() or [""]
    title = f"<b>{harmless.html(wording.title(item, report))}</b>"
    yield f"<details><summary>{SYMBOLS[item.severity]} {title}: {harmless.html(first)}</summary>"
    yield ""
    if item.origin is not None and not item.changes:
        yield f"{harmless.code(str(locator.locate(item.origin)))}"
        yield ""
    yield from _bullets(item, more, locator)
    if item.sql:
        on = f" ({harmless.markdown(', '.join(item.databases))})" if item.databases else ""
        yield from ("", f"SQL{on}:", "", *harmless.fenced(list(item.sql), "sql"))
    if item.instead:
        yield from ("", "Instead:", "", *harmless.fenced(list(item.instead)))
    if item.fix is not None:
        yield from ("", harmless.markdown(wording.fix(item.fix)))
    if item.hint:
        yield from ("", f"**Hint:** {harmless.markdown(item.hint)}")
    yield from ("", "</details>")


def _bullets(item: Diagnostic, more: list[str], locator: Locator) -> Iterator[str]:
    """What the message goes on with, what changed, and what else belongs to it: a list, where there is anything."""
    for change in item.changes:
        place = f"{harmless.code(str(locator.locate(change.origin)))}: " if change.origin is not None else ""
        yield f"- {place}{harmless.code(change.message)}"
    for line in (*more, *(line for detail in item.details for line in detail.splitlines())):
        if line.strip():
            yield f"- {harmless.markdown(line.strip())}"
    for related in item.related:
        place = f" ({harmless.code(str(locator.locate(related.origin)))})" if related.origin is not None else ""
        yield f"- also: {harmless.markdown(related.message)}{place}"
