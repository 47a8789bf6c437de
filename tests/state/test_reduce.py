"""The optimizer where it is ours alone: unread parts are never lost, versions differ, nothing is changed in place."""

from __future__ import annotations

from migration_guard.state import operations as ops
from migration_guard.state.reduce import optimize, reduce
from migration_guard.state.references import expression_names, field_references
from migration_guard.values import Call, Const, Ref, Unknown, Value, of
from tests.state.make import DOUBT, field, index, model


def test_a_model_that_could_not_be_read_as_a_whole_absorbs_nothing() -> None:
    created = ops.CreateModel("A", (), incomplete=(DOUBT,))
    assert optimize([created, ops.AlterField("A", "x", field())], "app", (5, 2)) == (
        created,
        ops.AlterField("A", "x", field()),
    )


def test_indexes_that_could_not_be_read_stay() -> None:
    created = model("A", {"indexes": Unknown("who knows")})
    assert len(optimize([created, ops.AddIndex("A", index("i", "id"))], "app", (5, 2))) == 2


def test_a_field_that_could_not_be_read_refers_to_every_model() -> None:
    unread = field()
    unread = type(unread)(unread.call, None, {}, DOUBT)
    assert field_references(("app", "a"), unread, ("app", "anything"))


def test_an_index_is_renamed_only_in_the_result() -> None:
    """Django before 6.0 renames the index of the operation itself, even where it then keeps both."""
    operations = [
        ops.AddIndex("A", index("old", "id")),
        ops.RemoveField("B", "x"),
        ops.RenameIndex("A", "new", old_name="old"),
    ]
    assert optimize(operations, "app", (5, 2)) == tuple(operations)


def test_the_class_of_an_absorbing_operation_depends_on_the_version() -> None:
    add = ops.AddConstraint("A", _check("c", 1), validate=False)
    alter = ops.AlterConstraint("A", "c", _check("c", 2))
    assert reduce(add, alter, "app", (5, 2)) == [ops.AddConstraint("A", _check("c", 2))]
    assert reduce(add, alter, "app", (6, 0)) == [ops.AddConstraint("A", _check("c", 2), validate=False)]


def test_nothing_but_the_names_of_fields_counts_in_an_expression() -> None:
    f = Call(Ref("django.db.models", "F"), (Const("a__b"),))
    value = Call(Ref("django.db.models", "Value"), (Const("c"),))
    q = Call(Ref("django.db.models", "Q"), (of(("d__gt", 1)),), {"e": f})
    lower: Value = Call(Ref("django.db.models.functions", "Lower"), (Const("g"), q, value), {"function": Const("h")})
    assert list(expression_names(lower)) == ["g", "d", "e", "a"]


def _check(name: str, number: int) -> Call:
    return Call(Ref("django.db.models", "CheckConstraint"), (), {"name": of(name), "condition": of(number)})
