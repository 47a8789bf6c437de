"""Which models and fields of two states are the same: renamed, kept, added, removed; computed once, before planning.

Two states and the answers go in, a frozen `Matching` comes out. What is not known for certain (incomplete models and
apps, unreadable fields) is left out of the comparison here, with a `Doubt`, so that no phase ever sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from migration_guard.diff.facts import Leaves, Target
from migration_guard.diff.plan import Doubt, DoubtKind, Hint, Remark
from migration_guard.diff.questions import Answers
from migration_guard.diff.relations import Relations, related_model, relations_of
from migration_guard.state.model import Field, Model, ModelKey, State
from migration_guard.values import Call, Const, Map, Ref, Seq, Truth, Unknown, Value, plain, same, unknowns
from migration_guard.versions import M2M_HAS_NO_COLUMN, Version

FieldKey: TypeAlias = tuple[str, str, str]
"""(app_label, lower-case model name, field name)."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """The models of one state, by how migrations treat them."""

    models: frozenset[ModelKey] = frozenset()
    proxies: frozenset[ModelKey] = frozenset()
    unmanaged: frozenset[ModelKey] = frozenset()

    def without(self, keys: Iterable[ModelKey]) -> Kinds:
        gone = frozenset(keys)
        return Kinds(self.models - gone, self.proxies - gone, self.unmanaged - gone)

    @property
    def all(self) -> frozenset[ModelKey]:
        return self.models | self.proxies | self.unmanaged


@dataclass(frozen=True, slots=True)
class FieldRename:
    """A field that was renamed: the model by its new name."""

    model: ModelKey
    old_name: str
    new_name: str
    old: Field
    new: Field


@dataclass(frozen=True, slots=True)
class Matching:
    """What corresponds to what. Keys are those of the new state; `old` finds the model behind a renamed one.

    `old_fields` and `new_fields` are the fields of kept models; `old_fields` has renamed fields under their new names.
    `unsure` are kept models of which something else than single values is not known.
    """

    before: State
    after: State
    target: Target
    old: Kinds
    new: Kinds
    renamed_models: Mapping[ModelKey, str] = field(default_factory=dict)
    renamed_fields: Mapping[FieldKey, str] = field(default_factory=dict)
    field_renames: tuple[FieldRename, ...] = ()
    old_fields: frozenset[FieldKey] = frozenset()
    new_fields: frozenset[FieldKey] = frozenset()
    relations_before: Relations = field(default_factory=dict)
    relations_after: Relations = field(default_factory=dict)
    through_users: Mapping[ModelKey, FieldKey] = field(default_factory=dict)
    unsure: Mapping[ModelKey, Unknown] = field(default_factory=dict)
    remarks: tuple[Remark, ...] = ()

    @property
    def kept_models(self) -> list[ModelKey]:
        return sorted(self.old.models & self.new.models)

    @property
    def kept_tables(self) -> list[ModelKey]:
        """Kept models of any kind."""
        old, new = self.old, self.new
        return sorted(old.models & new.models | old.proxies & new.proxies | old.unmanaged & new.unmanaged)

    def old_model(self, key: ModelKey) -> Model:
        """The old state of a kept model."""
        return _present(self.before, (key[0], self.renamed_models.get(key, key[1])))

    def new_model(self, key: ModelKey) -> Model:
        return _present(self.after, key)


def _present(state: State, key: ModelKey) -> Model:
    model = state.get(key)
    assert model is not None, key
    return model


def actual_name(model: Model, field_name: str) -> str:
    """`_order` stands for the field that a model is ordered with respect to."""
    ordering = plain(model.option("order_with_respect_to"))
    return str(ordering) if field_name == "_order" and ordering is not None else field_name


def field_named(model: Model, field_name: str) -> Field:
    """A field of a model, `_order` included."""
    return model.fields.get(actual_name(model, field_name)) or model.fields[field_name]


def reason(*values: Value) -> Unknown:
    """Why a comparison of these values could not be decided."""
    for value in values:
        for unknown in unknowns(value):
            return unknown
    for value in values:
        for ref in uncertain_refs(value):
            remedy = "Make the package readable (a virtual environment next to the project, or --python)."
            return Unknown(f"the source of {ref.path} could not be read", ref.origin, remedy)
    return Unknown("the values could not be compared")


def uncertain_refs(value: Value) -> Iterator[Ref]:
    """References inside a value whose module could not be read."""
    match value:
        case Ref():
            if not value.certain:
                yield value
        case Call():
            for item in (value.func, *value.args, *value.kwargs.values()):
                yield from uncertain_refs(item)
        case Const() | Unknown():
            return
        case Seq():
            for item in value.items:
                yield from uncertain_refs(item)
        case Map():
            for pair in value.items:
                for item in pair:
                    yield from uncertain_refs(item)


def same_field(old: Field, new: Field) -> Truth:
    """Whether two fields deconstruct to the same; MAYBE where a class that differs could not be read."""
    truth = same(old.call, new.call)
    if truth is Truth.NO and (old.unknown is not None or new.unknown is not None):
        return Truth.MAYBE
    return truth


def why_unsure(old: Field, new: Field) -> Unknown:
    return old.unknown or new.unknown or reason(new.call, old.call)


def match(
    before: State, after: State, target: Target, leaves: Leaves, answers: Answers, asked_for: frozenset[str]
) -> Matching:
    """Compare the two states' models and fields, asking about renames."""
    matching = Matching(
        before,
        after,
        target,
        _classify(before, leaves.unmigrated),
        _classify(after, leaves.unmigrated - asked_for),
        relations_before=relations_of(before, leaves.unmigrated),
        relations_after=relations_of(after, frozenset()),
    )
    matching = _drop_uncertain_models(matching)
    matching = _rename_models(matching, answers)
    matching = _list_fields(matching)
    matching = _rename_fields(matching, answers)
    return replace(matching, through_users=_through_users(matching))


def _classify(state: State, left_out: frozenset[str]) -> Kinds:
    models: set[ModelKey] = set()
    proxies: set[ModelKey] = set()
    unmanaged: set[ModelKey] = set()
    for model in state:
        if not model.flag("managed", True):
            unmanaged.add(model.key)
        elif model.app_label not in left_out:
            (proxies if model.flag("proxy") else models).add(model.key)
    return Kinds(frozenset(models), frozenset(proxies), frozenset(unmanaged))


def _drop_uncertain_models(matching: Matching) -> Matching:
    """Leave out models that may or may not have to be created or deleted, or whose kind is not known."""
    doubts: list[Doubt] = []
    dropped: set[ModelKey] = set()
    both = matching.old.all & matching.new.all
    for key in sorted(matching.old.all | matching.new.all):
        unknown = _why_uncertain_model(matching, key, key in both)
        if unknown is not None:
            model = matching.after.get(key) or matching.before.get(key)
            doubts.append(Doubt(key[0], f"{key[0]}.{model.name if model else key[1]}", unknown, key))
            dropped.add(key)
    for state in (matching.before, matching.after):
        for app_label, unknowns_ in state.incomplete.items():
            doubts += [Doubt(app_label, app_label, unknown) for unknown in unknowns_]
        for app_label, unknowns_ in state.further.items():
            doubts += [Doubt(app_label, app_label, unknown, kind=DoubtKind.FURTHER) for unknown in unknowns_]
    unsure: dict[ModelKey, Unknown] = {}
    for key in sorted(both - dropped):
        for state in (matching.before, matching.after):
            model = state.get(key)
            for unknown in model.incomplete if model else ():
                unsure.setdefault(key, unknown)
                doubts.append(Doubt(key[0], f"{key[0]}.{model.name if model else key[1]}", unknown))
    return replace(
        matching,
        old=matching.old.without(dropped),
        new=matching.new.without(dropped),
        unsure=unsure,
        remarks=(*matching.remarks, *doubts),
    )


def _why_uncertain_model(matching: Matching, key: ModelKey, kept: bool) -> Unknown | None:
    for state in (matching.before, matching.after):
        model = state.get(key)
        for option in ("managed", "proxy") if model else ():
            if model is not None and isinstance(value := model.option(option), Unknown):
                return value
    if kept:
        return None
    model = matching.after.get(key) or matching.before.get(key)
    reasons = [*(model.incomplete if model else ()), *matching.before.incomplete.get(key[0], ())]
    if key in matching.old.all:
        reasons += matching.after.incomplete.get(key[0], ())
    else:
        reasons += matching.before.further.get(key[0], ())
    return reasons[0] if reasons else None


def _without_targets(model: Model) -> list[Call]:
    """The definitions of a model's fields in the order of their names, without names and targets of relations."""
    calls = []
    for _, item in sorted(model.fields.items()):
        call = item.call
        if item.is_relation:
            call = replace(call, kwargs={k: v for k, v in call.kwargs.items() if k != "to"})
        calls.append(call)
    return calls


def _same_definitions(old: Model, new: Model) -> Truth:
    ours, theirs = _without_targets(old), _without_targets(new)
    if len(ours) != len(theirs):
        return Truth.NO
    return Truth.all(same(a, b) for a, b in zip(ours, theirs, strict=True))


def _rename_models(matching: Matching, answers: Answers) -> Matching:
    old_models = set(matching.old.models)
    renamed: dict[ModelKey, str] = {}
    remarks: list[Remark] = []
    for key in sorted(matching.new.models - matching.old.models):
        new = matching.new_model(key)
        for old_key in sorted(old_models - matching.new.models):
            old = _present(matching.before, old_key)
            if old_key[0] != key[0] or _same_definitions(old, new) is Truth.NO:
                continue
            if answers.rename_model(old, new):
                renamed[key] = old_key[1]
                old_models.remove(old_key)
                old_models.add(key)
                break
            remarks.append(Hint(key[0], f"{key[0]}.{old.name}", f"{key[0]}.{new.name}", "model"))
    return replace(
        matching,
        old=replace(matching.old, models=frozenset(old_models)),
        renamed_models=renamed,
        remarks=(*matching.remarks, *remarks),
    )


def _list_fields(matching: Matching) -> Matching:
    """The fields of kept models, without those that may or may not have been added or removed."""
    old_fields: set[FieldKey] = set()
    new_fields: set[FieldKey] = set()
    doubts: list[Doubt] = []
    for key in matching.kept_models:
        old, new = matching.old_model(key), matching.new_model(key)
        removed, added = old.fields.keys() - new.fields.keys(), new.fields.keys() - old.fields.keys()
        for name in sorted(removed):
            unknown = old.fields[name].unknown or next(iter((*new.incomplete, *old.incomplete)), None)
            if unknown is not None:
                removed.discard(name)
                doubts.append(Doubt(key[0], f"{key[0]}.{new.name}.{name}", unknown))
        for name in sorted(added):
            unknown = new.fields[name].unknown or next(iter(old.incomplete), None)
            if unknown is not None:
                added.discard(name)
                doubts.append(Doubt(key[0], f"{key[0]}.{new.name}.{name}", unknown))
        kept = old.fields.keys() & new.fields.keys()
        old_fields |= {(*key, name) for name in kept | removed}
        new_fields |= {(*key, name) for name in kept | added}
    return replace(
        matching,
        old_fields=frozenset(old_fields),
        new_fields=frozenset(new_fields),
        remarks=(*matching.remarks, *doubts),
    )


def _retargeted(old: Field, new: Field, matching: Matching) -> Field:
    """The old field as it is once renamed models have their new names."""
    label = old.label("to")
    if not new.is_relation or label is None or "to" not in old.call.kwargs:
        return old
    for (app_label, new_name), old_name in matching.renamed_models.items():
        if label == f"{app_label}.{old_name}":
            return old.with_kwargs(to=Const(f"{app_label}.{new_name}"))
    return old


def column_name(name: str, field: Field, version: Version) -> Value:
    """The column of a field of this name, as the autodetector sees it: also many-to-many fields once had one."""
    without = M2M_HAS_NO_COLUMN(version) if field.many_to_many else field.type is not None and not field.type.column
    if without:
        return Const(None)
    column = field.attr("db_column")
    if isinstance(column, Unknown) or plain(column):
        return column
    return Const(f"{name}_id" if field.is_relation and not field.many_to_many else name)


def _renamed(name: str, old: Field, new: Field, version: Version) -> Truth:
    """Whether a field is another one under a new name: the same, or one that keeps the old column explicitly."""
    unchanged = same(old.call, new.call)
    if unchanged is Truth.YES or old.call.func != new.call.func:
        return unchanged
    return Truth.any([unchanged, same(old.with_kwargs(db_column=column_name(name, old, version)).call, new.call)])


def _rename_fields(matching: Matching, answers: Answers) -> Matching:
    old_fields = set(matching.old_fields)
    renames: list[FieldRename] = []
    remarks: list[Remark] = []
    for key in sorted(matching.new_fields - matching.old_fields):
        app_label, model_name, name = key
        old_model, new_model = matching.old_model(key[:2]), matching.new_model(key[:2])
        new = field_named(new_model, name)
        for old_key in sorted(old_fields - matching.new_fields):
            if old_key[:2] != key[:2]:
                continue
            old = field_named(old_model, old_key[2])
            if _renamed(old_key[2], _retargeted(old, new, matching), new, matching.target.version) is Truth.NO:
                continue
            if answers.rename_field(app_label, model_name, old_key[2], name, new):
                renames.append(FieldRename(key[:2], old_key[2], name, old, new))
                old_fields.remove(old_key)
                old_fields.add(key)
                break
            place = f"{app_label}.{new_model.name}"
            remarks.append(Hint(app_label, f"{place}.{old_key[2]}", f"{place}.{name}", "field"))
    return replace(
        matching,
        old_fields=frozenset(old_fields),
        field_renames=tuple(renames),
        renamed_fields={(*rename.model, rename.new_name): rename.old_name for rename in renames},
        remarks=(*matching.remarks, *remarks),
    )


def _through_users(matching: Matching) -> dict[ModelKey, FieldKey]:
    """Which field of the old state uses a model as its `through`."""
    users: dict[ModelKey, FieldKey] = {}
    for app_label, model_name in sorted(matching.old.models):
        model = matching.old_model((app_label, model_name))
        for name, item in model.fields.items():
            through = related_model(item, (app_label, model_name), "through")
            if through is not None:
                users[through] = (app_label, model.name.lower(), name)
    return users
