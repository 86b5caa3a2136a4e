"""Bzip2: streams, decoded by the standard library. Their memory is bounded by the format."""

from __future__ import annotations

import bz2
from typing import TYPE_CHECKING

from layertar.codec.library import pump

if TYPE_CHECKING:
    from collections.abc import Generator

    from layertar.codec.push import Stored

__all__ = ["Bzip2"]

_MAGIC = b"BZh"


class Bzip2:
    """The bzip2 format; a `push.Format`."""

    name = "bzip2 stream"
    magic_size = len(_MAGIC)
    skipped = ()

    def begins(self, head: bytes) -> bool:
        """Tell whether `head` is the magic or its begin."""
        return _MAGIC.startswith(head)

    def skips(self, head: bytes) -> bool:  # noqa: ARG002 - `push.Format`
        """Tell that every stream counts."""
        return False

    def decode(self, stored: Stored, head: bytes) -> Generator[bytes, None, None]:
        """Yield a stream's content."""
        yield from pump(bz2.BZ2Decompressor(), OSError, stored, head)
