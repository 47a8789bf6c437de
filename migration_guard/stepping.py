"""The operations of migrations as steps for rules: each between its states, with its statements on every database.

In: a project, the migrations that are judged in the order of the plan, their change sets, and databases. Out: `Steps`.
SQL is made for nothing but what is judged. Nothing is printed, and no rule is known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from migration_guard.previewing import dialect_of
from migration_guard.project.graph import Key
from migration_guard.project.project import Project
from migration_guard.rules.facts import managed, table_of
from migration_guard.rules.step import Born, Reach, Step, Steps
from migration_guard.sql.catalogue import Catalogue
from migration_guard.sql.dialect import Dialect, Surroundings
from migration_guard.sql.editor import Editor, Lookup
from migration_guard.sql.migration import history
from migration_guard.sql.operations import Refused, write
from migration_guard.sql.operations import Step as Written
from migration_guard.sql.profiles import Profile
from migration_guard.sql.statements import PLACEHOLDER, CreatesTable, DropsTable, RenamesTable, Statement
from migration_guard.state import operations as ops
from migration_guard.state.apply import apply
from migration_guard.state.model import State
from migration_guard.state.operations import Migration, Operation
from migration_guard.state.problem import Problem
from migration_guard.values import Unknown

MANY = 8


def judged_steps(
    project: Project, change_sets: Sequence[Sequence[Key]], profiles: Iterable[Profile]
) -> tuple[Steps, ...]:
    """The steps of the migrations of change sets, each of which is deployed at once."""
    dialects = [dialect_of(project, profile) for profile in profiles]
    walker = _Walker(project, dialects, sum(map(len, change_sets)) > MANY)
    return tuple(steps for change_set in change_sets for steps in walker.change_set(change_set))


@dataclass(slots=True)
class _Walker:
    project: Project
    dialects: list[Dialect]
    follows: bool = False
    """Whether so much is judged that it is cheaper to follow the databases through the whole plan."""
    unmigrated: State = field(init=False)
    catalogues: list[Catalogue] = field(init=False)
    plan: list[Key] = field(init=False)
    written: set[Key] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.catalogues = [Catalogue(None) for _ in self.dialects]
        self.plan = self.project.graph.full_plan()
        labels = self.project.graph.unmigrated
        models = self.project.models_state if labels else State()
        self.unmigrated = replace(
            models, apps={label: found for label, found in models.apps.items() if label in labels}
        )

    def change_set(self, keys: Sequence[Key]) -> Iterator[Steps]:
        born = Born()
        earlier: tuple[Steps, ...] = ()
        running: State | None = None
        for key in keys:
            migration = self.project.graph.nodes[key]
            before = self.project.state_before(key)
            running = before if running is None else running
            found, after, born = _Migration(self, migration, running, born).steps(before)
            steps = Steps(migration, tuple(found), before, after, earlier)
            earlier = (*earlier, steps)
            yield steps

    def editors(self, migration: Migration) -> list[Editor]:
        """One for each database; what was there before is worked out when a name must be looked up."""
        if self.follows:
            self.catch_up(migration.key)
            return [Editor(*pair, Lookup.FOLLOWS) for pair in zip(self.dialects, self.catalogues, strict=True)]
        graph = self.project.graph
        plan = [graph.nodes[key] for key in graph.forwards_plan(migration.key) if key != migration.key]
        fills = [history(plan, self.unmigrated, dialect) for dialect in self.dialects]
        return [
            Editor(dialect, Catalogue(fill), Lookup.FOLLOWS) for dialect, fill in zip(self.dialects, fills, strict=True)
        ]

    def catch_up(self, key: Key) -> None:
        """Bring the databases to where the plan is before a migration; each migration is written once."""
        while self.plan and self.plan[0] != key:
            passed = self.plan.pop(0)
            if passed not in self.written:
                migration, state = (
                    self.project.graph.nodes[passed],
                    self.with_unmigrated(self.project.state_before(passed)),
                )
                for dialect, catalogue in zip(self.dialects, self.catalogues, strict=True):
                    history([migration], state, dialect)(catalogue)
        self.written.add(key)

    def with_unmigrated(self, state: State) -> State:
        return state.put(*self.unmigrated) if self.unmigrated.apps else state


class _Migration:
    """One migration on its way to steps."""

    def __init__(self, walker: _Walker, migration: Migration, running: State, born: Born) -> None:
        self.walker = walker
        self.migration = migration
        self.running = running
        self.born = born
        self.version = walker.project.version
        self.editors: list[Editor] | None = None
        self.found: list[Step] = []
        self.at = 0

    def steps(self, state: State) -> tuple[list[Step], State, Born]:
        for at, operation in enumerate(self.migration.operations):
            self.at = at
            state = self.take(operation, state, Reach.BOTH, (), None)
        return self.found, state, self.born

    def take(
        self, operation: Operation, before: State, reach: Reach, outer: tuple[Operation, ...], doubt: Unknown | None
    ) -> State:
        """The state after an operation; what is inside it become steps of their own."""
        after = self.applied(operation, before)
        match operation:
            case ops.SeparateDatabaseAndState():
                self.inside(operation.database_operations, before, Reach.DATABASE, (*outer, operation), doubt)
                self.inside(operation.state_operations, before, Reach.STATE, (*outer, operation), doubt)
            case ops.RunSQL():
                self.leaf(operation, before, before, Reach.DATABASE, outer, doubt)
                self.inside(operation.state_operations, before, Reach.STATE, (*outer, operation), doubt)
            case ops.CustomOperation():
                self.leaf(operation, before, after, Reach.DATABASE, outer, doubt)
                if is_careful(operation):
                    self.inside(operation.state_operations, before, Reach.STATE, (*outer, operation), doubt)
                    return after
                unsure = doubt or Unknown(f"what {_name(operation)} does to the database is in its own code")
                self.inside(operation.state_operations, before, reach, (*outer, operation), unsure)
            case _:
                self.leaf(operation, before, after, reach, outer, doubt)
        return after

    def inside(
        self,
        operations: Iterable[Operation],
        state: State,
        reach: Reach,
        outer: tuple[Operation, ...],
        doubt: Unknown | None,
    ) -> None:
        for operation in operations:
            state = self.take(operation, state, reach, outer, doubt)

    def applied(self, operation: Operation, state: State) -> State:
        after = apply(operation, self.migration.app_label, state, self.version)
        return state if isinstance(after, Problem) else after

    def leaf(
        self,
        operation: Operation,
        before: State,
        after: State,
        reach: Reach,
        outer: tuple[Operation, ...],
        doubt: Unknown | None,
    ) -> None:
        reach, doubt = self.overridden(operation, reach, doubt)
        statements = () if reach is Reach.STATE or doubt is not None else self.statements(operation, before, after)
        born = with_tables(self.born, statements)
        unwritten = tuple(dict.fromkeys(item.text.partition(": ")[2] for item in statements if item.comment))
        known = tuple(item for item in statements if not item.comment)
        step = Step(
            self.migration, self.at, operation, before, after, known, reach, born, self.running, outer, doubt, unwritten
        )
        self.found.append(step)
        self.born = grown(born, step)

    def overridden(self, operation: Operation, reach: Reach, doubt: Unknown | None) -> tuple[Reach, Unknown | None]:
        """What an operation reaches whose class has a `database_forwards` of its own."""
        if reach is Reach.STATE or not self.walker.dialects:
            return reach, doubt
        if is_careful(operation):
            return Reach.STATE, doubt
        label = self.migration.app_label
        answers = [
            item.override(operation, Surroundings(label, False, item.profile.connection))
            for item in self.walker.dialects
        ]
        if not any(answers) and reach is Reach.BOTH:
            return Reach.STATE, doubt
        unknown = next((answer for answer in answers if isinstance(answer, Unknown)), None)
        return reach, doubt or unknown

    def statements(self, operation: Operation, before: State, after: State) -> tuple[Statement, ...]:
        if isinstance(operation, (ops.RunPython, ops.AlterModelOptions, ops.AlterModelManagers)):
            return ()
        if self.editors is None:
            self.editors = self.walker.editors(self.migration)
        complete = self.walker.with_unmigrated
        written = Written(operation, self.migration.app_label, complete(before), complete(after))
        return tuple(item for editor in self.editors for item in _written(written, editor))


def _written(step: Written, editor: Editor) -> list[Statement]:
    """The statements of a step, and comments that say what could not be written.

    Those that Django puts off are made at once, so that it is known whose they are.
    """
    first = at_once = len(editor.statements)
    try:
        write(step, editor)
        at_once = len(editor.statements)
        editor.flush()
    except Refused:
        editor.deferred = []
    return [
        replace(item, operation=step.operation, late=number >= at_once)
        for number, item in enumerate(editor.statements[first:], start=first)
        if not item.comment or PLACEHOLDER in item.text
    ]


CAREFUL = frozenset(
    # Removal in two stages: https://develop.sentry.dev/backend/application-domains/database-migrations/
    ("SafeRemoveField", "SafeDeleteModel")
    # Built concurrently, or NOT VALID: django-pg-migration-tools, and others that took these names
    + tuple(f"Safer{verb}{what}" for verb in ("Add", "Remove") for what in ("IndexConcurrently", "UniqueConstraint"))
    + ("SaferAlterFieldSetNotNull", "SaferAddFieldForeignKey", "SaferRemoveFieldForeignKey", "SaferAddCheckConstraint")
    + ("SaferRemoveCheckConstraint", "SafeAddIndexConcurrently", "AddForeignKeyNotValid", "ValidateForeignKey")
)
"""Operations of well-known packages that do in the database what is safe, in steps of their own."""
CAREFUL_PACKAGES = ("syzygy",)


def is_careful(operation: Operation) -> bool:
    """Whether an operation is known to do the safe thing in the database: only the state is as it says."""
    path = _name(operation)
    return path.rpartition(".")[2] in CAREFUL or path.partition(".")[0] in CAREFUL_PACKAGES


def _name(operation: Operation) -> str:
    return operation.call.func.path if operation.call is not None else "the operation"


def with_tables(born: Born, statements: Iterable[Statement]) -> Born:
    """What has come into being, with the tables that statements make or rename."""
    tables = set(born.tables)
    remade: set[str] = set()
    for statement in statements:
        for effect in statement.effects:
            match effect:
                case DropsTable(table=table) if table.lower() not in tables:
                    remade.add(table.lower())
                case CreatesTable(table=table):
                    tables.add(table.lower())
                case RenamesTable(old=old, new=new) if old.lower() in tables:
                    tables.add(new.lower())
    tables -= remade  # a new table that takes the place of an old one has its rows
    return replace(born, tables=frozenset(tables)) if len(tables) > len(born.tables) else born


def grown(born: Born, step: Step) -> Born:
    """What has come into being once a step is done, its tables aside."""
    match step.operation:
        case ops.CreateModel(name=name) if step.in_database:
            model = step.new_model(name)
            known = born.tables if model is None or not managed(model) else born.tables | {table_of(model).lower()}
            return replace(born, models=born.models | {step.key(name)}, tables=known)
        case ops.AddField(model_name=model, name=name):
            return replace(born, fields=born.fields | {(*step.key(model), name)})
        case ops.RenameModel(old_name=old, new_name=new):
            return _model_renamed(born, step.key(old), step.key(new))
        case ops.RenameField(model_name=model, old_name=old, new_name=new) if (*step.key(model), old) in born.fields:
            return replace(born, fields=born.fields | {(*step.key(model), new)})
        case _:
            return born


def _model_renamed(born: Born, old: tuple[str, str], new: tuple[str, str]) -> Born:
    models = born.models | {new} if old in born.models else born.models
    fields = born.fields | {(*new, name) for app, model, name in born.fields if (app, model) == old}
    was = born.was if old in born.models else {**born.was, new: born.was.get(old, old)}
    return replace(born, models=models, fields=fields, was=was)
