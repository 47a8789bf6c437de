"""What a statement does to a live table: a fact made at birth, from tables that a DBA can review.

An `Impact` says which tables are locked and how, whether readers or writers wait, whether the table is scanned or
rewritten, whether the statement may run in a transaction, and how it can fail on the data that is there. What the
tables do not know is `MAYBE`: "no locks" is never said of a statement that takes one.
"""

from __future__ import annotations

from collections.abc import Iterable
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
        return self._blocks(touch.blocks_reads for touch in self.touches)

    @property
    def blocks_writes(self) -> Truth:
        return self._blocks(touch.blocks_writes for touch in self.touches)

    def _blocks(self, truths: Iterable[Truth]) -> Truth:
        return Truth.any((*truths, Truth.NO if self.touches or self.known else Truth.MAYBE))

    @property
    def long(self) -> Truth:
        """Whether the time that it takes grows with the table."""
        return Truth.any((self.scans, self.rewrites))


def combined(impacts: Iterable[Impact]) -> Impact:
    """What statements do that are sent together, one after the other in one transaction."""
    items = tuple(impacts)
    if len(items) == 1:
        return items[0]
    touches: dict[str, Touch] = {}
    for touch in (touch for item in items for touch in item.touches):
        touches[touch.table] = _stronger(touches.get(touch.table, touch), touch)
    return Impact(
        " + ".join(dict.fromkeys(kind for item in items for kind in item.kinds)),
        tuple(touches.values()),
        scans=Truth.any(item.scans for item in items),
        rewrites=Truth.any(item.rewrites for item in items),
        algorithm=next((item.algorithm for item in items if item.algorithm), ""),
        transactional=Truth.all(item.transactional for item in items),
        reversible=Truth.all(item.reversible for item in items),
        fails=tuple(dict.fromkeys(text for item in items for text in item.fails)),
        link=next((item.link for item in items if item.link), ""),
        known=all(item.known for item in items),
    )


def _stronger(one: Touch, other: Touch) -> Touch:
    weight = [touch.blocks_reads.value * 3 + touch.blocks_writes.value for touch in (one, other)]
    return other if weight[1] > weight[0] else one


UNKNOWN_IMPACT = Impact("unknown")
"""Of what could not be understood: everything about it is MAYBE."""
