"""Operators on objects: arithmetic, comparison, subscripts, formatting, all with size limits.

Plain data are computed by Python itself after they are known to hold nothing else; instances go through their
`__add__` and the like. No input can make a result larger than the limits here.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from migration_guard.evaluate import flags
from migration_guard.evaluate.objects import (
    OURS,
    Class,
    EnumMember,
    External,
    Function,
    Instance,
    Native,
    Object,
    Partial,
    Raised,
    Stuck,
    Super,
)
from migration_guard.evaluate.sizes import MAX_BITS, MAX_SIZE, TOO_LARGE, checked, described, known, size
from migration_guard.values import Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

BINARY: dict[str, tuple[Callable[[Any, Any], Any], str]] = {
    "+": (operator.add, "add"),
    "-": (operator.sub, "sub"),
    "*": (operator.mul, "mul"),
    "/": (operator.truediv, "truediv"),
    "//": (operator.floordiv, "floordiv"),
    "%": (operator.mod, "mod"),
    "**": (operator.pow, "pow"),
    "@": (operator.matmul, "matmul"),
    "<<": (operator.lshift, "lshift"),
    ">>": (operator.rshift, "rshift"),
    "&": (operator.and_, "and"),
    "|": (operator.or_, "or"),
    "^": (operator.xor, "xor"),
}
COMPARE: dict[str, tuple[Callable[[Any, Any], Any], str, str]] = {
    "==": (operator.eq, "eq", "eq"),
    "!=": (operator.ne, "ne", "ne"),
    "<": (operator.lt, "lt", "gt"),
    "<=": (operator.le, "le", "ge"),
    ">": (operator.gt, "gt", "lt"),
    ">=": (operator.ge, "ge", "le"),
}
PYTHON_ERRORS = (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError, LookupError)


def pure(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function of Python's own on plain data; its exceptions become those of the interpreted program."""
    try:
        return fn(*args, **kwargs)
    except PYTHON_ERRORS as error:
        raise Raised(type(error).__name__, str(error)) from None
    except (RecursionError, MemoryError):
        raise Stuck(Unknown("the computation is too large")) from None


def unwrap(obj: Object) -> Object:
    """What subclasses str, int, list, ... is its value, wherever a plain value is wanted: enum members, instances."""
    if isinstance(obj, EnumMember):
        return obj.value if obj.plain else obj
    if isinstance(obj, Instance) and "__data__" in obj.attrs:
        return obj.attrs["__data__"]
    return obj


def key(obj: Object) -> Object:
    """An object as a dict key or set item; members of enums equal their values where Python's do."""
    obj = obj if isinstance(obj, EnumMember) and not obj.choices else unwrap(obj)
    known(obj)
    if isinstance(obj, (list, dict, set)):
        raise Raised("TypeError", f"unhashable type: '{type(obj).__name__}'")
    if isinstance(obj, tuple):
        return tuple(key(item) for item in obj)
    return obj


def mapping(obj: Object) -> dict[Any, Object]:
    if isinstance(obj, dict):
        return obj
    if isinstance(obj, Instance) and isinstance(obj.attrs.get("__data__"), dict):
        data: dict[Any, Object] = obj.attrs["__data__"]
        return data
    if isinstance(obj, Unknown):
        raise Stuck(obj)
    if isinstance(obj, OURS):
        raise Stuck(Unknown(f"{obj!r} is not a known mapping"))
    return dict(pure(dict, obj))


def binary(interp: Interpreter, op: str, left: Object, right: Object) -> Object:
    fn, name = BINARY[op]
    if isinstance(left, (Instance, Class, Super)) or isinstance(right, (Instance, Class)):
        result = _through_method(interp, name, left, right)
        if result is not NotImplemented:
            return result
    result = flags.combined(op, left, right)
    if result is not NotImplemented:
        return result
    left, right = unwrap(left), unwrap(right)
    if op == "%" and isinstance(left, (str, bytes)):
        return percent(interp, left, right)
    if op == "/" and isinstance(left, PurePath) and isinstance(right, Unknown):
        raise Stuck(right)
    for side in (left, right):
        if isinstance(side, OURS):
            raise Stuck(_mixed(op, left, right))
    _check_size(op, left, right)
    result = checked(pure(fn, left, right))
    interp.keep(result)
    return result


def _mixed(op: str, left: Object, right: Object) -> Unknown:
    for side in (left, right):
        if isinstance(side, Unknown):
            return side
        if isinstance(side, External) and side.missing is not None:
            return side.missing
    return Unknown(f"{described(left)} {op} {described(right)} is not known")


def _check_size(op: str, left: Object, right: Object) -> None:
    if op == "*":
        for sequence, count in ((left, right), (right, left)):
            repeats = isinstance(sequence, (str, bytes, list, tuple)) and isinstance(count, int)
            if repeats and len(sequence) * max(count, 0) > MAX_SIZE:
                raise Stuck(TOO_LARGE)
    elif op in ("**", "<<") and isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * right if op == "**" else left.bit_length() + right
        if bits > MAX_BITS:
            raise Stuck(TOO_LARGE)


def _through_method(interp: Interpreter, name: str, left: Object, right: Object) -> Object:
    for owner, other, method in ((left, right, f"__{name}__"), (right, left, f"__r{name}__")):
        if isinstance(owner, Instance) and owner.cls.has(method):
            return interp.call(interp.getattr(owner, method), [other], {})
        if isinstance(owner, Class) and name == "or":
            return left  # a union of types, which only annotations use
        if isinstance(owner, (Instance, Class)):
            for doubt in getattr(owner, "doubts", ()) or getattr(getattr(owner, "cls", None), "doubts", ()):
                raise Stuck(doubt)
    return NotImplemented


def unary(interp: Interpreter, op: str, operand: Object) -> Object:
    method = {"-": "__neg__", "+": "__pos__", "~": "__invert__"}[op]
    if isinstance(operand, Instance):
        return interp.call(interp.getattr(operand, method), [], {})
    if op == "~" and flags.is_flag(operand):
        return flags.inverted(operand)
    operand = unwrap(operand)
    if isinstance(operand, OURS):
        raise Stuck(Unknown(f"{op}{operand!r} is not known"))
    functions: dict[str, Callable[[Any], Any]] = {"-": operator.neg, "+": operator.pos, "~": operator.invert}
    return pure(functions[op], operand)


def compare(interp: Interpreter, op: str, left: Object, right: Object) -> Object:
    if op in ("is", "is not"):
        return _identical(left, right) is (op == "is")
    if op in ("in", "not in"):
        return contains(interp, right, left) is (op == "in")
    fn, name, swapped = COMPARE[op]
    for owner, other, method in ((left, right, f"__{name}__"), (right, left, f"__{swapped}__")):
        if isinstance(owner, Instance) and owner.cls.has(method):
            return interp.call(interp.getattr(owner, method), [other], {})
    left, right = unwrap(left), unwrap(right)
    interp.weigh(left)
    interp.weigh(right)
    for one, other in ((left, right), (right, left)):
        if isinstance(one, External) and not isinstance(other, External):
            if other is None or isinstance(other, (Class, Function)):
                continue
            raise Stuck(_mixed(op, left, right))
    if isinstance(left, External) and isinstance(right, External):
        equal = left.ref == right.ref
        return equal if op == "==" else not equal
    if op not in ("==", "!=") and (isinstance(left, OURS) or isinstance(right, OURS)):
        raise Stuck(_mixed(op, left, right))
    return pure(fn, left, right)


def _identical(left: Object, right: Object) -> bool:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, External) and one.missing is not None and other is not None and one is not other:
            raise Stuck(one.missing)
    if isinstance(left, (bool, type(None))) or isinstance(right, (bool, type(None))):
        return left is right
    if isinstance(left, (int, str)) and isinstance(right, (int, str)):
        return type(left) is type(right) and left == right
    return left is right


def contains(interp: Interpreter, container: Object, item: Object) -> bool:
    if flags.is_flag(container) and not isinstance(item, Unknown):
        return flags.holds(container, item)
    item = unwrap(item)
    if isinstance(item, Unknown):
        raise Stuck(item)
    if isinstance(container, Instance):
        if container.cls.has("__contains__"):
            return interp.truth(interp.call(interp.getattr(container, "__contains__"), [item], {}))
        container = interp.iterate(container)
    if isinstance(container, Class):
        return any(member is item or unwrap(member) == item for member in interp.iterate(container))
    if isinstance(container, OURS):
        raise Stuck(Unknown(f"what {described(container)} contains is not known"))
    if isinstance(container, (dict, str, bytes, range)):
        return bool(pure(operator.contains, container, item))
    interp.charge(4 * len(container))
    if isinstance(item, (list, tuple, dict, set)):
        interp.weigh([container, item], unknown=True)
    found = any(other is item or unwrap(other) == item for other in container if not isinstance(other, Unknown))
    if not found:
        for other in container:
            if isinstance(other, Unknown):
                raise Stuck(other)
    return found


_SUBSCRIPTABLE = frozenset({"list", "tuple", "set", "frozenset", "dict", "type"})


def subscript(interp: Interpreter, obj: Object, index: Object) -> Object:
    if isinstance(obj, Class):
        return _class_item(interp, obj, index)
    if isinstance(obj, (External, Native)):
        return obj  # a generic alias such as QuerySet["Book"]
    if isinstance(obj, Instance):
        if obj.cls.has("__getitem__"):
            return interp.call(interp.getattr(obj, "__getitem__"), [index], {})
        if "__data__" in obj.attrs:
            obj = obj.attrs["__data__"]
    obj, index = unwrap(obj), unwrap(index)
    if isinstance(obj, OURS):
        raise Stuck(Unknown(f"an item of {described(obj)} is not known"))
    value = pure(operator.getitem, obj, index)
    if isinstance(index, slice):
        interp.keep(value)
    if isinstance(value, Unknown):
        raise Stuck(value)
    return value


def _class_item(interp: Interpreter, cls: Class, index: Object) -> Object:
    members = cls.namespace.get("__members__")
    if isinstance(members, dict):
        if index in members:
            return members[index]
        raise Raised("KeyError", repr(index))
    if cls.module == "builtins" and cls.name in _SUBSCRIPTABLE:
        return Partial(cls, index if isinstance(index, tuple) else (index,), {}, "alias")
    return cls


def set_item(interp: Interpreter, obj: Object, index: Object, value: Object) -> None:
    if isinstance(obj, Instance):
        if obj.cls.has("__setitem__"):
            interp.call(interp.getattr(obj, "__setitem__"), [index, value], {})
            return
        obj = obj.attrs.get("__data__", obj)
    if isinstance(obj, OURS):
        raise Stuck(Unknown(f"{obj!r} cannot be changed here"))
    if isinstance(index, slice):
        value = interp.iterate(value)
    pure(operator.setitem, obj, key(index) if isinstance(obj, dict) else index, value)
    checked(obj)


class Text(str):
    """The text of an object; its `repr` is that of the object, not of a string."""

    def __repr__(self) -> str:
        return str(self)


def formattable(interp: Interpreter, obj: Object, *methods: str) -> Object:
    """An object that Python's formatting may see: plain data, or the text that an instance's method makes of it."""
    if isinstance(obj, Instance):
        for name in methods or ("__str__", "__repr__"):
            if obj.cls.has(name):
                text = interp.call(interp.getattr(obj, name), [], {})
                return Text(text) if name == "__repr__" and isinstance(text, str) else text
    obj = unwrap(obj)
    interp.weigh(obj)
    if isinstance(obj, Class) and _is_plainly_shown(obj):
        return Text(f"<class '{obj.qualname if obj.module == 'builtins' else f'{obj.module}.{obj.qualname}'}'>")
    if isinstance(obj, OURS):
        raise Stuck(Unknown(f"the text of {described(obj)} is not known"))
    if isinstance(obj, (list, tuple)):
        return type(obj)(formattable(interp, item, "__repr__") for item in obj)
    if isinstance(obj, dict):
        return {k: formattable(interp, v, "__repr__") for k, v in obj.items()}
    return obj


def _is_plainly_shown(cls: Class) -> bool:
    """Whether `type` decides what a class looks like as a text."""
    shown = cls.meta is not None and (cls.meta.has("__str__") or cls.meta.has("__repr__"))
    return not shown and not cls.has("__members__") and (not cls.native or cls.module == "builtins")


_WIDTH = re.compile(r"\d{5,}")


def formatted(value: Object, spec: str) -> str:
    if _WIDTH.search(spec):
        raise Stuck(TOO_LARGE)
    return str(pure(format, value, spec))


def percent(interp: Interpreter, template: Any, values: Object) -> Object:
    if _WIDTH.search(template if isinstance(template, str) else template.decode("latin-1")) or "*" in str(template):
        raise Stuck(Unknown("the format is too wide"))
    plain = formattable(interp, values)
    fields = template.count("%" if isinstance(template, str) else b"%")
    if fields * longest(plain) > MAX_SIZE:
        raise Stuck(TOO_LARGE)
    result = pure(operator.mod, template, plain)
    interp.keep(result)
    return result


def longest(values: Object) -> int:
    """The length of the longest text among values that are to be formatted."""
    if isinstance(values, (list, tuple)):
        return max(map(longest, values), default=0)
    if isinstance(values, dict):
        return longest(list(values.values()))
    return size(values)
