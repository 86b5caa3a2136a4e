"""The compressions around an archive: taken off, within bounds, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.codec import (
    HEAD_SIZE,
    WINDOWS,
    Breakage,
    Compression,
    new_decoder,
    sniff,
)
from layertar.codec.windows import FREE_WINDOW
from layertar.fault import Fault
from layertar.value import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertar.codec import Decoder
    from layertar.limits import Limits

__all__ = ["BeyondError", "Wrapping"]

# Breakages that say nothing against the stream.
_REFUSALS = (Breakage.WINDOW, Breakage.NO_LIBRARY)

# Compressions whose decoders need no large window, whatever the stream says.
_SMALL = (Compression.GZIP, Compression.BZIP2, Compression.LZ4)


class BeyondError(Exception):
    """A bound on what is around an archive was passed; it never leaves `members`."""

    def __init__(self, detail: str) -> None:
        """Keep what a fault will say."""
        self.detail = detail
        super().__init__(detail)


class Wrapping:
    """Takes the compressions off an archive that comes piece by piece.

    Attributes:
        found: the compressions taken off, outermost first.
        beyond: one more that was met and left, if any.
    """

    def __init__(self, limits: Limits) -> None:
        """Take off `limits.outer_layers` compressions at most."""
        self.found: list[Compression] = []
        self.beyond: Compression | None = None
        self._limits = limits
        self._decoders: list[Decoder] = []
        self._stored = 0

    def peel(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield what is in the compressions around `pieces`.

        Raises:
            BeyondError: a bound was passed.
        """
        return self._peel(self._counted(pieces), self._limits)

    def close(self) -> None:
        """Let go of the decoders."""
        for decoder in self._decoders:
            decoder.close()

    def _counted(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._stored += len(piece)
            yield piece

    def _peel(self, pieces: Iterator[bytes], limits: Limits) -> Iterator[bytes]:
        head = b""
        for piece in pieces:
            head += piece
            if len(head) >= HEAD_SIZE:
                break
        compression = sniff(head)
        rest = _chain(head, pieces)
        if compression is not Compression.NONE and len(self.found) == limits.outer_layers:
            self.beyond = compression
        elif compression is not Compression.NONE:
            self.found.append(compression)
            decoder = new_decoder(compression, limits, WINDOWS.outside())
            self._decoders.append(decoder)
            if compression not in _SMALL:
                # These live as long as the reading does: one large window is enough.
                limits = replace(limits, window=min(limits.window, FREE_WINDOW))
            rest = self._peel(self._bounded(decoder, rest), limits)
        yield from rest

    def _bounded(self, decoder: Decoder, pieces: Iterator[bytes]) -> Iterator[bytes]:
        limits = self._limits
        name, passed = self.found[-1].value, 0
        for piece in pieces:
            allowed = max(limits.outer_sure_size, self._stored * limits.outer_ratio)
            allowed = min(limits.outer_size, allowed)
            for inside in decoder.feed(piece):
                passed += len(inside)
                if passed > allowed:
                    detail = (
                        f"the {name} wrapper grows beyond {allowed} bytes, of {self._stored} "
                        "bytes of input; the rest was not read"
                    )
                    raise BeyondError(detail)
                yield inside
            if decoder.begun > limits.outer_members:
                detail = (
                    f"the {name} wrapper has more than {limits.outer_members} members or frames; "
                    "the rest was not read"
                )
                raise BeyondError(detail)
        decoder.finish()

    @property
    def is_stopped(self) -> bool:
        """Whether a decoder refused to read on for what it would take, not for damage."""
        return any(
            decoder.broken is not None and decoder.broken.kind in _REFUSALS
            for decoder in self._decoders
        )

    def faults(self) -> Iterator[Fault]:
        """Tell how each compression ended, outermost first, and that there are any."""
        for compression, decoder in zip(self.found, self._decoders, strict=True):
            yield from _ending(compression.value, decoder)
        if self.found:
            names = " in ".join(compression.value for compression in reversed(self.found))
            yield Fault("outer-compression", f"the archive is wrapped in {names}")


def _ending(name: str, decoder: Decoder) -> Iterator[Fault]:
    broken = decoder.broken
    if broken is not None and broken.kind is Breakage.TRUNCATED:
        detail = f"the {name} wrapper is cut short: {broken.detail}"
        yield Fault("outer-compression-truncated", detail, offset=broken.offset)
    elif broken is not None and broken.kind in _REFUSALS:
        detail = f"the {name} wrapper: {broken.detail}"
        yield Fault("limit-exceeded", detail, offset=broken.offset)
    elif broken is not None:
        detail = f"the {name} wrapper is damaged: {broken.detail}"
        yield Fault("outer-compression-corrupt", detail, offset=broken.offset)
    elif decoder.trailing:
        what = "zero bytes" if decoder.trailing_zero else "bytes"
        detail = f"{decoder.trailing} {what} follow the {name} stream"
        yield Fault("outer-compression-trailing-data", detail, offset=decoder.trailing_offset)


def _chain(head: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if head:
        yield head
    yield from pieces
