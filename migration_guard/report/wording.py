"""The sentences that formats for services share: headlines, bodies and counts of findings.

In: a `Diagnostic` or `Report`s. Out: plain lines, not yet made harmless for any medium.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from migration_guard.diagnostics import Applicability, Confidence, Diagnostic, Fix, Locator, Report, Severity


def word(item: Diagnostic) -> str:
    """ "error", "possible warning"."""
    return item.severity.value if item.confidence is Confidence.CERTAIN else f"possible {item.severity.value}"


def title(item: Diagnostic, report: Report) -> str:
    """ "MG201 table-dropped", with what only decides perhaps."""
    code = report.codes.get(item.code)
    name = f" {code.name}" if code else ""
    return f"{item.code}{name}" + (" (possible)" if item.confidence is Confidence.POSSIBLE else "")


def body(item: Diagnostic, locator: Locator) -> Iterator[str]:
    """Everything there is to say of a finding, line by line, the message first."""
    yield from item.message.splitlines() or [""]
    for change in item.changes:
        place = f"{locator.locate(change.origin)}: " if change.origin is not None else ""
        yield f"- {place}{change.message}"
    for detail in item.details:
        yield from detail.splitlines()
    for related in item.related:
        place = f" ({locator.locate(related.origin)})" if related.origin is not None else ""
        yield f"also: {related.message}{place}"
    if item.sql:
        on = f" ({', '.join(item.databases)})" if item.databases else ""
        yield f"SQL{on}:"
        yield from (f"  {line}" for statement in item.sql for line in statement.splitlines())
    if item.instead:
        yield "Instead:"
        yield from (f"  {line}" for text in item.instead for line in text.splitlines())
    if item.fix is not None:
        yield fix(item.fix)
    if item.hint:
        yield f"hint: {item.hint}"


def fix(found: Fix) -> str:
    """What would mend it, and how it is asked for."""
    match found.applicability:
        case Applicability.SAFE:
            how = " (check --fix does it)"
        case Applicability.UNSAFE:
            how = " (check --unsafe-fixes does it; look at the result)"
        case Applicability.DISPLAY:
            how = ""
    return f"fix: {found.message}{how}"


def counts(reports: Sequence[Report]) -> str:
    """ "2 findings, 1 possible finding, 3 notes", or "No findings"."""
    items = [item for report in reports for item in report.diagnostics]
    notes = sum(item.severity is Severity.NOTE for item in items)
    certain = sum(item.fails for item in items)
    numbers = (("finding", certain), ("possible finding", len(items) - notes - certain), ("note", notes))
    said = [f"{number} {noun}" + ("" if number == 1 else "s") for noun, number in numbers if number]
    return ", ".join(said) or "No findings"


def worst_first(reports: Iterable[Report]) -> list[tuple[Report, Diagnostic]]:
    """All findings: errors before warnings before notes, the certain before the possible; else in their order."""
    ranks = {severity: rank for rank, severity in enumerate(Severity)}
    items = [(report, item) for report in reports for item in report.diagnostics]
    items.sort(key=lambda pair: (pair[1].confidence is Confidence.POSSIBLE, ranks[pair[1].severity]))
    return items
