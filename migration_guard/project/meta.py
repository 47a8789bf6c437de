"""`class Meta` of models: its attributes with inheritance, and the options that a model's state has.

The rules are those of `django.db.models.options.Options` and `ModelState.from_model`; facts on the options:
https://docs.djangoproject.com/en/stable/ref/models/options/.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from migration_guard.evaluate.classes import find
from migration_guard.evaluate.interpreter import Interpreter
from migration_guard.evaluate.objects import Class, Object, Thunk
from migration_guard.project.natives.indexes import index_name, index_suffix
from migration_guard.state.model import Field
from migration_guard.state.options import normalize_together
from migration_guard.values import NONE, Call, Const, Seq, Unknown, Value, plain

if TYPE_CHECKING:
    from migration_guard.project.models import Built, ModelBuilder

NAMES = (
    "verbose_name",
    "verbose_name_plural",
    "db_table",
    "db_table_comment",
    "ordering",
    "unique_together",
    "permissions",
    "get_latest_by",
    "order_with_respect_to",
    "db_tablespace",
    "abstract",
    "managed",
    "proxy",
    "swappable",
    "auto_created",
    "index_together",
    "default_permissions",
    "select_on_save",
    "default_related_name",
    "required_db_features",
    "required_db_vendor",
    "base_manager_name",
    "default_manager_name",
    "indexes",
    "constraints",
)
KNOWN = frozenset({*NAMES, "app_label", "apps"})
"""All that a Meta may state. Django refuses anything else, unless a package has taught it more."""


@dataclass(eq=False, slots=True)
class Meta:
    """The Meta class that is in force for a model, and whether it is the model's own."""

    interp: Interpreter
    cls: Class | None
    own: bool
    doubt: Unknown | None = None

    def has(self, name: str) -> bool:
        return self.cls is not None and self.cls.has(name)

    def get(self, name: str) -> Object:
        """The raw object of an option (None where it is not set)."""
        if self.cls is None:
            return None
        found, value = find(self.cls.mro, name)
        if not found:
            return None
        if isinstance(value, Thunk):
            value = value.force()
        return value

    def stated(self) -> list[str]:
        """The names that the class itself states, Django's own and others."""
        names = self.cls.namespace if self.cls is not None else ()
        return [name for name in names if not name.startswith("_")]

    def plain(self, name: str) -> Any:
        value = self.get(name)
        return value if isinstance(value, (str, bool, int, tuple, list)) else None

    def flag(self, name: str) -> bool:
        if name == "abstract":
            # Django resets `abstract` on the Meta of an abstract model, so that heirs are not abstract by accident.
            return self.own and self.cls is not None and self._abstract(self.cls)
        value = self.get(name)
        return value is True or value == 1

    def _abstract(self, cls: Class) -> bool:
        for owner in cls.mro:
            if "abstract" in owner.namespace:
                value = owner.namespace["abstract"]
                of_model = owner is not cls and bool(owner.namespace.get("__of_model__"))
                return value is True and not of_model
        return False

    def table(self, app_label: str, model_name: str) -> Object:
        """`_meta.db_table`, untruncated."""
        stated = self.get("db_table")
        return stated if stated else f"{app_label}_{model_name.lower()}"


def meta_of(
    interp: Interpreter, cls: Class, is_model: Callable[[Object], bool], abstract: Callable[[Class], bool]
) -> Meta:
    """The Meta of a model class: its own, else that of the nearest class of the MRO that passes one on."""
    own = _meta_class(cls)
    if own is not None:
        for base in cls.mro:
            metas = _meta_class(base) if is_model(base) else None
            if metas is not None:
                metas.namespace["__of_model__"] = True
        return Meta(interp, own, True)
    for base in cls.mro[1:]:
        inherited = _meta_class(base)
        if inherited is None:
            continue
        if is_model(base) and not Meta(interp, inherited, True).flag("abstract"):
            continue  # a concrete model keeps its Meta to itself
        return Meta(interp, inherited, False)
    return Meta(interp, None, False)


def _meta_class(cls: Class) -> Class | None:
    value = cls.namespace.get("Meta")
    if isinstance(value, Thunk):
        value = cls.namespace["Meta"] = value.force()
    return value if isinstance(value, Class) else None


def options(builder: ModelBuilder, built: Built, fields: dict[str, Field]) -> dict[str, Value]:
    """The options of a model's state, in Django's order."""
    result: dict[str, Value] = {}
    own = built.meta
    # What a program puts into `_meta.original_attrs` is what migrations see; `_meta` itself they do not ask.
    written = built.view.attrs.get("original_attrs", {}) if built.view is not None else {}
    for name in NAMES:
        if not own.has(name) and name not in written:
            continue
        if name == "abstract":
            result["abstract"] = Const(own.flag("abstract"))
            continue
        value = builder.interp.export(written[name] if name in written else own.get(name))
        if name in ("unique_together", "index_together"):
            value = normalize_together(value)
            if isinstance(value, Seq) and not value.items:
                value = Seq("set", (), value.origin)
        elif name in ("indexes", "constraints"):
            value = _objects(builder, built, name, value, fields)
        result[name] = value
    if own.cls is not None and own.cls.doubts:
        built.doubts.append(own.cls.doubts[0])
    for name in {*own.stated(), *written} - KNOWN:
        origin = own.cls.origin if own.cls is not None else built.cls.origin
        built.doubts.append(Unknown(f"what Meta.{name} brings about is not known: it is no option of Django", origin))
    private = {entry.name for entry in built.entries if entry.private}
    respect = result.get("order_with_respect_to")
    if isinstance(respect, Const) and respect.value in private:
        del result["order_with_respect_to"]
    result.setdefault("indexes", Seq("list", ()))
    result.setdefault("constraints", Seq("list", ()))
    return result


def _objects(builder: ModelBuilder, built: Built, option: str, value: Value, fields: dict[str, Field]) -> Value:
    """Indexes or constraints with their names filled in."""
    if not isinstance(value, Seq):
        return value if isinstance(value, Unknown) else Seq("list", ())
    return Seq("list", tuple(_named(builder, built, option, item, fields) for item in value.items), value.origin)


def _named(builder: ModelBuilder, built: Built, option: str, item: Value, fields: dict[str, Field]) -> Value:
    if not isinstance(item, Call):
        return item
    name = item.kwargs.get("name")
    if isinstance(name, Const) and isinstance(name.value, str) and name.value:
        if "%" in name.value:
            words = {"app_label": built.app_label.lower(), "class": built.cls.name.lower()}
            try:
                return replace(item, kwargs={**item.kwargs, "name": Const(name.value % words)})
            except (KeyError, ValueError, TypeError):
                return item
        return item
    if option == "indexes":
        return replace(item, kwargs={**item.kwargs, "name": _automatic(builder, built, item, fields)})
    return item


def _automatic(builder: ModelBuilder, built: Built, item: Call, fields: dict[str, Field]) -> Value:
    """The name that Django makes up for an index (`Index.set_name_with_model`)."""
    made = builder.interp.made.get(id(item))
    table = built.meta.table(built.app_label, built.cls.name)
    names = plain(item.kwargs.get("fields", NONE))
    if made is None or not isinstance(table, str) or not isinstance(names, (list, tuple)):
        return Unknown("the name of this index is not known", item.origin)
    columns: list[tuple[str, bool]] = []
    for name in names:
        column = builder.column(built, str(name).removeprefix("-"))
        if column is None:
            return Unknown(f"the name of this index is not known: it uses {name}", item.origin)
        columns.append((column, str(name).startswith("-")))
    suffix = index_suffix(builder.interp, made[1])
    return Const(index_name(table, columns, suffix if isinstance(suffix, str) else "idx"))
