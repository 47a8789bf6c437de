"""Reports as text and JSON."""

from __future__ import annotations

import json

from migration_guard.diagnostics import Confidence, FileOnly, Place, Related, Report, finding, unknown
from migration_guard.report import json as as_json
from migration_guard.report import text as as_text
from migration_guard.values import Origin, Unknown


class Lines:
    """A locator for which a node's ordinal is its line."""

    def locate(self, origin: Origin | Place) -> Place:
        return origin if isinstance(origin, Place) else Place(origin.file, origin.at, 5)


MISSING = finding(
    "MG101",
    "blog: the models have changed",
    origin=Origin("blog/models.py", 7),
    subject="blog.Post",
    details=("this looks like a rename",),
    hint="run makemigrations",
    changes=(
        Related("blog.Post: add field views IntegerField(default=0)", Origin("blog/models.py", 7), "blog.Post.views"),
        Related("blog.Tag: delete model", None, "blog.Tag"),
    ),
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
  blog/models.py:7:5: blog.Post: add field views IntegerField(default=0)
  blog.Tag: delete model
  this looks like a rename
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
    clean = Report(clean="No changes detected in 1 app.", cautions=("no settings",))
    assert as_text.render(clean, FileOnly()) == "note: no settings\nNo changes detected in 1 app.\n"


def test_cautions_projects_and_files_without_lines() -> None:
    broken = finding("MG110", "not Python", origin=Place("blog/models.py", 0))
    report = Report((broken,), notes=("a note",), cautions=("no settings",), project="services/blog")
    assert as_text.render(report, Lines()) == (
        "services/blog:\nnote: no settings\n\nerror MG110 [unreadable-source]: not Python\n"
        "  --> blog/models.py\n\n1 finding: 1 x MG110\n"
    )
    several = json.loads(as_json.render_all([report, Report(project="services/shop")], Lines()))
    assert [item["project"] for item in several["projects"]] == ["services/blog", "services/shop"]
    first = several["projects"][0]
    assert first["findings"][0]["place"] == {"file": "blog/models.py", "line": None, "column": None}
    assert (first["cautions"], first["notes"]) == (["no settings"], ["a note"])


def test_colours() -> None:
    assert "\x1b[1;31merror MG101\x1b[0m" in as_text.render(REPORT, Lines(), colour=True)
    assert "\x1b" not in as_text.render(REPORT, Lines())


def test_names_cannot_speak_to_the_terminal() -> None:
    evil = "\x1b]0;owned\x07\x9b31m\u202e"
    item = finding(
        "MG101", evil, origin=Origin(evil), related=(Related(evil, Origin(evil)),), details=(evil,), hint=evil,
        changes=(Related(evil, Origin(evil)),),
    )  # fmt: skip
    unknowns = (unknown("MG903", Unknown(evil, Origin(evil), evil), evil),)
    report = Report((item,), unknowns, (evil,), {evil: evil}, cautions=(evil,), clean=evil, project=evil)
    for verbose in (False, True):
        shown = as_text.render(report, FileOnly(), verbose=verbose)
        assert all(c.isprintable() or c == "\n" for c in shown)
    assert as_json.render(report, FileOnly()).isascii()


def test_json() -> None:
    document = json.loads(as_json.render(REPORT, Lines()))
    assert list(document) == ["version", "project", "findings", "unknowns", "notes", "cautions", "stats"]
    assert document["version"] == 1
    assert document["findings"][0] == {
        "code": "MG101",
        "name": "missing-migration",
        "severity": "error",
        "confidence": "certain",
        "fails": True,
        "message": "blog: the models have changed",
        "details": ["this looks like a rename"],
        "hint": "run makemigrations",
        "subject": "blog.Post",
        "databases": [],
        "place": {"file": "blog/models.py", "line": 7, "column": 5},
        "related": [],
        "changes": [
            {
                "subject": "blog.Post.views",
                "message": "blog.Post: add field views IntegerField(default=0)",
                "place": {"file": "blog/models.py", "line": 7, "column": 5},
            },
            {"subject": "blog.Tag", "message": "blog.Tag: delete model", "place": None},
        ],
        "sql": [],
        "instead": [],
        "fix": None,
        "fingerprint": "18d70c2fd2d631970facc89528280ca5",
    }
    assert document["findings"][1]["related"][0]["place"]["file"] == "blog/migrations/0002_a.py"
    assert document["unknowns"][0]["fails"] is False
    assert document["stats"] == {"migrations": 12}
