"""Reports as text and JSON."""

from __future__ import annotations

import json

from migration_guard.diagnostics import Confidence, FileOnly, Place, Related, Report, finding, unknown
from migration_guard.report import json as as_json
from migration_guard.report import text as as_text
from migration_guard.values import Origin, Unknown


class Lines:
    """A locator for which a node's ordinal is its line."""

    def locate(self, origin: Origin) -> Place:
        return Place(origin.file, origin.at, 5)


MISSING = finding(
    "MG101",
    "blog: the models have changed",
    origin=Origin("blog/models.py", 7),
    subject="blog.Post",
    details=("+ Add field views to post",),
    hint="run makemigrations",
)
CONFLICT = finding(
    "MG102",
    "Conflicting migrations",
    origin=Origin("blog/migrations/0002_b.py", 3),
    related=(Related("blog.0002_a is a leaf node too", Origin("blog/migrations/0002_a.py", 3)),),
    confidence=Confidence.POSSIBLE,
    subject="blog",
)
CLASH = finding("MG104", "Migrations of blog share a number", subject="blog")
VALUE = unknown(
    "MG903", Unknown("`env()` has no default", Origin("settings.py", 4), "give it a default"), "blog.Post.title"
)
REPORT = Report(
    (MISSING, CONFLICT, CLASH), (VALUE,), ("settings: site.settings, as manage.py says",), {"migrations": 12}
)


def test_text() -> None:
    assert (
        as_text.render(REPORT, Lines())
        == """\
error MG101 [missing-migration]: blog: the models have changed
  --> blog/models.py:7:5
  + Add field views to post
  hint: run makemigrations

possible error MG102 [conflicting-leaf-nodes]: Conflicting migrations
  --> blog/migrations/0002_b.py:3:5
  also blog/migrations/0002_a.py:3:5: blog.0002_a is a leaf node too

1 finding: 1 x MG101
1 possible finding: what could not be known decides.
1 note; -v shows it.
1 thing could not be known; -v lists it.
"""
    )


def test_verbose_text_lists_everything() -> None:
    shown = as_text.render(REPORT, Lines(), verbose=True)
    assert shown.startswith("settings: site.settings, as manage.py says\n\nerror MG101")
    assert "note MG104 [numbering-clash]: Migrations of blog share a number\n" in shown
    assert (
        "What could not be known:\n"
        "  settings.py:4:5: MG903 `env()` has no default (blog.Post.title)\n"
        "    hint: give it a default\n"
    ) in shown
    assert shown.endswith("1 thing could not be known.\nmigrations: 12\n")


def test_clean_text() -> None:
    assert as_text.render(Report(), FileOnly()) == "No findings.\n"


def test_colours() -> None:
    assert "\x1b[1;31merror MG101\x1b[0m" in as_text.render(REPORT, Lines(), colour=True)
    assert "\x1b" not in as_text.render(REPORT, Lines())


def test_names_cannot_speak_to_the_terminal() -> None:
    evil = "\x1b]0;owned\x07\x9b31m\u202e"
    item = finding(
        "MG101", evil, origin=Origin(evil), related=(Related(evil, Origin(evil)),), details=(evil,), hint=evil
    )
    report = Report((item,), (unknown("MG903", Unknown(evil, Origin(evil), evil), evil),), (evil,), {evil: evil})
    for verbose in (False, True):
        shown = as_text.render(report, FileOnly(), verbose=verbose)
        assert all(c.isprintable() or c == "\n" for c in shown)
    assert as_json.render(report, FileOnly()).isascii()


def test_json() -> None:
    document = json.loads(as_json.render(REPORT, Lines()))
    assert list(document) == ["version", "findings", "unknowns", "notes", "stats"]
    assert document["version"] == 1
    assert document["findings"][0] == {
        "code": "MG101",
        "name": "missing-migration",
        "severity": "error",
        "confidence": "certain",
        "fails": True,
        "message": "blog: the models have changed",
        "details": ["+ Add field views to post"],
        "hint": "run makemigrations",
        "subject": "blog.Post",
        "databases": [],
        "place": {"file": "blog/models.py", "line": 7, "column": 5},
        "related": [],
    }
    assert document["findings"][1]["related"][0]["place"]["file"] == "blog/migrations/0002_a.py"
    assert document["unknowns"][0]["fails"] is False
    assert document["stats"] == {"migrations": 12}
