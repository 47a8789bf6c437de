"""The differ: two states in, the missing migrations out, as Django's autodetector would plan them.

`detect` is the entrance. It writes no text, reads no files and never guesses: see `Diff.doubts`.
"""

from migration_guard.diff.detect import detect, empty
from migration_guard.diff.facts import Leaves, Target
from migration_guard.diff.plan import Diff, Doubt, Hint, Note, Refused
from migration_guard.diff.questions import Answers, DryRun, Ignore, NonInteractive, Scripted

__all__ = [
    "Answers",
    "Diff",
    "Doubt",
    "DryRun",
    "Hint",
    "Ignore",
    "Leaves",
    "NonInteractive",
    "Note",
    "Refused",
    "Scripted",
    "Target",
    "detect",
    "empty",
]
