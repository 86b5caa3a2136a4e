"""Tree: the file system that layers make, each path with the row that it is."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from enum import IntEnum
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from layertar.filesystem.changeset import CODES
from layertar.filesystem.entry import FileEntry, FileKind
from layertar.tar.paths import steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertar.filesystem.changeset import Changeset

__all__ = ["HOPS", "Directory", "Fate", "Node", "Tree"]

_SYMLINK = CODES[FileKind.SYMLINK]

#: Links that Linux follows on one path before it says ELOOP.
HOPS = 40


class Fate(IntEnum):
    """What became of a row.

    VISIBLE: the file system has it. OVERWRITTEN: the same path came again. DELETED: a whiteout,
    an opaque directory, or something else in the place of a directory above hides it. MARKER: it
    is a whiteout itself, or nothing that is applied. MERGED: a directory that came again, with the
    newer's attributes and all that is in it.
    """

    VISIBLE = 0
    OVERWRITTEN = 1
    DELETED = 2
    MARKER = 3
    MERGED = 4


class Directory:
    """A directory of the file system.

    Attributes:
        row: where its attributes are; -1 where only paths imply it.
        length: bytes of its path, with a slash behind.
        children: what is in it, by name.
    """

    __slots__ = ("children", "length", "row")

    def __init__(self, row: int = -1, length: int = 0) -> None:
        """Begin empty."""
        self.row = row
        self.length = length
        self.children: dict[bytes, Node] = {}

    def sorted_children(self) -> list[tuple[bytes, Node]]:
        """Return what is in it, sorted by name."""
        return sorted(self.children.items())


#: What a name leads to: a directory, or the row of anything else.
Node: TypeAlias = "Directory | int"


class Tree:
    """Layers applied.

    Rows are numbered through all layers: `starts[layer] + row of its changeset`.

    Attributes:
        layers: the changesets, base first; `None` for a layer that could not be listed.
        starts: the number of each layer's first row, and of one after the last.
        root: the root directory.
        fates: what became of each row, as `Fate`.
        hidden_by: for a row that is not visible, the layer that hides it.
        inodes: for hard links, the row that has the data; -1 where nothing is there.
    """

    def __init__(self, layers: Sequence[Changeset | None]) -> None:
        """Begin with an empty root, before any of `layers` is applied."""
        self.layers = tuple(layers)
        self.starts = list(accumulate((len(each or ()) for each in layers), initial=0))
        self.root = Directory()
        self.fates = bytearray(self.starts[-1])
        self.hidden_by = array("I", bytes(4 * self.starts[-1]))
        self.inodes: dict[int, int] = {}

    def place(self, row: int) -> tuple[int, int]:
        """Return the layer that a row is of, and its row there."""
        layer = bisect_right(self.starts, row) - 1
        return layer, row - self.starts[layer]

    def changeset(self, row: int) -> tuple[Changeset, int]:
        """Return the changeset that a row is of, and its row there."""
        layer, local = self.place(row)
        changeset = self.layers[layer]
        if changeset is None:
            raise IndexError(f"no row {row}")
        return changeset, local

    def inode(self, row: int) -> int:
        """Return the row that has the data and attributes: another one for a hard link."""
        return self.inodes.get(row, row)

    def entry(self, row: int, path: bytes) -> FileEntry:
        """Return what lies at a path; of a hard link, what it is a name of."""
        if row < 0:
            return FileEntry(path.decode("utf-8", "surrogateescape"), FileKind.DIRECTORY)
        inode = self.inode(row)
        changeset, local = self.changeset(row if inode < 0 else inode)
        layer, _ = self.place(row)
        entry = changeset.entry(local, layer=layer, path=path)
        # The data of what AUFS linked lie in what else is ignored.
        return entry._replace(kind=FileKind.FILE) if entry.kind is FileKind.IGNORED else entry

    def recorded_path(self, row: int) -> bytes:
        """Return the path by which its layer records a row."""
        changeset, local = self.changeset(row)
        return changeset.path(local)

    def walk(self, path: bytes = b"", node: Node | None = None) -> Iterator[tuple[bytes, Node]]:
        """Iterate over `node` (the root by default), at `path`, and all below.

        Yields:
            Path and node: a directory before what is in it, and that by name.
        """
        yield path, self.root if node is None else node
        # What is not yet visited, as iterators: a path for each name could take gigabytes.
        due = [_below(path, self.root if node is None else node)]
        while due:
            prefix, children = due[-1]
            for name, child in children:
                yield prefix + name, child
                if isinstance(child, Directory) and child.children:
                    due.append(_below(prefix + name, child))
                    break
            else:
                due.pop()

    def entries(self, path: bytes = b"", node: Node | None = None) -> Iterator[FileEntry]:
        """Iterate over `node` (the root by default), at `path`, and all below, as objects."""
        for at, found in self.walk(path, node):
            yield self.entry(found.row if isinstance(found, Directory) else found, at)

    def find(
        self, path: bytes, *, follow: bool = True, links: list[tuple[bytes, int]] | None = None
    ) -> tuple[bytes, Node] | None:
        """Find what lies at a path, symbolic links on the way followed within the root.

        Args:
            path: where, with or without a leading slash.
            follow: whether a symbolic link at the end is followed, too.
            links: is given those that were followed, each with where it is and its row.

        Returns:
            The path without links, and what is there; `None` where nothing is, or links go round.
        """
        names: list[bytes] = []
        nodes: list[Node] = [self.root]
        due = steps_of(path)[::-1]
        hops = 0
        while due:
            part = due.pop()
            above = nodes[-1]
            if not isinstance(above, Directory):
                return None
            if part == b"..":
                if names:
                    names.pop()
                    nodes.pop()
                continue
            node = above.children.get(part)
            if node is None:
                return None
            target = self.target(node) if due or follow else None
            if target is None:
                names.append(part)
                nodes.append(node)
                continue
            hops += 1
            if hops > HOPS:
                return None
            if links is not None and isinstance(node, int):
                links.append((b"/".join((*names, part)), node))
            if target.startswith(b"/"):
                names, nodes = [], [self.root]
            due += steps_of(target)[::-1]
        return b"/".join(names), nodes[-1]

    def target(self, node: Node) -> bytes | None:
        """Return where a symbolic link leads; `None` of all else."""
        if isinstance(node, Directory):
            return None
        row = self.inode(node)
        if row < 0:
            return None
        changeset, local = self.changeset(row)
        return changeset.target(local) if changeset.kinds[local] == _SYMLINK else None


def _below(path: bytes, node: Node) -> tuple[bytes, Iterator[tuple[bytes, Node]]]:
    """Return what the paths of what is in a node begin with, and that, by name."""
    children = node.sorted_children() if isinstance(node, Directory) else []
    return path + b"/" if path else b"", iter(children)
