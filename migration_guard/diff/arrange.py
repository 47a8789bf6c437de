"""Drafts become migrations: numbers and names after the leaves on disk, final dependencies, trimming.

Drafts and leaves in, `Migration`s out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from migration_guard.diff.facts import Leaves
from migration_guard.diff.naming import parse_number, suggest_name
from migration_guard.diff.order import Draft
from migration_guard.state.operations import Dependency, Migration

Arranged = dict[str, tuple[Migration, ...]]


def arrange(
    drafts: Mapping[str, list[Draft]], leaves: Leaves, asked_for: frozenset[str], name: str | None, now: datetime
) -> Arranged:
    """Name the drafts after each app's leaf. Apps without migrations that nobody asked for get none."""
    names: dict[tuple[str, str], str] = {}
    arranged: dict[str, list[Migration]] = {}
    for app_label, siblings in drafts.items():
        leaf = leaves.leaf.get(app_label)
        if leaf is None and app_label not in asked_for and app_label not in leaves.initial:
            names.update({(app_label, draft.name): "__first__" for draft in siblings})
            continue
        number = 1 if leaf is None else (parse_number(leaf) or 0) + 1
        arranged[app_label] = []
        for place, draft in enumerate(siblings):
            last = Dependency(app_label, leaf) if place == 0 and leaf is not None else None
            words = name or (
                "initial" if place == 0 and leaf is None else suggest_name(draft.operations, draft.initial, now)[:100]
            )
            final = f"{number + place:04}_{words}"
            names[app_label, draft.name] = final
            arranged[app_label].append(_migration(draft, final, last))
    return {app: tuple(_with_final_names(m, names) for m in migrations) for app, migrations in arranged.items()}


def _migration(draft: Draft, name: str, leaf: Dependency | None) -> Migration:
    """The own leaf comes last, as in files of versions that do not sort; these have the others in any order."""
    ordered = sorted(draft.dependencies - {leaf}, key=lambda d: (d.setting or "", d.app_label, d.name))
    dependencies = (*ordered, leaf) if leaf is not None else tuple(ordered)
    initial = True if draft.initial else None
    return Migration(draft.app_label, name, draft.operations, dependencies, initial=initial)


def _with_final_names(migration: Migration, names: Mapping[tuple[str, str], str]) -> Migration:
    final = [replace(d, name=names.get((d.app_label, d.name), d.name)) for d in migration.dependencies]
    return replace(migration, dependencies=tuple(dict.fromkeys(final)))


def trim(migrations: Arranged, asked_for: Iterable[str]) -> Arranged:
    """Only the apps asked for, and those that they depend on (a swappable dependency drags nothing in)."""
    needed: dict[str, set[str]] = {}
    for app_label, siblings in migrations.items():
        for migration in siblings:
            needed.setdefault(app_label, set()).update(d.app_label for d in migration.dependencies if d.setting is None)
    wanted = set(asked_for)
    while more := {app for label in wanted for app in needed.get(label, ())} - wanted:
        wanted |= more
    return {app_label: siblings for app_label, siblings in migrations.items() if app_label in wanted}
