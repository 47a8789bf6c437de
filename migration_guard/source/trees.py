"""Text to the standard library's tree, for readers that want exact places and no IR: references in code, functions.

In: the bytes of a file. Out: an `ast.Module`, or a `SourceError` where it is not Python that the running Python can
parse. Nothing is compiled to code, nothing is run.
"""

from __future__ import annotations

import ast

from migration_guard.source.errors import SourceError
from migration_guard.source.lower_ast import parsed
from migration_guard.source.text import decode


def tree(data: str | bytes) -> ast.Module:
    """The tree of a file. Columns count bytes of UTF-8, as in `ast`."""
    found = parsed(decode(data))
    if isinstance(found, SourceError):
        raise found
    return found
