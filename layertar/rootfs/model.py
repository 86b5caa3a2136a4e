"""What is written of a file system, and the one that writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.filesystem import FileEntry

__all__ = ["File", "Plan", "Receiver"]


class File(NamedTuple):
    """Something beside directories, under all of its names.

    Attributes:
        path: its first name.
        inode: the row that has its data and attributes, counted through all layers.
        links: its other names.
    """

    path: bytes
    inode: int
    links: tuple[bytes, ...] = ()


class Plan(NamedTuple):
    """What goes out, in this order: directories, files, then all else.

    Attributes:
        directories: path and row of each, sorted, one before what is in it; -1 where it is implied
            only. The root, if any layer has it, is the first.
        files: in the order of their data, layer by layer.
        others: symbolic links, devices and FIFOs, by path.
        problems: what cannot go out and why, one clause each.
    """

    directories: Sequence[tuple[bytes, int]]
    files: Sequence[File]
    others: Sequence[File]
    problems: tuple[str, ...]


class Receiver(Protocol):
    """Whoever writes it. Names come without a leading slash, and no two are the same."""

    def directory(self, entry: FileEntry) -> None:
        """Make a directory; an empty path is the root's, which is there already."""
        ...

    def begin(self, entry: FileEntry) -> None:
        """Begin a file; its data, `entry.size` bytes, come next."""
        ...

    def data(self, piece: memoryview) -> None:
        """Take the next bytes of it."""
        ...

    def end(self) -> None:
        """End it."""
        ...

    def link(self, path: bytes, entry: FileEntry) -> None:
        """Give what was made as `entry` one more name."""
        ...

    def other(self, entry: FileEntry) -> None:
        """Make a symbolic link, a device or a FIFO."""
        ...

    def finish(self) -> None:
        """Know that nothing else comes."""
        ...
