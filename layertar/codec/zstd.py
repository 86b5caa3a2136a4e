"""Zstandard: frames and blocks are walked here, their content is decoded by a library.

`zstandard` does it where it is installed, `compression.zstd` of Python 3.14 elsewhere. Their
streaming readers end in silence where a stream is truncated, and their decompression objects
have no bound of output: 7 kB may become 200 MB in one call. Each block, however, yields 128 KiB
at most, so the library is handed a few whole blocks at a time; that bounds the output, and tells
truncation, windows and the ends of frames at next to no cost.

Spec: RFC 8878, section 3.1.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol

from layertar.codec.decoder import PIECE_SIZE, Breakage
from layertar.codec.push import StoredError
from layertar.codec.skippable import begins_frame, read_skippable
from layertar.codec.windows import FREE_WINDOW, WINDOWS
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from layertar.codec.decoder import Skipped
    from layertar.codec.push import Stored
    from layertar.codec.windows import Windows
    from layertar.limits import Limits

__all__ = ["BEST", "Engine", "Frame", "Zstd", "python_engine", "zstandard_engine"]

_MAGIC = b"\x28\xb5\x2f\xfd"
_BLOCK_SIZE_MAX = 128 << 10
_BLOCK_HEADER_SIZE = 3
_CHECKSUM_SIZE = 4
# Skippable frames told of. zstd:chunked ends with three: table of contents, tar-split, footer.
_SKIPPED = 16
_RLE, _RESERVED_TYPE = 1, 3
_INVALID = "the zstd data is invalid"
# What libzstd allows a decoder's largest window to be, in bits.
_WINDOW_LOGS = (10, 31)


class Frame(Protocol):
    """A library's decoder of one frame."""

    @property
    def eof(self) -> bool: ...  # noqa: D102 - the libraries'
    def decompress(self, data: bytes | memoryview, /) -> bytes: ...  # noqa: D102 - the libraries'


class Engine(NamedTuple):
    """A library that decodes frames.

    Attributes:
        opener: takes the largest window, in bytes; answers what begins a frame.
        error: what its decoders raise.
    """

    opener: Callable[[int], Callable[[], Frame]]
    error: type[Exception]


def zstandard_engine() -> Engine:
    """Return the engine of the package `zstandard`.

    Raises:
        ImportError: it is not installed.
    """
    import zstandard  # noqa: PLC0415 - either library may be absent

    def opener(window: int) -> Callable[[], Frame]:
        # One context serves all frames of a stream, one after another.
        context = zstandard.ZstdDecompressor(max_window_size=window)
        return lambda: context.decompressobj(write_size=_BLOCK_SIZE_MAX)

    return Engine(opener, zstandard.ZstdError)


def python_engine() -> Engine:
    """Return the engine of the standard library's `compression.zstd`.

    Raises:
        ImportError: this Python is older than 3.14.
    """
    from compression import zstd  # noqa: PLC0415 - either library may be absent

    def opener(window: int) -> Callable[[], Frame]:
        options = {zstd.DecompressionParameter.window_log_max: (window - 1).bit_length()}
        return lambda: zstd.ZstdDecompressor(options=options)

    return Engine(opener, zstd.ZstdError)


def _find_engine() -> Engine:
    for engine in (zstandard_engine, python_engine):
        try:
            return engine()
        except ImportError:
            continue
    raise RuntimeError("zstd needs the package zstandard, or Python 3.14 or later")


#: The library that is there; the package's metadata sees to it that one is.
BEST = _find_engine()


class _Header(NamedTuple):
    """What a frame header says that matters here; sizes in bytes."""

    raw: bytes
    window: int
    content_size: int | None
    has_checksum: bool


class Zstd:
    """The zstd format; a `push.Format`."""

    name = "zstd frame"
    magic_size = len(_MAGIC)

    def __init__(self, limits: Limits, engine: Engine = BEST, windows: Windows = WINDOWS) -> None:
        """Decode by `engine` the frames whose window is within `limits.window`."""
        self._windows = windows
        self._engine = engine
        smallest, largest = (1 << log for log in _WINDOW_LOGS)
        self._window = min(limits.window, largest)
        self._granted = max(self._window, smallest)
        self._open = engine.opener(self._granted)
        self._error = engine.error
        self.skipped: deque[Skipped] = deque(maxlen=_SKIPPED)

    def begins(self, head: bytes) -> bool:
        """Tell whether `head` is the magic of a frame, skippable or not, or its begin."""
        return begins_frame(head, _MAGIC)

    def skips(self, head: bytes) -> bool:
        """Tell whether `head` begins a skippable frame (RFC 8878, 3.1.2)."""
        return head != _MAGIC

    def decode(self, stored: Stored, head: bytes) -> Generator[bytes, None, None]:
        """Yield a frame's content."""
        if self.skips(head):
            self.skipped.append((yield from read_skippable(stored)))
            return
        header = yield from _read_header(stored, head)
        if header.window > self._window:
            detail = f"the zstd window is {header.window} bytes, the bound is {self._window}"
            at = stored.offset - len(header.raw)
            raise StoredError(Breakage.WINDOW, detail, at, header.window)
        with self._windows.hold(header.window):
            yield from self._decode_frame(stored, header)

    def _decode_frame(self, stored: Stored, header: _Header) -> Generator[bytes, None, None]:
        # A library may keep a frame's window for the next one: a large one gets its own opener.
        is_large = header.window > FREE_WINDOW
        frame = (self._engine.opener(self._granted) if is_large else self._open)()
        self._decompress(frame, header.raw, stored, _INVALID)
        size = 0
        for output in self._decode_blocks(frame, stored, min(header.window, _BLOCK_SIZE_MAX)):
            size += len(output)
            yield output
        if header.has_checksum:
            checksum = yield from stored.take(_CHECKSUM_SIZE)
            self._decompress(frame, checksum, stored, "the zstd checksum is not that of the bytes")
        if not frame.eof:  # pragma: no cover - no library is known to read headers otherwise
            raise StoredError(Breakage.CORRUPT, _INVALID, stored.offset)
        # Where the last block is empty, libzstd compares nothing.
        if header.content_size not in (None, size):
            detail = f"the zstd frame has {size} bytes, its header says {header.content_size}"
            raise StoredError(Breakage.CORRUPT, detail, stored.offset)

    def _decode_blocks(
        self, frame: Frame, stored: Stored, block_max: int
    ) -> Generator[bytes, None, None]:
        last = False
        while not last:
            # The blocks that are at hand as a whole, or else one block bit by bit.
            ahead = yield from stored.ahead()
            reach, last = _whole_blocks(ahead, block_max)
            if reach:
                stored.advance(reach)
                if output := self._decompress(frame, ahead[:reach], stored, _INVALID):
                    yield output
                continue
            block = yield from stored.take(_BLOCK_HEADER_SIZE)
            body, last = _check_block(block, block_max, stored.offset - len(block))
            self._decompress(frame, block, stored, _INVALID)
            while body:
                part = yield from stored.some(body)
                body -= len(part)
                if output := self._decompress(frame, part, stored, _INVALID):
                    yield output

    def _decompress(
        self, frame: Frame, data: bytes | memoryview, stored: Stored, detail: str
    ) -> bytes:
        """Decompress `data`, which was used last; `detail` is for its failure."""
        try:
            return frame.decompress(data)
        except self._error as error:
            at = stored.offset - len(data)
            raise StoredError(Breakage.CORRUPT, detail, at) from error


def _read_header(stored: Stored, head: bytes) -> Generator[bytes, None, _Header]:
    """Read a frame header (RFC 8878, 3.1.1.1)."""
    start = stored.offset - len(head)
    first = yield from stored.take(1)
    descriptor = first[0]
    is_single = bool(descriptor & 0x20)
    window_size = 0 if is_single else 1
    dictionary_size = (0, 1, 2, 4)[descriptor & 0x03]
    content_size = (1 if is_single else 0, 2, 4, 8)[descriptor >> 6]
    rest = yield from stored.take(window_size + dictionary_size + content_size)
    if descriptor & 0x08:
        raise StoredError(Breakage.CORRUPT, "a reserved bit is set in the zstd header", start)
    dictionary = int.from_bytes(rest[window_size : window_size + dictionary_size], "little")
    if dictionary:
        detail = f"the zstd frame needs the dictionary {dictionary}"
        raise StoredError(Breakage.CORRUPT, detail, start)
    recorded = int.from_bytes(rest[window_size + dictionary_size :], "little")
    if content_size == 2:  # noqa: PLR2004 - the field of two bytes
        recorded += 256
    if is_single:
        window = recorded
    else:
        base = 1 << (10 + (rest[0] >> 3))
        window = base + (base >> 3) * (rest[0] & 0x07)
    return _Header(
        head + first + rest,
        window,
        recorded if content_size else None,
        bool(descriptor & 0x04),
    )


def _parse_block(header: bytes | memoryview) -> tuple[int, int, int, bool]:
    """Return the kind, the recorded size, the stored size in bytes, and whether it is the last."""
    value = int.from_bytes(header, "little")
    kind, size = value >> 1 & 3, value >> 3
    return kind, size, 1 if kind == _RLE else size, bool(value & 1)


def _whole_blocks(ahead: memoryview, block_max: int) -> tuple[int, bool]:
    """Return how far the whole blocks ahead reach, in bytes, and whether the last is among them.

    No more blocks than what `PIECE_SIZE` holds uncompressed, and none that is invalid.
    """
    reach = 0
    for _ in range(PIECE_SIZE // max(block_max, 1)):
        body_at = reach + _BLOCK_HEADER_SIZE
        kind, size, stored_size, last = _parse_block(ahead[reach:body_at])
        end = body_at + stored_size
        if end > len(ahead) or kind == _RESERVED_TYPE or size > block_max:
            break
        reach = end
        if last:
            return reach, True
    return reach, False


def _check_block(header: bytes, block_max: int, at: int) -> tuple[int, bool]:
    """Return a block's stored size, in bytes, and whether it is the last (RFC 8878, 3.1.1.2)."""
    kind, size, stored_size, last = _parse_block(header)
    if kind == _RESERVED_TYPE:
        raise StoredError(Breakage.CORRUPT, "a zstd block has the reserved type", at)
    if size > block_max:
        detail = f"a zstd block of {size} bytes is larger than its frame allows ({block_max})"
        raise StoredError(Breakage.CORRUPT, detail, at)
    return stored_size, last
