"""The rules described: the list of all codes, one rule in full, and the pages of docs/rules.

In: the registry. Out: texts. The pages are made from the rules alone, so that nothing in them can grow old.
"""

from __future__ import annotations

import importlib
import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import zip_longest

from migration_guard.diagnostics import Code
from migration_guard.rules import catalogue
from migration_guard.rules.registry import INDEX, all_codes, all_rules, loaded_from, modules
from migration_guard.rules.rule import Example, Family, Loaded

STATEMENTS = INDEX.with_name("statements.json")
TITLES = {family.value[0]: family.title for family in Family} | {"9": "What could not be known"}


def rules_text() -> str:
    """All codes, by family."""
    off = {loaded.rule.code for loaded in all_rules() if not loaded.rule.enabled}
    lines: list[str] = []
    for digit, title in sorted(TITLES.items()):
        codes = [code for code in all_codes().values() if code.code[2] == digit]
        if codes:
            lines += ["", f"MG{digit}xx {title}"] if lines else [f"MG{digit}xx {title}"]
            lines += [_line(code, code.code in off) for code in codes]
    return "\n".join(lines) + "\n"


def _line(code: Code, off: bool) -> str:
    level = "off" if off else code.severity.value
    return f"  {code.code}  {level:<8} {code.name:<34} {code.title}"


def rules_json() -> str:
    """All codes as JSON."""
    by_code = {loaded.rule.code: loaded for loaded in all_rules()}
    items = [
        {
            "code": code.code,
            "name": code.name,
            "title": code.title,
            "family": TITLES[code.code[2]],
            "severity": code.severity.value,
            "enabled": code.code not in by_code or by_code[code.code].rule.enabled,
            "since": by_code[code.code].rule.since if code.code in by_code else "0.1",
            "databases": list(by_code[code.code].rule.databases) if code.code in by_code else [],
        }
        for code in all_codes().values()
    ]
    return json.dumps({"version": 1, "rules": items}, indent=2) + "\n"


def explained(word: str) -> str:
    """One rule, by its code or name. Raises UsageError where there is none."""
    codes = all_codes()
    prefix = codes.prefix(word)
    loaded = next((found for found in all_rules() if found.rule.code == prefix), None)
    if loaded is not None:
        return page(loaded)
    if prefix in codes:
        code = codes[prefix]
        return f"# {code.code} {code.name}\n\n{code.title}. ({code.severity.value})\n"
    return "".join(_line(code, False)[2:] + "\n" for code in codes.values() if code.code.startswith(prefix))


def pages() -> Mapping[str, str]:
    """The generated pages of docs/rules by file name."""
    found = {f"{loaded.rule.code}.md": page(loaded) for loaded in all_rules()}
    return {"README.md": _index(), **found}


def _index() -> str:
    lines = ["# Rules", "", "Made from the rules themselves by `tools/rule_pages.py`; do not edit.", ""]
    rules = {loaded.rule.code: loaded.rule for loaded in all_rules()}
    for digit, title in sorted(TITLES.items()):
        codes = [code for code in all_codes().values() if code.code[2] == digit]
        if codes:
            lines += [f"## MG{digit}xx {title}", "", "| code | name | severity | what |", "|---|---|---|---|"]
            for code in codes:
                rule = rules.get(code.code)
                shown = f"[{code.code}]({code.code}.md)" if rule else code.code
                level = code.severity.value + ("" if rule is None or rule.enabled else ", off by default")
                lines.append(f"| {shown} | `{code.name}` | {level} | {code.title} |")
            lines.append("")
    lines += ["What is left out on purpose is in [out-of-scope.md](out-of-scope.md).", ""]
    return "\n".join(lines)


def page(loaded: Loaded) -> str:
    """A rule's page."""
    rule = loaded.rule
    where = ", ".join(rule.databases) if rule.databases else "all databases"
    off = "" if rule.enabled else "; off by default, switch it on with `extend-select`"
    first, *parts = [" ".join(part.split()) for part in loaded.doc.strip().split("\n\n")]
    lines = [f"# {rule.code} {rule.name}", "", first, ""]
    lines += [f"Severity: {rule.severity.value}{off}. Since {rule.since}. Applies to: {where}.", ""]
    for part in parts:
        head, colon, rest = part.partition(": ")
        titled = colon and len(head.split()) <= 3
        text = textwrap.fill(rest[:1].upper() + rest[1:] if titled else part, 120, break_long_words=False)
        lines += [f"## {head}", "", text, ""] if titled else [text, ""]
    shown = _statements().get(rule.code, [])
    lines += [*_steps(rule.instead), *_examples("Found", rule.bad, shown), *_examples("Not found", rule.good)]
    if rule.links:
        lines += ["## Links", "", *(f"- <{link}>" for link in rule.links), ""]
    return "\n".join(lines).rstrip() + "\n"


def _steps(steps: tuple[str, ...]) -> Iterator[str]:
    if steps:
        yield from ("## Step by step", "")
        yield from (f"{number}. {step}" for number, step in enumerate(steps, start=1))
        yield ""


@cache
def _statements() -> Mapping[str, list[Mapping[str, list[str]]]]:
    """The SQL of the bad examples of each rule, by database."""
    try:
        found: dict[str, list[Mapping[str, list[str]]]] = json.loads(STATEMENTS.read_bytes())
    except OSError:
        return {}
    return found


def _examples(title: str, examples: Iterable[Example], sql: Iterable[Mapping[str, list[str]]] = ()) -> Iterator[str]:
    for example, statements in zip_longest(examples, sql):
        django = "" if example.django == "5.2" else f", Django {example.django}"
        yield from (f"## {title} ({', '.join(example.databases)}{django})", "", "```")
        yield textwrap.dedent(example.text).strip("\n")
        yield from ("```", "")
        for database, lines in (statements or {}).items():
            yield from (f"The SQL ({database}):", "", "```sql", *lines, "```", "")


def index() -> str:
    """The index of our own rules, as JSON: with it, only those are loaded that may have something to say."""
    lines = []
    for name in modules():
        rule = loaded_from(importlib.import_module(f"{catalogue.__name__}.{name}")).rule
        words = [rule.code, rule.name, rule.title, rule.severity.value, rule.enabled, sorted(rule.words)]
        lines.append(f"{json.dumps(name)}: {json.dumps(words)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"
