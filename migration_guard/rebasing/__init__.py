"""`rebase`: the migrations that a branch has of its own, put after those of the base, as a plan of file changes.

`plan_rebase` is the entrance; `Rebase.changes` is what is to be written, all or nothing.
"""

from migration_guard.rebasing.outcome import Chain, Declined, Move, Nothing, Rebase, Touched
from migration_guard.rebasing.plan import Drift, drift, plan_rebase, write_rebase

__all__ = ["Chain", "Declined", "Drift", "Move", "Nothing", "Rebase", "Touched", "drift", "plan_rebase", "write_rebase"]
