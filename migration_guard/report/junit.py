"""JUnit XML: a test suite per project, a test case per finding; what makes no run fail is a case that passes.

In: `Report`s and a `Locator`. Out: one XML document. Names are escaped, and what XML cannot hold is spelled out.
https://github.com/testmoapp/junitxml describes the dialect that Jenkins, GitLab and Azure read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migration_guard.diagnostics import Diagnostic, FailOn, Locator, Report
from migration_guard.report import wording
from migration_guard.report.harmless import xml


def render(reports: Sequence[Report], locator: Locator, fail_on: FailOn = FailOn.WARNING) -> str:
    """All findings as test cases."""
    failing = sum(fail_on.fails(item) for report in reports for item in report.diagnostics)
    tests = sum(len(report.diagnostics) or 1 for report in reports)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites name="migration_guard" tests="{tests}" failures="{failing}" errors="0">')
    for report in reports:
        lines += _suite(report, locator, fail_on)
    return "".join(f"{line}\n" for line in (*lines, "</testsuites>"))


def _suite(report: Report, locator: Locator, fail_on: FailOn) -> Iterator[str]:
    failing = sum(map(fail_on.fails, report.diagnostics))
    name, tests = xml(report.project or "migration_guard"), len(report.diagnostics) or 1
    yield f'  <testsuite name="{name}" tests="{tests}" failures="{failing}" errors="0" skipped="0">'
    if not report.diagnostics:
        yield '    <testcase classname="migration_guard" name="check"/>'
    for item in report.diagnostics:
        yield from _case(item, report, locator, fail_on)
    yield "  </testsuite>"


def _case(item: Diagnostic, report: Report, locator: Locator, fail_on: FailOn) -> Iterator[str]:
    place = locator.locate(item.origin) if item.origin is not None else None
    where = "" if place is None else f' file="{xml(place.file)}"' + (f' line="{place.line}"' if place.line else "")
    name = xml(f"{item.subject}: {item.message}" if item.subject else item.message)
    yield f'    <testcase classname="{xml(wording.title(item, report))}" name="{name}"{where}>'
    text = "\n".join(xml(line) for line in wording.body(item, locator))
    if fail_on.fails(item):
        yield f'      <failure type="{xml(item.code)}" message="{xml(item.message)}">{text}</failure>'
    else:
        yield f"      <system-out>{xml(wording.word(item))}: {text}</system-out>"
    yield "    </testcase>"
