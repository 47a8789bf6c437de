"""What statements do to tables, as words that every database shares: an `Act` is one of them on one table.

In: nothing. Out: `Kind`, the closed list of such words, and `Act`. What an act costs on a database is in the tables of
`locks_*`; a statement may have several acts (a column added together with its foreign key). Nothing here knows SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What can be done. The value is the name of the row in the table of each database."""

    CREATE_TABLE = "create table"
    REFERENCE_FROM_NEW_TABLE = "new table with a foreign key"
    DROP_TABLE = "drop table"
    RENAME_TABLE = "rename table"
    COMMENT_TABLE = "comment on table"
    TRUNCATE = "truncate"
    ALTER_TABLE = "alter table in another way"

    ADD_COLUMN = "add column"
    ADD_COLUMN_WITH_DEFAULT = "add column with a constant default"
    ADD_COLUMN_WITH_STABLE_DEFAULT = "add column with a computed default"
    ADD_COLUMN_WITH_VOLATILE_DEFAULT = "add column with a volatile default"
    ADD_COLUMN_WITH_SOME_DEFAULT = "add column with a default that may be volatile"
    ADD_COLUMN_NOT_NULL = "add NOT NULL column without a default"
    ADD_IDENTITY_COLUMN = "add automatic column"
    ADD_STORED_COLUMN = "add stored generated column"
    ADD_VIRTUAL_COLUMN = "add virtual generated column"
    DROP_COLUMN = "drop column"
    DROP_INDEXED_COLUMN = "drop column with its indexes"
    RENAME_COLUMN = "rename column"
    COMMENT_COLUMN = "comment on column"
    SET_DEFAULT = "set default"
    DROP_DEFAULT = "drop default"
    SET_NOT_NULL = "set NOT NULL"
    SET_NOT_NULL_CHECKED = "set NOT NULL where a valid check proves it"
    DROP_NOT_NULL = "drop NOT NULL"
    ADD_IDENTITY = "add identity"
    DROP_IDENTITY = "drop identity"
    ALTER_SEQUENCE = "alter sequence"
    DROP_SEQUENCE = "drop sequence"

    CHANGE_TYPE_IN_NAME = "change type, same storage"
    WIDEN_TYPE = "widen type in place"
    WIDEN_TYPE_OVER_A_BYTE = "widen type past 255 bytes"
    RECHECK = "check on a changed column made anew"
    CHANGE_COLLATION = "change collation"
    REINDEX_TYPE = "change type, indexes made anew"
    CHANGE_TYPE = "change type"
    NARROW_TYPE = "narrow type"
    CHANGE_TYPE_SOMEHOW = "change type from one that is not known"

    ADD_UNIQUE = "add unique constraint"
    ADD_PRIMARY_KEY = "add primary key"
    ADD_CONSTRAINT_FROM_INDEX = "add constraint using an index"
    ADD_CHECK = "add check"
    ADD_CHECK_NOT_VALID = "add check NOT VALID"
    ADD_FOREIGN_KEY = "add foreign key"
    ADD_FOREIGN_KEY_OF_NULLS = "add foreign key with its empty column"
    ADD_FOREIGN_KEY_NOT_VALID = "add foreign key NOT VALID"
    ADD_EXCLUSION = "add exclusion constraint"
    VALIDATE_CHECK = "validate check"
    VALIDATE_FOREIGN_KEY = "validate foreign key"
    DROP_UNIQUE = "drop unique constraint"
    DROP_PRIMARY_KEY = "drop primary key"
    DROP_CHECK = "drop check"
    DROP_FOREIGN_KEY = "drop foreign key"
    DROP_CONSTRAINT = "drop constraint"
    RENAME_CONSTRAINT = "rename constraint"
    SET_CONSTRAINTS = "set constraints"

    CREATE_INDEX = "create index"
    CREATE_UNIQUE_INDEX = "create unique index"
    CREATE_INDEX_CONCURRENTLY = "create index concurrently"
    CREATE_UNIQUE_INDEX_CONCURRENTLY = "create unique index concurrently"
    DROP_INDEX = "drop index"
    DROP_INDEX_CONCURRENTLY = "drop index concurrently"
    RENAME_INDEX = "rename index"
    REINDEX = "reindex"
    REINDEX_CONCURRENTLY = "reindex concurrently"

    READ = "read rows"
    INSERT = "insert rows"
    COPY_ROWS = "copy all rows"
    UPDATE = "update rows"
    DELETE = "delete rows"

    CREATE_EXTENSION = "create extension"
    DROP_EXTENSION = "drop extension"
    CREATE_COLLATION = "create collation"
    DROP_COLLATION = "drop collation"
    CREATE_OBJECT = "create view, function, type, sequence or schema"
    DROP_OBJECT = "drop view, function, type, sequence or schema"
    REPLACE_VIEW = "replace view"
    REFRESH_VIEW = "refresh materialized view"
    REFRESH_VIEW_CONCURRENTLY = "refresh materialized view concurrently"
    CREATE_TRIGGER = "create trigger"
    DROP_TRIGGER = "drop trigger"
    ALTER_TYPE_VALUES = "add value to an enum type"
    LOCK_TABLE = "lock table"
    ANALYZE = "analyze"
    VACUUM = "vacuum"
    REWRITE_TABLE = "vacuum full, cluster or optimize table"
    GRANT = "grant or revoke"
    SET = "set a variable"
    TRANSACTION = "begin, commit or roll back"


@dataclass(frozen=True, slots=True)
class Act:
    """Something done to a table. `others` are tables that it concerns too: those that a foreign key references."""

    kind: Kind
    table: str = ""
    others: tuple[str, ...] = ()
