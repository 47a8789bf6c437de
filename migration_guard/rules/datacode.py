"""What rules on data migrations share: the function of a step, what was seen in it, and hits at those places.

In: a step and the context. Out: `Sighting`s by kind of event. What could not be read is silent here: each rule says
what follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from migration_guard.codebase.functions import NOOPS, Code, Sighting
from migration_guard.codebase.receivers import Event, Receiver
from migration_guard.codebase.schema import Schema
from migration_guard.codebase.shelf import shelf
from migration_guard.diagnostics import Confidence, Related
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Hit
from migration_guard.rules.step import Step
from migration_guard.state.model import ModelKey
from migration_guard.state.operations import RunPython
from migration_guard.values import Ref, Unknown

E = TypeVar("E", bound=Event)


def function_of(step: Step, context: Context) -> Code | Unknown | None:
    """What the function of a `RunPython` does; None for other operations, and for `noop`."""
    operation = step.operation
    if not isinstance(operation, RunPython):
        return None
    if isinstance(operation.code, Ref) and operation.code.path in NOOPS:
        return None
    return shelf(context.project).code(operation, step.before)


def seen(step: Step, context: Context, kind: type[E]) -> Iterator[tuple[Sighting, E]]:
    """The events of one kind in the function of a step."""
    found = function_of(step, context)
    if isinstance(found, Code):
        for sighting in found.sightings:
            if isinstance(sighting.event, kind):
                yield sighting, sighting.event


def at(sighting: Sighting, step: Step, hit: Hit) -> Hit:
    """A hit at its place: in the migration's own file there, else at the operation, naming the other file."""
    origin = step.migration.origin
    if origin is not None and origin.file == str(sighting.file):
        return replace(hit, origin=sighting.place)
    return replace(hit, related=(*hit.related, Related("it is done here", sighting.place)))


def once(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Hits without those that say again what an earlier one said."""
    said: set[tuple[str, str]] = set()
    for hit in hits:
        if (hit.message, hit.subject) not in said:
            said.add((hit.message, hit.subject))
            yield hit


def sure(receiver: Receiver, schema: Schema) -> Confidence:
    """Whether what is absent from a receiver's model is surely absent."""
    known = receiver.sure and receiver.model is not None and schema.complete(receiver.model)
    return Confidence.CERTAIN if known else Confidence.POSSIBLE


def schema_of(step: Step) -> Schema:
    return Schema(step.before)


def named(key: ModelKey | None, context: Context, step: Step) -> str:
    """A model as people write it: "blog.Post"."""
    if key is None:
        return "the model"
    model = step.before.get(key) or context.project.models_state.get(key)
    return f"{key[0]}.{model.name}" if model is not None else ".".join(key)


def is_field_now(key: ModelKey, name: str, context: Context) -> bool:
    """Whether the model has a field of that name in today's code."""
    now = context.project.models_state.get(key)
    return now is not None and name in now.fields
