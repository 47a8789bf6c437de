"""What the deconstructed form alone decides: unknown parts, uncertain names, refusals with their place."""

from __future__ import annotations

from typing import Any

import pytest

from migration_guard.values import NONE, Call, Const, Map, Origin, Ref, Seq, SettingsReference, Unknown, of
from migration_guard.write.literal import Literal, Refusal, literal

LATEST = (6, 1)


def text(value: Any, version: tuple[int, int] = LATEST) -> str:
    written = literal(of(value), version)
    return written.text if isinstance(written, Literal) else f"!! {written.error}: {written.message.splitlines()[0]}"


def test_a_setting_is_written_by_its_name() -> None:
    written = literal(Const(SettingsReference("auth.User", "AUTH_USER_MODEL")), LATEST)
    assert written == Literal("settings.AUTH_USER_MODEL", frozenset({"from django.conf import settings"}))


@pytest.mark.parametrize("holder", [lambda x: Seq("list", (NONE, x)), lambda x: Map(((Const("k"), x),))])
def test_an_unknown_inside_refuses_the_whole_with_its_place(holder: Any) -> None:
    origin = Origin("models.py", 7)
    refusal = literal(holder(Unknown("a call of secrets.choice", origin, "name a function")), LATEST)
    assert refusal == Refusal("a call of secrets.choice", error=None)
    assert isinstance(refusal, Refusal) and (refusal.origin, refusal.remedy) == (origin, "name a function")


def test_names_off_imports_that_could_not_be_followed_are_marked() -> None:
    for value in (Ref("lib", "thing", certain=False), Call(Ref("lib", "Thing", certain=False))):
        written = literal(Seq("list", (value,)), LATEST)
        assert isinstance(written, Literal) and not written.certain and written.imports == {"import lib"}


def test_enum_members_by_name() -> None:
    assert (
        text(Ref("app.models", "Outer.Perm['R'] | Outer.Perm['W']"))
        == "app.models.Outer.Perm['R'] | app.models.Outer.Perm['W']"
    )


@pytest.mark.parametrize(
    ("qualname", "message"),
    [
        ("<lambda>", "Cannot serialize function: lambda"),
        ("Model.<lambda>", "Cannot serialize function: lambda"),
        ("make.<locals>.inside", "Could not find function inside in app.models."),
    ],
)
def test_functions_without_a_name_are_refused_in_djangos_words(qualname: str, message: str) -> None:
    assert text(Ref("app.models", qualname)) == f"!! ValueError: {message}"


def test_generic_aliases_are_written_by_versions_that_can() -> None:
    inner = Call(Ref("types", "GenericAlias"), (Ref("builtins", "list"), of((Ref("app.models", "Manager"),))))
    alias = Call(Ref("types", "GenericAlias"), (Ref("builtins", "dict"), of((Ref("builtins", "str"), inner))))
    written = literal(alias, (6, 1))
    assert written == Literal("dict[str, list[app.models.Manager]]", frozenset({"import app.models"}))
    assert text(alias, (6, 0)) == "!! ValueError: Cannot serialize: dict[str, list[app.models.Manager]]"


def test_sets_of_numbers_follow_their_hashes_in_old_versions() -> None:
    numbers = Seq("set", tuple(Const(number) for number in (10, 9, 1)))
    assert text(numbers, (5, 0)) == "{1, 10, 9}"
    assert text(numbers, (4, 2)) == str({10, 9, 1})


def test_dicts_whose_keys_do_not_sort() -> None:
    assert text({1: 2, "a": 3}) == "!! TypeError: '<' not supported between instances of 'str' and 'int'"
    assert text(Map(((Ref("builtins", "int"), NONE), (Ref("builtins", "str"), NONE)))).startswith("!! TypeError")
    unknown_key = Map(((Unknown("who knows"), NONE), (NONE, NONE)))
    assert literal(unknown_key, LATEST) == Refusal("who knows", error=None)


def test_flags_of_a_regular_expression_that_are_not_known() -> None:
    assert literal(Call(Ref("re", "compile"), (Const("x"), Unknown("flags"))), LATEST) == Refusal("flags", error=None)
    named = Call(
        Ref("re", "compile"), (Const("x"),), {"flags": Ref("re", "RegexFlag['IGNORECASE'] | RegexFlag['DOTALL']")}
    )
    assert text(named) == "re.compile('x', 18)"
