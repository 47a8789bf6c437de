"""Two states in, missing migrations out: the equivalent of Django's autodetector.

`detect` is the whole of it: match, plan in phases, sort, split, optimise, name, trim. It reads no files and asks nobody
but the `Answers` that it is given; what could not be decided is in the `Diff` as doubts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timezone
from itertools import pairwise

from migration_guard.diff.arrange import Arranged, arrange, trim
from migration_guard.diff.facts import Leaves, Target
from migration_guard.diff.matching import Matching, match
from migration_guard.diff.order import Draft, by_app, sort, split
from migration_guard.diff.phases import fields, indexes, models, options
from migration_guard.diff.plan import Diff, Doubt, Hint, NeedKind, Note, Planned, Refused, Remark
from migration_guard.diff.questions import Answers, NonInteractive
from migration_guard.diff.unwritable import unwritable
from migration_guard.state.model import State
from migration_guard.state.operations import Dependency
from migration_guard.state.reduce import optimize
from migration_guard.versions import INDEX_TOGETHER, Version


def detect(
    before: State,
    after: State,
    target: Target,
    leaves: Leaves,
    answers: Answers | None = None,
    *,
    apps: Iterable[str] = (),
    name: str | None = None,
    now: datetime | None = None,
) -> Diff:
    """The migrations that lead from `before` (the migrations on disk) to `after` (the models).

    `apps` are the app labels asked for (all when empty), `name` replaces the suggested names, `now` stands in
    names that fall back to the time.
    """
    answers = answers or NonInteractive()
    asked_for = frozenset(apps)
    matching = match(before, after, target, leaves, answers, asked_for)
    found = [*matching.remarks, *_phases(matching, answers)]
    planned = [item for item in found if isinstance(item, Planned)]
    remarks: list[Remark] = [item for item in found if not isinstance(item, Planned)]
    remarks += _inherited_doubts(planned, remarks)
    drafts = _drafts(planned, before, target.version, leaves)
    if isinstance(drafts, Refused):
        return _diff({}, [*remarks, drafts])
    arranged = arrange(drafts, leaves, asked_for, name, now or datetime.now(timezone.utc).astimezone())
    if asked_for:
        arranged = trim(arranged, asked_for)
    doubts = [doubt for migrations in arranged.values() for migration in migrations for doubt in unwritable(migration)]
    return _diff(arranged, [*remarks, *doubts])


def empty(apps: Iterable[str], leaves: Leaves, *, name: str | None = None, now: datetime | None = None) -> Diff:
    """An empty migration for each app, as `makemigrations --empty` makes them."""
    labels = frozenset(apps)
    drafts = {app_label: [Draft(app_label, "custom", ())] for app_label in sorted(labels)}
    return _diff(arrange(drafts, leaves, labels, name, now or datetime.now(timezone.utc).astimezone()), [])


def _phases(matching: Matching, answers: Answers) -> Iterator[Planned | Remark]:
    """All planned operations, in the order in which Django plans them: ties are broken by it."""
    index_changes = indexes.compare_indexes(matching)
    constraint_changes = indexes.compare_constraints(matching)
    with_index_together = INDEX_TOGETHER(matching.target.version)
    yield from indexes.remarks((*index_changes, *constraint_changes))
    yield from models.renamed_models(matching)
    yield from models.deleted_models(matching)
    yield from models.created_models(matching)
    yield from models.deleted_proxies(matching)
    yield from models.created_proxies(matching)
    yield from options.altered_options(matching)
    yield from options.altered_managers(matching)
    yield from options.altered_db_table_comment(matching)
    yield from indexes.removed_constraints(constraint_changes)
    yield from indexes.removed_indexes(index_changes)
    yield from fields.renamed_fields(matching)
    yield from indexes.renamed_indexes(index_changes)
    yield from options.narrowed_together(matching, "unique_together")
    if with_index_together:
        yield from options.narrowed_together(matching, "index_together", indexes.rows_turned_indexes(index_changes))
    yield from fields.removed_fields(matching)
    yield from fields.added_fields(matching, answers)
    yield from fields.altered_fields(matching, answers)
    yield from options.altered_order_with_respect_to(matching)
    yield from options.widened_together(matching, "unique_together")
    if with_index_together:
        yield from options.widened_together(matching, "index_together")
    yield from indexes.added_indexes(matching, index_changes)
    yield from indexes.added_constraints(matching, constraint_changes)
    yield from indexes.altered_constraints(matching, constraint_changes)
    yield from options.altered_db_table(matching)


def _inherited_doubts(planned: list[Planned], remarks: list[Remark]) -> list[Doubt]:
    """An app that builds on a model of another app that may have to be created is in doubt as well."""
    unsure = {remark.model: remark for remark in remarks if isinstance(remark, Doubt) and remark.model is not None}
    found = []
    for item in planned:
        for need in item.needs:
            doubt = unsure.get(need.model_key)
            if doubt is not None and need.kind is NeedKind.CREATE and need.app_label != item.app_label:
                found.append(replace(doubt, app_label=item.app_label, model=None))
    return found


def _drafts(
    planned: list[Planned], before: State, version: Version, leaves: Leaves
) -> dict[str, list[Draft]] | Refused:
    ordered = sort(by_app(planned), version)
    if isinstance(ordered, Refused):
        return ordered
    existing = frozenset(app_label for app_label, found in before.apps.items() if found)
    drafts = split(ordered, leaves, existing)
    if isinstance(drafts, Refused):
        return drafts
    for app_label, siblings in drafts.items():
        for earlier, later in pairwise(siblings):
            later.dependencies.add(Dependency(app_label, earlier.name))
        for draft in siblings:
            draft.operations = tuple(optimize(draft.operations, app_label, version))
    return drafts


def _diff(migrations: Arranged, remarks: list[Remark]) -> Diff:
    unique = list(dict.fromkeys(remarks))
    return Diff(
        migrations,
        tuple(item for item in unique if isinstance(item, Doubt)),
        tuple(item for item in unique if isinstance(item, Refused)),
        tuple(item for item in unique if isinstance(item, Hint)),
        tuple(item for item in unique if isinstance(item, Note)),
    )
