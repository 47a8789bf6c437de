"""What an expression is, as far as models are concerned, and what code does with it.

`Receiver`s are what names and calls stand for; events are what a reader notes on its way. Frozen data, no behaviour.
`sure` is False where a guess took part: a method of a custom manager, a class that inherits from who knows what.
"""

from __future__ import annotations

import ast
import enum
from dataclasses import dataclass, replace
from typing import TypeAlias

from migration_guard.state.model import ModelKey


class Kind(enum.Enum):
    """The kinds of things that lead to models."""

    CLASS = "model class"
    MANAGER = "manager"
    QUERYSET = "queryset"
    INSTANCE = "instance"
    PAIR = "(instance, created)"
    INSTANCES = "list of instances"
    APPS = "apps"
    EDITOR = "schema_editor"
    CONNECTION = "connection"
    CURSOR = "cursor"
    MODULE = "module"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class Receiver:
    """A value. `model` is its model; `name` the dotted name of a module or function, or the name of a manager.

    `real`: a class that was imported, not one that `apps` gave. `narrowed`: filtered or sliced, so not all rows.
    `aliased`: the database was chosen. `streamed`: read in chunks.
    """

    kind: Kind
    model: ModelKey | None = None
    name: str = ""
    real: bool = False
    narrowed: bool = False
    aliased: bool = False
    streamed: bool = False
    sure: bool = True

    def to(self, kind: Kind, model: ModelKey | None = None) -> Receiver:
        """The receiver that one leads to, of the same or another model."""
        return replace(self, kind=kind, model=model if model is not None else self.model, name="")


class Form(enum.Enum):
    """How a field is mentioned."""

    ATTRIBUTE = "attribute"
    STORE = "assigned attribute"
    LOOKUP = "lookup"
    ARGUMENT = "argument of the constructor"
    LISTED = "listed name"


@dataclass(frozen=True, slots=True)
class Use:
    """A field that is mentioned: `model` is None where it is not known of what. `how` is for people."""

    form: Form
    model: ModelKey | None
    name: str
    how: str
    node: ast.AST
    sure: bool = True
    real: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """A name that the model of a known receiver lacks: no field, nothing that every model has."""

    receiver: Receiver
    name: str
    how: str
    node: ast.AST


@dataclass(frozen=True, slots=True)
class Fetched:
    """`apps.get_model(...)`; `label` and `model` are None where they are not constants."""

    label: str | None
    model: str | None
    historical: bool
    node: ast.AST


@dataclass(frozen=True, slots=True)
class Reached:
    """A real model class at work: its manager is used, or an instance made."""

    model: ModelKey
    how: str
    node: ast.AST


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop over the rows of a model."""

    receiver: Receiver
    node: ast.AST


@dataclass(frozen=True, slots=True)
class Query:
    """A method that goes to the database; `loop` is the loop over rows in which it stands, if any."""

    receiver: Receiver
    method: str
    node: ast.AST
    loop: Loop | None = None


@dataclass(frozen=True, slots=True)
class Executed:
    """SQL that is sent as text. `formatted`: put together from values that are not constants."""

    text: str | None
    formatted: bool
    node: ast.AST


@dataclass(frozen=True, slots=True)
class Called:
    """A call of a function that is defined elsewhere, or further down."""

    name: str
    arguments: tuple[Receiver | None, ...]
    node: ast.AST
    loop: Loop | None = None
    keywords: tuple[tuple[str, Receiver], ...] = ()


@dataclass(frozen=True, slots=True)
class AliasUsed:
    """The database was chosen: `schema_editor.connection.alias`, `using(...)`."""

    node: ast.AST


Event: TypeAlias = Use | Absent | Fetched | Reached | Loop | Query | Executed | Called | AliasUsed
