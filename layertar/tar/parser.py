"""TarParser: a push parser that is fed a tar's bytes and answers its entries and data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.tar.assembler import EXTENSIONS, Assembler, is_header
from layertar.tar.collector import Collector
from layertar.tar.entry import Data
from layertar.tar.framing import FramingLog
from layertar.tar.header import BLOCK, parse_header
from layertar.tar.state import State
from layertar.tar.trailer import Trailer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from layertar.digest import Digest
    from layertar.fault import Fault
    from layertar.limits import Limits
    from layertar.tar.entry import Entry, Event
    from layertar.tar.header import Header

__all__ = ["TarParser"]

_ZERO_BLOCK = bytes(BLOCK)
_SPARSE_MORE = 504  # "isextended" of a block of GNU's sparse map
#: What is asked for at once where any amount will do, in bytes.
_READ = 1 << 20


class TarParser:
    """Reads one tar, strictly and in constant memory; fed bytes, it never reads any itself.

    Who drives it may feed everything as it comes, or, where the input can be sought, read
    `needed` bytes at `offset`, feed them, and `skip` what `remaining` says, until the input
    ends: the entries and faults are the same. Who skips must skip no more than there is.

    Attributes:
        offset: bytes consumed so far, fed or skipped.
        remaining: bytes still to come of the current entry's data, or of an extended header
            that is too large to be read.
        padding: bytes still to come between those data and the next block.
        lone_zero_offset: where the first zero block is that headers follow.
        end_offset: where the two zero blocks of the end begin.

    Spec: POSIX.1-2017, pax, ustar Interchange Format and pax Extended Header.
    """

    def __init__(self, limits: Limits, *, ignore_zeros: bool = False) -> None:
        """Begin before the first byte.

        Args:
            limits: the bounds of this reading.
            ignore_zeros: read on behind an end, as `tar -i` does.
        """
        self.offset = 0
        self.remaining = 0
        self.padding = 0
        self.lone_zero_offset: int | None = None
        self.end_offset: int | None = None
        self._limits = limits
        self._ignore_zeros = ignore_zeros
        self._state = State.HEADER
        self._assembler = Assembler(limits)
        self._log = FramingLog(limits.faults)
        self._buffer = Collector()  # a block or body that came in pieces
        self._unread = 0  # bytes fed but not yet consumed
        self._zero_offset: int | None = None  # of a zero block just read
        self._header: Header  # whose body or sparse map is being read
        self._header_offset = 0
        self._member: str | None = None  # whose data are being read
        self._begun = False  # a header was read
        self._quiet = False  # the data are an extended header's, not an entry's
        self._trailer = Trailer(lambda: TarParser(limits, ignore_zeros=True), limits)

    @property
    def stopped(self) -> bool:
        """Whether nothing more can be read; what is fed is only counted."""
        return self._state is State.STOPPED

    @property
    def between_members(self) -> bool:
        """Whether the next byte is the first of a member, or of the end."""
        return (
            self._state is State.HEADER
            and not self._buffer
            and self._zero_offset is None
            and not self._assembler.pending
        )

    @property
    def needed(self) -> int:
        """How many bytes to feed next to make progress; fewer do as well; 0 once `stopped`."""
        match self._state:
            case State.HEADER | State.SPARSE:
                return BLOCK - len(self._buffer)
            case State.BODY:
                return self._body_length() - len(self._buffer)
            case State.DATA:
                return min(self.remaining + self.padding + BLOCK, _READ)
            case State.BEYOND:
                return _READ
            case State.STOPPED:
                return 0

    @property
    def is_tar(self) -> bool:
        """Whether there was a header, or nothing but zero blocks: an empty tar."""
        if self._begun:
            return True
        behind = self._trailer
        return self._zero_offset is not None and (behind.first is None or bool(behind.names))

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with the tar as a whole, in the order met; complete after `finish`.

        At most `Limits.faults` of each rule. What is wrong with an entry is in the entry.
        """
        return self._log.kept

    @property
    def fault_counts(self) -> Mapping[str, int]:
        """How many `faults` were met of each rule, whether kept or not."""
        return self._log.counts

    @property
    def trailing_names(self) -> tuple[str, ...]:
        """Names of members behind the end marker, which no loader sees; at most 1000."""
        return tuple(self._trailer.names)

    @property
    def trailing_table(self) -> Digest | None:
        """The digest of the eStargz table that lies behind the end marker, if it is last there."""
        return self._trailer.table

    def feed(self, data: bytes | memoryview) -> Iterator[Event]:
        """Yield what `data` completes: entries, and pieces of their data.

        The iterator must be exhausted before the next call. The views of data that it yields
        are as short-lived as what was fed.
        """
        view = memoryview(data)
        while view:
            before = self.offset
            event = self._step(view)
            view = view[self.offset - before :]
            self._unread = len(view)
            if event is not None:
                yield event

    def skip(self, count: int) -> None:
        """Pass over `count` bytes that the caller does not feed.

        They are of `remaining`, and, where the caller does not care what the padding is, of
        `padding` behind it.

        Raises:
            ValueError: they are not, or what was fed is not consumed yet.
        """
        if self._unread or not 0 <= count <= self.remaining + self.padding:
            raise ValueError(f"cannot skip {count} bytes here")
        if count:
            data = min(count, self.remaining)
            self._pass(data, count - data)

    def leap(self, count: int, *, data: int = 0, member: str | None = None) -> None:
        """Pass over `count` bytes of members that the caller read itself.

        They are whole, but for `data` bytes of the last, `member`, which are still to come.

        Raises:
            ValueError: no member begins here.
        """
        if self._unread or not self.between_members or count % BLOCK:
            raise ValueError(f"cannot leap {count} bytes here")
        self.offset += count
        self._begun = True
        self._begin_data(data, member)

    def finish(self) -> None:
        """Say that no more is coming; completes `faults`. To be called once."""
        match self._state:
            case State.HEADER:
                self._finish_between()
            case State.BODY:
                self._log.cut("an extended header", self.needed, self.offset)
            case State.SPARSE:
                self._log.cut("a sparse map", self.needed, self.offset)
            case State.DATA if self.remaining:
                what = "an extended header" if self._quiet else "the data of a member"
                self._log.cut(what, self.remaining, self.offset, self._member)
            case State.DATA:
                self._log.cut("the padding of a member", self.padding, self.offset, self._member)
            case State.BEYOND | State.STOPPED:
                pass
        self._log.extend(self._assembler.abandon())
        self._log.finish()
        if self._trailer.first is not None:
            self._log.trailing(self._trailer.first, self.offset, len(self._trailer.names))
            if self.end_offset is None:
                self._log.no_end_marker(self.offset)

    def _finish_between(self) -> None:
        if self._buffer.any():
            if self._begun:
                self._log.cut("a header", self.needed, self.offset)
        elif self._assembler.pending:
            self._log.cut("an extended header, before its member", BLOCK, self.offset)
        elif self.is_tar:
            self._log.no_end_marker(self.offset)

    def _step(self, view: memoryview) -> Event | None:
        """Consume some of `view`, at least one byte."""
        match self._state:
            case State.HEADER:
                block = self._collect(view, BLOCK)
                return self._take_block(block) if block else None
            case State.BODY:
                body = self._collect(view, self._body_length())
                if body:
                    self._take_body(self._header, body)
                return None
            case State.SPARSE:
                block = self._collect(view, BLOCK)
                # The map is not kept: its blocks only have to be passed, until the last.
                last = block is not None and not block[_SPARSE_MORE]
                return self._complete(self._header) if last else None
            case State.DATA:
                return self._take_data(view)
            case State.BEYOND:
                self._trailer.feed(view, self.offset)
            case State.STOPPED:
                pass
        self.offset += len(view)
        return None

    def _body_length(self) -> int:
        size = self._header.size or 0
        return size + -size % BLOCK

    def _collect(self, view: memoryview, length: int) -> bytes | None:
        """Return the next `length` bytes once they are there."""
        piece = view[: length - len(self._buffer)]
        self.offset += len(piece)
        return self._buffer.take(piece, length)

    def _take_block(self, block: bytes) -> Entry | None:
        offset = self.offset - BLOCK
        if block == _ZERO_BLOCK:
            self._take_zero(offset)
            return None
        header = parse_header(block)
        if not is_header(header):
            self._take_garbage(block, offset)
            return None
        if self._zero_offset is not None:
            self._log.lone_zero(self._zero_offset)
            if self.lone_zero_offset is None:
                self.lone_zero_offset = self._zero_offset
            self._zero_offset = None
        self._begun = True
        if not header.checksum_ok:
            self._log.wrong_checksum(header.name, offset)
        self._header, self._header_offset = header, offset
        if header.typeflag in EXTENSIONS:
            self._begin_extension(header)
        elif header.extended:
            self._state = State.SPARSE
        else:
            return self._complete(header)
        return None

    def _take_zero(self, offset: int) -> None:
        if self._ignore_zeros:
            return
        if self._assembler.pending:
            self._log.extend(self._assembler.abandon())
            self._log.orphaned(offset)
        if self._zero_offset is None:
            self._zero_offset = offset
        else:
            self.end_offset = self._zero_offset
            self._state = State.BEYOND

    def _take_garbage(self, block: bytes, offset: int) -> None:
        if self._zero_offset is not None:
            self._state = State.BEYOND
            self._trailer.feed(memoryview(block), offset)
            return
        self._state = State.STOPPED
        if self._begun:
            self._log.no_header(offset)

    def _begin_extension(self, header: Header) -> None:
        size = header.size
        if size is None:  # Nothing says where the next header is.
            offset = self._header_offset
            self._log.extend(fault._replace(offset=offset) for fault in header.faults)
            self._state = State.STOPPED
        elif size > self._limits.header_body:
            self._log.extend(self._assembler.extend(header, self._header_offset, None))
            self._begin_data(size, None)
            self._quiet = True
        elif size:
            self._state = State.BODY
        else:
            self._log.extend(self._assembler.extend(header, self._header_offset, b""))

    def _take_body(self, header: Header, body: bytes) -> None:
        size = header.size or 0
        padding = body[size:]
        self._log.padding(padding, self.offset - len(padding), len(padding), None)
        self._log.extend(self._assembler.extend(header, self._header_offset, body[:size]))
        self._state = State.HEADER

    def _complete(self, header: Header) -> Entry:
        entry, located = self._assembler.complete(header, self._header_offset, self.offset)
        if located:
            self._begin_data(entry.size, entry.name[: self._limits.name_length])
        else:
            self._state = State.STOPPED
        return entry

    def _begin_data(self, size: int, member: str | None) -> None:
        self._member, self._quiet = member, False
        self.remaining, self.padding = size, -size % BLOCK
        self._state = State.DATA if size else State.HEADER

    def _take_data(self, view: memoryview) -> Data | None:
        if not self.remaining:
            piece = view[: self.padding]
            self._log.padding(bytes(piece), self.offset, self.padding, self._member)
            self._pass(0, len(piece))
            return None
        piece = view[: self.remaining]
        quiet = self._quiet
        self._pass(len(piece), 0)
        return None if quiet else Data(piece, end=not self.remaining)

    def _pass(self, data: int, padding: int) -> None:
        self.remaining -= data
        self.padding -= padding
        self.offset += data + padding
        if not self.remaining and not self.padding:
            self._state = State.HEADER
