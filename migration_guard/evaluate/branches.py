"""What is not known at module and class level: statements that cannot be understood, and tests of unknown outcome.

The names that such a statement binds become Unknown. Of two branches under an unknown test both are tried, and only
what they agree on, or what one adds to a list, is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from migration_guard.evaluate.effects import MUTATORS, bound_names, changed_names
from migration_guard.evaluate.frames import MISSING, Frame
from migration_guard.evaluate.objects import Function, Instance, Module, Object, Raised, Stuck, Thunk
from migration_guard.evaluate.pending import reads
from migration_guard.evaluate.sizes import MAX_SIZE
from migration_guard.source.ir import Body, Node
from migration_guard.values import Unknown

Execute = Callable[[Body, Frame], None]


class Break(Exception):
    """Unwinds an interpreted loop."""


class Continue(Exception):
    """Ends one round of an interpreted loop."""


class Torn(Exception):
    """Unwinds a loop of which it is not known whether a round goes on."""

    def __init__(self, unknown: Unknown) -> None:
        self.unknown = unknown


def tear(node: Node, frame: Frame, unknown: Unknown) -> None:
    """Give up a loop: what it adds to a list is one unknown item, whatever else it binds or changes is Unknown."""
    if unknown.origin is None:
        unknown = Unknown(unknown.reason, frame.origin, unknown.remedy)
    frame.interp.note(unknown)
    for name in dict.fromkeys([*bound_names(node), *changed_names([node])]):
        value = frame.names.get(name)
        if isinstance(value, list):
            value.append(unknown)
        else:
            frame.store(name, unknown)


def forget(node: Node, frame: Frame, unknown: Unknown) -> None:
    """Make the names that a statement binds Unknown, those that it changes in place included."""
    if unknown.origin is None:
        unknown = Unknown(unknown.reason, frame.origin, unknown.remedy)
    frame.interp.note(unknown)
    for name in bound_names(node):
        if node[0] in ("if", "for", "while", "try", "with") and name in frame.names:
            continue  # what was bound before the trouble stays
        frame.store(name, unknown)


def worth_running(node: Node, frame: Frame) -> bool:
    """Whether a bare expression at module or class level can matter to what we read.

    Changes of containers and classes do (`INSTALLED_APPS.append`, `Model.add_to_class`), and calls of functions of the
    project in settings; logging, registrations and signals do not.
    """
    if node[0] != "call":
        return node[0] in ("await", "walrus")
    func = node[2]
    if func[0] == "name":
        return func[1] in ("setattr", "exec") or frame.interp.runs_calls(frame, func[1])
    if func[0] != "attr":
        return False
    root = func[1]
    while root[0] in ("attr", "sub", "call"):
        root = root[2] if root[0] == "call" else root[1]
    if root[0] != "name":
        return False
    if func[2] in ("add_to_class", "contribute_to_class", "register_serializer", "register_lookup"):
        return True
    value = frame.names.get(root[1], MISSING)
    if isinstance(value, Thunk) and value.kind == "import" and func[1][0] == "name":
        return frame.module.name in frame.interp.eager_modules and _is_function(value, func[2], frame)
    if isinstance(value, Thunk):
        return func[2] in MUTATORS
    return isinstance(value, (list, dict, set)) or (isinstance(value, Instance) and func[2] in MUTATORS)


def _is_function(thunk: Thunk, name: str, frame: Frame) -> bool:
    """Whether `module.name` is a function of a module that can be read; its effect may matter to models."""
    module = thunk.force()
    if not isinstance(module, Module) or module.native is not None:
        return False
    try:
        return isinstance(frame.interp.member(module, name), Function)
    except (Raised, Stuck):
        return False


# A list that two branches fill differently is joined at module level (settings) only: see `_join`.
def either(body: Body, orelse: Body, unknown: Unknown, frame: Frame, execute: Execute) -> None:
    """Run both branches of a test that cannot be decided, and keep what is true of either."""
    touched = [name for name in reads([body, orelse], frame) if name in frame.names]
    frame.interp.weigh([frame.names[name] for name in touched], unknown=True)
    before = _snapshot(frame.names, touched)
    try:
        execute(body, frame)
        first: dict[str, Object] | None = _snapshot(frame.names, touched)
    except (Raised, Stuck):
        first = None
    except (Break, Continue):
        frame.names.clear()
        frame.names.update(before)
        raise Torn(unknown) from None
    frame.names.clear()
    frame.names.update(_snapshot(before, touched))
    try:
        execute(orelse, frame)
        second: dict[str, Object] | None = frame.names
    except (Raised, Stuck):
        second = None
    except (Break, Continue):
        frame.names.clear()
        frame.names.update(before)
        raise Torn(unknown) from None
    if second is None or first is None:
        merged = first if first is not None else second if second is not None else before
    else:
        merged = {
            name: _join(first.get(name, MISSING), second.get(name, MISSING), unknown, frame)
            for name in dict.fromkeys([*first, *second])
        }
    merged = dict(merged)
    frame.names.clear()
    frame.names.update(merged)


def _snapshot(names: dict[str, Object], touched: list[str]) -> dict[str, Object]:
    """The names as they are; what a branch mentions, and so may change, is copied."""
    copies: dict[int, Object] = {}
    return {**names, **{name: _copy(names[name], copies) for name in touched if name in names}}


def _copy(value: Object, copies: dict[int, Object]) -> Object:
    """A copy in which what was shared is shared; it may hold itself."""
    if type(value) not in (list, dict, set):
        return value
    if id(value) not in copies:
        copy = copies[id(value)] = type(value)()
        if isinstance(value, list):
            copy.extend([_copy(item, copies) for item in value])
        elif isinstance(value, dict):
            copy.update({key: _copy(item, copies) for key, item in value.items()})
        else:
            copy.update(value)
    return copies[id(value)]


def _join(first: Object, second: Object, unknown: Unknown, frame: Frame) -> Object:
    if first is MISSING or second is MISSING:
        return second if first is MISSING else first
    if first is second or _equal(first, second, frame):
        return first
    lists = frame.kind == "module" and isinstance(first, list) and isinstance(second, list)
    if lists and len(first) * len(second) < MAX_SIZE:
        return _union(first, second, frame)
    if isinstance(first, dict) and isinstance(second, dict):
        return {
            key: _join(first.get(key, MISSING), second.get(key, MISSING), unknown, frame)
            for key in dict.fromkeys([*first, *second])
        }
    return Unknown(f"it depends on a condition: {unknown.reason}", unknown.origin, unknown.remedy)


def _equal(first: Any, second: Any, frame: Frame) -> bool:
    plain = (str, int, float, bool, tuple, list, dict, set, type(None))
    if not isinstance(first, plain) or type(first) is not type(second):
        return False
    try:
        frame.interp.weigh([first, second], unknown=True)
    except Stuck:
        return False
    return bool(first == second)


def _union(first: list[Any], second: list[Any], frame: Frame) -> list[Any]:
    """Both lists in one, in the order of the longer; for INSTALLED_APPS: every app that may be installed."""
    longer, shorter = (first, second) if len(first) >= len(second) else (second, first)
    return [*longer, *(item for item in shorter if not any(item is x or _equal(item, x, frame) for x in longer))]
