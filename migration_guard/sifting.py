"""What of the findings is left: severities as the user wants them, and what configuration or comments excuse.

In: a report and an opened project. Out: the report without what is excused, with what excuses nothing any more.
`# migration-guard: ignore[MG201] reason` excuses findings on the operation it stands in or above;
`# migration-guard: ignore-file[MG201] reason` those of the file. `IgnoreMigration()` of django-migration-linter among a
migration's operations is minded where migrations are chosen. Files are read only where there are findings, or
where migrations were judged.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePath

from migration_guard import disk
from migration_guard.diagnostics import (
    Codes,
    Diagnostic,
    Locator,
    Place,
    Report,
    Severity,
    UsageError,
    finding,
    suggestion,
)
from migration_guard.project.project import Project
from migration_guard.values import Origin

COMMENT = re.compile(r"#\s*migration-guard:\s*ignore(?P<file>-file)?\b\s*(?:\[(?P<codes>[^\]]*)\])?\s*(?P<reason>.*)")
NEVER_EXCUSED = ("MG190", "MG191")


@dataclass(frozen=True, slots=True)
class Spans:
    """The operations of a migration: first and last line of each."""

    lines: tuple[tuple[int, int], ...] = ()

    def of(self, line: int) -> tuple[int, int]:
        """The smallest span of lines that a line is in; the line itself outside of all."""
        around = [span for span in self.lines if span[0] <= line <= span[1]]
        return min(around, key=lambda span: span[1] - span[0], default=(line, line))


@dataclass(slots=True)
class Excuse:
    """A suppression comment. `lines` is what it is about, None for the whole file."""

    place: Place
    codes: tuple[str, ...]
    lines: tuple[int, int] | None
    reason: str = ""
    used: set[str] = field(default_factory=set)

    def covers(self, code: str, line: int) -> bool:
        inside = self.lines is None or self.lines[0] <= line <= self.lines[1]
        return inside and (not self.codes or any(code.startswith(prefix) for prefix in self.codes))


def sift(report: Report, project: Project, codes: Codes, locator: Locator, judged: Iterable[str]) -> Report:
    """The report less what is excused. `judged` are files whose suppressions must be of use."""
    severities = {codes.prefix(word): Severity(level) for word, level in project.config.severity.items()}
    kept = [_graded(item, severities) for item in report.diagnostics]
    ignored = _Ignored(project, codes)
    kept = [item for item in kept if not ignored.has(item, locator)]
    kept = _commented(kept, codes, locator, judged)
    return replace(report, diagnostics=tuple(kept))


def _graded(item: Diagnostic, severities: Mapping[str, Severity]) -> Diagnostic:
    """A finding with the severity of the longest prefix that the user names."""
    named = max((prefix for prefix in severities if item.code.startswith(prefix)), key=len, default=None)
    return replace(item, severity=severities[named]) if named is not None else item


class _Ignored:
    """What the configuration ignores for apps, files and migrations."""

    def __init__(self, project: Project, codes: Codes) -> None:
        config = project.config
        self._root = (config.path.parent if config.path is not None else project.root.path).resolve()
        self._apps = _prefixes(config.per_app_ignores, codes)
        self._files = _prefixes(config.per_file_ignores, codes)
        self._migrations = _prefixes(config.per_migration_ignores, codes)
        for label in self._apps:
            if not any(app.label == label for app in project.apps) and not project.apps.incomplete:
                labels = [app.label for app in project.apps]
                raise UsageError(f"per-app-ignores: no installed app with label {label!r}", suggestion(label, labels))

    def has(self, item: Diagnostic, locator: Locator) -> bool:
        migration = item.subject.partition(":")[0]
        app = migration.partition(".")[0]
        if _named(item.code, self._apps.get(app, ())):
            return True
        if any(
            fnmatchcase(migration, pattern) and _named(item.code, given) for pattern, given in self._migrations.items()
        ):
            return True
        return bool(self._files) and item.origin is not None and self._in_file(item, item.origin)

    def _in_file(self, item: Diagnostic, origin: Origin | Place) -> bool:
        path = PurePath(origin.file)
        with_root = Path(origin.file).resolve()
        relative = with_root.relative_to(self._root) if with_root.is_relative_to(self._root) else path
        return any(
            fnmatchcase(relative.as_posix(), pattern) and _named(item.code, given)
            for pattern, given in self._files.items()
        )


def _prefixes(given: Mapping[str, tuple[str, ...]], codes: Codes) -> dict[str, tuple[str, ...]]:
    return {name: tuple(map(codes.prefix, words)) for name, words in given.items()}


def _named(code: str, prefixes: Sequence[str]) -> bool:
    return any(code.startswith(prefix) for prefix in prefixes)


# Comments


def _commented(found: list[Diagnostic], codes: Codes, locator: Locator, judged: Iterable[str]) -> list[Diagnostic]:
    excuses = {file: list(_excuses(file, codes)) for file in _files(found, judged)}
    if not any(excuses.values()):
        return found
    kept = [item for item in found if not _excused(item, excuses, locator)]
    unused = [_unused(excuse) for given in excuses.values() for excuse in given if not excuse.used]
    return [*kept, *unused]


def _files(found: Iterable[Diagnostic], judged: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*judged, *(item.origin.file for item in found if isinstance(item.origin, Origin))]))


def _excused(item: Diagnostic, excuses: Mapping[str, Sequence[Excuse]], locator: Locator) -> bool:
    if not isinstance(item.origin, Origin) or item.code in NEVER_EXCUSED or not excuses.get(item.origin.file):
        return False
    line = locator.locate(item.origin).line
    covering = [excuse for excuse in excuses[item.origin.file] if excuse.covers(item.code, line)]
    for excuse in covering:
        excuse.used.add(item.code)
    return bool(covering)


def _unused(excuse: Excuse) -> Diagnostic:
    named = f"[{', '.join(excuse.codes)}]" if excuse.codes else ""
    return finding(
        "MG190",
        f"the suppression ignore{named} suppresses nothing",
        origin=excuse.place,
        subject=f"{Path(excuse.place.file).stem}:{named}",
        hint="remove it",
    )


def _excuses(file: str, codes: Codes) -> Iterator[Excuse]:
    """The suppressions of a file."""
    try:
        text = disk.read_text(file)
    except (OSError, UnicodeDecodeError):
        return
    if "migration-guard:" not in text:
        return
    spans = _spans(text)
    for line, column, comment, alone in _comments(text):
        found = COMMENT.match(comment)
        if found is None:
            continue
        words = [word.strip() for word in (found["codes"] or "").split(",") if word.strip()]
        given, wrong = _known(words, codes)
        place = Place(file, line, column + 1)
        about = None if found["file"] else spans.of(_next(text, line) if alone else line)
        yield Excuse(place, (*given, *wrong), about, found["reason"].strip(" -:"))


def _known(words: Iterable[str], codes: Codes) -> tuple[list[str], list[str]]:
    """Codes, and words that are none: those excuse nothing, and so are reported as unused."""
    given, wrong = [], []
    for word in words:
        try:
            given.append(codes.prefix(word))
        except UsageError:
            wrong.append(word)
    return given, wrong


def _comments(text: str) -> Iterator[tuple[int, int, str, bool]]:
    """(line, column, text, whether it stands alone) of each comment."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.start[1], token.string, not token.line[: token.start[1]].strip()
    except (tokenize.TokenError, SyntaxError):
        return


def _next(text: str, line: int) -> int:
    """The line that a comment of its own stands above."""
    lines = text.splitlines()
    for number in range(line, len(lines)):
        stripped = lines[number].strip()
        if stripped and not stripped.startswith("#"):
            return number + 1
    return line


def _spans(text: str) -> Spans:
    """The lines of the operations of a migration, wherever its class and list are."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return Spans()
    found = []
    for node in ast.walk(tree):
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        named = any(isinstance(target, ast.Name) and target.id == "operations" for target in targets)
        value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
        if named and isinstance(value, (ast.List, ast.Tuple)):
            found += [(item.lineno, item.end_lineno or item.lineno) for item in value.elts]
    return Spans(tuple(found))
