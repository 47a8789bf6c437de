"""From a deconstructed value to the Python text and the imports with which Django's migration writer prints it.

In: a Value and the Django version. Out: `Literal`, or `Refusal` in Django's words for what it cannot write and in ours
for what is not known. One fold over the six cases; nothing is imported, looked up in the project, or compiled.
"""

from __future__ import annotations

import builtins
import datetime
import decimal
import math
import os
import pathlib
import re
import uuid
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from migration_guard import versions
from migration_guard.values import (
    Call,
    Const,
    Map,
    Origin,
    Ref,
    Seq,
    SettingsReference,
    Unknown,
    Value,
    assert_never,
    of,
    plain,
)
from migration_guard.versions import Version


@dataclass(frozen=True, slots=True)
class Literal:
    """Text of an expression, the import lines that it needs, and whether every name in it is known for certain.

    `certain` is False when a reference was read off an import whose target could not be read: the text is correct
    Python, but Django might name the same object by another path, or print its value.
    """

    text: str
    imports: frozenset[str] = frozenset()
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a value cannot be written. `error` names the exception of Django's writer; None: the value is not known.

    `where` is the argument of the operation in which the value stands, for those who write whole migrations.
    """

    message: str
    origin: Origin | None = field(default=None, compare=False)
    error: str | None = "ValueError"
    remedy: str | None = field(default=None, compare=False)
    where: str = field(default="", compare=False)


class _Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


MODELS_IMPORT = "from django.db import models"
_MODEL_BASE = ("django.db.models.base", "django.db.models")
_MANAGERS = "django.db.models.manager"
_TYPE_TEXTS = {"list": "[%s]", "tuple": "(%s)", "set": "{%s}", "frozenset": "frozenset([%s])"}
_REGEX_FLAGS = dict(zip("aiLmsux", (re.A, re.I, re.L, re.M, re.S, re.U, re.X), strict=True))


def literal(value: Value, version: Version) -> Literal | Refusal:
    """The text that `MigrationWriter.serialize` gives in this version of Django."""
    fold = _Fold(version)
    try:
        text = fold.text(value)
    except _Refused as refused:
        return refused.refusal
    return Literal(text, frozenset(fold.imports), fold.certain)


@dataclass(slots=True)
class _Fold:
    """Collects imports while the text is put together."""

    version: Version
    imports: set[str] = field(default_factory=set)
    certain: bool = True

    def text(self, value: Value) -> str:
        match value:
            case Const():
                return self._const(value)
            case Ref():
                return self._ref(value)
            case Call():
                return self._call(value)
            case Seq():
                return self._seq(value)
            case Map():
                return self._map(value)
            case Unknown():
                raise _Refused(Refusal(value.reason, value.origin, None, value.remedy))
            case _:
                assert_never(value)

    def _refuse(self, shown: str, origin: Origin | None) -> _Refused:
        return _Refused(Refusal(cannot_serialize(shown, self.version), origin))

    # ------------------------------------------------------------ constants

    def _const(self, const: Const) -> str:
        value = const.value
        match value:
            case datetime.datetime():
                self.imports.add("import datetime")
                return repr(_in_utc(value))
            case datetime.date() | datetime.timedelta() | datetime.time():
                self.imports.add("import datetime")
                return repr(value)
            case SettingsReference():
                self.imports.add("from django.conf import settings")
                return f"settings.{value.setting_name}"
            case float():
                return f'float("{value}")' if math.isnan(value) or math.isinf(value) else repr(value)
            case bool() | int() | None | bytes() | str() | range():
                return repr(value)
            case decimal.Decimal():
                self.imports.add("from decimal import Decimal")
                return repr(value)
            case uuid.UUID():
                self.imports.add("import uuid")
                return f"uuid.{value!r}"
            case pathlib.PurePath():
                self.imports.add("import pathlib")
                return f"pathlib.{'Pure' if isinstance(value, pathlib.Path) else ''}{value!r}"
            case os.PathLike():
                return repr(os.fspath(value))
            case zoneinfo.ZoneInfo() if versions.ZONEINFO_IN_FILES(self.version):
                self.imports.add("import zoneinfo")
                return repr(value)
            case _:
                raise self._refuse(repr(value), const.origin)

    # ------------------------------------------------------------ references

    def _ref(self, ref: Ref) -> str:
        if not ref.certain:
            self.certain = False
        if not ref.qualname:
            raise self._refuse(f"<module {ref.module!r}>", ref.origin)
        if ref.qualname == "Model" and ref.module in _MODEL_BASE:
            self.imports.add(MODELS_IMPORT)
            return "models.Model"
        if ref.name == "NoneType" and ref.module in ("builtins", "types"):
            return self._none_type()
        if ref.name == "<lambda>":
            raise _Refused(Refusal("Cannot serialize function: lambda", ref.origin))
        if "<" in ref.qualname:
            raise _Refused(Refusal(f"Could not find function {ref.name} in {ref.module}.\n", ref.origin))
        if ref.module == "builtins":
            return self._builtin(ref)
        self.imports.add(f"import {ref.module}")
        if "['" in ref.qualname:
            return " | ".join(f"{ref.module}.{member}" for member in ref.qualname.split(" | "))
        return f"{ref.module}.{ref.qualname}"

    def _none_type(self) -> str:
        if not versions.NONETYPE_FROM_TYPES_MODULE(self.version):
            return "type(None)"
        self.imports.add("import types")
        return "types.NoneType"

    def _builtin(self, ref: Ref) -> str:
        """Classes go without a module; functions do not; unbound methods of classes are refused."""
        found: Any = builtins
        for part in ref.qualname.split("."):
            found = getattr(found, part, None)
        if isinstance(found, type):
            return ref.qualname
        if "." in ref.qualname and not hasattr(found, "__self__"):
            raise self._refuse(repr(found), ref.origin)
        self.imports.add("import builtins")
        return f"builtins.{ref.qualname}"

    # ------------------------------------------------------------ calls

    def _call(self, call: Call) -> str:
        match call.func.path:
            case "re.compile":
                return self._regex(call)
            case "functools.partial" | "functools.partialmethod":
                return self._partial(call)
            case "types.GenericAlias":
                return self._alias(call)
            case _ if call.func.name == "as_manager" and "." in call.func.qualname:
                owner = Ref(call.func.module, call.func.qualname.rpartition(".")[0], call.func.certain)
                return f"{self._path(owner)}.as_manager()"
            case _:
                return self._deconstructed(call.func, call.args, call.kwargs)

    def _deconstructed(self, func: Ref, args: Iterable[Value], kwargs: Mapping[str, Value]) -> str:
        name = self._path(func)
        strings = [self.text(arg) for arg in args]
        leftover: dict[str, Value] = {}
        for keyword, value in sorted(kwargs.items(), key=lambda item: item[0]):
            if keyword.isidentifier() or not versions.KEYWORDS_THAT_ARE_NO_IDENTIFIERS(self.version):
                strings.append(f"{keyword}={self.text(value)}")
            else:
                leftover[keyword] = value
        if leftover:
            strings.append(f"**{self.text(of(leftover))}")
        return f"{name}({', '.join(strings)})"

    def _path(self, func: Ref) -> str:
        """The path of a deconstructed class. All but its last part is imported, even where that is a class."""
        if not func.certain:
            self.certain = False
        module, _, name = func.path.rpartition(".")
        if module == "django.db.models":
            self.imports.add(MODELS_IMPORT)
            return f"models.{name}"
        if "<" in func.qualname:
            raise _Refused(Refusal(f"Could not find object {name} in {func.module}.\n", func.origin))
        if func.module == _MANAGERS and name not in ("BaseManager", "EmptyManager", "Manager"):
            message = (
                f"Could not find manager {name} in {func.module}.\nPlease note that you need to inherit from managers "
                "you dynamically generated with 'from_queryset()'."
            )
            raise _Refused(Refusal(message, func.origin))
        self.imports.add(f"import {module}")
        return func.path

    def _regex(self, call: Call) -> str:
        arguments = dict(zip(("pattern", "flags"), call.args, strict=False)) | dict(call.kwargs)
        pattern = arguments["pattern"]
        self.imports.add("import re")
        text = self.text(pattern)
        given = arguments.get("flags", Const(0))
        flags = _written_flags(plain(pattern), given)
        if flags is None:
            self.text(given)
            raise _Refused(Refusal("the flags of a regular expression are not known", call.origin, None))
        return f"re.compile({text}, {flags})" if flags else f"re.compile({text})"

    def _partial(self, call: Call) -> str:
        if versions.PARTIAL_AS_CALL(self.version):
            return self._deconstructed(call.func, call.args, call.kwargs)
        self.imports.add("import functools")
        func, *args = call.args
        rest = (self.text(func), self.text(Seq("tuple", tuple(args))), self.text(of(dict(call.kwargs))))
        return "functools.{}({}, *{}, **{})".format(call.func.name, *rest)

    def _alias(self, call: Call) -> str:
        """`dict[str, float]`: the text is Python's `repr`, the imports are those of its parts."""
        shown = _alias_text(call)
        if not versions.GENERIC_ALIASES_IN_FILES(self.version):
            raise self._refuse(shown, call.origin)
        for part in _parts_of_alias(call):
            self.text(part)
        return shown

    # ------------------------------------------------------------ containers

    def _seq(self, seq: Seq) -> str:
        items = seq.items
        if seq.kind in ("set", "frozenset"):
            items = self._set_order(seq)
        joined = ", ".join(self.text(item) for item in items)
        if seq.kind == "tuple" and len(items) == 1:
            return f"({joined},)"
        if seq.kind == "set" and not items:
            return "set()"
        return _TYPE_TEXTS[seq.kind] % joined

    def _set_order(self, seq: Seq) -> tuple[Value, ...]:
        """By `repr` of the elements; older versions follow the hashes, which for strings change from run to run."""
        marker = object()
        known = [plain(item, marker) for item in seq.items]
        hashes_are_stable = all(isinstance(item, (int, float)) for item in known)
        if hashes_are_stable and not versions.SORTED_SETS_IN_FILES(self.version):
            return tuple(Const(item) for item in set(known))
        unique: dict[str, Value] = {}
        for item, value in zip(known, seq.items, strict=True):
            unique.setdefault(self.text(value) if item is marker else repr(item), value)
        return tuple(unique[shown] for shown in sorted(unique))

    def _map(self, mapping: Map) -> str:
        pairs = ((self.text(key), self.text(value)) for key, value in self._sorted_items(mapping))
        return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"

    def _sorted_items(self, mapping: Map) -> list[tuple[Value, Value]]:
        if len(mapping.items) < 2:
            return list(mapping.items)
        marker = object()
        keys = [plain(key, marker) for key, _ in mapping.items]
        for key, shown in zip(keys, mapping.items, strict=True):
            if key is marker:
                raise self._unsortable(shown[0], mapping)
        try:
            order = sorted(range(len(keys)), key=lambda index: keys[index])
        except TypeError as error:
            raise _Refused(Refusal(str(error), mapping.origin, "TypeError")) from error
        return [mapping.items[index] for index in order]

    def _unsortable(self, key: Value, mapping: Map) -> _Refused:
        if isinstance(key, Unknown):
            return _Refused(Refusal(key.reason, key.origin, None, key.remedy))
        kind = type_name(key)
        message = f"'<' not supported between instances of '{kind}' and '{kind}'"
        return _Refused(Refusal(message, mapping.origin, "TypeError"))


def cannot_serialize(shown: str, version: Version) -> str:
    """Django's message for a value that it has no serializer for."""
    return (
        f"Cannot serialize: {shown}\nThere are some values Django cannot serialize into migration files.\n"
        f"For more, see https://docs.djangoproject.com/en/{version[0]}.{version[1]}/topics/migrations/#migration-serializing"
    )


def type_name(value: Value) -> str:
    """The name of the Python type of a value, as far as its deconstructed form tells."""
    match value:
        case Const():
            return type(value.value).__name__
        case Ref():
            return "type" if value.name[:1].isupper() else "function"
        case Call():
            return call_type_name(value)
        case Seq():
            return value.kind
        case Map():
            return "dict"
        case Unknown():
            return "unknown"
        case _:
            assert_never(value)


def _parts_of_alias(alias: Call) -> tuple[Value, ...]:
    parts = alias.args[1] if len(alias.args) > 1 else None
    return parts.items if isinstance(parts, Seq) else alias.args[1:]


def _alias_text(value: Value) -> str:
    match value:
        case Ref(module="builtins"):
            return value.qualname
        case Ref():
            return value.path
        case Call(func=Ref(module="types", qualname="GenericAlias"), args=(origin, *_)):
            return f"{_alias_text(origin)}[{', '.join(map(_alias_text, _parts_of_alias(value)))}]"
        case Seq():
            return f"[{', '.join(map(_alias_text, value.items))}]"
        case _:
            return "..." if plain(value) is ... else repr(plain(value))


def call_type_name(call: Call) -> str:
    return "Pattern" if call.func.path == "re.compile" else call.func.name


def _in_utc(value: datetime.datetime) -> datetime.datetime:
    if value.tzinfo is None or value.tzinfo == datetime.timezone.utc:
        return value
    return value.astimezone(datetime.timezone.utc)


def _written_flags(pattern: Any, given: Value) -> int | None:
    """The flags beyond those that an empty text pattern has: given ones, and those inside the pattern."""
    match given:
        case Const(value=int() as number):
            flags = int(number)
        case Ref(module="re"):
            names = re.findall(r"RegexFlag\['(\w+)'\]", given.qualname)
            flags = int(sum(re.RegexFlag[name] for name in dict.fromkeys(names)))
        case _:
            return None
    shown = pattern.decode("latin-1") if isinstance(pattern, bytes) else str(pattern)
    inline = re.match(r"\(\?([aiLmsux]+)\)", shown)
    for letter in inline.group(1) if inline else "":
        flags |= _REGEX_FLAGS[letter]
    if isinstance(pattern, str) and not flags & re.ASCII:
        flags |= re.UNICODE
    return int(flags) ^ int(re.UNICODE)
