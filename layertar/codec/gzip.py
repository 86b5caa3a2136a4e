"""Gzip: members around deflate, which `isal` inflates at twice zlib's speed where it is installed.

The headers and trailers are read here, whichever library inflates: the libraries differ in what
they check, and none tells a wrong checksum from a wrong length.

Spec: RFC 1952, sections 2.2 and 2.3.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

from layertar.codec.decoder import PIECE_SIZE, Breakage
from layertar.codec.push import FIRST_STRIDE, STRIDE, StoredError
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from layertar.codec.push import Stored

__all__ = ["BEST", "ZLIB", "Engine", "Gzip", "Inflater"]

_MAGIC = b"\x1f\x8b"
_DEFLATE = 8
_FIXED_SIZE = 8  # CM, FLG, MTIME, XFL, OS
_TRAILER_SIZE = 8
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT, _RESERVED = 0x02, 0x04, 0x08, 0x10, 0xE0


class Inflater(Protocol):
    """A raw inflate of one member, with the interface of `bz2.BZ2Decompressor`."""

    @property
    def eof(self) -> bool: ...  # noqa: D102 - as there
    @property
    def needs_input(self) -> bool: ...  # noqa: D102 - as there
    @property
    def unused_data(self) -> bytes: ...  # noqa: D102 - as there
    def decompress(self, data: bytes | memoryview, max_length: int, /) -> bytes: ...  # noqa: D102 - as there


class Engine(NamedTuple):
    """A library that inflates.

    Attributes:
        inflater: a new raw inflate.
        crc32: the CRC-32 of the bytes given, continued from a former one.
        error: what its inflate raises.
    """

    inflater: Callable[[], Inflater]
    crc32: Callable[[bytes | memoryview, int], int]
    error: type[Exception]


class _ZlibInflater:
    """The standard library's raw inflate, as an `Inflater`."""

    __slots__ = ("_inflate", "_is_full")

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
        # After a full piece it may hold more, even with all input used.
        self._is_full = False

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        return not (self._is_full or self._inflate.unconsumed_tail or self._inflate.eof)

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes | memoryview, max_length: int, /) -> bytes:
        piece = self._inflate.decompress(data or self._inflate.unconsumed_tail, max_length)
        self._is_full = len(piece) == max_length
        return piece


#: The standard library's zlib.
ZLIB = Engine(_ZlibInflater, zlib.crc32, zlib.error)

#: The fastest that is installed.
BEST = ZLIB
try:
    from isal import igzip_lib, isal_zlib
except ImportError:
    pass
else:
    # A tenth faster than `isal_zlib.decompressobj`, which copies the input that it left.
    BEST = Engine(
        lambda: igzip_lib.IgzipDecompressor(igzip_lib.DECOMP_DEFLATE),
        isal_zlib.crc32,
        isal_zlib.error,  # type: ignore[arg-type] # the stub says an instance; it is the class
    )


class Gzip:
    """The gzip format; a `push.Format`."""

    name = "gzip member"
    magic_size = len(_MAGIC)
    skipped = ()

    def __init__(self, engine: Engine = BEST) -> None:
        """Inflate by `engine`."""
        self._engine = engine

    def begins(self, head: bytes) -> bool:
        """Tell whether `head` is the magic or its begin."""
        return _MAGIC.startswith(head)

    def skips(self, head: bytes) -> bool:  # noqa: ARG002 - `push.Format`
        """Tell that every member counts, the empty ones too."""
        return False

    def decode(self, stored: Stored, head: bytes) -> Generator[bytes, None, None]:
        """Yield a member's content, then compare its trailer with it."""
        yield from self._read_header(stored, head)
        crc32 = self._engine.crc32
        crc = size = 0
        inflater = self._engine.inflater()
        stride = FIRST_STRIDE
        fed = 0
        while not inflater.eof:
            chunk: bytes | memoryview = b""
            if inflater.needs_input:
                chunk = yield from stored.some(stride)
                stride = min(stride * 2, STRIDE)
                fed = len(chunk)
            try:
                piece = inflater.decompress(chunk, PIECE_SIZE)
            except self._engine.error as error:
                detail = "the deflate data is invalid"
                raise StoredError(Breakage.CORRUPT, detail, stored.offset - fed) from error
            if piece:
                crc = crc32(piece, crc)
                size += len(piece)
                yield piece
        early = _give_back(inflater.unused_data, fed, stored)
        at = stored.offset - len(early)
        trailer = early + (yield from stored.take(_TRAILER_SIZE - len(early)))
        _check_trailer(trailer, crc, size, at)

    def _read_header(self, stored: Stored, head: bytes) -> Generator[bytes, None, None]:
        start = stored.offset - len(head)
        crc32 = self._engine.crc32
        fixed = yield from stored.take(_FIXED_SIZE)
        method, flags = fixed[:2]
        if method != _DEFLATE:
            detail = f"the compression method {method} is not deflate"
            raise StoredError(Breakage.CORRUPT, detail, start)
        if flags & _RESERVED:
            detail = f"reserved flags are set in the gzip header (0x{flags:02x})"
            raise StoredError(Breakage.CORRUPT, detail, start)
        crc = crc32(fixed, crc32(head, 0))
        if flags & _FEXTRA:
            field = yield from stored.take(2)
            crc = crc32(field, crc)
            left = int.from_bytes(field, "little")
            while left:
                part = yield from stored.some(left)
                crc = crc32(part, crc)
                left -= len(part)
        for flag in (_FNAME, _FCOMMENT):
            ended = not flags & flag
            while not ended:
                # One byte at a time costs little: names are short, and only longer if hostile.
                byte = yield from stored.take(1)
                crc = crc32(byte, crc)
                ended = byte == b"\0"
        if flags & _FHCRC:
            recorded = int.from_bytes((yield from stored.take(2)), "little")
            if recorded != crc & 0xFFFF:
                detail = (
                    f"the CRC-16 recorded is 0x{recorded:04x}, "
                    f"of the gzip header it is 0x{crc & 0xFFFF:04x}"
                )
                raise StoredError(Breakage.CORRUPT, detail, start)


def _give_back(unused: bytes, fed: int, stored: Stored) -> bytes:
    """Give back the unused end of the `fed` bytes; return what was unused before them.

    igzip keeps up to eight bytes in a register between calls. Where its output was bounded just
    before the end of the deflate data, it may thus return more than it was fed last: the begin
    of the trailer, which is as long as that register.
    """
    early = len(unused) - fed
    stored.advance(-min(fed, len(unused)))
    return unused[:early] if early > 0 else b""


def _check_trailer(trailer: bytes, crc: int, size: int, at: int) -> None:
    recorded = int.from_bytes(trailer[:4], "little")
    if recorded != crc:
        detail = f"the CRC-32 recorded is 0x{recorded:08x}, of the bytes it is 0x{crc:08x}"
        raise StoredError(Breakage.CORRUPT, detail, at)
    recorded = int.from_bytes(trailer[4:], "little")
    if recorded != size & 0xFFFFFFFF:
        detail = (
            f"the length recorded is {recorded}, "
            f"of the bytes it is {size & 0xFFFFFFFF} (modulo 2^32)"
        )
        raise StoredError(Breakage.CORRUPT, detail, at)
