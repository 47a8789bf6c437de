"""Models as code sees them: where an attribute of an instance, or a part of a lookup, leads.

In: a `State`. Out: `Hop`s along fields, foreign keys backwards, and through inherited fields. Knows no source text;
what a model is not fully known for is said by `complete`, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from migration_guard.state.model import Field, Model, ModelKey, State, resolve_relation
from migration_guard.values import Call, Const, Ref, Unknown

MODEL_BASES = frozenset({"django.db.models.Model", "django.db.models.base.Model"})


@dataclass(frozen=True, slots=True)
class Hop:
    """One step from a model: the field that makes it, who declares that, and the model that it leads to, if any."""

    owner: ModelKey
    name: str
    target: ModelKey | None = None
    many: bool = False
    attname: bool = False
    """`author_id` for the field `author`: the value, not the object."""


class Schema:
    """The models of a state, as a graph of names."""

    def __init__(self, state: State) -> None:
        self.state = state
        self._lineages: dict[ModelKey, tuple[ModelKey, ...]] = {}

    def lineage(self, key: ModelKey) -> tuple[ModelKey, ...]:
        """A model and the concrete models that it inherits from."""
        if key not in self._lineages:
            found: list[ModelKey] = []
            waiting = [key]
            while waiting:
                here = waiting.pop(0)
                model = self.state.get(here)
                if model is not None and here not in found:
                    found.append(here)
                    waiting += [_key_of(base.value) for base in model.bases if isinstance(base, Const)]
            self._lineages[key] = tuple(found)
        return self._lineages[key]

    def models(self, key: ModelKey) -> Iterator[Model]:
        for found in self.lineage(key):
            model = self.state.get(found)
            if model is not None:
                yield model

    def complete(self, key: ModelKey) -> bool:
        """Whether all fields and bases of a model are known: nothing but models of the state and `models.Model`."""
        lineage = list(self.models(key))
        if not lineage or key[0] in self.state.incomplete:
            return False
        for model in lineage:
            if model.incomplete or any(_opaque(base, self.state) for base in model.bases):
                return False
        return True

    # Fields

    def attribute(self, key: ModelKey, name: str) -> Hop | None:
        """What `instance.name` is, where that is a field or the other side of one."""
        return self._forward(key, name) or self._backward(key, name, self.accessors)

    def lookup(self, key: ModelKey, name: str) -> Hop | None:
        """What the part `name` of a lookup is; None for what is no field: a transform, an annotation, a mistake."""
        if name == "pk":
            return self._primary_key(key)
        return self._forward(key, name) or self._backward(key, name, self.queries)

    def field(self, key: ModelKey, name: str) -> tuple[Model, Field] | None:
        for model in self.models(key):
            if name in model.fields:
                return model, model.fields[name]
        return None

    def _forward(self, key: ModelKey, name: str) -> Hop | None:
        for model in self.models(key):
            if name in model.fields:
                return _hop(model, name, model.fields[name])
            stem = name.removesuffix("_id")
            if stem != name and stem in model.fields and _has_column(model.fields[stem]):
                return Hop(model.key, stem, None, attname=True)
        return None

    def _primary_key(self, key: ModelKey) -> Hop | None:
        for model in self.models(key):
            for name, field in model.fields.items():
                if field.attr("primary_key") == Const(True):
                    return _hop(model, name, field)
        return None

    # The other side

    def _backward(self, key: ModelKey, name: str, side: dict[ModelKey, dict[str, Hop]]) -> Hop | None:
        for found in self.lineage(key):
            hop = side.get(found, {}).get(name)
            if hop is not None:
                return hop
        return None

    @property
    def accessors(self) -> dict[ModelKey, dict[str, Hop]]:
        return self._reverse[0]

    @property
    def queries(self) -> dict[ModelKey, dict[str, Hop]]:
        return self._reverse[1]

    @cached_property
    def _reverse(self) -> tuple[dict[ModelKey, dict[str, Hop]], dict[ModelKey, dict[str, Hop]]]:
        accessors: dict[ModelKey, dict[str, Hop]] = {}
        queries: dict[ModelKey, dict[str, Hop]] = {}
        for model in self.state:
            for name, field in model.fields.items():
                label = field.label("to") if field.is_relation else None
                if label is None:
                    continue
                target = resolve_relation(label, model.app_label, model.name)
                accessor, query = _names(model, field)
                hop = Hop(model.key, name, model.key, many=not _one_to_one(field))
                # Of two fields with the same name for the other side the first counts, in code as in Django.
                if accessor is not None:
                    accessors.setdefault(target, {}).setdefault(accessor, hop)
                if query is not None:
                    queries.setdefault(target, {}).setdefault(query, hop)
        return accessors, queries


def _key_of(label: object) -> ModelKey:
    app, _, name = str(label).partition(".")
    return app, name.lower()


def _opaque(base: object, state: State) -> bool:
    match base:
        case Const(value=str(label)):
            return _key_of(label) not in state
        case Ref(path=path):
            return path not in MODEL_BASES
        case _:
            return True


def _hop(model: Model, name: str, field: Field) -> Hop:
    label = field.label("to") if field.is_relation else None
    target = resolve_relation(label, model.app_label, model.name) if label is not None else None
    return Hop(model.key, name, target, many=field.many_to_many)


def _has_column(field: Field) -> bool:
    return field.is_relation and not field.many_to_many


def _one_to_one(field: Field) -> bool:
    return field.type is not None and field.type.relation == "o2o"


def _names(model: Model, field: Field) -> tuple[str | None, str | None]:
    """The accessor and the query name of the other side; None where it is hidden or not known."""
    related = field.attr("related_name")
    if isinstance(related, Unknown | Call):
        return None, None
    word = related.value if isinstance(related, Const) and isinstance(related.value, str) else None
    default = model.option("default_related_name")
    if word is None and isinstance(default, Const) and isinstance(default.value, str):
        word = default.value
    if word is not None:
        word = word.replace("%(class)s", model.name.lower()).replace("%(app_label)s", model.app_label)
        word = word.replace("%(model_name)s", model.name.lower())
    query = field.attr("related_query_name")
    asked = query.value if isinstance(query, Const) and isinstance(query.value, str) else None
    own = model.name.lower()
    accessor = word or (own if _one_to_one(field) else f"{own}_set")
    if accessor.endswith("+"):
        return None, asked
    return accessor, asked or word or own
