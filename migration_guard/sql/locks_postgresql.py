"""What statements do to tables of PostgreSQL: one row per kind, for a reviewer who knows the database.

Columns: kind, lock on the table, page of the manual; then what differs from "no scan, no rewrite, transactional,
reversible". Lock modes and conflicts: https://www.postgresql.org/docs/current/explicit-locking.html.
The tests run each row on a populated table of a real server.
"""

from __future__ import annotations

from migration_guard.sql.acts import Kind as K
from migration_guard.sql.locks import MAYBE, NO, YES, LockTable, Row, by_kind, lock_modes

OWN = "ACCESS EXCLUSIVE (new)"
AS, RS, RX, SUX = "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE"
S, SRX, X, AE = "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"
SI = "SHARE, and ACCESS EXCLUSIVE on the indexes"
ROWS_TOO, SOME = "ROW EXCLUSIVE, and the rows", "ACCESS EXCLUSIVE or weaker"
MODES = lock_modes(
    # mode        readers wait, writers wait
    (OWN, NO, NO),  # nobody else sees the table yet
    (AS, NO, NO),
    (RS, NO, NO),
    (RX, NO, NO),
    (ROWS_TOO, NO, MAYBE),  # those who write the same rows
    (SUX, NO, NO),
    (S, NO, YES),
    (SRX, NO, YES),
    (X, NO, YES),
    (SI, YES, YES),  # whoever plans a query looks at the indexes
    (SOME, MAYBE, MAYBE),
    (AE, YES, YES),
)

ALTER, INDEX, COMMENT = "sql-altertable.html", "sql-createindex.html", "sql-comment.html"
ADDING = "sql-altertable.html#SQL-ALTERTABLE-NOTES"
CONCURRENTLY = "sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY"
LOCKING = "explicit-locking.html"
HAS_NULLS = "a row has NULL in the column"
HAS_DUPLICATES = "rows have the same values"
HAS_ORPHANS = "a row references a row that is not there"
VIOLATES = "a row violates the check"
NO_VALUE = "the table has rows: they have no value for the column"
TOO_LONG = "a value does not fit the new type"
INVALID = "rows have the same values; an invalid index is left behind"

POSTGRESQL_LOCKS = LockTable(
    MODES,
    by_kind(
        # ---------------------------------------------------- tables
        Row(K.CREATE_TABLE, OWN, "sql-createtable.html"),
        Row(K.REFERENCE_FROM_NEW_TABLE, OWN, "sql-createtable.html", other=SRX),
        Row(K.DROP_TABLE, AE, "sql-droptable.html", other=AE, reversible=NO),
        Row(K.RENAME_TABLE, AE, ALTER),
        Row(K.COMMENT_TABLE, SUX, COMMENT),
        Row(K.TRUNCATE, AE, "sql-truncate.html", other=AE, reversible=NO),
        Row(K.ALTER_TABLE, SOME, ALTER, scans=MAYBE, rewrites=MAYBE, reversible=MAYBE),
        # ---------------------------------------------------- columns
        Row(K.ADD_COLUMN, AE, ADDING),
        Row(K.ADD_COLUMN_WITH_DEFAULT, AE, ADDING, scans=YES, rewrites=YES),
        Row(K.ADD_COLUMN_WITH_DEFAULT, AE, ADDING, since=(11,)),
        Row(K.ADD_COLUMN_WITH_STABLE_DEFAULT, AE, ADDING, scans=YES, rewrites=YES),
        Row(K.ADD_COLUMN_WITH_STABLE_DEFAULT, AE, ADDING, since=(11,)),
        Row(K.ADD_COLUMN_WITH_VOLATILE_DEFAULT, AE, ADDING, scans=YES, rewrites=YES),
        Row(K.ADD_COLUMN_WITH_SOME_DEFAULT, AE, ADDING, scans=MAYBE, rewrites=MAYBE),
        Row(K.ADD_COLUMN_NOT_NULL, AE, ADDING, scans=YES, fails=(NO_VALUE,)),
        Row(K.ADD_IDENTITY_COLUMN, AE, ADDING, scans=YES, rewrites=YES),
        Row(K.ADD_STORED_COLUMN, AE, "ddl-generated-columns.html", scans=YES, rewrites=YES),
        Row(K.ADD_VIRTUAL_COLUMN, AE, "ddl-generated-columns.html", scans=MAYBE),
        Row(K.DROP_COLUMN, AE, ADDING, reversible=NO),
        Row(K.DROP_INDEXED_COLUMN, AE, ADDING, reversible=NO),
        Row(K.RENAME_COLUMN, AE, ALTER),
        Row(K.COMMENT_COLUMN, SUX, COMMENT),
        Row(K.SET_DEFAULT, AE, ALTER),
        Row(K.DROP_DEFAULT, AE, ALTER),
        Row(K.SET_NOT_NULL, AE, ALTER, scans=YES, fails=(HAS_NULLS,)),
        Row(K.SET_NOT_NULL_CHECKED, AE, ALTER, scans=YES, fails=(HAS_NULLS,)),
        Row(K.SET_NOT_NULL_CHECKED, AE, ALTER, since=(12,)),
        Row(K.DROP_NOT_NULL, AE, ALTER),
        Row(K.ADD_IDENTITY, AE, ALTER),
        Row(K.DROP_IDENTITY, AE, ALTER),
        Row(K.ALTER_SEQUENCE, SRX, "sql-altersequence.html"),
        Row(K.DROP_SEQUENCE, AE, "sql-dropsequence.html"),
        # ---------------------------------------------------- types
        Row(K.CHANGE_TYPE_IN_NAME, AE, ADDING),
        Row(K.WIDEN_TYPE, AE, ADDING),
        Row(K.WIDEN_TYPE_OVER_A_BYTE, AE, ADDING),
        Row(K.RECHECK, AE, ADDING, scans=YES),
        Row(K.CHANGE_COLLATION, AE, ADDING, scans=MAYBE),  # indexes on the column are made anew
        Row(K.REINDEX_TYPE, AE, ADDING, scans=MAYBE),
        Row(K.CHANGE_TYPE, AE, ADDING, scans=YES, rewrites=YES, reversible=MAYBE, fails=(TOO_LONG,)),
        Row(K.NARROW_TYPE, AE, ADDING, scans=YES, rewrites=YES, reversible=MAYBE, fails=(TOO_LONG,)),
        Row(K.CHANGE_TYPE_SOMEHOW, AE, ADDING, scans=MAYBE, rewrites=MAYBE, reversible=MAYBE, fails=(TOO_LONG,)),
        # ---------------------------------------------------- constraints
        Row(K.ADD_UNIQUE, AE, ALTER, scans=YES, fails=(HAS_DUPLICATES,)),
        Row(K.ADD_PRIMARY_KEY, AE, ALTER, scans=YES, fails=(HAS_DUPLICATES, HAS_NULLS)),
        Row(K.ADD_CONSTRAINT_FROM_INDEX, AE, ALTER, scans=MAYBE),
        Row(K.ADD_CHECK, AE, ALTER, scans=YES, fails=(VIOLATES,)),
        Row(K.ADD_CHECK_NOT_VALID, AE, ALTER),
        Row(K.ADD_FOREIGN_KEY, SRX, ALTER, other=SRX, scans=YES, fails=(HAS_ORPHANS,)),
        Row(K.ADD_FOREIGN_KEY_OF_NULLS, SRX, ALTER, other=SRX),
        Row(K.ADD_FOREIGN_KEY_NOT_VALID, SRX, ALTER, other=SRX),
        Row(K.ADD_EXCLUSION, AE, ALTER, scans=YES, fails=("rows exclude each other",)),
        Row(K.VALIDATE_CHECK, SUX, ALTER, scans=YES, fails=(VIOLATES,)),
        Row(K.VALIDATE_FOREIGN_KEY, SUX, ALTER, other=RS, scans=YES, fails=(HAS_ORPHANS,)),
        Row(K.DROP_UNIQUE, AE, ALTER),
        Row(K.DROP_PRIMARY_KEY, AE, ALTER),
        Row(K.DROP_CHECK, AE, ALTER),
        Row(K.DROP_FOREIGN_KEY, AE, ALTER, other=AE),
        Row(K.DROP_CONSTRAINT, AE, ALTER, other=AE),
        Row(K.RENAME_CONSTRAINT, AE, ALTER),
        Row(K.SET_CONSTRAINTS, "", "sql-set-constraints.html"),
        # ---------------------------------------------------- indexes
        Row(K.CREATE_INDEX, S, INDEX, scans=YES),
        Row(K.CREATE_UNIQUE_INDEX, S, INDEX, scans=YES, fails=(HAS_DUPLICATES,)),
        Row(K.CREATE_INDEX_CONCURRENTLY, SUX, CONCURRENTLY, scans=YES, transactional=NO),
        Row(K.CREATE_UNIQUE_INDEX_CONCURRENTLY, SUX, CONCURRENTLY, scans=YES, transactional=NO, fails=(INVALID,)),
        Row(K.DROP_INDEX, AE, "sql-dropindex.html"),
        Row(K.DROP_INDEX_CONCURRENTLY, SUX, "sql-dropindex.html", transactional=NO),
        Row(K.RENAME_INDEX, AE, "sql-alterindex.html"),
        Row(K.RENAME_INDEX, SUX, "sql-alterindex.html", since=(12,)),
        Row(K.REINDEX, SI, "sql-reindex.html", scans=YES, transactional=MAYBE),
        Row(K.REINDEX_CONCURRENTLY, SUX, "sql-reindex.html", scans=YES, transactional=NO),
        # ---------------------------------------------------- rows
        Row(K.READ, AS, LOCKING, scans=MAYBE),
        Row(K.INSERT, RX, LOCKING, reversible=MAYBE),
        Row(K.COPY_ROWS, RX, LOCKING, other=AS, scans=YES),
        Row(K.UPDATE, ROWS_TOO, LOCKING, scans=MAYBE, reversible=NO),
        Row(K.DELETE, ROWS_TOO, LOCKING, scans=MAYBE, reversible=NO),
        # ---------------------------------------------------- other objects
        Row(K.CREATE_EXTENSION, "", "sql-createextension.html"),
        Row(K.DROP_EXTENSION, "", "sql-dropextension.html", reversible=MAYBE, fails=("a column uses the extension",)),
        Row(K.CREATE_COLLATION, "", "sql-createcollation.html"),
        Row(K.DROP_COLLATION, "", "sql-dropcollation.html", fails=("a column uses the collation",)),
        Row(K.CREATE_OBJECT, "", "sql-commands.html"),
        Row(K.DROP_OBJECT, AE, "sql-commands.html", reversible=MAYBE),
        Row(K.REPLACE_VIEW, AE, "sql-createview.html"),
        Row(K.REFRESH_VIEW, AE, "sql-refreshmaterializedview.html", scans=YES, rewrites=YES),
        Row(K.REFRESH_VIEW_CONCURRENTLY, X, "sql-refreshmaterializedview.html", scans=YES),
        Row(K.CREATE_TRIGGER, SRX, "sql-createtrigger.html"),
        Row(K.DROP_TRIGGER, AE, "sql-droptrigger.html"),
        Row(K.ALTER_TYPE_VALUES, "", "sql-altertype.html", transactional=NO, reversible=NO),
        Row(K.ALTER_TYPE_VALUES, "", "sql-altertype.html", reversible=NO, since=(12,)),
        Row(K.LOCK_TABLE, SOME, "sql-lock.html"),
        Row(K.ANALYZE, SUX, "sql-analyze.html", scans=MAYBE),
        Row(K.VACUUM, SUX, "sql-vacuum.html", scans=YES, transactional=NO),
        Row(K.REWRITE_TABLE, AE, "sql-vacuum.html", scans=YES, rewrites=YES, transactional=MAYBE),
        Row(K.GRANT, "", "sql-grant.html"),
        Row(K.SET, "", "sql-set.html"),
        Row(K.TRANSACTION, "", "tutorial-transactions.html", transactional=MAYBE),
    ),
    "https://www.postgresql.org/docs/current/",
)
