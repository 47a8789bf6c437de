"""Fixes that turn a migration into its safe form: in its own file, and in new ones that come after it.

In: a target. Out: a `Fix` with whole files, or None. A migration on which others depend is only changed where it can
stay one file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from migration_guard import disk
from migration_guard.diagnostics import Applicability, FileEdit, Fix
from migration_guard.diff.naming import name_fragment, parse_number
from migration_guard.fixes.pages import Page
from migration_guard.fixes.safer import Form, Measure, Piece
from migration_guard.fixes.target import Target
from migration_guard.state.operations import Operation, SeparateDatabaseAndState


def restaged(target: Target, measures: Measure, message: str, applicability: Applicability) -> Fix | None:
    """The fix that brings a migration into its safe form, as far as the measures go."""
    layout = target.layout
    if layout is None:
        return None
    form = Form(target.migration.app_label, target.project.version, measures, target.profiles)
    pieces = form.pieces(target.migration, target.first)
    if pieces is None or (len(pieces) > 1 and not target.is_last):
        return None
    page = Page(layout, target.project.version)
    edits = page.first(pieces[0])
    if edits is None:
        return None
    files = [target.file.edited(edits)]
    names = later_names(target.migration.name, pieces)
    previous = target.migration.name
    for piece, name in zip(pieces[1:], names, strict=True):
        text = page.other(piece, target.migration.app_label, previous)
        path = target.file.path.with_name(f"{name}.py")
        if text is None or disk.exists(path):
            return None
        files.append(FileEdit(str(path), None, text.encode()))
        previous = name
    note = f" ({'; '.join(form.notes)})" if form.notes else ""
    return Fix(message + note, applicability, tuple(files))


def later_names(name: str, pieces: tuple[Piece, ...]) -> list[str]:
    """Names for the migrations that come after the first piece, numbered on."""
    number = parse_number(name)
    stem = re.sub(r"^\d+_", "", name)
    found = []
    for at, piece in enumerate(pieces[1:], start=1):
        last = fragments_of(piece.operations) or f"{stem}_{at + 1}"
        prefix = f"{number + at:04}_" if number is not None else f"{stem}_"
        found.append(f"{prefix}{last}")
    return found


def fragments_of(operations: Sequence[Operation]) -> str | None:
    """What operations give to a name: the first that gives anything, and a hint that there are more."""
    inner = [part for operation in operations for part in _inside(operation)]
    known = [re.sub(r"\W+", "_", fragment) for operation in inner if (fragment := name_fragment(operation))]
    return known[0] + ("_and_more" if len(known) > 1 else "") if known else None


def _inside(operation: Operation) -> tuple[Operation, ...]:
    return operation.state_operations if isinstance(operation, SeparateDatabaseAndState) else (operation,)
