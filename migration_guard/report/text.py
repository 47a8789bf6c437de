"""A report for people: one block per finding, then what could not be known, then one line that sums up.

In: a `Report` and a `Locator`. Out: text. Names and messages may come from the code under analysis, so everything is
made printable before colours are added. Never decides what is a finding, and writes nowhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from migration_guard.diagnostics import Confidence, Diagnostic, Locator, Place, Related, Report, Severity, printable
from migration_guard.values import Origin

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}


def render(report: Report, locator: Locator, *, colour: bool = False, verbose: bool = False) -> str:
    """The whole report. `verbose` adds notes, what could not be known item by item, and how the run went."""
    painter = _Painter(colour)
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
    return "".join(f"{line}\n" for line in (*lines, *(gap if lines else []), *summary))


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
        lines.append(f"  {painter.dim('-->')} {_at(item.origin, locator)}")
    lines += [f"  {_changed(change, locator, painter)}" for change in item.changes]
    lines += [f"  {printable(line)}" for line in (*more, *_flat(item.details))]
    for related in item.related:
        place = f"{_at(related.origin, locator)}: " if related.origin else ""
        lines.append(f"  {painter.dim('also')} {place}{printable(related.message)}")
    if item.hint:
        lines.append(f"  {painter.dim('hint:')} {printable(item.hint)}")
    return lines


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

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def _paint(self, codes: str, text: str) -> str:
        return f"\x1b[{codes}m{text}\x1b[0m" if self.colour and text else text

    def severity(self, severity: Severity, text: str) -> str:
        return self._paint(f"1;{_COLOURS[severity]}", text)

    def bold(self, text: str) -> str:
        return self._paint("1", text)

    def dim(self, text: str) -> str:
        return self._paint("2", text)

    def good(self, text: str) -> str:
        return self._paint("1;32", text)
