"""The baseline: findings that were there when somebody began, in a file, so that only others are reported.

In: reports, and the file. Out: reports without what the file lists, and a note for each entry that no finding matches
any more. Entries are codes and subjects, never lines, so that they survive edits elsewhere in a file.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from migration_guard.diagnostics import Diagnostic, Place, Report, UsageError, finding

VERSION = 1
NEVER = ("MG190", "MG191")

Entry: TypeAlias = tuple[str, str, str]
"""(project, code, subject)."""


def read_baseline(path: Path) -> Counter[Entry]:
    """The entries of a file. Raises UsageError where it is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["version"] != VERSION:
            raise UsageError(f"{path}: a baseline of version {data['version']!r} cannot be read here")
        found: Counter[Entry] = Counter()
        for item in data["findings"]:
            found[str(item.get("project") or ""), str(item["code"]), str(item["subject"])] += int(item.get("count", 1))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}", "write one with --write-baseline") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f"{path} is not a baseline", "write one with --write-baseline") from None
    return found


def write_baseline(path: Path, reports: Iterable[Report]) -> int:
    """Write what the reports found; how many findings that is. The file is replaced as a whole."""
    found = Counter(_entry(item, report) for report in reports for item in report.diagnostics if item.code not in NEVER)
    items = [
        {"project": project, "code": code, "subject": subject, "count": count}
        for (project, code, subject), count in sorted(found.items())
    ]
    for item in items:
        if not item["project"]:
            del item["project"]
        if item["count"] == 1:
            del item["count"]
    text = json.dumps({"version": VERSION, "findings": items}, indent=1) + "\n"
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    return sum(found.values())


def without_baseline(reports: Iterable[Report], path: Path, complete: bool) -> list[Report]:
    """The reports less what a baseline lists. `complete`: everything was checked, so that the rest of it is stale."""
    left = read_baseline(path)
    result = []
    for report in reports:
        kept = []
        for item in report.diagnostics:
            entry = _entry(item, report)
            if item.code not in NEVER and left[entry] > 0:
                left[entry] -= 1
            else:
                kept.append(item)
        result.append(replace(report, diagnostics=tuple(kept)))
    if complete and result:
        stale = tuple(_stale(entry, path) for entry, count in sorted(left.items()) if count > 0)
        result[-1] = replace(result[-1], diagnostics=(*result[-1].diagnostics, *stale))
    return result


def _entry(item: Diagnostic, report: Report) -> Entry:
    return report.project or "", item.code, item.subject


def _stale(entry: Entry, path: Path) -> Diagnostic:
    project, code, subject = entry
    where = f" in {project}" if project else ""
    return finding(
        "MG191",
        f"the baseline lists {code} of {subject}{where}, which is found no longer",
        origin=Place(str(path), 0),
        subject=f"{code}:{subject}",
        hint="write it anew with --write-baseline",
    )
