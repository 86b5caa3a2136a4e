"""Lz4 frames, decoded by the package `lz4`, which the extra `layertar[lz4]` installs.

Without it a stream breaks at its first frame, in words that say what to install.

Spec: LZ4 Frame Format Description 1.6.4, General Structure of LZ4 Frame format, Skippable Frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.codec.decoder import Breakage
from layertar.codec.library import pump
from layertar.codec.push import StoredError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from layertar.codec.library import Decompressor
    from layertar.codec.push import Stored

__all__ = ["Lz4", "find_library"]

_MAGIC = b"\x04\x22\x4d\x18"
_SKIPPABLE_FIRST = range(0x50, 0x60)
_SKIPPABLE_REST = b"\x2a\x4d\x18"
_STRIDE = 64 << 10


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
        return _MAGIC.startswith(head) or (
            head[0] in _SKIPPABLE_FIRST and _SKIPPABLE_REST.startswith(head[1:])
        )

    def skips(self, head: bytes) -> bool:
        """Tell whether `head` begins a skippable frame."""
        return head != _MAGIC

    def decode(self, stored: Stored, head: bytes) -> Generator[bytes, None, None]:
        """Yield a frame's content."""
        if self._new is None:
            detail = "lz4 is read with the extra `layertar[lz4]`, which is not installed"
            raise StoredError(Breakage.NO_LIBRARY, detail, stored.offset - len(head))
        if self.skips(head):
            due = int.from_bytes((yield from stored.take(4)), "little")
            while due:
                due -= len((yield from stored.some(min(due, _STRIDE))))
            return
        yield from pump(self._new(), RuntimeError, stored, head)
