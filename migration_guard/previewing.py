"""What `sqlmigrate` would print: a project, an app and a migration in, statements out.

Chooses the database and finds the migration as Django's command does, and brings together the rooms that know states,
descriptions and SQL. Nothing is printed here; Django's refusals are `Refused` with its words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from migration_guard.customcode import custom_field, operation_override
from migration_guard.diagnostics import UsageError, suggestion
from migration_guard.project.graph import Graph, build_graph
from migration_guard.project.project import Project
from migration_guard.project.settings import databases
from migration_guard.sql import migration as sql
from migration_guard.sql.catalogue import Catalogue
from migration_guard.sql.dialect import Dialect
from migration_guard.sql.operations import Refused
from migration_guard.sql.profiles import POSTGRESQL, PROFILES, Profile, at_version, profile_named, profile_of_engine
from migration_guard.sql.statements import PLACEHOLDER, Statement
from migration_guard.state.apply import replay
from migration_guard.state.model import State
from migration_guard.state.operations import Migration, Operation
from migration_guard.values import Unknown
from migration_guard.write.describe import describe

__all__ = ["Chosen", "Preview", "Refused", "Seen", "choose_database", "preview"]

BEGIN, COMMIT = "BEGIN;", "COMMIT;"


class Seen(Enum):
    """The database in which names of constraints are looked up."""

    MIGRATED = "as the migrations before leave it"
    EMPTY = "an empty one"


@dataclass(frozen=True, slots=True)
class Chosen:
    """A database, and why this one."""

    profile: Profile
    reason: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The lines of a migration on a database. `transaction` says whether they stand between BEGIN and COMMIT."""

    migration: Migration
    chosen: Chosen
    statements: tuple[Statement, ...]
    transaction: bool

    @property
    def text(self) -> str:
        lines = [statement.text for statement in self.statements]
        return "\n".join([BEGIN, *lines, COMMIT] if self.transaction else lines) + "\n"

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
        return Chosen(at_version(named, project.version), "as asked for")
    return _of_engine(project, "default", engines.get("default"))


def _of_engine(project: Project, alias: str, engine: str | Unknown | None) -> Chosen:
    profile = profile_of_engine(engine) if isinstance(engine, str) else None
    if profile is not None:
        return Chosen(at_version(profile, project.version), f"the ENGINE of the database '{alias}' is {engine}")
    why = f"the ENGINE of the database '{alias}' is not known"
    if isinstance(engine, str) and engine:
        why = f"the ENGINE {engine} of the database '{alias}' is not known"
    return Chosen(at_version(POSTGRESQL, project.version), f"{why}; state it, or name one with --database")


def find_migration(project: Project, graph: Graph, app_label: str, prefix: str) -> Migration:
    """The migration whose name begins so."""
    app = project.apps.by_label(app_label)
    if app is None:
        raise Refused(f"No installed app with label '{app_label}'.")
    if app_label not in graph.migrated:
        raise Refused(f"App '{app_label}' does not have migrations")
    found = [migration for key, migration in graph.disk.items() if key[0] == app_label and key[1].startswith(prefix)]
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
) -> Preview:
    """The SQL of one migration."""
    chosen = choose_database(project, database)
    graph = unreplaced_graph(project)
    migration = find_migration(project, graph, app_label, name)
    dialect = dialect_of(project, chosen.profile)
    ancestors = [graph.nodes[key] for key in graph.forwards_plan(migration.key) if key != migration.key]
    start = State(swappable=project.swappables)
    state = _with_unmigrated(project, graph, replay(ancestors, start, project.version)[0], migration)
    applied = [*ancestors, migration] if backwards else ancestors
    fill = sql.history(applied, _only_unmigrated(graph, state), dialect) if seen is Seen.MIGRATED else None
    planned = sql.Planned(migration, state, backwards)

    def describing(operation: Operation) -> str:
        return describe(operation, project.version)

    lines = sql.statements(planned, dialect, Catalogue(fill), describing)
    return Preview(migration, chosen, tuple(lines), migration.atomic and chosen.profile.rolls_back_ddl)


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
    return Dialect(
        profile,
        project.version,
        default_auto_field=_setting(project, "DEFAULT_AUTO_FIELD", "django.db.models.AutoField"),
        default_tablespace=_setting(project, "DEFAULT_TABLESPACE", ""),
        default_index_tablespace=_setting(project, "DEFAULT_INDEX_TABLESPACE", ""),
        use_tz=settings.get_or("USE_TZ", True) is not False,
        table_length=(first or profile).max_name_length,
        adapter=_adapter(project),
        custom=custom_field(project.interpreter),
        override=operation_override(project.interpreter),
        setting=lambda name: _setting(project, name, ""),
    )


def _setting(project: Project, name: str, default: str) -> str:
    value = project.settings.get_or(name, default)
    return str(value) if isinstance(value, str) else default


def _adapter(project: Project) -> str:
    """Django takes psycopg where it is installed, and psycopg2 otherwise."""
    environment = project.environment
    if environment is not None and environment.distribution_version("psycopg") is None:
        for name in ("psycopg2", "psycopg2-binary"):
            if environment.distribution_version(name) is not None:
                return "psycopg2"
    return "psycopg"
