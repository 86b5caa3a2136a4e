"""Compression by magic: what the bytes say, whatever a media type or a suffix claims."""

from __future__ import annotations

from enum import Enum

__all__ = ["HEAD_SIZE", "Compression", "sniff"]

#: Bytes of a stream's start that `sniff` wants to see, where there are so many.
HEAD_SIZE = 6


class Compression(Enum):
    """The compressions that layertar reads."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"
    XZ = "xz"
    BZIP2 = "bzip2"


_ZSTD_SKIPPABLE_TAIL = b"\x2a\x4d\x18"


def sniff(head: bytes) -> Compression:
    """Tell the compression of a stream by its first `HEAD_SIZE` bytes.

    A zstd stream may begin with a skippable frame (RFC 8878, 3.1.2).
    """
    if head.startswith(b"\x1f\x8b\x08"):
        return Compression.GZIP
    if head.startswith(b"\x28\xb5\x2f\xfd") or (
        head[1:4] == _ZSTD_SKIPPABLE_TAIL and 0x50 <= head[0] <= 0x5F  # noqa: PLR2004
    ):
        return Compression.ZSTD
    if head.startswith(b"\xfd7zXZ\x00"):
        return Compression.XZ
    if head.startswith(b"BZh"):
        return Compression.BZIP2
    return Compression.NONE
