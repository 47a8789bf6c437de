"""What the tables say of MariaDB, watched on a real server: the algorithms that it accepts, and who has to wait.

Each kind of statement runs on a table with rows, with ALGORITHM= and LOCK= as the row of the table says: accepted, and
the next cheaper way refused. A transaction of somebody else that has read the table shows the metadata lock, and one
that has touched the parent shows that of a foreign key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sql.servers import Server, server

from migration_guard.sql.acts import Act, Kind
from migration_guard.sql.impact import Impact
from migration_guard.sql.locks_mariadb import COPY, INPLACE, INSTANT, MARIADB_LOCKS, METADATA, ONLINE, SHARED
from migration_guard.sql.retyping import mysql as type_change
from migration_guard.values import Truth

DATABASE = "impacts"
SCHEMA = (
    "CREATE TABLE parent (id bigint PRIMARY KEY, n int)",
    "CREATE TABLE t (id bigint AUTO_INCREMENT PRIMARY KEY, a int NOT NULL, b int NULL, v varchar(20) NOT NULL, "
    "w varchar(80) NULL, x longtext NOT NULL, p bigint NULL, u int NOT NULL, d decimal(8, 2) NOT NULL, k int DEFAULT 1,"
    "CONSTRAINT chk CHECK (a >= 0), CONSTRAINT uni UNIQUE (u), KEY a_idx (a), "
    "CONSTRAINT t_p_fk FOREIGN KEY (p) REFERENCES parent (id))",
    "CREATE TABLE lonely (id bigint PRIMARY KEY, n int NOT NULL, p bigint NULL)",
    "CREATE TABLE keyless (n int NOT NULL)",
    "INSERT INTO parent SELECT seq, seq FROM seq_1_to_20",
    "INSERT INTO t (a, b, v, w, x, p, u, d) SELECT seq, NULL, 'v', 'w', 'x', 1 + seq % 20, seq, 1 FROM seq_1_to_100",
    "INSERT INTO lonely SELECT seq, seq, seq FROM seq_1_to_20",
    "INSERT INTO keyless SELECT seq FROM seq_1_to_20",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A statement, and the acts that the tool says it consists of."""

    kind: Kind
    sql: str
    table: str = "t"
    others: tuple[str, ...] = ()
    more: tuple[Act, ...] = ()

    def __str__(self) -> str:
        return self.sql[:70]

    @property
    def acts(self) -> tuple[Act, ...]:
        return (Act(self.kind, self.table, self.others), *self.more)


K, P = Kind, ("parent",)
LINK = (Act(K.ADD_FOREIGN_KEY_OF_NULLS, "t", P),)
CASES = (
    Case(K.COMMENT_TABLE, "ALTER TABLE t COMMENT = 'x'"),
    Case(K.ADD_COLUMN, "ALTER TABLE t ADD COLUMN z int NULL"),
    Case(K.ADD_COLUMN_WITH_DEFAULT, "ALTER TABLE t ADD COLUMN z int DEFAULT 5 NOT NULL"),
    Case(K.ADD_COLUMN_WITH_STABLE_DEFAULT, "ALTER TABLE t ADD COLUMN z datetime(6) DEFAULT (now(6)) NOT NULL"),
    Case(K.ADD_COLUMN_NOT_NULL, "ALTER TABLE t ADD COLUMN z int NOT NULL"),
    Case(
        K.ADD_IDENTITY_COLUMN, "ALTER TABLE keyless ADD COLUMN z bigint AUTO_INCREMENT NOT NULL PRIMARY KEY", "keyless",
        more=(Act(K.ADD_PRIMARY_KEY, "keyless"),),
    ),
    Case(K.ADD_STORED_COLUMN, "ALTER TABLE t ADD COLUMN z int GENERATED ALWAYS AS (a + 1) STORED"),
    Case(K.ADD_VIRTUAL_COLUMN, "ALTER TABLE t ADD COLUMN z int GENERATED ALWAYS AS (a + 1) VIRTUAL"),
    Case(K.ADD_COLUMN, "ALTER TABLE t ADD COLUMN z int NULL UNIQUE", more=(Act(K.ADD_UNIQUE, "t"),)),
    Case(
        K.ADD_COLUMN,
        "ALTER TABLE t ADD COLUMN z bigint NULL , ADD CONSTRAINT z FOREIGN KEY (z) REFERENCES parent (id)",
        more=LINK,
    ),
    Case(K.DROP_COLUMN, "ALTER TABLE t DROP COLUMN b"),
    Case(K.DROP_INDEXED_COLUMN, "ALTER TABLE t DROP COLUMN u"),
    Case(K.RENAME_COLUMN, "ALTER TABLE t RENAME COLUMN b TO z"),
    Case(K.COMMENT_COLUMN, "ALTER TABLE t MODIFY v varchar(20) NOT NULL COMMENT 'x'"),
    Case(K.SET_DEFAULT, "ALTER TABLE t ALTER COLUMN b SET DEFAULT 5"),
    Case(K.DROP_DEFAULT, "ALTER TABLE t ALTER COLUMN k DROP DEFAULT"),
    Case(K.DROP_DEFAULT, "ALTER TABLE t ALTER COLUMN k SET DEFAULT NULL"),
    Case(K.SET_NOT_NULL, "ALTER TABLE t MODIFY k int NOT NULL"),
    Case(K.DROP_NOT_NULL, "ALTER TABLE t MODIFY u int NULL"),
    Case(K.ADD_IDENTITY, "ALTER TABLE lonely MODIFY id bigint AUTO_INCREMENT NOT NULL", "lonely"),
    Case(K.DROP_IDENTITY, "ALTER TABLE t MODIFY id bigint NOT NULL"),
    Case(K.CHANGE_TYPE_IN_NAME, "ALTER TABLE t MODIFY u int NOT NULL"),
    Case(K.CHANGE_TYPE_IN_NAME, "ALTER TABLE t MODIFY a int NOT NULL", more=(Act(K.RECHECK, "t"),)),
    Case(K.WIDEN_TYPE, "ALTER TABLE t MODIFY v varchar(30) NOT NULL"),
    Case(K.WIDEN_TYPE, "ALTER TABLE t MODIFY w varchar(90) NULL"),
    Case(K.WIDEN_TYPE_OVER_A_BYTE, "ALTER TABLE t MODIFY v varchar(100) NOT NULL"),
    Case(K.CHANGE_COLLATION, "ALTER TABLE t MODIFY v varchar(20) COLLATE utf8mb4_bin NOT NULL"),
    Case(K.NARROW_TYPE, "ALTER TABLE t MODIFY v varchar(10) NOT NULL"),
    Case(K.CHANGE_TYPE, "ALTER TABLE t MODIFY u bigint NOT NULL"),
    Case(K.CHANGE_TYPE, "ALTER TABLE t MODIFY v longtext NOT NULL"),
    Case(K.CHANGE_TYPE, "ALTER TABLE t MODIFY d decimal(9, 2) NOT NULL"),
    Case(K.CHANGE_TYPE_SOMEHOW, "ALTER TABLE t MODIFY w varchar(99) NOT NULL"),
    Case(K.ADD_UNIQUE, "ALTER TABLE t ADD CONSTRAINT z UNIQUE (a)"),
    Case(K.ADD_PRIMARY_KEY, "ALTER TABLE keyless ADD CONSTRAINT z PRIMARY KEY (n)", "keyless"),
    Case(K.ADD_CHECK, "ALTER TABLE t ADD CONSTRAINT z CHECK (a > 0)"),
    Case(
        K.ADD_FOREIGN_KEY, "ALTER TABLE lonely ADD CONSTRAINT z FOREIGN KEY (p) REFERENCES parent (id)", "lonely", P
    ),
    Case(K.DROP_UNIQUE, "ALTER TABLE t DROP INDEX uni"),
    Case(K.DROP_PRIMARY_KEY, "ALTER TABLE lonely DROP PRIMARY KEY", "lonely"),
    Case(K.DROP_CHECK, "ALTER TABLE t DROP CONSTRAINT IF EXISTS chk"),
    Case(K.DROP_FOREIGN_KEY, "ALTER TABLE t DROP FOREIGN KEY t_p_fk", others=P),
    Case(K.DROP_CONSTRAINT, "ALTER TABLE t DROP CONSTRAINT uni", others=P),
    Case(K.RENAME_INDEX, "ALTER TABLE t RENAME INDEX a_idx TO z"),
    Case(K.CREATE_INDEX, "CREATE INDEX z ON t (k)"),
    Case(K.CREATE_UNIQUE_INDEX, "CREATE UNIQUE INDEX z ON t (a)"),
    Case(K.DROP_INDEX, "ALTER TABLE t DROP INDEX a_idx"),
    Case(K.RENAME_TABLE, "ALTER TABLE t RENAME TO z"),
    Case(K.REWRITE_TABLE, "ALTER TABLE t FORCE"),
)  # fmt: skip
CHEAPER = {COPY: INPLACE, INPLACE: INSTANT}
WITHOUT_ALGORITHM = (
    Case(K.RENAME_TABLE, "RENAME TABLE t TO z"),
    Case(K.DROP_INDEX, "DROP INDEX a_idx ON t"),
    Case(K.DROP_TABLE, "DROP TABLE t", others=P),
    Case(K.TRUNCATE, "TRUNCATE lonely", "lonely"),
    Case(K.CREATE_TRIGGER, "CREATE TRIGGER z BEFORE INSERT ON t FOR EACH ROW SET NEW.b = 1"),
    Case(K.LOCK_TABLE, "LOCK TABLES t WRITE"),
)
"""Statements that take the metadata lock for themselves."""
FREE = (
    Case(K.CREATE_TABLE, "CREATE TABLE z (id int)", "z"),
    Case(K.REFERENCE_FROM_NEW_TABLE, "CREATE TABLE z (p bigint, FOREIGN KEY (p) REFERENCES parent (id))", "z", P),
    Case(K.READ, "SELECT count(*) FROM t"),
    Case(K.INSERT, "INSERT INTO lonely VALUES (1000, 1, 1)", "lonely"),
    Case(K.COPY_ROWS, "INSERT INTO lonely SELECT id + 100, n, 1 FROM parent", "lonely", P),
    Case(K.UPDATE, "UPDATE t SET b = 1 WHERE b IS NULL"),
    Case(K.DELETE, "DELETE FROM lonely", "lonely"),
    Case(K.CREATE_OBJECT, "CREATE VIEW z AS SELECT n FROM parent", ""),
    Case(K.ANALYZE, "ANALYZE TABLE t"),
)
"""Statements for which readers need not wait, nor they for readers."""


@pytest.fixture
def connection() -> Iterator[Any]:
    found = server("mariadb")
    with found.database(DATABASE), found.connect(DATABASE) as connected:
        with connected.cursor() as cursor:
            for statement in SCHEMA:
                cursor.execute(statement)
        yield connected


def running() -> Server:
    return server("mariadb")


def predicted(case: Case) -> Impact:
    return MARIADB_LOCKS.impact(case.acts, tuple(map(int, running().version.split("."))))


def refused(connection: Any, sql: str) -> str | None:
    """Why a statement is refused, None where it is not."""
    import pymysql

    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
    except pymysql.MySQLError as error:
        return f"{error.args[0]} {error.args[1]}"
    return None


def waits(connection: Any, sql: str, reading: str, *, writes: bool = False) -> bool:
    """Whether a statement has to wait for a transaction that has read (or written) a table."""
    with running().connect(DATABASE, autocommit=False) as other, other.cursor() as cursor:
        if writes:
            cursor.execute(f"UPDATE {reading} SET n = n + 1 WHERE id = 1")
        else:
            cursor.execute(f"SELECT * FROM {reading} LIMIT 1")
            cursor.fetchall()
        with connection.cursor() as own:
            own.execute("SET lock_wait_timeout = 0, innodb_lock_wait_timeout = 1")
        answer = refused(connection, sql)
        other.rollback()
    assert answer is None or answer.startswith(("1205", "1213")), answer
    return answer is not None


def in_the_way(sql: str, algorithm: str, lock: str = "DEFAULT") -> str:
    comma = "," if sql.startswith("ALTER") else ""
    between = f"{comma} LOCK={lock}" if lock != "DEFAULT" else ""
    return f"{sql}{comma} ALGORITHM={algorithm}{between}"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_algorithm(case: Case, connection: Any) -> None:
    said = predicted(case)
    assert said.transactional is Truth.NO
    # All of them wait for whoever has read the table.
    assert waits(connection, case.sql, case.table)
    assert any(touch.table == case.table for touch in said.touches)
    assert said.link.startswith("https://")
    if not said.algorithm:
        assert Truth.MAYBE in (said.rewrites, said.scans) or said.rewrites is Truth.YES
        assert refused(connection, case.sql) is None
        return
    cheaper = CHEAPER.get(said.algorithm)
    if cheaper is not None and said.rewrites is not Truth.MAYBE:
        answer = refused(connection, in_the_way(case.sql, cheaper))
        assert answer is not None, f"{cheaper} is accepted"
        assert "is not supported" in answer, answer
    (touch, *_) = [item for item in said.touches if item.table == case.table]
    if touch.lock == SHARED:
        answer = refused(connection, in_the_way(case.sql, said.algorithm, "NONE"))
        assert answer is not None, "nobody needs to wait"
    lock = {ONLINE: "NONE", SHARED: "SHARED"}.get(touch.lock, "DEFAULT")
    assert refused(connection, in_the_way(case.sql, said.algorithm, lock)) is None


def test_metadata_lock(connection: Any) -> None:
    for case in WITHOUT_ALGORITHM:
        assert waits(connection, case.sql, case.table), case
        said = [touch.blocks_reads for touch in predicted(case).touches if touch.table == case.table]
        assert said[0] in (Truth.YES, Truth.MAYBE) or predicted(case).algorithm == INPLACE, case


def test_no_metadata_lock(connection: Any) -> None:
    for case in FREE:
        for table in (name for name in (case.table, *case.others) if name not in ("", "z")):
            assert not waits(connection, case.sql, table), table
            assert all(touch.blocks_reads is Truth.NO for touch in predicted(case).touches)
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS z")
                cursor.execute("DELETE FROM lonely WHERE id >= 100")


@pytest.mark.parametrize("case", [case for case in CASES if any(act.others for act in case.acts)], ids=str)
def test_the_parent(case: Case, connection: Any) -> None:
    """Whether a statement has to wait for whoever has read the parent is what the touch of the parent says."""
    (touch,) = [item for item in predicted(case).touches if item.table == "parent"]
    assert touch.blocks_reads is Truth.of(waits(connection, case.sql, "parent"))


TYPES = (
    ("varchar(20)", "varchar(30)"), ("varchar(20)", "varchar(10)"), ("varchar(20)", "varchar(100)"),
    ("varchar(300)", "varchar(400)"), ("integer", "bigint"), ("bigint AUTO_INCREMENT", "bigint"),
    ("bigint", "bigint AUTO_INCREMENT"), ("decimal(8, 2)", "decimal(10, 2)"), ("varchar(20)", "longtext"),
    ("integer UNSIGNED", "integer"), ("varchar(60)", "varchar(70)"), ("char(32)", "uuid"),
    ("datetime(6)", "datetime(6)"), ("bool", "integer"), ("double precision", "numeric(5, 2)"),
)  # fmt: skip


def test_types(connection: Any) -> None:
    """What is said of a change of type, for a column that no index covers."""
    for place, (old, new) in enumerate(TYPES):
        row = MARIADB_LOCKS.row(type_change(old, new), (10, 11))
        assert row is not None
        with connection.cursor() as cursor:
            key = ", PRIMARY KEY (c)" if "bigint" in old + new else ""
            cursor.execute(f"CREATE TABLE typed{place} (c {old} NOT NULL{key})")
        answer = refused(connection, in_the_way(f"ALTER TABLE typed{place} MODIFY c {new} NOT NULL", INSTANT))
        assert row.rewrites is Truth.MAYBE or (answer is None) == (row.algorithm == INSTANT), (old, new, row.kind)


def test_metadata_is_never_nothing() -> None:
    """No statement that defines something is said to lock nothing."""
    for rows in MARIADB_LOCKS.rows.values():
        for row in rows:
            assert row.lock in (METADATA, "") or row.lock in MARIADB_LOCKS.locks
