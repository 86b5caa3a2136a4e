"""What every push decoder offers: fed stored bytes, it answers uncompressed pieces."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Protocol

from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.digest import Digest

__all__ = ["PIECE_SIZE", "Break", "Breakage", "Decoder", "Skipped"]

#: The most uncompressed bytes that a decoder hands over at once: enough that threads seldom meet
#: at the interpreter's lock, few enough to be in the cache still when their digest is taken.
PIECE_SIZE = 512 << 10


class Breakage(Enum):
    """Why a decoder gave up."""

    CORRUPT = "corrupt"
    TRUNCATED = "truncated"
    WINDOW = "window"
    NO_LIBRARY = "no library"


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


class Skipped(NamedTuple):
    """A part of the stream that holds no content: a skippable frame of zstd, read whole.

    Attributes:
        offset: where what it carries begins, in stored bytes.
        length: bytes that it carries.
        digest: the sha256 of those.
    """

    offset: int
    length: int
    digest: Digest


class Decoder(Protocol):
    """A push decoder of one compressed stream: bounded, resumable, of constant memory.

    Attributes:
        broken: why it gave up, or `None`. Once broken it swallows what it is fed in silence,
            so that the stored digest can still be completed.
        members: gzip members, zstd frames or xz and bzip2 streams begun so far.
        begun: those, and what begins like one and holds no content: skippable frames, padding.
        trailing: stored bytes after the last member that are no member, counted.
        trailing_zero: whether all of those are zero (or there are none).
        trailing_offset: where they begin, in stored bytes.
        skipped: the last skippable frames that were read, in order; other formats have none.
    """

    broken: Break | None
    members: int
    begun: int
    trailing: int
    trailing_zero: bool
    trailing_offset: int

    @property
    def skipped(self) -> tuple[Skipped, ...]: ...  # noqa: D102 - above

    def feed(self, data: bytes | memoryview) -> Iterator[bytes]:
        """Yield what `data` uncompresses to, in pieces of at most `PIECE_SIZE` bytes.

        The iterator may be left and taken up again later; it must be exhausted, or dropped
        for good, before the next call.
        """
        ...

    def finish(self) -> None:
        """Say that no more is coming; sets `broken` where the stream ends early."""
        ...

    def close(self) -> None:
        """Let go of the window and all else; what is fed from here on is swallowed."""
        ...
