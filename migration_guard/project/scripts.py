"""What start-up scripts say: manage.py, wsgi.py, settings files in; environment names and sys.path entries out.

A walk over the IR with a handful of expressions understood (constants, variables, paths from `__file__`, defaults of
`os.environ.get`). A script is read as if started for `makemigrations` with an empty environment. Nothing is imported;
what is not understood is skipped, since other sources of the same facts exist.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any, TypeAlias

from migration_guard.disk import read_bytes
from migration_guard.source.errors import SourceError
from migration_guard.source.ir import Body, Node
from migration_guard.source.lower_ast import lower

ReadIR: TypeAlias = Callable[[Path], "Body | None"]
"""The IR of a file, or None when it is not there or not Python."""

ARGV = ["manage.py", "makemigrations"]


class _NotKnown(Exception):
    """An expression outside the handful."""


@dataclass(frozen=True, slots=True)
class Script:
    """What one script states. `environment` holds, per name, every value it may be given, the likeliest first."""

    path: Path
    environment: dict[str, tuple[str, ...]] = field(default_factory=dict)
    first_paths: tuple[Path, ...] = ()
    """sys.path.insert: searched before everything else, in this order."""
    last_paths: tuple[Path, ...] = ()
    """sys.path.append."""
    imports: tuple[tuple[int, str], ...] = ()
    """Star imports at module level, as (level, module)."""


def read_ir(path: Path) -> Body | None:
    """The IR of a file on disk."""
    try:
        body: Body = lower(read_bytes(path))["body"]
    except (OSError, SourceError, RecursionError):
        return None
    return body


def read_script(path: Path, read: ReadIR = read_ir) -> Script | None:
    """What the script at `path` states; None when it cannot be read."""
    body = read(path)
    if body is None:
        return None
    walk = _Walk(path)
    walk.statements(body, likely=True)
    environment = {name: tuple(dict.fromkeys(walk.likely.get(name, []) + values)) for name, values in walk.all.items()}
    return Script(path, environment, tuple(walk.first), tuple(walk.last), tuple(walk.imports))


class _Walk:
    """One pass through a script; functions are entered where defined, untaken branches remembered as less likely."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: dict[str, Any] = {"__file__": str(path), "__name__": "__main__"}
        self.all: dict[str, list[str]] = {}
        self.likely: dict[str, list[str]] = {}
        self.first: list[Path] = []
        self.last: list[Path] = []
        self.imports: list[tuple[int, str]] = []

    def statements(self, body: Body, likely: bool) -> None:
        for node in body:
            self.statement(node, likely)

    def statement(self, node: Node, likely: bool) -> None:
        match node:
            case ["assign", _, targets, value]:
                self.assign(targets, value, likely)
            case ["ann", _, target, _, value] if value is not None:
                self.assign([target], value, likely)
            case ["expr", _, value]:
                self.call(value, likely)
            case ["if", _, test, then, orelse]:
                taken = self.test(test)
                self.statements(orelse if taken else then, likely and taken is None)
                self.statements(then if taken else orelse, likely)
            case ["def", _, _, _, body, _, _]:
                self.statements(body, likely)
            case ["try", _, body, handlers, orelse, final]:
                self.statements(body, likely)
                for _, _, handler in handlers:
                    self.statements(handler, False)
                self.statements([*orelse, *final], likely)
            case ["with", _, _, body] | ["for", _, _, _, body, _]:
                self.statements(body, likely)
            case ["from", _, level, module, "*"]:
                self.imports.append((level, module))

    def assign(self, targets: list[Node], value: Node, likely: bool) -> None:
        known = self.values(value)
        for target in targets:
            match target:
                case ["name", name] if likely or name not in self.names:
                    self.names.pop(name, None)
                    if known:
                        self.names[name] = known[0]
                case ["sub", environ, ["const", str(key)]] if _dotted(environ) in ("os.environ", "environ"):
                    self.environ(key, known, likely)

    def call(self, node: Node, likely: bool) -> None:
        match node:
            case ["call", _, func, args, _]:
                match _dotted(func), args:
                    case (("os.environ.setdefault" | "environ.setdefault" | "os.putenv"), [["const", str(key)], value]):
                        self.environ(key, self.values(value), likely)
                    case "sys.path.insert", [index, value]:
                        self.search_path(value, last=index != ["const", 0] and index != ["const", 1])
                    case "sys.path.append", [value]:
                        self.search_path(value, last=True)
                    case (("sys.path.extend" | "site.addsitedir"), [["list" | "tuple", items]]):
                        for item in items:
                            self.search_path(item, last=True)

    def environ(self, key: str, values: list[Any], likely: bool) -> None:
        texts = [value for value in values if isinstance(value, str)]
        self.all.setdefault(key, []).extend(texts)
        if likely:
            self.likely.setdefault(key, []).extend(texts)

    def search_path(self, node: Node, last: bool) -> None:
        for value in self.values(node)[:1]:
            if isinstance(value, (str, PurePath)) and str(value):
                path = Path(os.path.normpath(self.path.parent / value))
                if last:
                    self.last.append(path)
                else:
                    self.first.insert(0, path)

    def test(self, node: Node) -> bool | None:
        """Which way an `if` goes, None when that is not known."""
        try:
            return bool(evaluate(node, self.names))
        except _NotKnown:
            return None

    def values(self, node: Node) -> list[Any]:
        """What an expression can be: one value, or both sides of a conditional whose test is not known."""
        match node:
            case ["ifexp", test, then, orelse]:
                taken = self.test(test)
                order = (orelse, then) if taken is False else (then, orelse)
                return [value for side in order for value in self.values(side)]
        try:
            return [evaluate(node, self.names)]
        except _NotKnown:
            return []


def _dotted(node: Node) -> str:
    match node:
        case ["name", name]:
            return str(name)
        case ["attr", value, name]:
            return f"{_dotted(value)}.{name}"
    return "?"


def evaluate(node: Node, names: dict[str, Any]) -> Any:
    """The value of one of the understood expressions; `_NotKnown` for all others."""
    match node:
        case ["const", value]:
            return value
        case ["name", name] if name in names:
            return names[name]
        case ["list" | "tuple", items]:
            return [evaluate(item, names) for item in items]
        case ["fstr", parts]:
            return "".join(str(evaluate(part[1], names)) for part in _plain_parts(parts))
        case ["ifexp", test, then, orelse]:
            return evaluate(then if evaluate(test, names) else orelse, names)
        case ["unary", "not", operand]:
            return not evaluate(operand, names)
        case ["bool", operator, operands]:
            return _boolean(operator, operands, names)
        case ["cmp", left, [[operator, right]]]:
            return _compare(operator, evaluate(left, names), right, names)
        case ["bin", operator, left, right]:
            return _binary(operator, evaluate(left, names), evaluate(right, names))
        case ["attr" | "sub" | "call", *_]:
            return _access(node, names)
    raise _NotKnown


def _plain_parts(parts: list[Node]) -> Iterator[Node]:
    for part in parts:
        if part[0] == "fmt" and (part[2] or part[3]):
            raise _NotKnown
        yield part if part[0] == "fmt" else ["fmt", part]


def _boolean(operator: str, operands: list[Node], names: dict[str, Any]) -> Any:
    value: Any = None
    for operand in operands:
        value = evaluate(operand, names)
        if bool(value) is (operator == "or"):
            break
    return value


def _compare(operator: str, left: Any, right: Node, names: dict[str, Any]) -> bool:
    if operator in ("in", "not in") and _dotted(right) in ("os.environ", "environ"):
        return operator == "not in"
    value = evaluate(right, names)
    tests: dict[str, Callable[[], Any]] = {
        "==": lambda: left == value,
        "!=": lambda: left != value,
        "in": lambda: left in value,
        "not in": lambda: left not in value,
        "is": lambda: left is value,
        "is not": lambda: left is not value,
        "<": lambda: left < value,
        "<=": lambda: left <= value,
        ">": lambda: left > value,
        ">=": lambda: left >= value,
    }
    try:
        return bool(tests[operator]())
    except TypeError:
        raise _NotKnown from None


def _binary(operator: str, left: Any, right: Any) -> Any:
    match operator, left, right:
        case "+", str(), str():
            return left + right
        case "/", PurePath(), str() | PurePath():
            return left / right
        case "%", str(), str() if left.count("%") == left.count("%s") == 1:
            return left.replace("%s", right)
    raise _NotKnown


def _access(node: Node, names: dict[str, Any]) -> Any:
    dotted = _dotted(node)
    if dotted == "sys.argv":
        return ARGV
    if dotted in ("os.path.pardir", "os.pardir"):
        return ".."
    match node:
        case ["attr", value, "parent"]:
            return _path(evaluate(value, names)).parent
        case ["sub", ["attr", value, "parents"], ["const", int(index)]]:
            parents = _path(evaluate(value, names)).parents
            if 0 <= index < len(parents):
                return parents[index]
        case ["sub", value, index]:
            return _item(evaluate(value, names), index)
        case ["call", _, func, args, []]:
            return _called(func, args, names)
    raise _NotKnown


def _item(value: Any, index: Node) -> Any:
    match value, index:
        case list(), ["const", int(at)] if -len(value) <= at < len(value):
            return value[at]
        case list(), ["slice", ["const", int(at)], None, None]:
            return value[at:]
    raise _NotKnown


def _called(func: Node, args: list[Node], names: dict[str, Any]) -> Any:
    dotted = _dotted(func)
    if dotted in ("os.environ.get", "os.getenv", "environ.get", "getenv") and args:
        return evaluate(args[1], names) if len(args) > 1 else None
    if func[0] == "attr" and not dotted.startswith("os."):
        return _method(evaluate(func[1], names), func[2], [evaluate(arg, names) for arg in args])
    values = [evaluate(arg, names) for arg in args]
    match dotted.rpartition(".")[2], values:
        case "len", [list() as items]:
            return len(items)
        case "join", [first, *rest]:
            return os.path.join(str(first), *map(str, rest))
        case "dirname", [path]:
            return os.path.dirname(str(path))
        case (("abspath" | "realpath" | "normpath"), [path]):
            return os.path.normpath(str(path))
        case (("str" | "fspath"), [path]):
            return str(path)
        case "Path", [first, *rest]:
            return Path(str(first), *map(str, rest))
    raise _NotKnown


def _method(value: Any, name: str, args: list[Any]) -> Any:
    match value, name, args:
        case PurePath(), ("resolve" | "absolute"), _:
            return Path(os.path.normpath(value))
        case PurePath(), "joinpath", _:
            return value.joinpath(*map(str, args))
        case PurePath(), "as_posix", []:
            return str(value)
        case str(), ("lower" | "upper" | "strip"), []:
            return getattr(value, name)()
        case str(), ("startswith" | "endswith"), [str() as part]:
            return getattr(value, name)(part)
        case str(), "format", [str() as part] if value.count("{") == value.count("{}") == 1:
            return value.replace("{}", part)
    raise _NotKnown


def _path(value: Any) -> PurePath:
    if isinstance(value, PurePath):
        return value
    raise _NotKnown
