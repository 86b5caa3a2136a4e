"""Ranges: some of the bytes that a layer uncompresses to, and no more read than they take.

Of a plain layer in an input that can be sought only they are read; a compressed one is
uncompressed up to the last of them. What cannot be had is told: never is less handed out in
silence.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Protocol

from layertar.codec import Compression, sniff
from layertar.codec.sniff import HEAD_SIZE
from layertar.errors import ArchiveError
from layertar.measure.blob import BlobMeter, Depth
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertar.limits import Limits
    from layertar.measure.blob import BlobMeasurement
    from layertar.members import Content, Member

__all__ = [
    "Range",
    "RangeReader",
    "RangeTaker",
    "Ranges",
    "inside_pieces",
    "range_pieces",
    "read_ranges",
]

_DEPTH = Depth(inside=True, content=False, digests=False)

# Bytes of one read of a plain layer, and of a gap that is read rather than passed over.
_READ = 512 << 10
_GAP = 32 << 10


class Range(NamedTuple):
    """Bytes that are wanted, at least one.

    Attributes:
        offset: where they begin, in bytes of the uncompressed layer.
        size: how many they are.
    """

    offset: int
    size: int


class Ranges(Protocol):
    """Ranges of one layer, ascending, and none within another."""

    def __len__(self) -> int:
        """Count them."""
        ...

    def __getitem__(self, at: int, /) -> Range:
        """Return one."""
        ...


class RangeTaker(Protocol):
    """Is handed the ranges, one after another and in their order."""

    def begin(self) -> None:
        """Expect the bytes of the next range."""
        ...

    def data(self, piece: memoryview) -> None:
        """Take the next of them; they are gone when it returns."""
        ...

    def end(self) -> None:
        """Know that all of the range were there."""
        ...


class RangeReader:
    """Picks ranges out of a layer that is fed to it, as it is stored."""

    def __init__(self, ranges: Ranges, taker: RangeTaker, limits: Limits) -> None:
        """Begin before the first byte.

        Args:
            ranges: which.
            taker: who is handed them.
            limits: the bounds.
        """
        self._ranges = ranges
        self._taker = taker
        self._meter = BlobMeter(_DEPTH, limits)
        self._number = 0
        self._got = 0
        self._position = 0

    def is_done(self) -> bool:
        """Whether all were handed out, and what follows is of no use."""
        return self._number == len(self._ranges)

    def feed(self, piece: bytes | memoryview) -> None:
        """Take the next stored bytes."""
        if self.is_done():
            return
        for inside in self._meter.uncompress(piece):
            self._pick(inside)
            if self.is_done():
                self.close()
                return

    def close(self) -> None:
        """Let go of the decoder's window."""
        self._meter.close()

    def finish(self) -> str | None:
        """Say that no more is coming; returns why some are missing, as one clause."""
        if self.is_done():
            return None
        for inside in self._meter.uncompress_rest():
            self._pick(inside)
        measured = self._meter.finish()
        return None if self.is_done() else _reason(measured, self._position)

    def next_read(self) -> Range:
        """Return what to read next of a plain layer: all that is missing, or its beginning."""
        ranges, at = self._ranges, self._number
        start = ranges[at].offset + self._got
        end = ranges[at].offset + ranges[at].size
        while end - start < _READ and at + 1 < len(ranges) and ranges[at + 1].offset - end <= _GAP:
            at += 1
            end = ranges[at].offset + ranges[at].size
        return Range(start, min(end - start, _READ))

    def take_plain(self, offset: int, piece: bytes) -> None:
        """Take bytes of a plain layer, from anywhere at or behind the last that were taken."""
        self._position = offset
        self._pick(piece)

    def _pick(self, piece: bytes | memoryview) -> None:
        """Hand out what of a piece is wanted."""
        view, start = memoryview(piece), self._position
        end = self._position = start + len(view)
        while not self.is_done():
            offset, size = self._ranges[self._number]
            begin = offset + self._got
            if begin >= end:
                return
            if not self._got:
                self._taker.begin()
            part = view[begin - start : min(offset + size, end) - start]
            self._taker.data(part)
            self._got += len(part)
            if self._got == size:
                self._number, self._got = self._number + 1, 0
                self._taker.end()


def _reason(measured: BlobMeasurement, end: int) -> str:
    """Say why a layer ended before what is wanted did."""
    if measured.broken is not None:
        return f"it cannot be uncompressed: {measured.broken.detail}"
    if measured.aborted is not None:
        return f"it uncompresses to more than {measured.aborted} bytes"
    return _ends(end)


def _ends(end: int) -> str:
    return f"it ends after {end} bytes, within a file's data"


def _is_plain(content: Content, member: Member) -> bool:
    return sniff(next(content.pieces(member, size=HEAD_SIZE), b"")) is Compression.NONE


def range_pieces(
    content: Content, member: Member, wanted: Range, limits: Limits
) -> Iterator[bytes | memoryview]:
    """Iterate over one range of what a member of an input that can be sought uncompresses to.

    Raises:
        ArchiveError: `layer-tar-truncated`: it ends before that does; the reason says why.
        InputError: it cannot be read.
    """
    if _is_plain(content, member):
        missing = wanted.size
        for piece in content.pieces(member, start=wanted.offset, size=min(_READ, wanted.size)):
            yield piece[:missing]
            missing -= len(piece)
            if missing <= 0:
                return
        raise ArchiveError("layer-tar-truncated", _ends(member.size))
    yield from inside_pieces(content.pieces(member), wanted, limits)


def inside_pieces(
    stored: Iterable[bytes], wanted: Range, limits: Limits
) -> Iterator[bytes | memoryview]:
    """Iterate over one range of what stored bytes uncompress to; errors as `range_pieces`."""
    meter = BlobMeter(_DEPTH, limits)
    start, end, position = wanted.offset, wanted.offset + wanted.size, 0

    def inside() -> Iterator[bytes | memoryview]:
        for piece in stored:
            yield from meter.uncompress(piece)
        yield from meter.uncompress_rest()

    with closing(meter):
        for piece in inside():
            part = memoryview(piece)[max(0, start - position) : max(0, end - position)]
            position += len(piece)
            if part:
                yield part
            if position >= end:
                return
        raise ArchiveError("layer-tar-truncated", _reason(meter.finish(), position))


def read_ranges(
    content: Content, member: Member, ranges: Ranges, taker: RangeTaker, limits: Limits
) -> str | None:
    """Hand out ranges of what a member of an input that can be sought uncompresses to.

    Returns:
        Why some are missing, as one clause; `None` where all were handed out.

    Raises:
        InputError: it cannot be read.
    """
    reader = RangeReader(ranges, taker, limits)
    if reader.is_done():
        return None
    try:
        if not _is_plain(content, member):
            for piece in content.pieces(member):
                reader.feed(piece)
                if reader.is_done():
                    break
            return reader.finish()
        while not reader.is_done():
            offset, size = reader.next_read()
            piece = next(content.pieces(member, start=offset, size=size), b"")
            if not piece:
                return _ends(member.size)
            reader.take_plain(offset, piece)
        return None
    finally:
        reader.close()
