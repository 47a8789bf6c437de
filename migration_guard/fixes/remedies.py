"""Which findings can be mended, and how: a table from codes to recipes.

In: a project, a diagnostic, the databases that are judged. Out: a `Fix` or None. A recipe that would leave a file that
is no Python gives none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from migration_guard.diagnostics import Applicability, Diagnostic, Fix
from migration_guard.fixes import arguments
from migration_guard.fixes.restaging import restaged
from migration_guard.fixes.safer import Measure
from migration_guard.fixes.target import Target, target_of
from migration_guard.project.project import Project
from migration_guard.source.errors import SourceError
from migration_guard.sql.profiles import Profile

Remedy = Callable[[Target], Fix | None]


def _staged(measures: Measure, message: str, applicability: Applicability = Applicability.SAFE) -> Remedy:
    return partial(restaged, measures=measures, message=message, applicability=applicability)


_INDEXES = _staged(Measure.INDEXES, "build and drop indexes concurrently, outside of a transaction")
_REMOVALS = _staged(
    Measure.REMOVALS, "take it out of the models first, and leave it in the database", Applicability.UNSAFE
)

REMEDIES: Mapping[str, Remedy] = {
    "MG144": _staged(Measure.SINGLE, "one operation for each migration, so that none is half applied"),
    "MG301": _REMOVALS,
    "MG302": arguments.database_default,
    "MG305": _REMOVALS,
    "MG307": _staged(Measure.REMOVALS, "let the column take rows that do not name it", Applicability.UNSAFE),
    "MG401": _INDEXES,
    "MG402": _INDEXES,
    "MG405": _staged(Measure.NOT_NULL, "validate a check first, which spares SET NOT NULL its look at the rows"),
    "MG406": _staged(Measure.CONSTRAINTS, "add the check without a look at the rows, and validate it afterwards"),
    "MG411": _staged(Measure.CONSTRAINTS, "validate in a transaction of its own"),
    "MG412": _staged(Measure.INDEXES, "outside of a transaction, in a migration of its own"),
    "MG413": _staged(Measure.SINGLE, "one operation for each migration, so that none is half applied"),
    "MG501": arguments.reversible,
    "MG503": arguments.historical,
    "MG504": arguments.depends,
    "MG511": _staged(Measure.DATA, "move rows in a migration of their own"),
}
"""By code; several findings of a migration may have one and the same fix."""


def fix_for(project: Project, diagnostic: Diagnostic, profiles: tuple[Profile, ...]) -> Fix | None:
    """What mends a finding."""
    remedy = REMEDIES.get(diagnostic.code)
    target = target_of(project, diagnostic, profiles) if remedy is not None else None
    if remedy is None or target is None:
        return None
    try:
        return remedy(target)
    except SourceError:
        return None
