"""What every push decoder offers: fed stored bytes, it answers uncompressed pieces."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PIECE_SIZE", "Break", "Breakage", "Decoder"]

#: The most uncompressed bytes that a decoder hands over at once. igzip is fastest with 128 to
#: 256 KiB of output a call, and a bounded piece bounds the memory of every consumer.
PIECE_SIZE = 256 << 10


class Breakage(Enum):
    """Why a decoder gave up."""

    CORRUPT = "corrupt"
    TRUNCATED = "truncated"
    WINDOW = "window"


class Break(NamedTuple):
    """Where and why a decoder gave up.

    Attributes:
        kind: what happened.
        detail: what was met, one clause.
        offset: how many stored bytes had been understood, in bytes.
        window: the window or dictionary that the stream asks for, in bytes, for `WINDOW`.
    """

    kind: Breakage
    detail: str
    offset: int
    window: int = 0


class Decoder(Protocol):
    """A push decoder of one compressed stream: bounded, resumable, of constant memory.

    Attributes:
        broken: why it gave up, or `None`. Once broken it swallows what it is fed in silence,
            so that the stored digest can still be completed.
        members: gzip members, zstd frames or xz and bzip2 streams begun so far.
        trailing: stored bytes after the last member that are no member, counted.
        trailing_zero: whether all of those are zero (or there are none).
        trailing_offset: where they begin, in stored bytes.
    """

    broken: Break | None
    members: int
    trailing: int
    trailing_zero: bool
    trailing_offset: int

    def feed(self, data: bytes | memoryview) -> Iterator[bytes]:
        """Yield what `data` uncompresses to, in pieces of at most `PIECE_SIZE` bytes.

        The iterator may be left and taken up again later; it must be exhausted, or dropped
        for good, before the next call.
        """
        ...

    def finish(self) -> None:
        """Say that no more is coming; sets `broken` where the stream ends early."""
        ...
