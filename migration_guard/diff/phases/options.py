"""Changed options of kept models: Meta, managers, table name and comment, order_with_respect_to, unique_together.

Takes the `Matching`, yields `Planned`. An option whose value is not known is a `Doubt`, never an operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from migration_guard.diff.matching import Matching, actual_name, reason
from migration_guard.diff.plan import Doubt, Need, NeedKind, Planned, Remark
from migration_guard.diff.relations import relation_needs
from migration_guard.diff.values_of import Together, together, together_value
from migration_guard.state.model import Model, ModelKey
from migration_guard.state.operations import (
    AlterIndexTogether,
    AlterModelManagers,
    AlterModelOptions,
    AlterModelTable,
    AlterModelTableComment,
    AlterOrderWithRespectTo,
    AlterUniqueTogether,
    Operation,
)
from migration_guard.values import Const, Map, Seq, Truth, Unknown, Value, plain, same

ALTER_OPTION_KEYS = (
    "base_manager_name",
    "default_manager_name",
    "default_related_name",
    "get_latest_by",
    "managed",
    "ordering",
    "permissions",
    "default_permissions",
    "select_on_save",
    "verbose_name",
    "verbose_name_plural",
)
"""The options that `AlterModelOptions` carries."""


def compared(matching: Matching, key: ModelKey, what: str, old: Value, new: Value) -> tuple[bool, Doubt | None]:
    """Whether a part of a kept model changed for certain, or else why that is not known."""
    truth = same(old, new)
    if truth is Truth.YES:
        return False, None
    subject = f"{key[0]}.{matching.new_model(key).name} ({what})"
    if truth is Truth.MAYBE:
        return False, Doubt(key[0], subject, reason(new, old))
    if key in matching.unsure:
        return False, Doubt(key[0], subject, matching.unsure[key])
    return True, None


def _changed(
    matching: Matching,
    keys: list[ModelKey],
    what: str,
    read: Callable[[Model], Value],
    operation: Callable[[ModelKey, Model], Operation],
) -> Iterator[Planned | Remark]:
    for key in keys:
        new = matching.new_model(key)
        changed, doubt = compared(matching, key, what, read(matching.old_model(key)), read(new))
        if doubt is not None:
            yield doubt
        elif changed:
            yield Planned(key[0], operation(key, new))


def _plain_options(matching: Matching, model: Model) -> dict[str, Value]:
    names = frozenset(ALTER_OPTION_KEYS) - matching.target.ignored_options
    return {name: value for name, value in model.options.items() if name in names}


def altered_options(matching: Matching) -> Iterator[Planned | Remark]:
    """AlterModelOptions, also where a model becomes managed or unmanaged."""
    old, new = matching.old, matching.new
    switched = old.unmanaged & new.models | old.models & new.unmanaged
    return _changed(
        matching,
        sorted({*matching.kept_tables, *switched}),
        "options",
        lambda model: Map(tuple((Const(name), value) for name, value in _plain_options(matching, model).items())),
        lambda key, model: AlterModelOptions(name=key[1], options=_plain_options(matching, model)),
    )


def _managers(model: Model) -> Value:
    """The managers as one value: of a manager that is not known, it is not known either whether it counts at all."""
    opaque = next((value for _, value in model.managers if isinstance(value, Unknown)), None)
    return opaque or Seq("list", tuple(Seq("tuple", (Const(name), value)) for name, value in model.managers))


def altered_managers(matching: Matching) -> Iterator[Planned | Remark]:
    """AlterModelManagers."""
    return _changed(
        matching,
        matching.kept_models,
        "managers",
        _managers,
        lambda key, model: AlterModelManagers(name=key[1], managers=model.managers),
    )


def altered_db_table_comment(matching: Matching) -> Iterator[Planned | Remark]:
    """AlterModelTableComment."""
    return _changed(
        matching,
        matching.kept_tables,
        "db_table_comment",
        lambda model: model.option("db_table_comment"),
        lambda key, model: AlterModelTableComment(name=key[1], table_comment=model.option("db_table_comment")),
    )


def altered_db_table(matching: Matching) -> Iterator[Planned | Remark]:
    """AlterModelTable."""
    return _changed(
        matching,
        matching.kept_tables,
        "db_table",
        lambda model: model.option("db_table"),
        lambda key, model: AlterModelTable(name=key[1], table=model.option("db_table")),
    )


def altered_order_with_respect_to(matching: Matching) -> Iterator[Planned | Remark]:
    """AlterOrderWithRespectTo, after the field that it orders by."""
    for key in matching.kept_models:
        new = matching.new_model(key).option("order_with_respect_to")
        old = matching.old_model(key).option("order_with_respect_to")
        changed, doubt = compared(matching, key, "order_with_respect_to", old, new)
        if doubt is not None:
            yield doubt
        elif changed:
            needs = (Need(*key, str(plain(new)), NeedKind.CREATE),) if plain(new) else ()
            yield Planned(key[0], AlterOrderWithRespectTo(name=key[1], order_with_respect_to=new), needs)


@dataclass(frozen=True, slots=True)
class TogetherChange:
    """A changed `unique_together` or `index_together` of a kept model."""

    key: ModelKey
    old: Together
    new: Together
    needs: tuple[Need, ...]


def together_changes(matching: Matching, option: str) -> Iterator[TogetherChange | Remark]:
    """Where the option changed. Renamed fields are looked up as Django does it: by their new names."""
    for key in matching.kept_models:
        values = [matching.old_model(key).option(option), matching.new_model(key).option(option)]
        old, new = (together(value) for value in values)
        subject = f"{key[0]}.{matching.new_model(key).name} ({option})"
        if old is None or new is None:
            if same(values[0], values[1]) is not Truth.YES:
                yield Doubt(key[0], subject, reason(values[1], values[0]))
            continue
        old = frozenset(tuple(matching.renamed_fields.get((*key, name), name) for name in row) for row in old)
        if old == new:
            continue
        if key in matching.unsure:
            yield Doubt(key[0], subject, matching.unsure[key])
            continue
        yield TogetherChange(key, old, new, tuple(_together_needs(matching, key, new)))


def _together_needs(matching: Matching, key: ModelKey, rows: Together) -> Iterator[Need]:
    model = matching.new_model(key)
    for row in sorted(rows):
        for name in row:
            field = model.fields.get(actual_name(model, name))
            if field is not None and field.is_relation:
                yield from relation_needs(key, field, matching.target)


def _alter(option: str, key: ModelKey, rows: Together) -> Operation:
    value = together_value(rows)
    if option == "unique_together":
        return AlterUniqueTogether(name=key[1], unique_together=value)
    return AlterIndexTogether(name=key[1], index_together=value)


def narrowed_together(
    matching: Matching, option: str, renamed_to_indexes: frozenset[tuple[ModelKey, tuple[str, ...]]] = frozenset()
) -> Iterator[Planned | Remark]:
    """Before fields go: the rows that stay."""
    for change in together_changes(matching, option):
        if not isinstance(change, TogetherChange):
            yield change
            continue
        old = frozenset(row for row in change.old if (change.key, row) not in renamed_to_indexes)
        staying = change.new & old
        if staying or old:
            yield Planned(change.key[0], _alter(option, change.key, staying), change.needs)


def widened_together(matching: Matching, option: str) -> Iterator[Planned | Remark]:
    """After fields came: all rows."""
    for change in together_changes(matching, option):
        if isinstance(change, TogetherChange) and change.new - change.old:
            yield Planned(change.key[0], _alter(option, change.key, change.new), change.needs)
