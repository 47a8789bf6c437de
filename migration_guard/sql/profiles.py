"""The databases as values: templates, limits and features, one profile each, as Django's schema editors have them.

In: a name such as "postgresql:15" and a Django version. Out: a `Profile`. No other module knows a database's name: it
asks a profile for what it can do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias

from migration_guard import versions
from migration_guard.sql import retyping
from migration_guard.sql.acts import Kind
from migration_guard.sql.locks import LockTable, reaches
from migration_guard.sql.locks_mariadb import MARIADB_LOCKS
from migration_guard.sql.locks_mysql import MYSQL_LOCKS
from migration_guard.sql.locks_oracle import ORACLE_LOCKS
from migration_guard.sql.locks_postgresql import POSTGRESQL_LOCKS
from migration_guard.sql.locks_sqlite import SQLITE_LOCKS
from migration_guard.sql.names import postgresql_name, split_identifier, truncate_name
from migration_guard.sql.statements import Naming
from migration_guard.versions import Version

Templates: TypeAlias = Mapping[str, str]
Server: TypeAlias = tuple[int, ...]


class Literals(Enum):
    """How Python values are written into SQL."""

    POSTGRESQL = "psycopg"
    SQLITE = "sqlite"
    MYSQL = "mysqlclient"
    ORACLE = "oracle"


class Alters(Enum):
    """How a column is changed."""

    IN_PLACE = "ALTER COLUMN clauses in one statement"
    MODIFY = "MODIFY with the whole definition"
    REMAKE = "a new table, and the rows copied"


@dataclass(frozen=True, slots=True)
class Profile:
    """One database at one server version. `templates` are by Django's names without the `sql_` in front."""

    name: str
    server: Server
    templates: Templates
    literals: Literals
    alters: Alters
    locks: LockTable
    """What each kind of statement does to a live table."""
    type_change: Callable[[str, str], Kind]
    """What it takes to change one type to another."""
    quote: str = '"'
    upper_case_names: bool = False
    max_name_length: int | None = None
    parser: str = ""
    """The dialect of sqlglot for hand-written SQL."""
    types: str = ""
    """The column of the tables of types, functions and lookups."""
    vendor: str = ""
    """What `connection.vendor` says."""
    unlimited_char_fields: bool = False
    rolls_back_ddl: bool = True
    combines_alters: bool = False
    comments: bool = False
    comments_inline: bool = False
    tablespaces: bool = False
    literal_defaults: bool = False
    partial_indexes: bool = True
    covering_indexes: bool = False
    expression_indexes: bool = True
    deferrable_uniques: bool = False
    nulls_distinct: bool = False
    column_ordering_in_indexes: bool = True
    renames_indexes: bool = True
    ignores_table_case: bool = False
    deferrable_foreign_keys: str = ""
    empty_strings_are_null: bool = False
    pattern_indexes: bool = False
    """Text columns get a second index for LIKE."""
    unindexed_types: tuple[str, ...] = ()
    unindexed_foreign_keys: bool = False
    """The constraint of a foreign key brings its own index."""
    text_without_default: bool = False
    """Empty defaults of text and blob columns are left out."""
    defaults_of_text_in_parentheses: bool = False
    text_defaults: bool = True
    """Text and blob columns can have defaults at all."""
    identity_sequences: bool = False
    multiple_constraints_on_same_fields: bool = True
    has_native_uuid: bool = False
    has_native_duration: bool = False
    json_is_text: bool = False
    """JSON documents are kept as text."""
    lists_indexes_by_name: bool = False
    """Whoever looks up indexes finds them sorted; otherwise in the order of their creation."""
    introspects_missing_tables: bool = True
    """Whoever looks up constraints of a table that is not there finds none; otherwise an error."""
    statement_batches: bool = False
    """Hand-written SQL is split into statements before it is run."""
    extensions: bool = False
    """Operations of `django.contrib.postgres` do something."""
    no_autofield_sequences: bool = False
    collation_is_index_expression: bool = False
    check_constraints: bool = True
    booleans_are_conditions: bool = True
    """A boolean column stands for itself in a condition."""
    orders_nulls: bool = True
    alters_whole_definition: bool = False
    """Changing a type restates default and nullability."""
    checks_follow_columns: bool = True
    """Checks keep working when their column is renamed."""
    quotes_collations: bool = True
    materializes_generated: bool = False
    keys_are_indexes: bool = False
    """Introspection shows keys and unique constraints as indexes too."""
    implicit_names: Callable[[str, str, str], str] = lambda table, column, label: ""
    """How the database names constraints that come without a name: (table, column, label) to the name."""

    unnamed_checks: Naming = Naming.LASTING
    """What becomes of a check that comes without a name."""

    def implicit_name(self, table: str, column: str, label: str) -> str:
        return self.implicit_names(table, column, label)

    @property
    def connection(self) -> Mapping[str, object]:
        """What fields of a project may ask of the connection."""
        more = {"mysql_is_mariadb": self.types == "mariadb"} if self.vendor == "mysql" else {}
        return {"vendor": self.vendor, "alias": "default", **more}

    def quote_name(self, name: str) -> str:
        """A name as it stands in SQL; one that is quoted already is left as it is."""
        if self.upper_case_names:
            plain = name if name.startswith('"') or name.endswith('"') else f'"{truncate_name(name, 30)}"'
            return plain.upper()
        if name.startswith(self.quote) and name.endswith(self.quote):
            return name
        return f"{self.quote}{name}{self.quote}"


_BASE: Templates = {
    "create_table": "CREATE TABLE %(table)s (%(definition)s)",
    "rename_table": "ALTER TABLE %(old_table)s RENAME TO %(new_table)s",
    "delete_table": "DROP TABLE %(table)s CASCADE",
    "create_column": "ALTER TABLE %(table)s ADD COLUMN %(column)s %(definition)s",
    "alter_column": "ALTER TABLE %(table)s %(changes)s",
    "alter_column_type": "ALTER COLUMN %(column)s TYPE %(type)s%(collation)s",
    "alter_column_null": "ALTER COLUMN %(column)s DROP NOT NULL",
    "alter_column_not_null": "ALTER COLUMN %(column)s SET NOT NULL",
    "alter_column_default": "ALTER COLUMN %(column)s SET DEFAULT %(default)s",
    "alter_column_no_default": "ALTER COLUMN %(column)s DROP DEFAULT",
    "alter_column_no_default_null": "ALTER COLUMN %(column)s DROP DEFAULT",
    "delete_column": "ALTER TABLE %(table)s DROP COLUMN %(column)s CASCADE",
    "rename_column": "ALTER TABLE %(table)s RENAME COLUMN %(old_column)s TO %(new_column)s",
    "update_with_default": "UPDATE %(table)s SET %(column)s = %(default)s WHERE %(column)s IS NULL",
    "unique_constraint": "UNIQUE (%(columns)s)%(deferrable)s",
    "check_constraint": "CHECK (%(check)s)",
    "delete_constraint": "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
    "constraint": "CONSTRAINT %(name)s %(constraint)s",
    "pk_constraint": "PRIMARY KEY (%(columns)s)",
    "create_check": "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s CHECK (%(check)s)",
    "delete_check": "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
    "create_unique": "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s "
    "UNIQUE%(nulls_distinct)s (%(columns)s)%(deferrable)s",
    "delete_unique": "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
    "create_fk": "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s FOREIGN KEY (%(column)s) "
    "REFERENCES %(to_table)s (%(to_column)s)%(on_delete_db)s%(deferrable)s",
    "create_inline_fk": "",
    "create_column_inline_fk": "",
    "delete_fk": "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
    "create_index": "CREATE INDEX %(name)s ON %(table)s (%(columns)s)%(include)s%(extra)s%(condition)s",
    "create_unique_index": "CREATE UNIQUE INDEX %(name)s ON %(table)s "
    "(%(columns)s)%(include)s%(nulls_distinct)s%(condition)s",
    "rename_index": "ALTER INDEX %(old_name)s RENAME TO %(new_name)s",
    "delete_index": "DROP INDEX %(name)s",
    "create_pk": "ALTER TABLE %(table)s ADD CONSTRAINT %(name)s PRIMARY KEY (%(columns)s)",
    "delete_pk": "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
    "alter_table_comment": "COMMENT ON TABLE %(table)s IS %(comment)s",
    "alter_column_comment": "COMMENT ON COLUMN %(table)s.%(column)s IS %(comment)s",
}

_POSTGRESQL: Templates = {
    **_BASE,
    "update_with_default": _BASE["update_with_default"] + "; SET CONSTRAINTS ALL IMMEDIATE",
    "create_index": "CREATE INDEX %(name)s ON %(table)s%(using)s (%(columns)s)%(include)s%(extra)s%(condition)s",
    "create_index_concurrently": "CREATE INDEX CONCURRENTLY %(name)s ON %(table)s%(using)s "
    "(%(columns)s)%(include)s%(extra)s%(condition)s",
    "delete_index": "DROP INDEX IF EXISTS %(name)s",
    "delete_index_concurrently": "DROP INDEX CONCURRENTLY IF EXISTS %(name)s",
    "create_column_inline_fk": "CONSTRAINT %(name)s REFERENCES %(to_table)s(%(to_column)s)%(on_delete_db)s"
    "%(deferrable)s; SET CONSTRAINTS %(namespace)s%(name)s IMMEDIATE",
    "delete_fk": "SET CONSTRAINTS %(name)s IMMEDIATE; ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
    "alter_sequence_type": "ALTER SEQUENCE IF EXISTS %(sequence)s AS %(type)s",
    "delete_sequence": "DROP SEQUENCE IF EXISTS %(sequence)s CASCADE",
    "add_identity": "ALTER TABLE %(table)s ALTER COLUMN %(column)s ADD GENERATED BY DEFAULT AS IDENTITY",
    "drop_identity": "ALTER TABLE %(table)s ALTER COLUMN %(column)s DROP IDENTITY IF EXISTS",
}

_SQLITE: Templates = {
    **_BASE,
    "delete_table": "DROP TABLE %(table)s",
    "create_fk": "",
    "create_inline_fk": "REFERENCES %(to_table)s (%(to_column)s)%(on_delete_db)s DEFERRABLE INITIALLY DEFERRED",
    "create_column_inline_fk": "REFERENCES %(to_table)s (%(to_column)s)%(on_delete_db)s DEFERRABLE INITIALLY DEFERRED",
    "delete_column": "ALTER TABLE %(table)s DROP COLUMN %(column)s",
    "create_unique": "CREATE UNIQUE INDEX %(name)s ON %(table)s (%(columns)s)",
    "delete_unique": "DROP INDEX %(name)s",
    "alter_table_comment": "",
    "alter_column_comment": "",
}

_MYSQL: Templates = {
    **_BASE,
    "rename_table": "RENAME TABLE %(old_table)s TO %(new_table)s",
    "alter_column_null": "MODIFY %(column)s %(type)s NULL",
    "alter_column_not_null": "MODIFY %(column)s %(type)s NOT NULL",
    "alter_column_type": "MODIFY %(column)s %(type)s%(collation)s%(comment)s",
    "alter_column_no_default_null": "ALTER COLUMN %(column)s SET DEFAULT NULL",
    "delete_column": "ALTER TABLE %(table)s DROP COLUMN %(column)s",
    "delete_unique": "ALTER TABLE %(table)s DROP INDEX %(name)s",
    "create_column_inline_fk": ", ADD CONSTRAINT %(name)s FOREIGN KEY (%(column)s) "
    "REFERENCES %(to_table)s(%(to_column)s)%(on_delete_db)s",
    "delete_fk": "ALTER TABLE %(table)s DROP FOREIGN KEY %(name)s",
    "delete_index": "DROP INDEX %(name)s ON %(table)s",
    "rename_index": "ALTER TABLE %(table)s RENAME INDEX %(old_name)s TO %(new_name)s",
    "delete_pk": "ALTER TABLE %(table)s DROP PRIMARY KEY",
    "create_index": "CREATE INDEX %(name)s ON %(table)s (%(columns)s)%(extra)s",
    "alter_table_comment": "ALTER TABLE %(table)s COMMENT = %(comment)s",
    "alter_column_comment": "",
    "delete_check": "ALTER TABLE %(table)s DROP CHECK %(name)s",
}

_CHANGE = "ALTER TABLE %(table)s CHANGE %(old_column)s %(new_column)s %(type)s"

_ORACLE: Templates = {
    **_BASE,
    "create_column": "ALTER TABLE %(table)s ADD %(column)s %(definition)s",
    "alter_column_type": "MODIFY %(column)s %(type)s%(collation)s",
    "alter_column_null": "MODIFY %(column)s NULL",
    "alter_column_not_null": "MODIFY %(column)s NOT NULL",
    "alter_column_default": "MODIFY %(column)s DEFAULT %(default)s",
    "alter_column_no_default": "MODIFY %(column)s DEFAULT NULL",
    "alter_column_no_default_null": "MODIFY %(column)s DEFAULT NULL",
    "delete_column": "ALTER TABLE %(table)s DROP COLUMN %(column)s",
    "create_column_inline_fk": "CONSTRAINT %(name)s REFERENCES "
    "%(to_table)s(%(to_column)s)%(on_delete_db)s%(deferrable)s",
    "delete_table": "DROP TABLE %(table)s CASCADE CONSTRAINTS",
    "create_index": "CREATE INDEX %(name)s ON %(table)s (%(columns)s)%(extra)s",
}

_BLOBS = ("tinyblob", "blob", "mediumblob", "longblob", "tinytext", "text", "mediumtext", "longtext", "json")

POSTGRESQL = Profile(
    "postgresql",
    (15,),
    _POSTGRESQL,
    Literals.POSTGRESQL,
    Alters.IN_PLACE,
    POSTGRESQL_LOCKS,
    retyping.postgresql,
    max_name_length=63,
    parser="postgres",
    types="postgresql",
    vendor="postgresql",
    unlimited_char_fields=True,
    lists_indexes_by_name=True,
    combines_alters=True,
    comments=True,
    tablespaces=True,
    covering_indexes=True,
    deferrable_uniques=True,
    nulls_distinct=True,
    deferrable_foreign_keys=" DEFERRABLE INITIALLY DEFERRED",
    pattern_indexes=True,
    identity_sequences=True,
    has_native_uuid=True,
    has_native_duration=True,
    extensions=True,
    implicit_names=lambda table, column, label: postgresql_name(split_identifier(table)[1], column, label),
)

SQLITE = Profile(
    "sqlite",
    (3, 45),
    _SQLITE,
    Literals.SQLITE,
    Alters.REMAKE,
    SQLITE_LOCKS,
    retyping.remade,
    parser="sqlite",
    types="sqlite",
    vendor="sqlite",
    literal_defaults=True,
    renames_indexes=False,
    ignores_table_case=True,
    statement_batches=True,
    quotes_collations=False,
    implicit_names=lambda table, column, label: f"__unnamed_{label}_{column}",
)

MYSQL = Profile(
    "mysql",
    (8, 0, 36),
    _MYSQL,
    Literals.MYSQL,
    Alters.MODIFY,
    MYSQL_LOCKS,
    retyping.mysql,
    quote="`",
    max_name_length=64,
    parser="mysql",
    types="mysql",
    vendor="mysql",
    rolls_back_ddl=False,
    comments=True,
    comments_inline=True,
    partial_indexes=False,
    unindexed_types=_BLOBS,
    unindexed_foreign_keys=True,
    text_without_default=True,
    defaults_of_text_in_parentheses=True,
    statement_batches=True,
    collation_is_index_expression=True,
    keys_are_indexes=True,
    booleans_are_conditions=False,
    introspects_missing_tables=False,
    orders_nulls=False,
    alters_whole_definition=True,
    checks_follow_columns=False,
    implicit_names=lambda table, column, label: "PRIMARY" if label == "pkey" else column,
    unnamed_checks=Naming.COUNTED,
)

MARIADB = replace(
    MYSQL,
    name="mariadb",
    server=(10, 11),
    locks=MARIADB_LOCKS,
    templates=MappingProxyType({**_MYSQL, "delete_check": "ALTER TABLE %(table)s DROP CONSTRAINT IF EXISTS %(name)s"}),
    types="mariadb",
    expression_indexes=False,
    json_is_text=True,
    defaults_of_text_in_parentheses=False,
    checks_follow_columns=True,
    unnamed_checks=Naming.COLUMN,
)

ORACLE = Profile(
    "oracle",
    (19,),
    _ORACLE,
    Literals.ORACLE,
    Alters.MODIFY,
    ORACLE_LOCKS,
    retyping.oracle,
    upper_case_names=True,
    max_name_length=30,
    parser="oracle",
    types="oracle",
    vendor="oracle",
    rolls_back_ddl=False,
    comments=True,
    tablespaces=True,
    literal_defaults=True,
    partial_indexes=False,
    renames_indexes=True,
    ignores_table_case=True,
    deferrable_uniques=True,
    deferrable_foreign_keys=" DEFERRABLE INITIALLY DEFERRED",
    empty_strings_are_null=True,
    unindexed_types=("clob", "nclob", "blob"),
    multiple_constraints_on_same_fields=False,
    statement_batches=True,
    has_native_duration=True,
    no_autofield_sequences=True,
    booleans_are_conditions=False,
    materializes_generated=True,
)

PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (POSTGRESQL, MYSQL, MARIADB, SQLITE, ORACLE)}


def at_version(profile: Profile, django: Version) -> Profile:
    """A profile as a version of Django has it."""
    tune = _TUNING.get(profile.name)
    templates = dict(profile.templates)
    if not versions.DROPPED_COLUMN_CASCADES(django):
        templates["delete_column"] = "ALTER TABLE %(table)s DROP COLUMN %(column)s"
    profile = replace(profile, templates=templates)
    return tune(profile, django) if tune is not None else profile


def _mariadb(profile: Profile, django: Version) -> Profile:
    modern = reaches(profile.server, (10, 5, 2))
    templates = profile.templates if modern else {**profile.templates, "rename_column": _CHANGE}
    return replace(
        profile,
        templates=templates,
        has_native_uuid=reaches(profile.server, (10, 7)) and versions.NATIVE_UUID_ON_MARIADB(django),
        column_ordering_in_indexes=reaches(profile.server, (10, 8)),
        renames_indexes=modern,
        checks_follow_columns=modern,
    )


def _mysql(profile: Profile, django: Version) -> Profile:
    modern = reaches(profile.server, (8, 0, 13))
    return replace(
        profile,
        expression_indexes=modern,
        column_ordering_in_indexes=reaches(profile.server, (8, 0, 1)),
        check_constraints=reaches(profile.server, (8, 0, 16)),
        text_defaults=modern,
        defaults_of_text_in_parentheses=modern,
    )


def _postgresql(profile: Profile, django: Version) -> Profile:
    return replace(profile, nulls_distinct=profile.server >= (15,))


def _sqlite(profile: Profile, django: Version) -> Profile:
    return replace(
        profile,
        unlimited_char_fields=versions.UNLIMITED_CHAR_FIELDS_ON_SQLITE(django),
        booleans_are_conditions=not versions.BOOLEAN_COLUMNS_ARE_COMPARED(django),
    )


_TUNING: Mapping[str, Callable[[Profile, Version], Profile]] = {
    "sqlite": _sqlite,
    "mariadb": _mariadb,
    "mysql": _mysql,
    "postgresql": _postgresql,
}


def profile_named(text: str) -> Profile | None:
    """The profile of "NAME" or "NAME:VERSION"; None for a name that is not known."""
    name, _, server = text.partition(":")
    found = PROFILES.get(name.lower())
    if found is None or not server:
        return found
    numbers = tuple(int(part) for part in server.split(".") if part.isdigit())
    return replace(found, server=numbers) if numbers else None


def profile_of_engine(engine: str) -> Profile | None:
    """The profile behind a settings' ENGINE: Django's own, GIS, and wrappers that name what they wrap."""
    last = engine.lower()
    for mark, profile in _ENGINES:
        if mark in last:
            return profile
    return None


_ENGINES = (
    ("postg", POSTGRESQL),
    ("psqlextra", POSTGRESQL),
    ("timescale", POSTGRESQL),
    ("tenants", POSTGRESQL),
    ("mariadb", MARIADB),
    ("mysql", MYSQL),
    ("sqlite", SQLITE),
    ("spatialite", SQLITE),
    ("oracle", ORACLE),
)
