"""A whole migration as the lines that `sqlmigrate` prints, and a history of migrations as a catalogue.

In: a Migration, the state before it, a dialect, and what describes operations. Out: statements and comment lines in
order; `Refused` where Django would raise. No files, no project.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from migration_guard.sql.catalogue import Catalogue
from migration_guard.sql.dialect import Dialect
from migration_guard.sql.editor import Editor, Lookup
from migration_guard.sql.operations import LEAVES_STATE_ALONE, Refused, Step, write
from migration_guard.sql.statements import PLACEHOLDER, Statement
from migration_guard.state.apply import apply, replay
from migration_guard.state.model import State
from migration_guard.state.operations import Migration, Operation, RunPython, RunSQL
from migration_guard.state.problem import Problem
from migration_guard.values import NONE

NOT_SQL = "-- THIS OPERATION CANNOT BE WRITTEN AS SQL"
NO_OP = "-- (no-op)"


@dataclass(frozen=True, slots=True)
class Planned:
    """A migration and the state that it starts from: the one before it, in both directions."""

    migration: Migration
    state: State
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Manner:
    """How lines are made: what the catalogue shows, and whether statements say what they do to a live table."""

    lookup: Lookup = Lookup.FIXED
    weighs: bool = True


def statements(
    planned: Planned,
    dialect: Dialect,
    catalogue: Catalogue,
    describe: Callable[[Operation], str],
    manner: Manner = Manner(),
) -> list[Statement]:
    """All lines of a migration."""
    editor = Editor(dialect, catalogue, manner.lookup)
    # Whoever runs migrations has made the model classes of the first state before.
    rendered = manner.lookup is Lookup.FOLLOWS
    editor.weighs = manner.weighs
    editor.in_transaction = planned.migration.atomic and dialect.profile.rolls_back_ddl
    for problem in planned.migration.problems:
        editor.comment(f"-- {PLACEHOLDER}: {problem.reason}")
    for step in steps(planned, dialect):
        _announce(editor, step.operation, describe)
        if isinstance(step.operation, RunPython) or not dialect.own_words(step.operation).reduces_to_sql:
            editor.comment(NOT_SQL)
            continue
        before = len(editor.statements)
        # Django makes the model classes of a state when they are first asked for; later ones grow out of them.
        editor.later_state_first = planned.backwards or not rendered
        rendered = rendered or not isinstance(step.operation, LEAVES_STATE_ALONE)
        write(step, editor)
        if len(editor.statements) == before:
            editor.comment(NO_OP)
    editor.operation = None
    editor.flush()
    return editor.statements


def steps(planned: Planned, dialect: Dialect) -> list[Step]:
    """The operations in the order in which they run, each between its two states."""
    migration, state = planned.migration, planned.state
    found: list[Step] = []
    for operation in migration.operations:
        if planned.backwards and not (reversible(operation) and dialect.own_words(operation).reversible):
            kind = operation.call.func.name if operation.call is not None else type(operation).__name__
            raise Refused(f"Operation {kind} in {migration.app_label}.{migration.name} is not reversible")
        after = apply(operation, migration.app_label, state, dialect.version)
        if isinstance(after, Problem):
            raise Refused(after.message)
        before, following = (after, state) if planned.backwards else (state, after)
        found.append(Step(operation, migration.app_label, before, following, planned.backwards))
        state = after
    return found[::-1] if planned.backwards else found


def reversible(operation: Operation) -> bool:
    """Whether Django can undo an operation."""
    match operation:
        case RunSQL(reverse_sql=value) | RunPython(reverse_code=value):
            return value != NONE
        case _:
            return True


def _announce(editor: Editor, operation: Operation, describe: Callable[[Operation], str]) -> None:
    editor.operation = operation
    description = editor.dialect.own_words(operation).description
    for line in ("--", f"-- {describe(operation) if description is None else description}", "--"):
        editor.comment(line)


def history(migrations: Iterable[Migration], state: State, dialect: Dialect) -> Callable[[Catalogue], None]:
    """What fills a catalogue with what migrations leave behind, when somebody asks it something."""

    def fill(catalogue: Catalogue) -> None:
        current = state
        for migration in migrations:
            editor = Editor(dialect, catalogue, Lookup.FOLLOWS)
            editor.weighs = False
            try:
                for step in steps(Planned(migration, current), dialect):
                    write(step, editor)
                    current = step.after
                editor.flush()
            except Refused:
                current, _ = replay([migration], current, dialect.version)

    return fill
