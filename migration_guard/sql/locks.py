"""What acts cost: rows of the tables of each database, looked up and put together into the `Impact` of a statement.

In: acts, a database and its version. Out: an `Impact`. The facts are in `locks_*`, one module per database, one row per
kind of act, each with the page that documents it; nothing is decided here but how rows of one statement combine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from migration_guard.sql.acts import Act, Kind
from migration_guard.sql.impact import UNKNOWN_IMPACT, Impact, Touch
from migration_guard.values import Truth

NO, YES, MAYBE = Truth.NO, Truth.YES, Truth.MAYBE


def reaches(server: Sequence[int], wanted: Sequence[int]) -> bool:
    """Whether a server is of that version or later. "8.0" is the last of them."""
    newest = (99,) * (len(wanted) - len(server))
    return (*server, *newest) >= tuple(wanted)


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock mode. The order in which a database lists its modes is their strength."""

    name: str
    blocks_reads: Truth
    blocks_writes: Truth


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of act. `lock` is that on its table, "" for none; `other` that on the other tables it concerns.

    `since` is the first server version that it is true of; of several rows of a kind the newest that fits counts.
    """

    kind: Kind
    lock: str
    page: str
    scans: Truth = NO
    rewrites: Truth = NO
    other: str = ""
    algorithm: str = ""
    transactional: Truth = YES
    reversible: Truth = YES
    fails: tuple[str, ...] = ()
    since: tuple[int, ...] = ()


Rows: TypeAlias = Mapping[Kind, tuple[Row, ...]]


@dataclass(frozen=True, slots=True)
class LockTable:
    """All that is known of a database. `algorithms` are the ways of doing things, the cheapest first."""

    locks: Mapping[str, Lock]
    rows: Rows
    pages: str = ""
    """What the pages of the rows begin with."""
    algorithms: tuple[str, ...] = ()

    def row(self, kind: Kind, server: tuple[int, ...]) -> Row | None:
        """The row of a kind for a server version."""
        fitting = [row for row in self.rows.get(kind, ()) if reaches(server, row.since)]
        return max(fitting, key=lambda row: row.since, default=None)

    def link(self, row: Row) -> str:
        return row.page if row.page.startswith("http") else self.pages + row.page

    def impact(self, acts: Sequence[Act], server: tuple[int, ...]) -> Impact:
        """What a statement with these acts does."""
        found = [(act, self.row(act.kind, server)) for act in acts]
        pairs = [(act, row) for act, row in found if row is not None]
        if not pairs or len(pairs) < len(found):
            return UNKNOWN_IMPACT
        rows = [row for _, row in pairs]
        costly = max((self._cost(row) for row in rows), default=0)
        return Impact(
            " + ".join(dict.fromkeys(row.kind.value for row in rows)),
            self._touches([pair for pair in pairs if self._cost(pair[1]) == costly], pairs),
            scans=Truth.any(row.scans for row in rows),
            rewrites=Truth.any(row.rewrites for row in rows),
            algorithm=next((row.algorithm for row in rows if self._cost(row) == costly), ""),
            transactional=Truth.all(row.transactional for row in rows),
            reversible=Truth.all(row.reversible for row in rows),
            fails=tuple(dict.fromkeys(text for row in rows for text in row.fails)),
            link=self.link(max(rows, key=self._weight)),
            known=all(act.table or not row.lock for act, row in pairs),
        )

    def _cost(self, row: Row) -> int:
        """A statement is carried out in one way, which is that of its dearest part."""
        return self.algorithms.index(row.algorithm) if row.algorithm in self.algorithms else 0

    def _weight(self, row: Row) -> tuple[int, int, int]:
        strength = list(self.locks).index(row.lock) if row.lock in self.locks else -1
        return self._cost(row), row.rewrites.value + row.scans.value, strength

    def _touches(self, own: Sequence[tuple[Act, Row]], all_: Sequence[tuple[Act, Row]]) -> tuple[Touch, ...]:
        held: dict[str, list[Lock]] = {}
        for act, row in own:
            if row.lock and act.table:
                held.setdefault(act.table, []).append(self.locks[row.lock])
        for act, row in all_:
            for table in act.others if row.other else ():
                held.setdefault(table, []).append(self.locks[row.other])
        return tuple(self._touch(table, locks) for table, locks in held.items())

    def _touch(self, table: str, locks: Sequence[Lock]) -> Touch:
        strength = {name: place for place, name in enumerate(self.locks)}
        strongest = max(locks, key=lambda lock: strength[lock.name])
        return Touch(
            table,
            strongest.name,
            Truth.any(lock.blocks_reads for lock in locks),
            Truth.any(lock.blocks_writes for lock in locks),
        )


def lock_modes(*modes: tuple[str, Truth, Truth]) -> dict[str, Lock]:
    """Lock modes by name: (name, blocks reads, blocks writes), the weakest first."""
    return {name: Lock(name, reads, writes) for name, reads, writes in modes}


def by_kind(*rows: Row) -> dict[Kind, tuple[Row, ...]]:
    """Rows by their kinds."""
    found: dict[Kind, tuple[Row, ...]] = {}
    for row in rows:
        found[row.kind] = (*found.get(row.kind, ()), row)
    return found
