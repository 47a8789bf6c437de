"""Reading calls as operations: every path and spelling, and what could not be read."""

from __future__ import annotations

from typing import Any

import pytest

from migration_guard.state import operations as ops
from migration_guard.state.model import Field
from migration_guard.state.signatures import SIGNATURES, bind, signature
from migration_guard.values import Call, Const, Ref, Seq, Unknown, Value, of
from tests.state.make import DOUBT, field

POSTGRES = "django.contrib.postgres.operations"


def call(kind: str, /, *args: Any, module: str = "django.db.migrations", **kwargs: Any) -> Call:
    return Call(Ref(module, kind), tuple(map(of, args)), {key: of(item) for key, item in kwargs.items()})


def read(written: Call, kind: str | None = None) -> ops.Operation | Unknown:
    return bind(written, read_field, kind=kind)


def read_field(value: Value) -> Field:
    if isinstance(value, Call):
        return Field(value, None)
    return Field(Call(Ref("", "unknown")), None, {}, Unknown("not a field"))


def test_positional_and_keyword_arguments_are_the_same() -> None:
    text = field().call
    one = read(call("AddField", "A", "x", text, False))
    two = read(call("AddField", preserve_default=False, field=text, name="x", model_name="A"))
    assert one == two == ops.AddField("A", "x", Field(text, None), preserve_default=False)


@pytest.mark.parametrize("module", ["", ".operations", ".operations.models"])
def test_every_path_of_a_class_is_known(module: str) -> None:
    assert read(call("DeleteModel", "A", module=f"django.db.migrations{module}")) == ops.DeleteModel("A")


def test_a_class_of_the_same_name_elsewhere_is_not_djangos() -> None:
    assert isinstance(read(call("DeleteModel", "A", module="elsewhere")), Unknown)
    assert signature("django.contrib.postgres.operations.DeleteModel") is None


def test_a_subclass_is_read_by_the_signature_of_its_base() -> None:
    written = call("Slow", "SELECT 1", elidable=True, module="mine")
    operation = read(written, kind="django.db.migrations.RunSQL")
    assert operation == ops.RunSQL(Const("SELECT 1"), elidable=True)
    assert isinstance(operation, ops.RunSQL) and operation.call is written


@pytest.mark.parametrize(
    ("written", "operation"),
    [
        (call("AddIndexConcurrently", "A", DOUBT, module=POSTGRES), ops.AddIndex("A", DOUBT, concurrently=True)),
        (call("RemoveIndexConcurrently", "A", "i", module=POSTGRES), ops.RemoveIndex("A", "i", concurrently=True)),
        (call("AddConstraintNotValid", "A", DOUBT, module=POSTGRES), ops.AddConstraint("A", DOUBT, validate=False)),
        (call("ValidateConstraint", "A", "c", module=POSTGRES), ops.ValidateConstraint("A", "c")),
        (call("TrigramExtension", module=POSTGRES), ops.DatabaseOperation("TrigramExtension")),
        (
            call("CreateCollation", "c", "de", provider="icu", module=POSTGRES),
            ops.DatabaseOperation("CreateCollation", {"name": of("c"), "locale": of("de"), "provider": of("icu")}),
        ),
        (
            call("AlterUniqueTogether", "A", [["x", "y"], ["x", "y"]]),
            ops.AlterUniqueTogether("A", Seq("set", (of(("x", "y")),))),
        ),
        (call("AlterUniqueTogether", "A", ("x", "y")), ops.AlterUniqueTogether("A", Seq("set", (of(("x", "y")),)))),
        (call("AlterUniqueTogether", "A", set()), ops.AlterUniqueTogether("A", Seq("set", ()))),
        (call("RenameIndex", "A", "new", old_fields=("x",)), ops.RenameIndex("A", "new", None, of(("x",)))),
        (call("RemoveField", "A", "x", None), ops.RemoveField("A", "x")),
        (call("RunPython", DOUBT, hints=None), ops.RunPython(DOUBT)),
        (
            call("SeparateDatabaseAndState", [call("DeleteModel", "A")]),
            ops.SeparateDatabaseAndState((ops.DeleteModel("A"),)),
        ),
    ],
)
def test_operations(written: Call, operation: ops.Operation) -> None:
    assert read(written) == operation


def test_the_default_base_is_left_out() -> None:
    written = call("CreateModel", "A", [], bases=(Ref("django.db.models", "Model"),))
    assert read(written) == ops.CreateModel("A", ())


@pytest.mark.parametrize(
    "written",
    [
        call("DeleteModel"),
        call("DeleteModel", "A", "B"),
        call("DeleteModel", "A", name="A"),
        call("DeleteModel", "A", other=1),
        call("DeleteModel", DOUBT),
        call("CreateCollation", "a", "b", "icu", module=POSTGRES),
    ],
)
def test_what_python_would_refuse_is_unknown(written: Call) -> None:
    assert isinstance(read(written), Unknown)


@pytest.mark.parametrize(
    "written",
    [
        call("AddField", "A", DOUBT, field().call),
        call("AddField", "A", "x", field().call, DOUBT),
        call("AlterModelOptions", "A", DOUBT),
        call("AlterModelManagers", "A", [DOUBT]),
        call("RenameField", "A", DOUBT, "x"),
    ],
)
def test_what_could_not_be_read_touches_its_model(written: Call) -> None:
    operation = read(written)
    assert isinstance(operation, ops.CustomOperation)
    assert (operation.unknown, operation.touches) == (DOUBT, ("a",))


def test_a_created_model_keeps_what_could_be_read() -> None:
    fields = [("x", field().call), DOUBT]
    operation = read(call("CreateModel", "A", fields, {"ordering": ["x"], DOUBT: 1}, managers=DOUBT))
    assert isinstance(operation, ops.CreateModel)
    assert [name for name, _ in operation.fields] == ["x"]
    assert dict(operation.options) == {"ordering": of(["x"])}
    assert operation.incomplete == (DOUBT, DOUBT, DOUBT)


def test_nested_operations_that_were_not_understood_stay_in_their_place() -> None:
    written = call("SeparateDatabaseAndState", state_operations=[call("Own", module="mine"), call("DeleteModel", "A")])
    operation = read(written)
    assert isinstance(operation, ops.SeparateDatabaseAndState)
    first, second = operation.state_operations
    assert isinstance(first, ops.CustomOperation) and first.unknown is not None
    assert second == ops.DeleteModel("A")


def test_every_signature_makes_something() -> None:
    for row in SIGNATURES.values():
        needed = [parameter.name for parameter in row.parameters if parameter.required]
        module, _, name = row.path.rpartition(".")
        values = {key: [] if key in ("fields", "managers") else {} if key == "options" else "x" for key in needed}
        assert not isinstance(read(call(name, module=module, **values)), Unknown)
