"""A migration changes tables and their rows in one transaction.

Why: a lock that ALTER TABLE takes is held until the transaction ends, so readers and writers of the table wait for the
whole data migration that comes after it. The other way round, rows that were changed have constraint checks pending,
and PostgreSQL refuses to alter their table: "cannot ALTER TABLE because it has pending trigger events".

Instead: one migration for the tables, one for the data, and a third one for what must come after the data.

Ignore when: the tables are known to be small and nothing else uses them.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.codebase.functions import Code
from migration_guard.codebase.receivers import Executed, Query
from migration_guard.codebase.vocabulary import ROW_WRITES, WRITES
from migration_guard.diagnostics import Confidence, Severity
from migration_guard.rules.context import Context
from migration_guard.rules.datacode import function_of, seen
from migration_guard.rules.judge import place_of
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.step import Step, Steps
from migration_guard.sql.statements import Statement
from migration_guard.state.operations import RunPython
from migration_guard.values import FALSE, Truth

_MODELS = """
--- shop.0001_initial ---
migrations.CreateModel(
    "Product",
    [("id", models.BigAutoField(primary_key=True)), ("colour", models.CharField(max_length=20))],
),
"""
_FUNCTION = """
def paint(apps, schema_editor):
    apps.get_model("shop", "Product").objects.filter(colour="").update(colour="red")
"""

RULE = Rule(
    "MG511",
    "schema-and-data",
    "A migration changes tables and their rows in one transaction",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            _MODELS
            + "--- shop.0002_paint ---"
            + _FUNCTION
            + """
migrations.AddField("product", "size", models.IntegerField(null=True)),
migrations.RunPython(paint, migrations.RunPython.noop),  # MG511
"""
        ),
    ),
    good=(
        Example(
            _MODELS
            + "--- shop.0002_paint ---"
            + _FUNCTION
            + """
migrations.CreateModel(
    "Review",
    [("id", models.AutoField(primary_key=True)), ("product", models.ForeignKey("shop.product", models.CASCADE))],
),
migrations.RunPython(paint, migrations.RunPython.noop),
"""
        ),
        Example(
            _MODELS
            + """
--- shop.0002_size ---
migrations.AddField("product", "size", models.IntegerField(null=True)),
--- shop.0003_paint ---"""
            + _FUNCTION
            + """
migrations.RunPython(paint, migrations.RunPython.noop),
""",
            new=2,
        ),
    ),
    links=("https://docs.djangoproject.com/en/stable/ref/migration-operations/#runpython",),
    instead=("a migration for the tables, one for the data, and a third one for what must come after the data",),
    about=(RunPython,),
)


def check_migration(steps: Steps, context: Context) -> Iterator[Hit]:
    if not steps.migration.atomic:
        return
    locking = [(step, found) for step in steps for found in [_locks(step)] if found]
    if not locking:
        return
    for step in steps:
        writes = _writes(step, context)
        if writes is Truth.NO:
            continue
        before = [found for other, found in locking if other.index < step.index and not all(s.late for s in found)]
        held, statements = bool(before), (before or [found for _, found in locking])[0]
        message = (
            "rows are changed while the locks of the operations before are held"
            if held
            else "tables are altered in the transaction that has changed rows"
        )
        certain = writes is Truth.YES
        yield Hit(
            message,
            origin=place_of(step),
            confidence=Confidence.CERTAIN if certain else Confidence.POSSIBLE,
            subject=str(step.index),
        ).of(*statements)
        return


def _locks(step: Step) -> list[Statement]:
    """Statements in a transaction that make others wait for an existing table.

    The keys of a new table come last, when the data are done: nobody waits long for those.
    """
    if isinstance(step.operation, RunPython):
        return []
    return [
        statement
        for statement in step.statements
        if statement.impact.transactional is Truth.YES
        and any(touch.blocks_writes is Truth.YES for touch in step.live(statement))
        and not (statement.late and step.born.has_table(statement.impact.touches[0].table))
    ]


def _writes(step: Step, context: Context) -> Truth:
    match step.operation:
        case RunPython(atomic=atomic) if atomic != FALSE:
            found = function_of(step, context)
            if found is None:
                return Truth.NO
            if not isinstance(found, Code):
                return Truth.MAYBE
            for _, query in seen(step, context, Query):
                model = query.receiver.model
                if query.method in WRITES | ROW_WRITES and not (model and step.born.has_model(model)):
                    return Truth.YES
            return Truth.MAYBE if next(seen(step, context, Executed), None) is not None else Truth.NO
        case _:
            return Truth.NO
