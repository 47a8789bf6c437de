"""What statements do to a database of SQLite: one row per kind, for a reviewer who knows the database.

There is one lock, on the whole file: who writes keeps all other writers waiting from the first change to the commit,
and, unless the journal is a WAL, all readers while it commits. What differs is for how long.
"""

from __future__ import annotations

from migration_guard.sql.acts import Kind as K
from migration_guard.sql.locks import MAYBE, NO, YES, LockTable, Row, by_kind, lock_modes

FILE, READ = "RESERVED (whole database)", "SHARED"
MODES = lock_modes((READ, NO, NO), (FILE, MAYBE, YES))
ALTER, INDEX, LANGUAGE = "lang_altertable.html", "lang_createindex.html", "lang.html"
HAS_DUPLICATES = "rows have the same values"
NO_VALUE = "the table has rows: they have no value for the column"
HAS_NULLS, VIOLATES = "a row has NULL in the column", "a row violates the check"

_SCHEMA_ONLY = (
    K.CREATE_TABLE, K.REFERENCE_FROM_NEW_TABLE, K.COMMENT_TABLE, K.ALTER_TABLE, K.COMMENT_COLUMN, K.SET_DEFAULT,
    K.DROP_DEFAULT, K.DROP_NOT_NULL, K.ADD_IDENTITY, K.DROP_IDENTITY, K.ALTER_SEQUENCE, K.DROP_SEQUENCE,
    K.CHANGE_TYPE_IN_NAME, K.WIDEN_TYPE, K.WIDEN_TYPE_OVER_A_BYTE, K.DROP_UNIQUE, K.DROP_CHECK, K.DROP_FOREIGN_KEY,
    K.DROP_CONSTRAINT, K.RENAME_CONSTRAINT, K.RECHECK, K.SET_CONSTRAINTS, K.CREATE_OBJECT, K.REPLACE_VIEW,
    K.CREATE_TRIGGER, K.DROP_TRIGGER, K.ADD_CHECK_NOT_VALID, K.ADD_FOREIGN_KEY_NOT_VALID, K.CREATE_EXTENSION,
    K.DROP_EXTENSION, K.CREATE_COLLATION, K.DROP_COLLATION, K.ADD_CONSTRAINT_FROM_INDEX, K.GRANT, K.LOCK_TABLE,
    K.ALTER_TYPE_VALUES,
)  # fmt: skip
"""Only the schema is written; of some there is no such statement."""
_IN_A_REMAKE = (
    K.SET_NOT_NULL, K.SET_NOT_NULL_CHECKED, K.CHANGE_COLLATION, K.REINDEX_TYPE, K.CHANGE_TYPE, K.NARROW_TYPE,
    K.CHANGE_TYPE_SOMEHOW, K.ADD_PRIMARY_KEY, K.ADD_EXCLUSION, K.VALIDATE_CHECK, K.VALIDATE_FOREIGN_KEY,
    K.DROP_PRIMARY_KEY, K.REFRESH_VIEW, K.REFRESH_VIEW_CONCURRENTLY, K.ADD_CHECK,
)  # fmt: skip
"""SQLite has no such statement: what comes closest is a new table."""

SQLITE_LOCKS = LockTable(
    MODES,
    by_kind(
        *(Row(kind, FILE, LANGUAGE) for kind in _SCHEMA_ONLY),
        *(Row(kind, FILE, "lang_altertable.html#otheralter", scans=MAYBE, rewrites=MAYBE) for kind in _IN_A_REMAKE),
        Row(K.DROP_TABLE, FILE, "lang_droptable.html", scans=YES, reversible=NO),
        Row(K.RENAME_TABLE, FILE, ALTER),
        Row(K.TRUNCATE, FILE, "lang_delete.html", scans=YES, reversible=NO),
        Row(K.ADD_COLUMN, FILE, ALTER),
        Row(K.ADD_COLUMN_WITH_DEFAULT, FILE, ALTER),
        Row(K.ADD_COLUMN_WITH_STABLE_DEFAULT, FILE, ALTER, fails=("a default that is computed cannot be added",)),
        Row(K.ADD_COLUMN_WITH_VOLATILE_DEFAULT, FILE, ALTER, fails=("a default that is computed cannot be added",)),
        Row(K.ADD_COLUMN_WITH_SOME_DEFAULT, FILE, ALTER, fails=("a default that is computed cannot be added",)),
        Row(K.ADD_COLUMN_NOT_NULL, FILE, ALTER, fails=(NO_VALUE,)),
        Row(K.ADD_IDENTITY_COLUMN, FILE, ALTER, fails=("a key cannot be added to a table",)),
        Row(K.ADD_STORED_COLUMN, FILE, "gencol.html", fails=("a stored column cannot be added to a table",)),
        Row(K.ADD_VIRTUAL_COLUMN, FILE, "gencol.html", scans=MAYBE),
        Row(K.DROP_COLUMN, FILE, ALTER, scans=YES, rewrites=YES, reversible=NO),
        Row(K.DROP_INDEXED_COLUMN, FILE, ALTER, scans=YES, rewrites=YES, reversible=NO),
        Row(K.RENAME_COLUMN, FILE, ALTER),
        Row(K.ADD_UNIQUE, FILE, INDEX, scans=YES, fails=(HAS_DUPLICATES,)),
        Row(K.ADD_FOREIGN_KEY, FILE, ALTER),  # as part of a new column; existing rows are not looked at
        Row(K.ADD_FOREIGN_KEY_OF_NULLS, FILE, ALTER),
        Row(K.CREATE_INDEX, FILE, INDEX, scans=YES),
        Row(K.CREATE_UNIQUE_INDEX, FILE, INDEX, scans=YES, fails=(HAS_DUPLICATES,)),
        Row(K.CREATE_INDEX_CONCURRENTLY, FILE, INDEX, scans=YES),
        Row(K.CREATE_UNIQUE_INDEX_CONCURRENTLY, FILE, INDEX, scans=YES, fails=(HAS_DUPLICATES,)),
        Row(K.DROP_INDEX, FILE, "lang_dropindex.html"),
        Row(K.DROP_INDEX_CONCURRENTLY, FILE, "lang_dropindex.html"),
        Row(K.RENAME_INDEX, FILE, INDEX, scans=YES),
        Row(K.REINDEX, FILE, "lang_reindex.html", scans=YES),
        Row(K.REINDEX_CONCURRENTLY, FILE, "lang_reindex.html", scans=YES),
        Row(K.READ, READ, "lockingv3.html", scans=MAYBE),
        Row(K.INSERT, FILE, "lockingv3.html", reversible=MAYBE),
        Row(
            K.COPY_ROWS, FILE, "lang_altertable.html#otheralter", scans=YES, rewrites=YES, other=FILE,
            fails=(HAS_NULLS, HAS_DUPLICATES, VIOLATES),
        ),
        Row(K.UPDATE, FILE, "lockingv3.html", scans=MAYBE, reversible=NO),
        Row(K.DELETE, FILE, "lockingv3.html", scans=MAYBE, reversible=NO),
        Row(K.DROP_OBJECT, FILE, LANGUAGE, reversible=MAYBE),
        Row(K.ANALYZE, FILE, "lang_analyze.html", scans=YES),
        Row(K.VACUUM, FILE, "lang_vacuum.html", scans=YES, rewrites=YES, transactional=NO),
        Row(K.REWRITE_TABLE, FILE, "lang_vacuum.html", scans=YES, rewrites=YES, transactional=NO),
        Row(K.SET, "", "pragma.html", transactional=MAYBE),
        Row(K.TRANSACTION, "", "lang_transaction.html", transactional=MAYBE),
    ),
    "https://www.sqlite.org/",
)  # fmt: skip
