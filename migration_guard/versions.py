"""Where Django's versions differ, as named features; nobody else compares versions.

A version is a (major, minor) pair. Each feature carries the release note that introduced or removed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Version: TypeAlias = tuple[int, int]

SUPPORTED: tuple[Version, ...] = ((4, 2), (5, 0), (5, 1), (5, 2), (6, 0), (6, 1))
LATEST: Version = SUPPORTED[-1]


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


DB_DEFAULT = since((5, 0), _notes("5.0", "#database-computed-default-values"))
GENERATED_FIELD = since((5, 0), _notes("5.0", "#database-generated-model-field"))
COMPOSITE_PRIMARY_KEY = since((5, 2), _notes("5.2", "#composite-primary-keys"))
CHECK_CONSTRAINT_CONDITION = since((5, 1), _notes("5.1", "#features-deprecated-in-5-1"))
INDEX_TOGETHER = until((5, 1), _notes("5.1", "#features-removed-in-5-1"))
ALTER_CONSTRAINT = since((6, 0), _notes("6.0"))

SORTED_SETS_IN_FILES = since((5, 0), _notes("5.0"))
SORTED_DEPENDENCIES_IN_FILES = since((5, 0), _notes("5.0"))
PLAIN_IMPORTS_FIRST = since((5, 0), _notes("5.0"))
NONETYPE_FROM_TYPES_MODULE = since((5, 0), _notes("5.0"))
CATEGORY_SYMBOLS = since((5, 1), _notes("5.1", "#management-commands"))
PARTIAL_AS_CALL = since((6, 0), _notes("6.0", "#migrations"))
KEYWORDS_THAT_ARE_NO_IDENTIFIERS = since((6, 0), _notes("6.0", "#migrations"))
ZONEINFO_IN_FILES = since((6, 0), _notes("6.0", "#migrations"))
RUN_BEFORE_AND_ATOMIC_IN_FILES = since((6, 0), _notes("6.0", "#migrations"))
ELIDABLE_IN_FILES = since((6, 1), _notes("6.1", "#migrations"))
