"""Fixes inside of one operation or one function: a reverse, a dependency, a historical model, a database default.

In: a target. Out: a `Fix`, or None where the text is not written so that it can be changed with certainty.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from migration_guard.codebase.functions import Code
from migration_guard.codebase.receivers import Absent, Query, Reached
from migration_guard.codebase.shelf import shelf
from migration_guard.diagnostics import Applicability, FileEdit, Fix
from migration_guard.fixes.pages import trimmed_import
from migration_guard.fixes.target import File, Target
from migration_guard.project.graph import Key
from migration_guard.source.edit import Edit
from migration_guard.source.errors import SourceError
from migration_guard.source.layout import CallSite, call_at
from migration_guard.source.trees import tree
from migration_guard.state.model import Field, ModelKey
from migration_guard.state.operations import AddField, RunPython
from migration_guard.values import Const, Origin
from migration_guard.versions import DB_DEFAULT


def reversible(target: Target) -> Fix | None:
    """`RunPython.noop` as the reverse."""
    layout = target.layout
    call = layout.items[target.index].call if layout is not None and target.index is not None else None
    if call is None or call.called.rpartition(".")[2] != "RunPython" or not call.arguments:
        return None
    noop = f"{call.called}.noop"
    given = call.argument("reverse_code", 1)
    if given is not None:
        edits = [Edit(given.value.start, given.value.end, noop)]
    elif any((argument.keyword or "").startswith("*") for argument in call.arguments):
        return None
    else:
        plain = all(argument.keyword is None for argument in call.arguments)
        edits = [
            _after_last(target.file.text, call, noop if plain and len(call.arguments) == 1 else f"reverse_code={noop}")
        ]
    return Fix("say that nothing has to be undone", Applicability.UNSAFE, (target.file.edited(edits),))


def _after_last(text: str, call: CallSite, argument: str) -> Edit:
    """An argument behind the last one, on a line of its own where that has one."""
    last = call.arguments[-1].value
    line = text[text.rfind("\n", 0, last.start) + 1 : last.start]
    written = line.lstrip()
    indent = line[: len(line) - len(written)]
    alone = "\n" in text[call.at.start : last.start] and re.fullmatch(r"(\w+\s*=\s*)?", written)
    return Edit(last.end, last.end, f",\n{indent}{argument}" if alone else f", {argument}")


# Dependencies


def depends(target: Target) -> Fix | None:
    """The missing dependency: on the last migration of the app that comes before this one anyway."""
    layout = target.layout
    listed = layout.attribute("dependencies") if layout is not None else None
    app = target.diagnostic.subject.rpartition(":")[2].partition(".")[0]
    wanted = _last_before(target, app)
    if layout is None or listed is None or wanted is None:
        return None
    edit = _appended(layout.text, listed.value.start, listed.value.end, wanted, bool(layout.dependencies))
    message = f"depend on {wanted[0]}.{wanted[1]}"
    return Fix(message, Applicability.SAFE, (target.file.edited([edit]),))


def _last_before(target: Target, app: str) -> Key | None:
    """The last migration of an app that is applied before the target's in any case."""
    plan = target.project.graph.full_plan()
    earlier = plan[: plan.index(target.migration.key)]
    return next((key for key in reversed(earlier) if key[0] == app), None)


def _appended(text: str, start: int, end: int, key: Key, has_items: bool) -> Edit:
    """An item at the end of a list, on a line of its own where the list has lines."""
    inner = text[start + 1 : end - 1]
    item = f'("{key[0]}", "{key[1]}")'
    stripped = inner.rstrip()
    at = start + 1 + len(stripped)
    if "\n" not in inner:
        comma = "" if not has_items else " " if stripped.endswith(",") else ", "
        return Edit(at, at, f"{comma}{item}")
    last = stripped.rpartition("\n")[2]
    indent = last[: len(last) - len(last.lstrip())] or "        "
    comma = "" if stripped.endswith(",") or not has_items or last.lstrip().startswith("#") else ","
    return Edit(at, at, f"{comma}\n{indent}{item},")


# Historical models


def historical(target: Target) -> Fix | None:
    """`apps.get_model` at the top of the function in the place of an imported class."""
    operation = _operation_of(target)
    found = shelf(target.project).code(operation, target.before) if operation is not None else None
    key = _key(target)
    if not isinstance(found, Code) or key is None or key not in target.before:
        return None
    events = [sighting.event for sighting in found.sightings]
    reached = [event for event in events if isinstance(event, Reached) and event.model == key]
    if not reached or not all(sighting.direct for sighting in found.sightings):
        return None
    text = target.file.text
    node = _function(text, found.name)
    local = _class_name(text, target, key)
    if node is None or local is None or not node.args.args or _assigned(node, local):
        return None
    edits = [_bound_first(text, node, local, key), *_without_import(target, node, local)]
    names = shelf(target.project).codebase.names
    lost = any(isinstance(event, Absent) and event.receiver.model == key for event in events)
    saved = any(isinstance(event, Query) and event.receiver.model == key for event in events)
    doubtful = lost or (saved and names.overrides(key, "save")) or (saved and names.overrides(key, "delete"))
    applicability = Applicability.UNSAFE if doubtful else Applicability.SAFE
    model = target.before.get(key)
    shown = f"{key[0]}.{model.name}" if model is not None else ".".join(key)
    return Fix(f"use the historical model {shown}", applicability, (target.file.edited(edits),))


def _operation_of(target: Target) -> RunPython | None:
    """The operation whose function the finding is in: the only one, or the one that is there."""
    if isinstance(target.operation, RunPython):
        return target.operation
    functions = [operation for operation in target.migration.operations if isinstance(operation, RunPython)]
    return functions[0] if len(functions) == 1 else None


def _key(target: Target) -> ModelKey | None:
    label, _, name = target.diagnostic.subject.rpartition(":")[2].partition(".")
    return (label, name.lower()) if label and name else None


def _function(text: str, name: str) -> ast.FunctionDef | None:
    for node in tree(text).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return node
    return None


def _class_name(text: str, target: Target, key: ModelKey) -> str | None:
    """The name under which the file imports the model's class; None for anything but `from x import Name`."""
    model = target.before.get(key)
    for node in tree(text).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if model is not None and alias.name.lower() == key[1]:
                    return alias.asname or alias.name
    return None


def _without_import(target: Target, node: ast.FunctionDef, name: str) -> list[Edit]:
    """Take the import away, where nothing but the function has used it."""
    layout = target.layout
    others = [
        other
        for other in tree(target.file.text).body
        if not (isinstance(other, ast.FunctionDef) and other.name == node.name)
    ]
    used = any(isinstance(found, ast.Name) and found.id == name for other in others for found in ast.walk(other))
    if layout is None or used:
        return []
    for statement in layout.statements:
        if statement.is_import and name in statement.binds:
            text = layout.text[statement.at.start : statement.at.end]
            kept = trimmed_import(text, statement.binds - {name})
            end = statement.at.end + (kept is None and layout.text[statement.at.end :].startswith("\n"))
            return [Edit(statement.at.start, end, kept or "")]
    return []


def _assigned(node: ast.FunctionDef, name: str) -> bool:
    stored = (found for found in ast.walk(node) if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Store))
    return any(found.id == name for found in stored)


def _bound_first(text: str, node: ast.FunctionDef, name: str, key: ModelKey) -> Edit:
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(node.body) > 1:
        first = node.body[1]
    lines = text.splitlines(keepends=True)
    at = sum(map(len, lines[: first.lineno - 1]))
    indent = lines[first.lineno - 1][: first.col_offset]
    apps = node.args.args[0].arg
    return Edit(at, at, f'{indent}{name} = {apps}.get_model("{key[0]}", "{name_of(key, name)}")\n')


def name_of(key: ModelKey, local: str) -> str:
    """The model's name as it is written: that of the class where it is the same."""
    return local if local.lower() == key[1] else key[1]


# Database defaults


def database_default(target: Target) -> Fix | None:
    """`db_default` beside `default`, in the migration and in the model."""
    operation = target.operation
    if not isinstance(operation, AddField) or not DB_DEFAULT(target.project.version):
        return None
    default = operation.field.attr("default")
    if not isinstance(default, Const) or not isinstance(default.value, (bool, int, str)) or default.value is None:
        return None
    model = target.project.models_state.get((target.migration.app_label, operation.model_name.lower()))
    field = model.fields.get(operation.name) if model is not None else None
    if model is None or field is None or field.is_relation or not _still_as_added(target, operation, model.key):
        return None
    if _shared(target, field):
        return None
    if field is None or field.origin is None or field.unknown is not None or "db_default" in field.call.kwargs:
        return None
    edits = [_with_default(operation.field, default), _with_default(field, default)]
    if any(edit is None for edit in edits):
        return None
    files = tuple(edit for edit in edits if edit is not None)
    return Fix("give the column a default in the database", Applicability.UNSAFE, files)


def _shared(target: Target, field: Field) -> bool:
    """Whether other models have a field that is written at the same place: from an abstract base, or copied."""
    models = target.project.models_state
    return sum(found.origin == field.origin for model in models for found in model.fields.values()) > 1


def _still_as_added(target: Target, operation: AddField, key: ModelKey) -> bool:
    """Whether no later operation restates the field: it would have to get the default as well."""
    last = target.project.replayed[0].get(key)
    found = last.fields.get(operation.name) if last is not None else None
    return found is not None and found.origin is not None and found.origin == operation.field.origin


def _with_default(field: Field, default: Const) -> FileEdit | None:
    """The file in which a field is written, with `db_default` there, as its default is written."""
    origin = field.origin
    assert origin is not None
    file = _file(origin)
    place = file.position(origin) if file is not None else None
    call = call_at(file.text, *place) if file is not None and place is not None else None
    if file is None or call is None or any(found.keyword in ("*", "**") for found in call.arguments):
        return None
    given = call.argument("default")
    constant = given is not None and re.fullmatch(r"[\d.]+|True|False|\"[^\"\\\n]*\"|'[^'\\\n]*'", given.text)
    text = f"db_default={given.text if given is not None and constant else repr(default.value)}"
    if not call.arguments:
        return file.edited([Edit(call.at.end - 1, call.at.end - 1, text)])
    return file.edited([_after_last(file.text, call, text)])


def _file(origin: Origin) -> File | None:
    try:
        return File(Path(origin.file))
    except (OSError, SourceError):
        return None
