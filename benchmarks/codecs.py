"""What the codecs are called, by whom."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CODECS", "Codec", "codec_of"]


class Codec(NamedTuple):
    """A compression.

    Attributes:
        suffix: of a layer's media type.
        magic: the first stored bytes.
        extension: of a file's name.
    """

    suffix: str
    magic: bytes
    extension: str


CODECS = {
    "gzip": Codec("+gzip", b"\x1f\x8b", ".gz"),
    "zstd": Codec("+zstd", b"\x28\xb5\x2f\xfd", ".zst"),
    "none": Codec("", b"", ""),
    "xz": Codec("+xz", b"\xfd7zXZ", ".xz"),
    "bzip2": Codec("+bzip2", b"BZh", ".bz2"),
}


def codec_of(head: bytes) -> str:
    """The codec that the first bytes tell, `none` where they tell none."""
    found = (name for name, codec in CODECS.items() if codec.magic and head.startswith(codec.magic))
    return next(found, "none")
