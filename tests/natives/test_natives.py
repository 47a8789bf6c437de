"""What natives do where Django cannot be the judge: unknown arguments, hooks, names of indexes, stubs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django_oracle import DJANGOS, ROOT, Django

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Class, Instance, Module, Object
from migration_guard.project.knowledge import STUBS, WithStubs, is_stub
from migration_guard.project.natives import fields, indexes, migrations
from migration_guard.project.natives.catalogue import django_modules
from migration_guard.source.finder import Finder
from migration_guard.source.lower_ast import lower
from migration_guard.state.fieldtypes import FIELD_TYPES, NOT_PROVIDED
from migration_guard.values import FALSE, NONE, Call, Const, SettingsReference, Unknown, Value
from migration_guard.versions import Version


def interpreted(tmp_path: Path, source: str, version: Version = (5, 2)) -> tuple[Interpreter, Module]:
    (tmp_path / "things.py").write_text("from django.db import migrations, models\n" + source)
    finder = WithStubs(Finder([tmp_path]))
    interp = Interpreter(
        finder, lambda path, first: lower(path.read_text())["body"], version, natives=django_modules(version)
    )
    module = interp.module("things")
    assert isinstance(module, Module)
    interp.run(module)
    return interp, module


def value_of(tmp_path: Path, expression: str, source: str = "", **hooks: Any) -> Value:
    interp, module = interpreted(tmp_path, f"{source}\nx = {expression}\n")
    interp.hooks.update(hooks)
    return interp.export(interp.member(module, "x"))


def called(value: Value) -> Call:
    assert isinstance(value, Call), value
    return value


def test_a_forgotten_argument_is_said_as_python_says_it(tmp_path: Path) -> None:
    value = value_of(tmp_path, "models.ForeignKey('shop.Item')")
    assert isinstance(value, Unknown)
    assert "ForeignKey.__init__() missing 1 required positional argument: 'on_delete'" in value.reason


def test_unknown_arguments_stay_unknown(tmp_path: Path) -> None:
    source = "from unreadable import LENGTH, CHOICES, NULL, now"
    call = called(
        value_of(tmp_path, "models.CharField(max_length=LENGTH, choices=CHOICES, null=NULL, default=now)", source)
    )
    assert {name: type(value) for name, value in call.kwargs.items() if name != "default"} == {
        "max_length": Unknown, "choices": Unknown, "null": Unknown,
    }  # fmt: skip
    assert not getattr(call.kwargs["default"], "certain", True)


def test_unknown_arguments_of_dates(tmp_path: Path) -> None:
    call = called(value_of(tmp_path, "models.DateField(auto_now=FLAG, blank=True)", "from unreadable import FLAG"))
    assert isinstance(call.kwargs["auto_now"], Unknown)
    assert call.kwargs["blank"] == Const(True)


@pytest.mark.parametrize("field", ["models.ForeignKey(Thing, models.CASCADE)", "models.ManyToManyField(Thing)"])
def test_model_classes_are_labels(tmp_path: Path, field: str) -> None:
    source = "class Thing(models.Model):\n    pass"
    assert isinstance(called(value_of(tmp_path, field, source)).kwargs["to"], Unknown)
    call = called(value_of(tmp_path, field, source, model_label=lambda cls: f"shop.{cls.name}"))
    assert call.kwargs["to"] == Const("shop.thing")
    through = called(
        value_of(tmp_path, "models.ManyToManyField('X', through=Thing)", source, model_label=lambda cls: "shop.Thing")
    )
    assert through.kwargs["through"] == Const("shop.Thing")


def test_swappable_targets(tmp_path: Path) -> None:
    swapped = {"auth.user": "AUTH_USER_MODEL"}
    call = called(value_of(tmp_path, "models.ForeignKey('auth.User', models.CASCADE)", swappable_setting=swapped.get))
    target = call.kwargs["to"]
    assert isinstance(target, Const) and isinstance(target.value, SettingsReference)
    assert (target.value, target.value.setting_name) == ("auth.user", "AUTH_USER_MODEL")
    plain = called(
        value_of(
            tmp_path, "models.ForeignKey('auth.User', models.CASCADE, swappable=False)", swappable_setting=swapped.get
        )
    )
    assert not isinstance(getattr(plain.kwargs["to"], "value", None), SettingsReference)


def test_swappable_dependency(tmp_path: Path) -> None:
    interp, module = interpreted(
        tmp_path, "from django.conf import settings\nx = migrations.swappable_dependency(settings.AUTH_USER_MODEL)"
    )
    interp.settings = lambda name: SettingsReference("people.Person", name)
    dependency = interp.member(module, "x")
    assert isinstance(dependency, migrations.SwappableTuple)
    assert (tuple(dependency), dependency.setting) == (("people", "__first__"), "AUTH_USER_MODEL")


def test_operations_keep_their_arguments(tmp_path: Path) -> None:
    interp, module = interpreted(tmp_path, (
        "class Renamed(migrations.AddField):\n    pass\n"
        "x = [Renamed('post', name='title', field=models.TextField()), migrations.RunPython(migrations.RunPython.noop)]"
    ))  # fmt: skip
    add, run = interp.member(module, "x")
    name, arguments = migrations.operation_arguments(add) or ("", {})
    assert name == "AddField"
    assert (arguments["model_name"], arguments["name"], arguments["preserve_default"]) == ("post", "title", True)
    assert migrations.is_noop(run.attrs["code"])


def test_options_that_a_custom_field_hides(tmp_path: Path) -> None:
    source = """
class Short(models.CharField):
    def __init__(self, *args, **kwargs):
        kwargs["max_length"] = 3
        super().__init__(*args, **kwargs)

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, kwargs

x = Short(unique=True)
"""
    interp, module = interpreted(tmp_path, source)
    field = interp.member(module, "x")
    assert fields.known_options(interp, field) == {"max_length": 3, "unique": True}
    row = fields.field_type(field.cls)
    assert row is not None and row.name == "CharField"


@pytest.mark.parametrize(
    ("table", "columns", "suffix", "name"),
    [
        ("shop_product", [("a", False)], "idx", "shop_produc_a_9bba4f_idx"),
        ("shop_product", [("a", True), ("x_column_is_long", False)], "idx", "shop_produc_a_02ba35_idx"),
        ('"other"."_very_long_table_name"', [("x_column_is_long", False)], "idx", "Dvery_long__x_colum_23facb_idx"),
        ("1table", [("x_column_is_long", True)], "gin", "Dtable_x_colum_8629b4_gin"),
    ],
)
def test_index_names_are_those_of_django(table: str, columns: list[tuple[str, bool]], suffix: str, name: str) -> None:
    assert indexes.index_name(table, columns, suffix) == name


def test_defaults_of_field_types() -> None:
    char, slug = FIELD_TYPES["django.db.models.CharField"], FIELD_TYPES["django.db.models.SlugField"]
    assert (char.default("null"), char.default("default"), char.default("max_length")) == (FALSE, NOT_PROVIDED, NONE)
    assert slug.default("max_length") == Const(50)
    assert FIELD_TYPES["django.db.models.UUIDField"].default("max_length") == Const(32)


def test_every_row_has_a_class_and_every_class_a_row() -> None:
    modules = django_modules((6, 1))
    found = set()
    for module in modules:
        for value in modules[module].values():
            if isinstance(value, Class) and fields.FIELD in value.mro:
                found.add(fields.field_path(value))
    assert set(FIELD_TYPES) <= found


def test_stubs_answer_only_for_what_is_missing(tmp_path: Path) -> None:
    finder = WithStubs(Finder([tmp_path]))
    found = finder.find("django.contrib.auth.models")
    assert found is not None and is_stub(found.path) and not found.first_party
    (tmp_path / "django").mkdir()
    (tmp_path / "django" / "__init__.py").write_text("")
    assert WithStubs(Finder([tmp_path])).find("django.contrib.auth.models") is None


def test_contrib_models_from_stubs(tmp_path: Path) -> None:
    interp, module = interpreted(
        tmp_path, "from django.contrib.auth.models import AbstractUser\nclass User(AbstractUser):\n    pass"
    )
    user = interp.member(module, "User")
    names = [name for cls in reversed(user.mro) for name, value in cls.namespace.items() if _is_field(value)]
    assert names == [
        "is_superuser", "groups", "user_permissions", "password", "last_login", "username", "first_name", "last_name",
        "email", "is_staff", "is_active", "date_joined",
    ]  # fmt: skip


def _is_field(value: Object) -> bool:
    return isinstance(value, Instance) and fields.is_field(value)


@pytest.mark.parametrize("django", DJANGOS, ids=str)
def test_stubs_of_contrib_state_what_django_has(django: Django) -> None:
    environment = os.environ | {"PYTHONPATH": str(django.site)}
    command = [str(django.python), "-s", str(ROOT / "tools" / "contrib_stubs.py"), "facts"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for path, text in json.loads(done.stdout).items():
        if (STUBS / path).is_file() or "gis" not in path:
            # Versions of Django sort imports differently.
            assert sorted((STUBS / path).read_text().splitlines()) == sorted(text.splitlines()), path


def test_nothing_is_imported_from_the_stubs() -> None:
    assert not any(
        is_stub(Path(module.__file__)) for module in list(sys.modules.values()) if getattr(module, "__file__", None)
    )
