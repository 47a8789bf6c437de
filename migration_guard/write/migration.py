"""From a Migration to the text of its file, byte for byte what Django's MigrationWriter gives.

In: a Migration, the Django version, and the header to put on top. Out: `MigrationText`, or the Refusal of the first
value that cannot be written. Nothing is written to disk here.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from migration_guard import versions
from migration_guard.state.operations import Dependency, Migration, Operation
from migration_guard.values import Value, of
from migration_guard.versions import Version
from migration_guard.write.arguments import Argument, Nested, Printed, Spread, SpreadMap, printed
from migration_guard.write.literal import MODELS_IMPORT, Literal, Refusal, literal

SETTINGS_IMPORT = "from django.conf import settings"
_INDENT = "    "


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line says: Django's full version where it is known ("5.2.19"), and when."""

    django: str
    at: datetime.datetime


@dataclass(frozen=True, slots=True)
class MigrationText:
    """The file's text. `manual_porting`: migration modules whose functions must be copied by hand into this file.

    `certain` is False when a name in it was taken from an import that could not be followed.
    """

    text: str
    manual_porting: tuple[str, ...] = ()
    certain: bool = True


def write_migration(
    migration: Migration, version: Version, *, header: Header | None = None, complete: bool = False
) -> MigrationText | Refusal:
    """The file of a migration. A dependency with a `setting` is printed as a swappable one, by name otherwise.

    `complete`: with attributes that older versions of Django leave out of what they write.
    """
    page = _Page(version)
    try:
        operations = [line for operation in migration.operations for line in page.operation(operation, 2)]
        dependencies = [page.dependency(dependency) for dependency in migration.dependencies]
        attributes = "".join(_attributes(migration, page, complete))
    except _Refused as refused:
        return refused.refusal
    if versions.SORTED_DEPENDENCIES_IN_FILES(version):
        dependencies.sort()
    text = (
        f"{_header(header)}{page.import_block()}\n\nclass Migration(migrations.Migration):\n{attributes}\n"
        f"    dependencies = [\n{_lines(dependencies)}    ]\n\n    operations = [\n{_lines(operations)}    ]\n"
    )
    return MigrationText(text, tuple(sorted(page.ported)), page.certain)


def operation_text(operation: Operation, version: Version) -> Literal | Refusal:
    """One operation as an expression over several lines, as the writer nests it."""
    page = _Page(version)
    try:
        text = page.nested(operation)
    except _Refused as refused:
        return refused.refusal
    return Literal(text, frozenset(page.imports), page.certain)


class _Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(slots=True)
class _Page:
    """Collects the imports of everything printed on it."""

    version: Version
    imports: set[str] = field(default_factory=set)
    certain: bool = True

    @property
    def ported(self) -> set[str]:
        """Imports of modules that have no importable name, because it begins with a digit: other migrations."""
        found = (re.match(r"^import (.*\.\d+[^\s]*)$", line) for line in self.imports)
        return {match.group(1).strip() for match in found if match}

    def value(self, value: Value, where: str) -> str:
        written = literal(value, self.version)
        if isinstance(written, Refusal):
            raise _Refused(replace(written, where=where))
        self.imports.update(written.imports)
        self.certain = self.certain and written.certain
        return written.text

    def operation(self, operation: Operation, indent: int) -> Iterator[str]:
        """The lines of an operation, with the comma of a list item."""
        pad, shown = _INDENT * indent, printed(operation, self.version)
        if shown.module is not None:
            self.imports.add(f"import {shown.module}")
        yield f"{pad}{shown.module or 'migrations'}.{shown.name}("
        for name, argument in shown.arguments:
            where = f"argument {name} of {_subject(shown)}"
            yield from (pad + _INDENT + line for line in self._argument(name, argument, where))
        yield f"{pad}),"

    def nested(self, operation: Operation) -> str:
        return "\n".join(self.operation(operation, 0)).rstrip(",")

    def _argument(self, name: str, argument: Argument, where: str) -> Iterator[str]:
        match argument:
            case SpreadMap():
                yield f"{name}={{"
                for key, value in argument.items:
                    yield f"{_INDENT}{key!r}: {self.value(value, f'{key} in {where}')},"
                yield "},"
            case Spread():
                yield f"{name}=["
                for item in argument.items:
                    text = self._item(item, where)
                    yield from (_INDENT + line for line in f"{text},".splitlines())
                yield "],"
            case Nested():
                joined = ", ".join(self.nested(operation) for operation in argument.items)
                yield from f"{name}=[{joined}],".splitlines()
            case _:
                yield f"{name}={self.value(argument, where)},"

    def _item(self, item: Value | Operation, where: str) -> str:
        if isinstance(item, Value):
            return self.value(item, where)
        return self.nested(item)

    def dependency(self, dependency: Dependency) -> str:
        if dependency.setting is not None:
            self.imports.add(SETTINGS_IMPORT)
            return f"        migrations.swappable_dependency(settings.{dependency.setting}),"
        return f"        ({dependency.app_label!r}, {dependency.name!r}),"

    def import_block(self) -> str:
        """The import lines in Django's order, and the comment on functions that must be copied by hand."""
        ported = self.ported
        lines = self.imports - {f"import {module}" for module in ported} - {MODELS_IMPORT}
        models = ", models" if MODELS_IMPORT in self.imports else ""
        lines.add(f"from django.db import migrations{models}")
        plain_first = versions.PLAIN_IMPORTS_FIRST(self.version)
        ordered = sorted(lines, key=lambda line: (plain_first and line.startswith("from"), line.split()[1], line))
        block = _lines(ordered)
        if ported:
            block += _PORTING + "\n# ".join(sorted(ported))
        return block


_PORTING = (
    "\n\n# Functions from the following migrations need manual copying.\n"
    "# Move them and any dependencies into this file, then update the\n"
    "# RunPython operations to refer to the local versions:\n# "
)


def _attributes(migration: Migration, page: _Page, complete: bool) -> Iterator[str]:
    """The class' attributes before `dependencies`, each after an empty line."""
    if migration.replaces:
        yield f"\n    replaces = {page.value(of([tuple(key) for key in migration.replaces]), 'replaces')}\n"
    if migration.initial:
        yield "\n    initial = True\n"
    if not (complete or versions.RUN_BEFORE_AND_ATOMIC_IN_FILES(page.version)):
        return
    if not migration.atomic:
        yield "\n    atomic = False\n"
    if migration.run_before:
        keys = [(dependency.app_label, dependency.name) for dependency in migration.run_before]
        yield f"\n    run_before = {page.value(of(keys), 'run_before')}\n"


def _subject(shown: Printed) -> str:
    names = [argument.value for _, argument in shown.arguments if hasattr(argument, "value")]
    return " ".join([shown.name, ".".join(name for name in names[:2] if isinstance(name, str))]).strip()


def _header(header: Header | None) -> str:
    return f"# Generated by Django {header.django} on {header.at:%Y-%m-%d %H:%M}\n\n" if header else ""


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
