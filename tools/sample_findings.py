"""A seeded sample of findings for each rule, spread over projects: `python tools/sample_findings.py REPORT...`.

It is there to be read. Reports are those of `migration-guard check --all --format json`, one for each project, named
after it. `--per-rule N` says how many findings of a rule are shown, `--code MG401` shows those of one rule only.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

SEED = 5


def main() -> None:
    """Print the samples."""
    parser = argparse.ArgumentParser()
    parser.add_argument("reports", nargs="+", type=Path)
    parser.add_argument("--per-rule", type=int, default=20)
    parser.add_argument("--code", action="append", default=[])
    given = parser.parse_args()
    by_code: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for report in sorted(given.reports):
        for found in json.loads(report.read_text(encoding="utf-8"))["findings"]:
            by_code[found["code"]].append(found | {"report": report.stem})
    for code in sorted(given.code or by_code):
        print(f"{code}: {len(by_code[code])}")
        for found in sample(by_code[code], given.per_rule):
            place = found["place"] or {}
            where = f"{found['report']} {place.get('file')}:{place.get('line')}"
            print(f"  {where} [{found['severity']}, {found['confidence']}] {found['message']}")
            print(*(f"      {text}" for text in found["sql"]), sep="\n", end="\n" if found["sql"] else "")


def sample(found: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """So many findings, taken from the projects in turns."""
    chance = random.Random(SEED)
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in found:
        groups[item["report"]].append(item)
    order = sorted(groups)
    chance.shuffle(order)
    for name in order:
        chance.shuffle(groups[name])
    turns = max(map(len, groups.values()), default=0)
    return [groups[name][at] for at in range(turns) for name in order if at < len(groups[name])][:count]


if __name__ == "__main__":
    main()
