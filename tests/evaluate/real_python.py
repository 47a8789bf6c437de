"""Run with the folder of a case and dotted names: imports the case for real, prints as JSON what the names are worth.

The notation is that of `notation.py`, for live objects. It runs in a process of its own: nothing of ours is imported.
"""

import enum
import functools
import importlib.util
import json
import os
import pathlib
import re
import sys
import types


def text(value, root):
    if isinstance(value, enum.Flag):
        names = " | ".join(f"{type(value).__qualname__}['{member.name}']" for member in value)
        return f"<{type(value).__module__}.{names}>"
    if isinstance(value, enum.Enum) and not hasattr(type(value), "choices"):
        return f"<{type(value).__module__}.{type(value).__qualname__}['{value.name}']>"
    if isinstance(value, enum.Enum):
        return text(value.value, root)
    if isinstance(value, types.ModuleType):
        return f"<{value.__name__}>"
    if isinstance(value, functools.partial):
        parts = [text(v, root) for v in (value.func, *value.args)]
        return f"partial({', '.join(parts + [f'{k}={text(v, root)}' for k, v in value.keywords.items()])})"
    if isinstance(value, re.Pattern):
        return f"re.compile({value.pattern!r}, {int(value.flags & ~re.UNICODE)})"
    if isinstance(value, pathlib.PurePath):
        return f"Path({relative(str(value), root)!r})"
    if isinstance(value, (type, types.FunctionType, types.MethodType)):
        return f"<{value.__module__}.{value.__qualname__}>"
    if type(value).__name__ == "__proxy__":
        return repr(str(value))
    return container(value, root)


def container(value, root):
    if isinstance(value, tuple):
        items = [text(v, root) for v in value]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    if isinstance(value, list):
        return f"[{', '.join(text(v, root) for v in value)}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(k, root)}: {text(v, root)}" for k, v in value.items()) + "}"
    if isinstance(value, (set, frozenset)):
        return f"{type(value).__name__}({', '.join(sorted(text(v, root) for v in value))})"
    return repr(relative(value, root) if isinstance(value, str) else value)


def relative(value, root):
    return value.replace(root, "/case")


def find(dotted):
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        name = ".".join(parts[:cut])
        if spec_of(name) is not None:
            value = importlib.import_module(name)
            for part in parts[cut:]:
                value = getattr(value, part)
            return value
    raise LookupError(dotted)


def spec_of(name):
    try:
        return importlib.util.find_spec(name)
    except ModuleNotFoundError:
        return None


def main():
    root, *names = sys.argv[1:]
    sys.path.insert(0, root)
    os.chdir(root)
    if any("django" in path.read_text() for path in pathlib.Path(root).rglob("*.py")):
        from django.conf import settings

        settings.configure(USE_I18N=False)
    answers = {}
    for dotted in names:
        try:
            answers[dotted] = text(find(dotted), root)
        except Exception as error:
            answers[dotted] = f"!! {type(error).__name__}: {error}"
    print(json.dumps(answers))


main()
