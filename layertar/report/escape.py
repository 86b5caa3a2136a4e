r"""Escape: text from an archive, made safe to show.

Everything that an archive holds is its author's string: it may move the cursor, reverse the
reading direction, forge a line of a log or a command of a CI system, or be no text at all
(a member's name is bytes; those that are no UTF-8 arrive as surrogate escapes).
"""

from __future__ import annotations

__all__ = ["encodable", "escape"]

_NAMED = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
# PEP 383: byte 0x80 + n that is no UTF-8 is decoded to U+DC80 + n.
_FIRST_BYTE, _LAST_BYTE, _BYTE_OFFSET = 0xDC80, 0xDCFF, 0xDC00
_ASCII_END = 0x80
_BMP_END = 0x10000


def escape(text: str) -> str:
    r"""Make `text` fit for one line of a terminal or a log.

    What is not printable is written as a backslash escape: control characters, line breaks,
    bidirectional and zero-width characters, spaces other than the plain one, unassigned and
    private characters. `\xNN` is an ASCII control or, from `\x80`, a byte that is no UTF-8;
    every other character is `\uNNNN` or `\UNNNNNNNN`. A backslash itself stays as it is.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escaped(char) for char in text)


def encodable(text: str) -> str:
    r"""Write each lone surrogate of `text` as a backslash escape, and leave the rest.

    The result is valid Unicode. A byte that is no UTF-8 becomes the four characters `\xNN`;
    a surrogate of other origin, say from an escape in a JSON document, becomes `\udNNN`.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return "".join(_escaped(char) if "\ud800" <= char <= "\udfff" else char for char in text)
    return text


def _escaped(char: str) -> str:
    if char in _NAMED:
        return _NAMED[char]
    code = ord(char)
    if _FIRST_BYTE <= code <= _LAST_BYTE:
        return f"\\x{code - _BYTE_OFFSET:02x}"
    if code < _ASCII_END:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < _BMP_END else f"\\U{code:08x}"
