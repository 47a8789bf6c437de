"""Variables of templates that read a field: `{{ post.title }}`, `{% if object.title %}`.

In: the bytes of a template, a name, the variables that stand for its model. Out: lines, columns and texts. What a
variable of a template is cannot be known; so a name counts after such a variable, or where it is distinctive.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def template_mentions(
    data: bytes, name: str, variables: Collection[str], distinctive: bool
) -> Iterator[tuple[int, int, str]]:
    """(line, column, text) of each place in a template that may read the field."""
    text = data.decode("utf-8", "replace")
    wanted = re.compile(rf"([\w.]*?)\b(\w+)\.{re.escape(name)}\b(?!\s*=(?!=))")
    for tag in _TAG.finditer(text):
        if tag[0].startswith(("{% comment", "{% load", "{% url", "{% static")):
            continue
        for found in wanted.finditer(tag[0]):
            if distinctive or (found[2] in variables and not found[1]):
                at = tag.start() + found.start()
                line = text.count("\n", 0, at) + 1
                yield line, at - text.rfind("\n", 0, at), found[0]
