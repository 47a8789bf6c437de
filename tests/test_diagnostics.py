"""Codes and how they are selected."""

from __future__ import annotations

import pytest

from migration_guard.diagnostics import (
    BUILT_IN,
    Code,
    Codes,
    Confidence,
    Report,
    Selection,
    Severity,
    UsageError,
    finding,
    printable,
)


@pytest.mark.parametrize(
    ("select", "ignore", "chosen"),
    [
        ([], [], {"MG101", "MG102", "MG104", "MG901"}),
        (["MG1"], ["MG102"], {"MG101", "MG104"}),
        (["mg102"], ["MG1"], {"MG102"}),
        (["missing-migration"], [], {"MG101"}),
        ([], ["ALL"], set()),
        ([], ["MG1", "MG9"], set()),
        (["MG1"], ["MG1"], set()),
    ],
)
def test_selection(select: list[str], ignore: list[str], chosen: set[str]) -> None:
    selection = Selection.of(BUILT_IN, select, ignore)
    assert {code for code in ("MG101", "MG102", "MG104", "MG901") if code in selection} == chosen


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("MG109x", "MG109"),
        ("mising-migration", "'missing-migration'"),
        ("", "known codes"),
        ("X", "known codes: MG101"),
    ],
)
def test_an_unknown_code_is_an_error_with_a_suggestion(word: str, hint: str) -> None:
    with pytest.raises(UsageError, match="unknown code") as caught:
        Selection.of(BUILT_IN, [word])
    assert caught.value.hint is not None and hint in caught.value.hint


def test_a_code_is_registered_once() -> None:
    extra = Code("MG201", "drops-table", "A table is dropped", Severity.ERROR)
    assert "MG201" in BUILT_IN.extended([extra])
    with pytest.raises(ValueError, match="twice"):
        Codes([extra, extra])


def test_what_makes_a_run_fail() -> None:
    certain = finding("MG101", "x")
    possible = finding("MG101", "x", confidence=Confidence.POSSIBLE)
    note = finding("MG104", "x")
    assert [item.fails for item in (certain, possible, note)] == [True, False, False]
    report = Report((certain, note), unknowns=(finding("MG903", "y"),))
    assert report.fails
    assert not report.selected(Selection.of(BUILT_IN, [], ["MG101"])).fails
    assert report.selected(Selection.of(BUILT_IN, [], ["MG9"])).unknowns == ()


def test_printable() -> None:
    assert printable("plain ünïcode") == "plain ünïcode"
    assert printable("\x1b[31mred\n\u202e\udc80") == "\\x1b[31mred\\n\\u202e\\udc80"
