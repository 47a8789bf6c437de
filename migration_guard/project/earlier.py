"""What an earlier, full reading of a project found, for a later one in which a few files have changed.

In: a project that was read in full. Out: plain data (`remember`); from the data and the same project later, its
migrations, and its models where only some modules have to be read anew (`read_again`). Each module is known with the
modules that its code was seen to use; what uses a changed one, however indirectly, is read again.

Code may hang on what no import shows, such as a list that other modules fill. Therefore, where models are found to
differ, the same modules are read in their earlier texts as well: only if that gives what the full reading gave is the
difference believed. That is done beside the reading itself, not after it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from migration_guard.beside import beside
from migration_guard.disk import laid
from migration_guard.evaluate.effects import bodies
from migration_guard.evaluate.imports import absolute_name
from migration_guard.evaluate.objects import Class, Module, Raised
from migration_guard.project.order import AUTO, ImportOrder
from migration_guard.project.overrides import override_module
from migration_guard.source.ir import Body
from migration_guard.source.store import digest_of
from migration_guard.source.witness import Status, status_of
from migration_guard.state.model import Model, ModelKey, State
from migration_guard.state.operations import Migration
from migration_guard.state.packed import Unpackable, pack, unpack

if TYPE_CHECKING:
    from migration_guard.project.project import Project

SETTLED = 2_000_000_000
"""How long, in nanoseconds, a file must have rested for its times to tell one content from another."""
MOST = 40
"""With more files changed than this, everything is read anew."""


@dataclass(frozen=True, slots=True)
class Text:
    """A file as it was read: its state just before, where that says enough, and the digest of its content."""

    path: str
    status: Status | None
    digest: str

    @staticmethod
    def before(path: str) -> Status | None:
        """The state of a file that is about to be read; None where it may change again without a trace."""
        if laid(path):
            return None
        found = status_of(path)
        return None if found is None or time.time_ns() - max(found[:2]) < SETTLED else found


@dataclass(slots=True)
class Earlier:
    """An earlier reading. Of `models`, each comes with the module that made it."""

    texts: dict[str, Text] = field(default_factory=dict)
    """Of every module that was read, by its name."""
    uses: dict[str, list[str]] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    """Names that were used and were no modules of their own."""
    first: list[str] = field(default_factory=list)
    """The modules that settings and apps hang on: a change in them changes everything."""
    visited: list[tuple[str, str]] = field(default_factory=list)
    """Modules looked through for models, with the app's label."""
    ranks: list[str] = field(default_factory=list)
    """Modules in the order of their import."""
    migrations: dict[str, Any] = field(default_factory=dict)
    plan: list[list[str]] = field(default_factory=list)
    """The migrations in order, where they could all be applied, and the models that they built."""
    built: list[Any] = field(default_factory=list)
    models: list[tuple[str, Any]] = field(default_factory=list)
    swappables: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, Any] = field(default_factory=dict)
    apps: list[list[str | None]] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        """As JSON can hold it."""
        given = {name: getattr(self, name) for name in self.__slots__}
        texts = {name: [text.path, text.status, text.digest] for name, text in self.texts.items()}
        return given | {"texts": texts}

    @staticmethod
    def of(data: dict[str, Any]) -> Earlier:
        """From JSON. Raises TypeError, ValueError, KeyError or AttributeError for what is none."""
        texts = {
            name: Text(path, tuple(status) if status else None, digest)
            for name, (path, status, digest) in data["texts"].items()
        }
        return Earlier(**(data | {"texts": texts}))


# Remembering


def remember(project: Project) -> Earlier | None:
    """What a project's full reading found; None where a later one could not rely on it."""
    if project.partly_read:
        return None
    registry, interp = project.registry, project.interpreter
    if registry.errors or registry.class_prepared.receivers or registry.strays:
        return None  # who still imports a stray module cannot be told from the modules that were read
    found = Earlier()
    for name, module in interp.modules.items():
        if not isinstance(module, Module):
            found.absent.append(name)
            continue
        if module.unparsed is not None and module.first_party:
            return None
        text = project.texts.get(str(module.path))
        if text is not None:
            found.texts[name] = text
        found.uses[name] = sorted(module.uses)
    command = override_module(interp, project.apps)
    found.first = sorted(_used_by(found.uses, {*project.early_modules, *([command] if command else [])}))
    found.visited = list(registry.visited.items())
    found.ranks = sorted(ranks := registry.builder.import_order.ranks(), key=lambda name: ranks[name])
    found.swappables = dict(project.swappables)
    found.apps = _apps(project)
    try:
        found.doubts = {
            label: [pack(item) for item in items] for label, items in project.models_state.incomplete.items()
        }
        for model in project.models_state:
            maker = registry.makers.get(model.key)
            if not maker:
                return None
            found.models.append((maker, pack(model)))
    except Unpackable:
        return None
    found.migrations = dict(_migrations(project))
    _remember_built(project, found)
    return found


def _remember_built(project: Project, found: Earlier) -> None:
    """The state that the migrations build, where it is known for sure."""
    state, problems = project.replayed
    if problems or state.incomplete or project.loaded.broken:
        return
    with suppress(Unpackable):
        found.built = [pack(model) for model in state]
        found.plan = [list(key) for key in project.graph.full_plan()]


def _used_by(uses: Mapping[str, Iterable[str]], users: set[str]) -> set[str]:
    """Some modules, and all that they use, however indirectly."""
    found, todo = set(users), list(users)
    while todo:
        for name in uses.get(todo.pop(), ()):
            if name not in found:
                found.add(name)
                todo.append(name)
    return found


def _migrations(project: Project) -> Iterator[tuple[str, Any]]:
    modules = {app.label: app.migrations_module for app in project.apps}
    for migration in project.loaded.migrations:
        if not migration.problems:
            try:
                yield f"{modules[migration.app_label]}.{migration.name}", pack(migration)
            except Unpackable:
                continue


def _apps(project: Project) -> list[list[str | None]]:
    return [
        [
            app.label,
            app.name,
            app.models_module,
            app.migrations_module,
            app.migrations_kind,
            str(app.default_auto_field),
        ]
        for app in project.apps
    ]


# Reading again


@dataclass(slots=True)
class Again:
    """An earlier reading beside the project as it is now."""

    project: Project
    earlier: Earlier
    models: list[tuple[str, Model]]
    changed: set[str]
    stale: set[str]
    """The changed modules, and all that use them."""

    def has(self, dotted: str) -> bool:
        """Whether a migration need not be read again."""
        return dotted in self.earlier.migrations and dotted not in self.stale

    def migration(self, dotted: str) -> Migration | None:
        """A migration, where it need not be read again."""
        found = unpack(self.earlier.migrations[dotted]) if self.has(dotted) else None
        return found if isinstance(found, Migration) else None

    def built(self, plan: Iterable[tuple[str, str]]) -> State | None:
        """The state that the migrations of a plan build, where all of them are as they were."""
        keys = [list(key) for key in plan]
        modules = {app.label: app.migrations_module for app in self.project.apps}
        if keys != self.earlier.plan or any(f"{modules.get(app)}.{name}" in self.stale for app, name in keys):
            return None
        return replace(State.of(map(unpack, self.earlier.built)), swappable=self.earlier.swappables)

    @property
    def touched(self) -> set[str]:
        """The modules with models that have to be read again."""
        return {name for name, _ in self.earlier.visited if name in self.stale}


def read_again(project: Project, earlier: Earlier) -> Project:
    """The project, with all of an earlier reading that is still good. The one that comes in is used up."""
    again = compare(project, earlier)
    state = models_again(again) if again is not None else None
    if again is None:
        return project.anew()
    if state is None:
        project = project.anew()
    else:
        project.__dict__["models_state"] = state
    project.again = again
    return project


def compare(project: Project, earlier: Earlier) -> Again | None:
    """What has changed since; None where nothing of the earlier reading can be used."""
    if earlier.apps != _apps(project):
        return None
    changed = {name for name, text in earlier.texts.items() if not _same(text)}
    finder = project.interpreter.finder
    changed |= {name for name in earlier.absent if finder.find(name) is not None}
    if len(changed) > MOST:
        return None
    stale = _users(earlier.uses, changed)
    if stale & set(earlier.first):
        return None
    models = [(maker, unpack(packed)) for maker, packed in earlier.models]
    return Again(project, earlier, models, changed, stale)


def _same(text: Text) -> bool:
    return (text.status is not None and text.status == Text.before(text.path)) or digest_of(text.path) == text.digest


def _users(uses: Mapping[str, Iterable[str]], changed: set[str]) -> set[str]:
    users: dict[str, list[str]] = {}
    for name, used in uses.items():
        for other in used:
            users.setdefault(other, []).append(name)
    return _used_by(users, changed)


def models_again(again: Again) -> State | None:
    """The state of the models, most of it as it was; None where that cannot be relied upon."""
    known = {model.key: model for _, model in again.models}
    with beside(lambda: _confirmed(again, known)) as confirmed:
        partly = _partly(again, again.project)
        if partly is None or not (_same_swappable(known, partly) and _imports_as_before(again)):
            return None
        if not _same_models(partly, known) and not confirmed():
            return None
    return replace(
        State.of(partly.values()),
        swappable=again.earlier.swappables,
        incomplete={label: tuple(map(unpack, items)) for label, items in again.earlier.doubts.items()},
    )


def _confirmed(again: Again, known: Mapping[ModelKey, Model]) -> bool:
    """Whether the same modules, in their earlier texts, give what the full reading gave."""
    texts = [again.earlier.texts[name] for name in again.changed if name in again.earlier.texts]
    was = _partly(again, again.project.as_it_was({text.path: text.digest for text in texts}))
    return was is not None and _same_models(was, known)


def _same_models(one: Mapping[ModelKey, Model], other: Mapping[ModelKey, Model]) -> bool:
    return one.keys() == other.keys() and all(
        model == other[key]
        and list(model.fields) == list(other[key].fields)
        and model.incomplete == other[key].incomplete
        for key, model in one.items()
    )


def _partly(again: Again, project: Project) -> dict[ModelKey, Model] | None:
    """All models by key: those of stale modules read again in a project, the others as they were."""
    earlier, stale = again.earlier, again.stale
    if any(label in earlier.doubts for name, label in earlier.visited if name in stale):
        return None  # which of the doubts would still be there, nobody has noted
    registry = project.part_of_registry(earlier, again.touched)
    project.ignored_options  # noqa: B018 - the project's own command may change what is compared
    registry.builder.import_order = RememberedOrder(earlier.ranks)
    registry.builder.on_demand = True
    found: dict[ModelKey, Model] = {}
    for maker, known in again.models:
        if maker not in stale:
            found[known.key] = known
    for cls in registry.classes(lambda cls: _is_new(project, earlier, stale, cls)):
        model = registry.builder.model(cls)
        if model is not None and any(app.label == model.app_label for app in project.apps):
            found[model.key] = model
    if registry.errors or registry.doubts or registry.perhaps or registry.class_prepared.receivers:
        return None
    if not registry.builder.makers_of_fields() <= {AUTO, "", *earlier.ranks}:
        return None
    return found


def _is_new(project: Project, earlier: Earlier, stale: set[str], cls: Class) -> bool:
    maker = project.interpreter.makers.get(id(cls), "")
    return maker in stale or maker not in earlier.texts


# What reading a part cannot tell


class RememberedOrder(ImportOrder):
    """The order of imports as it was."""

    def __init__(self, names: Iterable[str]) -> None:
        self._places = {name: place for place, name in enumerate(names)}

    def ranks(self) -> dict[str, int]:
        """Module names and their places."""
        return self._places


def _same_swappable(known: Mapping[ModelKey, Model], found: Mapping[ModelKey, Model]) -> bool:
    """Whether the same models may be swapped for others, by the same settings."""
    return all(_swappable(known.get(key)) == _swappable(found.get(key)) for key in {*known, *found})


def _swappable(model: Model | None) -> object:
    return model.options.get("swappable") if model is not None else None


def _imports_as_before(again: Again) -> bool:
    """Whether the order in which modules are imported, and with it the order of fields, is what it was."""
    project = again.project
    ranks = {name: place for place, name in enumerate(again.earlier.ranks)}
    for name in again.changed:
        text, module = again.earlier.texts.get(name), project.interpreter.modules.get(name)
        if text is None or not isinstance(module, Module) or module.path is None:
            return False
        old, new = project.store.known(text.digest), project.store.known(digest_of(str(module.path)) or "")
        if old is None or new is None:
            return False
        before, now = _imported(old["body"], module), _imported(new["body"], module)
        place = ranks.get(name, -1)
        if any(other in again.earlier.texts and ranks.get(other, place) >= place for other in now - before):
            return False
        if any(other in again.earlier.texts for other in before - now):
            return False
    return True


def _imported(body: Body, module: Module) -> set[str]:
    """The modules that statements may import, and the packages that hold them."""
    found: set[str] = set()
    todo = list(body)
    while todo:
        node = todo.pop()
        if node[0] == "import":
            found.update(dotted for dotted, _ in node[2])
        elif node[0] == "from":
            try:
                dotted = absolute_name(module, node[2], node[3])
            except Raised:
                continue
            found.add(dotted)
            found.update(f"{dotted}.{name}" for name, _ in (node[4] if node[4] != "*" else ()))
        for inner in bodies(node):
            todo += inner
    return found | {name[:at] for name in found for at, sign in enumerate(name) if sign == "."}
