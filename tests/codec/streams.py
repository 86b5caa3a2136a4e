"""Compressed streams to decode, made by other libraries, and what became of them."""

from __future__ import annotations

import bz2
import gzip
import lzma
from itertools import cycle
from typing import TYPE_CHECKING, NamedTuple

import lz4.frame
import zstandard

from layertar.codec.bzip2 import Bzip2
from layertar.codec.decoder import PIECE_SIZE, Breakage, Decoder
from layertar.codec.gzip import BEST, ZLIB, Gzip
from layertar.codec.lz4_frame import Lz4, find_library
from layertar.codec.push import PushDecoder
from layertar.codec.xz import Xz
from layertar.codec.zstd import Engine, Zstd, python_engine, zstandard_engine
from layertar.limits import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["CASES", "NAMES", "ZSTD_ENGINES", "Case", "Outcome", "run", "text"]


class Case(NamedTuple):
    """A format, with one of the libraries that decode it."""

    name: str
    compress: Callable[[bytes], bytes]
    new: Callable[[], Decoder]


class Outcome(NamedTuple):
    """What does not depend on how a stream was cut."""

    content: bytes
    kind: Breakage | None
    members: int
    trailing: int
    trailing_zero: bool
    trailing_offset: int


def run(decoder: Decoder, data: bytes, sizes: Sequence[int] = (1 << 20,)) -> Outcome:
    """Feed `data` in chunks of `sizes`, over and over, and finish."""
    pieces: list[bytes] = []
    at = 0
    for size in cycle(sizes):
        if at >= len(data):
            break
        for piece in decoder.feed(memoryview(data)[at : at + size]):
            assert 0 < len(piece) <= PIECE_SIZE
            pieces.append(piece)
        at += size
    decoder.finish()
    if decoder.broken is not None:
        assert 0 <= decoder.broken.offset <= len(data)
    return Outcome(
        b"".join(pieces),
        decoder.broken.kind if decoder.broken else None,
        decoder.members,
        decoder.trailing,
        decoder.trailing_zero,
        decoder.trailing_offset,
    )


def text(size: int) -> bytes:
    """Return bytes that compress about as well as a layer does: lines that slowly change."""
    lines = bytearray()
    number = 1
    while len(lines) < size:
        number = number * 48271 % 0x7FFFFFFF
        lines += b"usr/share/doc/package-%d/changelog.%x\n" % (number % 977, number)
    return bytes(lines[:size])


def _zstd_engines() -> dict[str, Engine]:
    engines = {}
    for name, find in (("zstandard", zstandard_engine), ("python", python_engine)):
        try:
            engines[name] = find()
        except ImportError:
            continue
    return engines


ZSTD_ENGINES = _zstd_engines()


def _zstd_compress(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


def _gzip_compress(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _xz_compress(data: bytes) -> bytes:
    return lzma.compress(data, preset=0)  # with the smallest dictionary


def _lz4_compress(data: bytes) -> bytes:
    compressed: bytes = lz4.frame.compress(data, content_checksum=True, block_checksum=True)
    return compressed


def _zstd_case(name: str, engine: Engine) -> Case:
    return Case(f"zstd-{name}", _zstd_compress, lambda: PushDecoder(Zstd(DEFAULT_LIMITS, engine)))


#: Every format, by every library that is installed; `BEST` is isal's where there is a wheel.
CASES = (
    Case("gzip-best", _gzip_compress, lambda: PushDecoder(Gzip(BEST))),
    Case("gzip-zlib", _gzip_compress, lambda: PushDecoder(Gzip(ZLIB))),
    *(_zstd_case(name, engine) for name, engine in ZSTD_ENGINES.items()),
    Case("xz", _xz_compress, lambda: PushDecoder(Xz(DEFAULT_LIMITS))),
    Case("bzip2", bz2.compress, lambda: PushDecoder(Bzip2())),
    Case("lz4", _lz4_compress, lambda: PushDecoder(Lz4(find_library()))),
)

NAMES = [case.name for case in CASES]
