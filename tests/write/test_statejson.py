"""The canonical JSON: unknown where, and only where, something is unknown."""

from __future__ import annotations

from migration_guard.state.model import Field, Model, State
from migration_guard.values import Call, Const, Ref, Unknown, of
from migration_guard.write.statejson import field_json, state_json, value_json

V = (5, 2)
CHAR = Ref("django.db.models", "CharField")


def test_models_are_sorted_and_values_are_texts() -> None:
    field = Field(Call(CHAR, (), {"max_length": Const(3)}), None)
    models = [
        Model(
            "b", "Zed", {"x": field}, {"ordering": of(["-x"])}, (Ref("django.db.models", "Model"), Const("a.base")), ()
        ),
        Model("a", "base", {}, {}, (), (("objects", Call(Ref("lib", "Own"))),)),
        Model("c", "Hidden"),
    ]
    assert state_json(State.of(models), {"a", "b"}, V) == [
        {
            "app_label": "a",
            "name": "base",
            "fields": [],
            "options": {},
            "bases": [],
            "managers": [["objects", "lib.Own()"]],
        },
        {
            "app_label": "b",
            "name": "Zed",
            "fields": [{"name": "x", "path": "django.db.models.CharField", "args": [], "kwargs": {"max_length": "3"}}],
            "options": {"ordering": "['-x']"},
            "bases": ["models.Model", "a.base"],
            "managers": [],
        },
    ]


def test_an_unknown_argument_leaves_the_others_known() -> None:
    field = Field(Call(CHAR, (), {"max_length": Const(3), "default": of([Unknown("why")])}), None)
    assert field_json("x", field, V)["kwargs"] == {"max_length": "3", "default": {"unknown": "why"}}


def test_a_field_of_a_class_that_could_not_be_read() -> None:
    unknown = {"unknown": "lib.Field could not be read"}
    field = Field(Call(Ref("lib", "Field", certain=False)), None)
    assert field_json("x", field, V) == {"name": "x", "path": unknown, "args": unknown, "kwargs": unknown}


def test_an_uncertain_name_is_unknown() -> None:
    value = of({"a": [Ref("lib", "f", certain=False)]})
    assert value_json(value, V) == {"unknown": "lib.f could not be read"}


def test_an_incomplete_model_may_inherit_options() -> None:
    model = Model("a", "M", options={"x": Const(1)}, incomplete=(Unknown("a base"),))
    (shown,) = state_json(State.of([model]), None, V)
    assert shown["options"] == shown["managers"] == {"unknown": "a base"}


def test_what_django_refuses_is_said_as_django_does() -> None:
    assert value_json(Ref("m", "<lambda>"), V) == "!! ValueError: Cannot serialize function: lambda: 'function'"
    assert value_json(of([Ref("m", "<lambda>")]), V) == "!! ValueError: Cannot serialize function: lambda: 'list'"
