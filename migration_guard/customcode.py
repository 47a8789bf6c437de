"""What classes that are not Django's own say about SQL: the types of fields, and what operations do to a database.

In: an interpreter. Out: functions from fields to `CustomField` and from operations to `Override`. What a class
overrides is worked out where that is possible, and is a doubt where it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Class, External, Function, Instance, Object, Raised, Stuck
from migration_guard.sql.dialect import CustomField, Override
from migration_guard.sql.statements import NoPreview
from migration_guard.state.fieldtypes import FIELD_TYPES
from migration_guard.state.model import Field
from migration_guard.state.operations import CustomOperation, DatabaseOperation, Operation, RunPython
from migration_guard.state.signatures import signature
from migration_guard.values import Unknown, plain

_OPAQUE = ("rel_db_type", "db_parameters", "db_type_suffix", "db_check", "db_type_parameters", "get_attname_column")
_PLAIN = CustomField()


def custom_field(interpreter: Interpreter) -> Callable[[Field], CustomField]:
    """Answers for the fields of a project; each class is looked at once."""
    known: dict[str, CustomField] = {}

    typed: dict[str, Class] = {}

    def answer(field: Field) -> CustomField:
        path = field.call.func.path
        if path in FIELD_TYPES or path.startswith("django.db.models."):
            return _PLAIN
        if path not in known:
            known[path] = _look(interpreter, path)
            cls = _found(interpreter, path)
            if known[path].doubt is None and isinstance(cls, Class) and _overrides(_own(cls), "db_type") is not None:
                typed[path] = cls
        if path in typed:
            cls = typed[path]
            return CustomField(known[path].internal_type, lambda vendor: _db_type(interpreter, cls, field, vendor))
        return known[path]

    return answer


def _db_type(interpreter: Interpreter, cls: Class, field: Field, vendor: str) -> str:
    """What db_type() of a field's class says for a database."""
    marker = object()
    values = {name: plain(value, marker) for name, value in field.attrs.items()}
    known = {name: value for name, value in values.items() if isinstance(value, (str, int, float, bool, type(None)))}
    instance = Instance(cls, attrs=dict(known))
    connection = Instance(Class("DatabaseWrapper", "", "DatabaseWrapper"), attrs={"vendor": vendor})
    try:
        found = interpreter.call(interpreter.getattr(instance, "db_type"), [connection], {})
    except (Stuck, Raised) as error:
        raise NoPreview(f"what db_type() of {field.call.func.path} returns is not known") from error
    if not isinstance(found, str):
        raise NoPreview(f"what db_type() of {field.call.func.path} returns is not known")
    return str(found)


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


def base_field(interpreter: Interpreter, path: str) -> str:
    """Django's class that a field class derives from; "" where it is Django's own, or could not be read."""
    if path in FIELD_TYPES:
        return ""
    cls = _found(interpreter, path)
    if isinstance(cls, Unknown):
        return ""
    names = (f"django.db.models.{base.name}" for base in cls.mro if base.module.startswith("django."))
    return next((name for name in names if name in FIELD_TYPES), "")


_OF_A_FUNCTION = frozenset({"function", "output_field", "arity", "name"})


def custom_function(interpreter: Interpreter) -> Callable[[str], str | Unknown]:
    """The function that a class derived from Django's Func stands for."""

    def answer(path: str) -> str | Unknown:
        cls = _found(interpreter, path)
        if isinstance(cls, Unknown):
            return cls
        own = _own(cls)
        extra = {name for base in own for name in base.namespace if not name.startswith("__")} - _OF_A_FUNCTION
        derived = any(base.module.startswith("django.") and base.name == "Func" for base in cls.mro)
        if extra or not derived or any(base.doubts for base in own):
            return Unknown(f"{path} writes its SQL in its own way")
        try:
            name = interpreter.getattr(cls, "function")
        except (Stuck, Raised):
            name = None
        return str(name) if isinstance(name, str) else Unknown(f"the function of {path} is not known")

    return answer


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
