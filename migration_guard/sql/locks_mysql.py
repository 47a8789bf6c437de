"""What statements do to tables of MySQL (InnoDB): one row per kind, for a reviewer who knows the database.

Columns: kind, lock, page of the manual, algorithm; then what differs. Every statement takes the metadata lock of its
table for a moment, which waits for all open transactions on it; INSTANT ones hold it and do nothing else. The source
is https://dev.mysql.com/doc/refman/8.0/en/innodb-online-ddl-operations.html. DDL commits: it has no transaction.
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

DDL = "innodb-online-ddl-operations.html"
INDEX, KEY = f"{DDL}#online-ddl-index-operations", f"{DDL}#online-ddl-primary-key-operations"
COLUMN, GENERATED = f"{DDL}#online-ddl-column-operations", f"{DDL}#online-ddl-generated-column-operations"
REFERENCE, TABLE = f"{DDL}#online-ddl-foreign-key-operations", f"{DDL}#online-ddl-table-operations"
CHECK = "create-table-check-constraints.html"
LOCKS = "innodb-locks-set.html"
HAS_NULLS = "a row has NULL in the column"
HAS_DUPLICATES = "rows have the same values"
HAS_ORPHANS = "a row references a row that is not there"
VIOLATES = "a row violates the check"
NO_VALUE = "rows get the empty value of the type: there is no default"
TOO_LONG = "a value does not fit the new type"

DEFINITIONS = (
    # -------------------------------------------------------- tables
    Row(K.CREATE_TABLE, OWN, "create-table.html"),
    Row(K.REFERENCE_FROM_NEW_TABLE, OWN, "create-table-foreign-keys.html", other=METADATA),
    Row(K.DROP_TABLE, METADATA, "drop-table.html", other=METADATA, reversible=NO),
    Row(K.RENAME_TABLE, METADATA, TABLE, algorithm=INPLACE),
    Row(K.RENAME_TABLE, METADATA, TABLE, algorithm=INSTANT, since=(8, 0, 12)),
    Row(K.COMMENT_TABLE, METADATA, TABLE, algorithm=INPLACE),
    Row(K.TRUNCATE, METADATA, "truncate-table.html", reversible=NO),
    Row(K.ALTER_TABLE, ANY, "alter-table.html", scans=MAYBE, rewrites=MAYBE, reversible=MAYBE),
    # -------------------------------------------------------- columns
    Row(K.ADD_COLUMN, ONLINE, COLUMN, scans=YES, rewrites=YES, algorithm=INPLACE),
    Row(K.ADD_COLUMN, METADATA, COLUMN, algorithm=INSTANT, since=(8, 0, 12)),
    Row(K.ADD_COLUMN_WITH_DEFAULT, ONLINE, COLUMN, scans=YES, rewrites=YES, algorithm=INPLACE),
    Row(K.ADD_COLUMN_WITH_DEFAULT, METADATA, COLUMN, algorithm=INSTANT, since=(8, 0, 12)),
    Row(K.ADD_COLUMN_WITH_STABLE_DEFAULT, PERHAPS, COLUMN, scans=MAYBE, rewrites=MAYBE),
    Row(K.ADD_COLUMN_WITH_VOLATILE_DEFAULT, SHARED, COLUMN, scans=YES, rewrites=YES, algorithm=COPY),
    Row(K.ADD_COLUMN_WITH_SOME_DEFAULT, PERHAPS, COLUMN, scans=MAYBE, rewrites=MAYBE),
    Row(K.ADD_COLUMN_NOT_NULL, ONLINE, COLUMN, scans=YES, rewrites=YES, algorithm=INPLACE, fails=(NO_VALUE,)),
    Row(K.ADD_COLUMN_NOT_NULL, METADATA, COLUMN, algorithm=INSTANT, fails=(NO_VALUE,), since=(8, 0, 12)),
    Row(K.ADD_IDENTITY_COLUMN, SHARED, COLUMN, scans=YES, rewrites=YES, algorithm=INPLACE),
    Row(K.ADD_STORED_COLUMN, SHARED, GENERATED, scans=YES, rewrites=YES, algorithm=COPY),
    Row(K.ADD_VIRTUAL_COLUMN, ONLINE, GENERATED, algorithm=INPLACE),
    Row(K.ADD_VIRTUAL_COLUMN, METADATA, GENERATED, algorithm=INSTANT, since=(8, 0, 12)),
    Row(K.DROP_COLUMN, ONLINE, COLUMN, scans=YES, rewrites=YES, algorithm=INPLACE, reversible=NO),
    Row(K.DROP_COLUMN, METADATA, COLUMN, algorithm=INSTANT, reversible=NO, since=(8, 0, 29)),
    Row(K.DROP_INDEXED_COLUMN, ONLINE, COLUMN, scans=YES, rewrites=YES, algorithm=INPLACE, reversible=NO),
    Row(K.RENAME_COLUMN, ONLINE, COLUMN, algorithm=INPLACE),
    Row(K.RENAME_COLUMN, METADATA, COLUMN, algorithm=INSTANT, since=(8, 0, 28)),
    Row(K.COMMENT_COLUMN, METADATA, COLUMN, algorithm=INPLACE),
    Row(K.SET_DEFAULT, METADATA, COLUMN, algorithm=INPLACE),
    Row(K.SET_DEFAULT, METADATA, COLUMN, algorithm=INSTANT, since=(8, 0, 12)),
    Row(K.DROP_DEFAULT, METADATA, COLUMN, algorithm=INPLACE),
    Row(K.DROP_DEFAULT, METADATA, COLUMN, algorithm=INSTANT, since=(8, 0, 12)),
    Row(K.SET_NOT_NULL, ONLINE, COLUMN, scans=YES, rewrites=YES, algorithm=INPLACE, fails=(HAS_NULLS,)),
    Row(K.SET_NOT_NULL_CHECKED, ONLINE, COLUMN, scans=YES, rewrites=YES, algorithm=INPLACE),
    Row(K.DROP_NOT_NULL, ONLINE, COLUMN, scans=YES, rewrites=YES, algorithm=INPLACE),
    Row(K.ADD_IDENTITY, SHARED, COLUMN, scans=YES, rewrites=YES, algorithm=COPY),
    Row(K.DROP_IDENTITY, SHARED, COLUMN, scans=YES, rewrites=YES, algorithm=COPY),
    Row(K.ALTER_SEQUENCE, METADATA, TABLE),
    Row(K.DROP_SEQUENCE, METADATA, TABLE),
    # -------------------------------------------------------- types
    Row(K.CHANGE_TYPE_IN_NAME, METADATA, COLUMN, algorithm=INPLACE),
    Row(K.WIDEN_TYPE, ONLINE, COLUMN, algorithm=INPLACE),
    Row(K.WIDEN_TYPE_OVER_A_BYTE, SHARED, COLUMN, scans=YES, rewrites=YES, algorithm=COPY),
    Row(K.RECHECK, METADATA, COLUMN, algorithm=INSTANT),
    Row(K.CHANGE_COLLATION, SHARED, COLUMN, scans=YES, rewrites=YES, algorithm=COPY),
    Row(K.REINDEX_TYPE, SHARED, COLUMN, scans=YES, rewrites=YES, algorithm=COPY),
    Row(K.CHANGE_TYPE, SHARED, COLUMN, scans=YES, rewrites=YES, algorithm=COPY, reversible=MAYBE, fails=(TOO_LONG,)),
    Row(K.NARROW_TYPE, SHARED, COLUMN, scans=YES, rewrites=YES, algorithm=COPY, reversible=MAYBE, fails=(TOO_LONG,)),
    Row(K.CHANGE_TYPE_SOMEHOW, PERHAPS, COLUMN, MAYBE, MAYBE, reversible=MAYBE, fails=(TOO_LONG,)),
    # -------------------------------------------------------- constraints
    Row(K.ADD_UNIQUE, ONLINE, INDEX, scans=YES, algorithm=INPLACE, fails=(HAS_DUPLICATES,)),
    Row(K.ADD_PRIMARY_KEY, ONLINE, KEY, scans=YES, rewrites=YES, algorithm=INPLACE, fails=(HAS_DUPLICATES, HAS_NULLS)),
    Row(K.ADD_CONSTRAINT_FROM_INDEX, X, "alter-table.html", scans=MAYBE, rewrites=MAYBE, algorithm=COPY),
    Row(K.ADD_CHECK, SHARED, CHECK, scans=YES, rewrites=YES, algorithm=COPY, fails=(VIOLATES,)),
    Row(K.ADD_CHECK_NOT_VALID, METADATA, CHECK, algorithm=INPLACE),
    Row(K.ADD_FOREIGN_KEY, SHARED, REFERENCE, YES, YES, other=METADATA, algorithm=COPY, fails=(HAS_ORPHANS,)),
    Row(K.ADD_FOREIGN_KEY_OF_NULLS, SHARED, REFERENCE, YES, YES, other=METADATA, algorithm=COPY),
    Row(K.ADD_FOREIGN_KEY_NOT_VALID, SHARED, REFERENCE, YES, YES, other=METADATA, algorithm=COPY),
    Row(K.ADD_EXCLUSION, X, "alter-table.html", scans=MAYBE, rewrites=MAYBE, algorithm=COPY),
    Row(K.VALIDATE_CHECK, SHARED, CHECK, scans=YES, rewrites=YES, algorithm=COPY, fails=(VIOLATES,)),
    Row(K.VALIDATE_FOREIGN_KEY, X, "alter-table.html", scans=MAYBE, rewrites=MAYBE, algorithm=COPY),
    Row(K.DROP_UNIQUE, ONLINE, INDEX, algorithm=INPLACE),
    Row(K.DROP_PRIMARY_KEY, SHARED, KEY, scans=YES, rewrites=YES, algorithm=COPY),
    Row(K.DROP_CHECK, METADATA, CHECK, algorithm=INPLACE),
    Row(K.DROP_FOREIGN_KEY, ONLINE, REFERENCE, other=METADATA, algorithm=INPLACE),
    Row(K.DROP_CONSTRAINT, ONLINE, REFERENCE, MAYBE, MAYBE, other=METADATA, algorithm=INPLACE),
    Row(K.RENAME_CONSTRAINT, METADATA, "alter-table.html", algorithm=INPLACE),
    Row(K.SET_CONSTRAINTS, "", "set-variable.html"),
    # -------------------------------------------------------- indexes
    Row(K.CREATE_INDEX, ONLINE, INDEX, scans=YES, algorithm=INPLACE),
    Row(K.CREATE_UNIQUE_INDEX, ONLINE, INDEX, scans=YES, algorithm=INPLACE, fails=(HAS_DUPLICATES,)),
    Row(K.CREATE_INDEX_CONCURRENTLY, ONLINE, INDEX, scans=YES, algorithm=INPLACE),
    Row(K.CREATE_UNIQUE_INDEX_CONCURRENTLY, ONLINE, INDEX, YES, algorithm=INPLACE, fails=(HAS_DUPLICATES,)),
    Row(K.DROP_INDEX, ONLINE, INDEX, algorithm=INPLACE),
    Row(K.DROP_INDEX_CONCURRENTLY, ONLINE, INDEX, algorithm=INPLACE),
    Row(K.RENAME_INDEX, ONLINE, INDEX, algorithm=INPLACE),
    Row(K.REINDEX, SHARED, INDEX, scans=YES, rewrites=MAYBE, algorithm=INPLACE),
    Row(K.REINDEX_CONCURRENTLY, SHARED, INDEX, scans=YES, rewrites=MAYBE, algorithm=INPLACE),
    # -------------------------------------------------------- other objects
    Row(K.CREATE_EXTENSION, "", "install-component.html"),
    Row(K.DROP_EXTENSION, "", "install-component.html"),
    Row(K.CREATE_COLLATION, "", "adding-collation.html"),
    Row(K.DROP_COLLATION, "", "adding-collation.html"),
    Row(K.CREATE_OBJECT, "", "sql-data-definition-statements.html"),
    Row(K.DROP_OBJECT, METADATA, "sql-data-definition-statements.html", reversible=MAYBE),
    Row(K.REPLACE_VIEW, METADATA, "create-view.html"),
    Row(K.REFRESH_VIEW, X, "create-view.html", scans=MAYBE, rewrites=MAYBE),
    Row(K.REFRESH_VIEW_CONCURRENTLY, X, "create-view.html", scans=MAYBE, rewrites=MAYBE),
    Row(K.CREATE_TRIGGER, METADATA, "create-trigger.html"),
    Row(K.DROP_TRIGGER, METADATA, "drop-trigger.html"),
    Row(K.ALTER_TYPE_VALUES, SHARED, COLUMN, scans=MAYBE, rewrites=MAYBE),
    Row(K.LOCK_TABLE, ANY, "lock-tables.html"),
    Row(K.ANALYZE, READ, "analyze-table.html", scans=MAYBE),
    Row(K.VACUUM, ONLINE, "optimize-table.html", scans=YES, rewrites=YES),
    Row(K.REWRITE_TABLE, ONLINE, "optimize-table.html", scans=YES, rewrites=YES),
    Row(K.GRANT, "", "grant.html"),
)
MANIPULATIONS = (
    Row(K.READ, READ, LOCKS, scans=MAYBE),
    Row(K.INSERT, READ, LOCKS, reversible=MAYBE),
    Row(K.COPY_ROWS, READ, LOCKS, other=ROWS_TOO, scans=YES),
    Row(K.UPDATE, ROWS_TOO, LOCKS, scans=MAYBE, reversible=NO),
    Row(K.DELETE, ROWS_TOO, LOCKS, scans=MAYBE, reversible=NO),
    Row(K.SET, "", "set-variable.html"),
    Row(K.TRANSACTION, "", "commit.html", transactional=MAYBE),
)

MYSQL_LOCKS = LockTable(
    MODES,
    by_kind(*(replace(row, transactional=NO) for row in DEFINITIONS), *MANIPULATIONS),
    "https://dev.mysql.com/doc/refman/8.0/en/",
    (INSTANT, INPLACE, COPY),
)
