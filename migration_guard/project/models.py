"""Model classes as `state.Model`s: what `ModelState.from_model` would hold for each class of the program.

In: classes of the interpreter that derive from `django.db.models.Model`. Out: models with fields in Django's order,
options, bases and managers. The rules are those of `ModelBase` and `Options`
(https://docs.djangoproject.com/en/stable/topics/db/models/#model-inheritance).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from migration_guard.evaluate.classes import find
from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import (
    Class,
    External,
    Function,
    Instance,
    Object,
    Raised,
    Stuck,
    Thunk,
)
from migration_guard.project import managers, meta, metaview, order
from migration_guard.project.fields import copied, field_type, make_field
from migration_guard.project.natives.framework import APPS, APPS_CLASS
from migration_guard.state.model import Field, Model
from migration_guard.values import Const, Ref, SettingsReference, Unknown, Value


@dataclass(slots=True)
class Entry:
    """A field of a model being built. `order` stands for Django's creation counter."""

    name: str
    obj: Instance
    order: tuple[Any, ...]
    many_to_many: bool = False
    private: bool = False
    primary_key: bool = False


@dataclass(eq=False, slots=True)
class Built:
    """What `_meta` knows of a model class."""

    cls: Class
    app_label: str
    abstract: bool
    meta: meta.Meta
    entries: list[Entry] = field(default_factory=list)
    parents: dict[Class, str | None] = field(default_factory=dict)
    """Concrete parents and the name of the link to each (None for proxies)."""
    view: Instance | None = None
    """What interpreted code sees as `_meta`."""
    doubts: list[Unknown] = field(default_factory=list)
    makes_models: list[Unknown] = field(default_factory=list)
    """Attributes that could not be read and that may make further models, such as a history of changes."""

    @property
    def proxy(self) -> bool:
        return self.meta.flag("proxy")

    @property
    def label_lower(self) -> str:
        return f"{self.app_label}.{self.cls.name.lower()}"

    @property
    def elsewhere(self) -> bool:
        """Whether `Meta.apps` names a registry of its own, so that the project's registry lacks the model."""
        apps = self.meta.get("apps")
        return isinstance(apps, Instance) and APPS_CLASS in apps.cls.mro and apps is not APPS

    def entry(self, name: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.name == name), None)

    def add(self, entry: Entry) -> None:
        self.entries = [other for other in self.entries if other.name != entry.name or other.private != entry.private]
        self.entries.append(entry)


class ModelBuilder:
    """Builds models, each class once. `app_label_of` names the app of a module, or None outside of all apps."""

    def __init__(
        self,
        interp: Interpreter,
        base: Class,
        app_label_of: Callable[[str], str | None],
        auto_field_of: Callable[[str], str | Unknown],
        start_modules: Sequence[str] = (),
    ) -> None:
        self.interp = interp
        self.base = base
        self.app_label_of = app_label_of
        self.auto_field_of = auto_field_of
        self.import_order = order.ImportOrder(interp, start_modules)
        self.on_demand = False
        """Whether models that are only named are read when something is asked of them."""
        self._built: dict[int, Built | None] = {}
        self._building: list[Built] = []
        self.prepared: list[Class] = []
        """Concrete models in the order in which Django would send `class_prepared` for them."""
        interp.hooks["model_label"] = self.label
        interp.hooks["add_field"] = self._add_from_program
        metaview.install(self)

    def is_model(self, obj: Object) -> bool:
        return isinstance(obj, Class) and obj is not self.base and self.base in obj.mro

    def label(self, cls: Object) -> str | Unknown:
        """ "app_label.modelname" of a model class."""
        built = self.build(cls) if self.is_model(cls) else None
        if built is None:
            return Unknown(f"{cls!r} is not a model of an installed app")
        return built.label_lower

    def build(self, cls: Class) -> Built | None:
        """The `_meta` of a model class; None for one that belongs to no app (Django refuses it)."""
        key = id(cls)
        if key not in self._built:
            label = self._app_label(cls)
            if label is None:
                self._built[key] = None
            else:
                own = meta.meta_of(self.interp, cls, self.is_model, self._abstract_meta)
                built = Built(cls, label, own.flag("abstract"), own, doubts=list(cls.doubts))
                self._built[key] = built
                self._building.append(built)
                try:
                    self._fill(built)
                finally:
                    self._building.pop()
        return self._built[key]

    def _app_label(self, cls: Class) -> str | None:
        own = meta.meta_of(self.interp, cls, self.is_model, self._abstract_meta)
        stated = own.plain("app_label")
        if isinstance(stated, str):
            return stated
        label = self.app_label_of(cls.module)
        if label is None and own.flag("abstract"):
            return ""
        return label

    def _abstract_meta(self, cls: Class) -> bool:
        """Whether a Meta class belongs to an abstract model, which then has `abstract = False` for its heirs."""
        return True

    # Fields

    def _fill(self, built: Built) -> None:
        for name, value in list(built.cls.namespace.items()):
            self._contribute(built, name, value)
        if not built.proxy:
            self._inherit(built)
        else:
            self._inherit_proxy(built)
        if built.abstract:
            return
        if not built.proxy:
            self._primary_key(built)
        self.prepared.append(built.cls)

    def _contribute(self, built: Built, name: str, value: Object) -> None:
        if isinstance(value, Thunk):
            value = built.cls.namespace[name] = value.force()
        if isinstance(value, Unknown):
            self._unknown_attribute(built, name, value)
            return
        if not isinstance(value, Instance):
            return
        found, contribute = find(value.cls.mro, "contribute_to_class")
        if found and isinstance(contribute, Function):
            try:
                self.interp.call(contribute, [value, built.cls, name], {})
            except (Stuck, Raised) as error:
                self.interp.note(
                    error.unknown if isinstance(error, Stuck) else Unknown(f"contribute_to_class raises {error}")
                )
            if field_type(value.cls) is not None and built.entry(name) is None and _passes_on(contribute.body):
                self.add(built, name, value)
        elif field_type(value.cls) is not None:
            self.add(built, name, value)
        elif value.cls.doubts and not found:
            self._maybe_field(built, name, value)

    def _maybe_field(self, built: Built, name: str, value: Instance) -> None:
        """An instance of a class that could not be read: it may be a field, a manager or a descriptor."""
        if value.cls.name.endswith(("Manager", "QuerySet", "Tracker", "Descriptor")):
            return
        if not value.cls.name.endswith("Field"):
            doubt = value.cls.doubts[0]
            built.makes_models.append(
                Unknown(f"{built.cls.name}.{name} may make further models: {doubt.reason}", value.origin, doubt.remedy)
            )
        if not value.cls.name.endswith("Records"):
            built.add(Entry(name, value, value.order))

    def _unknown_attribute(self, built: Built, name: str, value: Unknown) -> None:
        if name.startswith("__"):
            return
        # What looks like plain data or a manager is no field; a value that could be one leaves a doubt.
        opaque = Class(f"<{name}>", built.cls.module, name, doubts=(value,), canonical=Ref("", name, certain=False))
        built.add(Entry(name, Instance(opaque, origin=value.origin, doubts=(value,)), self.interp.tick()))

    def _add_from_program(self, cls: Object, obj: Instance, name: str, private: bool) -> None:
        """`field.contribute_to_class(cls, name)`, reached from the program's own code."""
        if not isinstance(cls, Class):
            return
        built = next((b for b in reversed(self._building) if b.cls is cls), None)
        if built is None and id(cls) in self._built:
            built = self._built[id(cls)]
        if built is None:
            cls.namespace.setdefault(name, obj)
            return
        self.add(built, name, obj, private=private)

    def add_to_class(self, cls: Class, name: str, value: Object) -> None:
        """`cls.add_to_class(name, value)`, before or after the model was built."""
        built = self._built.get(id(cls))
        if built is None:
            cls.namespace[name] = value
            return
        self._contribute(built, name, value)
        if built.entry(name) is None:
            cls.namespace[name] = value

    def add(self, built: Built, name: str, obj: Instance, *, private: bool = False) -> None:
        row = field_type(obj.cls)
        if row is None:
            return
        given = obj.attrs.get("name")  # `Field(name=...)` goes before the name of the attribute
        name = given if isinstance(given, str) and given else name
        many = obj.cls.find("many_to_many") is True or row.relation == "m2m"
        built.add(Entry(name, obj, obj.order, many, private or row.private))

    def _inherit(self, built: Built) -> None:
        """Fields of abstract bases, and links to concrete ones."""
        cls = built.cls
        direct = [base for base in cls.bases if self.is_model(base)]
        links = self._explicit_links(built, direct)
        own = {entry.name for entry in built.entries}
        inherited: set[str] = set()
        for base in cls.mro:
            if base not in direct:
                if base is not cls:
                    inherited.update(base.namespace)
                continue
            parent = self.build(base)
            if parent is None:
                continue
            built.doubts += [doubt for doubt in parent.doubts if doubt not in built.doubts]
            if parent.abstract:
                self._copy_fields(built, parent, own, inherited)
            else:
                names = [entry.name for entry in parent.entries if not entry.private]
                built.doubts += [_clash(built, parent, name) for name in names if name in own]
                inherited.update(names)
                self._link(built, parent, links)

    def _copy_fields(self, built: Built, parent: Built, own: set[str], inherited: set[str]) -> None:
        namespace = built.cls.namespace
        for entry in [e for e in parent.entries if not e.private] + [e for e in parent.entries if e.private]:
            if entry.name in own or entry.name in namespace or entry.name in inherited:
                continue
            if built.entry(entry.name) is None:
                copy = replace(entry, obj=copied(entry.obj))
                if isinstance(find(copy.obj.cls.mro, "contribute_to_class")[1], Function):
                    self._contribute(built, entry.name, copy.obj)
                if built.entry(entry.name) is None:
                    built.add(copy)
        for cls, link in parent.parents.items():
            built.parents.setdefault(cls, link)

    def _explicit_links(self, built: Built, direct: list[Object]) -> dict[str, str]:
        """One-to-one fields declared on the class or its abstract bases, by the label of what they point at."""
        links: dict[str, str] = {}
        holders = [built, *(b for b in map(self.build, direct) if b is not None and b.abstract)]
        for holder in reversed(holders):
            for entry in holder.entries:
                row = field_type(entry.obj.cls)
                if row is not None and row.relation == "o2o":
                    target = self.target(built, entry.obj)
                    if isinstance(target, str):
                        links[target] = entry.name
        return links

    def _link(self, built: Built, parent: Built, links: dict[str, str]) -> None:
        concrete = self.concrete(parent)
        name = links.get(concrete.label_lower)
        if name is None:
            name = f"{concrete.cls.name.lower()}_ptr"
            if built.entry(name) is None and name not in built.cls.namespace:
                self._add_link(built, concrete, name)
        else:
            self._mark_parent_link(built, name)
        built.parents[concrete.cls] = name

    def _add_link(self, built: Built, concrete: Built, name: str) -> None:
        natives = self.interp.natives["django.db.models"]
        cls: Object = natives["OneToOneField"]
        obj = self.interp.call(
            cls,
            [concrete.cls],
            {"on_delete": natives["CASCADE"], "name": name, "auto_created": True, "parent_link": True},
        )
        obj.order = self._auto_order()
        obj.origin = built.cls.origin
        built.add(Entry(name, obj, obj.order))

    def _auto_order(self) -> tuple[Any, ...]:
        """Fields that Django creates come before all others, the latest first."""
        return (order.AUTO, 0, self.interp.tick()[2])

    def _mark_parent_link(self, built: Built, name: str) -> None:
        entry = built.entry(name)
        remote = entry.obj.attrs.get("remote_field") if entry is not None else None
        if isinstance(remote, Instance):
            del remote  # Django does not set parent_link on a link that it finds; only a check asks for it.

    def concrete(self, built: Built) -> Built:
        """The model behind proxies."""
        while built.proxy:
            parent = next((self.build(base) for base in built.cls.bases if self.is_model(base)), None)
            if parent is None or parent.abstract:
                parents = [self.build(base) for base in built.cls.bases if self.is_model(base)]
                parent = next((p for p in parents if p is not None and not p.abstract), None)
            if parent is None:
                return built
            built = parent
        return built

    def _inherit_proxy(self, built: Built) -> None:
        """A proxy has no fields of its own; abstract bases may not bring any."""
        for base in built.cls.bases:
            if self.is_model(base):
                parent = self.build(base)
                if parent is not None:
                    built.doubts += [doubt for doubt in parent.doubts if doubt not in built.doubts]

    def _primary_key(self, built: Built) -> None:
        """Promote the first link, or add `id`, where no field is the primary key."""
        keys = [e for e in order.sort_entries(self, built) if _truthy(e.obj.attrs.get("primary_key"))]
        if keys:
            keys[0].primary_key = True
            for entry in keys:
                entry.obj = copied(entry.obj)
            keys[0].obj.attrs["serialize"] = False
            return
        for link in built.parents.values():
            promoted = built.entry(link) if link else None
            if promoted is not None:
                promoted.obj = copied(promoted.obj)
                promoted.obj.attrs["primary_key"] = True
                promoted.obj.attrs["serialize"] = False
                promoted.primary_key = True
                return
        if any(e.obj.doubts or (e.obj.cls.doubts and field_type(e.obj.cls) is None) for e in built.entries):
            # One of the fields that are not known may be the primary key.
            self._add_id(built, doubtful=True)
            return
        self._add_id(built, doubtful=bool(built.doubts))

    def _add_id(self, built: Built, *, doubtful: bool) -> None:
        path = self.auto_field_of(built.app_label)
        cls: Object = path if isinstance(path, Unknown) else self._auto_class(path)
        if not isinstance(cls, Class) or (field_type(cls) is None):
            reason = cls if isinstance(cls, Unknown) else Unknown(f"the class {path} could not be read")
            cls = Class("AutoField", "", "AutoField", doubts=(reason,), canonical=Ref("", "AutoField", certain=False))
        try:
            obj = self.interp.call(cls, [], {"verbose_name": "ID", "primary_key": True, "auto_created": True})
        except (Stuck, Raised):
            return
        if not isinstance(obj, Instance):
            return
        obj.attrs["serialize"] = False
        obj.origin = built.cls.origin
        obj.order = self._auto_order()
        written = built.entry("id")
        if written is not None and not written.private:
            # A system check refuses such a model; its state has the written field where the automatic one would be.
            built.add(replace(written, order=obj.order))
            return
        entry = Entry("id", obj, obj.order, primary_key=True)
        if doubtful and built.doubts:
            obj.doubts = (*obj.doubts, built.doubts[0])
        built.add(entry)

    def _auto_class(self, path: str) -> Object:
        try:
            return self.interp.lookup(path)
        except (Stuck, Raised):
            return Unknown(f"the class {path} could not be read")

    # Relations

    def target(self, built: Built, obj: Instance) -> str | Unknown:
        """The lower-case label of what a relation of a model points at."""
        remote = obj.attrs.get("remote_field")
        to = remote.attrs.get("model") if isinstance(remote, Instance) else None
        return self.resolve(built, to)

    def resolve(self, built: Built, to: Object) -> str | Unknown:
        """A model reference as written in a model, as "app_label.modelname"."""
        if isinstance(to, Class):
            return self.label(to) if self.is_model(to) else Unknown(f"{to!r} is not a model")
        if isinstance(to, Unknown):
            return to
        if isinstance(to, External):
            return to.missing or Unknown(f"{to.ref.path} could not be read")
        if not isinstance(to, str):
            return Unknown("what the relation points at is not known")
        if to == "self":
            return built.label_lower
        label, dot, name = to.rpartition(".")
        return f"{label if dot else built.app_label}.{name.lower()}"

    # The model

    def model(self, cls: Class) -> Model | None:
        """The state of a concrete model class."""
        built = self.build(cls)
        if built is None or built.abstract:
            return None
        fields: dict[str, Field] = {}
        entries = [entry for entry in order.sort_entries(self, built) if not entry.private]
        for entry in [e for e in entries if not e.many_to_many] + [e for e in entries if e.many_to_many]:
            fields[entry.name] = self._field(built, entry)
        options = meta.options(self, built, fields)
        return Model(
            built.app_label,
            cls.name,
            fields,
            options,
            self._bases(cls),
            managers.managers_of(self, built),
            cls.origin,
            (*built.doubts, *self._unfollowed(cls)),
        )

    def _unfollowed(self, cls: Class) -> list[Unknown]:
        """Why metaclasses may have put more into a model, or into its abstract bases, than is known."""
        found = self.interp.unfollowed
        own = [base for base in cls.mro if base in found and self.is_model(base)]
        return [found[base] for base in own if base is cls or ((built := self.build(base)) and built.abstract)]

    def _field(self, built: Built, entry: Entry) -> Field:
        made = make_field(self.interp, self._cloned(entry.obj))
        if made.unknown is None and entry.obj.doubts:
            made = replace(made, unknown=entry.obj.doubts[0])
        return self._resolved(built, entry, made)

    def _cloned(self, obj: Instance) -> Instance:
        """`field.clone()`, which is what `ModelState` holds: a custom `__init__` may change what it is given."""
        if obj.cls.native or obj.doubts or not obj.cls.has("clone"):
            return obj
        try:
            clone = self.interp.call(self.interp.getattr(obj, "clone"), [], {})
        except (Stuck, Raised):
            return obj
        if not isinstance(clone, Instance) or clone.doubts:
            return obj
        clone.origin = obj.origin
        return clone

    def _resolved(self, built: Built, entry: Entry, made: Field) -> Field:
        """References as Django has them once all models are loaded."""
        kwargs = made.call.kwargs
        changes: dict[str, Value | None] = {}
        for name in ("to", "through"):
            value = kwargs.get(name)
            if isinstance(value, Const) and isinstance(value.value, str):
                label = self.resolve(built, str(value.value))
                if name == "through" and isinstance(label, str):
                    label = self._cased(label, str(value.value))
                elif "." in value.value:
                    continue  # as the field's own class deconstructs it
                if name == "to" and isinstance(label, str):
                    label = self._swappable(made, label)
                if label != value.value and isinstance(label, str):
                    changes[name] = replace(value, value=label)
        to_field = kwargs.get("to_field")
        if isinstance(to_field, Const) and self._is_primary_key(built, entry.obj, to_field.value):
            changes["to_field"] = None
        return made.with_kwargs(**changes) if changes else made

    def _swappable(self, made: Field, label: str) -> str:
        """The label, as a reference to the setting that may swap the model."""
        ask = self.interp.hooks.get("swappable_setting")
        setting = ask(label) if ask is not None else None
        if not isinstance(setting, str) or made.attr("swappable") == Const(False):
            return label
        return SettingsReference(label, setting)

    def _cased(self, label: str, written: str) -> str:
        """`_meta.label` of a through model, which unlike other labels keeps the case of the class."""
        found = self.by_label(label)
        if found is not None:
            return f"{found.app_label}.{found.cls.name}"
        return written if "." in written else f"{label.partition('.')[0]}.{written}"

    def _is_primary_key(self, built: Built, obj: Instance, name: object) -> bool:
        """Whether `to_field` names the primary key, which Django then leaves out."""
        target = self.target(built, obj)
        found = self.by_label(target) if isinstance(target, str) else None
        if found is None:
            return False
        entry = next((e for e in found.entries if e.primary_key), None)
        return entry is not None and entry.name == name

    def column(self, built: Built, name: str) -> str | None:
        """The column of a field, of the model or one that it inherits; None where it is not known.

        A foreign key also goes by the name of the attribute that holds its value (`author_id`).
        """
        keys = (entry for entry in built.entries if entry.primary_key)
        entry = built.entry(name) or (next(keys, None) if name == "pk" else None)
        if entry is None and name.endswith("_id"):
            entry = built.entry(name.removesuffix("_id"))
            entry = entry if entry is not None and _is_foreign_key(entry) else None
        if entry is None:
            return None
        stated = entry.obj.attrs.get("db_column")
        if isinstance(stated, str) and stated:
            return stated
        if stated is not None or field_type(entry.obj.cls) is None:
            return None
        return f"{entry.name}_id" if _is_foreign_key(entry) else entry.name

    def by_label(self, label: str) -> Built | None:
        """The model of a label among those built so far."""
        for built in self._built.values():
            if built is not None and not built.abstract and built.label_lower == label:
                return built
        found = self.interp.hooks["get_model"](label) if self.on_demand else None
        return self.build(found) if isinstance(found, Class) and self.is_model(found) else None

    def makers_of_fields(self) -> set[str]:
        """The modules whose statements made the fields of the models that were built."""
        return {entry.order[0] for built in self._built.values() if built is not None for entry in built.entries}

    def _bases(self, cls: Class) -> tuple[Value, ...]:
        flat = dict.fromkeys(self._flatten(cls))
        ordered = sorted(flat, key=lambda base: cls.mro.index(base) if base in cls.mro else len(cls.mro))
        bases: list[Value] = []
        derived = False
        for base in ordered:
            if self.is_model(base):
                bases.append(Const(self.label(base)) if isinstance(self.label(base), str) else Unknown(base.name))
                derived = True
            else:
                bases.append(base.canonical or base.ref)
                derived = derived or base is self.base
        return tuple(bases) if derived else (Ref("django.db.models", "Model"),)

    def _flatten(self, cls: Class) -> list[Class]:
        result: list[Class] = []
        for base in cls.bases:
            if self.is_model(base):
                built = self.build(base)
                if built is None or built.abstract:
                    result += self._flatten(base)
                    continue
            if isinstance(base, Class):
                result.append(base)
        return result


def _clash(built: Built, parent: Built, name: str) -> Unknown:
    """Django cannot make such a class; what it would be is nothing that could be compared."""
    message = f"Local field {name!r} in class {built.cls.name!r} clashes with field of the same name from base class"
    return Unknown(f"Django raises FieldError: {message} {parent.cls.name!r}.", built.cls.origin, "Rename one of them.")


def _truthy(value: Object) -> bool:
    return value is True or value == 1


def _is_foreign_key(entry: Entry) -> bool:
    row = field_type(entry.obj.cls)
    return row is not None and row.relation in ("fk", "o2o")


def _passes_on(body: Any) -> bool:
    """Whether a `contribute_to_class` may leave the rest to Django; a stand-in that does not adds no field."""
    if not isinstance(body, list):
        return False
    handed_on = body[:1] == ["attr"] and body[-1] in ("contribute_to_class", "add_field", "add_to_class")
    return handed_on or any(_passes_on(part) for part in body)
