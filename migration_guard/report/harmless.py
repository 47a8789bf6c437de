"""Text from the code under analysis, made harmless for where it is printed: names are data, whatever they look like.

In: any text. Out: one line that the terminal, a CI service, a Markdown page or an XML document shows and does not obey.
"""

from __future__ import annotations

import re

from migration_guard.diagnostics import printable

_COMMAND = re.compile(r"##(?=\[|vso\[|teamcity\[)")
_WORKFLOW = re.compile(r"^(\s*):(?=:)")
_PUNCTUATION = re.compile(r"[\\`*_{}\[\]()<>#+\-.!|~&\"'=$^]")
_REFERENCE = re.compile(r"(?<=[@#])(?=\w)|(?<=:)(?=//)|(?<=\bwww)(?=\.)", re.IGNORECASE)
WORD_JOINER = "\u2060"


def line(text: str) -> str:
    """For terminals and logs of CI services: no control characters, and nothing that a service takes for a command."""
    return begun(_COMMAND.sub("# #", printable(text)))


def begun(text: str) -> str:
    """A line put together from harmless pieces: it begins with no workflow command."""
    return _WORKFLOW.sub(r"\1: ", text)


def markdown(text: str) -> str:
    """For running text in Markdown: no markup, no HTML, no mention of anybody, no link."""
    joined = _REFERENCE.sub(WORD_JOINER, printable(text))
    return _PUNCTUATION.sub(lambda found: f"&#{ord(found[0])};", joined)


def code(text: str) -> str:
    """For a piece of code inside running text in Markdown; bars would end the cell of a table."""
    return f"<code>{_spelled(printable(text))}</code>" if text else ""


def fenced(lines: list[str], language: str = "") -> list[str]:
    """For a block of code in Markdown: behind a fence longer than any in it."""
    shown = [printable(part) for text in lines for part in text.splitlines() or [""]]
    longest = max((len(run) for text in shown for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *shown, fence]


def html(text: str) -> str:
    """For the text of an HTML element: what Markdown would see in it is spelled as well."""
    return _spelled(_REFERENCE.sub(WORD_JOINER, printable(text)))


def _spelled(text: str) -> str:
    return _HTML.sub(lambda found: f"&#{ord(found[0])};", text)


_HTML = re.compile(r"[<>&\"'`*_\[\]|\\~$@#:]")


def xml(text: str) -> str:
    """For text and attributes of an XML document."""
    return "".join(_XML.get(character, character) for character in printable(text))


_XML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
