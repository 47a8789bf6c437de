"""A report for people: one block per finding, then what could not be known, then one line that sums up.

In: a `Report`, a `Locator`, and lines of source to quote. Out: text. Names and messages may come from the code under
analysis, so everything is made harmless before colours are added. Never decides what is a finding, and writes nowhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Protocol

from migration_guard.diagnostics import Confidence, Diagnostic, Locator, Place, Related, Report, Severity
from migration_guard.report import wording
from migration_guard.report.harmless import begun
from migration_guard.report.harmless import line as printable
from migration_guard.values import Origin

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}


MAX_QUOTED = 120


class Quotes(Protocol):
    """Lines of the source, asked for only where a finding has a place."""

    def line(self, place: Place) -> str | None: ...


class NoQuotes:
    """Nothing is quoted."""

    def line(self, place: Place) -> str | None:
        return None


def render(
    report: Report, locator: Locator, *, colour: bool = False, verbose: bool = False, quotes: Quotes | None = None
) -> str:
    """The whole report. `verbose` adds notes, what could not be known item by item, and how the run went."""
    painter = _Painter(colour, quotes or NoQuotes())
    lines: list[str] = [painter.bold(printable(f"{report.project}:"))] if report.project is not None else []
    if verbose:
        lines += [painter.dim(printable(note)) for note in report.notes]
    lines += [f"{painter.severity(Severity.WARNING, 'note:')} {printable(caution)}" for caution in report.cautions]
    for item in report.diagnostics:
        if verbose or item.severity is not Severity.NOTE:
            lines += ["", *_block(item, report, locator, painter)] if lines else _block(item, report, locator, painter)
    if verbose and report.unknowns:
        lines += ["", "What could not be known:"]
        for item in report.unknowns:
            lines += _unknown(item, locator, painter)
    summary = list(_summary(report, painter, verbose))
    gap = [""] if report.diagnostics or verbose else []
    return "".join(f"{begun(line)}\n" for line in (*lines, *(gap if lines else []), *summary))


def _block(item: Diagnostic, report: Report, locator: Locator, painter: _Painter) -> list[str]:
    code = report.codes.get(item.code)
    name = f" [{code.name}]" if code else ""
    word = item.severity.value if item.confidence is Confidence.CERTAIN else f"possible {item.severity.value}"
    first, *more = item.message.splitlines() or [""]
    head = (
        f"{painter.severity(item.severity, f'{word} {item.code}')}{painter.dim(name)}: {painter.bold(printable(first))}"
    )
    lines = [head]
    if item.origin is not None and not item.changes:
        lines += _quoted(locator.locate(item.origin), painter)
    lines += [f"  {_changed(change, locator, painter)}" for change in item.changes]
    lines += [f"  {printable(line)}" for line in (*more, *_flat(item.details))]
    for related in item.related:
        place = f"{_at(related.origin, locator)}: " if related.origin else ""
        lines.append(f"  {painter.dim('also')} {place}{printable(related.message)}")
    lines += _advice(item, painter)
    return lines


def _quoted(place: Place, painter: _Painter) -> list[str]:
    """The place, and the line of source with a mark below the column."""
    lines = [f"  {painter.dim('-->')} {printable(str(place))}"]
    source = painter.quotes.line(place) if place.line else None
    if source is None or not source.strip():
        return lines
    shown = source.expandtabs(4)
    before = len(source[: place.column - 1].expandtabs(4))
    cut = max(0, before - MAX_QUOTED // 2)
    shown = printable(shown[cut : cut + MAX_QUOTED].rstrip())
    number = str(place.line)
    bar = painter.dim("|")
    lines.append(f"  {painter.dim(number)} {bar} {shown}")
    if 0 <= before - cut <= len(shown):
        lines.append(f"  {' ' * len(number)} {bar} {' ' * (before - cut)}{painter.mark('^')}")
    return lines


def _advice(item: Diagnostic, painter: _Painter) -> Iterator[str]:
    """The SQL that is meant, the safe way, the fix, the hint."""
    if item.sql:
        on = f" ({', '.join(item.databases)})" if item.databases else ""
        yield f"  {painter.dim(printable(f'SQL{on}:'))}"
        yield from (f"      {printable(line)}" for statement in item.sql for line in statement.splitlines())
    if item.instead:
        yield f"  {painter.dim('instead:')}"
        yield from (f"      {printable(line)}" for text in item.instead for line in text.splitlines())
    if item.fix is not None:
        label, _, rest = wording.fix(item.fix).partition(" ")
        yield f"  {painter.dim(label)} {printable(rest)}"
    if item.hint:
        yield f"  {painter.dim('hint:')} {printable(item.hint)}"


def _changed(change: Related, locator: Locator, painter: _Painter) -> str:
    place = f"{painter.dim(_at(change.origin, locator))}: " if change.origin else ""
    return f"{place}{printable(change.message)}"


def _unknown(item: Diagnostic, locator: Locator, painter: _Painter) -> list[str]:
    place = f"{_at(item.origin, locator)}: " if item.origin else ""
    about = f" ({printable(item.subject)})" if item.subject else ""
    lines = [f"  {place}{item.code} {printable(item.message)}{painter.dim(about)}"]
    if item.hint:
        lines.append(f"    {painter.dim('hint:')} {printable(item.hint)}")
    return lines


def _summary(report: Report, painter: _Painter, verbose: bool) -> Iterator[str]:
    failing = [item for item in report.diagnostics if item.fails]
    notes = [item for item in report.diagnostics if item.severity is Severity.NOTE]
    possible = len(report.diagnostics) - len(failing) - len(notes)
    if failing:
        kinds = ", ".join(f"{number} x {code}" for code, number in sorted(Counter(i.code for i in failing).items()))
        yield painter.severity(Severity.ERROR, _count(len(failing), "finding")) + f": {kinds}"
    elif not possible:
        yield painter.good(printable(report.clean))
    if possible:
        yield f"{_count(possible, 'possible finding')}: what could not be known decides."
    if notes and not verbose:
        yield f"{_count(len(notes), 'note')}; -v shows {'it' if len(notes) == 1 else 'them'}."
    if report.unknowns:
        more = "" if verbose else f"; -v lists {'it' if len(report.unknowns) == 1 else 'them'}"
        yield f"{_count(len(report.unknowns), 'thing')} could not be known{more}."
    if verbose and report.stats:
        yield painter.dim(printable(", ".join(f"{name}: {value}" for name, value in report.stats.items())))


def _flat(details: Iterable[str]) -> Iterator[str]:
    for detail in details:
        yield from detail.splitlines()


def _at(origin: Origin | Place, locator: Locator) -> str:
    return printable(str(locator.locate(origin)))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


class _Painter:
    """Colours, or none."""

    def __init__(self, colour: bool, quotes: Quotes) -> None:
        self.colour = colour
        self.quotes = quotes

    def _paint(self, codes: str, text: str) -> str:
        return f"\x1b[{codes}m{text}\x1b[0m" if self.colour and text else text

    def severity(self, severity: Severity, text: str) -> str:
        return self._paint(f"1;{_COLOURS[severity]}", text)

    def mark(self, text: str) -> str:
        return self._paint("1;31", text)

    def bold(self, text: str) -> str:
        return self._paint("1", text)

    def dim(self, text: str) -> str:
        return self._paint("2", text)

    def good(self, text: str) -> str:
        return self._paint("1;32", text)
