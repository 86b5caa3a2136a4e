"""Skippable frames, which Zstandard and lz4 have in common: bytes for others, no content.

Spec: RFC 8878, section 3.1.2; LZ4 Frame Format Description 1.6.4, Skippable Frames.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from layertar.codec.decoder import Skipped
from layertar.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Generator

    from layertar.codec.push import Stored

__all__ = ["begins_frame", "read_skippable"]

_FIRST = range(0x50, 0x60)
_REST = b"\x2a\x4d\x18"
_STRIDE = 64 << 10


def begins_frame(head: bytes, magic: bytes) -> bool:
    """Tell whether `head` is `magic`, that of a skippable frame, or the begin of either."""
    return magic.startswith(head) or (head[0] in _FIRST and _REST.startswith(head[1:]))


def read_skippable(stored: Stored) -> Generator[bytes, None, Skipped]:
    """Read a skippable frame behind its magic."""
    size = int.from_bytes((yield from stored.take(4)), "little")
    offset, due = stored.offset, size
    content = hashlib.sha256()
    while due:
        part = yield from stored.some(min(due, _STRIDE))
        content.update(part)
        due -= len(part)
    return Skipped(offset, size, Digest("sha256", content.hexdigest()))
