"""The ideal: the time below which no design on this machine can verify an archive.

Each layer costs three steps: reading and hashing the stored bytes, inflating them, hashing the
output (a plain layer has the first alone). Each step is timed alone, warm, on one core. With them

    ideal = max(all steps of all layers / usable cores, the longest step of one layer)

since steps of one layer can overlap, but none can be split. Start-up is not in it.
"""

from __future__ import annotations

import argparse
import bz2
import hashlib
import json
import lzma
import tarfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple, Protocol

import zstandard

from benchmarks.codecs import CODECS
from benchmarks.cores import usable_cores

try:
    from isal import isal_zlib as gzip_engine
except ImportError:
    # No wheel for this machine: the standard library's is the best there is.
    import zlib as gzip_engine  # type: ignore[no-redef]  # the two have the same interface

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterator

__all__ = ["Steps", "ideal_seconds", "main", "measure"]

_PIECE = 256 << 10


class _Engine(Protocol):
    """A decoder without a bound on its output."""

    def decompress(self, data: bytes, /) -> bytes:
        """All that can be had of the data."""


class Steps(NamedTuple):
    """Seconds of one layer's steps, and its uncompressed size in bytes."""

    read: float
    inflate: float
    hash_output: float
    uncompressed_size: int

    @property
    def seconds(self) -> tuple[float, float, float]:
        """The three steps."""
        return self.read, self.inflate, self.hash_output


def measure(archive: Path) -> tuple[Steps, ...]:
    """Time the steps of every layer of an archive that `data.py` made."""
    with tarfile.open(archive, "r:") as tar:
        blobs = [member for member in tar if member.name.startswith("blobs/") and member.isfile()]
    with archive.open("rb", buffering=0) as file:
        layers = []
        for blob in blobs:
            file.seek(blob.offset_data)
            head = file.read(6)
            # Documents are the only members that start as JSON.
            if not head.startswith(b"{"):
                layers.append(_measure_layer(file, blob.offset_data, blob.size, head))
    return tuple(layers)


def ideal_seconds(layers: tuple[Steps, ...], cores: float) -> float:
    """The formula above, in seconds."""
    steps = [step for layer in layers for step in layer.seconds]
    return max(sum(steps) / cores, *steps)


def _measure_layer(file: io.FileIO, offset: int, size: int, head: bytes) -> Steps:
    codec = next(
        (name for name, codec in CODECS.items() if codec.magic and head.startswith(codec.magic)),
        "none",
    )
    started = perf_counter()
    stored = hashlib.sha256()
    for piece in _pieces(file, offset, size):
        stored.update(piece)
    read = perf_counter() - started
    if codec == "none":
        return Steps(read, 0.0, 0.0, size)
    inflate, uncompressed_size = _timed_inflate(file, offset, size, codec)
    hash_output = 0.0
    output = hashlib.sha256()
    for piece in _inflated(_pieces(file, offset, size), codec):
        started = perf_counter()
        output.update(piece)
        hash_output += perf_counter() - started
    return Steps(read, inflate, hash_output, uncompressed_size)


def _timed_inflate(file: io.FileIO, offset: int, size: int, codec: str) -> tuple[float, int]:
    """Seconds spent inflating, without the reading, and the uncompressed size in bytes."""
    reading = 0.0

    def timed_pieces() -> Iterator[bytes]:
        nonlocal reading
        pieces = _pieces(file, offset, size)
        while True:
            started = perf_counter()
            piece = next(pieces, None)
            reading += perf_counter() - started
            if piece is None:
                return
            yield piece

    started = perf_counter()
    uncompressed_size = sum(map(len, _inflated(timed_pieces(), codec)))
    return perf_counter() - started - reading, uncompressed_size


def _inflated(pieces: Iterator[bytes], codec: str) -> Iterator[bytes]:
    """Uncompressed pieces of a layer of one stream, gzip's bounded."""
    if codec == "gzip":
        inflater = gzip_engine.decompressobj(31)
        for piece in pieces:
            rest = piece
            while rest:
                yield inflater.decompress(rest, _PIECE)
                rest = inflater.unconsumed_tail
        yield inflater.flush()
        return
    engines: dict[str, Callable[[], _Engine]] = {
        "zstd": zstandard.ZstdDecompressor().decompressobj,
        "xz": lzma.LZMADecompressor,
        "bzip2": bz2.BZ2Decompressor,
    }
    engine = engines[codec]()
    for piece in pieces:
        yield engine.decompress(piece)


def _pieces(file: io.FileIO, offset: int, size: int) -> Iterator[bytes]:
    file.seek(offset)
    left = size
    while left:
        piece = file.read(min(_PIECE, left))
        left -= len(piece)
        yield piece


def main() -> None:
    """Measure one archive and print JSON: `seconds`, `cores` and `uncompressed_size` (bytes)."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ideal", description=main.__doc__)
    parser.add_argument("archive", type=Path)
    layers = measure(parser.parse_args().archive)
    cores = usable_cores()
    result = {
        "seconds": ideal_seconds(layers, cores),
        "cores": cores,
        "uncompressed_size": sum(layer.uncompressed_size for layer in layers),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
