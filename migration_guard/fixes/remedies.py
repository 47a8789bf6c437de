"""Which findings can be mended, and how: a table from codes to recipes.

In: a project, a diagnostic, the databases that are judged. Out: a `Fix` or None. A recipe that would leave a file that
is no Python gives none.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass

from migration_guard.diagnostics import Applicability, Diagnostic, Fix
from migration_guard.fixes import arguments
from migration_guard.fixes.restaging import restaged
from migration_guard.fixes.safer import Measure
from migration_guard.fixes.target import Target, target_of
from migration_guard.project.project import Project
from migration_guard.source.errors import SourceError
from migration_guard.sql.profiles import Profile

Local = Callable[[Target], Fix | None]
"""Mends a finding inside of one operation or function."""


@dataclass(frozen=True, slots=True)
class Staged:
    """Mends a finding by bringing its migration into its safe form.

    What other findings of the migration want is done in one go: once it is taken apart, others depend on it.
    """

    measures: Measure
    message: str
    applicability: Applicability = Applicability.SAFE


_INDEXES = Staged(Measure.INDEXES, "build and drop indexes concurrently, outside of a transaction")
_REMOVALS = Staged(
    Measure.REMOVALS, "take it out of the models first, and leave it in the database", Applicability.UNSAFE
)

REMEDIES: Mapping[str, Local | Staged] = {
    "MG144": Staged(Measure.SINGLE, "one operation for each migration, so that none is half applied"),
    "MG301": _REMOVALS,
    "MG302": arguments.database_default,
    "MG305": _REMOVALS,
    "MG307": Staged(Measure.REMOVALS, "let the column take rows that do not name it", Applicability.UNSAFE),
    "MG401": _INDEXES,
    "MG402": _INDEXES,
    "MG405": Staged(Measure.NOT_NULL, "validate a check first, which spares SET NOT NULL its look at the rows"),
    "MG406": Staged(Measure.CONSTRAINTS, "add the check without a look at the rows, and validate it afterwards"),
    "MG411": Staged(Measure.CONSTRAINTS, "validate in a transaction of its own"),
    "MG412": Staged(Measure.INDEXES, "outside of a transaction, in a migration of its own"),
    "MG413": Staged(Measure.SINGLE, "one operation for each migration, so that none is half applied"),
    "MG501": arguments.reversible,
    "MG503": arguments.historical,
    "MG504": arguments.depends,
    "MG511": Staged(Measure.DATA, "move rows in a migration of their own"),
}
"""By code; several findings of a migration may have one and the same fix."""


def fix_for(
    project: Project,
    diagnostic: Diagnostic,
    profiles: tuple[Profile, ...],
    beside: Iterable[str] = (),
    allowed: Container[Applicability] = tuple(Applicability),
) -> Fix | None:
    """What mends a finding; `beside` are the codes of others in the same migration."""
    remedy = REMEDIES.get(diagnostic.code)
    target = target_of(project, diagnostic, profiles) if remedy is not None else None
    if remedy is None or target is None:
        return None
    try:
        if isinstance(remedy, Staged):
            return _staged(remedy, target, beside, allowed)
        return remedy(target)
    except SourceError:
        return None


def _staged(remedy: Staged, target: Target, beside: Iterable[str], allowed: Container[Applicability]) -> Fix | None:
    others = [found for code in beside if isinstance(found := REMEDIES.get(code), Staged)]
    joined = [found for found in others if found.applicability in allowed] if remedy.applicability in allowed else []
    measures = remedy.measures
    for other in joined:
        measures |= other.measures
    unsafe = any(found.applicability is Applicability.UNSAFE for found in (remedy, *joined))
    applicability = Applicability.UNSAFE if unsafe else remedy.applicability
    # Together they may have no common form.
    return restaged(target, measures, remedy.message, applicability) or restaged(
        target, remedy.measures, remedy.message, remedy.applicability
    )
