"""SQL that somebody wrote by hand, as the acts it consists of: what a RunSQL does to tables.

In: one statement, the dialect of sqlglot, and what is known of the database (`Known`). Out: a `Reading`, None where the
statement is not understood. sqlglot is imported when the first statement is read, and what it leaves as a command of
unknown shape is looked up in `commands`. Nothing is printed or changed here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from migration_guard.sql import commands
from migration_guard.sql.acts import Act, Kind
from migration_guard.sql.statements import (
    Adds,
    Constraint,
    CreatesTable,
    DropsColumn,
    DropsTable,
    Effect,
    RenamesColumn,
    RenamesTable,
)


def _nothing(*names: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Known:
    """What the state and the migrations before tell about the database."""

    table_of_index: Callable[[str], str | None] = _nothing
    column_type: Callable[[str, str], str | None] = _nothing
    """The type of a column of a table."""
    type_change: Callable[[str, str], Kind] = lambda old, new: Kind.CHANGE_TYPE_SOMEHOW


@dataclass(frozen=True, slots=True)
class Change:
    """What a statement creates, drops or renames, for comparison with a state. `column` is "" for a whole table."""

    verb: str
    table: str
    column: str = ""
    now: str = ""
    """The new name, where it is a rename."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A statement that is understood."""

    acts: tuple[Act, ...]
    effects: tuple[Effect, ...] = ()
    changes: tuple[Change, ...] = field(default=())


def read(text: str, dialect: str, known: Known) -> Reading | None:
    """What one statement does."""
    node = _parsed(text, dialect)
    if node is None or type(node).__name__ in ("Command", "Alias", "Column", "EndStatement"):
        return _command(text, known)
    handler = _STATEMENTS.get(type(node).__name__)
    return handler(node, known) if handler is not None else _command(text, known)


def _parsed(text: str, dialect: str) -> Any:
    import sqlglot
    from sqlglot.errors import SqlglotError

    # It warns about each statement that it does not take apart.
    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        return sqlglot.parse_one(text, dialect=dialect)
    except (SqlglotError, RecursionError, ValueError):
        return None


def _command(text: str, known: Known) -> Reading | None:
    acts = commands.acts_of(text, known.table_of_index)
    return Reading(acts) if acts is not None else None


# ---------------------------------------------------------------- names


def _name(node: Any) -> str:
    """A name as the database keeps it; one without quotes is taken in lower case."""
    while type(node).__name__ in ("Schema", "Column") or getattr(node, "name", None) is None:
        node = node.this
    identifier = node.this if type(node).__name__ == "Table" else node
    name = str(node.name)
    return name if getattr(identifier, "args", {}).get("quoted") else name.lower()


def _targets(node: Any) -> list[Any]:
    return list(node.args.get("tables") or ([node.this] if node.this is not None else node.expressions))


def _tables(node: Any, *left_out: str) -> tuple[str, ...]:
    """The tables that a query reads."""
    from sqlglot import exp

    if node is None:
        return ()
    inner = {_name(item.args["alias"].this) for item in node.find_all(exp.CTE) if item.args.get("alias")}
    found = (_name(table) for table in node.find_all(exp.Table) if table.this is not None)
    return tuple(dict.fromkeys(name for name in found if name not in inner and name not in left_out))


def _references(node: Any) -> tuple[str, ...]:
    from sqlglot import exp

    return tuple(dict.fromkeys(_name(found.this) for found in node.find_all(exp.Reference)))


# ---------------------------------------------------------------- statements


def _create(node: Any, known: Known) -> Reading | None:
    kind = str(node.args.get("kind") or "").upper()
    if kind == "INDEX":
        return _create_index(node)
    if kind == "TABLE":
        return _create_table(node)
    if kind == "TRIGGER":
        tables = _tables(node)
        return Reading((Act(Kind.CREATE_TRIGGER, tables[0]),)) if tables else None
    replaced = kind == "VIEW" and node.args.get("replace")
    read_from = tuple(Act(Kind.READ, table) for table in _tables(node.args.get("expression")))
    if replaced:
        return Reading((Act(Kind.REPLACE_VIEW, _name(node.this)), *read_from))
    return Reading((Act(Kind.CREATE_OBJECT), *read_from))


def _create_index(node: Any) -> Reading | None:
    index = node.this
    if index.args.get("table") is None:
        return None
    table = _name(index.args["table"])
    unique, concurrently = bool(node.args.get("unique")), bool(node.args.get("concurrently"))
    kind = {
        (False, False): Kind.CREATE_INDEX,
        (False, True): Kind.CREATE_INDEX_CONCURRENTLY,
        (True, False): Kind.CREATE_UNIQUE_INDEX,
        (True, True): Kind.CREATE_UNIQUE_INDEX_CONCURRENTLY,
    }[unique, concurrently]
    name = _name(index.this) if index.this is not None else ""
    effects = (Adds(table, Constraint(name, index=True, unique=unique)),) if name else ()
    return Reading((Act(kind, table),), effects, (Change("index", table, name),))


def _create_table(node: Any) -> Reading:
    table, query = _name(node.this), node.args.get("expression")
    acts = [Act(Kind.CREATE_TABLE, table)]
    acts += [Act(Kind.REFERENCE_FROM_NEW_TABLE, table, (other,)) for other in _references(node) if other != table]
    acts += [Act(Kind.READ, other) for other in _tables(query, table)]
    changes = [Change("create table", table)]
    if type(node.this).__name__ == "Schema":
        definitions = [item for item in node.this.expressions if type(item).__name__ == "ColumnDef"]
        changes += [Change("add column", table, _name(item)) for item in definitions]
    return Reading(tuple(acts), (CreatesTable(table),), tuple(changes))


_DROPPED = {"TRIGGER": Kind.DROP_TRIGGER}


def _drop(node: Any, known: Known) -> Reading | None:
    kind, names = str(node.args.get("kind") or "").upper(), [_name(item) for item in _targets(node)]
    if kind == "TABLE":
        acts = tuple(Act(Kind.DROP_TABLE, name) for name in names)
        return Reading(acts, tuple(map(DropsTable, names)), tuple(Change("drop table", name) for name in names))
    on = node.args.get("cluster")
    own = _name(on.this) if on is not None and getattr(on, "this", None) is not None else None
    if kind == "INDEX":
        act = Kind.DROP_INDEX_CONCURRENTLY if node.args.get("concurrently") else Kind.DROP_INDEX
        tables = [own or known.table_of_index(name) or "" for name in names]
        gone = tuple(Change("drop index", table, name) for table, name in zip(tables, names, strict=True))
        return Reading(tuple(Act(act, table) for table in tables), (), gone)
    return Reading(tuple(Act(_DROPPED.get(kind, Kind.DROP_OBJECT), own or name) for name in names))


def _alter(node: Any, known: Known) -> Reading | None:
    kind = str(node.args.get("kind") or "TABLE").upper()
    actions = node.args.get("actions") or []
    name = _name(node.this)
    if kind == "INDEX":
        return Reading((Act(Kind.RENAME_INDEX, known.table_of_index(name) or ""),))
    if kind != "TABLE":
        return Reading((Act(Kind.DROP_OBJECT, name),))
    alter = _Alter(name, bool(node.args.get("not_valid")), known)
    for action in actions:
        alter.take(action)
    if not actions:
        alter.acts.append(Act(Kind.ALTER_TABLE, name))
    return Reading(tuple(alter.acts), tuple(alter.effects), tuple(alter.changes))


def _update(node: Any, known: Known) -> Reading:
    return _manipulates(node, Kind.UPDATE)


def _delete(node: Any, known: Known) -> Reading:
    return _manipulates(node, Kind.DELETE)


def _insert(node: Any, known: Known) -> Reading:
    from sqlglot import exp

    query = node.args.get("expression")
    copies = query is not None and query.find(exp.Table) is not None
    return _manipulates(node, Kind.COPY_ROWS if copies else Kind.INSERT)


def _manipulates(node: Any, kind: Kind) -> Reading:
    table = _name(node.this)
    others, inside = _tables(node, table), _inside(node)
    if kind is Kind.COPY_ROWS:
        return Reading((Act(kind, table, others), *inside))
    return Reading((Act(kind, table), *(Act(Kind.READ, other) for other in others), *inside))


def _inside(node: Any) -> tuple[Act, ...]:
    """What is updated or deleted inside of another statement."""
    from sqlglot import exp

    found = (item for item in node.find_all(exp.Update, exp.Delete) if item is not node)
    return tuple(Act(Kind.UPDATE, _name(item.this)) for item in found)


_HARMLESS = ("setval", "pg_", "set_config", "currval", "nextval", "count", "max", "min", "coalesce")


def _select(node: Any, known: Known) -> Reading | None:
    from sqlglot import exp

    called = (str(found.this).lower() for found in node.find_all(exp.Anonymous))
    if any(not name.startswith(_HARMLESS) for name in called):
        # A function may do anything.
        return None
    kind = Kind.UPDATE if node.find(exp.Lock) is not None else Kind.READ
    return Reading((*(Act(kind, table) for table in _tables(node)), *_inside(node)) or (Act(Kind.READ),))


def _truncate(node: Any, known: Known) -> Reading:
    return Reading(tuple(Act(Kind.TRUNCATE, _name(item)) for item in node.expressions))


def _comment(node: Any, known: Known) -> Reading:
    kind = str(node.args.get("kind") or "").upper()
    if kind == "COLUMN":
        table = node.this.args.get("table")
        return Reading((Act(Kind.COMMENT_COLUMN, _name(table) if table is not None else ""),))
    return Reading((Act(Kind.COMMENT_TABLE, _name(node.this)),))


def _plain(kind: Kind) -> Callable[[Any, Known], Reading]:
    return lambda node, known: Reading((Act(kind),))


def _analyze(node: Any, known: Known) -> Reading:
    return Reading(tuple(Act(Kind.ANALYZE, table) for table in _tables(node)) or (Act(Kind.ANALYZE),))


_STATEMENTS: dict[str, Callable[[Any, Known], Reading | None]] = {
    "Create": _create, "Drop": _drop, "Alter": _alter, "Update": _update, "Delete": _delete, "Insert": _insert,
    "Select": _select, "Union": _select, "Merge": _update, "TruncateTable": _truncate, "Comment": _comment,
    "Grant": _plain(Kind.GRANT), "Revoke": _plain(Kind.GRANT), "Pragma": _plain(Kind.SET), "Analyze": _analyze,
    "Transaction": _plain(Kind.TRANSACTION), "Commit": _plain(Kind.TRANSACTION), "Rollback": _plain(Kind.TRANSACTION),
    "Set": _plain(Kind.SET), "Use": _plain(Kind.SET),
}  # fmt: skip


# ---------------------------------------------------------------- ALTER TABLE


@dataclass(slots=True)
class _Alter:
    """The actions of one ALTER TABLE, one after the other."""

    table: str
    not_valid: bool
    known: Known
    acts: list[Act] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    def act(self, kind: Kind, *others: str) -> None:
        self.acts.append(Act(kind, self.table, others))

    def take(self, node: Any) -> None:
        match type(node).__name__:
            case "ColumnDef":
                self.add_column(node)
            case "AddConstraint":
                for item in node.expressions:
                    self.add_constraint(item)
            case "Drop":
                for item in _targets(node):
                    self.drop(str(node.args.get("kind") or "").upper(), _name(item))
            case "AlterColumn":
                self.alter_column(node)
            case "ModifyColumn":
                self.modify_column(node)
            case "RenameColumn":
                old, new = _name(node.this), _name(node.args["to"])
                self.act(Kind.RENAME_COLUMN)
                self.effects.append(RenamesColumn(self.table, old, new))
                self.changes.append(Change("rename column", self.table, old, new))
            case "AlterRename":
                new = _name(node.this)
                self.act(Kind.RENAME_TABLE)
                self.effects.append(RenamesTable(self.table, new))
                self.changes.append(Change("rename table", self.table, now=new))
            case "DropPrimaryKey":
                self.act(Kind.DROP_PRIMARY_KEY)
            case _:
                self.act(Kind.ALTER_TABLE)

    def add_column(self, node: Any) -> None:
        constraints = {
            type(item.args.get("kind")).__name__: item.args["kind"] for item in node.args["constraints"] or ()
        }
        self.changes.append(Change("add column", self.table, _name(node)))
        self.act(_added(node, constraints))
        empty = "DefaultColumnConstraint" not in constraints
        for name, item in constraints.items():
            if name == "UniqueColumnConstraint":
                self.act(Kind.ADD_UNIQUE)
            elif name == "PrimaryKeyColumnConstraint":
                self.act(Kind.ADD_PRIMARY_KEY)
            elif name == "CheckColumnConstraint":
                self.act(Kind.ADD_CHECK)
            elif name == "Reference":
                self.act(Kind.ADD_FOREIGN_KEY_OF_NULLS if empty else Kind.ADD_FOREIGN_KEY, _name(item.this))

    def add_constraint(self, node: Any) -> None:
        inner = node.expressions if type(node).__name__ == "Constraint" else [node]
        for item in inner:
            match type(item).__name__:
                case "ForeignKey":
                    kind = Kind.ADD_FOREIGN_KEY_NOT_VALID if self.not_valid else Kind.ADD_FOREIGN_KEY
                    self.act(kind, *_references(item))
                case "CheckColumnConstraint":
                    self.act(Kind.ADD_CHECK_NOT_VALID if self.not_valid else Kind.ADD_CHECK)
                case "UniqueColumnConstraint":
                    self.act(Kind.ADD_UNIQUE)
                case "PrimaryKey" | "PrimaryKeyColumnConstraint":
                    self.act(Kind.ADD_PRIMARY_KEY)
                case "IndexColumnConstraint":
                    self.act(Kind.CREATE_INDEX)
                case "ExcludeColumnConstraint":
                    self.act(Kind.ADD_EXCLUSION)
                case _:
                    self.act(Kind.ALTER_TABLE)

    def drop(self, kind: str, name: str) -> None:
        if kind == "COLUMN":
            self.act(Kind.DROP_COLUMN)
            self.effects.append(DropsColumn(self.table, name))
            self.changes.append(Change("drop column", self.table, name))
        else:
            self.act(_DROPPED_PARTS.get(kind, Kind.DROP_CONSTRAINT))

    def alter_column(self, node: Any) -> None:
        args, column = node.args, _name(node.this)
        if args.get("dtype") is not None:
            old = self.known.column_type(self.table, column)
            new = args["dtype"].sql(dialect="postgres").lower()
            self.act(self.known.type_change(old, new) if old is not None else Kind.CHANGE_TYPE_SOMEHOW)
        elif args.get("allow_null") is not None:
            self.act(Kind.DROP_NOT_NULL if args["allow_null"] else Kind.SET_NOT_NULL)
        else:
            self.act(Kind.DROP_DEFAULT if args.get("drop") else Kind.SET_DEFAULT)

    def modify_column(self, node: Any) -> None:
        definition = node.this if type(node.this).__name__ == "ColumnDef" else node
        self.act(Kind.CHANGE_TYPE_SOMEHOW)
        renamed = node.args.get("rename_from")
        if renamed is not None:
            self.changes.append(Change("rename column", self.table, _name(renamed), _name(definition)))


_DROPPED_PARTS = {"FOREIGN KEY": Kind.DROP_FOREIGN_KEY, "INDEX": Kind.DROP_INDEX, "CHECK": Kind.DROP_CHECK}
_AUTOMATIC = frozenset({"AutoIncrementColumnConstraint", "GeneratedAsIdentityColumnConstraint"})
_SERIAL = frozenset({"SERIAL", "BIGSERIAL", "SMALLSERIAL"})


def _added(node: Any, constraints: dict[str, Any]) -> Kind:
    """What ADD COLUMN with these constraints is."""
    if _AUTOMATIC & constraints.keys() or getattr(getattr(node.args.get("kind"), "this", None), "name", "") in _SERIAL:
        return Kind.ADD_IDENTITY_COLUMN
    if "ComputedColumnConstraint" in constraints or "TransformColumnConstraint" in constraints:
        # Whether it is stored is not told apart.
        return Kind.ADD_STORED_COLUMN
    if "DefaultColumnConstraint" in constraints:
        return commands.default_kind(constraints["DefaultColumnConstraint"].sql(dialect="postgres"))
    nulls = constraints.get("NotNullColumnConstraint")
    return Kind.ADD_COLUMN if nulls is None or nulls.args.get("allow_null") else Kind.ADD_COLUMN_NOT_NULL
