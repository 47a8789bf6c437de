"""What a rule is: its code and name, how bad a hit is, examples, and the function that looks.

A rule's module has a docstring (the documentation page), a `RULE`, and one of `check(step, context)`,
`check_migration(steps, context)` and `check_project(context)`, each a generator of `Hit`s. Nothing here reads files.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from migration_guard.diagnostics import Code, Confidence, Fix, Place, Related, Severity
from migration_guard.values import Origin, Truth

if TYPE_CHECKING:
    from migration_guard.rules.context import Context
    from migration_guard.rules.step import Step, Steps
    from migration_guard.sql.acts import Kind
    from migration_guard.sql.statements import Statement
    from migration_guard.state.operations import Operation


class Family(enum.Enum):
    """The first digit of a code, and what its rules are about."""

    GRAPH = ("1", "Graph and drift")
    DESTRUCTIVE = ("2", "Data that is lost")
    DEPLOYS = ("3", "Code that is still running")
    LOCKS = ("4", "Locks and availability")
    DATA = ("5", "Data migrations and reversibility")
    CONVENTIONS = ("6", "Conventions")

    @property
    def title(self) -> str:
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Example:
    """A small project in one text, for documentation and for tests; `examples.py` says how it is written.

    In a bad one the rule fires exactly once for each line that bears its code as a comment, in a good one never.
    `new` is how many of the last migrations are judged, as one change set.
    """

    text: str
    databases: tuple[str, ...] = ("postgresql:16",)
    new: int = 1
    django: str = "5.2"
    config: str = ""
    """Lines for `[tool.migration_guard]`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `enabled` is False for a policy that not every project has: it must be selected."""

    code: str
    name: str
    title: str
    severity: Severity
    since: str
    bad: tuple[Example, ...] = ()
    good: tuple[Example, ...] = ()
    databases: tuple[str, ...] = ()
    """Where it applies, for the documentation; () is everywhere. The facts are the statements' own."""
    links: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    """The safe way, step by step, where a hit does not bring its own."""
    enabled: bool = True
    about: tuple[type[Operation] | Kind, ...] = ()
    """The operations, or what statements do, without which it has nothing to say: then it is not even loaded."""

    @property
    def family(self) -> Family:
        return next(family for family in Family if family.value[0] == self.code[2])

    @property
    def words(self) -> tuple[str, ...]:
        """`about` as names: of classes of operations, and of what statements do."""
        return tuple(item.__name__ if isinstance(item, type) else item.value for item in self.about)

    @property
    def as_code(self) -> Code:
        return Code(self.code, self.name, self.title, self.severity)


@dataclass(frozen=True, slots=True)
class Hit:
    """What a check function yields. What is not given is the rule's, or the step's operation's.

    Hits of several databases with the same message and place become one finding.
    """

    message: str
    origin: Origin | Place | None = None
    confidence: Confidence = Confidence.CERTAIN
    severity: Severity | None = None
    subject: str = ""
    details: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    hint: str | None = None
    databases: tuple[str, ...] = ()
    sql: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    fix: Fix | None = None

    def of(self, *statements: Statement) -> Hit:
        """The same hit about statements: their text and their databases."""
        databases = dict.fromkeys(statement.database for statement in statements)
        texts = dict.fromkeys(statement.text for statement in statements)
        return replace(self, databases=(*self.databases, *databases), sql=(*self.sql, *texts))

    def when(self, truth: Truth) -> Iterator[Hit]:
        """The hit where something holds, a possible one where that is not known, none where it does not."""
        if truth is Truth.YES:
            yield self
        elif truth is Truth.MAYBE:
            yield replace(self, confidence=Confidence.POSSIBLE)


OnOperation = Callable[["Step", "Context"], Iterable[Hit]]
OnMigration = Callable[["Steps", "Context"], Iterable[Hit]]
OnProject = Callable[["Context"], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A rule with its documentation and what it looks with."""

    rule: Rule
    doc: str
    on_operation: OnOperation | None = None
    on_migration: OnMigration | None = None
    on_project: OnProject | None = None
