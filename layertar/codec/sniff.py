"""Compression by magic, or nearly: what the bytes say, whatever a media type or a suffix claims."""

from __future__ import annotations

from enum import Enum

__all__ = ["HEAD_SIZE", "Compression", "sniff"]

#: Bytes of a stream's start that `sniff` wants to see, where there are so many.
HEAD_SIZE = 512


class Compression(Enum):
    """The compressions that layertar reads."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"
    XZ = "xz"
    BZIP2 = "bzip2"
    LZMA = "lzma"
    LZ4 = "lz4"


_MAGICS = (
    (b"\x1f\x8b\x08", Compression.GZIP),
    (b"\x28\xb5\x2f\xfd", Compression.ZSTD),
    (b"\xfd7zXZ\x00", Compression.XZ),
    (b"BZh", Compression.BZIP2),
    (b"\x04\x22\x4d\x18", Compression.LZ4),
)
_CHECKSUM = slice(148, 156)
_ZSTD_SKIPPABLE_TAIL = b"\x2a\x4d\x18"


def sniff(head: bytes) -> Compression:
    """Tell the compression of a stream by its first `HEAD_SIZE` bytes.

    A zstd stream may begin with a skippable frame (RFC 8878, 3.1.2). Plain lzma has no magic: it
    is what begins like it, can be decoded, and is no tar.
    """
    for magic, compression in _MAGICS:
        if head.startswith(magic):
            return compression
    if head[1:4] == _ZSTD_SKIPPABLE_TAIL and 0x50 <= head[0] <= 0x5F:  # noqa: PLR2004
        return Compression.ZSTD
    if head.startswith(b"\x5d\x00\x00") and not _is_tar(head) and _is_lzma(head):
        return Compression.LZMA
    return Compression.NONE


def _is_lzma(head: bytes) -> bool:
    from layertar.codec.lzma_alone import is_plausible  # noqa: PLC0415 - rarely needed

    return is_plausible(head[:HEAD_SIZE])


def _is_tar(head: bytes) -> bool:
    """Tell whether `head` is a tar's first header, by its checksum (POSIX.1-2017, pax, ustar)."""
    block = head[:HEAD_SIZE]
    if len(block) < HEAD_SIZE:
        return False
    field = block[_CHECKSUM].strip(b" \0")
    return field.isdigit() and b"%o" % (
        sum(block) - sum(block[_CHECKSUM]) + len(block[_CHECKSUM]) * ord(" ")
    ) == field.lstrip(b"0")
