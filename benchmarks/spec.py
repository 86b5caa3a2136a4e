"""Which archive is wanted: a value that a process is told in one argument, and a file's name."""

from __future__ import annotations

import json
import zlib
from typing import NamedTuple

__all__ = ["MIB", "Spec", "even"]

MIB = 1 << 20

# Part of each file's name, so that a change of what is made makes new archives.
VERSION = 2

# Real images' files have a mean of some 20 KiB.
_BYTES_A_FILE = 20 << 10
_MOST_FILES = 2900


class Spec(NamedTuple):
    """An archive to make.

    Attributes:
        name: of the kind, for people.
        layers: the size of each layer, uncompressed, in bytes.
        codec: of the layers, one of `CODECS`.
        files: how many each layer has, roughly; 0 for one in 20 KiB and at most 3 000.
        wrap: codec in which the whole archive is compressed, or nothing.
        seed: another one makes another archive.
        sparse: whether the layers are holes: nothing but zeros, with made-up digests.
    """

    name: str
    layers: tuple[int, ...]
    codec: str = "gzip"
    files: int = 0
    wrap: str = ""
    seed: int = 0
    sparse: bool = False

    @property
    def file_name(self) -> str:
        """The name of the archive's file, without a suffix for `wrap`."""
        told = self._replace(name="", wrap="")
        return f"v{VERSION}-{self.name}-{zlib.crc32(repr(told).encode()):08x}.tar"

    def files_of(self, size: int) -> int:
        """How many files a layer of that size should have."""
        return self.files or max(1, min(_MOST_FILES, size // _BYTES_A_FILE))

    def to_json(self) -> str:
        """Write it for `from_json`."""
        return json.dumps(self)

    @classmethod
    def from_json(cls, text: str) -> Spec:
        """Read what `to_json` wrote."""
        name, layers, *rest = json.loads(text)
        return cls(name, tuple(layers), *rest)


def even(total: int, count: int) -> tuple[int, ...]:
    """Sizes in bytes of so many equal layers."""
    return (total // count,) * count
