"""Values in the notation of `.case` files."""

from __future__ import annotations

import pathlib

from migration_guard.values import Call, Const, Map, Ref, Seq, Unknown, Value, assert_never


def text(value: Value, root: str) -> str:
    """A value as one line; what is not known is `??`."""
    match value:
        case Const(pathlib.PurePath() as path):
            return f"Path({relative(str(path), root)!r})"
        case Const(constant):
            return repr(relative(constant, root) if type(constant) is str else constant)
        case Ref():
            return f"<{value.path}>"
        case Seq():
            return _sequence(value, root)
        case Map():
            return "{" + ", ".join(f"{text(k, root)}: {text(v, root)}" for k, v in value.items) + "}"
        case Call(Ref("re", "compile"), (pattern, Const(flags))):
            return f"re.compile({text(pattern, root)}, {flags})"
        case Call():
            named = [f"{name}={text(v, root)}" for name, v in value.kwargs.items()]
            return f"{value.func.name}({', '.join([text(v, root) for v in value.args] + named)})"
        case Unknown():
            return "??"
    assert_never(value)


def _sequence(value: Seq, root: str) -> str:
    items = [text(item, root) for item in value.items]
    match value.kind:
        case "list":
            return f"[{', '.join(items)}]"
        case "tuple":
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        case kind:
            return f"{kind}({', '.join(sorted(items))})"


def relative(value: str, root: str) -> str:
    return value.replace(root, "/case")
