"""What rules ask of statements and fields: what a statement does, who waits for it, what a column is.

In: steps, statements with their impacts, fields. Out: truths, names and hits. No database is named here: what differs
between them is in the impacts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.rule import Hit
from migration_guard.rules.step import Step
from migration_guard.sql.acts import Kind
from migration_guard.sql.impact import Touch
from migration_guard.sql.statements import Statement
from migration_guard.state.fieldtypes import NOT_PROVIDED
from migration_guard.state.model import Field, Model
from migration_guard.state.operations import Operation
from migration_guard.values import NONE, Const, Ref, Truth, Unknown, Value

NO = Truth.NO
WHOLE = "whole database"
"""How impacts call the lock of a database in which all writers wait for each other anyway."""


def does(statement: Statement, *kinds: Kind) -> bool:
    """Whether a statement does one of these things."""
    return any(kind.value in statement.impact.kinds for kind in kinds)


def held(step: Step, statement: Statement) -> tuple[Touch, ...]:
    """The tables with rows that a statement locks for itself: no new ones, and no whole databases."""
    return tuple(touch for touch in step.live(statement) if WHOLE not in touch.lock)


def waiting(step: Step, statement: Statement) -> Truth:
    """Whether writers of a table wait for a time that grows with the table."""
    waits = Truth.any(touch.blocks_writes for touch in held(step, statement))
    return Truth.all((waits, lasts(step, statement)))


def long_by(statement: Statement, context: Context, *kinds: Kind) -> Truth:
    """Whether it is these parts of a statement that keep writers waiting for long: it may do other things as well."""
    profile = context.profiles.get(statement.database)
    rows = [profile.locks.row(kind, profile.server) for kind in kinds if does(statement, kind)] if profile else []
    known = [row for row in rows if row is not None]
    if profile is None or not known:
        return Truth.MAYBE
    modes = profile.locks.locks
    return Truth.any(
        Truth.all(
            (
                Truth.any(modes[lock].blocks_writes for lock in (row.lock, row.other) if lock in modes),
                Truth.any((row.scans, row.rewrites)),
            )
        )
        for row in known
    )


def lasts(step: Step, statement: Statement) -> Truth:
    """Whether the time that a statement takes grows with a table that has rows."""
    touches = held(step, statement)
    return statement.impact.long if touches and statement.impact.touches[0] in touches else NO


def reads_wait(step: Step, statement: Statement) -> bool:
    return any(touch.blocks_reads is Truth.YES for touch in held(step, statement))


def table_names(touches: Iterable[Touch]) -> str:
    return " and ".join(dict.fromkeys(touch.table for touch in touches))


def locks(step: Step, statement: Statement) -> tuple[str, ...]:
    """One line for each table that a statement locks."""
    return tuple(f"{statement.database}: {touch.lock} lock on {touch.table}" for touch in held(step, statement))


def blocking(step: Step, context: Context, message: str, *kinds: Kind) -> Iterator[Hit]:
    """One hit for the statements of some kinds during which writers wait; `{tables}` in the message are named."""
    waited = [
        (statement, Truth.all((waiting(step, statement), long_by(statement, context, *kinds))))
        for statement in step.statements
        if does(statement, *kinds)
    ]
    worst = Truth.any(truth for _, truth in waited)
    statements = [statement for statement, truth in waited if truth is worst]
    touches = [touch for statement in statements for touch in held(step, statement) if touch.blocks_writes is not NO]
    details = tuple(line for statement in statements for line in locks(step, statement))
    hit = Hit(message.format(tables=table_names(touches)), severity=graded(context, touches), details=details)
    yield from hit.of(*statements).when(worst)


def graded(context: Context, touches: Iterable[Touch]) -> Severity | None:
    """How bad waiting is where the user says which tables are large: an error there, a note elsewhere."""
    if not context.policy.large_tables:
        return None
    return Severity.ERROR if any(context.policy.is_large(touch.table) for touch in touches) else Severity.NOTE


# Fields


def has_column(field: Field) -> bool:
    """Whether a field has a column of its own, as far as is known."""
    return field.type is None or field.type.column


def column_of(name: str, field: Field) -> str:
    """The column of a field, as Django names it."""
    given = field.attr("db_column")
    if isinstance(given, Const) and isinstance(given.value, str):
        return given.value
    return f"{name}_id" if field.is_relation and not field.many_to_many else name


def is_true(value: Value) -> Truth:
    """The truth of an option."""
    return Truth.MAYBE if isinstance(value, Unknown) else Truth.of(isinstance(value, Const) and bool(value.value))


def nullable(field: Field) -> Truth:
    return is_true(field.attr("null"))


def given(value: Value) -> Truth:
    """Whether a default is given at all."""
    if isinstance(value, Unknown):
        return Truth.MAYBE
    return Truth.of(value not in (NOT_PROVIDED, Ref("django.db.models", "NOT_PROVIDED")))


def has_default(field: Field) -> Truth:
    """Whether Python has a value for new objects."""
    return given(field.attr("default"))


def has_database_default(field: Field) -> Truth:
    """Whether the database has a value for rows that do not name the column: a default, a formula, a counter."""
    if field.type is None:
        return Truth.MAYBE
    if field.type.name in ("AutoField", "BigAutoField", "SmallAutoField", "GeneratedField"):
        return Truth.YES
    value = field.attr("db_default")
    if value == NONE:
        return Truth.NO
    return given(value)


def managed(model: Model) -> bool:
    """Whether migrations make its table: not so for proxies and unmanaged models."""
    return model.flag("managed", True) and not model.flag("proxy")


def for_the_state(operations: Iterable[Operation]) -> Iterator[Operation]:
    """Operations, and after each those that it brings for the state alone (SeparateDatabaseAndState, RunSQL)."""
    for operation in operations:
        yield operation
        yield from for_the_state(getattr(operation, "state_operations", ()))


def table_of(model: Model) -> str:
    """The table of a model."""
    value = model.option("db_table")
    if isinstance(value, Const) and isinstance(value.value, str) and value.value:
        return value.value
    return f"{model.app_label}_{model.name.lower()}"
