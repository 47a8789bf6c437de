"""Choices: normalising `choices=` of fields as each Django does, and the `Choices` classes.

In: objects of the interpreter. Out: lists of (value, label) pairs, or what a migration writes instead. Never calls a
callable that Django would call lazily.
"""

from __future__ import annotations

from collections.abc import Iterable

from migration_guard.evaluate.classes import metaclass_attribute
from migration_guard.evaluate.enums import ENUM
from migration_guard.evaluate.objects import Class, EnumMember, External, Instance, Object, Raised, Stuck
from migration_guard.project.natives.declare import Interp, as_data, is_callable, native_class
from migration_guard.values import Unknown
from migration_guard.versions import NORMALIZED_CHOICES

_MODULE = "django.db.models.enums"
CHOICES_TYPE = native_class(_MODULE, "ChoicesType")
# The marks tell `evaluate.enums` how members are made; they are the interpreter's, not Django's.
CHOICES = native_class(_MODULE, "Choices", (ENUM,), {"__choices__": True, "do_not_call_in_templates": True})
INTEGER_CHOICES = native_class(_MODULE, "IntegerChoices", (CHOICES,), {"__plain__": True})
TEXT_CHOICES = native_class(_MODULE, "TextChoices", (CHOICES,), {"__plain__": True, "__text__": True})


def normalize(interp: Interp, choices: Object) -> Object:
    """What a field keeps of its `choices` and writes into migrations."""
    if choices is None or isinstance(choices, Unknown):
        return choices
    if isinstance(choices, External):
        return as_data(choices)
    try:
        if NORMALIZED_CHOICES(interp.version):
            return _normalize(interp, choices, 0)
        return list(choices) if isinstance(choices, (list, tuple, dict)) else list(interp.iterate(choices))
    except Stuck as stuck:
        return stuck.unknown
    except Raised as raised:
        return Unknown(f"choices cannot be read: {raised}")


def _is_choices_class(value: Object) -> bool:
    return isinstance(value, Class) and CHOICES in value.mro


def _normalize(interp: Interp, value: Object, depth: int) -> Object:
    if value is None or isinstance(value, (str, bytes, int, float, Unknown, EnumMember)):
        return value
    if _is_choices_class(value):
        return interp.getattr(value, "choices")
    if isinstance(value, External):
        return as_data(value)
    if depth >= 2:
        return value
    if is_callable(value) and not _is_iterable(interp, value):
        # A callable for the whole list is asked when a form is shown; a group's is asked at once.
        return value if depth == 0 else _normalize(interp, interp.call(value, [], {}), depth)
    items = list(value.items()) if isinstance(value, dict) else _items(interp, value)
    if items is None or any(isinstance(item, (str, bytes)) for item in items):
        return value
    return _pairs(interp, items, depth, value)


def _is_iterable(interp: Interp, value: Object) -> bool:
    """Whether a callable can also be iterated, which comes first: an instance, or a class through its metaclass."""
    if isinstance(value, Instance):
        return value.cls.has("__iter__")
    return isinstance(value, Class) and metaclass_attribute(interp, value, "__iter__")[0]


def _items(interp: Interp, value: Object) -> list[Object] | None:
    if isinstance(value, (list, tuple, set, frozenset)):
        return list(value)
    try:
        return list(interp.iterate(value))
    except Raised:
        return None


def _pairs(interp: Interp, items: Iterable[Object], depth: int, original: Object) -> Object:
    pairs: list[Object] = []
    for item in items:
        if isinstance(item, (Unknown, External)):
            pairs.append(as_data(item))
        elif isinstance(item, (list, tuple)) and len(item) == 2:
            pairs.append((item[0], _normalize(interp, item[1], depth + 1)))
        else:
            return original
    return pairs


def flatten(interp: Interp, choices: Object) -> Object:
    """`Field.flatchoices`: groups opened."""
    if not isinstance(choices, (list, tuple)):
        return [] if choices is None else choices
    flat: list[Object] = []
    for item in choices:
        if isinstance(item, (list, tuple)) and len(item) == 2 and isinstance(item[1], (list, tuple)):
            flat.extend(item[1])
        else:
            flat.append(item)
    return flat
