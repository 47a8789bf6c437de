"""Where code still speaks of a field or a model that the models no longer have.

In: a project and what is `Gone`. Out: `Mention`s with places; `certain` where the receiver is known to be that model.
A name that is only an attribute of who knows what counts where it is distinctive: defined nowhere else in the code.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from migration_guard import disk
from migration_guard.codebase.files import Files
from migration_guard.codebase.naming import ProjectNames
from migration_guard.codebase.receivers import Event, Fetched, Form, Use
from migration_guard.codebase.schema import Schema
from migration_guard.codebase.syntax import guarded_nodes
from migration_guard.codebase.templates import template_mentions
from migration_guard.codebase.walker import Walker
from migration_guard.diagnostics import Place
from migration_guard.project.discovery import dotted_name
from migration_guard.project.project import Project
from migration_guard.source.errors import SourceError
from migration_guard.source.trees import tree
from migration_guard.state.model import Field, Model, ModelKey

SHORTEST_DISTINCTIVE = 8
_DEFINED = (
    rb"\b(def|class|import|as)\s+NAME\b"
    rb"|\bself\.NAME\b\s*[:=](?!=)"
    rb"|^[ \t]*NAME\s*[:=](?!=)"
)
"""Where code gives the name to something: a function, a class, an attribute, a variable."""

_NAMED = rb"(?:(?<![A-Za-z0-9_])|__)NAME(?:(?![A-Za-z0-9_])|__|_id\b|_display\b)|_NAME_display\b"
"""The name for itself, or as a part of a lookup, `name_id`, `get_name_display`."""
QUERIED = frozenset({"ordering", "search_fields", "list_filter", "date_hierarchy", "ordering_fields"})
"""Lists that name fields of queries; others may name properties and methods as well."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A field that `model` had (or the model itself, where `field` is None); `now` is its new name, if it has one."""

    model: Model
    name: str
    field: Field | None = None
    now: str | None = None

    @property
    def key(self) -> ModelKey:
        return self.model.key


@dataclass(frozen=True, slots=True)
class Mention:
    """A place that still speaks of it. `how` shows the form: "filter(title=...)"."""

    place: Place
    how: str
    certain: bool


class Codebase:
    """The code of a project, searched for names."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.files = Files(dict.fromkeys((project.root.path, *project.root.source_roots)))
        self.names = ProjectNames(project, project.models_state)
        self._trees: dict[Path, ast.Module | None] = {}
        self._guarded: dict[Path, tuple[set[ast.AST], set[ast.AST]]] = {}

    def mentions(self, gone: Gone) -> tuple[Mention, ...]:
        """Everything that still speaks of a field or a model, the certain ones first, each place once."""
        found = self._of_field(gone) if gone.field is not None else self._of_model(gone)
        unique: dict[tuple[str, int], Mention] = {}
        for mention in sorted(found, key=lambda item: not item.certain):
            unique.setdefault((mention.place.file, mention.place.line), mention)
        return tuple(unique.values())

    # Fields

    def _of_field(self, gone: Gone) -> Iterator[Mention]:
        current = self.project.models_state.get(gone.key)
        if current is None or gone.field is None or gone.name in current.fields:
            return
        with_it = replace(current, fields={**current.fields, gone.name: gone.field})
        schema = Schema(self.project.models_state.put(with_it))
        if self.names.has_private_field(gone.key, gone.name) or self._means_something(gone):
            return
        still_there = self.names.has_attribute(gone.key, gone.name)
        distinctive = not still_there and self._distinctive(gone)
        for path, data, lines in self._concerned(gone, schema, distinctive):
            parsed = self._tree(path, data)
            if parsed is None:
                continue
            walker = self._walker(path, schema)
            for event in walker.read(parsed, lines):
                mention = _mention(event, gone, path, walker, still_there, distinctive)
                if mention is None:
                    continue
                guarded, conditional = self._guards(path, parsed)
                if event.node in guarded:
                    continue
                yield replace(mention, certain=mention.certain and event.node not in conditional)
        if not still_there:
            known = self._variables(gone)
            for path, data in self.files.holding(gone.name, templates=True):
                for line, column, text in template_mentions(data, gone.name, known, distinctive):
                    yield Mention(Place(str(path), line, column), text, certain=False)

    def _means_something(self, gone: Gone) -> bool:
        """Whether the name is now that of an inherited field, or of the other side of a relation."""
        now = Schema(self.project.models_state)
        return now.attribute(gone.key, gone.name) is not None or now.lookup(gone.key, gone.name) is not None

    def _concerned(self, gone: Gone, schema: Schema, distinctive: bool) -> Iterator[tuple[Path, bytes, list[int]]]:
        """Files that mention the field, and its model as well, or an app's own files, unless the name says it all.

        With the lines that mention the field.
        """
        app = self.project.apps.by_label(gone.model.app_label)
        words = {gone.model.name.encode(), gone.model.name.lower().encode()}
        for other in (*schema.accessors.get(gone.key, ()), *schema.queries.get(gone.key, ())):
            words.add(other.encode())
        named = re.compile(_NAMED.replace(b"NAME", re.escape(gone.name).encode()))
        for path, data in self.files.holding(gone.name):
            if named.search(data) is None:
                continue
            inside = app is not None and app.path is not None and path.is_relative_to(app.path)
            if inside or distinctive or any(word in data for word in words):
                yield path, data, _lines(named, data)

    def _distinctive(self, gone: Gone) -> bool:
        """Whether an attribute of that name can hardly be of anything else."""
        name = gone.name
        if len(name) < SHORTEST_DISTINCTIVE and "_" not in name:
            return False
        state = self.project.models_state
        if any(name in model.fields for model in state if model.key != gone.key):
            return False
        defined = re.compile(_DEFINED.replace(b"NAME", re.escape(name).encode()), re.MULTILINE)
        return not any(defined.search(data) for _, data in self.files.holding(name))

    def _variables(self, gone: Gone) -> frozenset[str]:
        """Names that a template would give an instance."""
        lower = gone.model.name.lower()
        snake = re.sub(r"(?<!^)(?=[A-Z])", "_", gone.model.name).lower()
        return frozenset({lower, snake})

    # Models

    def _of_model(self, gone: Gone) -> Iterator[Mention]:
        if gone.key in self.project.models_state:
            return
        modules = self._modules_of(gone)
        for path, data in self.files.holding(gone.name):
            parsed = self._tree(path, data)
            if parsed is None:
                continue
            walker = self._walker(path, Schema(self.project.models_state))
            guarded, _ = self._guards(path, parsed)
            for node in ast.walk(parsed):
                if node in guarded:
                    continue
                yield from self._import_of(node, gone, path, walker, modules)
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    label, _, name = node.value.partition(".")
                    if label == gone.model.app_label and name.lower() == gone.key[1]:
                        yield Mention(_place(path, node), f'"{node.value}"', certain=False)
            for event in walker.read(parsed):
                if (
                    event.node not in guarded
                    and isinstance(event, Fetched)
                    and (event.label, (event.model or "").lower()) == gone.key
                ):
                    yield Mention(_place(path, event.node), "get_model(...)", certain=not event.historical)

    def _modules_of(self, gone: Gone) -> frozenset[str]:
        app = self.project.apps.by_label(gone.model.app_label)
        return frozenset({app.name, app.models_module or f"{app.name}.models"}) if app is not None else frozenset()

    def _import_of(
        self, node: ast.AST, gone: Gone, path: Path, walker: Walker, modules: frozenset[str]
    ) -> Iterator[Mention]:
        """`from blog.models import Post`, where that module no longer has the name."""
        if not isinstance(node, ast.ImportFrom) or all(alias.name != gone.name for alias in node.names):
            return
        source = walker.absolute(node)
        app = next(iter(sorted(modules, key=len)), None)
        if source is None or app is None or not (source == app or source.startswith(f"{app}.")):
            return
        if not self._bound(source, gone.name):
            shown = f"from {'.' * node.level}{node.module or ''} import {gone.name}"
            yield Mention(_place(path, node), shown, certain=True)

    def _bound(self, module: str, name: str) -> bool:
        """Whether a module may have a name; True where that cannot be known."""
        found = self.project.interpreter.finder.find(module)
        if found is None or found.path is None:
            return True
        if self.project.interpreter.finder.find(f"{module}.{name}") is not None:
            return True
        parsed = self._tree(found.path, None)
        bound = _names_bound(parsed) if parsed is not None else {"*"}
        return bool(bound & {name, "*", "__getattr__"})

    # Files

    def _walker(self, path: Path, schema: Schema) -> Walker:
        roots = (*self.project.root.source_roots, self.project.root.path)
        name = dotted_name(path, roots) or path.stem
        return Walker(self.names, schema, name, package=path.name == "__init__.py")

    def _guards(self, path: Path, parsed: ast.Module) -> tuple[set[ast.AST], set[ast.AST]]:
        if path not in self._guarded:
            self._guarded[path] = guarded_nodes(parsed)
        return self._guarded[path]

    def _tree(self, path: Path, data: bytes | None) -> ast.Module | None:
        if path not in self._trees:
            try:
                self._trees[path] = tree(disk.read_bytes(path) if data is None else data)
            except (OSError, SourceError):
                self._trees[path] = None
        return self._trees[path]


def _mention(
    event: Event, gone: Gone, path: Path, walker: Walker, still_there: bool, distinctive: bool
) -> Mention | None:
    if not isinstance(event, Use) or event.name not in (gone.name, f"{gone.name}_id"):
        return None
    attribute = event.form in (Form.ATTRIBUTE, Form.STORE, Form.ARGUMENT)
    if event.model is None:
        relation = gone.field is not None and gone.field.is_relation
        if not distinctive or (event.name != gone.name and not relation):
            return None
        return Mention(_place(path, event.node), event.how, certain=False)
    if event.model != gone.key or event.name != gone.name or (attribute and still_there):
        return None
    if still_there and event.how.startswith("listed in") and event.how.rpartition(" ")[2] not in QUERIED:
        return None
    doubtful = gone.name in walker.annotated or event.form is Form.STORE
    return Mention(_place(path, event.node), event.how, certain=event.sure and not doubtful)


def _lines(pattern: re.Pattern[bytes], data: bytes) -> list[int]:
    """The lines in which a pattern is found, as the parser counts them."""
    ends = [found.end() for found in re.finditer(rb"\r\n|\r|\n", data)]
    return sorted({bisect_right(ends, found.start()) + 1 for found in pattern.finditer(data)})


def _place(path: Path, node: ast.AST) -> Place:
    return Place(str(path), getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1)


def _names_bound(parsed: ast.Module) -> set[str]:
    """Every name that a module may bind at its top level; a star import may bind anything."""
    found: set[str] = set()
    for node in ast.walk(parsed):
        match node:
            case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ImportFrom(names=names) | ast.Import(names=names):
                found.update((alias.asname or alias.name) for alias in names)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
    return found
