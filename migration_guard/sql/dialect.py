"""What the SQL depends on besides operations and states: the database, Django's version, and some settings.

`CustomField` is what is known of a field class that is not Django's own; who can read classes fills it in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TypeAlias

from migration_guard.sql.profiles import Profile
from migration_guard.sql.statements import NoPreview
from migration_guard.state.model import Field
from migration_guard.state.operations import Operation
from migration_guard.values import Ref, Unknown, Value
from migration_guard.versions import Version

Connection: TypeAlias = Mapping[str, object]
"""Attributes of the `connection` that fields are asked with."""
Answers: TypeAlias = Mapping[str, Callable[[], object]]
"""What Django's own class says of a field, by method."""


def _undefined(field: Field, method: str, connection: Connection, answers: Answers) -> object:
    return answers[method]()


@dataclass(frozen=True, slots=True)
class CustomField:
    """What a field's own class says; where it says nothing, Django's own class decides."""

    internal_type: str | None = None
    methods: frozenset[str] = frozenset()
    """What it defines itself of `db_type`, `db_parameters` and their like."""
    call: Callable[[Field, str, Connection, Answers], object] = _undefined
    """What such a method returns, given what Django's class would."""
    prepare: Callable[[Field, object, Connection], object] | None = None
    """What it makes of a value on its way to the database; None where Django's class alone does that."""
    empty_strings: bool | None = None
    """`empty_strings_allowed`."""
    doubt: Unknown | None = None
    """Why it is not known."""


@dataclass(frozen=True, slots=True)
class Django:
    """A part of an operation: what the class of Django's does that it derives from."""


@dataclass(frozen=True, slots=True)
class Sends:
    """A part of an operation: SQL that it sends itself."""

    text: str
    parameters: Sequence[object] | Mapping[str, object] | None = ()


Parts: TypeAlias = tuple[Django | Sends, ...]
"""What an operation does to a database, in order. Nothing at all, where it is empty."""
AS_DJANGO: Parts = (Django(),)


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What the class of an operation says of itself, beside what it does."""

    reduces_to_sql: bool = True
    reversible: bool = True
    description: str | None = None
    """What its own `describe()` returns; None where Django's class describes it."""


def _no_own_words(operation: Operation) -> OwnWords:
    return OwnWords()


Moment: TypeAlias = Callable[[str, Sequence[object], Mapping[str, object]], object]
"""The result of a call that is another one each time, such as the time, by the function's path; else None."""


def _not_called(function: Ref, moment: Moment) -> Value:
    return Unknown("it is not one of Django's own")


def _not_said(app_label: str, name: str, after: bool) -> str | None:
    raise NoPreview(f"it looks into the models, at {app_label}.{name}")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an operation finds around it: the database, and the models before and after."""

    app_label: str
    backwards: bool
    connection: Connection
    tables: Callable[[], Iterable[str] | None] = lambda: None
    """Names of the tables of the database; None where they are not known."""
    table_of: Callable[[str, str, bool], str | None] = _not_said
    """The table of a model by app label and name, before or (True) after; None where nothing is done to it."""


def _no_override(operation: Operation, around: Surroundings) -> Parts | Unknown:
    return AS_DJANGO


def _django_decides(field: Field) -> CustomField:
    return CustomField()


def _unset(name: str) -> str:
    return ""


_BUILT_IN = re.compile(r"C|POSIX|C\.utf8|default|ucs_basic|unicode|und-x-icu|[a-z]{2,3}(-[A-Za-z]+)*-x-icu")


def built_in_collation(name: str) -> bool:
    """Whether a collation is one that PostgreSQL brings: these are all deterministic."""
    return _BUILT_IN.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Dialect:
    """A database for a version of Django, with the settings that reach into DDL."""

    profile: Profile
    version: Version
    default_auto_field: str = "django.db.models.AutoField"
    default_tablespace: str = ""
    default_index_tablespace: str = ""
    use_tz: bool = True
    table_length: int | None = None
    """How long names of tables can be on the project's default database, which cuts them for all databases."""
    adapter: str = "psycopg"
    """The driver that quotes values for PostgreSQL: psycopg or psycopg2."""
    custom: Callable[[Field], CustomField] = _django_decides
    override: Callable[[Operation, Surroundings], Parts | Unknown] = _no_override
    """Whether the class of an operation, forwards or backwards, does something else than Django's."""
    returned: Callable[[Ref, Moment], Value] = _not_called
    """What a function of the project returns that is called without arguments."""
    own_words: Callable[[Operation], OwnWords] = _no_own_words
    function: Callable[[str], Mapping[str, Value] | Unknown] = lambda path: Unknown("it is not one of Django's own")
    """What a class of the project, derived from Func, says of itself: function, template, arg_joiner, output_field."""
    registered: Callable[[str, str], Ref | None] = lambda path, name: None
    """The class of a transform that the program has registered for a class of fields, by path and name."""
    auto_field_base: str = ""
    """Django's class behind a DEFAULT_AUTO_FIELD that is not one of Django's own."""
    setting: Callable[[str], str] = _unset
    """The model that a setting selects."""
    deterministic: Callable[[str], bool] = built_in_collation
    """Whether a collation is there and compares bytes."""
    prints: bool = False
    """Whether values are written as `sqlmigrate` prints them, even where a server takes them for others."""
    mysqlclient: bool = True
    """Whether mysqlclient quotes them for MySQL; else they are quoted as servers take them, as PyMySQL does."""
    allows: Callable[[str, Mapping[str, object]], bool] = lambda app_label, hints: True
    """Whether the routers let an app's model (the hint `model_name`), or an operation with other hints, into it."""
    now: Callable[[], datetime] = field(default=lambda: datetime.now(timezone.utc))

    @property
    def filled(self) -> Dialect:
        """For values in texts into which Django fills parameters: that makes a doubled percent sign a single one."""
        return replace(self, prints=False)

    @property
    def parameters(self) -> Dialect:
        """For values that are parameters themselves. Those for PostgreSQL are filled in by its driver."""
        return self.filled if self.profile.vendor == "postgresql" else self

    def quote(self, name: str) -> str:
        """A name as it stands in SQL."""
        return self.profile.quote_name(name)
