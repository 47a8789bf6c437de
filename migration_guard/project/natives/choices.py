"""Choices: normalising `choices=` of fields as each Django does, and the members of `Choices` classes.

In: objects of the interpreter. Out: lists of (value, label) pairs, or what a migration writes instead. Never calls a
callable that Django would call lazily.
"""

from __future__ import annotations

from collections.abc import Iterable

from migration_guard.evaluate.objects import Class, EnumMember, External, Instance, Object, Raised, Stuck
from migration_guard.project.natives.declare import Interp, as_data, is_callable, native_class
from migration_guard.values import Unknown
from migration_guard.versions import NORMALIZED_CHOICES

_MODULE = "django.db.models.enums"
ENUM_TYPE = native_class("enum", "EnumType")
ENUM = native_class("enum", "Enum")
INT = native_class("builtins", "int")
STR = native_class("builtins", "str")
CHOICES_TYPE = native_class(_MODULE, "ChoicesType", (ENUM_TYPE,))
CHOICES = native_class(_MODULE, "Choices", (ENUM,), {"do_not_call_in_templates": True})
INTEGER_CHOICES = native_class(_MODULE, "IntegerChoices", (CHOICES, INT))
TEXT_CHOICES = native_class(_MODULE, "TextChoices", (CHOICES, STR))


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
    if is_callable(value) and not (isinstance(value, Instance) and value.cls.has("__iter__")):
        # A callable for the whole list is asked when a form is shown; a group's is asked at once.
        return value if depth == 0 else _normalize(interp, interp.call(value, [], {}), depth)
    items = list(value.items()) if isinstance(value, dict) else _items(interp, value)
    if items is None or any(isinstance(item, (str, bytes)) for item in items):
        return value
    return _pairs(interp, items, depth, value)


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


def member_of(key: str, value: Object) -> tuple[Object, Object]:
    """The value and label of a member of a `Choices` class as written: `A = 1, "Label"`, or a bare value."""
    if isinstance(value, (list, tuple)) and len(value) > 1 and isinstance(value[-1], (str, Unknown)):
        rest = tuple(value[:-1])
        return (rest[0] if len(rest) == 1 else rest), value[-1]
    return value, key.replace("_", " ").title()


def label_of(key: str) -> str:
    """The label that Django makes up from a member's name."""
    return key.replace("_", " ").title()


def choices_members(cls: Class, assignments: Iterable[tuple[str, Object]]) -> dict[str, EnumMember]:
    """The members of a `Choices` class from the assignments in its body, in order.

    Names with leading underscores, functions and descriptors are to be left out by the caller, as `enum` does. A value
    that equals an earlier one is an alias of it (Django forbids that, so it does not happen in a working project).
    `enum.auto()` is to be given as `AUTO`.
    """
    members: dict[str, EnumMember] = {}
    text = TEXT_CHOICES in cls.mro
    for name, written in assignments:
        value, label = member_of(name, written)
        if value is AUTO:
            value = name if text else _next_number(members)
        members[name] = EnumMember(cls, name, value, label, choices=True)
    return members


class _Auto:
    """`enum.auto()`."""


AUTO = _Auto()


def _next_number(members: dict[str, EnumMember]) -> Object:
    numbers = [member.value for member in members.values() if isinstance(member.value, int)]
    unknown = next((member.value for member in members.values() if isinstance(member.value, Unknown)), None)
    return unknown if unknown is not None else max(numbers, default=0) + 1


def class_attribute(cls: Class, members: Iterable[EnumMember], name: str, empty: Object = None) -> Object:
    """`cls.choices`, `.labels`, `.values`, `.names`; `empty` is the label in `__empty__`, None where there is none."""
    listed = list(members)
    pairs = [(member.value, member.label) for member in listed]
    if empty is not None:
        pairs.insert(0, (None, empty))
    match name:
        case "choices":
            return pairs
        case "labels":
            return [label for _, label in pairs]
        case "values":
            return [value for value, _ in pairs]
        case "names":
            return [*(["__empty__"] if empty is not None else []), *(member.name for member in listed)]
        case _:
            raise Raised("AttributeError", name)
