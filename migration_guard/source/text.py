"""Bytes of a Python file to the text that a parser sees, and the pieces of literals that both front ends decode alike.

In: bytes (with a byte order mark, an encoding cookie, any line ends) or text. Out: text with "\\n" line ends, or a
`SourceError`. Line and column numbers of the result are those of the file. It never parses.
"""

from __future__ import annotations

import io
import re
import tokenize
from unicodedata import normalize

from migration_guard.source.errors import SourceError


def decode(source: str | bytes) -> str:
    """The text of a source file, decoded as Python would (PEP 263), with line ends normalised."""
    text = source if isinstance(source, str) else _decode_bytes(source)
    text = text.removeprefix("\ufeff")
    if "\0" in text:
        before = text[: text.index("\0")]
        raise SourceError(before.count("\n") + 1, 0, "source code cannot contain null bytes")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def _decode_bytes(data: bytes) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError as error:
        encoding = ""
        message = str(error)
    if not encoding:
        # The commonest cause is a stray byte in a file without a cookie; say which line holds it.
        _decode_as(data, "utf-8")
        raise SourceError(1, 0, message)
    return _decode_as(data, encoding)


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceError(line, 0, f"cannot be decoded as {encoding}: {error.reason}") from None
    except (LookupError, ValueError) as error:  # "rot13" and the like are codecs, but not of text
        raise SourceError(1, 0, f"cannot be decoded as {encoding}: {error}") from None


def identifier(name: str) -> str:
    """A name as Python knows it: PEP 3131 compares identifiers in their NFKC form."""
    return name if name.isascii() else normalize("NFKC", name)


_ESCAPED = re.compile(r"\\(\\|[^\x00-\x7f])")


def unescape(body: str) -> str:
    """The value of a non-raw string's body. `ValueError` for an escape that Python rejects."""
    if "\\" not in body:
        return body
    # The codec knows bytes only: other characters are spelled as escapes, and a backslash before one stands for itself.
    spelled = _ESCAPED.sub(lambda pair: "\\\\" if pair[1] == "\\" else "\\\\" + pair[1], body)
    return spelled.encode("latin-1", "backslashreplace").decode("unicode_escape")
