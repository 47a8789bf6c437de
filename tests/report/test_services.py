"""Reports for services: what they say, and that no name in the code under analysis can say anything else.

MIGRATION_GUARD_SARIF_SCHEMA may name a copy of the published schema; our own covers what we write.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from migration_guard.diagnostics import (
    Applicability,
    Confidence,
    Diagnostic,
    FailOn,
    Fix,
    Place,
    Related,
    Report,
    Severity,
    finding,
    unknown,
)
from migration_guard.report import github, gitlab, harmless, junit, markdown, sarif, text
from migration_guard.report import json as as_json
from migration_guard.values import Origin, Unknown
from tests.report.sarif_shape import SHAPE

HOSTILE = [
    "::error::owned",
    "\n::set-output name=x::y",
    "\r::stop-commands::x",
    "%0A::error::x",
    "##[set-env name=PATH]/tmp",
    "##vso[task.setvariable variable=x]y",
    "##teamcity[message text='x']",
    "\x1b]0;owned\x07\x1b[31m\u202e\u200b",
    "section_start:1:x\r\x1b[0K",
    "<script>alert(1)</script>",
    "</code></summary></details><img src=x onerror=alert(1)>",
    "]]></failure><testcase name='x'/>",
    "&lt;b&gt; &amp; &#x0;",
    "![x](https://example.com/pixel.png)",
    "[text](1) `code` ```\nfence",
    "@octocat #1 GH-1 www.example.com https://example.com a@example.com",
    "| cell | cell |\n|---|---|",
    "# heading\n- [ ] task\n> quote\n    code",
    "$(touch /tmp/x) `touch /tmp/x` ${IFS}",
    "\"quoted' \\ \\n \0 \ud800 \ufffe",
    "*bold* _it_ ~~gone~~ ==mark== $x^2$",
]
NAMES = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30), st.lists(st.sampled_from(HOSTILE)).map("".join))


class Lines:
    """A locator for which a node's ordinal is its line."""

    def locate(self, origin: Origin | Place) -> Place:
        return origin if isinstance(origin, Place) else Place(origin.file, origin.at, 5)


class Quote:
    """Quotes the file's name as if it were its content."""

    def line(self, place: Place) -> str | None:
        return place.file


def full(name: str, severity: Severity = Severity.ERROR) -> Diagnostic:
    """A finding that has a name in every place that there is."""
    place = Origin(name or "x", 3)
    item = finding("MG102", name or "x", origin=place, subject=name, details=(name, name), hint=name)
    return replace(
        item,
        severity=severity,
        related=(Related(name, place, name), Related(name)),
        changes=(Related(name, place, name),),
        sql=(name, name),
        instead=(name,),
        databases=(name,),
        fix=Fix(name, Applicability.SAFE),
    )


def hostile_reports(name: str) -> list[Report]:
    items = (full(name), full(name, Severity.WARNING), replace(full(name), changes=(), confidence=Confidence.POSSIBLE))
    unknowns = (unknown("MG903", Unknown(name, Origin(name or "x"), name), name),)
    report = Report(items, unknowns, (name,), cautions=(name,), clean=name, project=name)
    return [report, replace(report, diagnostics=())]


def commands(output: str) -> list[tuple[str, dict[str, str], str]]:
    """What GitHub's runner would take for commands in the log of a step: the second form, then the first."""
    found = []
    for line in output.split("\n"):
        assert not re.search(r"##\[[^\]]*\]", line) or line.strip().startswith("::")
        if line.strip().startswith("::"):
            head, _, message = line.strip()[2:].partition("::")
            name, _, properties = head.partition(" ")
            pairs = (item.partition("=") for item in properties.split(",") if item)
            found.append((name, {key: unescaped(value) for key, _, value in pairs}, unescaped(message)))
    return found


def unescaped(text: str) -> str:
    for escape, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(escape, character)
    return text


@given(NAMES)
@settings(max_examples=60, deadline=None)
def test_annotations_hold_whatever_names_say(name: str) -> None:
    reports = hostile_reports(name)
    output = github.render(reports, Lines())
    found = commands(output)
    assert [level for level, _, _ in found] == ["error", "warning", "warning"]
    for _, properties, message in found:
        assert set(properties) <= {"file", "line", "col", "title"}
        assert all(c.isprintable() or c == "\n" for c in message)
    assert all(c.isprintable() or c == "\n" for c in output)


@given(NAMES)
@settings(max_examples=60, deadline=None)
def test_text_says_nothing_to_terminals_and_services(name: str) -> None:
    for verbose in (False, True):
        for report in hostile_reports(name):
            output = text.render(report, Lines(), verbose=verbose, quotes=Quote())
            assert not commands(output) and all(c.isprintable() or c == "\n" for c in output)
            assert not re.search(r"##(\[|vso\[|teamcity\[)", output)


@given(NAMES)
@settings(max_examples=60, deadline=None)
def test_xml_is_well_formed(name: str) -> None:
    root = ElementTree.fromstring(junit.render(hostile_reports(name), Lines()))
    assert [suite.get("tests") for suite in root] == ["3", "1"] and root.get("failures") == "2"
    assert {element.tag for element in root.iter()} == {"testsuites", "testsuite", "testcase", "failure", "system-out"}
    assert len(list(root.iter("testcase"))) == 4


@given(NAMES)
@settings(max_examples=60, deadline=None)
def test_markdown_is_what_we_wrote(name: str) -> None:
    output = markdown.render(hostile_reports(name), Lines())
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(output)
    flat = [token for outer in tokens for token in (outer, *(outer.children or []))]
    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in flat}
    assert kinds <= {
        *("html_block", "html_inline", "paragraph", "inline", "text", "softbreak", "hardbreak", "fence"),
        *("heading", "blockquote", "bullet_list", "list_item", "strong", "text_special"),
    }
    assert sum(token.type == "heading_open" for token in flat) == 1
    written = [token.content for token in flat if token.type in ("html_block", "html_inline")]
    tags = {tag for content in written for tag in re.findall(r"</?[^>]*>?", content)}
    assert tags <= {f"<{end}{tag}>" for end in ("", "/") for tag in ("details", "summary", "b", "code")}
    shown = " ".join(re.sub(r"<code>.*?</code>", "", token.content) for token in tokens if token.type != "fence")
    decoded = re.sub(r"&#(\d+);", lambda found: chr(int(found[1])), shown)
    assert not re.search(r"[@#]\w|://|www\.", decoded.replace("migration_guard: ", ""))


@given(NAMES)
@settings(max_examples=60, deadline=None)
def test_json_documents_are_of_their_shapes(name: str) -> None:
    reports = hostile_reports(name)
    log = json.loads(sarif.render(reports, Lines(), "1.2.3"))
    jsonschema.Draft202012Validator(SHAPE).validate(log)
    if published := os.environ.get("MIGRATION_GUARD_SARIF_SCHEMA"):
        jsonschema.validate(log, json.loads(Path(published).read_text()))
    entries = json.loads(gitlab.render(reports, Lines()))
    assert [entry["severity"] for entry in entries] == ["critical", "major", "minor"]
    assert len({entry["fingerprint"] for entry in entries}) == 3
    for output in (as_json.render_all(reports, Lines()), gitlab.render(reports, Lines())):
        assert output.isascii()


def test_code_quality_entries_have_what_gitlab_requires() -> None:
    (entry,) = json.loads(gitlab.render([Report((finding("MG101", "x", origin=Place("app/models.py", 0)),))], Lines()))
    assert {"description", "check_name", "fingerprint", "severity", "location"} <= entry.keys()
    assert entry["location"] == {"path": "app/models.py", "lines": {"begin": 1}}
    assert entry["check_name"] == "MG101 missing-migration"


def fingerprints(*reports: Report) -> list[str]:
    log = json.loads(sarif.render(reports, Lines(), "1"))
    return [result["partialFingerprints"]["migrationGuard/v1"] for result in log["runs"][0]["results"]]


def test_fingerprints_do_not_depend_on_lines() -> None:
    def at(line: int, subject: str, message: str = "m") -> Diagnostic:
        return finding("MG101", message, origin=Origin("models.py", line), subject=subject)

    before = fingerprints(Report((at(3, "a.B"), at(9, "a.C"), at(11, "a.C"))))
    after = fingerprints(Report((at(30, "a.B", "said otherwise"), at(90, "a.C"), at(110, "a.C"))))
    assert before == after and len(set(before)) == 3
    assert fingerprints(Report((at(3, "a.B"),)), Report((at(3, "a.B"),), project="other"))[0] == before[0]
    documents = [json.loads(as_json.render(Report((at(line, "a.B"),)), Lines())) for line in (1, 2)]
    assert documents[0]["findings"][0]["fingerprint"] == documents[1]["findings"][0]["fingerprint"] == before[0]


def test_sarif_places_and_rules() -> None:
    inside = finding("MG102", "m", origin=Place("a folder/ü.py", 2, 3))
    outside = finding("MG101", "m", origin=Place("/elsewhere/x.py", 1))
    log: dict[str, Any] = json.loads(sarif.render([Report((inside, outside, inside))], Lines(), "1.2.3"))
    run = log["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["MG101", "MG102"]
    assert [result["ruleIndex"] for result in run["results"]] == [1, 0, 1]
    first, second = (result["locations"][0]["physicalLocation"] for result in run["results"][:2])
    assert first["artifactLocation"] == {"uri": "a%20folder/%C3%BC.py", "uriBaseId": "%SRCROOT%"}
    assert first["region"] == {"startLine": 2, "startColumn": 3}
    assert second["artifactLocation"] == {"uri": "/elsewhere/x.py"}


def test_an_annotation() -> None:
    item = finding("MG102", "50% of a: b, c", origin=Place("a,b:c.py", 4, 2), hint="do\nit")
    assert github.render([Report((item,))], Lines()) == (
        "::error col=2,file=a%2Cb%3Ac.py,line=4,title=MG102 conflicting-leaf-nodes::"
        "50%25 of a: b, c%0Ahint: do\\nit\nmigration_guard: 1 finding\n"
    )
    assert github.render([Report()], Lines()) == "migration_guard: No findings\n"


def test_what_fails_is_a_failure_in_xml() -> None:
    reports = [Report((full("a"), full("b", Severity.WARNING), full("c", Severity.NOTE)))]
    for fail_on, count in ((FailOn.NEVER, 0), (FailOn.ERROR, 1), (FailOn.WARNING, 2), (FailOn.POSSIBLE, 2)):
        root = ElementTree.fromstring(junit.render(reports, Lines(), fail_on))
        assert len(list(root.iter("failure"))) == count == int(root.get("failures", ""))


POSSIBLE = replace(full("a"), confidence=Confidence.POSSIBLE)


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        (full("a"), {"error", "warning", "possible"}),
        (full("a", Severity.WARNING), {"warning", "possible"}),
        (full("a", Severity.NOTE), set()),
        (POSSIBLE, {"possible"}),
        (replace(POSSIBLE, severity=Severity.NOTE), set()),
    ],
)
def test_what_makes_a_run_fail(item: Diagnostic, wanted: set[str]) -> None:
    assert {level.value for level in FailOn if level.fails(item)} == wanted


def test_markdown_of_a_finding() -> None:
    item = replace(
        finding("MG101", "blog lacks a migration: 0002_x", subject="blog.0002_x", hint="run it"),
        changes=(Related("blog.Post: add field `x`", Place("blog/models.py", 3, 5)),),
        sql=("ALTER TABLE ```;",),
    )
    shown = markdown.render([Report((item,), cautions=("no settings",))], Lines())
    assert shown.startswith("### ❌ migration_guard: 1 finding\n")
    assert "<code>blog/models.py&#58;3&#58;5</code>: <code>blog.Post&#58; add field &#96;x&#96;</code>" in shown
    assert "````sql\nALTER TABLE ```;\n````" in shown
    assert markdown.render([Report(clean="All well.")], Lines()).startswith("### ✅ migration_guard: No findings\n")


def test_many_findings_are_cut() -> None:
    shown = markdown.render([Report(tuple(full(f"n{number}") for number in range(70)))], Lines())
    assert shown.count("<details>") == 50 and "And 20 more." in shown


def test_text_quotes_the_source() -> None:
    class Source:
        def line(self, place: Place) -> str | None:
            return "\t    migrations.RunSQL('x')"

    item = replace(
        finding("MG102", "m", origin=Place("a.py", 12, 6)),
        sql=("DROP TABLE a;\nDROP TABLE b;",),
        databases=("postgresql",),
        instead=("first this", "then that"),
        fix=Fix("make it so", Applicability.SAFE),
        hint="read",
    )
    assert text.render(Report((item,)), Lines(), quotes=Source()) == (
        "error MG102 [conflicting-leaf-nodes]: m\n"
        "  --> a.py:12:6\n"
        "  12 |         migrations.RunSQL('x')\n"
        "     |         ^\n"
        "  SQL (postgresql):\n"
        "      DROP TABLE a;\n"
        "      DROP TABLE b;\n"
        "  instead:\n"
        "      first this\n"
        "      then that\n"
        "  fix: make it so (check --fix does it)\n"
        "  hint: read\n"
        "\n1 finding: 1 x MG102\n"
    )


def test_long_lines_are_cut_around_the_column() -> None:
    class Source:
        def line(self, place: Place) -> str | None:
            return "x" * 500 + "HERE" + "y" * 500

    quoted = text.render(
        Report((finding("MG102", "m", origin=Place("a.py", 1, 501)),)), Lines(), quotes=Source()
    ).splitlines()[2:4]
    assert quoted[0][quoted[1].index("^") :].startswith("HERE") and len(quoted[0]) < 140


def test_harmless_text_stays_readable() -> None:
    assert harmless.line("Café: a::b ## c") == "Café: a::b ## c"
    assert harmless.line("::x") == ": :x" and harmless.line("  ::x") == "  : :x"
    assert harmless.line("a ##[b]") == "a # #[b]"
