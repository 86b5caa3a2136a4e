"""A seekable tar: headers are read at once, members' bytes when they are wanted."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from layertar.errors import ArchiveError, InputError, LimitError
from layertar.fault import Fault
from layertar.members.collect import MemberCollector
from layertar.members.content import READ_SIZE, Framing, file_identity
from layertar.members.index import Member, MemberKind
from layertar.tar import Entry, TarParser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.limits import Limits
    from layertar.members.counter import ByteCounter
    from layertar.members.index import MemberTable

__all__ = ["SeekableTar", "reader_at"]


class _LockedReader:
    """Positional reading for systems without `pread` (Windows)."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def __call__(self, size: int, offset: int) -> bytes:
        with self._lock:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
            return os.read(self._descriptor, size)


class _PositionalReader:
    """Positional reading by `pread`: no position to share, so no lock between threads."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def __call__(self, size: int, offset: int) -> bytes:
        return os.pread(self._descriptor, size, offset)


def reader_at(descriptor: int) -> _PositionalReader | _LockedReader:
    """Return a function (size, offset) -> bytes over an open file, for several threads."""
    return _PositionalReader(descriptor) if hasattr(os, "pread") else _LockedReader(descriptor)


class SeekableTar:
    """A plain tar in a file.

    `pread` and not `mmap`: a file that is cut while it is read is then an exception of ours and
    not the end of the process.
    """

    is_seekable = True
    digest = None

    def __init__(self, name: str, descriptor: int, limits: Limits, counter: ByteCounter) -> None:
        """Read the headers of the tar in the open file `descriptor`, which stays the caller's.

        Raises:
            ArchiveError: it is no tar, or holds nothing.
            InputError: it cannot be read.
        """
        self._name = name
        self._read = reader_at(descriptor)
        self._counter = counter
        self._descriptor = descriptor
        self._before = os.fstat(descriptor)
        self._size = self._before.st_size
        self.whole = Member("", "", MemberKind.FILE, 0, self._size)
        self.table: MemberTable
        self.framing: Framing
        self._scan(limits)

    def _read_at(self, size: int, offset: int, *, is_new: bool = True) -> bytes:
        try:
            piece = self._read(size, offset)
        except OSError as error:
            raise InputError.of(self._name, error) from error
        if is_new:
            self._counter.add(len(piece))
        return piece

    def _scan(self, limits: Limits) -> None:
        """Hand the parser its headers, and pass over what lies between them."""
        parser = TarParser(limits)
        collector = MemberCollector(limits)
        while parser.offset < self._size and not (parser.stopped or collector.is_full):
            if parser.remaining:
                parser.skip(min(parser.remaining, self._size - parser.offset))
                continue
            wanted = READ_SIZE if parser.end_offset is not None else parser.needed
            block = self._read_at(wanted, parser.offset)
            if not block:
                break
            for event in parser.feed(block):
                if isinstance(event, Entry):
                    collector.add(event)
        if not collector.is_full:
            parser.finish()
        if not parser.is_tar:
            raise ArchiveError("input-not-an-archive", "not a tar")
        self.table = collector.table()
        self.framing = Framing(
            size=self._size,
            tar_size=self._size,
            outer_compression=(),
            faults=collector.framing_faults(parser),
            cut=collector.cut(parser),
            lone_zero_offset=parser.lone_zero_offset,
            is_stopped=collector.is_full,
        )

    def read(self, member: Member, *, limit: int) -> bytes:
        """Return a member's bytes; see `Content.read`."""
        if member.size > limit:
            raise LimitError("document_size", limit)
        return b"".join(self.pieces(member))

    def pieces(self, member: Member, *, start: int = 0, size: int = READ_SIZE) -> Iterator[bytes]:
        """Iterate over a member's bytes; see `Content.pieces`."""
        offset, end = member.offset + start, member.offset + member.size
        while offset < end:
            # The whole file is read beside its members: each byte of it counts once.
            is_new = member is not self.whole
            piece = self._read_at(min(size, end - offset), offset, is_new=is_new)
            if not piece:
                return
            offset += len(piece)
            yield piece

    def identity(self, member: Member) -> tuple[int, ...] | None:
        """Return what tells a member's bytes from others; see `Content.identity`."""
        return file_identity(self._before, member)

    def changes(self) -> tuple[Fault, ...]:
        """Compare the file's size and time with those at its opening."""
        after = os.fstat(self._descriptor)
        if after.st_size == self._size and after.st_mtime_ns == self._before.st_mtime_ns:
            return ()
        detail = "changed while it was read"
        return (
            Fault(
                "input-changed",
                detail,
                recorded=f"{self._size} bytes when opened",
                measured=f"{after.st_size} bytes at the end",
            ),
        )
