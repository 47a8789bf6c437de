"""An interpreter over a folder of source files, and the exported values of dotted names in it."""

from __future__ import annotations

from pathlib import Path

from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Raised, Stuck
from migration_guard.project.natives.catalogue import django_modules
from migration_guard.source.finder import Finder
from migration_guard.source.lower_ast import lower
from migration_guard.values import Unknown, Value


def interpreter(root: Path) -> Interpreter:
    """Knows the folder's files, Django and the standard library, and believes that nothing else is installed."""
    return Interpreter(
        Finder([root]),
        lambda path, first_party: lower(path.read_text(encoding="utf-8"))["body"],
        (5, 2),
        has_environment=True,
        natives=django_modules((5, 2)),
    )


def export(interp: Interpreter, dotted: str) -> Value:
    """What a dotted name is worth; Unknown with a reason in every other case."""
    try:
        return interp.export(interp.lookup(dotted))
    except Stuck as stuck:
        return stuck.unknown
    except Raised as raised:
        return Unknown(f"raises {raised}")
