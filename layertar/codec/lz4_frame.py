"""Lz4 frames, decoded by the package `lz4`, which the extra `layertar[lz4]` installs.

Without it a stream breaks at its first frame, in words that say what to install.

Spec: LZ4 Frame Format Description 1.6.4, General Structure of LZ4 Frame format, Skippable Frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.codec.decoder import Breakage
from layertar.codec.library import pump
from layertar.codec.push import StoredError
from layertar.codec.skippable import begins_frame, read_skippable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from layertar.codec.library import Decompressor
    from layertar.codec.push import Stored

__all__ = ["Lz4", "find_library"]

_MAGIC = b"\x04\x22\x4d\x18"
_DESCRIPTOR_SIZE = 2  # FLG and BD
_HAS_CONTENT_SIZE = 0x08
_CONTENT_SIZE_SIZE = 8


def find_library() -> Callable[[], Decompressor] | None:
    """Return what makes a decompressor of one frame, or `None` where `lz4` is not installed."""
    try:
        from lz4.frame import LZ4FrameDecompressor  # noqa: PLC0415 - it may be absent
    except ImportError:
        return None
    made: Callable[[], Decompressor] = LZ4FrameDecompressor
    return made


class Lz4:
    """The lz4 frame format; a `push.Format`. A frame's window is 4 MiB at most."""

    name = "lz4 frame"
    magic_size = len(_MAGIC)
    skipped = ()

    def __init__(self, new: Callable[[], Decompressor] | None) -> None:
        """Decode by what `find_library` found."""
        self._new = new

    def begins(self, head: bytes) -> bool:
        """Tell whether `head` is the magic of a frame, skippable or not, or its begin."""
        return begins_frame(head, _MAGIC)

    def skips(self, head: bytes) -> bool:
        """Tell whether `head` begins a skippable frame."""
        return head != _MAGIC

    def decode(self, stored: Stored, head: bytes) -> Generator[bytes, None, None]:
        """Yield a frame's content."""
        if self._new is None:
            detail = "lz4 is read with the extra `layertar[lz4]`, which is not installed"
            raise StoredError(Breakage.NO_LIBRARY, detail, stored.offset - len(head))
        if self.skips(head):
            yield from read_skippable(stored)
            return
        begin = head + (yield from stored.take(_DESCRIPTOR_SIZE))
        recorded = None
        if begin[len(head)] & _HAS_CONTENT_SIZE:
            field = yield from stored.take(_CONTENT_SIZE_SIZE)
            recorded = int.from_bytes(field, "little")
            begin += field
        size = 0
        for piece in pump(self._new(), RuntimeError, stored, begin):
            size += len(piece)
            yield piece
        # The library takes a size of 0 for an unknown one.
        if recorded not in (None, size):
            detail = f"the lz4 frame has {size} bytes, its header says {recorded}"
            raise StoredError(Breakage.CORRUPT, detail, stored.offset)
