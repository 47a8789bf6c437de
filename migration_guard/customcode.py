"""What classes that are not Django's own say about SQL: the types of fields, and what operations do to a database.

In: an interpreter. Out: functions from fields to `CustomField` and from operations to `Override`. What a class
overrides is worked out where that is possible, and is a doubt where it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Class, External, Function, Instance, Object, Raised, Stuck
from migration_guard.sql.dialect import CustomField, Override
from migration_guard.state.fieldtypes import FIELD_TYPES
from migration_guard.state.model import Field
from migration_guard.state.operations import CustomOperation, DatabaseOperation, Operation, RunPython
from migration_guard.state.signatures import signature
from migration_guard.values import Unknown

_OPAQUE = ("rel_db_type", "db_parameters", "db_type_suffix", "db_check", "db_type_parameters", "get_attname_column")
_PLAIN = CustomField()


def custom_field(interpreter: Interpreter) -> Callable[[Field], CustomField]:
    """Answers for the fields of a project; each class is looked at once."""
    known: dict[str, CustomField] = {}

    def answer(field: Field) -> CustomField:
        path = field.call.func.path
        if path in FIELD_TYPES or path.startswith("django.db.models."):
            return _PLAIN
        if path not in known:
            known[path] = _look(interpreter, path)
        return known[path]

    return answer


def _found(interpreter: Interpreter, path: str) -> Class | Unknown:
    """A class by its path."""
    try:
        found = interpreter.lookup(path)
    except (Stuck, Raised):
        found = None
    if isinstance(found, Class):
        return found
    missing = found.missing if isinstance(found, External) else None
    return missing or Unknown(f"the class {path} could not be read")


def _own(cls: Class) -> list[Class]:
    return [base for base in cls.mro if not base.module.startswith("django.")]


def _overrides(classes: Iterable[Class], name: str) -> Object | None:
    return next((cls.namespace[name] for cls in classes if name in cls.namespace), None)


def _look(interpreter: Interpreter, path: str) -> CustomField:
    cls = _found(interpreter, path)
    if isinstance(cls, Unknown):
        return CustomField(doubt=cls)
    own = _own(cls)
    if any(base.doubts for base in own):
        return CustomField(doubt=Unknown(f"a base class of {path} could not be read"))
    for name in _OPAQUE:
        if _overrides(own, name) is not None:
            return CustomField(doubt=Unknown(f"{path} has a {name}() of its own"))
    if _overrides(own, "db_type") is not None:
        return CustomField(doubt=Unknown(f"{path} has a db_type() of its own"))
    if _overrides(own, "get_internal_type") is not None:
        return _internal_type(interpreter, cls, path)
    return _PLAIN


def _internal_type(interpreter: Interpreter, cls: Class, path: str) -> CustomField:
    try:
        value = interpreter.call(interpreter.getattr(Instance(cls), "get_internal_type"), [], {})
    except (Stuck, Raised):
        value = None
    if isinstance(value, str):
        return CustomField(internal_type=str(value))
    return CustomField(doubt=Unknown(f"what get_internal_type() of {path} returns is not known"))


def operation_override(interpreter: Interpreter) -> Callable[[Operation, bool], Override | Unknown]:
    """Answers for operations whose class derives from one of Django's."""
    known: dict[tuple[str, bool], Override | Unknown] = {}

    def answer(operation: Operation, backwards: bool) -> Override | Unknown:
        call = operation.call
        if call is None or isinstance(operation, (CustomOperation, DatabaseOperation, RunPython)):
            return Override.NONE
        path = call.func.path
        if path.startswith("django.") or signature(path) is not None:
            return Override.NONE
        if (path, backwards) not in known:
            known[path, backwards] = _operation(interpreter, path, backwards)
        return known[path, backwards]

    return answer


def _operation(interpreter: Interpreter, path: str, backwards: bool) -> Override | Unknown:
    cls = _found(interpreter, path)
    if isinstance(cls, Unknown):
        return cls
    name = "database_backwards" if backwards else "database_forwards"
    method = _overrides(_own(cls), name)
    if method is None:
        return Override.NONE
    if isinstance(method, Function) and isinstance(method.body, list) and all(_does_nothing(s) for s in method.body):
        return Override.NOTHING
    return Unknown(f"{path} has a {name}() of its own")


def _does_nothing(statement: Object) -> bool:
    return isinstance(statement, list) and bool(statement) and statement[0] == "pass"
