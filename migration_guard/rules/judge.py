"""Rules at work: steps and a context in, diagnostics out, in the order of the plan.

Hits of several databases that say the same become one finding. A hit on an operation of which it is not known whether
it does this at all is a possible one. Decides nothing about selection or suppression.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from migration_guard.diagnostics import Confidence, Diagnostic, Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Hit, Loaded, Rule
from migration_guard.rules.step import Step, Steps
from migration_guard.state.operations import Migration
from migration_guard.values import Origin


def judge(rules: Iterable[Loaded], context: Context) -> list[Diagnostic]:
    """What rules find in the migrations that are judged, and in the project as a whole."""
    chosen = tuple(rules)
    found = [
        _diagnostic(loaded.rule, hit) for loaded in chosen if loaded.on_project for hit in loaded.on_project(context)
    ]
    for steps in context.judged:
        found += _migration(chosen, steps, context)
    return list(_merged(found))


def _migration(rules: tuple[Loaded, ...], steps: Steps, context: Context) -> Iterator[Diagnostic]:
    for loaded in rules:
        if loaded.on_migration is not None:
            for hit in loaded.on_migration(steps, context):
                yield _diagnostic(loaded.rule, hit, steps.migration, steps.migration.origin)
    for step in steps:
        for loaded in rules:
            if loaded.on_operation is not None:
                for hit in loaded.on_operation(step, context):
                    yield _of_step(loaded.rule, hit, step)


def _of_step(rule: Rule, hit: Hit, step: Step) -> Diagnostic:
    if step.doubt is not None:
        details = (*hit.details, f"not known for certain: {step.doubt.reason}")
        hit = replace(hit, confidence=Confidence.POSSIBLE, details=details)
    return _diagnostic(rule, hit, step.migration, place_of(step))


def place_of(step: Step) -> Origin | None:
    """Where a step is written: its operation, or the nearest one around it that is written anywhere."""
    for operation in (step.operation, *reversed(step.outer)):
        if operation.origin is not None:
            return operation.origin
    return step.migration.origin


def _diagnostic(rule: Rule, hit: Hit, migration: Migration | None = None, origin: Origin | None = None) -> Diagnostic:
    name = f"{migration.app_label}.{migration.name}" if migration is not None else ""
    return Diagnostic(
        rule.code,
        hit.message,
        hit.origin or origin,
        hit.related,
        hit.severity or rule.severity,
        hit.confidence,
        tuple(dict.fromkeys(hit.databases)),
        ":".join(filter(None, (name, hit.subject))),
        hit.details,
        hit.hint,
        hit.fix,
        sql=tuple(dict.fromkeys(hit.sql)),
        instead=hit.instead or rule.instead,
    )


def _merged(found: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """One finding for several databases; the surest and worst of what they say counts."""
    groups: dict[tuple[object, ...], Diagnostic] = {}
    for item in found:
        key = (item.code, item.message, item.origin, item.subject)
        known = groups.get(key)
        groups[key] = item if known is None else _both(known, item)
    yield from groups.values()


def _both(one: Diagnostic, other: Diagnostic) -> Diagnostic:
    sure = one.confidence is Confidence.CERTAIN or other.confidence is Confidence.CERTAIN
    return replace(
        one,
        severity=min(one.severity, other.severity, key=list(Severity).index),
        confidence=Confidence.CERTAIN if sure else Confidence.POSSIBLE,
        databases=tuple(dict.fromkeys((*one.databases, *other.databases))),
        sql=tuple(dict.fromkeys((*one.sql, *other.sql))),
        details=tuple(dict.fromkeys((*one.details, *other.details))),
    )
