"""What statements do to tables of Oracle: one row per kind, for a reviewer who knows the database.

Columns: kind, lock, page of the manual; then what differs. DDL commits before and after itself: it has no transaction.
No server was there to try these on: what the manual leaves open is MAYBE.
"""

from __future__ import annotations

from dataclasses import replace

from migration_guard.sql.acts import Kind as K
from migration_guard.sql.locks import MAYBE, NO, YES, LockTable, Row, by_kind, lock_modes

OWN, ROWS_TOO = "EXCLUSIVE DDL (new)", "ROW EXCLUSIVE (SX), and the rows"
BRIEF, SHARE, X = "EXCLUSIVE DDL", "SHARE (S)", "EXCLUSIVE (X)"
MODES = lock_modes(
    # mode      readers wait, writers wait
    (OWN, NO, NO),
    (ROWS_TOO, NO, MAYBE),
    (SHARE, NO, YES),
    (BRIEF, NO, YES),  # waits for open transactions; queries read on
    (X, NO, YES),
)
ALTER, INDEX, LOCKING = (
    "sqlrf/ALTER-TABLE.html",
    "sqlrf/CREATE-INDEX.html",
    "cncpt/data-concurrency-and-consistency.html",
)
STATEMENTS = "sqlrf/Types-of-SQL-Statements.html"
HAS_NULLS, HAS_DUPLICATES = "a row has NULL in the column", "rows have the same values"
HAS_ORPHANS, VIOLATES = "a row references a row that is not there", "a row violates the check"
NO_VALUE, NOT_EMPTY = (
    "the table has rows: they have no value for the column",
    "the column must be empty to change its type",
)

_METADATA = (
    K.RENAME_TABLE, K.COMMENT_TABLE, K.ADD_COLUMN, K.ADD_COLUMN_WITH_DEFAULT, K.ADD_VIRTUAL_COLUMN, K.RENAME_COLUMN,
    K.COMMENT_COLUMN, K.SET_DEFAULT, K.DROP_DEFAULT, K.DROP_NOT_NULL, K.DROP_IDENTITY, K.ALTER_SEQUENCE,
    K.DROP_SEQUENCE, K.CHANGE_TYPE_IN_NAME, K.WIDEN_TYPE, K.WIDEN_TYPE_OVER_A_BYTE, K.RECHECK, K.ADD_CHECK_NOT_VALID,
    K.DROP_UNIQUE, K.DROP_PRIMARY_KEY, K.DROP_CHECK, K.RENAME_CONSTRAINT, K.DROP_INDEX, K.DROP_INDEX_CONCURRENTLY,
    K.RENAME_INDEX, K.CREATE_TRIGGER, K.DROP_TRIGGER, K.REPLACE_VIEW, K.ADD_CONSTRAINT_FROM_INDEX, K.ADD_IDENTITY,
)  # fmt: skip
"""Only the dictionary is written."""
_IN_DOUBT = (
    K.ALTER_TABLE, K.ADD_COLUMN_WITH_STABLE_DEFAULT, K.ADD_COLUMN_WITH_VOLATILE_DEFAULT,
    K.ADD_COLUMN_WITH_SOME_DEFAULT, K.ADD_IDENTITY_COLUMN, K.ADD_STORED_COLUMN, K.CHANGE_COLLATION, K.REINDEX_TYPE,
    K.CHANGE_TYPE_SOMEHOW, K.ADD_EXCLUSION, K.SET_NOT_NULL_CHECKED, K.REFRESH_VIEW, K.REFRESH_VIEW_CONCURRENTLY,
    K.ALTER_TYPE_VALUES, K.REWRITE_TABLE, K.VACUUM, K.DROP_CONSTRAINT, K.DROP_OBJECT,
)  # fmt: skip

DEFINITIONS = (
    *(Row(kind, BRIEF, ALTER) for kind in _METADATA),
    *(Row(kind, X, ALTER, scans=MAYBE, rewrites=MAYBE, reversible=MAYBE) for kind in _IN_DOUBT),
    Row(K.CREATE_TABLE, OWN, "sqlrf/CREATE-TABLE.html"),
    Row(K.REFERENCE_FROM_NEW_TABLE, OWN, "sqlrf/CREATE-TABLE.html", other=BRIEF),
    Row(K.DROP_TABLE, BRIEF, "sqlrf/DROP-TABLE.html", other=BRIEF, reversible=NO),
    Row(K.TRUNCATE, BRIEF, "sqlrf/TRUNCATE-TABLE.html", reversible=NO),
    Row(K.ADD_COLUMN_NOT_NULL, BRIEF, ALTER, fails=(NO_VALUE,)),
    Row(K.DROP_COLUMN, X, ALTER, scans=YES, rewrites=YES, reversible=NO),
    Row(K.DROP_INDEXED_COLUMN, X, ALTER, scans=YES, rewrites=YES, reversible=NO),
    Row(K.SET_NOT_NULL, X, ALTER, scans=YES, fails=(HAS_NULLS,)),
    Row(K.CHANGE_TYPE, X, ALTER, scans=MAYBE, rewrites=MAYBE, reversible=MAYBE, fails=(NOT_EMPTY,)),
    Row(K.NARROW_TYPE, X, ALTER, scans=MAYBE, rewrites=NO, reversible=MAYBE, fails=(NOT_EMPTY,)),
    Row(K.ADD_UNIQUE, X, ALTER, scans=YES, fails=(HAS_DUPLICATES,)),
    Row(K.ADD_PRIMARY_KEY, X, ALTER, scans=YES, fails=(HAS_DUPLICATES, HAS_NULLS)),
    Row(K.ADD_CHECK, X, ALTER, scans=YES, fails=(VIOLATES,)),
    Row(K.ADD_FOREIGN_KEY, X, ALTER, scans=YES, other=BRIEF, fails=(HAS_ORPHANS,)),
    Row(K.ADD_FOREIGN_KEY_OF_NULLS, X, ALTER, scans=MAYBE, other=BRIEF),
    Row(K.ADD_FOREIGN_KEY_NOT_VALID, BRIEF, ALTER, other=BRIEF),
    Row(K.VALIDATE_CHECK, BRIEF, ALTER, scans=YES, fails=(VIOLATES,)),
    Row(K.VALIDATE_FOREIGN_KEY, BRIEF, ALTER, scans=YES, other=ROWS_TOO, fails=(HAS_ORPHANS,)),
    Row(K.DROP_FOREIGN_KEY, BRIEF, ALTER, other=BRIEF),
    Row(K.CREATE_INDEX, SHARE, INDEX, scans=YES),
    Row(K.CREATE_UNIQUE_INDEX, SHARE, INDEX, scans=YES, fails=(HAS_DUPLICATES,)),
    Row(K.CREATE_INDEX_CONCURRENTLY, ROWS_TOO, INDEX, scans=YES),
    Row(K.CREATE_UNIQUE_INDEX_CONCURRENTLY, ROWS_TOO, INDEX, scans=YES, fails=(HAS_DUPLICATES,)),
    Row(K.REINDEX, SHARE, "sqlrf/ALTER-INDEX.html", scans=YES),
    Row(K.REINDEX_CONCURRENTLY, ROWS_TOO, "sqlrf/ALTER-INDEX.html", scans=YES),
    Row(K.CREATE_EXTENSION, "", STATEMENTS),
    Row(K.DROP_EXTENSION, "", STATEMENTS),
    Row(K.CREATE_COLLATION, "", STATEMENTS),
    Row(K.DROP_COLLATION, "", STATEMENTS),
    Row(K.CREATE_OBJECT, "", STATEMENTS),
    Row(K.ANALYZE, "", STATEMENTS, scans=YES),
    Row(K.GRANT, "", "sqlrf/GRANT.html"),
)
MANIPULATIONS = (
    Row(K.SET_CONSTRAINTS, "", "sqlrf/SET-CONSTRAINTS.html"),
    Row(K.READ, "", LOCKING, scans=MAYBE),
    Row(K.INSERT, ROWS_TOO, LOCKING, reversible=MAYBE),
    Row(K.COPY_ROWS, ROWS_TOO, LOCKING, scans=YES),
    Row(K.UPDATE, ROWS_TOO, LOCKING, scans=MAYBE, reversible=NO),
    Row(K.DELETE, ROWS_TOO, LOCKING, scans=MAYBE, reversible=NO),
    Row(K.LOCK_TABLE, X, "sqlrf/LOCK-TABLE.html"),
    Row(K.SET, "", "sqlrf/ALTER-SESSION.html", transactional=MAYBE),
    Row(K.TRANSACTION, "", "sqlrf/COMMIT.html", transactional=MAYBE),
)

ORACLE_LOCKS = LockTable(
    MODES,
    by_kind(*(replace(row, transactional=NO) for row in DEFINITIONS), *MANIPULATIONS),
    "https://docs.oracle.com/en/database/oracle/oracle-database/19/",
)
