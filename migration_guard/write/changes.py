"""What a planned migration changes, in words for people: one line per operation, with its place in the models.

In: a planned migration and the states before it and of the models. Out: `Change`s ("blog.Post: add field views
IntegerField(default=0)"). The words are ours: Django's own descriptions are in `describe`. Nothing is judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from migration_guard.state import operations as ops
from migration_guard.state.apply import ALTER_OPTION_KEYS, apply
from migration_guard.state.model import Field, Model, State
from migration_guard.state.operations import Migration, Operation
from migration_guard.state.problem import Problem
from migration_guard.values import Call, Const, Map, Origin, Ref, Seq, Truth, Unknown, Value, plain, same
from migration_guard.versions import Version
from migration_guard.write.describe import describe
from migration_guard.write.literal import Literal, literal

WIDTH = 72
"""Longer texts of single values are cut."""
MAX_ITEMS = 3
MAX_FIELDS = 8
UNSET = "unset"
_DJANGO = re.compile(r"\bdjango\.(?:[a-z_]+\.)*(?=[A-Z]\w*)")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a migration would do: to what ("blog.Post.views"), in words, and where the models say so."""

    subject: str
    text: str
    origin: Origin | None = None


def changes(migration: Migration, before: State, after: State, version: Version) -> tuple[tuple[Change, ...], State]:
    """The changes of a planned migration, and the state after it."""
    found = []
    state = before
    for operation in migration.operations:
        found.append(_Teller(migration.app_label, state, after, version).change(operation))
        applied = apply(operation, migration.app_label, state, version)
        state = state if isinstance(applied, Problem) else applied
    return tuple(found), state


@dataclass(frozen=True, slots=True)
class _Teller:
    """Tells one operation: the state before it, and the models as they are written."""

    app_label: str
    before: State
    after: State
    version: Version

    def change(self, operation: Operation) -> Change:
        name = str(getattr(operation, "model_name", None) or getattr(operation, "name", None) or "")
        if isinstance(operation, ops.RenameModel):
            name = operation.old_name
        old = self.before.get((self.app_label, name.lower()))
        new = self.after.get((self.app_label, name.lower()))
        model = new or old
        label = f"{self.app_label}.{model.name if model else name}"
        part, text = self.words(operation, old)
        return Change(f"{label}.{part}" if part else label, f"{label}: {text}", self.place(operation, new, old))

    def place(self, operation: Operation, new: Model | None, old: Model | None) -> Origin | None:
        """The line of the field, index or constraint; else that of the model's class; else where it was created."""
        match operation:
            case ops.AddField() | ops.AlterField():
                exact = operation.field.origin
            case ops.RenameField(new_name=name):
                exact = new.fields[name].origin if new is not None and name in new.fields else None
            case ops.RenameModel(new_name=name):
                renamed = self.after.get((self.app_label, name.lower()))
                exact = renamed.origin if renamed is not None else None
            case ops.AddIndex():
                exact = getattr(operation.index, "origin", None)
            case ops.AddConstraint() | ops.AlterConstraint():
                exact = getattr(operation.constraint, "origin", None)
            case _:
                exact = None
        return exact or (new.origin if new is not None else None) or (old.origin if old is not None else None)

    def words(self, operation: Operation, model: Model | None) -> tuple[str, str]:
        """What of the model is concerned ("" for itself), and what happens to it."""
        match operation:
            case ops.CreateModel():
                proxy = "proxy " if plain(operation.options.get("proxy", Const(False))) else ""
                return "", f"create {proxy}model{_with_fields([name for name, _ in operation.fields])}"
            case ops.DeleteModel():
                return "", "delete model"
            case ops.RenameModel():
                return "", f"rename model to {operation.new_name}"
            case ops.AddField():
                once = "" if operation.preserve_default else " (existing rows need a one-off default)"
                return operation.name, f"add field {operation.name} {self.field(operation.field)}{once}"
            case ops.RemoveField():
                return operation.name, f"remove field {operation.name}"
            case ops.AlterField():
                old = model.fields.get(operation.name) if model is not None else None
                return operation.name, f"alter field {operation.name}: {self.altered(old, operation)}"
            case ops.RenameField():
                return operation.old_name, f"rename field {operation.old_name} to {operation.new_name}"
            case _:
                return self.words_of_objects(operation, model)

    def words_of_objects(self, operation: Operation, model: Model | None) -> tuple[str, str]:
        match operation:
            case ops.AddIndex(index=value):
                return self.added("index", value)
            case ops.AddConstraint(constraint=value):
                return self.added("constraint", value)
            case ops.AlterConstraint(name=name, constraint=value):
                return name, f"alter constraint {name}: {self.text(value)}"
            case ops.RemoveIndex(name=name):
                return name, f"remove index {name}"
            case ops.RemoveConstraint(name=name):
                return name, f"remove constraint {name}"
            case ops.RenameIndex(new_name=name):
                old = operation.old_name or f"of {self.text(operation.old_fields)}"
                return name, f"rename index {old} to {name}"
            case _:
                return "", "; ".join(self.words_of_options(operation, model)) or describe(operation, self.version)

    def words_of_options(self, operation: Operation, model: Model | None) -> Iterator[str]:
        options = model.options if model is not None else {}
        match operation:
            case ops.AlterModelOptions():
                for name in sorted(options.keys() | operation.options.keys()):
                    # What the operation does not manage stays as it is.
                    if name in operation.options or name in ALTER_OPTION_KEYS:
                        yield from self.option(name, options.get(name), operation.options.get(name))
            case ops.AlterModelTable():
                yield from self.option("db_table", options.get("db_table"), operation.table)
            case ops.AlterModelTableComment():
                yield from self.option("db_table_comment", options.get("db_table_comment"), operation.table_comment)
            case ops.AlterUniqueTogether():
                yield from self.option("unique_together", options.get("unique_together"), operation.unique_together)
            case ops.AlterIndexTogether():
                yield from self.option("index_together", options.get("index_together"), operation.index_together)
            case ops.AlterOrderWithRespectTo():
                name = "order_with_respect_to"
                yield from self.option(name, options.get(name), operation.order_with_respect_to)
            case ops.AlterModelManagers():
                names = ", ".join(name for name, _ in operation.managers) or "none"
                yield f"change the managers that migrations use: {names}"
            case _:
                return

    def option(self, name: str, old: Value | None, new: Value | None) -> Iterator[str]:
        unchanged = old is None and new is None
        if old is not None and new is not None:
            unchanged = same(old, new) is Truth.YES
        if not unchanged:
            yield f"change Meta.{self.argument(name, old, new)}"

    # Fields and values

    def added(self, kind: str, value: Value) -> tuple[str, str]:
        name = str(plain(value.kwargs.get("name", Const("")))) if isinstance(value, Call) else ""
        return name, f"add {kind} {name + ' ' if name else ''}{self.text(_without(value, 'name'))}"

    def field(self, field: Field) -> str:
        """A field as one would write it: "IntegerField(default=0)"."""
        arguments = [self.text(arg) for arg in field.call.args]
        arguments += [f"{name}={self.text(value)}" for name, value in field.call.kwargs.items()]
        return f"{field.call.func.name}({', '.join(arguments)})"

    def altered(self, old: Field | None, operation: ops.AlterField) -> str:
        """Which arguments changed, each from what to what; both fields where the class did."""
        new = operation.field
        if old is None:
            return self.field(new)
        if old.call.func != new.call.func:
            if old.call.func.name == new.call.func.name:
                return f"{old.call.func.path} -> {new.call.func.path}"
            if old.call.args == new.call.args and not list(self.arguments(old.call.kwargs, new.call.kwargs)):
                return f"{old.call.func.name} -> {new.call.func.name}"
            return f"{self.field(old)} -> {self.field(new)}"
        told = list(self.arguments(old.call.kwargs, new.call.kwargs))
        if old.call.args != new.call.args:
            told.insert(0, f"{self.texts(old.call.args)} -> {self.texts(new.call.args)}")
        once = "" if operation.preserve_default else " (rows with NULL need a one-off default)"
        return (", ".join(told) or self.field(new)) + once

    def arguments(self, old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[str]:
        for name in dict.fromkeys([*old, *new]):
            a, b = old.get(name), new.get(name)
            if a is None or b is None or same(a, b) is not Truth.YES:
                yield self.argument(name, a, b)

    def argument(self, name: str, old: Value | None, new: Value | None) -> str:
        """One argument: "max_length 100 -> 200"; of long lists only what came and went."""
        if isinstance(old, Seq) and isinstance(new, Seq):
            before, after = self.text(old), self.text(new)
            if len(before) + len(after) > WIDTH:
                return f"{name} {self.items(old, new)}"
        a = UNSET if old is None else self.text(old)
        b = UNSET if new is None else self.text(new)
        return f"{name} {a} -> {b}" if a != b else f"{name} changed"

    def items(self, old: Seq, new: Seq) -> str:
        gone = [item for item in old.items if all(same(item, other) is not Truth.YES for other in new.items)]
        come = [item for item in new.items if all(same(item, other) is not Truth.YES for other in old.items)]
        told = [f"+{text}" for text in self.some(come)] + [f"-{text}" for text in self.some(gone)]
        return " ".join(told) or "in another order"

    def some(self, items: list[Value]) -> list[str]:
        shown = [self.text(item) for item in items[:MAX_ITEMS]]
        return [*shown, f"({len(items) - MAX_ITEMS} more)"] if len(items) > MAX_ITEMS else shown

    def texts(self, values: Iterable[Value]) -> str:
        return f"({', '.join(map(self.text, values))})"

    def text(self, value: Value) -> str:
        """A value on one line, without the modules of Django's own names, cut where it is long."""
        written = literal(value, self.version)
        if isinstance(written, Literal):
            text = _DJANGO.sub("", written.text)
        else:
            text = _unwritten(value)
        return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."


def _with_fields(names: list[str]) -> str:
    if not names:
        return ""
    more = f" and {len(names) - MAX_FIELDS} more" if len(names) > MAX_FIELDS else ""
    return f" with {', '.join(names[:MAX_FIELDS])}{more}"


def _without(value: Value, name: str) -> Value:
    if not isinstance(value, Call):
        return value
    return Call(value.func, value.args, {key: item for key, item in value.kwargs.items() if key != name}, value.origin)


def _unwritten(value: Value) -> str:
    match value:
        case Ref():
            return value.name
        case Call():
            return f"{value.func.name}(...)"
        case Seq() | Map():
            return "[...]"
        case Unknown() | Const():
            return "?"
