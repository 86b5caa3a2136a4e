"""Tarball: a file system as a tar, the same bytes for the same file system always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.filesystem import FileEntry, FileKind
from layertar.tar.writer import END, Outgoing, padding, write_header

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Tarball"]

_FLAGS = {
    FileKind.SYMLINK: b"2",
    FileKind.CHARACTER: b"3",
    FileKind.BLOCK: b"4",
    FileKind.FIFO: b"6",
}
_MAX_DEVICE = (1 << 21) - 1
# What has no attributes of its own, as when only paths imply a directory.
_MODE = {FileKind.DIRECTORY: 0o755, FileKind.SYMLINK: 0o777}
_FILE_MODE = 0o644


class Tarball:
    """A `Receiver` that writes a tar.

    Attributes:
        notes: what a tar cannot hold, one clause each.
    """

    def __init__(self, write: Callable[[bytes | memoryview], object]) -> None:
        """Begin before the first byte, all of which go to `write`."""
        self._write = write
        self._size = 0
        self.notes: dict[str, None] = {}

    def directory(self, entry: FileEntry) -> None:
        """Write a directory."""
        name = b"./" if not entry.path else entry.raw_path + b"/"
        self._header(entry, name, b"5")

    def begin(self, entry: FileEntry) -> None:
        """Write a file's header."""
        self._size = entry.size
        self._header(entry, entry.raw_path, b"0", size=entry.size)

    def data(self, piece: memoryview) -> None:
        """Write its data."""
        self._write(piece)

    def end(self) -> None:
        """Fill its last block."""
        filling = padding(self._size)
        if filling:
            self._write(filling)

    def link(self, path: bytes, entry: FileEntry) -> None:
        """Write a hard link, with the numbers of what it is one more name of."""
        self._header(entry._replace(xattrs=()), path, b"1", target=entry.raw_path)

    def other(self, entry: FileEntry) -> None:
        """Write a symbolic link, a device or a FIFO."""
        target = (entry.link_target or "").encode("utf-8", "surrogateescape")
        self._header(entry, entry.raw_path, _FLAGS[entry.kind], target=target)

    def finish(self) -> None:
        """Write the end."""
        self._write(END)

    def _header(
        self, entry: FileEntry, name: bytes, typeflag: bytes, *, size: int = 0, target: bytes = b""
    ) -> None:
        device = entry.device or (0, 0)
        if not all(0 <= number <= _MAX_DEVICE for number in device):
            self.notes["device numbers beyond 2097151 are written as 0"] = None
            device = (0, 0)
        xattrs = entry.xattrs
        if any(b"=" in key or b"\0" in key for key, _ in xattrs):
            self.notes["extended attributes whose names no tar can hold are left out"] = None
            xattrs = tuple(each for each in xattrs if b"=" not in each[0] and b"\0" not in each[0])
        mode = _MODE.get(entry.kind, _FILE_MODE) if entry.mode is None else entry.mode
        member = Outgoing(
            name,
            typeflag,
            mode,
            entry.uid or 0,
            entry.gid or 0,
            entry.mtime_ns or 0,
            size,
            target,
            device,
            xattrs,
        )
        self._write(write_header(member))
