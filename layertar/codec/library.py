"""What `lzma`, `bz2` and `lz4` share: a decompressor of one bounded stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from layertar.codec.decoder import PIECE_SIZE, Breakage
from layertar.codec.push import FIRST_STRIDE, STRIDE, StoredError

if TYPE_CHECKING:
    from collections.abc import Generator

    from layertar.codec.push import Stored

__all__ = ["OVERHEAD", "Decompressor", "pump"]

#: What liblzma needs beside the dictionary, in bytes; the xz tool shows less than 1 MiB.
OVERHEAD = 1 << 20

# How liblzma's module says that it would need more than its bound.
_MEMORY = "Memory usage limit"


class Decompressor(Protocol):
    """The interface of `lzma.LZMADecompressor`, `bz2.BZ2Decompressor`, `LZ4FrameDecompressor`."""

    @property
    def eof(self) -> bool: ...  # noqa: D102 - the libraries'
    @property
    def needs_input(self) -> bool: ...  # noqa: D102 - the libraries'
    @property
    def unused_data(self) -> bytes | None: ...  # noqa: D102 - the libraries'
    def decompress(self, data: bytes | memoryview, max_length: int) -> bytes: ...  # noqa: D102 - the libraries'


def pump(
    decompressor: Decompressor, error_type: type[Exception], stored: Stored, begin: bytes
) -> Generator[bytes, None, None]:
    """Yield the content of one stream, of which `begin` was used already.

    Args:
        decompressor: a new one.
        error_type: what it raises where the stream is invalid.
        stored: gets back the bytes after the stream.
        begin: too short to hold the whole stream.

    Raises:
        StoredError: the stream is invalid. Its offset is that of the bytes handed over last.
    """
    chunk: bytes | memoryview = begin
    stride = FIRST_STRIDE
    while True:
        at = stored.offset - len(chunk)
        while True:
            try:
                piece = decompressor.decompress(chunk, PIECE_SIZE)
            except error_type as error:
                if _MEMORY in str(error):
                    detail = "a dictionary is larger than the bound, or than the first one"
                    raise StoredError(Breakage.WINDOW, detail, at) from error
                detail = f"the compressed data is invalid: {error}"
                raise StoredError(Breakage.CORRUPT, detail, at) from error
            if piece:
                yield piece
            if decompressor.eof:
                stored.advance(-len(decompressor.unused_data or b""))
                return
            if decompressor.needs_input:
                break
            chunk = b""
        chunk = yield from stored.some(stride)
        stride = min(stride * 2, STRIDE)
