"""Plain LZMA, the `.lzma` format of before xz: a header without a magic, no checksum.

It is told by a header that is plausible, and by content that can be decoded (`sniff`). The
standard library decodes it.

Spec: LZMA specification (LZMA SDK, lzma-specification.txt), The lzma file format; its
restrictions are those of liblzma, lzma/alone_decoder.c.
"""

from __future__ import annotations

import lzma
from typing import TYPE_CHECKING

from layertar.codec.decoder import Breakage
from layertar.codec.library import OVERHEAD, pump
from layertar.codec.push import StoredError

if TYPE_CHECKING:
    from collections.abc import Generator

    from layertar.codec.push import Stored
    from layertar.codec.windows import Windows
    from layertar.limits import Limits

__all__ = ["MAGIC", "LzmaAlone", "is_plausible"]

#: The properties that every known writer uses, and the low bytes of any usual dictionary's size.
MAGIC = b"\x5d\x00\x00"

_HEADER_SIZE = 13  # properties, size of the dictionary, size of the content
_UNKNOWN = (1 << 64) - 1
_LARGEST = 1 << 38  # of the content; liblzma takes more for no lzma
_SMALLEST_DICTIONARY = 1 << 12
_LOOK = 4096


class LzmaAlone:
    """The format of plain lzma; a `push.Format`."""

    name = "lzma stream"
    magic_size = len(MAGIC)
    skipped = ()

    def __init__(self, limits: Limits, windows: Windows) -> None:
        """Decode the streams whose dictionary is within `limits.window`."""
        self._window = limits.window
        self._windows = windows

    def begins(self, head: bytes) -> bool:
        """Tell whether `head` is the usual begin of a header."""
        return MAGIC.startswith(head)

    def skips(self, head: bytes) -> bool:  # noqa: ARG002 - `push.Format`
        """Tell that every stream counts."""
        return False

    def decode(self, stored: Stored, head: bytes) -> Generator[bytes, None, None]:
        """Yield a stream's content."""
        begin = head + (yield from stored.take(_HEADER_SIZE - len(head)))
        dictionary = int.from_bytes(begin[1:5], "little")
        if dictionary > self._window:
            detail = f"the lzma dictionary is {dictionary} bytes, the bound is {self._window}"
            raise StoredError(Breakage.WINDOW, detail, stored.offset - len(begin), dictionary)
        with self._windows.hold(dictionary):
            decompressor = lzma.LZMADecompressor(
                lzma.FORMAT_ALONE, memlimit=max(dictionary, _SMALLEST_DICTIONARY) + OVERHEAD
            )
            yield from pump(decompressor, lzma.LZMAError, stored, begin)


def is_plausible(head: bytes) -> bool:
    """Tell whether `head`, the first bytes of a stream, begins one of plain lzma.

    The size of the dictionary must be 2^n or 2^n + 2^(n-1), as every writer has it, that of the
    content unknown or below 256 GiB, the first byte of the range coder zero, and what follows
    must decode.
    """
    if not head.startswith(MAGIC) or len(head) <= _HEADER_SIZE or head[_HEADER_SIZE]:
        return False
    dictionary = int.from_bytes(head[1:5], "little")
    lowest = dictionary & -dictionary
    if dictionary < _SMALLEST_DICTIONARY or dictionary not in (lowest, lowest * 3):
        return False
    size = int.from_bytes(head[5:_HEADER_SIZE], "little")
    return (size == _UNKNOWN or size < _LARGEST) and _decodes(head)


def _decodes(head: bytes) -> bool:
    # With the smallest dictionary, which is as good for the first few bytes of content.
    begin = MAGIC[:1] + _SMALLEST_DICTIONARY.to_bytes(4, "little") + head[5:]
    try:
        lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(begin, _LOOK)
    except lzma.LZMAError:
        return False
    return True
