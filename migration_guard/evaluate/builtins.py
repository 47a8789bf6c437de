"""Python's builtins for interpreted code: types, functions, and the methods of plain data that are harmless.

Only what is listed exists; everything works on plain data with size limits, and nothing has effects outside.
"""

from __future__ import annotations

import builtins as python_builtins
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from migration_guard.evaluate.classes import OBJECT, finish
from migration_guard.evaluate.objects import (
    OURS,
    Bound,
    Class,
    EnumMember,
    External,
    Function,
    Instance,
    Module,
    Native,
    Object,
    Partial,
    Raised,
    Stuck,
)
from migration_guard.evaluate.operators import binary, formattable, key, pure, unwrap
from migration_guard.evaluate.sizes import MAX_SIZE, UNITS_PER_STEP, known
from migration_guard.values import Ref, Unknown

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

PLAIN_TYPES: dict[type, str] = {
    bool: "bool",
    int: "int",
    float: "float",
    complex: "complex",
    str: "str",
    bytes: "bytes",
    list: "list",
    tuple: "tuple",
    dict: "dict",
    set: "set",
    frozenset: "frozenset",
    range: "range",
    slice: "slice",
    type(None): "NoneType",
}


def native(name: str, fn: Callable[..., Any]) -> Native:
    return Native(name, fn, kind="static")


def _make_type(name: str, constructor: Callable[..., Any] | None, *bases: Class) -> Class:
    namespace: dict[str, Object] = {}
    if constructor is not None:
        namespace["__construct__"] = native(name, constructor)
    return finish(Class(name, "builtins", name, bases=bases or (OBJECT,), namespace=namespace, native=True))


def _construct(kind: type) -> Callable[..., Any]:
    def build(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        plain = [_plain_argument(interp, arg) for arg in args]
        if kind is int and plain and isinstance(plain[0], str) and len(plain[0]) > 4000:
            raise Stuck(Unknown("the number is too long"))
        return pure(kind, *plain, **kwargs)

    return build


def _plain_argument(interp: Interpreter, arg: Object) -> Object:
    arg = unwrap(arg)
    if isinstance(arg, (list, tuple, set, dict)):
        interp.weigh(arg, unknown=True)
    if isinstance(arg, OURS):
        known(arg)
        raise Stuck(Unknown(f"{arg!r} is not a known value"))
    return arg


def _str(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    if len(args) + len(kwargs) > 1:
        return pure(str, *(_plain_argument(interp, arg) for arg in args), **kwargs)
    return pure(str, formattable(interp, args[0])) if args else ""


def _sequence(kind: type) -> Callable[..., Any]:
    def build(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        if not args:
            return kind()
        items = interp.iterate(args[0])
        return kind(items) if kind in (list, tuple) else pure(kind, [key(item) for item in items])

    return build


def _dict(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    from_argument: Any = {}
    if args:
        source = unwrap(args[0])
        if isinstance(source, Instance) and isinstance(source.attrs.get("__data__"), dict):
            source = source.attrs["__data__"]
        if isinstance(source, OURS):
            source = [tuple(interp.iterate(pair)) for pair in interp.iterate(source)]
        from_argument = source
    if isinstance(from_argument, (list, tuple)):
        from_argument = [(key(name), value) for name, value in map(interp.iterate, from_argument)]
    return pure(dict, from_argument, **kwargs)


def _range(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    value = pure(range, *(_plain_argument(interp, arg) for arg in args))
    if pure(len, value) > MAX_SIZE:
        raise Stuck(Unknown("the range is too large"))
    return value


BOOL_BASE = _make_type("int", _construct(int))
TYPES: dict[str, Class] = {
    "object": OBJECT,
    "int": BOOL_BASE,
    "bool": _make_type("bool", lambda interp, args, kwargs: interp.truth(args[0]) if args else False, BOOL_BASE),
    "float": _make_type("float", _construct(float)),
    "complex": _make_type("complex", _construct(complex)),
    "str": _make_type("str", _str),
    "bytes": _make_type("bytes", _construct(bytes)),
    "list": _make_type("list", _sequence(list)),
    "tuple": _make_type("tuple", _sequence(tuple)),
    "set": _make_type("set", _sequence(set)),
    "frozenset": _make_type("frozenset", _sequence(frozenset)),
    "dict": _make_type("dict", _dict),
    "range": _make_type("range", _range),
    "slice": _make_type("slice", _construct(slice)),
    "NoneType": _make_type("NoneType", None),
    "type": _make_type("type", None),
    "property": _make_type("property", None),
    "memoryview": _make_type("memoryview", None),
    "bytearray": _make_type("bytearray", None),
    "function": _make_type("function", None),
}


def _exceptions() -> dict[str, Class]:
    """Python's exceptions, each with its real bases."""
    classes: dict[type, Class] = {object: OBJECT}

    def make(kind: type) -> Class:
        if kind not in classes:
            classes[kind] = _make_type(kind.__name__, None, *map(make, kind.__bases__))
        return classes[kind]

    root = make(BaseException)
    root.namespace["__init__"] = Native("__init__", _exception_init)
    root.namespace["__str__"] = Native("__str__", _exception_text)
    found = vars(python_builtins)
    return {
        name: make(kind) for name, kind in found.items() if isinstance(kind, type) and issubclass(kind, BaseException)
    }


def _exception_init(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    args[0].attrs["args"] = tuple(args[1:])
    return None


def _exception_text(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    values = args[0].attrs.get("args", ())
    text = values[0] if len(values) == 1 else values or ""
    return pure(repr if isinstance(text, tuple) or args[0].cls.name == "KeyError" else str, formattable(interp, text))


STATIC_METHODS: dict[tuple[str, str], Callable[..., Any]] = {
    ("str", "maketrans"): str.maketrans,
    ("dict", "fromkeys"): dict.fromkeys,
    ("bytes", "fromhex"): bytes.fromhex,
    ("int", "from_bytes"): int.from_bytes,
}


def type_attribute(cls: Class, name: str) -> Native | None:
    """`str.lower`, `dict.fromkeys`: a method of a builtin type, taken from the type."""
    python_type = next((kind for kind, known in PLAIN_TYPES.items() if known == cls.name), None)
    if cls.module != "builtins" or python_type is None or not hasattr(python_type, name):
        return None
    ref = Ref("builtins", f"{cls.name}.{name}")
    static = STATIC_METHODS.get((cls.name, name))
    if static is not None:
        return Native(name, _plain_function(static), kind="static", ref=ref)

    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        if not args:
            raise Raised("TypeError", f"unbound method {cls.name}.{name}() needs an argument")
        return interp.call(interp.getattr(args[0], name), args[1:], kwargs)

    return Native(name, run, kind="static", ref=ref)


def class_of(obj: Object) -> Class | None:
    """The class of an object, where it has one that is modelled."""
    if isinstance(obj, Instance):
        return obj.cls
    if isinstance(obj, EnumMember):
        return obj.cls
    if isinstance(obj, Class):
        return obj.meta or TYPES["type"]
    if isinstance(obj, (Function, Native, Bound)):
        return TYPES["function"]
    name = PLAIN_TYPES.get(type(obj))
    return TYPES[name] if name else None


def _isinstance(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    obj, kinds = args[0], args[1]
    return any(_is_instance(interp, obj, kind) for kind in _flatten(kinds))


def _flatten(kinds: Object) -> list[Object]:
    return [leaf for kind in kinds for leaf in _flatten(kind)] if isinstance(kinds, tuple) else [kinds]


def _is_instance(interp: Interpreter, obj: Object, kind: Object) -> bool:
    if isinstance(obj, Unknown):
        raise Stuck(obj)
    cls = class_of(obj)
    if isinstance(kind, Class):
        check = kind.namespace.get("__instancecheck__")
        if isinstance(check, Native):
            return interp.truth(check.fn(interp, [obj], {}))
        if isinstance(obj, EnumMember) and obj.plain and kind.module == "builtins":
            return _is_instance(interp, obj.value, kind)
        if cls is not None:
            if kind in cls.mro:
                return True
            if isinstance(obj, (Instance, Class)):
                for doubt in cls.doubts:
                    raise Stuck(doubt)
            return False
        if isinstance(obj, External):
            raise Stuck(obj.missing or Unknown(f"what {obj!r} is, is not known"))
        return type(obj).__name__ == kind.name and type(obj).__module__ == kind.module
    if isinstance(kind, External):
        if cls is not None and not cls.doubts:
            return any(base.canonical == kind.ref or base.ref == kind.ref for base in cls.mro)
        raise Stuck(kind.missing or Unknown(f"the class {kind!r} is not known"))
    raise Stuck(Unknown("isinstance() with a class that is not known"))


def _issubclass(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    cls, kinds = args[0], args[1]
    if not isinstance(cls, Class):
        raise Stuck(Unknown("issubclass() of a class that is not known"))
    wanted = _flatten(kinds)
    if any(kind in cls.mro for kind in wanted if isinstance(kind, Class)):
        return True
    for doubt in cls.doubts:
        raise Stuck(doubt)
    return False


def _attribute_name(args: list[Object]) -> str:
    if not isinstance(args[1], str):
        raise Stuck(Unknown("an attribute whose name is not known"))
    return args[1]


def _getattr(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    try:
        return interp.getattr(args[0], _attribute_name(args))
    except Raised as raised:
        if len(args) > 2 and raised.name == "AttributeError":
            return args[2]
        raise


def _hasattr(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    try:
        value = interp.getattr(args[0], _attribute_name(args))
    except Raised as raised:
        if raised.name == "AttributeError":
            return False
        raise
    if isinstance(value, Unknown):
        raise Stuck(value)
    return True


def _setattr(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    interp.setattr(args[0], _attribute_name(args), args[2])
    return None


def _len(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    if isinstance(args[0], Instance) and args[0].cls.has("__len__"):
        return interp.call(interp.getattr(args[0], "__len__"), [], {})
    obj = unwrap(args[0])
    if isinstance(obj, OURS):
        return len(interp.iterate(obj))
    return pure(len, obj)


def _type(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    if len(args) == 3:
        return interp.make_class(*args)
    cls = class_of(args[0])
    if cls is None:
        raise Stuck(Unknown(f"the type of {args[0]!r} is not known"))
    return cls


def _callable(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    obj = args[0]
    if isinstance(obj, (Unknown, External)):
        raise Stuck(obj if isinstance(obj, Unknown) else Unknown(f"what {obj!r} is, is not known"))
    if isinstance(obj, Instance):
        return obj.cls.has("__call__")
    return isinstance(obj, (Function, Native, Class, Bound, Partial))


def _iterated(fn: Callable[..., Any]) -> Callable[..., Any]:
    """A builtin whose arguments are iterables."""

    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        return pure(fn, *(interp.iterate(arg) for arg in args), **kwargs)

    return run


def _zip(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return list(zip(*(interp.iterate(arg) for arg in args), strict=False))


def _enumerate(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    start = args[1] if len(args) > 1 else kwargs.get("start", 0)
    return list(enumerate(interp.iterate(args[0]), start))


def _map(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    columns = [interp.iterate(arg) for arg in args[1:]]
    return [interp.call(args[0], list(row), {}) for row in zip(*columns, strict=False)]


def _filter(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    test = args[0]
    return [
        item
        for item in interp.iterate(args[1])
        if interp.truth(item if test is None else interp.call(test, [item], {}))
    ]


def _sorted(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    items = interp.iterate(args[0])
    interp.charge(UNITS_PER_STEP * len(items))
    key = kwargs.get("key")
    keys = [unwrap(item) if key is None else unwrap(interp.call(key, [item], {})) for item in items]
    for value in keys:
        interp.weigh(value)
        if isinstance(value, OURS):
            raise Stuck(Unknown("the order of the items is not known"))
    order = pure(sorted, range(len(items)), key=keys.__getitem__)
    if kwargs.get("reverse"):
        order = pure(sorted, range(len(items)), key=keys.__getitem__, reverse=True)
    return [items[i] for i in order]


def _extreme(fn: Callable[..., Any]) -> Callable[..., Any]:
    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        items = interp.iterate(args[0]) if len(args) == 1 else args
        key = kwargs.get("key")
        if not items and "default" in kwargs:
            return kwargs["default"]
        plain = [unwrap(item) for item in items]
        interp.weigh(plain)
        if key is not None:
            keys = [interp.call(key, [item], {}) for item in items]
            return items[keys.index(pure(fn, keys))]
        return pure(fn, plain)

    return run


def _any_all(stop: bool) -> Callable[..., Any]:
    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        items = interp.iterate(args[0])
        interp.charge(16 * len(items))
        for item in items:
            if interp.truth(item) is stop:
                return stop
        return not stop

    return run


def _sum(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    total: Object = args[1] if len(args) > 1 else kwargs.get("start", 0)
    for item in interp.iterate(args[0]):
        interp.charge(2 * UNITS_PER_STEP)
        total = binary(interp, "+", total, item)
    return total


def _next(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    iterator = args[0]
    if not isinstance(iterator, Iterator):
        raise Stuck(Unknown("next() of something that is not a known iterator"))
    for item in iterator:
        return item
    if len(args) > 1:
        return args[1]
    raise Raised("StopIteration")


def _plain_function(fn: Callable[..., Any]) -> Callable[..., Any]:
    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        return pure(fn, *(_plain_argument(interp, arg) for arg in args), **kwargs)

    return run


def _nothing(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return None


def _repr(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return pure(repr, formattable(interp, args[0], "__repr__"))


def _iter(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return args[0] if isinstance(args[0], Iterator) else iter(interp.iterate(args[0]))


def _reversed(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return list(reversed(interp.iterate(args[0])))


def _vars(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    return interp.getattr(args[0], "__dict__")


def _dir(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    """`dir(obj)` of modules, and of what the program itself defines; names that Python adds to all of them left out."""
    obj = args[0]
    if isinstance(obj, Module):
        return sorted(interp.getattr(obj, "__dict__"))
    cls = obj.cls if isinstance(obj, Instance) else obj
    if not isinstance(cls, Class) or cls.doubts or any(base.native and base is not OBJECT for base in cls.mro):
        raise Stuck(Unknown("which names dir() finds is not known"))
    own = obj.attrs if isinstance(obj, Instance) else {}
    return sorted({*own, *(name for base in cls.mro for name in base.namespace)})


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "isinstance": _isinstance,
    "issubclass": _issubclass,
    "getattr": _getattr,
    "hasattr": _hasattr,
    "vars": _vars,
    "dir": _dir,
    "setattr": _setattr,
    "len": _len,
    "callable": _callable,
    "zip": _zip,
    "enumerate": _enumerate,
    "map": _map,
    "filter": _filter,
    "sorted": _sorted,
    "min": _extreme(min),
    "max": _extreme(max),
    "any": _any_all(True),
    "all": _any_all(False),
    "sum": _sum,
    "next": _next,
    "iter": _iter,
    "reversed": _reversed,
    "repr": _repr,
    "print": _nothing,
    "abs": _plain_function(abs),
    "round": _plain_function(round),
    "ord": _plain_function(ord),
    "chr": _plain_function(chr),
    "hex": _plain_function(hex),
    "oct": _plain_function(oct),
    "bin": _plain_function(bin),
    "divmod": _plain_function(divmod),
    "staticmethod": lambda interp, args, kwargs: _rebind(args[0] if args else None, "static"),
    "classmethod": lambda interp, args, kwargs: _rebind(args[0] if args else None, "class"),
}


def _property(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
    getter = args[0] if args else kwargs.get("fget")
    if getter is None:
        raise Stuck(Unknown("a property without a getter"))
    return _rebind(getter, "property")


def _rebind(function: Object, binding: str) -> Object:
    if isinstance(function, Function):
        function.binding = binding
    return function


def builtin_names() -> dict[str, Object]:
    """Everything that a name can mean when neither the module nor its scopes bind it."""
    names: dict[str, Object] = dict(TYPES)
    names["type"] = TYPES["type"]
    names.pop("NoneType")
    names.pop("function")
    names["NotImplemented"] = NotImplemented
    names["Ellipsis"] = ...
    names["__debug__"] = True
    for name, fn in FUNCTIONS.items():
        names[name] = native(name, fn)
    names.update(_exceptions())
    TYPES["type"].namespace["__construct__"] = native("type", _type)
    property_class = TYPES["property"]
    property_class.namespace["__construct__"] = native("property", _property)
    return names
