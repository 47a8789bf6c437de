"""What an operation changes, destroys and uses, to tell whether two operations commute.

An operation in, a `Touch` out. Names only: whether a database minds is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from migration_guard.diff.values_of import called_name
from migration_guard.state.model import Field, ModelKey, resolve_relation
from migration_guard.state.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterConstraint,
    AlterField,
    AlterIndexTogether,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTable,
    AlterModelTableComment,
    AlterOrderWithRespectTo,
    AlterUniqueTogether,
    CreateModel,
    CustomOperation,
    DeleteModel,
    Operation,
    RemoveConstraint,
    RemoveField,
    RemoveIndex,
    RenameField,
    RenameIndex,
    RenameModel,
    RunPython,
    RunSQL,
    SeparateDatabaseAndState,
    ValidateConstraint,
)
from migration_guard.state.references import expression_names
from migration_guard.values import Call, Const, Seq, Value, plain

Thing: TypeAlias = tuple[str, str, str]
"""(app_label, model, what): "" for the model itself, else a field ("title") or an option ("index title_idx")."""


@dataclass(frozen=True, slots=True)
class Touch:
    """`changes` are things whose state is set here, `destroys` those that are gone afterwards, `uses` those needed.

    `sets`: the operation sets a value whatever it was before. `opaque`: it may do anything.
    """

    changes: frozenset[Thing] = frozenset()
    destroys: frozenset[Thing] = frozenset()
    uses: frozenset[Thing] = frozenset()
    sets: bool = False
    opaque: bool = False

    def clash(self, other: Touch) -> str | None:
        """What both touch in a way that makes the order matter."""
        pairs = (
            (self.changes, other.changes),
            (self.uses, other.destroys),
            (self.destroys, other.uses),
        )
        for ours, theirs in pairs:
            for thing in sorted(ours):
                for counterpart in sorted(theirs):
                    if thing[:2] == counterpart[:2] and (
                        thing[2] == counterpart[2] or "" in (thing[2], counterpart[2])
                    ):
                        return f"{thing[1]}.{thing[2] or counterpart[2]}".rstrip(".")
        return None

    def __or__(self, other: Touch) -> Touch:
        return Touch(
            self.changes | other.changes,
            self.destroys | other.destroys,
            self.uses | other.uses,
            self.sets and other.sets,
            self.opaque or other.opaque,
        )


def touch(operation: Operation, app_label: str) -> Touch:
    """What an operation of an app touches."""
    match operation:
        case CreateModel(name=name, fields=fields):
            own = (app_label, name.lower())
            return Touch(frozenset({(*own, "")}), uses=frozenset(_targets(own, (field for _, field in fields))))
        case DeleteModel(name=name):
            gone = frozenset({(app_label, name.lower(), "")})
            return Touch(gone, gone)
        case RenameModel(old_name=old, new_name=new):
            gone = frozenset({(app_label, old.lower(), "")})
            return Touch(gone | {(app_label, new.lower(), "")}, gone)
        case SeparateDatabaseAndState(state_operations=inner):
            return _joined(inner, app_label, opaque=bool(operation.database_operations))
        case CustomOperation(state_operations=inner):
            return _joined(inner, app_label, opaque=True)
        case RunSQL(state_operations=inner):
            return _joined(inner, app_label, opaque=True)
        case RunPython():
            return Touch(opaque=True)
    return (
        _touch_field(operation, app_label) or _touch_index(operation, app_label) or _touch_option(operation, app_label)
    )


def _joined(operations: Iterable[Operation], app_label: str, opaque: bool) -> Touch:
    result = Touch(opaque=opaque)
    for operation in operations:
        result |= touch(operation, app_label)
    return result


def _targets(own: ModelKey, fields: Iterable[Field]) -> Iterator[Thing]:
    """The models that relations refer to."""
    for field in fields:
        for argument in ("to", "through"):
            label = field.label(argument)
            if label and (model := resolve_relation(label, *own)) != own:
                yield (*model, "")


def _touch_field(operation: Operation, app_label: str) -> Touch | None:
    match operation:
        case AddField(model_name=model, name=name, field=field) | AlterField(model_name=model, name=name, field=field):
            own = (app_label, model.lower())
            uses = {(*own, other) for other in expression_names(field.attr("expression"))}
            sets = isinstance(operation, AlterField)
            return Touch(frozenset({(*own, name)}), uses=frozenset(_targets(own, [field])) | uses, sets=sets)
        case RemoveField(model_name=model, name=name):
            gone = frozenset({(app_label, model.lower(), name)})
            return Touch(gone, gone)
        case RenameField(model_name=model, old_name=old, new_name=new):
            gone = frozenset({(app_label, model.lower(), old)})
            return Touch(gone | {(app_label, model.lower(), new)}, gone)
    return None


def _touch_index(operation: Operation, app_label: str) -> Touch | None:
    match operation:
        case AddIndex(model_name=model, index=value):
            return _object(app_label, model, f"index {called_name(value)}", value)
        case AddConstraint(model_name=model, constraint=value) | AlterConstraint(model_name=model, constraint=value):
            return _object(app_label, model, f"constraint {called_name(value)}", value)
        case RemoveIndex(model_name=model, name=name):
            return _object(app_label, model, f"index {name}")
        case RemoveConstraint(model_name=model, name=name) | ValidateConstraint(model_name=model, name=name):
            return _object(app_label, model, f"constraint {name}")
        case RenameIndex(model_name=model, old_name=old, new_name=new):
            key = (app_label, model.lower())
            return Touch(frozenset({(*key, f"index {new}"), (*key, f"index {old}" if old else "index_together")}))
    return None


def _object(app_label: str, model: str, name: str, value: Value | None = None) -> Touch:
    key = (app_label, model.lower())
    uses = {(*key, field) for field in _columns(value)} if value is not None else set()
    return Touch(frozenset({(*key, name)}), uses=frozenset(uses), sets=False)


def _columns(value: Value) -> Iterator[str]:
    """The fields that an index or a constraint is about."""
    if not isinstance(value, Call):
        return
    for argument in ("fields", "include"):
        for name in plain(value.kwargs.get(argument, Seq("list", ())), None) or ():
            yield str(name).lstrip("-")
    yield from expression_names(_without_strings(value))


def _without_strings(value: Call) -> Call:
    """The index or constraint without arguments that are plain strings and no expressions."""
    return Call(value.func, value.args, {k: v for k, v in value.kwargs.items() if not isinstance(v, Const)})


def _touch_option(operation: Operation, app_label: str) -> Touch:
    match operation:
        case AlterModelOptions(name=name):
            return _options(app_label, name, ("options",))
        case AlterModelTable(name=name):
            return _options(app_label, name, ("db_table",))
        case AlterModelTableComment(name=name):
            return _options(app_label, name, ("db_table_comment",))
        case AlterModelManagers(name=name):
            return _options(app_label, name, ("managers",))
        case AlterOrderWithRespectTo(name=name, order_with_respect_to=field):
            return _options(app_label, name, ("order_with_respect_to",), [str(plain(field))] if plain(field) else [])
        case AlterUniqueTogether(name=name, unique_together=rows):
            return _options(app_label, name, ("unique_together",), _names(rows))
        case AlterIndexTogether(name=name, index_together=rows):
            return _options(app_label, name, ("index_together",), _names(rows))
    return Touch(opaque=True)


def _names(rows: Value) -> list[str]:
    return sorted({name for row in plain(rows) or () for name in row})


def _options(app_label: str, name: str, options: Iterable[str], used: Iterable[str] = ()) -> Touch:
    key = (app_label, name.lower())
    changes = frozenset((*key, f"Meta {option}") for option in options)
    return Touch(changes, uses=frozenset((*key, field) for field in used), sets=True)
