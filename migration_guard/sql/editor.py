"""The statements of a migration as they come into being: those that run at once, and those that wait for its end.

In: texts and templates. Out: `Statement`s in order. What Django would look up in a database is asked of a Catalogue:
a fixed one for a preview, as in Django, or one that follows what is run (`Lookup.FOLLOWS`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import Enum

from migration_guard import versions
from migration_guard.sql import fragments
from migration_guard.sql.acts import Act
from migration_guard.sql.catalogue import Catalogue
from migration_guard.sql.dialect import Dialect
from migration_guard.sql.impact import UNKNOWN_IMPACT, Impact, combined
from migration_guard.sql.names import split_identifier
from migration_guard.sql.parts import ColumnNames, Template
from migration_guard.sql.schema import Schema, Table
from migration_guard.sql.statements import (
    DERIVED,
    PLACEHOLDER,
    Adds,
    Constraint,
    Drops,
    Effect,
    Refused,
    Statement,
    Validates,
)
from migration_guard.state.model import State
from migration_guard.state.operations import Operation

UNDER_ITS_NEW_NAME = (
    ": this version of Django looks for constraints of a renamed table under its new name, which it has not got yet "
    "when sqlmigrate looks. FROM..TO in place of the migration's name shows what migrate runs."
)


class Lookup(Enum):
    """What the catalogue shows."""

    FIXED = "the database before the migration"
    FOLLOWS = "the database as each statement leaves it"


class Editor:
    """Collects statements. `operation` is the one that is being written down."""

    def __init__(self, dialect: Dialect, catalogue: Catalogue, lookup: Lookup = Lookup.FIXED) -> None:
        self.dialect = dialect = replace(dialect, deterministic=catalogue.is_deterministic)
        self.profile = dialect.profile
        self.version = dialect.version
        self.catalogue = catalogue
        self.lookup = lookup
        self.statements: list[Statement] = []
        self.deferred: list[Template] = []
        self.operation: Operation | None = None
        self.in_transaction = False
        """Whether the migration runs in one, which some operations refuse."""
        self.weighs = True
        """Whether statements get an impact. Nobody asks for that of history."""
        self._renamed: dict[str, str] = {}
        self._valid: dict[tuple[str, str], bool] = {}
        self._schemas: list[Schema] = []
        self.later_state_first = False
        """Whether fields of the state after the operation are older than those before it: Django made them first."""

    def schema(self, state: State) -> Schema:
        """The tables of a state; the last two states are remembered."""
        for known in self._schemas:
            if known.state is state:
                return known
        made = Schema(state, self.dialect)
        self._schemas = [*self._schemas[-1:], made]
        return made

    # ------------------------------------------------------------ statements

    def run(self, text: str, *effects: Effect, acts: Iterable[Act] = (), notes: tuple[str, ...] = ()) -> None:
        """A statement, closed with a semicolon where it has none. `acts` say what it does to tables."""
        ending = "" if text.rstrip().endswith(";") else ";"
        if f"/* {PLACEHOLDER}" in text:
            notes = (*notes, "a part of it cannot be previewed")
        self.statements.append(
            Statement(text + ending, self.operation, self.profile.name, self._impact(acts), tuple(effects), notes)
        )
        if self.lookup is Lookup.FOLLOWS:
            self.catalogue.record(effects)
        for effect in effects:
            self._note_validity(effect)

    def run_written(self, text: str, parts: Sequence[Statement]) -> None:
        """Hand-written SQL that is sent in one piece: what it does is what its parts do."""
        self.run(text, *(effect for part in parts for effect in part.effects))
        if parts:
            inside = tuple(parts) if len(parts) > 1 else ()
            impact = combined(part.impact for part in parts)
            self.statements[-1] = replace(self.statements[-1], impact=impact, parts=inside)

    def written(self, text: str, acts: Iterable[Act] | None, effects: Iterable[Effect] = ()) -> Statement:
        """A part of hand-written SQL; without acts it is not understood."""
        impact = UNKNOWN_IMPACT if acts is None else self._impact(acts)
        return Statement(text, self.operation, self.profile.name, impact, tuple(effects))

    def _note_validity(self, effect: Effect) -> None:
        if isinstance(effect, Adds) and effect.constraint is not None and effect.constraint.check:
            self._valid[effect.table, effect.constraint.name] = effect.constraint.valid
        elif isinstance(effect, Validates):
            self._valid[effect.table, effect.name] = True

    def is_valid(self, table: str, name: str) -> bool:
        """Whether a check is known to hold for all rows of a table."""
        before = any(item.name == name and item.valid for item in self.catalogue.constraints(table))
        return self._valid.get((table, name), before)

    def _impact(self, acts: Iterable[Act]) -> Impact:
        if not self.weighs:
            return UNKNOWN_IMPACT
        return self.profile.locks.impact(tuple(acts), self.profile.server)

    def run_template(self, template: Template) -> None:
        effects = template.effects(template, self.profile) if template.effects is not None else ()
        self.run(template.render(self.profile), *effects, acts=template.acts, notes=template.notes)

    def run_named(self, template: str, act: Act | Iterable[Act], /, *effects: Effect, **holes: str) -> None:
        """One of the profile's templates, filled in."""
        acts = (act,) if isinstance(act, Act) else act
        self.run(self.profile.templates[template] % holes, *effects, acts=acts)

    def comment(self, text: str) -> None:
        """A line that is no statement."""
        self.statements.append(Statement(text, self.operation, self.profile.name, comment=True))

    # ------------------------------------------------------------ statements that wait

    def defer(self, *templates: Template | None) -> None:
        self.deferred += [template for template in templates if template is not None]

    def flush(self, *, while_remaking: bool = False) -> None:
        """What has waited, at the end of a migration or of the remake of a table.

        While a table is remade (and always in old versions) Django fills in parameters where there are none, so that
        a doubled percent sign becomes a single one.
        """
        waiting, self.deferred = self.deferred, []
        for template in waiting:
            first = len(self.statements)
            self.run_template(template)
            if while_remaking or not versions.DEFERRED_SQL_IS_FINAL(self.version):
                self.statements[first:] = map(_without_parameters, self.statements[first:])

    def forget(self, concerns: Callable[[Template], bool]) -> None:
        """Statements that wait for something which is no longer there."""
        self.deferred = [template for template in self.deferred if not concerns(template)]

    def rename_in_deferred(self, change: Callable[[Template], Template]) -> None:
        self.deferred = [change(template) for template in self.deferred]

    def table_renamed(self, old: str, new: str) -> None:
        self.rename_in_deferred(lambda template: template.with_renamed_table(old, new))
        self._renamed[new] = self._renamed.pop(old, old)

    # ------------------------------------------------------------ the database

    def constraints(
        self,
        table: Table,
        columns: Iterable[str] | None,
        matches: Callable[[Constraint], bool],
        exclude: Iterable[str] = (),
    ) -> list[str]:
        """Names of constraints of a table over exactly these columns."""
        left_out, wanted = set(exclude), None if columns is None else tuple(columns)
        self._refuse_missing(table.name)
        listed = self.catalogue.constraints(self._introspected(table.name))
        if self.profile.lists_indexes_by_name:
            listed = sorted(listed, key=lambda item: (item.index, item.name.encode() if item.index else b""))
        return [
            found.name
            for found in listed
            if (wanted is None or found.columns == wanted) and matches(found) and found.name not in left_out
        ]

    def _refuse_missing(self, name: str) -> None:
        """A table that is renamed in this migration is not there yet under its new name."""
        unseen = self.lookup is Lookup.FIXED and name in self._renamed
        if unseen and self._introspected(name) == name and not self.profile.introspects_missing_tables:
            raise Refused(f"(1146, \"Table '{name}' doesn't exist\"){UNDER_ITS_NEW_NAME}")

    def sequence(self, table: str, column: str) -> str | None:
        return self.catalogue.sequence(self._introspected(table), column)

    def _introspected(self, table: str) -> str:
        if self.lookup is Lookup.FIXED and versions.INTROSPECTION_FOLLOWS_RENAMES(self.version):
            table = self._renamed.get(table, table)
        return table

    def forget_index(self, table: str, name: str) -> None:
        """An index that is dropped need not be made at the end."""
        if versions.DROPPED_INDEX_LEAVES_THE_QUEUE(self.version):
            quoted = self.quote(name)
            self.forget(lambda template: template.references_table(table) and self.quote(table) == quoted)

    def forget_unique(self, table: str, columns: tuple[str, ...]) -> bool:
        """Whether a unique constraint still waited to be made; then it does no longer."""
        if not versions.DROPPED_UNIQUE_LEAVES_THE_QUEUE(self.version):
            return False
        for template in self.deferred:
            part = template.parts.get("columns")
            if isinstance(part, ColumnNames) and part.table == table and part.columns == columns:
                self.deferred.remove(template)
                return True
        return False

    def keep_foreign_key_index(self, table: Table, first: str | None) -> None:
        """Where an index serves a foreign key too, the key gets one of its own before that index is dropped."""
        if not self.profile.unindexed_foreign_keys or first is None:
            return
        column = table.find(first)
        if not column.has_column or column.internal_type != "ForeignKey":
            return
        found = self.catalogue.constraints(self._introspected(table.name))
        if len([item for item in found if item.index and item.columns[:1] == (column.column,)]) == 1:
            self.run_template(fragments.field_index(table, column))

    def drop_looked_up(self, template: str, act: Act, name: str) -> None:
        """A constraint dropped under a name that Django looks up."""
        table = act.table
        text = self.profile.templates[template] % {"table": self.quote(table), "name": self.quote(name)}
        self.run(text, Drops(table, name), acts=(act,), notes=(DERIVED,))

    def extension_created(self, name: str) -> None:
        if self.lookup is Lookup.FOLLOWS:
            self.catalogue.extensions.add(name)

    # ------------------------------------------------------------ names

    def quote(self, name: str) -> str:
        return self.profile.quote_name(name)

    def namespace(self, table: str) -> str:
        """The schema in front of a table's name, quoted and with a dot; "" where there is none."""
        found = split_identifier(table)[0]
        return f"{self.quote(found)}." if found else ""


def _without_parameters(statement: Statement) -> Statement:
    try:
        return replace(statement, text=statement.text % ())
    except (TypeError, ValueError):
        return statement
