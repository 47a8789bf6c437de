"""What Django accepts while it reads migrations, but fails over when it runs them.

In: an operation that runs against a database (not one for the state only) and the state before it. Out: Problems of
stage MIGRATING. Only what is certain: a model in doubt, inherited fields or unread names give none.
"""

from __future__ import annotations

from dataclasses import replace

from migration_guard.state.apply import MODEL
from migration_guard.state.model import Model, State
from migration_guard.state.operations import (
    AddField,
    AlterField,
    CreateModel,
    Operation,
    RemoveConstraint,
    RemoveIndex,
    RenameIndex,
)
from migration_guard.state.options import object_name
from migration_guard.state.problem import Problem, Stage
from migration_guard.values import Const, Seq


def validate(operation: Operation, app_label: str, state: State) -> Problem | None:
    """Why a database would refuse an operation that `apply` takes."""
    name = operation.name if isinstance(operation, CreateModel) else getattr(operation, "model_name", None)
    model = state.get((app_label, name.lower())) if isinstance(name, str) else None
    if model is None or app_label in state.incomplete or model.incomplete or not _has_table(model):
        return None
    message = _refusal(operation, model)
    return Problem(message, operation, stage=Stage.MIGRATING) if message else None


def _refusal(operation: Operation, model: Model) -> str | None:
    label = f"{model.app_label}.{model.name}"
    match operation:
        case CreateModel() if _has_table(replace(model, options=operation.options)):
            return f'the model "{label}" is created a second time'
        case AddField() if operation.name in model.fields and model.fields[operation.name].unknown is None:
            return f'{label} already has a field "{operation.name}"'
        case AlterField() if operation.name not in model.fields and model.bases == (MODEL,):
            return f'{label} has no field "{operation.name}" at this point'
        case RemoveIndex() if _lacks(model, "indexes", operation.name):
            return f'{label} has no index "{operation.name}" at this point'
        case RenameIndex(old_name=str() as old) if _lacks(model, "indexes", old):
            return f'{label} has no index "{old}" at this point'
        case RemoveConstraint() if _lacks(model, "constraints", operation.name):
            return f'{label} has no constraint "{operation.name}" at this point'
        case _:
            return None


def _has_table(model: Model) -> bool:
    """Django runs nothing for proxies and for models that it does not manage."""
    managed, proxy = model.options.get("managed", Const(True)), model.options.get("proxy", Const(False))
    swappable = model.options.get("swappable", Const(None))
    return managed == Const(True) and proxy == Const(False) and swappable == Const(None)


def _lacks(model: Model, option: str, name: str) -> bool:
    entries = model.options.get(option, Seq("list", ()))
    return isinstance(entries, Seq) and all(isinstance(found := object_name(e), str) and found != name for e in entries)
