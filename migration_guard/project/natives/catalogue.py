"""Django's modules by name: what each exports, as native objects.

In: a version, and the table of names in `project/knowledge` (made by `tools/django_names.py`). Out: for each module a
mapping from names to objects, built when asked for. A class or function that is written by hand wins; any other class
is a stub with its real bases and `deconstruct()`, any other function a stub whose result is Unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migration_guard.evaluate import builtins
from migration_guard.evaluate.enums import ENUM, INT_ENUM, STR_ENUM
from migration_guard.evaluate.objects import Class, EnumMember, External, Instance, Native, Object, Regex
from migration_guard.project.natives import (
    choices,
    contrib_fields,
    expressions,
    indexes,
    managers,
    migrations,
    relations,
    search,
    serializing,
)
from migration_guard.project.natives.declare import PATH, adapt, method, native_class
from migration_guard.project.natives.fields import FIELD, NOT_PROVIDED, REGISTER_LOOKUP
from migration_guard.project.natives.framework import FRAMEWORK, SIGNAL, SWAPPER, VALUES
from migration_guard.project.natives.plain_fields import DEFAULT_STORAGE, PLAIN_FIELDS
from migration_guard.values import Ref, Unknown
from migration_guard.versions import Version

if TYPE_CHECKING:
    from migration_guard.evaluate.interpreter import Interpreter

Table = dict[str, Any]
KNOWLEDGE = Path(__file__).parent.parent / "knowledge"

_CLASSES: tuple[Class, ...] = (
    NOT_PROVIDED, FIELD, REGISTER_LOOKUP, *PLAIN_FIELDS, *relations.RELATION_FIELDS, *relations.RELS,
    *contrib_fields.CONTRIB_FIELDS, *expressions.EXPRESSION_CLASSES, *indexes.INDEX_CLASSES,
    *migrations.OPERATION_CLASSES, migrations.MIGRATION, *serializing.SERIALIZING_CLASSES, *managers.MANAGER_CLASSES,
    *search.SEARCH_CLASSES, choices.CHOICES, choices.INTEGER_CHOICES, choices.TEXT_CHOICES, choices.CHOICES_TYPE,
)  # fmt: skip

WRITTEN: dict[str, Object] = {
    **{f"{cls.module}:{cls.qualname}": cls for cls in _CLASSES},
    **{f"{relations.DELETION}:{name}": value for name, value in relations.on_delete_names((6, 1)).items()},
    f"{serializing.MODULE}:serializer_factory": serializing.SERIALIZER_FACTORY,
    **FRAMEWORK,
}
_OUTSIDE: dict[str, Class] = {"enum:Enum": ENUM, "enum:IntEnum": INT_ENUM, "enum:StrEnum": STR_ENUM}


_READ = re.compile(
    r"django\.contrib\.(\w+\.(models|apps|managers|base_user|base_session)$|gis\.(apps|db\.backends\.\w+\.models)$)"
)


def _is_read(module: str) -> bool:
    """Whether a module defines models (or apps), which source says better than this catalogue could."""
    return _READ.match(module) is not None


class Catalogue:
    """The objects of one Django version; classes that are written by hand are the same in all of them."""

    def __init__(self, version: Version) -> None:
        self.version = version
        self._objects: dict[str, Object] = {}
        self._tables: dict[str, Table] = {}

    def table(self, module: str) -> Table:
        part = "db" if module.startswith("django.db") else "rest"
        if part not in self._tables:
            self._tables[part] = json.loads((KNOWLEDGE / f"{part}.json").read_text("utf-8"))
        return self._tables[part]

    @cached_property
    def bit(self) -> int:
        versions = [tuple(version) for version in self.table("django.db")["versions"]]
        known = [version for version in versions if version <= self.version]
        return 1 << versions.index(known[-1] if known else versions[0])

    def pick(self, entry: Any) -> Any:
        """The part of an entry that holds in this version; None where it does not exist."""
        if isinstance(entry, dict) and "per" in entry:
            return next((value for value, mask in entry["per"] if mask & self.bit), None)
        return entry

    def module_names(self) -> Iterator[str]:
        for part in ("django.db", "django"):
            yield from (name for name in self.table(part)["modules"] if self.has_module(name))

    def has_module(self, module: str) -> bool:
        return module in self.table(module)["modules"] and not _is_read(module)

    def entries(self, module: str) -> dict[str, Any]:
        picked = ((name, self.pick(entry)) for name, entry in self.table(module)["modules"][module].items())
        return {name: entry for name, entry in picked if entry is not None and not self._is_model(entry)}

    def _is_model(self, entry: list[Any]) -> bool:
        """Models of django.contrib are read from source, or from the stubs that stand for it."""
        return entry[0] == "c" and _is_read(entry[1].partition(":")[0])

    def object(self, module: str, name: str, entry: list[Any]) -> Object:
        if (module, name) == ("django", "VERSION"):
            return (*self.version, 0, "final", 0)
        known = VALUES.get(f"{module}.{name}")
        if known is not None:
            return known
        match entry:
            case ["m", str(path)]:
                return External(path, "")
            case ["c", str(path)]:
                return self.cls(path)
            case ["f", str(path)]:
                return self.func(path)
            case ["v", value]:
                return value
            case ["p", value]:
                return _revive(value)
            case ["o", str(path), *given]:
                return self.instance(path, f"{module}.{name}", given)
        raise ValueError(entry)

    def cls(self, path: str) -> Class:
        """A class by "module:qualname"."""
        if path not in self._objects:
            written = WRITTEN.get(path)
            self._objects[path] = written if isinstance(written, Class) else self._stub(path)
        found = self._objects[path]
        assert isinstance(found, Class)
        return found

    def _stub(self, path: str) -> Class:
        module, _, qualname = path.partition(":")
        if module == "builtins" and qualname in builtins.TYPES:
            return builtins.TYPES[qualname]
        if path in _OUTSIDE:
            return _OUTSIDE[path]
        row = self.pick(self.table(module)["classes"].get(path)) or {}
        cls = native_class(module, qualname.rpartition(".")[2], tuple(self._bases(path, row)), row.get("constants"))
        cls.qualname = qualname
        if set(row) <= {"bases"} and not module.startswith("django.db"):
            cls.unread = Unknown(f"what {module}.{qualname} defines is not modelled")
        for name in row.get("methods", ()):
            cls.namespace.setdefault(name, _unknown_method(cls, name))
        written = row.get("deconstruct")
        if written is not None and written != "own":
            method(cls, "deconstruct")(expressions.deconstruct_as_written)
            if isinstance(written, str):
                cls.namespace[PATH] = written
        self._members(cls, row.get("members", {}))
        return cls

    def _bases(self, path: str, row: Table) -> Iterator[Class]:
        for base in row.get("bases", ()):
            # Classes made in functions can bear the name of their base.
            if base != path and not base.startswith(("typing:", "abc:", "collections.abc:")):
                yield self.cls(base)

    def _members(self, cls: Class, values: Mapping[str, Any]) -> None:
        members = {name: EnumMember(cls, name, value) for name, value in values.items()}
        if members:
            cls.namespace.update(members, __members__=dict(members))

    def func(self, path: str) -> Object:
        if path not in self._objects:
            module, _, qualname = path.partition(":")
            written = WRITTEN.get(path)
            self._objects[path] = written if written is not None else _unknown_function(module, qualname)
        return self._objects[path]

    def instance(self, cls: str, path: str, given: list[Any]) -> Object:
        if path == "django.core.files.storage.default_storage":
            return DEFAULT_STORAGE
        if cls.endswith(("DatabaseOnDelete",)):
            return relations.DATABASE_ON_DELETES[path.rpartition(".")[2]]
        made = Instance(self.cls(cls))
        if SIGNAL in made.cls.mro:
            made.attrs["name"] = path.rpartition(".")[2]
        if given:
            made.args = tuple(_revive(value) for value in given[0])
            made.kwargs = {name: _revive(value) for name, value in given[1].items()}
        else:
            made.doubts = (Unknown(f"{path} is not modelled"),)
        return made


def _revive(value: Any) -> Object:
    match value:
        case {"regex": pattern, "flags": flags}:
            return Regex(pattern, flags)
        case {"list": items}:
            return [_revive(item) for item in items]
        case {"tuple": items}:
            return tuple(_revive(item) for item in items)
        case {"dict": items}:
            return {_revive(key): _revive(item) for key, item in items}
        case _:
            return value


def _unknown_function(module: str, qualname: str) -> Native:
    reason, ref = Unknown(f"what {module}.{qualname}() returns is not modelled"), Ref(module, qualname)

    def run(interp: Interpreter, args: list[Object], kwargs: dict[str, Object]) -> Object:
        made = interp.of_this_moment(ref, args, kwargs)
        return reason if made is None else made

    return Native(qualname.rpartition(".")[2], run, "static", ref)


def _unknown_method(cls: Class, name: str) -> Native:
    reason = Unknown(f"what {cls.name}.{name}() returns is not modelled")
    return Native(
        name, adapt(lambda interp, *args, **kwargs: reason), "method", Ref(cls.module, f"{cls.qualname}.{name}")
    )


class Names(Mapping[str, Object]):
    """The names of one module; objects are made when asked for."""

    def __init__(self, catalogue: Catalogue, module: str) -> None:
        self._catalogue = catalogue
        self._module = module
        self._made: dict[str, Object] = {}

    @cached_property
    def _entries(self) -> dict[str, Any]:
        entries = self._catalogue.entries(self._module)
        # Submodules are the finder's business: they are modules of their own.
        return {name: entry for name, entry in entries.items() if entry[0] != "m"}

    def __getitem__(self, name: str) -> Object:
        if name not in self._made:
            self._made[name] = self._catalogue.object(self._module, name, self._entries[name])
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


class Modules(Mapping[str, Mapping[str, Object]]):
    """All modules of Django by dotted name, and those of `swapper`."""

    def __init__(self, version: Version) -> None:
        self._catalogue = Catalogue(version)
        self._made: dict[str, Mapping[str, Object]] = {"swapper": SWAPPER}

    def __getitem__(self, module: str) -> Mapping[str, Object]:
        if module not in self._made:
            if not module.startswith("django") or not self._catalogue.has_module(module):
                raise KeyError(module)
            self._made[module] = Names(self._catalogue, module)
        return self._made[module]

    def __contains__(self, module: object) -> bool:
        if module in self._made:
            return True
        return isinstance(module, str) and module.startswith("django") and self._catalogue.has_module(module)

    def __iter__(self) -> Iterator[str]:
        yield "swapper"
        yield from self._catalogue.module_names()

    def __len__(self) -> int:
        return sum(1 for _ in self)


def django_modules(version: Version) -> Mapping[str, Mapping[str, Object]]:
    """What Django's modules export in a version; nothing is built before it is asked for."""
    return Modules(version)
