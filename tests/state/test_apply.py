"""Corners of `apply` that random histories do not reach: doubt, swappable models, custom operations, replay."""

from __future__ import annotations

import pytest

from migration_guard.state import operations as ops
from migration_guard.state.apply import apply, doubt_models, replay
from migration_guard.state.model import State
from migration_guard.state.problem import Problem, Stage
from migration_guard.state.validate import validate
from migration_guard.values import Call, Const, Ref, Seq, SettingsReference, Unknown
from tests.state.make import DOUBT, VERSION, after, field, index, model, problem


def test_no_state_is_changed_in_place() -> None:
    before = after(model("A", name=field()))
    kept = dict(before.apps["app"])
    after(ops.RenameField("A", "name", "title"), ops.DeleteModel("A"), state=before)
    assert dict(before.apps["app"]) == kept
    assert list(kept["a"].fields) == ["id", "name"]


def test_a_renamed_model_that_a_setting_selects_is_referred_to_by_the_setting() -> None:
    state = after(model("Old"), model("B", owner=field("ForeignKey", to="app.old")))
    state = State(state.apps, swappable={"app.user": "AUTH_USER_MODEL"})
    to = after(ops.RenameModel("Old", "User"), state=state).apps["app"]["b"].fields["owner"].call.kwargs["to"]
    assert isinstance(to, Const)
    assert isinstance(to.value, SettingsReference)
    assert (to.value, to.value.setting_name) == ("app.user", "AUTH_USER_MODEL")


def test_a_rename_reaches_other_apps_and_leaves_self_alone() -> None:
    state = after(model("Old", parent=field("ForeignKey", to="self")))
    far = model("X", a=field("ForeignKey", to="app.old"), b=field("ManyToManyField", to="app.x"))
    other = apply(far, "b", state, VERSION)
    assert isinstance(other, State)
    state = after(ops.RenameModel("Old", "New"), state=other)
    assert state.apps["app"]["new"].fields["parent"].label("to") == "self"
    assert state.apps["b"]["x"].fields["a"].label("to") == "app.new"
    assert state.apps["b"]["x"].fields["b"].label("to") == "app.x"


def test_what_deconstruct_hides_stays_hidden() -> None:
    hidden = field("ForeignKey")
    hidden = type(hidden)(hidden.call, hidden.type, {"to": Const("app.old")})
    state = after(model("Old"), model("B", owner=hidden), ops.RenameModel("Old", "New"))
    owner = state.apps["app"]["b"].fields["owner"]
    assert "to" not in owner.call.kwargs
    assert owner.attrs["to"] == Const("app.new")


@pytest.mark.parametrize(
    "operation",
    [
        ops.DeleteModel("B"),
        ops.RenameModel("B", "C"),
        ops.AddField("B", "x", field()),
        ops.AlterModelTable("B", Const("t")),
        ops.AddIndex("B", index("i", "x")),
        ops.RemoveField("A", "x"),
        ops.RenameField("A", "x", "y"),
        ops.AddIndex("A", index("", "id")),
        ops.RenameIndex("A", "new"),
        ops.SeparateDatabaseAndState((), (ops.DeleteModel("B"),)),
        model("C", {"indexes": Seq("list", (index("", "id"),))}),
        ops.CreateModel("C", (("a", field()), ("a", field()))),
    ],
)
def test_what_django_raises_is_a_problem(operation: ops.Operation) -> None:
    assert problem(operation, after(model("A"))).stage is Stage.LOADING


def test_a_problem_says_that_names_are_case_sensitive() -> None:
    found = problem(ops.RemoveField("A", "NAME"), after(model("A", name=field())))
    assert found.hint is not None and '"name"' in found.hint


@pytest.mark.parametrize(
    "operation",
    [ops.DeleteModel("B"), ops.AddField("B", "x", field()), ops.RemoveField("A", "x"), ops.RenameField("A", "x", "y")],
)
def test_in_doubt_nothing_is_a_problem(operation: ops.Operation) -> None:
    state = doubt_models(after(model("A")), "app", None, DOUBT)
    assert isinstance(apply(operation, "app", state, VERSION), State)


def test_a_custom_operation_puts_exactly_what_it_touches_in_doubt() -> None:
    state = after(model("A"), model("B"), ops.CustomOperation(unknown=DOUBT, touches=("a",)))
    assert state.apps["app"]["a"].incomplete == (DOUBT,)
    assert state.apps["app"]["b"].incomplete == ()
    assert not state.incomplete


def test_a_custom_operation_that_may_touch_all_puts_the_app_in_doubt() -> None:
    state = after(model("A"), ops.CustomOperation(unknown=DOUBT))
    assert state.apps["app"]["a"].incomplete == (DOUBT,)
    assert state.incomplete == {"app": (DOUBT,)}


def test_a_custom_operation_on_an_unknown_model_puts_the_app_in_doubt() -> None:
    assert after(ops.CustomOperation(unknown=DOUBT, touches=("new",))).incomplete == {"app": (DOUBT,)}


def test_an_index_that_could_not_be_read_may_be_the_one_removed() -> None:
    state = after(model("A"), ops.AddIndex("A", Unknown("who knows")), ops.RemoveIndex("A", "i"))
    assert isinstance(state.apps["app"]["a"].options["indexes"], Unknown)


def test_replay_reports_a_mistake_once_and_goes_on() -> None:
    migrations = [
        ops.Migration("app", "0001", (model("A"), ops.RemoveField("A", "x"), ops.AddField("A", "y", field()))),
        ops.Migration("app", "0002", (ops.RemoveField("A", "x"), ops.DeleteModel("Z"))),
    ]
    state, problems = replay(migrations, State(), VERSION)
    assert [(found.migration, found.operation) for found in problems] == [(("app", "0001"), ops.RemoveField("A", "x"))]
    assert list(state.apps["app"]["a"].fields) == ["id", "y"]


def test_replay_doubts_the_app_of_a_migration_that_was_not_understood() -> None:
    state, problems = replay([ops.Migration("app", "0001", (model("A"),), problems=(DOUBT,))], State(), VERSION)
    assert state.incomplete == {"app": (DOUBT,)}
    assert not problems


@pytest.mark.parametrize(
    ("operation", "refused"),
    [
        (model("A"), True),
        (model("A", {"proxy": Const(True)}), False),
        (model("B"), False),
        (ops.AddField("A", "name", field()), True),
        (ops.AddField("A", "other", field()), False),
        (ops.AlterField("A", "other", field()), True),
        (ops.AlterField("A", "name", field()), False),
        (ops.RemoveIndex("A", "i"), False),
        (ops.RemoveIndex("A", "j"), True),
        (ops.RenameIndex("A", "k", old_name="j"), True),
        (ops.RemoveConstraint("A", "c"), True),
    ],
)
def test_what_fails_only_against_a_database(operation: ops.Operation, refused: bool) -> None:
    state = after(model("A", name=field()), ops.AddIndex("A", index("i", "name")))
    found = validate(operation, "app", state)
    assert (found is not None) == refused
    assert found is None or (isinstance(found, Problem) and found.stage is Stage.MIGRATING)


def test_nothing_fails_for_models_that_django_does_not_manage_or_that_are_in_doubt() -> None:
    state = after(model("A", {"managed": Const(False)}), model("B"))
    assert validate(ops.AlterField("A", "x", field()), "app", state) is None
    assert validate(ops.AlterField("B", "x", field()), "app", doubt_models(state, "app", ["b"], DOUBT)) is None


def test_bases_are_not_rewritten_and_a_change_of_case_deletes_as_in_django() -> None:
    child = ops.CreateModel("B", (), {}, (Const("app.A"),))
    assert after(model("A"), child, ops.RenameModel("A", "Z")).apps["app"]["b"].bases == (Const("app.A"),)
    assert ("app", "a") not in after(model("A"), ops.RenameModel("A", "a"))
    assert after(model("A")).apps["app"]["a"].bases == (Ref("django.db.models", "Model"),)


def test_the_fields_of_a_composite_key_are_renamed() -> None:
    key = field("CompositePrimaryKey")
    key = type(key)(Call(key.call.func, (Const("a"), Const("b")), key.call.kwargs), key.type)
    state = after(ops.CreateModel("A", (("pk", key), ("a", field()), ("b", field()))), ops.RenameField("A", "a", "c"))
    assert state.apps["app"]["a"].fields["pk"].call.args == (Const("c"), Const("b"))
