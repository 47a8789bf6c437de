"""Branches, their merge migration, and which operations do not commute."""

from __future__ import annotations

from datetime import datetime

import pytest
from diff.builders import fld

from migration_guard.diff import Merge, Refused, merge, updated
from migration_guard.diff.merge import merged_name
from migration_guard.project.graph import build_graph
from migration_guard.state.operations import (
    AddField,
    AddIndex,
    AlterField,
    AlterModelOptions,
    AlterUniqueTogether,
    CreateModel,
    DeleteModel,
    Dependency,
    Migration,
    Operation,
    RemoveField,
    RenameField,
    RenameModel,
    RunPython,
)
from migration_guard.values import Call, Const, Ref, of

NOW = datetime(2026, 1, 2, 3, 4)
POST = CreateModel("Post", (("title", fld("CharField", max_length=5)),))


def migration(name: str, parent: str | None, *operations: Operation, app: str = "blog") -> Migration:
    dependencies = (Dependency(app, parent),) if parent else ()
    return Migration(app, name, operations, dependencies)


def graph_of(*migrations: Migration):  # type: ignore[no-untyped-def]
    return build_graph(migrations, version=(5, 2))


def merged(ours: list[Operation], theirs: list[Operation]) -> Merge:
    graph = graph_of(
        migration("0001_initial", None, POST),
        migration("0002_common", "0001_initial"),
        migration("0003_a", "0002_common", *ours),
        migration("0003_b", "0002_common", *theirs),
    )
    result = merge(graph, "blog", ["0003_a", "0003_b"], now=NOW)
    assert isinstance(result, Merge)
    return result


def test_the_merge_migration() -> None:
    result = merged([], [])
    assert result.migration.name == "0004_merge_0003_a_0003_b"
    assert [d.name for d in result.migration.dependencies] == ["0003_a", "0003_b"]
    assert [[m.name for m in branch.migrations] for branch in result.branches] == [["0003_a"], ["0003_b"]]


def test_names() -> None:
    assert merged_name(["0007_x", "0012_y"], None, NOW) == "0013_merge_0007_x_0012_y"
    assert merged_name(["x", "y"], None, NOW) == "0002_merge_x_y"
    assert merged_name(["0007_" + "x" * 30, "0012_" + "y" * 30], None, NOW) == "0013_merge_20260102_0304"
    assert merged_name(["0007_x", "0012_y"], "joined", NOW) == "0013_joined"


def test_no_common_ancestor() -> None:
    graph = graph_of(migration("0001_a", None), migration("0001_b", None))
    result = merge(graph, "blog", ["0001_a", "0001_b"])
    assert isinstance(result, Refused) and "Could not find common ancestor" in result.message


def index(name: str, *fields: str) -> AddIndex:
    call = Call(Ref("django.db.models", "Index"), (), {"name": Const(name), "fields": of(list(fields))})
    return AddIndex(model_name="post", index=call)


TITLE = fld("CharField", max_length=9)
CLASHES: list[tuple[Operation, Operation, str]] = [
    (AddField("post", "a", fld()), AddField("post", "a", fld()), "post.a"),
    (AlterField("post", "title", TITLE), AlterField("post", "title", fld()), "post.title"),
    (AlterField("post", "title", TITLE), RemoveField("post", "title"), "post.title"),
    (RemoveField("post", "title"), RemoveField("post", "title"), "post.title"),
    (RenameField("post", "title", "name"), AlterField("post", "title", TITLE), "post.title"),
    (RenameField("post", "title", "name"), AddField("post", "name", fld()), "post.name"),
    (DeleteModel("Post"), AddField("post", "a", fld()), "post.a"),
    (RenameModel("Post", "Item"), AlterModelOptions("post", {}), "post.Meta options"),
    (DeleteModel("Post"), AddField("other", "post", fld("ForeignKey", to="blog.post")), "post"),
    (AlterModelOptions("post", {"ordering": of(["a"])}), AlterModelOptions("post", {}), "post.Meta options"),
    (RemoveField("post", "title"), index("i", "title"), "post.title"),
    (index("i", "title"), index("i", "id"), "post.index i"),
    (RemoveField("post", "title"), AlterUniqueTogether("post", of({("title", "a")})), "post.title"),
]
PEACE: list[tuple[Operation, Operation]] = [
    (AddField("post", "a", fld()), AddField("post", "b", fld())),
    (AlterField("post", "title", TITLE), AlterField("post", "title", TITLE)),
    (AlterModelOptions("post", {}), AlterModelOptions("post", {})),
    (AlterModelOptions("post", {}), AddField("post", "a", fld())),
    (CreateModel("A", ()), CreateModel("B", ())),
    (index("i", "title"), index("j", "title")),
    (index("i", "title"), AlterField("post", "title", TITLE)),
    (CreateModel("A", (("post", fld("ForeignKey", to="blog.post")),)), AddField("post", "a", fld())),
]


@pytest.mark.parametrize(("one", "other", "subject"), CLASHES)
def test_clashes(one: Operation, other: Operation, subject: str) -> None:
    assert [clash.subject for clash in merged([one], [other]).clashes] == [subject]
    assert [clash.subject for clash in merged([other], [one]).clashes] == [subject]


@pytest.mark.parametrize(("one", "other"), PEACE)
def test_operations_that_commute(one: Operation, other: Operation) -> None:
    assert not merged([one], [other]).clashes


def test_opaque_operations_are_listed_not_judged() -> None:
    result = merged([RunPython(Ref("blog", "forwards"))], [DeleteModel("Post")])
    assert not result.clashes and [place.migration for place in result.opaque] == [("blog", "0003_a")]


def test_update_joins_the_last_migration() -> None:
    graph = graph_of(
        migration("0001_initial", None, POST), migration("0002_post_a", "0001_initial", AddField("post", "a", fld()))
    )
    planned = Migration("blog", "0003_x", (AddField("post", "b", fld()),), (Dependency("blog", "0002_post_a"),))
    result = updated(graph, "blog", [planned], (5, 2))
    assert isinstance(result, Migration)
    assert result.name == "0002_post_a_post_b" and len(result.operations) == 2
    assert [d.name for d in result.dependencies] == ["0001_initial"]
    assert isinstance(updated(graph, "shop", [planned], (5, 2)), Refused)
    same = updated(graph, "blog", [], (5, 2))
    assert isinstance(same, Migration) and same.name == "0002_post_a_updated"


def test_update_refuses_what_others_depend_on() -> None:
    other = Migration("shop", "0001_initial", (), (Dependency("blog", "0001_initial"),))
    graph = graph_of(migration("0001_initial", None, POST), other)
    result = updated(graph, "blog", [], (5, 2))
    assert isinstance(result, Refused)
    assert (
        result.message == "Cannot update migration 'blog.0001_initial' that migrations 'shop.0001_initial' depend on."
    )
