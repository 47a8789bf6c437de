"""Pieces of statements that several of them share: columns, foreign keys, unique constraints, plain indexes.

In: columns and tables. Out: texts and templates; nothing is run. (Django: the `_..._sql` methods of schema editors.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migration_guard import versions
from migration_guard.sql.acts import Kind
from migration_guard.sql.column import Column
from migration_guard.sql.defaults import default_literal, effective_default, has_db_default, is_nothing
from migration_guard.sql.dialect import Dialect
from migration_guard.sql.expressions import constant_default, database_default, generated_expression
from migration_guard.sql.literals import quote_value as quote_value
from migration_guard.sql.names import postgresql_name, split_identifier
from migration_guard.sql.parts import (
    ColumnNames,
    CompiledExpressions,
    ForeignKeyName,
    GeneratedName,
    Part,
    TableName,
    Template,
    plain_name,
)
from migration_guard.sql.profiles import Profile
from migration_guard.sql.schema import Table
from migration_guard.sql.statements import Adds, Constraint, Effect, NoPreview, RewritesColumn

FK_SUFFIX = "_fk_%(to_table)s_%(to_column)s"


# ---------------------------------------------------------------- columns


def column_definition(column: Column, table: Table, *, with_default: bool = False) -> str:
    """The definition of a column: type, collation, default, nullability, key."""
    return " ".join(_definition(column, table, with_default))


def _definition(column: Column, table: Table, with_default: bool) -> Iterator[str]:
    dialect = column.schema.dialect
    profile, version = dialect.profile, dialect.version
    comment = ""
    if profile.comments_inline and column.comment:
        comment = comment_literal(column.comment, dialect.filled if with_default else dialect)
    comment_last = versions.INLINE_COMMENT_COMES_LAST(version)
    yield column.db_type
    if column.collation:
        yield collate(column.collation, dialect)
    if comment and not comment_last:
        yield comment
    if has_db_default(column):
        yield f"DEFAULT {db_default_sql(column)}"
    elif with_default and _takes_default(column):
        yield f"DEFAULT {parenthesised_default(column)}"
    null = column.null
    if column.allows_empty_strings and not column.primary_key and profile.empty_strings_are_null:
        null = True
    if column.is_generated:
        yield generated_sql(column)
    elif not null:
        yield "NOT NULL"
    else:
        yield "NULL"
    if column.primary_key:
        yield "PRIMARY KEY"
    elif column.unique:
        yield "UNIQUE"
    space = column.tablespace or table.tablespace
    if space and profile.tablespaces and column.unique:
        yield f"USING INDEX TABLESPACE {profile.quote_name(space)}"
    if comment and comment_last:
        yield comment


def _takes_default(column: Column) -> bool:
    if skips_default(column) or (column.null and skips_default_on_alter(column)):
        return False
    return not is_nothing(column)


def collate(collation: str, dialect: Dialect) -> str:
    """COLLATE with a collation's name, quoted where the database wants it."""
    return f"COLLATE {dialect.quote(collation) if dialect.profile.quotes_collations else collation}"


def comment_literal(comment: str, dialect: Dialect) -> str:
    text = quote_value(comment, dialect)
    return f" COMMENT {text}" if dialect.profile.comments_inline else text


def generated_sql(column: Column) -> str:
    persisted = column.flag("db_persist")
    kind = "STORED" if persisted else "VIRTUAL"
    if persisted and column.schema.dialect.profile.materializes_generated:
        kind = "MATERIALIZED" if versions.MATERIALIZED_ON_ORACLE(column.schema.dialect.version) else "STORED"
    return f"GENERATED ALWAYS AS ({generated_expression(column)[0]}) {kind}"


def db_default_sql(column: Column) -> str:
    """The default that the database keeps; parentheses around what is more than a constant."""
    text, _ = database_default(column)
    if constant_default(column):
        return _in_parentheses(text) if _wants_parentheses(column) else text
    return f"({text})"


def has_parameters(column: Column) -> bool:
    """Whether Django passes parameters along with the definition of a column."""
    if column.schema.dialect.profile.literal_defaults:
        return False
    if has_db_default(column):
        return database_default(column)[1]
    return column.is_generated and generated_expression(column)[1]


def parenthesised_default(column: Column) -> str:
    text = default_literal(column)
    return _in_parentheses(text) if _wants_parentheses(column) else text


def _in_parentheses(text: str) -> str:
    return f"({text})"


def _wants_parentheses(column: Column) -> bool:
    return column.schema.dialect.profile.defaults_of_text_in_parentheses and is_limited(column)


def is_limited(column: Column) -> bool:
    """A text or blob column of a database that treats these apart."""
    return column.has_column and column.db_type.lower() in column.schema.dialect.profile.unindexed_types


def _empty_text_default(column: Column) -> bool:
    dialect = column.schema.dialect
    if not dialect.profile.text_without_default or not versions.EMPTY_TEXT_DEFAULT_LEFT_OUT(dialect.version):
        return False
    if not column.has_column or not column.db_type.lower().endswith(("blob", "text")):
        return False
    try:
        return effective_default(column) in ("", b"")
    except NoPreview:
        return False


def skips_default(column: Column) -> bool:
    refused = not column.schema.dialect.profile.text_defaults and is_limited(column)
    return refused or _empty_text_default(column)


def skips_default_on_alter(column: Column) -> bool:
    return skips_default(column) or _wants_parentheses(column)


def inline_constraints(table: Table, column: Column) -> Iterator[Constraint]:
    """What a database makes of the words UNIQUE, PRIMARY KEY and CHECK in a column's definition."""
    profile = table.schema.dialect.profile
    if column.primary_key:
        yield Constraint(
            profile.implicit_name(table.name, "", "pkey"), (column.column,), primary_key=True, unique=True,
            index=profile.keys_are_indexes,
        )  # fmt: skip
    elif column.unique:
        yield Constraint(
            profile.implicit_name(table.name, column.column, "key"), (column.column,), unique=True,
            index=profile.keys_are_indexes,
        )  # fmt: skip
    if column.check() or _brings_check(column):
        name = profile.implicit_name(table.name, column.column, "check")
        yield Constraint(name, (column.column,), check=True, naming=profile.unnamed_checks)


def _brings_check(column: Column) -> bool:
    """Whether the database adds a check to a column's type by itself."""
    return column.schema.dialect.profile.json_is_text and column.has_column and column.db_type == "json"


def rewrites_column(table: Table, column: Column, changes: str) -> tuple[Effect, ...]:
    """The effect of MODIFY: a check in the column's definition is no longer there, unless the type brings it along."""
    if not changes.startswith(("MODIFY ", "CHANGE ")):
        return ()
    own = (item for item in inline_constraints(table, column) if item.check and _brings_check(column))
    return (RewritesColumn(table.name, column.column, tuple(own)),)


def inline_sequence(table: Table, column: Column) -> tuple[str, str] | None:
    """The sequence behind an identity column."""
    if column.suffix and table.schema.dialect.profile.identity_sequences:
        return column.column, postgresql_name(table.name, column.column, "seq")
    return None


# ---------------------------------------------------------------- templates


def _table_of(template: Template) -> str:
    part = template.parts["table"]
    return part.table if isinstance(part, TableName) else ""


def _columns_of(part: Part | None) -> tuple[str, ...]:
    return part.columns if isinstance(part, ColumnNames) else ()


def adds_index(template: Template, profile: Profile) -> tuple[Effect, ...]:
    """The effect of CREATE INDEX."""
    unique = template.text.startswith("CREATE UNIQUE")
    using = template.parts.get("using", "")
    name = plain_name(template.parts["name"], profile)
    columns = _columns_of(template.parts.get("columns"))
    plain = using in ("", " USING btree")
    return (Adds(_table_of(template), Constraint(name, columns, unique=unique, index=True, plain_index=plain)),)


def adds_unique(template: Template, profile: Profile) -> tuple[Effect, ...]:
    """The effect of a unique constraint."""
    name, columns = plain_name(template.parts["name"], profile), _columns_of(template.parts.get("columns"))
    index = profile.keys_are_indexes or template.text.startswith("CREATE UNIQUE INDEX")
    return (Adds(_table_of(template), Constraint(name, columns, unique=True, index=index)),)


def adds_foreign_key(template: Template, profile: Profile) -> tuple[Effect, ...]:
    """The effect of a foreign key."""
    name, columns = plain_name(template.parts["name"], profile), _columns_of(template.parts.get("column"))
    index = profile.unindexed_foreign_keys
    return (Adds(_table_of(template), Constraint(name, columns, foreign_key=True, index=index)),)


def adds_check(template: Template, profile: Profile) -> tuple[Effect, ...]:
    """The effect of a check; its columns are not followed."""
    return (Adds(_table_of(template), Constraint(plain_name(template.parts["name"], profile), check=True)),)


def adds_key(template: Template, profile: Profile) -> tuple[Effect, ...]:
    """The effect of a primary key."""
    name, columns = plain_name(template.parts["name"], profile), _columns_of(template.parts.get("columns"))
    key = Constraint(name, columns, primary_key=True, unique=True, index=profile.keys_are_indexes)
    return (Adds(_table_of(template), key),)


def foreign_key_name(table: Table, column: Column, suffix: str) -> ForeignKeyName:
    target = column.target
    to_table = split_identifier(column.target_table.name)[1]
    return ForeignKeyName(table.name, (column.column,), to_table, target.column, suffix)


def foreign_key(table: Table, column: Column, suffix: str = FK_SUFFIX) -> Template:
    """ALTER TABLE ... ADD CONSTRAINT ... FOREIGN KEY."""
    profile, target = table.schema.dialect.profile, column.target
    to_table = column.target_table.name
    return Template(
        profile.templates["create_fk"],
        {
            "table": TableName(table.name),
            "name": foreign_key_name(table, column, suffix),
            "column": ColumnNames(table.name, (column.column,)),
            "to_table": TableName(to_table),
            "to_column": ColumnNames(to_table, (target.column,)),
            "on_delete_db": column.on_delete_sql,
            "deferrable": profile.deferrable_foreign_keys,
        },
        adds_foreign_key,
        kind=Kind.ADD_FOREIGN_KEY,
    )


def unique_columns(table: Table, columns: Sequence[str], name: str | None = None, deferrable: str = "") -> Template:
    """A unique constraint over columns, under a generated name unless one is given."""
    profile = table.schema.dialect.profile
    generated: Part = GeneratedName(table.name, tuple(columns), "_uniq")
    return Template(
        profile.templates["create_unique"],
        {
            "table": TableName(table.name),
            "name": generated if name is None else profile.quote_name(name),
            "columns": ColumnNames(table.name, tuple(columns)),
            "nulls_distinct": "",
            "deferrable": deferrable,
        },
        adds_unique,
        kind=Kind.ADD_UNIQUE,
    )


def primary_key(table: Table, column: Column) -> Template:
    """ALTER TABLE ... ADD CONSTRAINT ... PRIMARY KEY."""
    profile = table.schema.dialect.profile
    return Template(
        profile.templates["create_pk"],
        {
            "table": TableName(table.name),
            "name": GeneratedName(table.name, (column.column,), "_pk"),
            "columns": ColumnNames(table.name, (column.column,)),
        },
        adds_key,
        kind=Kind.ADD_PRIMARY_KEY,
    )


def create_index(
    table: Table,
    columns: Sequence[str],
    *,
    name: str | None = None,
    suffix: str = "",
    template: str = "create_index",
    using: str = "",
    suffixes: Sequence[str] = (),
    opclasses: Sequence[str] = (),
    condition: str = "",
    include: Part = "",
    extra: str | None = None,
    expressions: CompiledExpressions | None = None,
) -> Template:
    """CREATE INDEX over columns or expressions."""
    profile = table.schema.dialect.profile
    generated: Part = GeneratedName(table.name, tuple(columns), suffix)
    named = ColumnNames(table.name, tuple(columns), tuple(suffixes), tuple(opclasses))
    return Template(
        profile.templates[template],
        {
            "table": TableName(table.name),
            "name": generated if name is None else profile.quote_name(name),
            "using": using,
            "columns": expressions if expressions is not None else named,
            "extra": extra if extra is not None else index_tablespace(table, None),
            "condition": condition,
            "include": include,
        },
        adds_index,
        kind=Kind.CREATE_INDEX_CONCURRENTLY if template == "create_index_concurrently" else Kind.CREATE_INDEX,
    )


def index_tablespace(table: Table, column: Column | None, given: str | None = None) -> str:
    """Where an index goes, with a space in front."""
    dialect = table.schema.dialect
    place = given
    if place is None and column is not None and column.tablespace:
        place = column.tablespace
    if place is None and dialect.default_index_tablespace:
        place = dialect.default_index_tablespace
    if place is None and table.tablespace:
        place = table.tablespace
    if place is None:
        return ""
    return " " + (f"TABLESPACE {dialect.quote(place)}" if dialect.profile.tablespaces else "")


def field_index(table: Table, column: Column, suffix: str = "") -> Template:
    """The index of `db_index`, or of a spatial column."""
    if column.is_spatial:
        return _spatial_index(table, column)
    return create_index(table, (column.column,), suffix=suffix, extra=index_tablespace(table, column))


def spatial_method(column: Column) -> tuple[str, tuple[str, ...]]:
    """The method and the operator classes of an index of a spatial column alone."""
    deep = column.spatial("dim") == 3 and not column.spatial("geography")
    return " USING GIST", ("GIST_GEOMETRY_OPS_ND",) if deep else ()


def _spatial_index(table: Table, column: Column) -> Template:
    using, opclasses = spatial_method(column)
    hull = f"ST_ConvexHull({column.schema.dialect.quote(column.column)})"
    raster = column.type_name == "RasterField"
    return create_index(
        table,
        (column.column,),
        suffix="_id",
        using=using,
        opclasses=opclasses,
        expressions=CompiledExpressions(table.name, (column.column,), lambda renamed: hull) if raster else None,
        extra=index_tablespace(table, column),
    )


def field_indexes(table: Table, column: Column) -> Iterator[Template]:
    """All indexes that come with a field."""
    if should_be_indexed(table, column):
        yield field_index(table, column)
    like = pattern_index(table, column)
    if like is not None:
        yield like


def should_be_indexed(table: Table, column: Column) -> bool:
    if column.is_spatial and column.spatial("spatial_index"):
        return True
    if not column.has_column or not column.db_index or column.unique:
        return False
    profile = table.schema.dialect.profile
    if profile.unindexed_foreign_keys and column.internal_type == "ForeignKey" and column.db_constraint:
        return False
    return not is_limited(column)


def pattern_index(table: Table, column: Column) -> Template | None:
    """The second index of a text column, for LIKE with a prefix."""
    dialect = table.schema.dialect
    if not dialect.profile.pattern_indexes or not column.has_column or not (column.db_index or column.unique):
        return None
    db_type = column.db_type
    if "[" in db_type:
        return None
    follows = versions.PATTERN_INDEX_KNOWS_TARGET_COLLATION(dialect.version)
    if column.collation and (follows or not column.is_foreign_key) and not dialect.deterministic(column.collation):
        return None
    for start, opclass in (("varchar", "varchar_pattern_ops"), ("text", "text_pattern_ops")):
        if db_type.startswith(start):
            extra = index_tablespace(table, column)
            return create_index(table, (column.column,), suffix="_like", opclasses=(opclass,), extra=extra)
    return None


def kept_definition(column: Column, db_type: str) -> str:
    """A type with the default and nullability that a column has, for databases that restate all of it."""
    default = f" DEFAULT {db_default_sql(column)}" if has_db_default(column) else ""
    return f"{db_type}{default}{' NULL' if column.null else ' NOT NULL'}"


def unique_name(table: Table, columns: Sequence[str]) -> str:
    """The name that Django gives a unique constraint over columns."""
    return plain_name(GeneratedName(table.name, tuple(columns), "_uniq"), table.schema.dialect.profile)
