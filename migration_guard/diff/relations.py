"""How fields and models refer to each other, read off a state: targets, through models, swappable settings, needs.

Takes fields and states, gives model keys and `Need`s. Never decides what changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from migration_guard.diff.facts import Target
from migration_guard.diff.plan import Need, NeedKind
from migration_guard.state import lineage as lineages
from migration_guard.state.fieldtypes import NOT_PROVIDED
from migration_guard.state.lineage import lineage
from migration_guard.state.model import Field, Model, ModelKey, State, resolve_relation
from migration_guard.values import Const, SettingsReference, Truth, Unknown, plain

_M = "django.db.models."
_TIME_FIELDS = frozenset(_M + name for name in ("DateField", "DateTimeField", "TimeField"))
_AUTO_FIELDS = frozenset(_M + name for name in ("AutoField", "SmallAutoField", "BigAutoField"))


def is_time_field(field: Field) -> bool:
    return any(path in _TIME_FIELDS for path in lineage(field.type))


def is_auto_field(field: Field) -> bool:
    return any(path in _AUTO_FIELDS for path in lineage(field.type))


def allows_empty_strings(field: Field) -> bool:
    return lineages.allows_empty_strings(field.type)


def is_foreign_object(field: Field) -> bool:
    """A `ForeignObject` that is not a `ForeignKey`: it names its columns itself."""
    return field.is_relation and not field.many_to_many and "from_fields" in field.call.kwargs


def is_set(field: Field, option: str) -> Truth:
    """Whether a boolean option holds."""
    value = field.attr(option)
    return Truth.MAYBE if isinstance(value, Unknown) else Truth.of(bool(plain(value, True)))


def is_given(field: Field, option: str) -> Truth:
    """Whether "default" or "db_default" was given at all."""
    if option not in field.attrs and option not in field.call.kwargs:
        return Truth.MAYBE if field.type is None else Truth.NO
    return Truth.of(field.attr(option) != NOT_PROVIDED)


def is_generated(field: Field) -> bool:
    return any(path == _M + "GeneratedField" for path in lineage(field.type))


def related_model(field: Field, key: ModelKey, argument: str = "to") -> ModelKey | None:
    """The model that a field's `to` or `through` names."""
    if not field.is_relation:
        return None
    label = field.label(argument)
    return resolve_relation(label, *key) if label else None


def swappable_setting(field: Field, target: Target) -> str | None:
    """The setting that a relation's target is swapped by."""
    label = field.label("to")
    if not label or is_set(field, "swappable") is Truth.NO:
        return None
    return label.setting_name if isinstance(label, SettingsReference) else target.swappables.get(label.lower())


def relation_needs(key: ModelKey, field: Field, target: Target) -> Iterator[Need]:
    """A relation needs the models that it refers to."""
    setting = swappable_setting(field, target)
    model = related_model(field, key)
    if setting is not None:
        model = target.swapped_in(setting) or model
    if model is not None:
        yield Need(*model, None, NeedKind.CREATE, setting)
    through = related_model(field, key, "through")
    if through is not None:
        yield Need(*through, None, NeedKind.CREATE)


def model_needs(model: Model, target: Target) -> tuple[Need, ...]:
    """What all relations of a model need."""
    return tuple(need for field in model.fields.values() for need in relation_needs(model.key, field, target))


def base_keys(model: Model) -> Iterator[ModelKey]:
    """The models that a model inherits from (with a table of their own, or as a proxy)."""
    for base in model.bases:
        if isinstance(base, Const) and isinstance(base.value, str) and "." in base.value:
            app_label, _, name = base.value.partition(".")
            yield app_label, name.lower()


Relations = Mapping[ModelKey, Mapping[ModelKey, Mapping[str, Field]]]
"""For each model: which fields of which models refer to it. A proxy shares those of its concrete model."""


def relations_of(state: State, unmigrated: frozenset[str]) -> Relations:
    """Every model's incoming relations."""
    proxies = {model.key: model for model in state if model.flag("proxy")}
    concrete = {key: _concrete(model, proxies) for key, model in proxies.items()}
    found: dict[ModelKey, dict[ModelKey, dict[str, Field]]] = {}
    for model in state:
        for name, field in model.fields.items():
            for argument in ("to", "through"):
                remote = related_model(field, model.key, argument)
                if remote is None:
                    continue
                if remote[0] not in unmigrated:
                    remote = concrete.get(remote, remote)
                found.setdefault(remote, {}).setdefault(model.key, {})[name] = field
    for key, remote in concrete.items():
        if remote in found:
            found[key] = found[remote]
    return found


def _concrete(model: Model, proxies: Mapping[ModelKey, Model]) -> ModelKey:
    seen = {model.key}
    while True:
        base = next(base_keys(model), None)
        if base is None or base in seen:
            return model.key
        if base not in proxies:
            return base
        seen.add(base)
        model = proxies[base]
