"""Where Django's versions differ, as named features; nobody else compares versions.

A version is a (major, minor) pair. Each feature carries the release note that introduced or removed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Version: TypeAlias = tuple[int, int]

SUPPORTED: tuple[Version, ...] = ((4, 2), (5, 0), (5, 1), (5, 2), (6, 0), (6, 1))
LATEST: Version = SUPPORTED[-1]

_OLDEST_PYTHON: dict[Version, Version] = {(4, 2): (3, 8), (5, 0): (3, 10), (6, 0): (3, 12)}
"""Since which Django which Python is the least: https://docs.djangoproject.com/en/stable/faq/install/"""


def clamp(version: Version) -> Version:
    """The supported version that is nearest to a version."""
    return max((known for known in SUPPORTED if known <= version), default=SUPPORTED[0])


def newest_for_python(python: Version | None) -> Version:
    """The newest supported Django that runs on a Python."""
    if python is None:
        return LATEST
    least = {django: max(p for d, p in _OLDEST_PYTHON.items() if d <= django) for django in SUPPORTED}
    return max((django for django in SUPPORTED if least[django] <= python), default=SUPPORTED[0])


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that only some versions have: `since` inclusive, `until` exclusive. Call it with a version."""

    since: Version | None
    until: Version | None
    source: str

    def __call__(self, version: Version) -> bool:
        return (self.since is None or version >= self.since) and (self.until is None or version < self.until)


def since(version: Version, source: str) -> Feature:
    return Feature(version, None, source)


def until(version: Version, source: str) -> Feature:
    return Feature(None, version, source)


def _notes(version: str, anchor: str = "") -> str:
    return f"https://docs.djangoproject.com/en/stable/releases/{version}/{anchor}"


_SOURCE = "https://github.com/django/django/blob/stable/{}.x/django/db/migrations/{}.py"

DB_DEFAULT = since((5, 0), _notes("5.0", "#database-computed-default-values"))
GENERATED_FIELD = since((5, 0), _notes("5.0", "#database-generated-model-field"))
COMPOSITE_PRIMARY_KEY = since((5, 2), _notes("5.2", "#composite-primary-keys"))
EXTENSIONS_ASK_FOR_THE_VENDOR = since((6, 1), _notes("6.1", "#django-contrib-postgres"))
XOR_IS_PARITY = since((5, 0), _notes("5.0", "#miscellaneous"))
CHECK_CONSTRAINT_CONDITION = since((5, 1), _notes("5.1", "#features-deprecated-in-5-1"))
INDEX_TOGETHER = until((5, 1), _notes("5.1", "#features-removed-in-5-1"))
ALTER_CONSTRAINT = since((5, 2), _notes("5.2", "#migrations"))

SORTED_SETS_IN_FILES = since((5, 0), _SOURCE.format("5.0", "serializer"))
SORTED_DEPENDENCIES_IN_FILES = since((5, 0), _SOURCE.format("5.0", "writer"))
PLAIN_IMPORTS_FIRST = since((5, 0), _SOURCE.format("5.0", "writer"))
NONETYPE_FROM_TYPES_MODULE = since((5, 0), _SOURCE.format("5.0", "serializer"))
CATEGORY_SYMBOLS = since((5, 1), _notes("5.1", "#management-commands"))
KEYWORD_ONLY_ARGUMENTS_IN_FILES = since(
    (5, 1), "https://github.com/django/django/blob/stable/5.1.x/django/utils/inspect.py"
)
PARTIAL_AS_CALL = since((6, 0), _SOURCE.format("6.0", "serializer"))
KEYWORDS_THAT_ARE_NO_IDENTIFIERS = since((6, 0), _SOURCE.format("6.0", "serializer"))
ZONEINFO_IN_FILES = since((6, 0), _notes("6.0", "#migrations"))
RUN_BEFORE_AND_ATOMIC_IN_FILES = since((6, 0), _notes("6.0", "#migrations"))
GENERIC_ALIASES_IN_FILES = since((6, 1), _SOURCE.format("6.1", "serializer"))
ELIDABLE_IN_FILES = since((6, 1), _SOURCE.format("6.1", "operations/special"))

# States and the optimizer; the source of the version, where its release notes are silent.
TOGETHER_STAYS_A_SET = since((6, 1), _SOURCE.format("6.1", "state"))
ALTER_FIELDS_COLLAPSE = since((5, 0), _SOURCE.format("5.0", "operations/fields"))
ADDED_INDEX_ABSORBS = since((5, 0), _SOURCE.format("5.0", "operations/models"))
CREATE_MODEL_NAMES_INDEXES = until((5, 1), _SOURCE.format("5.1", "operations/models"))
CREATE_MODEL_ABSORBS_CONSTRAINTS = since((5, 1), _SOURCE.format("5.1", "operations/models"))
CREATE_MODEL_ABSORBS_TABLE = since((5, 2), _SOURCE.format("5.2", "operations/models"))
COLLATIONS_CANCEL_OUT = since(
    (5, 2), "https://github.com/django/django/blob/stable/5.2.x/django/contrib/postgres/operations.py"
)
ADDED_INDEX_KEEPS_CLASS = since((5, 2), _SOURCE.format("5.2", "operations/models"))
REDUCTION_KEEPS_ARGUMENTS = since((6, 0), _SOURCE.format("6.0", "operations/base"))
CREATE_MODEL_ABSORBS_ALTERED_CONSTRAINT = since((6, 0), _SOURCE.format("6.0", "operations/models"))
GENERATED_FIELD_REFERENCES = since((6, 0), _SOURCE.format("6.0", "operations/fields"))

# What fields deconstruct to.
NORMALIZED_CHOICES = since((5, 0), _notes("5.0", "#more-options-for-declaring-field-choices"))
THROUGH_FIELDS_IN_FILES = since(
    (5, 2), "https://github.com/django/django/blob/stable/5.2.x/django/db/models/fields/related.py"
)
DATABASE_ON_DELETE = since((6, 1), _notes("6.1", "#database-level-delete-options-for-foreignkey-on-delete"))

# The graph.
NESTED_SQUASHES = since((6, 0), _notes("6.0", "#migrations"))

# What the autodetector sees and how it orders it.
_DETECTOR = "https://github.com/django/django/blob/stable/{}.x/django/db/migrations/autodetector.py"

OPERATIONS_SORTED_BY_GRAPHLIB = since((5, 0), _DETECTOR.format("5.0"))
FOREIGN_OBJECT_FIELDS_COMPARED_AS_TUPLES = since((5, 0), _DETECTOR.format("5.0"))
ADDED_INDEXES_NEED_RELATED_MODELS = since((5, 0), _DETECTOR.format("5.0"))
ADDED_AUTO_FIELD_NEEDS_NO_DEFAULT = since((5, 2), _DETECTOR.format("5.2"))
DELETED_MODELS_DROP_INDEXES_FIRST = since((6, 0), _DETECTOR.format("6.0"))
REMOVED_FIELD_AFTER_INDEXES = since((6, 0), _DETECTOR.format("6.0"))
REMOVED_FIELD_AFTER_GENERATED = since((6, 0), _DETECTOR.format("6.0"))
CONSTRAINT_FIELDS_SEEN_THROUGH_RENAMES = since((6, 0), _DETECTOR.format("6.0"))
M2M_HAS_NO_COLUMN = since(
    (6, 0), "https://github.com/django/django/blob/stable/6.0.x/django/db/models/fields/related.py"
)
M2M_TARGET_CHANGE_RECREATES = since((6, 1), _DETECTOR.format("6.1"))
ARRAY_SIZE_ALWAYS_WRITTEN = until(
    (6, 0), "https://github.com/django/django/blob/stable/5.2.x/django/contrib/postgres/fields/array.py"
)

# The questioner.
PROMPT_NAMES_ERRORS = since(
    (5, 2), "https://github.com/django/django/blob/stable/5.2.x/django/db/migrations/questioner.py"
)
SQUASH_PROMPT_WITH_SLASH = since(
    (5, 1), "https://github.com/django/django/blob/stable/5.1.x/django/core/management/commands/squashmigrations.py"
)

# What the schema editors write; the source of the version, where its release notes are silent.
_EDITOR = "https://github.com/django/django/blob/stable/{}.x/django/db/backends/{}/schema.py"

DROPPED_COLUMN_CASCADES = until((6, 0), _EDITOR.format("6.0", "base"))
INLINE_COMMENT_COMES_LAST = since((6, 0), _EDITOR.format("6.0", "base"))
UNLIMITED_CHAR_FIELDS_ON_SQLITE = since((5, 2), _notes("5.2", "#models"))
CITEXT_FIELDS = until((5, 1), _notes("5.1", "#features-removed-in-5-1"))
NATIVE_UUID_ON_MARIADB = since((5, 0), _notes("5.0", "#migrating-existing-uuidfield-on-mariadb-10-7"))
SPATIAL_INDEXES_ARE_ALTERED = since(
    (5, 2), "https://github.com/django/django/blob/stable/5.2.x/django/contrib/gis/db/backends/postgis/schema.py"
)
SAME_TABLE_IS_SAME_TARGET = since((5, 0), _EDITOR.format("5.0", "base"))
DROPPED_INDEX_LEAVES_THE_QUEUE = since((5, 1), _EDITOR.format("5.1", "base"))
DROPPED_UNIQUE_LEAVES_THE_QUEUE = since((6, 1), _EDITOR.format("6.1", "base"))
INTROSPECTION_FOLLOWS_RENAMES = since((6, 1), _EDITOR.format("6.1", "base"))
CHECKS_COMPARED_WITHOUT_COLUMN = since((5, 0), _EDITOR.format("5.0", "base"))
EMPTY_TEXT_DEFAULT_LEFT_OUT = since((5, 1), _EDITOR.format("5.1", "mysql"))
PATTERN_INDEX_OF_CHANGED_TYPE = since((5, 1), _EDITOR.format("5.1", "postgresql"))
PATTERN_INDEX_KNOWS_TARGET_COLLATION = since((5, 0), _EDITOR.format("5.0", "postgresql"))
RENAMED_MODEL_MEETS_LATER_TABLES = since(
    (5, 1), "https://github.com/django/django/blob/stable/5.1.x/django/db/migrations/operations/models.py"
)
REMAKES_ALL_RELATED = since((6, 1), _EDITOR.format("6.1", "sqlite3"))
INDEX_TOGETHER_IN_MODELS = until((5, 1), _EDITOR.format("5.1", "base"))
MATERIALIZED_ON_ORACLE = since((6, 1), _EDITOR.format("6.1", "oracle"))
VALUES_COMPARED_WITHOUT_PARENTHESES = since(
    (5, 0), "https://github.com/django/django/blob/stable/5.0.x/django/db/models/lookups.py"
)
ATTNAME_IS_A_TARGET = since((6, 1), _EDITOR.format("6.1", "base"))
CASTS_IN_PARENTHESES = since(
    (5, 0), "https://github.com/django/django/blob/stable/5.0.x/django/db/models/expressions.py"
)
DECIMALS_ARE_REAL = since((6, 1), "https://github.com/django/django/blob/stable/6.1.x/django/db/models/expressions.py")
BOOLEAN_COLUMNS_ARE_COMPARED = since(
    (6, 1), "https://github.com/django/django/blob/stable/6.1.x/django/db/backends/base/operations.py"
)
PERCENTS_ARE_DOUBLED = until((5, 0), _EDITOR.format("5.0", "postgresql"))
_MODELS = "https://github.com/django/django/blob/stable/{}.x/django/db/models/{}.py"
ORACLE_IN_ITS_PRESENT_WAY = since((5, 0), "https://github.com/django/django/tree/stable/5.0.x/django/db/models")
RIGHT_HAS_A_LENGTH = since((5, 0), _MODELS.format("5.0", "functions/text"))
CONCAT_IS_PIPES = since((5, 0), _MODELS.format("5.0", "functions/text"))
IMPOSSIBLE_INTEGERS_ARE_NOT_COMPARED = since((5, 0), _MODELS.format("5.0", "lookups"))
KEYS_ARE_COMPARED_WITH_EXPRESSIONS = since((6, 1), _MODELS.format("6.1", "fields/json"))
IEXACT_OF_EMPTY_TEXT_IS_NULL = since((6, 1), _MODELS.format("6.1", "sql/query"))
JSON_IN_EXTRACTS = since((6, 1), _MODELS.format("6.1", "fields/json"))
DEFERRED_SQL_IS_FINAL = since((5, 0), _EDITOR.format("5.0", "base"))
