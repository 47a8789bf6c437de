"""What `sqlmigrate` would print: a project and a migration (or a plan of them) in, statements out.

Chooses the database and finds the migration as Django's command does, and brings together the rooms that know states,
descriptions and SQL. Nothing is printed here; Django's refusals are `Refused` with its words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from enum import Enum

from migration_guard.customcode import (
    base_field,
    custom_field,
    custom_function,
    operation_override,
    own_words,
    registered_transform,
    returned_value,
)
from migration_guard.diagnostics import UsageError, suggestion
from migration_guard.project.graph import Graph, Key, build_graph
from migration_guard.project.project import Project
from migration_guard.project.routers import Routers
from migration_guard.project.settings import databases
from migration_guard.sql import migration as sql
from migration_guard.sql import printing
from migration_guard.sql.catalogue import Catalogue
from migration_guard.sql.dialect import Dialect
from migration_guard.sql.editor import Lookup
from migration_guard.sql.operations import Refused
from migration_guard.sql.profiles import POSTGRESQL, PROFILES, Profile, at_version, profile_named, profile_of_engine
from migration_guard.sql.statements import PLACEHOLDER, Statement
from migration_guard.state.apply import replay
from migration_guard.state.model import State
from migration_guard.state.operations import Migration, Operation
from migration_guard.values import Unknown
from migration_guard.write.describe import describe

__all__ = ["Chosen", "Preview", "Refused", "Seen", "choose_database", "preview", "preview_new", "preview_plan"]


class Seen(Enum):
    """The database in which names of constraints are looked up."""

    MIGRATED = "as the migrations before leave it"
    EMPTY = "an empty one"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A database, and why this one."""

    profile: Profile
    reason: str
    alias: str = "default"
    """The name by which routers know it."""

    @property
    def server(self) -> printing.Server:
        return printing.Server(self.profile.name, self.profile.server, self.reason)


@dataclass(frozen=True, slots=True)
class Preview:
    """The lines of a migration on a database. `transaction` says whether they stand between BEGIN and COMMIT."""

    migration: Migration
    chosen: Chosen
    statements: tuple[Statement, ...]
    transaction: bool
    backwards: bool = False
    lasting: bool = True
    """Whether the next run says the same: no value was made from the time of day, or at random."""
    notes: tuple[str, ...] = ()
    """What else should be known of it."""

    @property
    def section(self) -> printing.Section:
        where = (self.migration.app_label, self.migration.name)
        return printing.Section(*where, self.statements, self.transaction, self.backwards)

    @property
    def text(self) -> str:
        return printing.sql([self.section])

    @property
    def doubts(self) -> int:
        """How many statements have parts that are not known."""
        return sum(1 for statement in self.statements if PLACEHOLDER in statement.text)


def choose_database(project: Project, name: str | None) -> Chosen:
    """The database that was asked for by name (or by its alias in the settings), else that of the settings."""
    engines = databases(project.settings)
    if name is not None:
        named = profile_named(name)
        if named is None and name in engines:
            return _of_engine(project, name, engines[name])
        if named is None:
            hint = suggestion(name, [*PROFILES, *engines]) or f"one of {', '.join(PROFILES)}"
            raise UsageError(f"'{name}' is no database that can be previewed", hint)
        return Chosen(at_version(named, project.version), "as asked for", name if name in engines else "default")
    return _of_engine(project, "default", engines.get("default"))


def _of_engine(project: Project, alias: str, engine: str | Unknown | None) -> Chosen:
    profile = profile_of_engine(engine) if isinstance(engine, str) else None
    if profile is not None:
        return Chosen(at_version(profile, project.version), f"the ENGINE of the database '{alias}' is {engine}", alias)
    why = f"the ENGINE of the database '{alias}' is not known"
    if isinstance(engine, str) and engine:
        why = f"the ENGINE {engine} of the database '{alias}' is not known"
    return Chosen(at_version(POSTGRESQL, project.version), f"{why}; state it, or name one with --database", alias)


def find_migration(project: Project, graph: Graph, app_label: str, prefix: str) -> Migration:
    """The migration whose name begins so."""
    _app_with_migrations(project, graph, app_label)
    return _find(graph.disk, app_label, prefix)


def _app_with_migrations(project: Project, graph: Graph, app_label: str) -> None:
    if project.apps.by_label(app_label) is None:
        raise Refused(f"No installed app with label '{app_label}'.")
    if app_label not in graph.migrated:
        raise Refused(f"App '{app_label}' does not have migrations")


def _find(migrations: Mapping[Key, Migration], app_label: str, prefix: str) -> Migration:
    found = [migration for key, migration in migrations.items() if key[0] == app_label and key[1].startswith(prefix)]
    if len(found) > 1:
        raise Refused(f"More than one migration matches '{prefix}' in app '{app_label}'. Please be more specific.")
    if not found:
        raise Refused(f"Cannot find a migration matching '{prefix}' from app '{app_label}'. Is it in INSTALLED_APPS?")
    return found[0]


def preview(
    project: Project,
    app_label: str,
    name: str,
    *,
    backwards: bool = False,
    database: str | None = None,
    seen: Seen = Seen.MIGRATED,
    weighs: bool = True,
) -> Preview:
    """The SQL of one migration. Without `weighs`, it is not worked out what the statements do to a live table."""
    chosen = choose_database(project, database)
    graph = unreplaced_graph(project)
    migration = find_migration(project, graph, app_label, name)
    routers = Routers(project.interpreter, project.settings, chosen.alias)
    dialect = replace(dialect_of(project, chosen.profile), prints=True, allows=routers.allow_migrate)
    ancestors = [graph.nodes[key] for key in graph.forwards_plan(migration.key) if key != migration.key]
    start = State(swappable=project.swappables)
    state = _with_unmigrated(project, graph, replay(ancestors, start, project.version)[0], migration)
    applied = [*ancestors, migration] if backwards else ancestors
    fill = sql.history(applied, _only_unmigrated(graph, state), dialect) if seen is Seen.MIGRATED else None
    planned = sql.Planned(migration, state, backwards)
    manner = sql.Manner(weighs=weighs)
    lines = sql.statements(planned, dialect, Catalogue(fill), _describing(project), manner)
    return _previewed(migration, chosen, lines, backwards, dialect, routers)


def _describing(project: Project) -> Callable[[Operation], str]:
    return lambda operation: describe(operation, project.version)


def _previewed(
    migration: Migration, chosen: Chosen, lines: list[Statement], backwards: bool, dialect: Dialect, routers: Routers
) -> Preview:
    transaction = migration.atomic and chosen.profile.rolls_back_ddl
    lasting = not (isinstance(dialect.now, _Clock) and dialect.now.asked)
    return Preview(migration, chosen, tuple(lines), transaction, backwards, lasting, tuple(routers.notes))


class _Clock:
    """The time, and whether anybody has asked for it."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self) -> datetime:
        self.asked = True
        return datetime.now(timezone.utc)


# ---------------------------------------------------------------- plans

ZERO, RANGE = "zero", ".."


def preview_plan(
    project: Project,
    app_label: str | None = None,
    target: str | None = None,
    *,
    backwards: bool = False,
    database: str | None = None,
    weighs: bool = True,
) -> Iterator[Preview]:
    """The SQL of several migrations as `migrate` would run them, one after the other.

    Without a target: all that there is, from an empty database (or, backwards, all the way to one). `target` is a
    name, or "FROM..TO": from a database that has FROM applied, to TO; either may be "zero". Names of constraints are
    looked up in the database as the statements before leave it.
    """
    graph = project.graph
    if app_label is not None:
        _app_with_migrations(project, graph, app_label)
    if target is not None and app_label is not None:
        first, _, last = target.rpartition(RANGE)
        route = _route(graph, app_label, first or ZERO, last)
    else:
        plan = graph.plan(graph.leaf_nodes(app_label))
        route = _Route((), tuple(plan))
    if backwards and route.forwards:
        route = _Route((*route.applied, *route.forwards), (), tuple(reversed(route.forwards)))
    yield from _follow(project, graph, route, choose_database(project, database), weighs)


def preview_new(
    project: Project, keys: Iterable[Key], *, database: str | None = None, weighs: bool = True
) -> Iterator[Preview]:
    """The SQL of some migrations, each as `sqlmigrate` prints it, in the order given."""
    for app_label, name in keys:
        yield preview(project, app_label, name, database=database, weighs=weighs)


@dataclass(frozen=True, slots=True)
class _Route:
    """What a database has applied, and what comes next."""

    applied: tuple[Key, ...]
    forwards: tuple[Key, ...] = ()
    backwards: tuple[Key, ...] = ()


def _route(graph: Graph, app_label: str, first: str, last: str) -> _Route:
    """From one migration of an app to another, as `migrate APP LAST` plans it."""
    start = () if first == ZERO else tuple(graph.forwards_plan(_find(graph.nodes, app_label, first).key))
    applied = frozenset(start)
    if last == ZERO:
        gone = [key for root in graph.root_nodes(app_label) for key in graph.backwards_plan(root) if key in applied]
        return _Route(start, (), tuple(dict.fromkeys(gone)))
    target = _find(graph.nodes, app_label, last or graph.leaf_nodes(app_label)[0][1]).key
    if target in applied:
        children = sorted(key for key in graph.children[target] if key[0] == app_label)
        gone = [key for child in children for key in graph.backwards_plan(child) if key in applied]
        return _Route(start, (), tuple(dict.fromkeys(gone)))
    return _Route(start, tuple(key for key in graph.forwards_plan(target) if key not in applied))


def _follow(project: Project, graph: Graph, route: _Route, chosen: Chosen, weighs: bool) -> Iterator[Preview]:
    routers = Routers(project.interpreter, project.settings, chosen.alias)
    dialect = replace(dialect_of(project, chosen.profile), allows=routers.allow_migrate)
    unmigrated = _only_unmigrated(graph, project.models_state) if graph.unmigrated else State()
    state = State(swappable=project.swappables).put(*unmigrated)
    applied = [graph.nodes[key] for key in route.applied]
    catalogue = Catalogue(sql.history(applied, unmigrated, dialect))
    manner = sql.Manner(Lookup.FOLLOWS, weighs)
    order = [graph.nodes[key] for key in graph.full_plan() if key in set(route.applied)]
    before: dict[Key, State] = {}
    for migration in order:
        before[migration.key] = state
        state = replay([migration], state, project.version)[0]
    for key in route.backwards:
        planned = sql.Planned(graph.nodes[key], before[key], True)
        lines = sql.statements(planned, dialect, catalogue, _describing(project), manner)
        yield _previewed(planned.migration, chosen, lines, True, dialect, routers)
    for key in route.forwards:
        planned = sql.Planned(graph.nodes[key], state)
        lines = sql.statements(planned, dialect, catalogue, _describing(project), manner)
        yield _previewed(planned.migration, chosen, lines, False, dialect, routers)
        state = replay([planned.migration], state, project.version)[0]


def unreplaced_graph(project: Project) -> Graph:
    """The graph with all migrations on disk, as `sqlmigrate` loads it: squashed ones replace nothing."""
    own = project.graph
    if not any(migration.replaces for migration in own.disk.values()):
        return own
    return build_graph(
        [replace(migration, replaces=()) for migration in project.loaded.migrations],
        version=project.version,
        migrated=own.migrated,
        unmigrated=own.unmigrated,
        all_apps_known=not project.apps.incomplete,
    )


def _with_unmigrated(project: Project, graph: Graph, state: State, migration: Migration) -> State:
    """The state with the models of apps without migrations, where relations lead there."""
    if not graph.unmigrated:
        return state
    after, _ = replay([migration], state, project.version)
    named = {key[0] for model in (*state, *after) for key in model.targets}
    if not named & graph.unmigrated:
        return state
    return state.put(*(model for model in project.models_state if model.app_label in graph.unmigrated))


def _only_unmigrated(graph: Graph, state: State) -> State:
    apps = {label: models for label, models in state.apps.items() if label in graph.unmigrated}
    return replace(state, apps=apps)


def dialect_of(project: Project, profile: Profile) -> Dialect:
    """A database with the settings that reach into DDL."""
    settings = project.settings
    engine = databases(settings).get("default")
    first = profile_of_engine(engine) if isinstance(engine, str) else None
    auto_field = _setting(project, "DEFAULT_AUTO_FIELD", "django.db.models.AutoField")
    return Dialect(
        profile,
        project.version,
        default_auto_field=auto_field,
        now=_Clock(),
        auto_field_base=base_field(project.interpreter, auto_field),
        function=custom_function(project.interpreter),
        registered=registered_transform(project.interpreter),
        default_tablespace=_setting(project, "DEFAULT_TABLESPACE", ""),
        default_index_tablespace=_setting(project, "DEFAULT_INDEX_TABLESPACE", ""),
        use_tz=settings.get_or("USE_TZ", True) is not False,
        table_length=(first or profile).max_name_length,
        adapter="psycopg2" if _lacks(project, "psycopg") else "psycopg",  # Django takes the newer one if it is there
        mysqlclient=not _lacks(project, "mysqlclient"),
        custom=custom_field(project.interpreter),
        override=operation_override(project.interpreter),
        own_words=own_words(project.interpreter),
        returned=returned_value(project.interpreter),
        setting=lambda name: _setting(project, name, ""),
    )


def _setting(project: Project, name: str, default: str) -> str:
    value = project.settings.get_or(name, default)
    return str(value) if isinstance(value, str) else default


def _lacks(project: Project, distribution: str) -> bool:
    """Whether the project's environment, if it is known, is one without a database driver."""
    environment = project.environment
    if environment is None or environment.distribution_version("Django") is None:
        return False
    return environment.distribution_version(distribution) is None
