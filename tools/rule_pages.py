"""Writes docs/rules, and the index of the rules, from the rules themselves: `python tools/rule_pages.py`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "rules"
INDEX = ROOT / "migration_guard" / "rules" / "index.json"
KEPT = {"out-of-scope.md"}
"""Written by hand."""


def main() -> None:
    """Write what has changed."""
    from migration_guard.describing import index, pages

    INDEX.write_text(index(), encoding="utf-8")
    found = pages()
    PAGES.mkdir(parents=True, exist_ok=True)
    for path in PAGES.glob("*.md"):
        if path.name not in found and path.name not in KEPT:
            path.unlink()
    for name, text in found.items():
        (PAGES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
