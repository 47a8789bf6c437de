"""Enum classes: members, their values and labels, and the class attributes of Django's `Choices`.

Facts: https://docs.python.org/3/library/enum.html and
https://docs.djangoproject.com/en/stable/ref/models/fields/#enumeration-types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from migration_guard.evaluate import flags
from migration_guard.evaluate.classes import OBJECT, finish
from migration_guard.evaluate.objects import Class, EnumMember, Function, Instance, Native, Object, Stuck, Thunk
from migration_guard.evaluate.sizes import described
from migration_guard.values import Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter


def _enum_class(name: str, *bases: Class, mixed: bool = False) -> Class:
    namespace: dict[str, Object] = {"__enum__": True}
    if mixed:
        namespace["__plain__"] = True
    return finish(Class(name, "enum", name, bases=bases or (OBJECT,), namespace=namespace, native=True))


ENUM = _enum_class("Enum")
INT_ENUM = _enum_class("IntEnum", ENUM, mixed=True)
STR_ENUM = _enum_class("StrEnum", ENUM, mixed=True)
FLAG = _enum_class("Flag", ENUM)
FLAG.namespace[flags.MARK] = True
INT_FLAG = _enum_class("IntFlag", FLAG, mixed=True)


def _auto(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return AUTO


AUTO = Native("auto", _auto, kind="static")

NONMEMBER = Class("nonmember", "enum", "nonmember", bases=(OBJECT,), native=True)
NAMES: dict[str, Object] = {
    "Enum": ENUM,
    "IntEnum": INT_ENUM,
    "StrEnum": STR_ENUM,
    "Flag": FLAG,
    "IntFlag": INT_FLAG,
    "auto": AUTO,
    "unique": Native("unique", lambda interp, args, kwargs: args[0], kind="static"),
    "EnumMeta": Class("EnumMeta", "enum", "EnumMeta", native=True),
    "EnumType": Class("EnumType", "enum", "EnumType", native=True),
    "member": Native("member", lambda interp, args, kwargs: args[0], kind="static"),
    "nonmember": NONMEMBER,
}


def is_enum(cls: Class) -> bool:
    return cls is not ENUM and cls.has("__enum__") and not cls.native


def is_choices(cls: Class) -> bool:
    """Whether it derives from `django.db.models.Choices` (natives mark that class with `__choices__`)."""
    return cls.has("__choices__")


def make_members(interp: Interpreter, cls: Class) -> None:
    """Turn the plain entries of an enum's body into members."""
    choices = is_choices(cls)
    mixed = any(base.name in ("str", "int", "float") and base.module == "builtins" for base in cls.mro)
    mixed = mixed or cls.has("__plain__")
    members: dict[str, EnumMember] = {}
    by_value: dict[Any, EnumMember] = {}
    for name, raw in list(cls.namespace.items()):
        raw = raw.force() if isinstance(raw, Thunk) else raw
        if isinstance(raw, Instance) and raw.cls is NONMEMBER:
            cls.namespace[name] = raw.args[0] if raw.args else None
            continue
        if not _is_member(name, raw):
            continue
        value, label = _value_and_label(interp, cls, name, raw, choices, list(members.values()))
        known = _lookup(by_value, value)
        if known is not None:
            members[name] = cls.namespace[name] = known
            continue
        member = EnumMember(cls, name, value, label, choices, mixed and isinstance(value, (str, int, float)))
        members[name] = cls.namespace[name] = member
        if not isinstance(value, Unknown):
            by_value[_hashable(value)] = member
    cls.namespace["__members__"] = members
    if choices:
        _choices_attributes(cls, list(by_value.values()) or list(members.values()))


def _hashable(value: Object) -> Any:
    return id(value) if isinstance(value, (list, dict, set)) else (type(value), value)


def _lookup(by_value: dict[Any, EnumMember], value: Object) -> EnumMember | None:
    return None if isinstance(value, Unknown) else by_value.get(_hashable(value))


def _is_member(name: str, raw: Object) -> bool:
    if name.startswith("__") or (name.startswith("_") and name.endswith("_")):
        return False
    if isinstance(raw, (Function, Class)) or (isinstance(raw, Native) and raw is not AUTO):
        return False
    return name != "do_not_call_in_templates"


def _value_and_label(
    interp: Interpreter, cls: Class, name: str, raw: Object, choices: bool, before: list[EnumMember]
) -> tuple[Object, Object]:
    label: Object = None
    if choices:
        if isinstance(raw, (tuple, list)) and len(raw) > 1 and isinstance(raw[-1], (str, Unknown)):
            *values, label = raw
            raw = values[0] if len(values) == 1 else tuple(values)
        else:
            label = name.replace("_", " ").title()
    if raw is AUTO:
        raw = _auto_value(cls, name, before, choices)
    if isinstance(raw, tuple) and cls.has("__plain__") and len(raw) == 1:
        raw = raw[0]
    if isinstance(raw, EnumMember):
        raw = raw.value
    return _converted(interp, cls, raw, choices), label


def _converted(interp: Interpreter, cls: Class, raw: Object, choices: bool) -> Object:
    """A member of a `class X(date, Choices)` is built by calling the mixed-in type with its value."""
    if not choices:
        return raw
    for base in cls.mro:
        constructor = base.namespace.get("__construct__")
        if constructor is not None and base.module != "builtins":
            args = list(raw) if isinstance(raw, tuple) else [raw]
            try:
                return interp.call(base, args, {})
            except Stuck as stuck:
                return stuck.unknown
    return raw


def _auto_value(cls: Class, name: str, before: list[EnumMember], choices: bool) -> Object:
    if choices and cls.has("__text__"):
        return name
    if STR_ENUM in cls.mro:
        return name.lower()
    numbers = [member.value for member in before if isinstance(member.value, int)]
    if FLAG in cls.mro:
        return 1 << max(numbers).bit_length() if numbers else 1
    return max(numbers) + 1 if numbers else 1


def _choices_attributes(cls: Class, members: list[EnumMember]) -> None:
    empty = cls.namespace.get("__empty__")
    values = [member.value for member in members]
    labels = [member.label for member in members]
    names = [member.name for member in members]
    if "__empty__" in cls.namespace:
        values, labels, names = [None, *values], [empty, *labels], ["__empty__", *names]
    cls.namespace["__choices_list__"] = {
        "choices": list(zip(values, labels, strict=True)),
        "values": values,
        "labels": labels,
        "names": names,
    }


def class_attribute(cls: Class, name: str) -> tuple[bool, Object]:
    """`Choices.choices`, `.values`, `.labels`, `.names`."""
    facts = cls.namespace.get("__choices_list__")
    if isinstance(facts, dict) and name in facts:
        return True, list(facts[name])
    return False, None


def member_attribute(interp: Interpreter, member: EnumMember, name: str) -> tuple[bool, Object]:
    plain = {"name": member.name, "value": member.value, "_value_": member.value, "_name_": member.name}
    if name in plain:
        return True, plain[name]
    if name == "label" and member.choices:
        return True, member.label
    if name == "__class__":
        return True, member.cls
    return False, None


def from_value(cls: Class, value: Object) -> Object:
    """`Color(1)`: the member with that value."""
    members = cls.namespace.get("__members__", {})
    for member in members.values():
        if member is value or member.value == value:
            return member
    if cls.has(flags.MARK) and isinstance(value, int):
        return flags.valued(cls, value)
    raise Stuck(Unknown(f"{described(value)} is not a value of {cls.name}"))
