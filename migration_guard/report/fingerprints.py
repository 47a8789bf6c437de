"""What tells one finding from another from one run to the next: its code and its subject, never its line.

In: findings in their order. Out: a hexadecimal text for each; several of one code and subject are counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

from migration_guard.diagnostics import Report

NAME = "migrationGuard/v1"


def fingerprints(reports: Iterable[Report]) -> dict[int, str]:
    """The fingerprint of each finding, by the finding's `id()`."""
    seen: Counter[tuple[str, ...]] = Counter()
    found: dict[int, str] = {}
    for report in reports:
        for item in report.diagnostics:
            if id(item) in found:
                continue
            key = (report.project or "", item.code, item.subject or item.message, ",".join(item.databases))
            seen[key] += 1
            text = "\0".join((*key, str(seen[key])))
            found[id(item)] = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return found
