"""Questions: what is refused under --noinput, what can be said in advance, what looks like a rename."""

from __future__ import annotations

from dataclasses import replace

from diff.builders import diff, fld, model, operations

from migration_guard.diff import DryRun, NonInteractive, Scripted
from migration_guard.state.operations import AddField, AlterField
from migration_guard.values import NONE, Const

POST = model("blog.Post", title=fld("CharField", max_length=10))


def with_field(name: str, field: object) -> object:
    return replace(POST, fields={**POST.fields, name: field})  # type: ignore[arg-type]


def only(result: object) -> object:
    [[migration]] = result.migrations.values()  # type: ignore[attr-defined]
    [operation] = migration.operations
    return operation


def test_not_null_addition() -> None:
    result = diff([POST], [with_field("size", fld())])
    assert [r.message for r in result.refusals] == [
        "Field 'size' on model 'post' not migrated: "
        "it is impossible to add a non-nullable field without specifying a default."
    ]
    assert result.refusals[0].status == 3
    operation = only(diff([POST], [with_field("size", fld())], DryRun()))
    assert isinstance(operation, AddField) and not operation.preserve_default
    assert operation.field.call.kwargs["default"] == NONE


def test_auto_now_add() -> None:
    result = diff([POST], [with_field("born", fld("DateTimeField", auto_now_add=True))])
    assert "'auto_now_add=True'" in result.refusals[0].message


def test_not_null_alteration() -> None:
    before, after = with_field("size", fld(null=True)), with_field("size", fld())
    result = diff([before], [after])
    operation = only(result)
    assert isinstance(operation, AlterField) and operation.preserve_default
    assert [n.message for n in result.notes] == [
        "Field 'size' on model 'post' given a default of NOT PROVIDED and must be corrected."
    ]
    scripted = Scripted(NonInteractive(), defaults={"blog.Post.size": Const(3)})
    operation = only(diff([before], [after], scripted))
    assert isinstance(operation, AlterField) and not operation.preserve_default
    assert operation.field.call.kwargs["default"] == Const(3)
    quiet = diff([before], [after], Scripted(NonInteractive(), ignored=frozenset({"blog.post.size"})))
    assert not quiet.notes and operations(quiet) == ["AlterField"]


def test_scripted_renames_and_hints() -> None:
    after = model("blog.Post", name=fld("CharField", max_length=10))
    plain = diff([POST], [after], DryRun())
    assert operations(plain) == ["RemoveField", "AddField"]
    assert [(h.old, h.new, h.kind) for h in plain.hints] == [("blog.Post.title", "blog.Post.name", "field")]
    scripted = Scripted(NonInteractive(), renamed={"blog.Post.name": "title"})
    told = diff([POST], [after], scripted)
    assert operations(told) == ["RenameField"] and not told.hints
    other = Scripted(NonInteractive(), renamed={"blog.Post.name": "body"}, defaults={"blog.post.name": Const("")})
    assert operations(diff([POST], [after], other)) == ["RemoveField", "AddField"]


def test_model_renames() -> None:
    after = model("blog.Article", title=fld("CharField", max_length=10))
    plain = diff([POST], [after])
    assert sorted(operations(plain)) == ["CreateModel", "DeleteModel"]
    assert [(h.old, h.new, h.kind) for h in plain.hints] == [("blog.Post", "blog.Article", "model")]
    assert operations(diff([POST], [after], Scripted(NonInteractive(), renamed={"blog.Article": "Post"}))) == [
        "RenameModel"
    ]


def test_what_fills_itself_is_not_asked_about() -> None:
    for field in (
        fld(null=True),
        fld(default=1),
        fld("CharField", max_length=1, blank=True),
        fld("DateTimeField", auto_now=True),
        fld("ManyToManyField", to="blog.post"),
        fld("BigAutoField", primary_key=True),
        fld("IntegerField", db_default=1),
    ):
        result = diff([POST], [with_field("extra", field)])
        assert operations(result) == ["AddField"] and not result.refusals, field
