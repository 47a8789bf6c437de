"""The options that hold lists: indexes, constraints, unique_together and index_together.

In: the option's value and what to do with it. Out: the new value, as Django's `ProjectState` would leave it; Unknown
where an entry that could not be read decides. Also what makes an operation invalid by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from migration_guard import versions
from migration_guard.state.operations import AddIndex, CreateModel, Operation, RenameIndex
from migration_guard.values import NONE, Call, Const, Ref, Seq, Unknown, Value, plain
from migration_guard.versions import Version

INDEX = Ref("django.db.models", "Index")


def object_name(value: Value) -> str | Unknown:
    """The name of an index or a constraint; "" where it has none."""
    if not isinstance(value, Call):
        return value if isinstance(value, Unknown) else Unknown("an index or constraint that could not be read")
    name = value.kwargs.get("name", Const(None))
    if isinstance(name, Const):
        return str(name.value) if name.value else ""
    return Unknown("the name of an index or constraint is not known", value.origin)


def appended(option: Value, item: Value) -> Value:
    return replace(option, kind="list", items=(*option.items, item)) if isinstance(option, Seq) else option


def without_object(option: Value, name: str) -> Value:
    """The option without the index or constraint of that name. One that is not there is no error in Django."""
    return _changed(option, name, lambda item: ())


def renamed_object(option: Value, old: str, new: str) -> Value:
    return _changed(option, old, lambda item: (named(item, new),))


def replaced_object(option: Value, name: str, item: Value) -> Value:
    return _changed(option, name, lambda _: (item,))


def named(item: Value, name: str) -> Value:
    """An index or constraint under another name."""
    return replace(item, kwargs={**item.kwargs, "name": Const(name)}) if isinstance(item, Call) else item


def _changed(option: Value, name: str, change: Callable[[Value], tuple[Value, ...]]) -> Value:
    """The option with every entry of a name changed; Unknown where it cannot be known which entry that is."""
    if not isinstance(option, Seq):
        return option
    names = [object_name(item) for item in option]
    doubts = [found for found in names if isinstance(found, Unknown)]
    if doubts and name not in names:
        return doubts[0]
    items: list[Value] = []
    for item, found in zip(option.items, names, strict=True):
        items += change(item) if found == name else (item,)
    return Seq("list", tuple(items), option.origin)


def indexed_together(operation: RenameIndex) -> Call:
    """The index that a `RenameIndex` with `old_fields` makes of an entry of "index_together"."""
    fields = operation.old_fields
    if isinstance(fields, Seq):
        fields = Seq("list", fields.items, fields.origin)
    return Call(INDEX, (), {"name": Const(operation.new_name), "fields": fields}, operation.origin)


def normalize_together(value: Value) -> Value:
    """A set of tuples, as `AlterUniqueTogether` and `AlterIndexTogether` keep it; what is empty stays as it is."""
    if not isinstance(value, Seq) or not value.items:
        return value
    items = value.items
    if value.kind in ("list", "tuple"):
        if not isinstance(items[0], Seq) or items[0].kind not in ("list", "tuple"):
            items = (value,)
        items = tuple(Seq("tuple", item.items, item.origin) if isinstance(item, Seq) else item for item in items)
    return Seq("set", tuple(dict.fromkeys(items)), value.origin)


def renamed_in_together(value: Value, old: str, new: str, version: Version) -> Value | None:
    """The value after a field's name has changed; None where Django fails over it."""
    if isinstance(value, Unknown):
        return value
    if not isinstance(value, Seq):
        return None
    renamed = (tuple(Const(new) if name == Const(old) else name for name in names_in(item)) for item in value)
    return _together(renamed, value, version)


def without_together(value: Value, names: Value, version: Version) -> Value:
    """The value without an entry."""
    if not isinstance(value, Seq) or not value.items or not isinstance(names, Seq):
        return value
    kept = [item for item in value if names_in(item) != names.items]
    if versions.TOGETHER_STAYS_A_SET(version):
        return _together(map(names_in, kept), value, version)
    return Seq("list", tuple(kept), value.origin)


def _together(entries: Iterable[tuple[Value, ...]], value: Seq, version: Version) -> Seq:
    if versions.TOGETHER_STAYS_A_SET(version):
        return Seq("set", tuple(dict.fromkeys(Seq("tuple", entry) for entry in entries)), value.origin)
    return Seq("list", tuple(Seq("list", entry) for entry in entries), value.origin)


def names_in(item: Value) -> tuple[Value, ...]:
    """The names in one entry. A string where a tuple belongs is a row of letters, in Python as here."""
    if isinstance(item, Seq):
        return item.items
    text = plain(item)
    return tuple(Const(letter) for letter in text) if isinstance(text, str) else (item,)


def malformed(operation: Operation) -> str | None:
    """What the constructor of the operation would raise, so that the file cannot even be loaded."""
    match operation:
        case CreateModel():
            bases = [base.value.lower() for base in operation.bases if isinstance(base, Const)]
            paths = [base.path for base in operation.bases if isinstance(base, Ref)]
            return (
                _duplicate("fields", (name for name, _ in operation.fields))
                or _duplicate("bases", (*bases, *paths))
                or _duplicate("managers", (name for name, _ in operation.managers))
            )
        case AddIndex() if object_name(operation.index) == "":
            return "an index that is passed to AddIndex needs a name"
        case RenameIndex() if not operation.old_name and operation.old_fields in (NONE, *_EMPTY):
            return "RenameIndex needs one of old_name and old_fields"
        case RenameIndex() if operation.old_name and operation.old_fields not in (NONE, *_EMPTY):
            return "RenameIndex takes old_name or old_fields, not both"
    return None


def unnamed_index(operation: CreateModel) -> str | None:
    """What stands in the way of a model state: each of its indexes needs a name."""
    indexes = operation.options.get("indexes")
    if isinstance(indexes, Seq) and any(object_name(index) == "" for index in indexes):
        return f'an index in the options of "{operation.name}" has no name'
    return None


_EMPTY = (Seq("list", ()), Seq("tuple", ()))


def _duplicate(argument: str, names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return f'"{name}" appears twice in the {argument} of CreateModel'
        seen.add(name)
    return None
