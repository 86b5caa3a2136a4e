"""Xz: streams, and the padding between them, decoded by the standard library.

The first block of each stream is looked into before the library sees it, since the size of its
dictionary is what an attacker spends our memory by, and the library tells it only as the text of
an error. A later block that asks for more is stopped by the library's own bound.

Spec: The .xz File Format 1.2.1, sections 2.1, 2.2, 3.1 and 5.3.1.
"""

from __future__ import annotations

import lzma
from typing import TYPE_CHECKING

from layertar.codec.decoder import Breakage
from layertar.codec.library import OVERHEAD, pump
from layertar.codec.push import StoredError
from layertar.codec.windows import FREE_WINDOW, WINDOWS

if TYPE_CHECKING:
    from collections.abc import Generator

    from layertar.codec.push import Stored
    from layertar.codec.windows import Windows
    from layertar.limits import Limits

__all__ = ["Xz"]

# Of the magic's six bytes four, as many as a unit of padding has; the library checks the others.
_MAGIC = b"\xfd7zX"
_PADDING = bytes(4)
_STREAM_HEADER_SIZE = 12
_LZMA2 = 0x21
_LZMA2_LARGEST = 40


class Xz:
    """The xz format; a `push.Format`."""

    name = "xz stream"
    magic_size = len(_MAGIC)
    skipped = ()

    def __init__(self, limits: Limits, windows: Windows = WINDOWS) -> None:
        """Decode the streams whose dictionary is within `limits.window`, held of `windows`."""
        self._window = limits.window
        self._windows = windows

    def begins(self, head: bytes) -> bool:
        """Tell whether `head` is the begin of a stream, or of padding."""
        return _MAGIC.startswith(head) or _PADDING.startswith(head)

    def skips(self, head: bytes) -> bool:
        """Tell whether `head` is padding (section 2.2)."""
        return head == _PADDING

    def decode(self, stored: Stored, head: bytes) -> Generator[bytes, None, None]:
        """Yield a stream's content."""
        if self.skips(head):
            return
        begin = head + (yield from stored.take(_STREAM_HEADER_SIZE - len(head) + 1))
        needed = min(FREE_WINDOW, self._window)
        if begin[-1]:  # otherwise the stream has no block, and this is its index
            block = yield from stored.take((begin[-1] + 1) * 4 - 1)
            begin += block
            dictionary = _dictionary_size(block)
            if dictionary is not None and dictionary > self._window:
                detail = f"the xz dictionary is {dictionary} bytes, the bound is {self._window}"
                at = stored.offset - len(begin)
                raise StoredError(Breakage.WINDOW, detail, at, dictionary)
            needed = max(needed, dictionary or 0)
        with self._windows.hold(needed):
            decompressor = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=needed + OVERHEAD)
            yield from pump(decompressor, lzma.LZMAError, stored, begin)


def _dictionary_size(block: bytes) -> int | None:
    """Return the LZMA2 dictionary's size, in bytes, that a block header asks for.

    Args:
        block: the header without its first byte, the size (section 3.1).

    Returns:
        `None` where the header is not understood, which the library will tell better.
    """
    flags = block[0]
    at = 1
    for present in (flags & 0x40, flags & 0x80):
        if present:  # the compressed, the uncompressed size
            at = _after_integer(block, at)
    for _ in range((flags & 0x03) + 1):
        # Every filter there is has an id and a size of properties of one byte each.
        kind, size, value = block[at : at + 3].ljust(3, b"\0")
        if kind == _LZMA2 and size == 1 and value <= _LZMA2_LARGEST:
            return 0xFFFFFFFF if value == _LZMA2_LARGEST else (2 | value & 1) << (value // 2 + 11)
        at += 2 + size
    return None


def _after_integer(block: bytes, at: int) -> int:
    """Return where a variable-length integer at `at` ends (section 1.2)."""
    while at < len(block) and block[at] & 0x80:
        at += 1
    return at + 1
