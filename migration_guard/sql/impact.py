"""What a statement does to a live table: a fact made at birth, from tables that a DBA can review.

An `Impact` says which tables are locked and how, whether readers or writers wait, whether the table is scanned or
rewritten, whether the statement may run in a transaction, and how it can fail on the data that is there. What the
tables do not know is `MAYBE`: "no locks" is never said of a statement that takes one.
"""

from __future__ import annotations

from dataclasses import dataclass

from migration_guard.values import Truth


@dataclass(frozen=True, slots=True)
class Touch:
    """A table that a statement locks. `lock` is the database's own name of the mode ("ACCESS EXCLUSIVE", "SHARED")."""

    table: str
    lock: str
    blocks_reads: Truth
    blocks_writes: Truth


@dataclass(frozen=True, slots=True)
class Impact:
    """The facts about one statement. `kind` names the row of the table that they come from, `link` documents it."""

    kind: str
    touches: tuple[Touch, ...] = ()
    """The table itself first, then others (the parent that a foreign key references)."""
    scans: Truth = Truth.MAYBE
    """Reads every row while the lock is held."""
    rewrites: Truth = Truth.MAYBE
    """Writes every row of the table anew while the lock is held. An index that is built over the rows is a scan."""
    algorithm: str = ""
    """INSTANT, INPLACE or COPY, where the database has such things."""
    transactional: Truth = Truth.MAYBE
    """Whether it can run inside a transaction."""
    reversible: Truth = Truth.MAYBE
    """Whether the reverse statement brings the data back."""
    fails: tuple[str, ...] = ()
    """How it can fail on existing rows, as sentences."""
    link: str = ""
    known: bool = False
    """Whether `touches` are all there are: with it, none means that no table is locked."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The rows that it comes from: a statement may do several things."""
        return tuple(self.kind.split(" + "))

    @property
    def blocks_reads(self) -> Truth:
        return Truth.any(touch.blocks_reads for touch in self.touches) if self.touches or self.known else Truth.MAYBE

    @property
    def blocks_writes(self) -> Truth:
        return Truth.any(touch.blocks_writes for touch in self.touches) if self.touches or self.known else Truth.MAYBE

    @property
    def long(self) -> Truth:
        """Whether the time that it takes grows with the table."""
        return Truth.any((self.scans, self.rewrites))


UNKNOWN_IMPACT = Impact("unknown")
"""Of what could not be understood: everything about it is MAYBE."""
