"""BlobMeter: one blob, fed piece by piece, measured in one reading.

A meter never reads: the same one serves a file, a pipe and a test that feeds single bytes. What it
does with a piece are three steps, which share nothing and may thus go on in three threads, each
step's calls one after another and in the order of the bytes:

1. `take_stored`: the digest of the stored bytes;
2. `uncompress`: stored bytes to uncompressed pieces;
3. `take_inside`: the digest of those, and the walk over the tar that they are.

`feed` is all three at once.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from layertar.codec import WINDOWS, Compression, new_decoder, sniff
from layertar.codec.sniff import HEAD_SIZE
from layertar.digest import Digest
from layertar.measure.expansion import Expansion
from layertar.tar import LayerWalker
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.codec import Break, Decoder, Skipped, Windows
    from layertar.limits import Limits
    from layertar.tar import LayerFacts, LayerRider

__all__ = ["BlobMeasurement", "BlobMeter", "Depth", "Stop", "Trailing"]


# Decoders are fed slices of this many stored bytes, whatever pieces the blob comes in: where a
# broken stream is said to break must not depend on that. A file is read in such pieces.
_SLICE = 256 << 10


class Depth(NamedTuple):
    """How much of a blob is to be measured.

    Attributes:
        inside: whether the uncompressed bytes and the tar in them are measured too.
        sha512: whether every digest is computed in sha512 as well.
        content: whether what the tar's entries are called and lead to is looked at too.
        digests: whether digests are taken: without them only `inside` is, and it takes less time.
    """

    inside: bool = True
    sha512: bool = False
    content: bool = True
    digests: bool = True


class Trailing(NamedTuple):
    """Bytes that follow a compressed stream.

    Attributes:
        length: how many.
        zero: whether all of them are zero.
        offset: where they begin in the stored bytes.
    """

    length: int
    zero: bool
    offset: int


class BlobMeasurement(NamedTuple):
    """What the bytes of one blob are.

    Attributes:
        size: of the stored bytes, in bytes.
        digests: of the stored bytes, by algorithm; empty where none was taken.
        compression: what the bytes say.
        uncompressed_size: in bytes; `None` where it was not measured.
        diff_ids: digests of the uncompressed bytes by algorithm; empty where not measured.
        broken: where and why the compressed stream could not be read on.
        streams: gzip members, zstd frames, xz or bzip2 streams; 0 for plain bytes.
        trailing: what follows the compressed stream, if anything.
        aborted: the bound on uncompressed bytes that was passed, in bytes.
        tar: what the tar within is like; `None` where it was not walked.
        unreadable: why reading ended early, where it did.
        skipped: the last skippable frames of a zstd stream, in which zstd:chunked keeps its
            table of contents.
        is_aborted_together: whether `aborted` is the bound on all blobs together.
    """

    size: int
    digests: dict[str, Digest]
    compression: Compression
    uncompressed_size: int | None
    diff_ids: dict[str, Digest]
    broken: Break | None
    streams: int
    trailing: Trailing | None
    aborted: int | None
    tar: LayerFacts | None
    unreadable: str | None = None
    skipped: tuple[Skipped, ...] = ()
    is_aborted_together: bool = False

    @property
    def digest(self) -> Digest:
        """The sha256 of the stored bytes."""
        return self.digests["sha256"]

    @property
    def diff_id(self) -> Digest | None:
        """The sha256 of the uncompressed bytes."""
        return self.diff_ids.get("sha256")

    def outside(self) -> BlobMeasurement:
        """Return what is known without looking inside."""
        return self._replace(
            uncompressed_size=None,
            diff_ids={},
            broken=None,
            streams=0,
            trailing=None,
            aborted=None,
            tar=None,
            skipped=(),
            is_aborted_together=False,
        )


class Stop:
    """Tells meters to leave off, from any thread: what they measure is wanted no more."""

    def __init__(self) -> None:
        """Let them go on."""
        self.is_set = False


class _Hashes:
    """The digests of one stream of bytes, and how many these are."""

    def __init__(self, depth: Depth) -> None:
        self._sha256 = hashlib.sha256() if depth.digests else None
        self._sha512 = hashlib.sha512() if depth.digests and depth.sha512 else None
        self.size = 0

    def update(self, piece: bytes | memoryview) -> None:
        self.size += len(piece)
        if self._sha256 is not None:
            self._sha256.update(piece)
        if self._sha512 is not None:
            self._sha512.update(piece)

    def digests(self) -> dict[str, Digest]:
        taken = {"sha256": self._sha256, "sha512": self._sha512}
        return {name: Digest(name, h.hexdigest()) for name, h in taken.items() if h is not None}


class BlobMeter:
    """Measures one blob."""

    def __init__(
        self,
        depth: Depth,
        limits: Limits,
        stop: Stop | None = None,
        windows: Windows = WINDOWS,
        expansion: Expansion | None = None,
        *,
        rider: LayerRider | None = None,
    ) -> None:
        """Start with no bytes.

        Args:
            depth: how much is measured.
            limits: the bounds.
            stop: once it is set, nothing more is looked into.
            windows: grants the decoder its window; until it does, `uncompress` waits.
            expansion: what is counted together with the other blobs of the reading.
            rider: who wants the members of the tar inside.
        """
        self._rider = rider
        self._windows = windows
        self._depth = depth
        self._limits = limits
        self._stop = stop or Stop()
        # Of the first step.
        self._stored = _Hashes(depth)
        # Of the second.
        self._head = b""
        self._compression: Compression | None = None
        self._decoder: Decoder | None = None
        self._aborted: int | None = None
        self._is_aborted_together = False
        self._expansion = expansion or Expansion(limits)
        self._uncompressed_size = 0
        self._waiting = bytearray()
        # Of the third; made by the second, which decides what they are.
        self._inner: _Hashes | None = None
        self._walker: LayerWalker | None = None

    def feed(self, piece: bytes | memoryview) -> None:
        """Take the next stored bytes: all three steps."""
        self.take_stored(piece)
        for uncompressed in self.uncompress(piece):
            self.take_inside(uncompressed)

    def take_stored(self, piece: bytes | memoryview) -> None:
        """Take the next stored bytes for their digest: the first step."""
        self._stored.update(piece)

    def uncompress(self, piece: bytes | memoryview) -> Iterator[bytes | memoryview]:
        """Yield what the next stored bytes uncompress to: the second step.

        The iterator must be exhausted, or dropped for good, before the next call. Nothing comes
        where nothing inside is to be measured; of a plain blob comes the piece itself.
        """
        if self._compression is None:
            held = self._head
            self._head += bytes(piece[: HEAD_SIZE - len(held)])
            if len(self._head) < HEAD_SIZE:
                return
            self._decide()
            if held:
                yield from self._uncompress(held)
        yield from self._uncompress(piece)

    def uncompress_rest(self) -> Iterator[bytes | memoryview]:
        """Yield what is left when no more stored bytes come: the end of the second step."""
        if self._compression is None:
            self._decide()
            yield from self._uncompress(self._head)
        if self._waiting:
            yield from self._inflate(self._take_waiting())

    def take_inside(self, piece: bytes | memoryview) -> None:
        """Take the next uncompressed bytes: the third step."""
        if self._inner is not None:
            self._inner.update(piece)
        if self._walker is not None:
            self._walker.feed(piece)

    def _decide(self) -> None:
        """Choose, by the first bytes, how the inside is measured."""
        self._compression = sniff(self._head)
        if not self._depth.inside:
            return
        self._walker = LayerWalker(self._limits, content=self._depth.content, rider=self._rider)
        if self._compression is not Compression.NONE:
            self._decoder = new_decoder(self._compression, self._limits, self._windows)
            self._inner = _Hashes(self._depth)

    def _uncompress(self, piece: bytes | memoryview) -> Iterator[bytes | memoryview]:
        if self._decoder is None:
            if self._depth.inside:
                yield piece
            return
        view = memoryview(piece)
        while len(self._waiting) + len(view) >= _SLICE:
            missing = _SLICE - len(self._waiting)
            if missing == _SLICE:
                whole = view[:_SLICE]
            else:
                self._waiting += view[:missing]
                whole = self._take_waiting()
            view = view[missing:]
            yield from self._inflate(whole)
        self._waiting += view

    def _take_waiting(self) -> memoryview:
        waiting, self._waiting = self._waiting, bytearray()
        return memoryview(waiting)

    def _inflate(self, piece: bytes | memoryview) -> Iterator[bytes]:
        """Uncompress the next slice, unless the bound has been passed."""
        decoder = self._decoder
        if decoder is None or self._aborted is not None:
            return
        limit, stop, expansion = self._limits.uncompressed_size, self._stop, self._expansion
        expansion.store(len(piece))
        for uncompressed in decoder.feed(piece):
            # One stored piece may become gigabytes, and Ctrl-C must not wait for them.
            if stop.is_set:
                return
            self._uncompressed_size += len(uncompressed)
            yield uncompressed
            together = expansion.grow(len(uncompressed))
            if limit and self._uncompressed_size > limit:
                self._aborted = limit
            elif together is not None:
                self._aborted, self._is_aborted_together = together, True
            if self._aborted is not None:
                self.close()
                return

    def close(self) -> None:
        """Let go of the decoder's window, whatever is still to come; `finish` does it, too."""
        if self._decoder is not None:
            self._decoder.close()

    def finish(self, *, unreadable: str | None = None) -> BlobMeasurement:
        """Say that no more is coming, or why; returns what was measured.

        To be called when all steps are through with what they were given.
        """
        for uncompressed in self.uncompress_rest():
            self.take_inside(uncompressed)
        broken, trailing, streams = self._finish_decoder()
        digests = self._stored.digests()
        diff_ids: dict[str, Digest] = {}
        uncompressed_size: int | None = None
        if self._depth.inside and broken is None and self._aborted is None:
            diff_ids = self._inner.digests() if self._inner is not None else digests
            uncompressed_size = (self._inner or self._stored).size
        return BlobMeasurement(
            size=self._stored.size,
            digests=digests,
            compression=self._compression or Compression.NONE,
            uncompressed_size=uncompressed_size,
            diff_ids=diff_ids,
            broken=broken,
            streams=streams,
            trailing=trailing,
            aborted=self._aborted,
            tar=self._walker.finish() if self._walker is not None else None,
            unreadable=unreadable,
            skipped=self._decoder.skipped if self._decoder is not None else (),
            is_aborted_together=self._is_aborted_together,
        )

    def _finish_decoder(self) -> tuple[Break | None, Trailing | None, int]:
        decoder = self._decoder
        if decoder is None:
            return None, None, 0
        if self._aborted is None:
            decoder.finish()
        decoder.close()
        trailing = None
        if decoder.trailing:
            trailing = Trailing(decoder.trailing, decoder.trailing_zero, decoder.trailing_offset)
        return decoder.broken, trailing, decoder.members
