"""What is written of a file system, and the one that writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layertar.filesystem import FileEntry, Tree

__all__ = ["Plan", "Receiver"]


class Plan(NamedTuple):
    """What goes out, in this order: directories, files, then all else.

    Of half a million files it takes a few bytes each: what they are called is in the tree.

    Attributes:
        tree: the file system.
        directories: path and row of each, sorted, one before what is in it; -1 where it is implied
            only. The root, if any layer has it, is the first.
        files: the rows that have their data, in the order of these, layer by layer.
        others: the rows of symbolic links, devices and FIFOs, by path.
        paths: the first names of those that have another one than their layer records.
        links: the other names of those that have several.
        problems: what cannot go out and why, one clause each.
    """

    tree: Tree
    directories: Sequence[tuple[bytes, int]]
    files: Sequence[int]
    others: Sequence[int]
    paths: Mapping[int, bytes]
    links: Mapping[int, Sequence[bytes]]
    problems: tuple[str, ...]

    def entry(self, inode: int) -> FileEntry:
        """Return a file, or one of the others, under its first name."""
        return self.tree.entry(inode, self.paths.get(inode) or self.tree.recorded_path(inode))


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
