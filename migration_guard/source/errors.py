"""What can go wrong with a file's text, said in one line.

In: a place and a message from a decoder or a parser. Out: one exception type that rooms above turn into a diagnostic.
It never carries a tree, a traceback of a parser, or the text of the file.
"""

from __future__ import annotations


class SourceError(Exception):
    """A file is not Python that can be read: bad encoding, bad syntax, or nested past every limit.

    `line` is 1-based and `column` 0-based; both are 0 where the place is not known.
    """

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(line, column, message)
        self.line = line
        self.column = column
        self.message = message

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}" if self.line else self.message
