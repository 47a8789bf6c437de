"""Reports in the format that was asked for, on the standard output or in a file.

In: what was found. Out: text, with paths as the reader of that format needs them. Formats are imported when used.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from migration_guard import __version__
from migration_guard.cli.options import Common
from migration_guard.cli.run import write

if TYPE_CHECKING:
    from migration_guard.diagnostics import FailOn, Locator, Place, Report
    from migration_guard.values import Origin

FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "markdown")
LEVELS = ("error", "warning", "possible", "never")


def rendered(reports: Sequence[Report], locator: Locator, format: str, common: Common, fail_on: FailOn) -> str:
    """The reports in one of `FORMATS`."""
    if format == "text":
        return _text(reports, locator, common)
    if format == "json":
        from migration_guard.report import json

        one = len(reports) == 1 and reports[0].project is None
        return json.render(reports[0], locator) if one else json.render_all(reports, locator)
    rooted = Rooted(locator)
    if format == "sarif":
        from migration_guard.report import sarif

        return sarif.render(reports, rooted, __version__)
    if format == "github":
        from migration_guard.report import github

        return github.render(reports, rooted)
    if format == "gitlab":
        from migration_guard.report import gitlab

        return gitlab.render(reports, rooted)
    if format == "junit":
        from migration_guard.report import junit

        return junit.render(reports, rooted, fail_on)
    from migration_guard.report import markdown

    return markdown.render(reports, rooted, fail_on)


def _text(reports: Sequence[Report], locator: Locator, common: Common) -> str:
    from migration_guard.report import text

    quotes = FileLines()
    texts = [
        text.render(item, locator, colour=common.colour, verbose=common.verbose, quotes=quotes) for item in reports
    ]
    return "\n".join(texts)


def deliver(text: str, output: Path | None) -> None:
    """Print a report, or write it to a file."""
    if output is None:
        write(text)
        return
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_bytes(text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise click.UsageError(f"{output} cannot be written: {error.strerror}") from None


class Rooted:
    """A locator whose paths begin at the top of the repository, as services expect them."""

    def __init__(self, locator: Locator) -> None:
        self._locator = locator
        here = Path.cwd()
        tops = (folder for folder in (here, *here.parents) if os.path.lexists(folder / ".git"))
        self._top = os.fspath(next(tops, here))

    def locate(self, origin: Origin | Place) -> Place:
        """The place of an origin."""
        from dataclasses import replace

        place = self._locator.locate(origin)
        full = os.path.abspath(place.file)
        if full.startswith(self._top.rstrip(os.sep) + os.sep):
            return replace(place, file=os.path.relpath(full, self._top).replace(os.sep, "/"))
        return place


class FileLines:
    """Lines of files, read once each, as the run sees them."""

    def __init__(self) -> None:
        self._files: dict[str, list[str]] = {}

    def line(self, place: Place) -> str | None:
        """The line of a place; None where it cannot be read."""
        if place.file not in self._files:
            self._files[place.file] = _lines(place.file)
        lines = self._files[place.file]
        return lines[place.line - 1] if 0 < place.line <= len(lines) else None


def _lines(file: str) -> list[str]:
    from migration_guard.disk import read_bytes
    from migration_guard.source.errors import SourceError
    from migration_guard.source.text import decode

    try:
        return decode(read_bytes(file)).split("\n")
    except (OSError, SourceError):
        return []
