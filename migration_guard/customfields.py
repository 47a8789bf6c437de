"""What the classes of fields that are not Django's own say about their columns.

In: an interpreter. Out: a function from fields to `CustomField`: the results of `get_internal_type()` and `db_type()`
where a class overrides them and they can be worked out; a doubt where they cannot.
"""

from __future__ import annotations

from collections.abc import Callable

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Class, External, Instance, Raised, Stuck
from migration_guard.sql.dialect import CustomField
from migration_guard.state.fieldtypes import FIELD_TYPES
from migration_guard.state.model import Field
from migration_guard.values import Unknown

_OPAQUE = ("db_type", "rel_db_type", "db_parameters", "db_type_suffix", "db_check", "db_type_parameters", "column")


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


_PLAIN = CustomField()


def _look(interpreter: Interpreter, path: str) -> CustomField:
    try:
        found = interpreter.lookup(path)
    except (Stuck, Raised):
        found = None
    if not isinstance(found, Class):
        missing = found.missing if isinstance(found, External) else None
        return CustomField(doubt=missing or Unknown(f"the class {path} could not be read"))
    own = [cls for cls in found.mro if not cls.module.startswith("django.")]
    if any(cls.doubts for cls in own):
        return CustomField(doubt=Unknown(f"a base class of {path} could not be read"))
    for name in _OPAQUE:
        if any(name in cls.namespace for cls in own):
            return CustomField(doubt=Unknown(f"{path} has a {name}() of its own"))
    if any("get_internal_type" in cls.namespace for cls in own):
        return _internal_type(interpreter, found, path)
    return _PLAIN


def _internal_type(interpreter: Interpreter, cls: Class, path: str) -> CustomField:
    try:
        value = interpreter.call(interpreter.getattr(Instance(cls), "get_internal_type"), [], {})
    except (Stuck, Raised):
        value = None
    if isinstance(value, str):
        return CustomField(internal_type=str(value))
    return CustomField(doubt=Unknown(f"what get_internal_type() of {path} returns is not known"))
