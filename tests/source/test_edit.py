"""Edits keep what they do not touch; links are found where they are literal, and said not to be where they are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migration_guard.source.edit import (
    Edit,
    SourceText,
    Unreadable,
    apply_edits,
    changed_constants,
    links,
    rename_edits,
    string_edits,
)
from migration_guard.source.errors import SourceError
from migration_guard.source.lower_cst import lower


def test_edits_in_any_order() -> None:
    assert apply_edits("a = 1; b = 2\n", [Edit(11, 12, "3"), Edit(0, 1, "c"), Edit(0, 1, "c")]) == "c = 1; b = 3\n"
    assert apply_edits("ab\n", [Edit(1, 1, "x"), Edit(1, 2, "y")]) == "axy\n"
    assert apply_edits("this is not Python", []) == "this is not Python"


@pytest.mark.parametrize(
    "edits",
    [
        [Edit(0, 3, "x"), Edit(2, 4, "y")],
        [Edit(0, 3, "x"), Edit(0, 3, "y")],
        [Edit(1, 1, "x"), Edit(1, 1, "y")],
        [Edit(3, 99, "x")],
        [Edit(-1, 1, "x")],
        [Edit(3, 2, "x")],
    ],
)
def test_edits_that_overlap(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="overlap"):
        apply_edits("abcdef\n", edits)


def test_a_result_that_is_not_python() -> None:
    with pytest.raises(SourceError, match="after the edit it would not be valid Python"):
        apply_edits("a = 1\n", [Edit(2, 3, "(")])


HEADS = ("", "# coding: latin-1\n", "# coding: cp1251\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last", [True, False])
def test_everything_else_is_kept(end: str, head: str, mark: bytes, last: bool) -> None:
    if head and (mark or end == "\r"):
        return  # Python refuses such a file
    text = f"{head}# я \n" if "cp1251" in head else f"{head}# é \n"
    text += "class Migration:\n    x = '''\n  '''; dependencies = [('a', \"b\")] # c\n\tpass" + "\n" * last
    text = text.replace("\n\tpass", "\n")
    encoding = "cp1251" if "cp1251" in head else "latin-1" if head else "utf-8"
    data = mark + text.replace("\n", end).encode(encoding)
    source = SourceText.of(data)
    edits = rename_edits(links(source.text), {"dependencies": {("a", "b"): "longer"}})
    assert isinstance(edits, list)
    assert source.edited(edits) == data.replace(b'"b"', b'"longer"')
    assert source.edited([]) == data


def test_what_cannot_be_written() -> None:
    source = SourceText.of(b"# coding: latin-1\na = 1\n")
    with pytest.raises(SourceError, match="cannot be written in iso-8859-1"):
        source.edited([Edit(22, 23, "'\u0416'")])
    with pytest.raises(SourceError):
        SourceText.of(b"\xff\xfe")
    with pytest.raises(SourceError):
        SourceText.of(b"a = '\0'")


def migration(body: str, head: str = "", tail: str = "") -> str:
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return f"{head}\nclass Migration(migrations.Migration):\n{lines}{tail}"


def test_links() -> None:
    text = migration(
        "dependencies: list = [\n"
        "    ('a', '0001'), # one\n"
        "    migrations.swappable_dependency(settings.AUTH_USER_MODEL),\n"
        '    [APP, r"0002"],\n'
        "]\n"
        "run_before = (('a', u'''0003'''),)\n"
        "replaces = [('a', NAME)]",
        head="APP = 'b'\nNAME = '0004'\n",
    )
    found = links(text)
    assert found.unreadable == ()
    assert found.pairs("dependencies") == (("a", "0001"), ("b", "0002"))
    assert found.of("dependencies")[1].setting == "AUTH_USER_MODEL"
    assert [item.line for item in found.items] == [6, 7, 8, 10, 11]
    assert found.pairs("run_before") == (("a", "0003"),)
    assert found.pairs("replaces") == (("a", "0004"),)
    names = {("a", "0001"): "x", ("b", "0002"): "y", ("a", "0003"): "z"}
    edits = rename_edits(found, {"dependencies": names, "run_before": names})
    assert isinstance(edits, list)
    after = apply_edits(text, edits)
    assert after == text.replace("'0001'", "'x'").replace('r"0002"', 'r"y"').replace("0003", "z")
    refused = rename_edits(found, {"replaces": {("a", "0004"): "x"}})
    assert isinstance(refused, Unreadable) and refused.line == 11


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("dependencies = DEPENDENCIES", "it is not written as a list"),
        ("dependencies = [('a', 'b')] + MORE", "it is not written as a list"),
        ("dependencies = [*MORE]", "it holds the items of another list"),
        ("dependencies = [('a', 'b')]\ndependencies += MORE", "it is changed in a way that cannot be followed"),
        (
            "dependencies = [('a', 'b')]\ndependencies.append(('a', 'c'))",
            "it is changed in a way that cannot be followed",
        ),
        ("dependencies = []\ndependencies = [('a', 'b')]", "it is assigned more than once"),
        ("if X:\n    dependencies = [('a', 'b')]", "it is changed in a way that cannot be followed"),
        ("dependencies = [('a', f'b')]", "an item is not a pair of constants"),
        ("dependencies = [('a', b'b')]", "an item is not a pair of constants"),
        ("dependencies = [('a', 'b', 'c')]", "an item is not a pair of constants"),
        ("dependencies = [PARENT]", "an item is not a pair of constants"),
        ("dependencies = [other(settings.X)]", "an item is not a pair of constants"),
    ],
)
def test_links_that_are_not_literal(body: str, reason: str) -> None:
    assert [(item.attribute, item.reason) for item in links(migration(body)).unreadable] == [("dependencies", reason)]


def test_names_bound_twice_are_not_known() -> None:
    found = links(migration("dependencies = [(APP, 'b')]", head="APP = 'a'\nAPP = 'b'\n"))
    assert found.pairs("dependencies") == ((None, "b"),) and found.unreadable


def test_no_class_or_two() -> None:
    assert len(links("x = 1\n").unreadable) == 3
    assert len(links(migration("pass") + migration("pass")).unreadable) == 3


def test_new_names_that_do_not_fit_in_quotes() -> None:
    found = links(migration("dependencies = [('a', 'b')]"))
    assert isinstance(rename_edits(found, {"dependencies": {("a", "b"): "it's"}}), Unreadable)


def test_strings_by_their_whole_value() -> None:
    text = "x = 'a.b'; y = \"a.b\"; z = 'a.b.c'; b'a.b'; f'a.b'\n"
    assert (
        apply_edits(text, string_edits(text, {"a.b": "new"})) == "x = 'new'; y = \"new\"; z = 'a.b.c'; b'a.b'; f'a.b'\n"
    )


def test_what_changed() -> None:
    def changed(before: str, after: str) -> object:
        return changed_constants(lower(before)["body"], lower(after)["body"])

    assert changed("a = ['x', 1]  # c\n", "a = ['y', 1]\n") == [("x", "y")]
    assert changed("a = f('x')\n", "a = f('x')\n") == []
    assert changed("a = f('x')\n", "a = g('x')\n") is None
    assert changed("a = ['x']\n", "a = ['x', 'y']\n") is None
    assert changed("a = 1\n", "a = True\n") == [(1, True)]
    assert changed("import a\n", "import b\n") is None


@given(st.text(alphabet="ab'\"\\\n\r\t\x0cé\u2028\U0001f600#", max_size=12), st.sampled_from(["\n", "\r\n", "\r"]))
def test_positions_after_any_text(before: str, end: str) -> None:
    """Whatever stands in comments and strings before it, the name is found."""
    comment = "".join(char for char in before if char not in "\n\r")
    text = f"# {comment}\nX = {before!r}\n" + migration(f"y = 1; dependencies = [({before!r}, 'name')] # {comment}")
    text = text.replace("\n", end)
    found = links(text)
    edits = rename_edits(found, {"dependencies": {(before, "name"): "other"}})
    assert isinstance(edits, list) and len(edits) == 1
    assert apply_edits(text, edits) == text.replace("'name')", "'other')")
