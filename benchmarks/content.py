"""What is in a layer: files of widely spread sizes, of which gzip makes two fifths."""

from __future__ import annotations

import io
import itertools
import math
import random
import tarfile
from functools import cache
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Sink", "make_pool", "write_tar"]

_POOL_SIZE = 16 << 20
_FILE_SIZE_SPREAD = 1.7
# Of a logarithmic normal distribution, by its median.
_MEAN = math.exp(_FILE_SIZE_SPREAD**2 / 2)
# A file's header, and half of its padding.
_OVERHEAD = 768


class Sink:
    """What takes a tar."""

    def write(self, data: bytes, /) -> int:
        """Take the next bytes."""
        raise NotImplementedError


@cache
def make_pool() -> memoryview:
    """Bytes to cut files from: text of a large vocabulary with incompressible stretches in it."""
    chance = random.Random(1)  # noqa: S311 - the same bytes each time, no secret
    letters = b"etaoinshrdlucmfwypvbgkjqxz0123456789_/.-"
    words = [bytes(chance.choices(letters, k=chance.randint(2, 12))) for _ in range(4000)]
    # Zipf's law, as in real text.
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))
    pool = bytearray()
    while len(pool) < _POOL_SIZE:
        line = chance.choices(words, cum_weights=weights, k=chance.randint(100, 1500))
        pool += b" ".join(line) + b"\n" + chance.randbytes(chance.randint(0, 900))
    return memoryview(bytes(pool))


def write_tar(sink: Sink, seed: str, size: int, files: int, pool: memoryview) -> None:
    """Write a layer's tar of about `size` bytes and so many files."""
    with tarfile.open(
        fileobj=cast("io.BufferedWriter", sink),  # `tarfile` wants `write` and no more
        mode="w|",
        format=tarfile.PAX_FORMAT,
    ) as tar:
        for name, content in _files(seed, size, files, pool):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))


def _files(seed: str, size: int, files: int, pool: memoryview) -> Iterator[tuple[str, memoryview]]:
    """Names and contents that come to about `size` bytes with their headers."""
    chance = random.Random(seed)  # noqa: S311 - as above
    median = max(1.0, (size / files - _OVERHEAD) / _MEAN)
    left = size
    position = 0
    while left > 1024:
        wanted = int(chance.lognormvariate(0, _FILE_SIZE_SPREAD) * median)
        length = max(0, min(wanted, left - 1024, _POOL_SIZE // 2))
        start = chance.randrange(len(pool) - length)
        yield f"usr/lib/{seed}/d{position % 97}/file{position}", pool[start : start + length]
        left -= 512 + length + -length % 512
        position += 1
