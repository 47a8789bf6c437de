"""The differ: two states in, the missing migrations out, as Django's autodetector would plan them.

`detect` is the entrance. It writes no text, reads no files and never guesses: see `Diff.doubts`.
"""

from migration_guard.diff.detect import detect, empty
from migration_guard.diff.facts import Leaves, Target
from migration_guard.diff.merge import Branch, Clash, Merge, merge
from migration_guard.diff.plan import Diff, Doubt, DoubtKind, Hint, Note, Refused
from migration_guard.diff.questions import Answers, DryRun, Ignore, NonInteractive, Remembered, Scripted
from migration_guard.diff.update import updated

__all__ = [
    "Answers",
    "Branch",
    "Clash",
    "Diff",
    "Doubt",
    "DoubtKind",
    "DryRun",
    "Hint",
    "Ignore",
    "Leaves",
    "Merge",
    "NonInteractive",
    "Note",
    "Refused",
    "Remembered",
    "Scripted",
    "Target",
    "detect",
    "empty",
    "merge",
    "updated",
]
