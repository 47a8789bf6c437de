"""What statements do to tables of MariaDB (InnoDB): one row per kind, for a reviewer who knows the database.

Columns: kind, lock, page of the documentation, algorithm; then what differs. Every statement takes the metadata lock of
its table for a moment, which waits for all open transactions on it; INSTANT ones hold it and do nothing else. DDL
commits: it has no transaction. The tests run each row on a populated table of a real server (10.11).
"""

from __future__ import annotations

from dataclasses import replace

from migration_guard.sql.acts import Kind as K
from migration_guard.sql.locks import MAYBE, NO, YES, LockTable, Row, by_kind, lock_modes

OWN, READ, ROWS_TOO = "EXCLUSIVE (new)", "METADATA SHARED", "METADATA SHARED, and the rows"
ONLINE, SHARED, METADATA, X = "NONE", "SHARED", "METADATA EXCLUSIVE", "EXCLUSIVE"
PERHAPS, ANY = "NONE or SHARED", "EXCLUSIVE or weaker"
MODES = lock_modes(
    # LOCK=        readers wait, writers wait
    (OWN, NO, NO),
    (READ, NO, NO),
    (ROWS_TOO, NO, MAYBE),
    (ONLINE, NO, NO),  # but for the metadata lock, at the beginning and at the end
    (PERHAPS, NO, MAYBE),
    (SHARED, NO, YES),
    (METADATA, YES, YES),  # for a moment
    (ANY, MAYBE, MAYBE),
    (X, YES, YES),
)
INSTANT, INPLACE, COPY = "INSTANT", "INPLACE", "COPY"

SERVER = "https://mariadb.com/kb/en/"
DDL, LOCKS = "innodb-online-ddl-overview/", "innodb-lock-modes/"
BY_INSTANT = "innodb-online-ddl-operations-with-the-instant-alter-algorithm/"
BY_INPLACE = "innodb-online-ddl-operations-with-the-inplace-alter-algorithm/"
BY_NOCOPY = "innodb-online-ddl-operations-with-the-nocopy-alter-algorithm/"
ALTER, CHECK = "alter-table/", "constraint/"
HAS_NULLS = "a row has NULL in the column"
HAS_DUPLICATES = "rows have the same values"
HAS_ORPHANS = "a row references a row that is not there"
VIOLATES = "a row violates the check"
NO_VALUE = "rows get the empty value of the type: there is no default"
TOO_LONG = "a value does not fit the new type"

DEFINITIONS = (
    # -------------------------------------------------------- tables
    Row(K.CREATE_TABLE, OWN, "create-table/"),
    Row(K.REFERENCE_FROM_NEW_TABLE, OWN, "foreign-keys/", other=READ),
    Row(K.DROP_TABLE, METADATA, "drop-table/", other=READ, reversible=NO),
    Row(K.RENAME_TABLE, METADATA, BY_INSTANT, algorithm=INSTANT),
    Row(K.COMMENT_TABLE, METADATA, BY_INSTANT, algorithm=INSTANT),
    Row(K.TRUNCATE, METADATA, "truncate-table/", reversible=NO),
    Row(K.ALTER_TABLE, ANY, ALTER, scans=MAYBE, rewrites=MAYBE, reversible=MAYBE),
    # -------------------------------------------------------- columns
    Row(K.ADD_COLUMN, ONLINE, BY_INPLACE, scans=YES, rewrites=YES, algorithm=INPLACE),
    Row(K.ADD_COLUMN, METADATA, BY_INSTANT, algorithm=INSTANT, since=(10, 3, 2)),
    Row(K.ADD_COLUMN_WITH_DEFAULT, ONLINE, BY_INPLACE, scans=YES, rewrites=YES, algorithm=INPLACE),
    Row(K.ADD_COLUMN_WITH_DEFAULT, METADATA, BY_INSTANT, algorithm=INSTANT, since=(10, 3, 2)),
    Row(K.ADD_COLUMN_WITH_STABLE_DEFAULT, ONLINE, BY_INPLACE, scans=YES, rewrites=YES, algorithm=INPLACE),
    Row(K.ADD_COLUMN_WITH_STABLE_DEFAULT, METADATA, BY_INSTANT, algorithm=INSTANT, since=(10, 3, 2)),
    Row(K.ADD_COLUMN_WITH_VOLATILE_DEFAULT, METADATA, BY_INSTANT, scans=MAYBE, rewrites=MAYBE),
    Row(K.ADD_COLUMN_WITH_SOME_DEFAULT, METADATA, BY_INSTANT, scans=MAYBE, rewrites=MAYBE),
    Row(K.ADD_COLUMN_NOT_NULL, ONLINE, BY_INPLACE, scans=YES, rewrites=YES, algorithm=INPLACE, fails=(NO_VALUE,)),
    Row(K.ADD_COLUMN_NOT_NULL, METADATA, BY_INSTANT, algorithm=INSTANT, fails=(NO_VALUE,), since=(10, 3, 2)),
    Row(K.ADD_IDENTITY_COLUMN, SHARED, BY_INPLACE, scans=YES, rewrites=YES, algorithm=INPLACE),
    Row(K.ADD_STORED_COLUMN, SHARED, DDL, scans=YES, rewrites=YES, algorithm=COPY),
    Row(K.ADD_VIRTUAL_COLUMN, METADATA, BY_INSTANT, algorithm=INSTANT),
    Row(K.DROP_COLUMN, ONLINE, BY_INPLACE, scans=YES, rewrites=YES, algorithm=INPLACE, reversible=NO),
    Row(K.DROP_COLUMN, METADATA, BY_INSTANT, algorithm=INSTANT, reversible=NO, since=(10, 4)),
    Row(K.DROP_INDEXED_COLUMN, ONLINE, BY_INPLACE, MAYBE, MAYBE, algorithm=INPLACE, reversible=NO),
    Row(K.RENAME_COLUMN, ONLINE, BY_INPLACE, algorithm=INPLACE),
    Row(K.RENAME_COLUMN, METADATA, BY_INSTANT, algorithm=INSTANT, since=(10, 3, 2)),
    Row(K.COMMENT_COLUMN, METADATA, BY_INSTANT, algorithm=INSTANT),
    Row(K.SET_DEFAULT, METADATA, BY_INSTANT, algorithm=INSTANT),
    Row(K.DROP_DEFAULT, METADATA, BY_INSTANT, algorithm=INSTANT),
    Row(K.SET_NOT_NULL, ONLINE, BY_INPLACE, scans=YES, rewrites=YES, algorithm=INPLACE, fails=(HAS_NULLS,)),
    Row(K.SET_NOT_NULL_CHECKED, ONLINE, BY_INPLACE, scans=YES, rewrites=YES, algorithm=INPLACE),
    Row(K.DROP_NOT_NULL, ONLINE, BY_INPLACE, scans=YES, rewrites=YES, algorithm=INPLACE),
    Row(K.ADD_IDENTITY, SHARED, DDL, scans=YES, rewrites=YES, algorithm=COPY),
    Row(K.DROP_IDENTITY, METADATA, BY_INSTANT, algorithm=INSTANT),
    Row(K.ALTER_SEQUENCE, METADATA, "alter-sequence/"),
    Row(K.DROP_SEQUENCE, METADATA, "drop-sequence/"),
    # -------------------------------------------------------- types
    Row(K.CHANGE_TYPE_IN_NAME, METADATA, BY_INSTANT, algorithm=INSTANT),
    Row(K.WIDEN_TYPE, ONLINE, BY_INPLACE, algorithm=INPLACE),
    Row(K.WIDEN_TYPE, METADATA, BY_INSTANT, algorithm=INSTANT, since=(10, 4, 3)),
    Row(K.WIDEN_TYPE_OVER_A_BYTE, PERHAPS, BY_INPLACE, MAYBE, MAYBE),
    Row(K.RECHECK, METADATA, BY_INSTANT, algorithm=INSTANT),
    Row(K.CHANGE_COLLATION, PERHAPS, BY_INSTANT, MAYBE, MAYBE),
    Row(K.REINDEX_TYPE, PERHAPS, DDL, MAYBE, MAYBE),
    Row(K.CHANGE_TYPE, SHARED, DDL, scans=YES, rewrites=YES, algorithm=COPY, reversible=MAYBE, fails=(TOO_LONG,)),
    Row(K.NARROW_TYPE, SHARED, DDL, scans=YES, rewrites=YES, algorithm=COPY, reversible=MAYBE, fails=(TOO_LONG,)),
    Row(K.CHANGE_TYPE_SOMEHOW, PERHAPS, DDL, MAYBE, MAYBE, reversible=MAYBE, fails=(TOO_LONG,)),
    # -------------------------------------------------------- constraints
    Row(K.ADD_UNIQUE, ONLINE, BY_NOCOPY, scans=YES, algorithm=INPLACE, fails=(HAS_DUPLICATES,)),
    Row(K.ADD_PRIMARY_KEY, ONLINE, BY_INPLACE, YES, YES, algorithm=INPLACE, fails=(HAS_DUPLICATES, HAS_NULLS)),
    Row(K.ADD_CONSTRAINT_FROM_INDEX, X, ALTER, scans=MAYBE, rewrites=MAYBE, algorithm=COPY),
    Row(K.ADD_CHECK, SHARED, CHECK, scans=YES, rewrites=YES, algorithm=COPY, fails=(VIOLATES,)),
    Row(K.ADD_CHECK_NOT_VALID, X, CHECK, scans=MAYBE, rewrites=MAYBE, algorithm=COPY),
    Row(K.ADD_FOREIGN_KEY, SHARED, BY_NOCOPY, YES, YES, other=ROWS_TOO, algorithm=COPY, fails=(HAS_ORPHANS,)),
    Row(K.ADD_FOREIGN_KEY_OF_NULLS, SHARED, BY_NOCOPY, YES, YES, other=ROWS_TOO, algorithm=COPY),
    Row(K.ADD_FOREIGN_KEY_NOT_VALID, SHARED, BY_NOCOPY, YES, YES, other=ROWS_TOO, algorithm=COPY),
    Row(K.ADD_EXCLUSION, X, ALTER, scans=MAYBE, rewrites=MAYBE, algorithm=COPY),
    Row(K.VALIDATE_CHECK, X, CHECK, scans=MAYBE, rewrites=MAYBE, algorithm=COPY),
    Row(K.VALIDATE_FOREIGN_KEY, X, ALTER, scans=MAYBE, rewrites=MAYBE, algorithm=COPY),
    Row(K.DROP_UNIQUE, ONLINE, BY_NOCOPY, algorithm=INPLACE),
    Row(K.DROP_PRIMARY_KEY, SHARED, BY_INPLACE, scans=YES, rewrites=YES),
    Row(K.DROP_CHECK, METADATA, BY_INSTANT, algorithm=INSTANT),
    Row(K.DROP_FOREIGN_KEY, METADATA, BY_INSTANT, other=READ, algorithm=INSTANT),
    Row(K.DROP_CONSTRAINT, METADATA, BY_INSTANT, MAYBE, MAYBE, other=READ),
    Row(K.RENAME_CONSTRAINT, METADATA, ALTER),
    Row(K.SET_CONSTRAINTS, "", "set/"),
    # -------------------------------------------------------- indexes
    Row(K.CREATE_INDEX, ONLINE, BY_NOCOPY, scans=YES, algorithm=INPLACE),
    Row(K.CREATE_UNIQUE_INDEX, ONLINE, BY_NOCOPY, scans=YES, algorithm=INPLACE, fails=(HAS_DUPLICATES,)),
    Row(K.CREATE_INDEX_CONCURRENTLY, ONLINE, BY_NOCOPY, scans=YES, algorithm=INPLACE),
    Row(K.CREATE_UNIQUE_INDEX_CONCURRENTLY, ONLINE, BY_NOCOPY, YES, algorithm=INPLACE, fails=(HAS_DUPLICATES,)),
    Row(K.DROP_INDEX, ONLINE, BY_NOCOPY, algorithm=INPLACE),
    Row(K.DROP_INDEX_CONCURRENTLY, ONLINE, BY_NOCOPY, algorithm=INPLACE),
    Row(K.RENAME_INDEX, METADATA, BY_INSTANT, algorithm=INSTANT),
    Row(K.REINDEX, ONLINE, BY_INPLACE, scans=YES, rewrites=MAYBE),
    Row(K.REINDEX_CONCURRENTLY, ONLINE, BY_INPLACE, scans=YES, rewrites=MAYBE),
    # -------------------------------------------------------- other objects
    Row(K.CREATE_EXTENSION, "", "install-soname/"),
    Row(K.DROP_EXTENSION, "", "uninstall-soname/"),
    Row(K.CREATE_COLLATION, "", "character-sets/"),
    Row(K.DROP_COLLATION, "", "character-sets/"),
    Row(K.CREATE_OBJECT, "", "data-definition/"),
    Row(K.DROP_OBJECT, METADATA, "data-definition/", reversible=MAYBE),
    Row(K.REPLACE_VIEW, METADATA, "create-view/"),
    Row(K.REFRESH_VIEW, X, "create-view/", scans=MAYBE, rewrites=MAYBE),
    Row(K.REFRESH_VIEW_CONCURRENTLY, X, "create-view/", scans=MAYBE, rewrites=MAYBE),
    Row(K.CREATE_TRIGGER, METADATA, "create-trigger/"),
    Row(K.DROP_TRIGGER, METADATA, "drop-trigger/"),
    Row(K.ALTER_TYPE_VALUES, SHARED, BY_INSTANT, scans=MAYBE, rewrites=MAYBE),
    Row(K.LOCK_TABLE, ANY, "lock-tables/"),
    Row(K.ANALYZE, READ, "analyze-table/", scans=MAYBE),
    Row(K.VACUUM, ONLINE, "optimize-table/", scans=YES, rewrites=YES),
    Row(K.REWRITE_TABLE, ONLINE, "optimize-table/", scans=YES, rewrites=YES),
    Row(K.GRANT, "", "grant/"),
)
MANIPULATIONS = (
    Row(K.READ, READ, LOCKS, scans=MAYBE),
    Row(K.INSERT, READ, LOCKS, reversible=MAYBE),
    Row(K.COPY_ROWS, READ, LOCKS, other=ROWS_TOO, scans=YES),
    Row(K.UPDATE, ROWS_TOO, LOCKS, scans=MAYBE, reversible=NO),
    Row(K.DELETE, ROWS_TOO, LOCKS, scans=MAYBE, reversible=NO),
    Row(K.SET, "", "set/"),
    Row(K.TRANSACTION, "", "start-transaction/", transactional=MAYBE),
)

MARIADB_LOCKS = LockTable(
    MODES,
    by_kind(*(replace(row, transactional=NO) for row in DEFINITIONS), *MANIPULATIONS),
    SERVER,
    (INSTANT, INPLACE, COPY),
)
