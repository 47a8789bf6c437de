"""A constraint is validated in the transaction that added it NOT VALID.

Why: NOT VALID is quick, but the lock that it takes is held until the transaction ends, and so through the whole of
the validation: nothing was won.

Instead: put the ValidateConstraint into a migration of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from migration_guard.diagnostics import Severity
from migration_guard.rules.context import Context
from migration_guard.rules.facts import does, held
from migration_guard.rules.judge import place_of
from migration_guard.rules.rule import Example, Hit, Rule
from migration_guard.rules.samples import SHOP
from migration_guard.rules.step import Steps
from migration_guard.sql.acts import Kind

RULE = Rule(
    "MG411",
    "validated-in-the-same-transaction",
    "A constraint is validated in the transaction that added it NOT VALID",
    Severity.WARNING,
    "0.2",
    bad=(
        Example(
            SHOP
            + """
--- shop.0002_check ---
from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
AddConstraintNotValid("product", models.CheckConstraint(condition=models.Q(stock__gte=0), name="stock")),
ValidateConstraint("product", "stock"),  # MG411
"""
        ),
    ),
    good=(
        Example(
            SHOP
            + """
--- shop.0002_check ---
from django.contrib.postgres.operations import AddConstraintNotValid
AddConstraintNotValid("product", models.CheckConstraint(condition=models.Q(stock__gte=0), name="stock")),
--- shop.0003_check ---
from django.contrib.postgres.operations import ValidateConstraint
ValidateConstraint("product", "stock"),
"""
        ),
    ),
    databases=("PostgreSQL",),
    links=("https://www.postgresql.org/docs/current/sql-altertable.html",),
    about=(Kind.ADD_CHECK_NOT_VALID, Kind.ADD_FOREIGN_KEY_NOT_VALID, Kind.VALIDATE_CHECK, Kind.VALIDATE_FOREIGN_KEY),
)


def check_migration(steps: Steps, context: Context) -> Iterator[Hit]:
    added: set[tuple[str, str]] = set()
    for step in steps if steps.migration.atomic else ():
        for statement in step.statements:
            tables = {(statement.database, touch.table) for touch in held(step, statement)[:1]}
            if does(statement, Kind.ADD_CHECK_NOT_VALID, Kind.ADD_FOREIGN_KEY_NOT_VALID):
                added |= tables
            if does(statement, Kind.VALIDATE_CHECK, Kind.VALIDATE_FOREIGN_KEY) and tables & added:
                message = "the rows are checked under the lock that adding the constraint took"
                yield Hit(message, place_of(step)).of(statement)
