"""A tar that comes once: a pipe, or a compressed file. One pass, nothing spooled to disk.

Every member is handed to a sink as it passes. Small members, and larger ones that begin like
JSON, are kept whole: any of them may turn out to be a document. Of the others
only the very first bytes are kept.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

from layertar.digest import Digest
from layertar.errors import ArchiveError, InputError, LimitError
from layertar.fault import Fault
from layertar.members.collect import MemberCollector
from layertar.members.content import READ_SIZE, Framing
from layertar.members.index import MemberKind, is_sha512_name
from layertar.members.naming import NAMING_SIZE, name_bytes
from layertar.members.outer import BeyondError, Wrapping
from layertar.tar import Entry, TarParser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from layertar.limits import Limits
    from layertar.members.index import Member, MemberTable

__all__ = ["MemberSink", "StreamedTar", "read_pieces"]

_WHITE_SPACE = b" \t\r\n"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# Bytes of a large member's start that are looked at for the beginning of a document.
_LOOK_SIZE = 64


class MemberSink(Protocol):
    """Whoever wants every member's bytes as they pass."""

    def begin(self, member: Member, *, sha512: bool) -> None:
        """A file's bytes are about to come; `sha512` where something names that algorithm."""
        ...

    def data(self, piece: memoryview | bytes) -> None:
        """The next bytes of the file; the piece may be kept."""
        ...

    def end(self) -> None:
        """The file ends here, where its header says so or where the archive does."""
        ...


class _Keeper:
    """Keeps the bytes of members that may be documents, within a budget."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._budget = limits.documents_total
        self._parts: list[bytes] | None = None
        self._member: Member | None = None
        self._wants_look = False
        self.kept: dict[Member, bytes] = {}
        self.names_sha512 = False

    def begin(self, member: Member) -> None:
        self._member = member
        fits = member.size <= min(self._limits.document_size, self._budget)
        self._parts = [] if fits else None
        self._wants_look = member.size > self._limits.document_sure_size

    def data(self, piece: memoryview) -> None:
        if self._parts is None:
            return
        if self._wants_look:
            head = bytes(piece[:_LOOK_SIZE])
            start = head.removeprefix(_BYTE_ORDER_MARK).lstrip(_WHITE_SPACE)
            if start and start[:1] not in b"{[":
                # Should a record call it a document, these bytes tell that it is none.
                if self._member is not None:
                    self.kept[self._member] = head
                self._parts = None
                return
            self._wants_look = not start
        self._parts.append(bytes(piece))

    def end(self) -> None:
        if self._parts is None or self._member is None:
            return
        raw = b"".join(self._parts)
        self._budget -= len(raw)
        self.kept[self._member] = raw
        self._parts = None
        self.names_sha512 = self.names_sha512 or b"sha512:" in raw


class _HashedPieces:
    """Pieces that are hashed as they pass."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        """Begin before the first of `pieces`."""
        self._pieces = iter(pieces)
        self._hash = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        """Iterate over the pieces that have not passed yet."""
        return self

    def __next__(self) -> bytes:
        """Return the next piece."""
        piece = next(self._pieces)
        self._hash.update(piece)
        return piece

    def finish(self) -> Digest:
        """Let pass what nobody has read; return the digest of all."""
        for _ in self:
            pass
        return Digest("sha256", self._hash.hexdigest())


class StreamedTar:
    """What is known of a tar after it has passed: the members, and the kept documents."""

    is_seekable = False
    whole = None

    def __init__(
        self,
        pieces: Iterable[bytes],
        sink: MemberSink,
        limits: Limits,
        *,
        size: int | None = None,
        digests: bool = False,
    ) -> None:
        """Read `pieces` to their end and hand every member to `sink`.

        With `digests` they are hashed as they come, too, also those behind what is understood.

        Raises:
            ArchiveError: it is no tar, or holds nothing.
            InputError: it cannot be read.
        """
        self._limits = limits
        self._sink = sink
        self._keeper = _Keeper(limits)
        self._parser = TarParser(limits)
        self._collector = MemberCollector(limits)
        self._current: Member | None = None
        self._wrapping = Wrapping(limits)
        self._head = b""
        self._faults: list[Fault] = []
        self._is_beyond = False
        self._size = 0
        passing = _HashedPieces(pieces) if digests else None
        stopped_in = self._run(pieces if passing is None else passing)
        self.digest = None if passing is None else passing.finish()
        self.table: MemberTable = self._collector.table()
        self.framing = Framing(
            size=size,
            tar_size=self._size,
            outer_compression=tuple(self._wrapping.found),
            faults=(*self._faults, *self._collector.framing_faults(self._parser)),
            cut=stopped_in or self._collector.cut(self._parser),
            lone_zero_offset=self._parser.lone_zero_offset,
            is_stopped=self._is_stopped(),
        )

    def _run(self, pieces: Iterable[bytes]) -> Member | None:
        """Read it all; return the member in which a bound stopped that, if one did."""
        is_whole, stopped_in = False, None
        try:
            for piece in self._wrapping.peel(pieces):
                self._size += len(piece)
                if len(self._head) < NAMING_SIZE:
                    self._head += piece[: NAMING_SIZE - len(self._head)]
                if not (self._parser.stopped or self._collector.is_full):
                    self._feed(piece)
                    self._check_end()
            is_whole = not self._collector.is_full
        except BeyondError as error:
            self._faults.append(Fault("limit-exceeded", error.detail))
            self._is_beyond, stopped_in = True, self._current
        finally:
            self._wrapping.close()
        if is_whole:
            self._parser.finish()
        if self._current is not None:
            self._end()
        self._faults.extend(self._wrapping.faults())
        if self._wrapping.beyond is not None or not self._parser.is_tar:
            raise self._no_tar()
        return stopped_in

    def _is_stopped(self) -> bool:
        if self._parser.end_offset is not None:
            return False  # All members were met; what was not read lies behind the end.
        return self._is_beyond or self._collector.is_full or self._wrapping.is_stopped

    def _check_end(self) -> None:
        """Read no endless zeros behind the end, where a few stored bytes may hold them."""
        end, limit = self._parser.end_offset, self._limits.outer_sure_size
        if self._wrapping.found and end is not None and self._parser.offset - end > limit:
            detail = f"more than {limit} bytes behind the archive's end; the rest was not read"
            raise BeyondError(detail)

    def _feed(self, piece: bytes) -> None:
        for event in self._parser.feed(piece):
            if isinstance(event, Entry):
                self._begin(event)
                if self._collector.is_full:
                    return
            elif self._current is not None:
                self._keeper.data(event.data)
                self._sink.data(event.data)
            if self._current is not None and not self._parser.remaining:
                self._end()

    def _begin(self, entry: Entry) -> None:
        member = self._collector.add(entry)
        if member.kind is not MemberKind.FILE or self._collector.is_full:
            return
        self._current = member
        self._keeper.begin(member)
        names_sha512 = self._keeper.names_sha512 or is_sha512_name(member.name)
        self._sink.begin(member, sha512=names_sha512)

    def _end(self) -> None:
        self._keeper.end()
        self._sink.end()
        self._current = None

    def _no_tar(self) -> ArchiveError:
        outer, beyond = self._wrapping.found, self._wrapping.beyond
        if not self._head and not outer:
            return ArchiveError("archive-empty", "empty: zero bytes")
        if beyond is not None:
            names = " in ".join(each.value for each in (beyond, *reversed(outer)))
            detail = f"compressed {len(outer) + 1} times ({names}): uncompress it first"
            return ArchiveError("input-not-an-archive", detail)
        for rule in ("outer-compression-truncated", "outer-compression-corrupt", "limit-exceeded"):
            fault = next((fault for fault in self._faults if fault.rule == rule), None)
            if fault is not None:
                return ArchiveError(rule, f"{fault.detail}; no tar could be read from it")
        what = name_bytes(self._head) if self._head else "empty"
        inside = f"{outer[-1].value}-compressed; inside it is " if outer else ""
        return ArchiveError("input-not-an-archive", f"not a tar: {inside}{what}")

    def read(self, member: Member, *, limit: int) -> bytes:
        """Return a kept member's bytes; see `Content.read`."""
        if member.size > limit:
            raise LimitError("document_size", limit)
        raw = self._keeper.kept.get(member)
        if raw is None:
            raise LimitError("documents_total", self._limits.documents_total)
        return raw

    def pieces(self, member: Member, *, start: int = 0, size: int = READ_SIZE) -> Iterator[bytes]:
        """Iterate over a kept member's bytes; see `Content.pieces`."""
        raw = self.read(member, limit=self._limits.document_size)
        return (raw[at : at + size] for at in range(start, len(raw), size))

    def identity(self, member: Member) -> None:
        """Return nothing: what has passed cannot be looked up again."""

    def changes(self) -> tuple[Fault, ...]:
        """Return nothing: what has passed cannot be compared with anything."""
        return ()


def read_pieces(name: str, read: Callable[[int], bytes], size: int) -> Iterator[bytes]:
    """Iterate over what `read` gives, `size` bytes at a time.

    Raises:
        InputError: it cannot be read.
    """
    while True:
        try:
            piece = read(size)
        except OSError as error:
            raise InputError.of(name, error) from error
        if not piece:
            return
        yield piece
