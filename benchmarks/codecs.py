"""What the codecs are called, by whom."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["CODECS", "Codec"]


class Codec(NamedTuple):
    """The suffix of a layer's media type, the first stored bytes, and the command that inflates."""

    suffix: str
    magic: bytes
    tool: str


CODECS = {
    "gzip": Codec("+gzip", b"\x1f\x8b", "gzip"),
    "zstd": Codec("+zstd", b"\x28\xb5\x2f\xfd", "zstd"),
    "none": Codec("", b"", "cat"),
    "xz": Codec("+xz", b"\xfd7zXZ", "xz"),
    "bzip2": Codec("+bzip2", b"BZh", "bzip2"),
}
