"""Pretty: a JSON document indented, every key, number and repetition as the document has it.

Only the white space between values is another. Strings keep their escapes; what is not ASCII in
them is escaped, and so is whatever would be no JSON at all: a terminal is shown nothing that it
would obey.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layertar.regex import regex
from layertar.report.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["pretty"]

_STEP = "  "
# A string, be it without its end; brackets, comma, colon; white space; anything else.
_PART = regex(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[ \t\r\n]+|[^{}\[\],:" \t\r\n]+', re.DOTALL)
_OPEN, _CLOSE = ("{", "["), ("}", "]")
# Deeper than any document that is read; beyond it lines only move no further to the right.
_DEEPEST = 64


def pretty(raw: bytes) -> Iterator[str]:
    """Yield the text of the document `raw`, in pieces, with a line break at its end."""
    text = raw.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    depth, before = 0, ""
    for match in _PART.finditer(text):
        part = match[0]
        if part.isspace():
            continue
        if part in _CLOSE:
            depth = max(depth - 1, 0)
            if before not in _OPEN:
                yield _line(depth)
        elif before in _OPEN or before == ",":
            yield _line(depth)
        if part in _OPEN:
            depth += 1
        yield ": " if part == ":" else _shown(part)
        before = part
    yield "\n"


def _line(depth: int) -> str:
    return "\n" + _STEP * min(depth, _DEEPEST)


def _shown(part: str) -> str:
    if part.isascii() and part.isprintable():
        return part
    return "".join(
        char if char.isascii() and char.isprintable() else _escaped(char) for char in part
    )


def _escaped(char: str) -> str:
    r"""Write a character as JSON does; a byte that is no UTF-8 as `\\xNN`, as all JSON here."""
    if "\udc80" <= char <= "\udcff":
        return "\\" + escape(char)
    code = ord(char)
    if code < 0x10000:  # noqa: PLR2004 - the end of the basic plane
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
