"""The frame around every decoder: where members begin, what trails, how a stream breaks.

A format (`gzip.Gzip`, `zstd.Zstd`, `xz.Xz`, `bzip2.Bzip2`) says how one member is decoded, as a
generator that asks `Stored` for bytes in the order in which they are written and is suspended
wherever they run out. So a format reads like its specification, and yet is resumable at every
byte. What all formats share is `PushDecoder`'s: several members, trailing bytes, truncation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from layertar.codec.decoder import Break, Breakage

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from layertar.codec.decoder import Skipped

__all__ = ["FIRST_STRIDE", "STRIDE", "Format", "PushDecoder", "Stored", "StoredError"]

#: Stored bytes handed to a library at once: the first time in each member, and at most. A library
#: copies what it was given beyond a member's end. Doubling from the one to the other keeps those
#: copies in proportion to the members, so that thousands of tiny ones are not quadratic.
FIRST_STRIDE = 4 << 10
STRIDE = 128 << 10

#: What a format yields for want of stored bytes; an uncompressed piece is never empty.
_MORE = b""

_ZEROS = bytes(64 << 10)


class StoredError(Exception):
    """A stream cannot be decoded any further. It never leaves `codec`: it becomes a `Break`."""

    def __init__(self, kind: Breakage, detail: str, offset: int, window: int = 0) -> None:
        """Keep what the `Break` will say."""
        self.broken = Break(kind, detail, offset, window)
        super().__init__(detail)


class Stored:
    """The stored bytes of a stream, as they come in, and how far they have been used.

    Its generators yield an empty piece while there are no bytes, so a format asks by
    `yield from`.
    """

    __slots__ = ("_base", "_position", "_view")

    def __init__(self) -> None:
        """Start without a byte."""
        self._base = 0
        self._position = 0
        self._view = memoryview(b"")

    @property
    def offset(self) -> int:
        """How many stored bytes have been used."""
        return self._base + self._position

    def load(self, data: bytes | memoryview) -> None:
        """Go on with `data`; whatever was loaded before counts as used."""
        self._base += len(self._view)
        self._position = 0
        self._view = memoryview(data)

    def ahead(self) -> Generator[bytes, None, memoryview]:
        """Return the bytes at hand, one at least, without using them."""
        while self._position == len(self._view):
            yield _MORE
        return self._view[self._position :]

    def advance(self, count: int) -> None:
        """Use `count` of the bytes at hand, or, where negative, give some of them back."""
        self._position += count

    def some(self, limit: int) -> Generator[bytes, None, memoryview]:
        """Use and return the bytes at hand: one at least, `limit` at most."""
        while self._position == len(self._view):
            yield _MORE
        some = self._view[self._position : self._position + limit]
        self._position += len(some)
        return some

    def take(self, size: int) -> Generator[bytes, None, bytes]:
        """Use and return the next `size` bytes; meant for fields of a few bytes."""
        end = self._position + size
        if end <= len(self._view):
            taken = bytes(self._view[self._position : end])
            self._position = end
            return taken
        parts = bytearray()
        while len(parts) < size:
            parts += yield from self.some(size - len(parts))
        return bytes(parts)


class Format(Protocol):
    """How one compression writes its members.

    Attributes:
        name: what a member is called in a detail ("gzip member").
        magic_size: bytes by which the begin of a member is known.
        skipped: see `decoder.Decoder`.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - above

    @property
    def magic_size(self) -> int: ...  # noqa: D102 - above

    @property
    def skipped(self) -> Iterable[Skipped]: ...  # noqa: D102 - above

    def begins(self, head: bytes) -> bool:
        """Tell whether `head`, of `magic_size` bytes or fewer, may begin what `decode` reads.

        Zeros, which pad xz streams, are asked about after a member only.
        """
        ...

    def skips(self, head: bytes) -> bool:
        """Tell whether the magic `head` begins something without content, thus no member."""
        ...

    def decode(self, stored: Stored, head: bytes) -> Generator[bytes, None, None]:
        """Yield the content of the member whose magic `head` was used already.

        Raises:
            StoredError: it cannot be decoded.
        """
        ...


class PushDecoder:
    """A `decoder.Decoder` of any `Format`; see there for its interface."""

    __slots__ = (
        "_format",
        "_head",
        "_inside",
        "_start",
        "_steps",
        "_stored",
        "begun",
        "broken",
        "members",
        "trailing",
        "trailing_offset",
        "trailing_zero",
    )

    def __init__(self, format_: Format) -> None:
        """Start at the first stored byte."""
        self.broken: Break | None = None
        self.members = 0
        self.begun = 0
        self.trailing = 0
        self.trailing_zero = True
        self.trailing_offset = 0
        self._format = format_
        self._stored = Stored()
        self._steps: Generator[bytes, None, None] = self._decode()
        # Where the present member begins, what was seen of its magic, whether that is complete.
        self._start = 0
        self._head = b""
        self._inside = False

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The last frames without content; see `decoder.Decoder`."""
        return tuple(self._format.skipped)

    def feed(self, data: bytes | memoryview) -> Iterator[bytes]:
        """Yield what `data` uncompresses to; see `decoder.Decoder.feed`."""
        if self.broken is not None:
            return
        self._stored.load(data)
        try:
            for piece in self._steps:
                if not piece:
                    break
                yield piece
        except StoredError as error:
            self.broken = error.broken

    def finish(self) -> None:
        """Say that no more is coming; sets `broken` where the stream ends early."""
        if self.broken is not None:
            return
        if self._head and not any(self._head):
            # A head of zeros is xz's padding cut short; no member was begun.
            self.trailing_offset = self._start
            self._count_trailing(self._head)
            self._head = b""
        elif self._inside or self._head:
            self._truncate(f"the stream ends inside the {self._format.name} at byte {self._start}")
        elif not self._stored.offset:
            self._truncate("the stream is empty")

    def close(self) -> None:
        """Let go of everything; see `decoder.Decoder.close`."""
        self._steps.close()

    def _truncate(self, detail: str) -> None:
        self.broken = Break(Breakage.TRUNCATED, detail, self._stored.offset)

    def _decode(self) -> Generator[bytes, None, None]:
        stored = self._stored
        while (yield from self._find_magic()):
            head, self._head = self._head, b""
            self._inside = True
            self.begun += 1
            if not self._format.skips(head):
                self.members += 1
            yield from self._format.decode(stored, head)
            self._inside = False
        if not self._start:
            detail = f"the stream begins with no {self._format.name}"
            raise StoredError(Breakage.CORRUPT, detail, 0)
        self.trailing_offset = self._start
        head, self._head = self._head, b""
        self._count_trailing(head)
        while True:
            self._count_trailing((yield from stored.some(len(_ZEROS))))

    def _find_magic(self) -> Generator[bytes, None, bool]:
        """Return whether a member begins here, its magic, or what was no magic, in `_head`."""
        self._start = self._stored.offset
        while (missing := self._format.magic_size - len(self._head)) > 0:
            self._head += yield from self._stored.some(missing)
            is_padding_first = not self._start and not self._head[0]
            if is_padding_first or not self._format.begins(self._head):
                return False
        return True

    def _count_trailing(self, data: bytes | memoryview) -> None:
        self.trailing += len(data)
        if self.trailing_zero:
            self.trailing_zero = bytes(data) == _ZEROS[: len(data)]
