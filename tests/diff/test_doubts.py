"""What is not known never becomes an operation, and is said once."""

from __future__ import annotations

from dataclasses import replace

from diff.builders import TARGET, diff, fld, model, operations

from migration_guard.diff import DoubtKind, Leaves, detect
from migration_guard.state.model import State
from migration_guard.values import NONE, Call, Const, Map, Ref, Seq, Unknown

WHY = Unknown("cannot be read")
POST = model("blog.Post", title=fld("CharField", max_length=10))


def index(name: str, **kwargs: object) -> Call:
    return Call(Ref("django.db.models", "Index"), (), {"name": Const(name), **kwargs})  # type: ignore[dict-item]


def test_an_unknown_argument_is_no_alteration() -> None:
    result = diff([POST], [model("blog.Post", title=fld("CharField", max_length=WHY))])
    assert not result.migrations
    [doubt] = result.doubts
    assert (doubt.app_label, doubt.subject, doubt.unknown) == ("blog", "blog.Post.title", WHY)


def test_the_same_unknown_on_both_sides_is_still_a_doubt() -> None:
    unknown = model("blog.Post", title=fld("CharField", max_length=WHY))
    assert diff([unknown], [unknown]).doubts


def test_a_certain_difference_beats_an_unknown_one() -> None:
    before = model("blog.Post", title=fld("CharField", max_length=WHY, null=True))
    result = diff([before], [model("blog.Post", title=fld("TextField"))])
    assert operations(result) == ["AlterField"]


def test_a_new_field_with_an_unknown_argument_is_missing_but_cannot_be_written() -> None:
    result = diff([POST], [replace(POST, fields={**POST.fields, "size": fld(null=True, help_text=WHY)})])
    assert operations(result) == ["AddField"]
    [doubt] = result.doubts
    assert (doubt.kind, doubt.subject) == (DoubtKind.UNWRITABLE, "blog.post.size")


def test_a_field_that_may_be_none_is_neither_added_nor_removed() -> None:
    maybe = replace(POST, fields={**POST.fields, "size": fld(unknown=WHY)})
    for before, after in ((POST, maybe), (maybe, POST)):
        result = diff([before], [after])
        assert not result.migrations and [d.subject for d in result.doubts] == ["blog.Post.size"]


def test_an_unreadable_base_may_bring_fields() -> None:
    after = model("blog.Post", incomplete=(WHY,), size=fld(null=True))
    result = diff([POST], [after])
    assert operations(result) == ["AddField"]
    assert {d.subject for d in result.doubts} == {"blog.Post", "blog.Post.title"}


def test_a_model_that_some_operation_may_have_changed_is_left_alone() -> None:
    before = replace(POST, incomplete=(WHY,))
    result = diff([before], [model("blog.Post", options={"ordering": ["x"]}, title=fld("TextField"), more=fld())])
    assert not result.migrations
    assert all(d.unknown == WHY for d in result.doubts)


def test_no_creation_or_deletion_in_an_app_whose_models_are_not_all_known() -> None:
    for before, after in (
        (State.of([POST]), State.of([]).doubt("blog", WHY)),
        (State.of([]).doubt("blog", WHY), State.of([POST])),
        (State.of([POST]).doubt("blog", WHY), State.of([])),
    ):
        result = diff(before, after)
        assert not result.migrations and {d.subject for d in result.doubts} == {"blog", "blog.Post"}
    certain = diff(State.of([]), State.of([POST]).doubt("blog", WHY))
    assert operations(certain) == ["CreateModel"]


def test_an_incomplete_model_is_not_created_and_its_users_are_in_doubt() -> None:
    user = model("shop.Order", post=fld("ForeignKey", to="blog.post"))
    result = diff([], [model("blog.Post", incomplete=(WHY,)), user])
    assert list(result.migrations) == ["shop"]
    assert set(result.doubtful_apps()) == {"blog", "shop"}


def test_doubts_spread_to_apps_that_depend_on_a_migration_that_will_not_be_written() -> None:
    bad = model("blog.Post", body=fld("CharField", max_length=WHY))
    user = model("shop.Order", post=fld("ForeignKey", to="blog.post"))
    other = model("news.Item")
    result = diff([], [bad, user, other])
    assert set(result.migrations) == {"blog", "shop", "news"}
    assert set(result.doubtful_apps()) == {"blog", "shop"}


def test_unknown_kind_of_model() -> None:
    result = diff([POST], [replace(POST, options={"managed": WHY})])
    assert not result.migrations and result.doubts
    result = diff([], [replace(POST, options={"proxy": WHY})])
    assert not result.migrations and result.doubts


def test_unknown_options() -> None:
    for name in ("db_table", "unique_together", "order_with_respect_to", "indexes", "constraints"):
        result = diff([POST], [replace(POST, options={name: WHY})])
        assert not result.migrations, name
        assert [d.unknown for d in result.doubts] == [WHY], name


def test_an_option_that_came_is_missing_but_cannot_be_written() -> None:
    result = diff([POST], [replace(POST, options={"ordering": WHY})])
    assert operations(result) == ["AlterModelOptions"]
    assert [d.kind for d in result.doubts] == [DoubtKind.UNWRITABLE]


def test_an_unknown_argument_may_be_the_default_that_is_left_out() -> None:
    result = diff([POST], [model("blog.Post", title=fld("CharField", max_length=10, null=WHY))])
    assert not result.migrations and [d.unknown for d in result.doubts] == [WHY]


def test_an_unknown_index_hides_only_what_it_could_be() -> None:
    known, unknown = index("a", fields=Seq("list", (Const("title"),))), index("b", condition=WHY)
    before = replace(POST, options={"indexes": Seq("list", (index("b", condition=NONE),))})
    after = replace(POST, options={"indexes": Seq("list", (known, unknown))})
    result = diff([before], [after])
    assert operations(result) == ["AddIndex"]
    assert result.doubts
    opaque = replace(POST, options={"indexes": Seq("list", (WHY,))})
    result = diff([before], [opaque])
    assert not result.migrations and result.doubts


def test_a_reference_whose_module_could_not_be_read_may_be_the_same() -> None:
    before = model("blog.Post", title=fld("CharField", max_length=1, default=Ref("pkg.inner", "make")))
    after = model("blog.Post", title=fld("CharField", max_length=1, default=Ref("pkg", "make", certain=False)))
    result = diff([before], [after])
    assert not result.migrations and "pkg.make" in result.doubts[0].unknown.reason


def test_a_new_column_of_an_unreadable_class_needs_no_default_for_certain() -> None:
    custom = replace(fld(), type=None, call=Call(Ref("pkg", "Field"), (), {}))
    result = diff([POST], [replace(POST, fields={**POST.fields, "size": custom})])
    assert not result.refusals and result.doubts


def test_an_unknown_target_of_a_relation() -> None:
    result = diff([POST], [replace(POST, fields={**POST.fields, "to": fld("ForeignKey", to=WHY, null=True)})])
    assert [d.kind for d in result.doubts] == [DoubtKind.UNWRITABLE]
    hidden = fld("ForeignKey", null=True)
    result = diff([POST], [replace(POST, fields={**POST.fields, "to": hidden})])
    assert [d.kind for d in result.doubts] == [DoubtKind.UNWRITABLE]


def test_nothing_known_nothing_said() -> None:
    result = detect(State(), State(), TARGET, Leaves())
    assert not result and not result.doubts


def test_values_inside_maps_are_found() -> None:
    before = model("blog.Post", title=fld("CharField", choices=Map(((Const("a"), WHY),))))
    assert diff([], [before]).doubts[0].kind is DoubtKind.UNWRITABLE
