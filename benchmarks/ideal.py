"""The ideal: the time below which no design on this machine can verify an archive.

Each layer costs three steps: reading and hashing the stored bytes, inflating them, hashing the
output (a plain layer has the first alone). Each step is timed alone, warm, on one core, and of
several rounds its least time is taken. With them

    ideal = max(all steps of all layers / usable cores, the longest step of one layer)

since steps of one layer can overlap, but none can be split. Of an archive that is wrapped whole
in a codec the steps are reading, inflating the whole, and hashing what is in it. Start-up is not
in it, nor is walking a tar.
"""

from __future__ import annotations

import argparse
import bz2
import hashlib
import json
import lzma
import tarfile
import zlib
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Protocol

import zstandard

from benchmarks.codecs import codec_of
from benchmarks.steps import Steps

try:
    from isal import igzip_lib
except ImportError:
    igzip_lib = None  # type: ignore[assignment]  # no wheel for this machine

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterator

__all__ = ["main", "measure"]

_PIECE = 256 << 10


class _Engine(Protocol):
    """A decoder without a bound on its output."""

    def decompress(self, data: bytes, /) -> bytes:
        """All that can be had of the data."""


def measure(archive: Path) -> tuple[Steps, ...]:
    """Time the steps of every layer of an archive that `data.py` made."""
    with archive.open("rb", buffering=0) as file:
        codec = codec_of(file.read(6))
        if codec != "none":
            return (_measure_wrapped(file, archive.stat().st_size, codec),)
        return tuple(_measure_layer(file, *place) for place in _layers(archive))


def _layers(archive: Path) -> list[tuple[int, int]]:
    """Offset and size of each layer, in bytes."""
    with tarfile.open(archive, "r:") as tar, archive.open("rb") as file:
        found = []
        for member in tar:
            file.seek(member.offset_data)
            # Documents are the only blobs that start as JSON.
            if member.name.startswith("blobs/") and not file.read(1).startswith(b"{"):
                found.append((member.offset_data, member.size))
        return found


def _measure_layer(file: io.FileIO, offset: int, size: int) -> Steps:
    started = perf_counter()
    stored = hashlib.sha256()
    head = b""
    for piece in _pieces(file, offset, size):
        head = head or piece[:6]
        stored.update(piece)
    read = perf_counter() - started
    codec = codec_of(head)
    if codec == "none":
        return Steps(read, 0.0, 0.0, size)
    return Steps(read, *_measure_inside(file, offset, size, codec))


def _measure_wrapped(file: io.FileIO, size: int, codec: str) -> Steps:
    started = perf_counter()
    for _ in _pieces(file, 0, size):
        pass
    read = perf_counter() - started
    return Steps(read, *_measure_inside(file, 0, size, codec))


def _measure_inside(
    file: io.FileIO, offset: int, size: int, codec: str
) -> tuple[float, float, int]:
    """Seconds of inflating and of hashing the output, and its size in bytes.

    What is inflated is dropped, or hashed, piece by piece: kept, it would be in no cache.
    """
    inflate, uncompressed_size = _timed_inflate(file, offset, size, codec)
    digest = 0.0
    output = hashlib.sha256()
    for piece in _inflated(_pieces(file, offset, size), codec):
        started = perf_counter()
        output.update(piece)
        digest += perf_counter() - started
    return inflate, digest, uncompressed_size


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
    """Uncompressed pieces of a layer of one stream, by the fastest decoder with a wheel."""
    if codec == "gzip" and igzip_lib is not None:
        inflater = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        for piece in pieces:
            yield inflater.decompress(piece, _PIECE)
            while not inflater.needs_input and not inflater.eof:
                yield inflater.decompress(b"", _PIECE)
        return
    engines: dict[str, Callable[[], _Engine]] = {
        "gzip": lambda: zlib.decompressobj(31),
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
    """Measure one archive and print JSON: the steps of each layer."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ideal", description=main.__doc__)
    parser.add_argument("archive", type=Path)
    # Large blocks that are freed are then kept by the C library: else each piece is mapped and
    # faulted in anew, which costs as much as hashing it.
    bytes(31 << 20)
    print(json.dumps(measure(parser.parse_args().archive)))


if __name__ == "__main__":
    main()
