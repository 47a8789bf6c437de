"""From live Django objects to Values: what the interpreter exports, said by Django itself. Tests only."""

from __future__ import annotations

import enum
import functools
import re
import types
from collections.abc import Iterable
from typing import Any

from django.conf import SettingsReference as LiveSettingsReference
from django.db import models
from django.db.models.manager import BaseManager
from django.utils.functional import LazyObject, Promise

from migration_guard.values import Call, Const, Map, Ref, Seq, SettingsReference, Value

FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, functools._lru_cache_wrapper)


def value_of(live: Any) -> Value:
    if isinstance(live, Promise):
        live = str(live)
    elif isinstance(live, LazyObject):
        live = live.__reduce__()[1][0]
    if isinstance(live, models.Field):
        _, path, args, kwargs = live.deconstruct()
        return call_of(path, args, kwargs)
    if isinstance(live, BaseManager):
        as_manager, manager, queryset, args, kwargs = live.deconstruct()
        return Call(ref_of(f"{queryset}.as_manager", 2)) if as_manager else call_of(manager, args, kwargs)
    if isinstance(live, type):
        return Ref(live.__module__, live.__qualname__)
    if hasattr(live, "deconstruct"):
        return call_of(*live.deconstruct())
    return _container(live)


def _container(live: Any) -> Value:
    match live:
        case frozenset() | list() | set() | tuple():
            kind = next(kind for kind in (frozenset, list, set, tuple) if isinstance(live, kind))
            return Seq(kind.__name__, tuple(value_of(item) for item in live))
        case dict():
            return Map(tuple((value_of(key), value_of(value)) for key, value in live.items()))
        case models.Choices():
            return value_of(live.value)
        case enum.Enum():
            members = list(live) if isinstance(live, enum.Flag) else [live]
            qualname = type(live).__qualname__
            return Ref(type(live).__module__, " | ".join(f"{qualname}[{member.name!r}]" for member in members))
        case LiveSettingsReference():
            return Const(SettingsReference(str(live), live.setting_name))
        case functools.partial() | functools.partialmethod():
            args = tuple(value_of(arg) for arg in (live.func, *live.args))
            kwargs = {name: value_of(value) for name, value in live.keywords.items()}
            return Call(Ref("functools", type(live).__name__), args, kwargs)
        case re.Pattern():
            return Call(Ref("re", "compile"), (Const(live.pattern), Const(live.flags)))
        case types.ModuleType():
            return Ref(live.__name__, "")
    return _scalar(live)


def _scalar(live: Any) -> Value:
    if isinstance(live, FUNCTIONS):
        owner = getattr(live, "__self__", None)
        if isinstance(owner, type):
            return Ref(owner.__module__, f"{owner.__qualname__}.{live.__name__}")
        return Ref(live.__module__, live.__qualname__)
    if type(live).__name__ in ("DatabaseOnDelete",):
        return Ref(type(live).__module__, live.__name__)
    if isinstance(live, Iterable) and not isinstance(live, (str, bytes, range)) and not hasattr(live, "__fspath__"):
        return Seq("tuple", tuple(value_of(item) for item in live))
    return Const(live)


def call_of(path: str, args: Any, kwargs: Any) -> Call:
    return Call(ref_of(path), tuple(map(value_of, args)), {name: value_of(value) for name, value in kwargs.items()})


def ref_of(path: str, parts: int = 1) -> Ref:
    names = path.split(".")
    return Ref(".".join(names[:-parts]), ".".join(names[-parts:]))
