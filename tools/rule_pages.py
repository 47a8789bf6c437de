"""Writes docs/rules from the rules themselves: `python tools/rule_pages.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "rules"
KEPT = {"out-of-scope.md"}
"""Written by hand."""

if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    from migration_guard.describing import pages

    found = pages()
    PAGES.mkdir(parents=True, exist_ok=True)
    for path in PAGES.glob("*.md"):
        if path.name not in found and path.name not in KEPT:
            path.unlink()
    for name, text in found.items():
        (PAGES / name).write_text(text, encoding="utf-8")
