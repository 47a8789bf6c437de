"""What the tool has to say: findings, the codes they carry, which of them were asked for, and the report they make.

Comes in: what rooms found out, with origins. Goes out: a `Report`, all that an output format receives. Nothing here
knows Django, reads files, or decides what is a finding. Places are worked out when a report is printed, by a `Locator`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from migration_guard.values import Origin, Unknown


class UsageError(Exception):
    """What the user asked for cannot be done. One line, a hint perhaps; the command line ends with status 2."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """A hint that names the known word closest to one that is not known."""
    import difflib  # seldom needed, and not at start-up

    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else None


def printable(text: str) -> str:
    """The text on one line, with what a terminal could obey (control characters, direction marks) made visible."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


class Severity(enum.Enum):
    """How bad a finding is. Notes never make a run fail."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Confidence(enum.Enum):
    """POSSIBLE: something that could not be known decides whether this is true. It never makes a run fail."""

    CERTAIN = "certain"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Place:
    """A position for people and editors: lines and columns count from 1. Line 0: only the file is known."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


class Locator(Protocol):
    """Turns an origin into a place; asked only for what is printed."""

    def locate(self, origin: Origin | Place) -> Place: ...


class FileOnly:
    """The locator that knows nothing but the file."""

    def locate(self, origin: Origin | Place) -> Place:
        return origin if isinstance(origin, Place) else Place(origin.file)


@dataclass(frozen=True, slots=True)
class Code:
    """A kind of finding: "MG102", "conflicting-leaf-nodes", one sentence, and how bad it is by default."""

    code: str
    name: str
    title: str
    severity: Severity


class Codes(Mapping[str, Code]):
    """The known codes, in order. Immutable: `extended` gives a larger registry."""

    def __init__(self, codes: Iterable[Code]) -> None:
        self._codes: dict[str, Code] = {}
        for code in codes:
            if code.code in self._codes:
                raise ValueError(f"code {code.code} is registered twice")
            self._codes[code.code] = code

    def __getitem__(self, code: str) -> Code:
        return self._codes[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)

    def extended(self, codes: Iterable[Code]) -> Codes:
        return Codes((*self._codes.values(), *codes))

    def prefix(self, word: str) -> str:
        """The code prefix that a word of the user stands for: "mg1", "MG102", "conflicting-leaf-nodes", "ALL".

        Raises UsageError where it stands for none.
        """
        if word.upper() == "ALL":
            return "MG"
        for code in self._codes.values():
            if code.name == word.lower():
                return code.code
        prefix = word.upper()
        if word and any(code.startswith(prefix) for code in self._codes):
            return prefix
        names = [*self._codes, *(code.name for code in self._codes.values())]
        hint = suggestion(prefix, self._codes) or suggestion(word.lower(), names)
        raise UsageError(f"unknown code {word!r}", hint or f"known codes: {', '.join(self._codes)}")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which codes count: everything, or what `select` names, less what `ignore` names. The longest prefix decides.

    `extend` names codes besides; those in `off` count only where `select` or `extend` names them.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend: tuple[str, ...] = ()
    off: frozenset[str] = frozenset()

    @staticmethod
    def of(
        codes: Codes,
        select: Iterable[str] = (),
        ignore: Iterable[str] = (),
        extend: Iterable[str] = (),
        off: frozenset[str] = frozenset(),
    ) -> Selection:
        """The codes that words of the user name. Raises UsageError for a word that matches none."""
        wanted, refused, besides = (tuple(map(codes.prefix, words)) for words in (select, ignore, extend))
        return Selection(wanted, refused, besides, off)

    def __contains__(self, code: object) -> bool:
        if not isinstance(code, str):
            return False
        named = (*self.select, *self.extend)
        wanted = max((len(prefix) for prefix in named if code.startswith(prefix)), default=-1)
        refused = max((len(prefix) for prefix in self.ignore if code.startswith(prefix)), default=-1)
        if not self.select and code not in self.off:
            wanted = max(wanted, 0)
        return wanted > refused


BUILT_IN = Codes(
    Code(code, name, title, severity)
    for code, name, title, severity in (
        ("MG101", "missing-migration", "The models differ from what the migrations build", Severity.ERROR),
        ("MG102", "conflicting-leaf-nodes", "An app has more than one latest migration", Severity.ERROR),
        ("MG103", "broken-graph", "Django could not load the migrations", Severity.ERROR),
        ("MG104", "numbering-clash", "Migrations of an app share a number", Severity.NOTE),
        ("MG105", "dangling-replaces", "A squashed migration replaces files that do not exist", Severity.NOTE),
        ("MG106", "not-a-migration", "A file among the migrations is not one", Severity.ERROR),
        ("MG107", "no-migrations-package", "A migrations folder has no __init__.py", Severity.WARNING),
        ("MG108", "app-without-migrations", "An app has models and no migrations", Severity.NOTE),
        ("MG109", "impossible-operation", "An operation does not fit the state before it", Severity.ERROR),
        ("MG110", "unreadable-source", "A file is not valid Python", Severity.ERROR),
        ("MG111", "impossible-apps", "Django could not load the installed apps", Severity.ERROR),
        ("MG112", "migration-taken-twice", "Two branches have different migrations of one name", Severity.ERROR),
        ("MG190", "unused-suppression", "A suppression suppresses nothing", Severity.WARNING),
        ("MG191", "stale-baseline", "The baseline lists a finding that is no more", Severity.NOTE),
        ("MG901", "unknown-setting", "A setting could not be known", Severity.NOTE),
        ("MG902", "unknown-class", "A class, or a base of one, could not be read", Severity.NOTE),
        ("MG903", "unknown-value", "A value could not be known", Severity.NOTE),
        ("MG904", "unknown-operation", "What an operation does could not be understood", Severity.NOTE),
        ("MG905", "unknown-migration", "What a migration depends on or holds could not be understood", Severity.NOTE),
        ("MG906", "unknown-models", "The models of an app could not be fully known", Severity.NOTE),
    )
)


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to a finding, and why. `subject` as in `Diagnostic`."""

    message: str
    origin: Origin | Place | None = None
    subject: str = ""


class Applicability(enum.Enum):
    """SAFE: the project means the same afterwards. UNSAFE: a person must look. DISPLAY: shown, never applied."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"


@dataclass(frozen=True, slots=True)
class FileEdit:
    """One change of a file. `old` is None for a file that is created, `new` is None for one that goes away."""

    file: str
    old: bytes | None
    new: bytes | None


@dataclass(frozen=True, slots=True)
class Fix:
    """What mends a finding: a sentence, whether it may be applied, and whole files before and after (all or none)."""

    message: str
    applicability: Applicability
    edits: tuple[FileEdit, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding, or one thing that could not be known.

    `subject` names what it is about ("blog.Post.title", "blog.0003_auto") independently of lines: baselines hang on it.
    `changes` are what a missing migration consists of, each with its own place and subject. `details` are further lines
    of the message; `hint` says what to do. `sql` are the statements that are meant, `instead` is
    the safe way, line by line.
    """

    code: str
    message: str
    origin: Origin | Place | None = None
    related: tuple[Related, ...] = ()
    severity: Severity = Severity.ERROR
    confidence: Confidence = Confidence.CERTAIN
    databases: tuple[str, ...] = ()
    subject: str = ""
    details: tuple[str, ...] = ()
    hint: str | None = None
    fix: Fix | None = None
    changes: tuple[Related, ...] = ()
    sql: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether this alone makes a run end with status 1."""
        return self.severity is not Severity.NOTE and self.confidence is Confidence.CERTAIN


class FailOn(enum.Enum):
    """From where on a finding makes a run end with status 1. POSSIBLE: also what may be true, and is no note."""

    ERROR = "error"
    WARNING = "warning"
    POSSIBLE = "possible"
    NEVER = "never"

    def fails(self, item: Diagnostic) -> bool:
        """Whether this finding is reason enough."""
        match self:
            case FailOn.NEVER:
                return False
            case FailOn.ERROR:
                return item.fails and item.severity is Severity.ERROR
            case FailOn.WARNING:
                return item.fails
            case FailOn.POSSIBLE:
                return item.severity is not Severity.NOTE


def finding(
    code: str,
    message: str,
    *,
    origin: Origin | Place | None = None,
    related: tuple[Related, ...] = (),
    confidence: Confidence = Confidence.CERTAIN,
    subject: str = "",
    details: tuple[str, ...] = (),
    hint: str | None = None,
    changes: tuple[Related, ...] = (),
) -> Diagnostic:
    """A diagnostic of a built-in code, with that code's severity."""
    return Diagnostic(
        code,
        message,
        origin,
        related,
        BUILT_IN[code].severity,
        confidence,
        subject=subject,
        details=details,
        hint=hint,
        changes=changes,
    )


def unknown(code: str, reason: Unknown, subject: str = "") -> Diagnostic:
    """An Unknown as something to list: its reason, its place, its remedy."""
    return finding(code, reason.reason, origin=reason.origin, subject=subject, hint=reason.remedy)


@dataclass(frozen=True, slots=True)
class Report:
    """All that an output format receives.

    `unknowns` are what could not be known; they never fail a run. `notes` are sentences about the run (which settings
    were taken, and why); `cautions` are those that cast a doubt on the rest and are always shown. `stats` are counts.
    `clean` is what there is to say when there are no findings; `project` names one of several projects.
    """

    diagnostics: tuple[Diagnostic, ...] = ()
    unknowns: tuple[Diagnostic, ...] = ()
    notes: tuple[str, ...] = ()
    stats: Mapping[str, int | float | str] = field(default_factory=dict)
    codes: Codes = field(default_factory=lambda: BUILT_IN)
    cautions: tuple[str, ...] = ()
    clean: str = "No findings."
    project: str | None = None
    strict: bool = False
    """Whether possible findings count as well."""

    @property
    def fails(self) -> bool:
        return self.failing(FailOn.WARNING)

    def failing(self, level: FailOn) -> bool:
        """Whether something in it is reason enough to fail."""
        if self.strict and level is FailOn.WARNING:
            level = FailOn.POSSIBLE
        return any(map(level.fails, self.diagnostics))

    def selected(self, selection: Selection) -> Report:
        """The report without what was not asked for."""
        return replace(
            self,
            diagnostics=tuple(item for item in self.diagnostics if item.code in selection),
            unknowns=tuple(item for item in self.unknowns if item.code in selection),
        )
