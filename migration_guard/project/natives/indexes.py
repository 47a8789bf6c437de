"""Indexes and constraints: arguments, `deconstruct()` per version, and the names that Django makes up for indexes.

In and out as in `fields`. `index_name` needs the table and the columns, which only the project knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from migration_guard.evaluate.enums import ENUM
from migration_guard.evaluate.objects import Class, EnumMember, Instance, Object
from migration_guard.project.natives.declare import Interp, as_data, get, method, native_class, truth, up
from migration_guard.project.natives.expressions import F, make
from migration_guard.project.natives.fields import listed
from migration_guard.values import Unknown
from migration_guard.versions import CHECK_CONSTRAINT_CONDITION

INDEXES = "django.db.models.indexes"
CONSTRAINTS = "django.db.models.constraints"
POSTGRES_INDEXES = "django.contrib.postgres.indexes"
POSTGRES_CONSTRAINTS = "django.contrib.postgres.constraints"
VIOLATION = "Constraint “%(name)s” is violated."

INDEX = native_class(
    INDEXES, "Index", namespace={"suffix": "idx", "max_name_length": 30}, canonical="django.db.models.Index"
)
DEFERRABLE = native_class(CONSTRAINTS, "Deferrable", (ENUM,))
_MEMBERS = {name: EnumMember(DEFERRABLE, name, name.lower()) for name in ("DEFERRED", "IMMEDIATE")}
DEFERRABLE.namespace.update(_MEMBERS, __members__=dict(_MEMBERS))

CONSTRAINT = native_class(CONSTRAINTS, "BaseConstraint", namespace={
    "default_violation_error_message": VIOLATION, "violation_error_code": None, "violation_error_message": None,
}, canonical="django.db.models.BaseConstraint")  # fmt: skip
CHECK = native_class(CONSTRAINTS, "CheckConstraint", (CONSTRAINT,), canonical="django.db.models.CheckConstraint")
UNIQUE = native_class(CONSTRAINTS, "UniqueConstraint", (CONSTRAINT,), canonical="django.db.models.UniqueConstraint")
EXCLUSION = native_class(POSTGRES_CONSTRAINTS, "ExclusionConstraint", (CONSTRAINT,))


def _path(self: Instance, module: str) -> str:
    """Django replaces its own module in the path, also where a subclass lives in a module of that name."""
    return f"{self.cls.module}.{self.cls.name}".replace(module, "django.db.models")


def _expressions(interp: Interp, expressions: Sequence[Object]) -> tuple[Object, ...]:
    return tuple(make(interp, F, item) if isinstance(item, str) else item for item in expressions)


def _tuple(interp: Interp, items: Object) -> Object:
    if truth(items) is False:
        return ()
    found = listed(interp, items)
    return tuple(found) if isinstance(found, list) else found


def _write_given(self: Instance, kwargs: dict[str, Object], *names: str) -> None:
    """Write each attribute that is true, or may be; an empty Q is not."""
    for name in names:
        value = self.attrs.get(name)
        if truth(value) is not False and not (isinstance(value, Instance) and value.attrs.get("children") == []):
            kwargs[name] = value


# Indexes


@method(INDEX, "__init__")
def _index_init(
    interp: Interp,
    self: Instance,
    *expressions: Object,
    fields: Object = (),
    name: Object = None,
    db_tablespace: Object = None,
    opclasses: Object = (),
    condition: Object = None,
    include: Object = None,
) -> None:
    self.attrs.update(
        fields=listed(interp, fields),
        name="" if name is None else as_data(name),
        db_tablespace=db_tablespace,
        opclasses=opclasses,
        condition=condition,
        include=_tuple(interp, include),
        expressions=_expressions(interp, expressions),
    )


@method(INDEX, "deconstruct")
def _index_deconstruct(interp: Interp, self: Instance) -> Object:
    kwargs: dict[str, Object] = {"name": get(interp, self, "name")}
    _write_given(self, kwargs, "fields")
    if self.attrs.get("db_tablespace") is not None:
        kwargs["db_tablespace"] = self.attrs["db_tablespace"]
    _write_given(self, kwargs, "opclasses", "condition", "include")
    return _path(self, INDEXES), self.attrs.get("expressions", ()), kwargs


@method(INDEX, "clone")
def _index_clone(interp: Interp, self: Instance) -> Object:
    _, args, kwargs = interp.call(interp.getattr(self, "deconstruct"), [], {})
    return interp.call(self.cls, list(args), dict(kwargs))


@method(INDEX, "fields_orders", "property")
def _fields_orders(interp: Interp, self: Instance) -> Object:
    fields = self.attrs.get("fields")
    if not isinstance(fields, list) or not all(isinstance(field, str) for field in fields):
        return Unknown("the fields of an index are not known", self.origin)
    return [(field.removeprefix("-"), "DESC" if field.startswith("-") else "") for field in fields]


def index_name(table: str, columns: Sequence[tuple[str, bool]], suffix: str = "idx") -> str:
    """The name that Django gives an index without one: `columns` are (column, descending) in order."""
    table = _unquoted_name(table)
    ordered = [f"-{column}" if descending else column for column, descending in columns]
    digest = hashlib.md5("".join([table, *ordered, suffix]).encode(), usedforsecurity=False).hexdigest()[:6]
    name = f"{table[:11]}_{columns[0][0][:7]}_{digest}_{suffix}"
    return f"D{name[1:]}" if name[0] == "_" or name[0].isdigit() else name


def _unquoted_name(table: str) -> str:
    """A table's name without its schema and quotes: `"schema"."table"` is how projects write both."""
    _, separator, name = table.partition('"."')
    return (name if separator else table).strip('"')


def index_suffix(interp: Interp, index: Instance) -> Object:
    """What the made-up name of an index ends with: its class says."""
    return interp.getattr(index, "suffix")


def interpolated(name: str, app_label: str, class_name: str) -> str:
    """`%(app_label)s` and `%(class)s` in names of indexes and constraints of abstract models."""
    return name % {"app_label": app_label.lower(), "class": class_name.lower()}


def _postgres_index(name: str, suffix: str, *options: str, written: tuple[str, ...] = ()) -> Class:
    """An index class with options of its own; those in `written` are left out when empty, the others when None."""
    cls = native_class(POSTGRES_INDEXES, name, (POSTGRES_INDEX,), {"suffix": suffix})

    @method(cls, "__init__")
    def _init(interp: Interp, self: Instance, *expressions: Object, **kwargs: Object) -> None:
        for option in options:
            self.attrs[option] = kwargs.pop(option, () if option in written else None)
        up(interp, cls, self, "__init__", *expressions, **kwargs)

    @method(cls, "deconstruct")
    def _deconstruct(interp: Interp, self: Instance) -> Object:
        path, args, kwargs = up(interp, cls, self, "deconstruct")
        for option in options:
            value = get(interp, self, option)
            if value is not None and not (option in written and truth(value) is False):
                kwargs[option] = value
        return path, args, kwargs

    return cls


POSTGRES_INDEX = native_class(POSTGRES_INDEXES, "PostgresIndex", (INDEX,))


@method(POSTGRES_INDEX, "max_name_length", "property")
def _max_name_length(interp: Interp, self: Instance) -> Object:
    suffix = interp.getattr(self, "suffix")
    return 30 - 3 + len(suffix) if isinstance(suffix, str) else Unknown("the suffix of an index is not known")


POSTGRES_INDEX_CLASSES: tuple[Class, ...] = (
    POSTGRES_INDEX,
    _postgres_index("BloomIndex", "bloom", "length", "columns", written=("columns",)),
    _postgres_index("BrinIndex", "brin", "autosummarize", "pages_per_range"),
    _postgres_index("BTreeIndex", "btree", "fillfactor", "deduplicate_items"),
    _postgres_index("GinIndex", "gin", "fastupdate", "gin_pending_list_limit"),
    _postgres_index("GistIndex", "gist", "buffering", "fillfactor"),
    _postgres_index("HashIndex", "hash", "fillfactor"),
    _postgres_index("SpGistIndex", "spgist", "fillfactor"),
)


# Constraints


@method(CONSTRAINT, "__init__")
def _constraint_init(
    interp: Interp,
    self: Instance,
    *args: Object,
    name: Object = None,
    violation_error_code: Object = None,
    violation_error_message: Object = None,
) -> None:
    positional = dict(zip(("name", "violation_error_message"), args, strict=False))
    self.attrs["name"] = as_data(positional.get("name", name))
    message = positional.get("violation_error_message", violation_error_message)
    if violation_error_code is not None:
        self.attrs["violation_error_code"] = violation_error_code
    default = interp.getattr(self, "default_violation_error_message")
    self.attrs["violation_error_message"] = default if message is None else message


@method(CONSTRAINT, "deconstruct")
def _constraint_deconstruct(interp: Interp, self: Instance) -> Object:
    kwargs: dict[str, Object] = {"name": get(interp, self, "name")}
    message = get(interp, self, "violation_error_message")
    if message is not None and message != interp.getattr(self, "default_violation_error_message"):
        kwargs["violation_error_message"] = message
    code = get(interp, self, "violation_error_code")
    if code is not None:
        kwargs["violation_error_code"] = code
    return _path(self, CONSTRAINTS), (), kwargs


@method(CONSTRAINT, "clone")
def _constraint_clone(interp: Interp, self: Instance) -> Object:
    _, args, kwargs = interp.call(interp.getattr(self, "deconstruct"), [], {})
    return interp.call(self.cls, list(args), dict(kwargs))


@method(CHECK, "__init__")
def _check_init(
    interp: Interp, self: Instance, *, name: Object, condition: Object = None, check: Object = None, **kwargs: Object
) -> None:
    self.attrs["condition"] = self.attrs["check"] = condition if condition is not None else check
    up(interp, CHECK, self, "__init__", name=name, **kwargs)


@method(CHECK, "deconstruct")
def _check_deconstruct(interp: Interp, self: Instance) -> Object:
    path, args, kwargs = up(interp, CHECK, self, "deconstruct")
    word = "condition" if CHECK_CONSTRAINT_CONDITION(interp.version) else "check"
    kwargs[word] = self.attrs.get(word)
    return path, args, kwargs


@method(UNIQUE, "__init__")
def _unique_init(
    interp: Interp,
    self: Instance,
    *expressions: Object,
    fields: Object = (),
    name: Object,
    condition: Object = None,
    deferrable: Object = None,
    include: Object = None,
    opclasses: Object = (),
    nulls_distinct: Object = None,
    **kwargs: Object,
) -> None:
    self.attrs.update(
        fields=_tuple(interp, fields),
        condition=condition,
        deferrable=deferrable,
        include=_tuple(interp, include),
        opclasses=opclasses,
        nulls_distinct=nulls_distinct,
        expressions=_expressions(interp, expressions),
    )
    up(interp, UNIQUE, self, "__init__", name=name, **kwargs)


@method(UNIQUE, "deconstruct")
def _unique_deconstruct(interp: Interp, self: Instance) -> Object:
    path, _, kwargs = up(interp, UNIQUE, self, "deconstruct")
    _write_given(self, kwargs, "fields", "condition", "deferrable", "include", "opclasses")
    if self.attrs.get("nulls_distinct") is not None:
        kwargs["nulls_distinct"] = self.attrs["nulls_distinct"]
    return path, self.attrs.get("expressions", ()), kwargs


@method(EXCLUSION, "__init__")
def _exclusion_init(
    interp: Interp,
    self: Instance,
    *,
    name: Object,
    expressions: Object,
    index_type: Object = None,
    condition: Object = None,
    deferrable: Object = None,
    include: Object = None,
    opclasses: Object = (),
    **kwargs: Object,
) -> None:
    self.attrs.update(
        expressions=expressions,
        index_type="GIST" if truth(index_type) is False else index_type,
        condition=condition,
        deferrable=deferrable,
        include=_tuple(interp, include),
        opclasses=opclasses,
    )
    up(interp, EXCLUSION, self, "__init__", name=name, **kwargs)


@method(EXCLUSION, "deconstruct")
def _exclusion_deconstruct(interp: Interp, self: Instance) -> Object:
    path, args, kwargs = up(interp, EXCLUSION, self, "deconstruct")
    kwargs["expressions"] = self.attrs.get("expressions")
    if self.attrs.get("condition") is not None:
        kwargs["condition"] = self.attrs["condition"]
    index_type = self.attrs.get("index_type")
    if not (isinstance(index_type, str) and index_type.lower() == "gist"):
        kwargs["index_type"] = index_type
    _write_given(self, kwargs, "deferrable", "include", "opclasses")
    return path, args, kwargs


INDEX_CLASSES: tuple[Class, ...] = (INDEX, CONSTRAINT, CHECK, UNIQUE, EXCLUSION, DEFERRABLE, *POSTGRES_INDEX_CLASSES)
