"""Indexes and constraints of `Meta` as statements: created in place, added, removed, renamed.

In: deconstructed `Index(...)`, `CheckConstraint(...)`, `UniqueConstraint(...)`, `ExclusionConstraint(...)` and the
table. Out: templates, or None where the database has no such thing and Django writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from migration_guard.sql.acts import Kind
from migration_guard.sql.column import Column, names_of, text_of
from migration_guard.sql.expressions import condition_sql, index_expressions, or_placeholder
from migration_guard.sql.fragments import (
    adds_check,
    adds_index,
    create_index,
    index_tablespace,
    spatial_method,
    unique_columns,
)
from migration_guard.sql.parts import ColumnNames, CompiledExpressions, Part, TableName, Template
from migration_guard.sql.profiles import Profile
from migration_guard.sql.schema import Table
from migration_guard.sql.statements import Drops, Effect, NoPreview, RenamesIndex
from migration_guard.values import NONE, Call, Const, Ref, Seq, Unknown, Value, plain

_CHECKS = frozenset({"CheckConstraint"})
_SUFFIXES = {"GinIndex": "gin", "GistIndex": "gist", "SpGistIndex": "spgist", "BrinIndex": "brin", "HashIndex": "hash"}
_USING = {**_SUFFIXES, "BTreeIndex": "btree", "BloomIndex": "bloom"}
_STORAGE = {
    "BTreeIndex": (("fillfactor", "fillfactor"), ("deduplicate_items", "deduplicate_items")),
    "GinIndex": (("gin_pending_list_limit", "gin_pending_list_limit"), ("fastupdate", "fastupdate")),
    "GistIndex": (("buffering", "buffering"), ("fillfactor", "fillfactor")),
    "SpGistIndex": (("fillfactor", "fillfactor"),),
    "HashIndex": (("fillfactor", "fillfactor"),),
    "BrinIndex": (("autosummarize", "autosummarize"), ("pages_per_range", "pages_per_range")),
}
"""Storage parameters in the order in which Django writes them."""


def object_name(item: Call) -> str:
    """The name of an index or a constraint."""
    name = text_of(item.kwargs.get("name", NONE))
    if not name:
        raise NoPreview(f"the name of a {item.func.name} is not known")
    return name


def named_object(table: Table, option: str, name: str) -> Call:
    """An index or a constraint of a model by name."""
    for item in table.objects(option):
        if text_of(item.kwargs.get("name", NONE)) == name:
            return item
    raise NoPreview(f"{table.model.app_label}.{table.model.name} has no {name} among its {option}")


def has_expressions(item: Call) -> bool:
    return bool(item.args) and item.func.name != "ExclusionConstraint"


def _condition(item: Call, table: Table) -> str:
    value = item.kwargs.get("condition", NONE)
    return "" if value == NONE else or_placeholder(lambda: condition_sql(value, table))


def _include(item: Call, table: Table) -> Part:
    names = names_of(item.kwargs.get("include"))
    if not names or not table.schema.dialect.profile.covering_indexes:
        return ""
    return Template(" INCLUDE (%(columns)s)", {"columns": ColumnNames(table.name, table.columns_of(names))})


# ---------------------------------------------------------------- indexes


def create(item: Call, table: Table, *, concurrently: bool = False) -> Template | None:
    """CREATE INDEX; None where the database cannot index expressions, or has no index of that kind."""
    profile, kind = table.schema.dialect.profile, item.func.name
    if has_expressions(item) and not profile.expression_indexes:
        return None
    if item.func.path not in _KNOWN_INDEXES and kind not in _USING:
        raise NoPreview(f"the index class {item.func.path}")
    # Without partial indexes the index covers all rows.
    condition = _condition(item, table) if profile.partial_indexes else ""
    using, extra = _method(item, table)
    template = "create_index_concurrently" if concurrently else "create_index"
    tablespace = item.kwargs.get("db_tablespace", NONE)
    given = text_of(tablespace) if tablespace != NONE else None
    single = None
    columns: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    expressions: CompiledExpressions | None = None
    if has_expressions(item):
        expressions = index_expressions(item.args, table)
    else:
        columns, suffixes, single = _fields(item, table)
    opclasses = names_of(item.kwargs.get("opclasses")) if profile.pattern_indexes else ()
    if single is not None and single.is_spatial:
        using, opclasses = spatial_method(single)
    return create_index(
        table,
        columns,
        name=object_name(item),
        template=template,
        using=using,
        suffixes=suffixes,
        opclasses=opclasses,
        condition=f" WHERE {condition}" if condition else "",
        include=_include(item, table),
        extra=extra + index_tablespace(table, single, given),
        expressions=expressions,
    )


_KNOWN_INDEXES = frozenset({"django.db.models.Index", "django.db.models.indexes.Index"})


def _fields(item: Call, table: Table) -> tuple[tuple[str, ...], tuple[str, ...], Column | None]:
    names = names_of(item.kwargs.get("fields"))
    if not names:
        raise NoPreview(f"the fields of the index {object_name(item)} are not known")
    found = [table.find(name.removeprefix("-")) for name in names]
    if any(not column.has_column for column in found):
        raise NoPreview(f"the index {object_name(item)} covers a field without a column")
    ordered = table.schema.dialect.profile.column_ordering_in_indexes
    suffixes = tuple("DESC" if name.startswith("-") and ordered else "" for name in names)
    return tuple(column.column for column in found), suffixes, found[0] if len(found) == 1 else None


def _method(item: Call, table: Table) -> tuple[str, str]:
    """USING, and the storage parameters of the index classes of `django.contrib.postgres`."""
    kind = item.func.name
    if kind not in _USING:
        return "", ""
    if not table.schema.dialect.profile.extensions:
        raise NoPreview(f"{kind} on a database other than PostgreSQL")
    if kind == "BloomIndex":
        parameters = _bloom(item)
    else:
        parameters = [
            f"{shown} = {_parameter(item.kwargs[name])}"
            for name, shown in _STORAGE[kind]
            if item.kwargs.get(name, NONE) != NONE
        ]
    return f" USING {_USING[kind]}", f" WITH ({', '.join(parameters)})" if parameters else ""


def _bloom(item: Call) -> list[str]:
    length, columns = plain(item.kwargs.get("length", NONE)), plain(item.kwargs.get("columns", NONE)) or ()
    found = [f"length = {length}"] if length else []
    return found + [f"col{place} = {count}" for place, count in enumerate(columns, start=1)]


def _parameter(value: Value) -> str:
    found = plain(value)
    if isinstance(found, bool):
        return "on" if found else "off"
    if found is None:
        raise NoPreview("a storage parameter of an index is not known")
    return str(found)


def remove(table: Table, name: str, *, concurrently: bool = False) -> Template:
    """DROP INDEX."""
    profile = table.schema.dialect.profile
    return Template(
        profile.templates["delete_index_concurrently" if concurrently else "delete_index"],
        {"table": TableName(table.name), "name": profile.quote_name(name)},
        _drops(name),
        kind=Kind.DROP_INDEX_CONCURRENTLY if concurrently else Kind.DROP_INDEX,
    )


def rename(table: Table, old: str, new: str) -> Template:
    """ALTER INDEX ... RENAME."""
    profile = table.schema.dialect.profile
    parts: dict[str, Part] = {
        "table": TableName(table.name), "old_name": profile.quote_name(old), "new_name": profile.quote_name(new),
    }  # fmt: skip
    return Template(
        profile.templates["rename_index"],
        parts,
        lambda template, profile: (RenamesIndex(table.name, old, new),),
        kind=Kind.RENAME_INDEX,
    )


@dataclass(frozen=True, slots=True)
class _Drop:
    name: str

    def __call__(self, template: Template, profile: Profile) -> tuple[Effect, ...]:
        part = template.parts["table"]
        return (Drops(part.table, self.name),) if isinstance(part, TableName) else ()


def _drops(name: str) -> _Drop:
    return _Drop(name)


# ---------------------------------------------------------------- constraints


@dataclass(frozen=True, slots=True)
class Inline:
    """What a constraint adds to CREATE TABLE: text inside it, or a statement that waits."""

    text: str = ""
    later: Template | None = None


def inline(item: Call, table: Table) -> Inline:
    """A constraint of a new table."""
    match item.func.name:
        case "CheckConstraint":
            return Inline(_named(item, table, f"CHECK ({_check(item, table)})"))
        case "UniqueConstraint":
            return _inline_unique(item, table)
        case "ExclusionConstraint":
            return Inline(_exclusion(item, table).render(table.schema.dialect.profile))
        case _:
            raise NoPreview(f"the constraint class {item.func.path}")


def _named(item: Call, table: Table, text: str) -> str:
    return f"CONSTRAINT {table.schema.dialect.quote(object_name(item))} {text}"


def _inline_unique(item: Call, table: Table) -> Inline:
    profile = table.schema.dialect.profile
    if not _unique_supported(item, profile):
        return Inline()
    if _needs_index(item) or item.kwargs.get("nulls_distinct", NONE) != NONE:
        return Inline(later=_unique(item, table))
    columns = ", ".join(map(profile.quote_name, table.columns_of(names_of(item.kwargs.get("fields")))))
    return Inline(_named(item, table, f"UNIQUE ({columns}){_deferrable(item)}"))


def add(item: Call, table: Table) -> Template | None:
    """A constraint added to a table."""
    profile = table.schema.dialect.profile
    match item.func.name:
        case "CheckConstraint":
            if not profile.check_constraints:
                return None
            parts: dict[str, Part] = {
                "table": TableName(table.name),
                "name": profile.quote_name(object_name(item)),
                "check": _check(item, table),
            }
            return Template(profile.templates["create_check"], parts, adds_check, kind=Kind.ADD_CHECK)
        case "UniqueConstraint":
            return _unique(item, table) if _unique_supported(item, profile) else None
        case "ExclusionConstraint":
            parts = {"table": TableName(table.name), "constraint": _exclusion(item, table)}
            return Template("ALTER TABLE %(table)s ADD %(constraint)s", parts, kind=Kind.ADD_EXCLUSION)
        case _:
            raise NoPreview(f"the constraint class {item.func.path}")


def drop(item: Call, table: Table) -> Template | None:
    """A constraint taken from a table."""
    profile, kind = table.schema.dialect.profile, item.func.name
    if kind == "UniqueConstraint" and not _unique_supported(item, profile):
        return None
    if kind == "CheckConstraint" and not profile.check_constraints:
        return None
    if kind not in ("UniqueConstraint", "CheckConstraint", "ExclusionConstraint"):
        raise NoPreview(f"the constraint class {item.func.path}")
    template, act = "delete_check", Kind.DROP_CHECK if kind == "CheckConstraint" else Kind.DROP_UNIQUE
    if kind == "UniqueConstraint" and _needs_index(item):
        template, act = "delete_index", Kind.DROP_INDEX
    elif kind == "UniqueConstraint":
        template = "delete_unique"
    name = object_name(item)
    parts: dict[str, Part] = {"table": TableName(table.name), "name": profile.quote_name(name)}
    return Template(profile.templates[template], parts, _drops(name), kind=act)


def is_separate(item: Call) -> bool:
    """Whether SQLite keeps a constraint outside the table's definition."""
    kwargs = item.kwargs
    given = any(kwargs.get(name, NONE) != NONE for name in ("condition", "deferrable"))
    return item.func.name == "UniqueConstraint" and (given or bool(item.args) or bool(names_of(kwargs.get("include"))))


def unique_columns_first(item: Call) -> str | None:
    """The first field that a unique constraint covers."""
    names = names_of(item.kwargs.get("fields"))
    return names[0].removeprefix("-") if names else None


def _check(item: Call, table: Table) -> str:
    value = item.kwargs.get("condition", item.kwargs.get("check", NONE))
    return or_placeholder(lambda: condition_sql(value, table))


def _unique_supported(item: Call, profile: Profile) -> bool:
    kwargs = item.kwargs
    return (
        (kwargs.get("condition", NONE) == NONE or profile.partial_indexes)
        and (kwargs.get("deferrable", NONE) == NONE or profile.deferrable_uniques)
        and (not names_of(kwargs.get("include")) or profile.covering_indexes)
        and (not item.args or profile.expression_indexes)
        and (kwargs.get("nulls_distinct", NONE) == NONE or profile.nulls_distinct)
    )


def _needs_index(item: Call) -> bool:
    kwargs = item.kwargs
    listed = names_of(kwargs.get("include")) or names_of(kwargs.get("opclasses"))
    return bool(item.args) or kwargs.get("condition", NONE) != NONE or bool(listed)


def _unique(item: Call, table: Table) -> Template:
    profile, name = table.schema.dialect.profile, object_name(item)
    columns = table.columns_of(names_of(item.kwargs.get("fields")))
    distinct = plain(item.kwargs.get("nulls_distinct", NONE))
    nulls = {None: "", True: " NULLS DISTINCT", False: " NULLS NOT DISTINCT"}[distinct]
    if not _needs_index(item):
        made = unique_columns(table, columns, name, _deferrable(item))
        return replace(made, parts={**made.parts, "nulls_distinct": nulls})
    condition = _condition(item, table)
    opclasses = names_of(item.kwargs.get("opclasses")) if profile.pattern_indexes else ()
    named: Part = ColumnNames(table.name, columns, (), opclasses)
    return Template(
        profile.templates["create_unique_index"],
        {
            "table": TableName(table.name),
            "name": profile.quote_name(name),
            "columns": index_expressions(item.args, table) if item.args else named,
            "include": _include(item, table),
            "nulls_distinct": nulls,
            "condition": f" WHERE {condition}" if condition else "",
        },
        adds_index,
        kind=Kind.CREATE_UNIQUE_INDEX,
    )


def _deferrable(item: Call) -> str:
    value = item.kwargs.get("deferrable", NONE)
    if value == NONE:
        return ""
    name = value.qualname if isinstance(value, Ref) else str(plain(value))
    found = next((word for word in ("DEFERRED", "IMMEDIATE") if word in name.upper()), None)
    if found is None:
        raise NoPreview(f"deferrable of {object_name(item)} is not known")
    return f" DEFERRABLE INITIALLY {found}"


def _exclusion(item: Call, table: Table) -> Template:
    profile = table.schema.dialect.profile
    if not profile.extensions:
        raise NoPreview("an exclusion constraint on a database other than PostgreSQL")
    condition = _condition(item, table)
    method = text_of(item.kwargs.get("index_type", NONE)) or "GIST"
    return Template(
        "CONSTRAINT %(name)s EXCLUDE USING %(index_type)s (%(expressions)s)%(include)s%(where)s%(deferrable)s",
        {
            "table": TableName(table.name),
            "name": profile.quote_name(object_name(item)),
            "index_type": method,
            "expressions": _exclusion_expressions(item, table),
            "include": _include(item, table),
            "where": f" WHERE ({condition})" if condition else "",
            "deferrable": _deferrable(item),
        },
    )


def _exclusion_expressions(item: Call, table: Table) -> str:
    value = item.kwargs.get("expressions", NONE)
    if not isinstance(value, Seq):
        reason = value.reason if isinstance(value, Unknown) else "they are no list"
        raise NoPreview(f"the expressions of {object_name(item)} are not known: {reason}")
    texts = []
    for pair in value.items:
        if not isinstance(pair, Seq) or len(pair.items) != 2:
            raise NoPreview(f"the expressions of {object_name(item)} are no pairs")
        expression, operator = pair.items
        sql = index_expressions((expression,), table).compile({})
        texts.append(f"{sql} WITH {_operator(operator)}")
    return ", ".join(texts)


_RANGE_OPERATORS = {
    "EQUAL": "=", "NOT_EQUAL": "<>", "CONTAINS": "@>", "CONTAINED_BY": "<@", "OVERLAPS": "&&",
    "FULLY_LT": "<<", "FULLY_GT": ">>", "NOT_LT": "&>", "NOT_GT": "&<", "ADJACENT_TO": "-|-",
}  # fmt: skip


def _operator(value: Value) -> str:
    if isinstance(value, Ref) and value.name in _RANGE_OPERATORS:
        return _RANGE_OPERATORS[value.name]
    if isinstance(value, Const) and isinstance(value.value, str):
        return value.value
    raise NoPreview("an operator of an exclusion constraint is not known")


def index_fields(item: Call) -> Sequence[str]:
    """The fields that an index covers, without their order."""
    return tuple(name.removeprefix("-") for name in names_of(item.kwargs.get("fields")))
