"""Statements that no parser takes apart, told by their first words: a table of patterns for review.

In: the text of a statement. Out: the acts it consists of, None where its first words are not in the table. What runs
code that is not read (DO blocks, CALL) is not in it, on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from migration_guard.sql.acts import Act, Kind

_NAME = r"""(?:[\w$]+\.|"[^"]+"\.|`[^`]+`\.)?(?P<name>[\w$]+|"[^"]+"|`[^`]+`)"""
_OPTIONAL = r"(?:IF\s+(?:NOT\s+)?EXISTS\s+)?(?:ONLY\s+)?"
_ALTER = rf"ALTER\s+TABLE\s+{_OPTIONAL}{_NAME}\s+"

PATTERNS: tuple[tuple[str, Kind], ...] = (
    # ALTER TABLE
    (_ALTER + r"VALIDATE\s+CONSTRAINT\b", Kind.VALIDATE_FOREIGN_KEY),
    (_ALTER + r"RENAME\s+CONSTRAINT\b", Kind.RENAME_CONSTRAINT),
    (
        _ALTER + r"ADD\s+(?:CONSTRAINT\s+\S+\s+)?(?:UNIQUE|PRIMARY\s+KEY)\s+USING\s+INDEX\b",
        Kind.ADD_CONSTRAINT_FROM_INDEX,
    ),
    (_ALTER + r"ADD\s+(?:CONSTRAINT\s+\S+\s+)?EXCLUDE\b", Kind.ADD_EXCLUSION),
    (_ALTER, Kind.ALTER_TABLE),
    (rf"RENAME\s+TABLE\s+{_NAME}", Kind.RENAME_TABLE),
    # indexes
    (rf"REINDEX\s+(?:\([^)]*\)\s*)?TABLE\s+CONCURRENTLY\s+{_NAME}", Kind.REINDEX_CONCURRENTLY),
    (rf"REINDEX\s+(?:\([^)]*\)\s*)?TABLE\s+{_NAME}", Kind.REINDEX),
    (r"REINDEX\s+(?:\([^)]*\)\s*)?INDEX\s+CONCURRENTLY\s+(?P<index>\S+)", Kind.REINDEX_CONCURRENTLY),
    (r"REINDEX\s+(?:\([^)]*\)\s*)?INDEX\s+(?P<index>\S+)", Kind.REINDEX),
    (rf"CREATE\s+(?:FULLTEXT|SPATIAL)\s+INDEX\s+\S+\s+ON\s+{_NAME}", Kind.CREATE_INDEX),
    (rf"CREATE\s+INDEX\s+CONCURRENTLY\b.*?\sON\s+{_NAME}", Kind.CREATE_INDEX_CONCURRENTLY),
    (rf"CREATE\s+UNIQUE\s+INDEX\s+CONCURRENTLY\b.*?\sON\s+{_NAME}", Kind.CREATE_UNIQUE_INDEX_CONCURRENTLY),
    (rf"CREATE\s+INDEX\b.*?\sON\s+{_NAME}", Kind.CREATE_INDEX),
    (rf"CREATE\s+UNIQUE\s+INDEX\b.*?\sON\s+{_NAME}", Kind.CREATE_UNIQUE_INDEX),
    # whole tables
    (rf"VACUUM\s+(?:\([^)]*FULL[^)]*\)|FULL)\s+(?:ANALYZE\s+)?{_NAME}", Kind.REWRITE_TABLE),
    (rf"VACUUM\s+(?:\([^)]*\)\s*)?(?:VERBOSE\s+|ANALYZE\s+)*{_NAME}", Kind.VACUUM),
    (r"VACUUM\b", Kind.VACUUM),
    (rf"CLUSTER\s+{_NAME}", Kind.REWRITE_TABLE),
    (rf"OPTIMIZE\s+TABLE\s+{_NAME}", Kind.REWRITE_TABLE),
    (rf"ANALYZE\s+(?:TABLE\s+)?{_NAME}", Kind.ANALYZE),
    (rf"LOCK\s+TABLES?\s+{_NAME}", Kind.LOCK_TABLE),
    (rf"REFRESH\s+MATERIALIZED\s+VIEW\s+CONCURRENTLY\s+{_NAME}", Kind.REFRESH_VIEW_CONCURRENTLY),
    (rf"REFRESH\s+MATERIALIZED\s+VIEW\s+{_NAME}", Kind.REFRESH_VIEW),
    # other objects
    (r"CREATE\s+EXTENSION\b", Kind.CREATE_EXTENSION),
    (r"DROP\s+EXTENSION\b", Kind.DROP_EXTENSION),
    (r"CREATE\s+COLLATION\b", Kind.CREATE_COLLATION),
    (r"DROP\s+COLLATION\b", Kind.DROP_COLLATION),
    (rf"CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\b.*?\sON\s+{_NAME}", Kind.CREATE_TRIGGER),
    (rf"CREATE\s+POLICY\b.*?\sON\s+{_NAME}", Kind.ALTER_TABLE),
    (rf"DROP\s+POLICY\b.*?\sON\s+{_NAME}", Kind.ALTER_TABLE),
    (rf"DROP\s+TRIGGER\s+{_OPTIONAL}\S+\s+ON\s+{_NAME}", Kind.DROP_TRIGGER),
    (
        r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE|AGGREGATE|SEQUENCE|SCHEMA|TYPE|DOMAIN|ROLE|USER|CAST|OPERATOR|"
        r"EVENT\s+TRIGGER|TEXT\s+SEARCH|STATISTICS|SERVER|PUBLICATION|EVENT)\b",
        Kind.CREATE_OBJECT,
    ),
    (r"ALTER\s+TYPE\s+\S+\s+ADD\s+VALUE\b", Kind.ALTER_TYPE_VALUES),
    (rf"ALTER\s+SEQUENCE\s+{_OPTIONAL}{_NAME}", Kind.ALTER_SEQUENCE),
    (rf"ALTER\s+INDEX\s+{_OPTIONAL}(?P<index>\S+)\s+RENAME\b", Kind.RENAME_INDEX),
    (r"ALTER\s+(?:FUNCTION|ROLE|USER|SCHEMA|EXTENSION|DEFAULT\s+PRIVILEGES|DATABASE|SYSTEM)\b", Kind.GRANT),
    (r"(?:GRANT|REVOKE|REASSIGN|SECURITY\s+LABEL)\b", Kind.GRANT),
    (r"SET\s+CONSTRAINTS\b", Kind.SET_CONSTRAINTS),
    (r"(?:SET|RESET|SHOW|PRAGMA|NOTIFY|LISTEN|DISCARD|DELIMITER|USE)\b", Kind.SET),
    (r"(?:BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|END)\b", Kind.TRANSACTION),
)
_COMPILED: list[tuple[re.Pattern[str], Kind]] = []


def acts_of(text: str, table_of_index: Callable[[str], str | None]) -> tuple[Act, ...] | None:
    """What the first words of a statement say that it does."""
    if not _COMPILED:
        _COMPILED.extend((re.compile(pattern, re.IGNORECASE | re.DOTALL), kind) for pattern, kind in PATTERNS)
    for pattern, kind in _COMPILED:
        found = pattern.match(text.strip())
        if found is not None:
            names = found.groupdict()
            index = names.get("index")
            table = (table_of_index(plain_name(index)) if index else None) or names.get("name") or ""
            return (Act(kind, plain_name(table)),)
    return None


def plain_name(text: str) -> str:
    """A name without its schema and its quotes; one without quotes in lower case."""
    last = text.rstrip(";").rpartition(".")[2]
    return last[1:-1] if last[:1] in ('"', "`") else last.lower()


_CALLED = re.compile(r"([a-z_]\w*)\s*\(", re.IGNORECASE)
_STRINGS = re.compile(r"'(?:[^']|'')*'")
VOLATILE = frozenset(
    {"random", "rand", "gen_random_uuid", "uuid_generate_v1", "uuid_generate_v4", "uuid", "uuidv4", "uuidv7",
     "clock_timestamp", "nextval", "timeofday", "newid", "sys_guid"}
)  # fmt: skip
STABLE = frozenset(
    {"now", "statement_timestamp", "transaction_timestamp", "cast", "coalesce", "lower", "upper", "concat", "to_jsonb",
     "jsonb_build_object", "json_build_object", "current_timestamp", "varchar", "numeric", "decimal", "char", "date",
     "interval", "current_setting", "localtimestamp", "curdate", "timestamp", "array", "default", "timestamptz", "md5"}
)  # fmt: skip


def default_kind(default: str) -> Kind:
    """What it takes to add a column with a default, told from its text."""
    text = _STRINGS.sub("''", default)
    called = {name.lower() for name in _CALLED.findall(text)}
    if called & VOLATILE:
        return Kind.ADD_COLUMN_WITH_VOLATILE_DEFAULT
    if called - STABLE:
        return Kind.ADD_COLUMN_WITH_SOME_DEFAULT
    stable = called or "current_" in text.lower()
    return Kind.ADD_COLUMN_WITH_STABLE_DEFAULT if stable else Kind.ADD_COLUMN_WITH_DEFAULT
