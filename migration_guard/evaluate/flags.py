"""Members of `Flag` and `IntFlag` classes: what `|`, `&`, `^` and `~` make of them, and which bits a member stands for.

In: members and numbers. Out: members, one per class and value as in Python. Facts:
https://docs.python.org/3/library/enum.html#enum.Flag (as of Python 3.11: members of one bit are the canonical ones).
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from migration_guard.evaluate.objects import Class, EnumMember, Object, Raised, Stuck
from migration_guard.evaluate.sizes import described
from migration_guard.values import Unknown

MARK = "__flag__"
"""In the namespace of `enum.Flag`: what derives from it has flags for members."""
_MADE = "__combined__"
_OPERATIONS: dict[str, Callable[[int, int], int]] = {"|": operator.or_, "&": operator.and_, "^": operator.xor}


def is_flag(obj: Object) -> bool:
    return isinstance(obj, EnumMember) and obj.cls.has(MARK)


def single_bits(cls: Class) -> list[EnumMember]:
    """The canonical members of a class, in the order of their definition."""
    members = dict.fromkeys(cls.namespace.get("__members__", {}).values())
    return [member for member in members if isinstance(member.value, int) and member.value.bit_count() == 1]


def parts(member: EnumMember) -> list[EnumMember]:
    """`list(member)`: the canonical members whose bits it has."""
    return [
        single for single in single_bits(member.cls) if isinstance(member.value, int) and single.value & member.value
    ]


def valued(cls: Class, value: int) -> EnumMember:
    """The member with a value: a defined one, or a combination."""
    if value < 0:
        value &= (1 << _mask(cls).bit_length()) - 1
    known: dict[str, EnumMember] = cls.namespace.get("__members__", {})
    for member in known.values():
        if member.value == value:
            return member
    made: dict[int, EnumMember] = cls.namespace.setdefault(_MADE, {})
    if value not in made:
        made[value] = _combination(cls, value)
    return made[value]


def _combination(cls: Class, value: int) -> EnumMember:
    mixed = cls.has("__plain__")
    rest = value & ~_mask(cls)
    if rest and not mixed:
        raise Raised("ValueError", f"{value} is not a valid {cls.name}")
    member = EnumMember(cls, "", value, mixed=mixed)
    names = [part.name for part in parts(member)] + ([str(rest)] if rest else [])
    member.name = "|".join(names)
    return member


def _mask(cls: Class) -> int:
    mask = 0
    for member in cls.namespace.get("__members__", {}).values():
        mask |= member.value if isinstance(member.value, int) else 0
    return mask


def combined(op: str, left: Object, right: Object) -> Any:
    """`left op right` where one of them is a flag and the other one of its class or a number; else NotImplemented."""
    flag, other = (left, right) if is_flag(left) else (right, left)
    operation = _OPERATIONS.get(op)
    if operation is None or not is_flag(flag):
        return NotImplemented
    number: Object = other
    if isinstance(other, EnumMember) and (other.cls is flag.cls or (flag.plain and other.plain)):
        number = other.value
    elif not flag.plain and not isinstance(other, Unknown):
        raise Raised("TypeError", f"unsupported operand type(s) for {op}: '{flag.cls.name}' and {described(other)}")
    if not isinstance(number, int) or not isinstance(flag.value, int):
        return NotImplemented
    return valued(flag.cls, operation(flag.value, number))


def inverted(member: EnumMember) -> EnumMember:
    """`~member`."""
    if not isinstance(member.value, int):
        raise Stuck(Unknown(f"the value of {member.cls.name}.{member.name} is not known"))
    mask = _mask(member.cls)
    bits = (1 << mask.bit_length()) - 1 if member.plain else mask
    return valued(member.cls, bits & ~member.value)


def holds(container: EnumMember, item: Object) -> bool:
    """`item in container`."""
    if not isinstance(item, EnumMember) or item.cls is not container.cls:
        raise Raised("TypeError", f"{described(item)} is not a member of {container.cls.name}")
    if not isinstance(item.value, int) or not isinstance(container.value, int):
        raise Stuck(Unknown(f"the values of {container.cls.name} are not known"))
    return item.value & container.value == item.value
