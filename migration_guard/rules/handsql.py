"""Hand-written SQL as rules see it: the statements of a RunSQL one by one, and what they change.

In: a step. Out: `Piece`s, each statement once, however many databases are judged. What is not understood has no
reading: nothing follows from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from migration_guard.rules.step import Step
from migration_guard.sql.handwritten import Known, Reading, read
from migration_guard.sql.profiles import PROFILES
from migration_guard.sql.script import split_script
from migration_guard.state.operations import RunSQL

_QUOTED = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|`[^`]*`|(\$\w*\$).*?\1""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """One statement. `bare` is its text in lower case without what is quoted."""

    text: str
    bare: str
    database: str
    reading: Reading | None

    def begins(self, *words: str) -> bool:
        return self.bare.split(maxsplit=1)[:1] != [] and self.bare.split(maxsplit=1)[0] in words

    @property
    def conditional(self) -> bool:
        """Whether a WHERE says which rows are meant."""
        return re.search(r"\b(where|limit)\b", self.bare) is not None


def pieces(step: Step) -> Iterator[Piece]:
    """The statements of a RunSQL."""
    if not isinstance(step.operation, RunSQL):
        return
    seen: set[str] = set()
    for statement in step.statements:
        for text in split_script(statement.text):
            if text not in seen:
                seen.add(text)
                profile = PROFILES.get(statement.database)
                reading = read(text.rstrip("; \n"), profile.parser, Known()) if profile is not None else None
                yield Piece(text, _QUOTED.sub("", text).lower().strip(), statement.database, reading)
