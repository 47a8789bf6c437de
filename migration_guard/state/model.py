"""The project's state: fields, models, and the immutable state that operations transform.

Pure domain in Django's terms (`django.db.migrations.state`), over deconstructed values. No files, no source, no SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from migration_guard.state.fieldtypes import FieldType
from migration_guard.values import NONE, Call, Const, Origin, Unknown, Value

ModelKey: TypeAlias = tuple[str, str]
"""(app_label, lower-case model name)."""


def resolve_relation(label: str, app_label: str, model_name: str) -> ModelKey:
    """The model that a relation's string names, seen from a model: "self", "Name" or "app_label.Name"."""
    if label == "self":
        return app_label, model_name.lower()
    app, dot, name = label.partition(".")
    return (app, name.lower()) if dot else (app_label, app.lower())


@dataclass(frozen=True, slots=True)
class Field:
    """A field as a migration would write it, and what Django knows of it beyond that.

    `call` is `deconstruct()` without the name: equality and text. `type` is the nearest class of Django's own that the
    field's class derives from (None: that class could not be read). `attrs` are the options that differ from
    the type's defaults, also those that a custom `deconstruct` hides. `unknown` says why the field as a whole is not
    known for certain (its class could not be read, so it may not be a field at all).
    """

    call: Call
    type: FieldType | None
    attrs: Mapping[str, Value] = field(default_factory=dict, compare=False)
    unknown: Unknown | None = field(default=None, compare=False)

    @property
    def origin(self) -> Origin | None:
        return self.call.origin

    def attr(self, name: str) -> Value:
        """An option's value: as given, else the type's default, else None."""
        if name in self.attrs:
            return self.attrs[name]
        if name in self.call.kwargs:
            return self.call.kwargs[name]
        if self.type is None:
            return self.unknown or Unknown(f"the class {self.call.func.path} could not be read", self.origin)
        return self.type.default(name)

    @property
    def is_relation(self) -> bool:
        return self.type is not None and self.type.relation is not None

    @property
    def many_to_many(self) -> bool:
        return self.type is not None and self.type.relation == "m2m"

    def label(self, name: str) -> str | None:
        """The string of the argument `name` ("to" or "through") where the field has one."""
        value = self.call.kwargs.get(name) or self.attrs.get(name)
        return value.value if isinstance(value, Const) and isinstance(value.value, str) else None

    def with_kwargs(self, **changes: Value | None) -> Field:
        """A copy with some keyword arguments replaced, or removed where None is given."""
        kwargs = {k: v for k, v in self.call.kwargs.items() if k not in changes}
        attrs = {k: v for k, v in self.attrs.items() if k not in changes}
        for name, value in changes.items():
            if value is not None:
                kwargs[name] = value
                attrs[name] = value
        # Keep the written order of arguments that were there before.
        ordered = {k: kwargs[k] for k in (*self.call.kwargs, *changes) if k in kwargs}
        return replace(self, call=replace(self.call, kwargs=ordered), attrs=attrs)


@dataclass(frozen=True, slots=True)
class Model:
    """`ModelState`: one model. Names of models inside values are "app_label.modelname" as Django deconstructs them.

    `options` include "indexes" and "constraints" (lists of Calls, names filled in), as in Django. `bases` are
    Const("app_label.modelname") or Ref. `managers` are (name, Call or Ref). `incomplete` says what about the model
    (beyond single values) is not known: an unreadable base may bring further fields.
    """

    app_label: str
    name: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    options: Mapping[str, Value] = field(default_factory=dict)
    bases: tuple[Value, ...] = ()
    managers: tuple[tuple[str, Value], ...] = ()
    origin: Origin | None = field(default=None, compare=False)
    incomplete: tuple[Unknown, ...] = field(default=(), compare=False)
    _targets: frozenset[ModelKey] | None = field(default=None, init=False, compare=False, repr=False)

    @property
    def targets(self) -> frozenset[ModelKey]:
        """The models that its relations point to or go through."""
        if self._targets is None:
            labels = {label for f in self.fields.values() for label in (f.label("to"), f.label("through")) if label}
            keys = frozenset(resolve_relation(label, self.app_label, self.name) for label in labels)
            object.__setattr__(self, "_targets", keys)  # a cache: nothing that can be observed changes
            return keys
        return self._targets

    @property
    def key(self) -> ModelKey:
        return self.app_label, self.name.lower()

    @property
    def label_lower(self) -> str:
        return f"{self.app_label}.{self.name.lower()}"

    def option(self, name: str, default: Value = NONE) -> Value:
        return self.options.get(name, default)

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean option such as "proxy" or "managed"."""
        value = self.options.get(name)
        return bool(value.value) if isinstance(value, Const) else default


@dataclass(frozen=True, slots=True)
class State:
    """`ProjectState`: all models, by app label and lower-case name. Immutable; changes return a new State.

    `incomplete` maps an app label to the reasons why its set of models is not fully known, `further` to why there may
    be more of them besides. `swappable` maps "app_label.modelname" of a model that a setting selects to the setting's
    name.
    """

    apps: Mapping[str, Mapping[str, Model]] = field(default_factory=dict)
    incomplete: Mapping[str, tuple[Unknown, ...]] = field(default_factory=dict, compare=False)
    swappable: Mapping[str, str] = field(default_factory=dict, compare=False)
    further: Mapping[str, tuple[Unknown, ...]] = field(default_factory=dict, compare=False)

    @staticmethod
    def of(models: Iterable[Model]) -> State:
        apps: dict[str, dict[str, Model]] = {}
        for model in models:
            apps.setdefault(model.app_label, {})[model.name.lower()] = model
        return State(apps)

    def get(self, key: ModelKey) -> Model | None:
        return self.apps.get(key[0], {}).get(key[1])

    def __contains__(self, key: ModelKey) -> bool:
        return key[1] in self.apps.get(key[0], {})

    def __iter__(self) -> Iterator[Model]:
        for models in self.apps.values():
            yield from models.values()

    def put(self, *models: Model) -> State:
        """A state with these models added or replaced in place."""
        apps = dict(self.apps)
        for label in {model.app_label for model in models}:
            apps[label] = dict(apps.get(label, {}))
        for model in models:
            apps[model.app_label][model.name.lower()] = model  # type: ignore[index]
        return replace(self, apps=apps)

    def drop(self, key: ModelKey) -> State:
        apps = dict(self.apps)
        apps[key[0]] = {name: model for name, model in apps.get(key[0], {}).items() if name != key[1]}
        return replace(self, apps=apps)

    def with_further(self, app_label: str, *reasons: Unknown) -> State:
        """A state in which an app may have more models than are known."""
        return replace(self, further={**self.further, app_label: (*self.further.get(app_label, ()), *reasons)})

    def may_have_more(self, app_label: str) -> bool:
        """Whether a model that is not here may exist all the same."""
        return app_label in self.incomplete or app_label in self.further

    def doubt(self, app_label: str, *reasons: Unknown) -> State:
        """A state in which an app is marked as not fully known."""
        incomplete = dict(self.incomplete)
        incomplete[app_label] = (*incomplete.get(app_label, ()), *reasons)
        return replace(self, incomplete=incomplete)
