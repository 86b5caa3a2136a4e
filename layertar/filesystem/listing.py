"""Listing: which entries one wants to see of a tree or of a layer, and in which order.

A spot, a path and a row, is what goes round: an object is made of it only where it is shown.
"""

from __future__ import annotations

from array import array
from enum import StrEnum
from heapq import merge
from typing import TYPE_CHECKING, TypeAlias

from layertar.filesystem.tree import Directory, Fate
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertar.filesystem.entry import FileEntry
    from layertar.filesystem.tree import Node, Tree

__all__ = [
    "FileRow",
    "Sort",
    "Spot",
    "file_row",
    "hidden_spots",
    "layer_spots",
    "sort",
    "spots",
    "with_hidden",
]

#: Where something is, or was, and its row; -1 for a directory that only paths imply.
Spot: TypeAlias = "tuple[bytes, int]"


class Sort(StrEnum):
    """What a listing is sorted by: names in ascending order; the largest or newest first."""

    NAME = "name"
    SIZE = "size"
    MTIME = "mtime"


class FileRow(NamedTuple):
    """An entry and what became of it.

    Attributes:
        entry: the entry.
        fate: whether the final file system has it.
        hidden_by: the position of the layer that hides it; `None` where none does.
    """

    entry: FileEntry
    fate: Fate = Fate.VISIBLE
    hidden_by: int | None = None


def file_row(tree: Tree, spot: Spot, *, as_stored: bool = False) -> FileRow:
    """Make an object of a spot; `as_stored`, a hard link is shown as such, as its layer has it."""
    path, row = spot
    if row < 0:
        return FileRow(tree.entry(row, path))
    fate = Fate(tree.fates[row])
    hidden_by = None if fate is Fate.VISIBLE else tree.hidden_by[row]
    if as_stored or fate is Fate.MARKER:
        layer, local = tree.place(row)
        changeset, _ = tree.changeset(row)
        return FileRow(changeset.entry(local, layer=layer, path=path), fate, hidden_by)
    return FileRow(tree.entry(row, path), fate, hidden_by)


def spots(tree: Tree, path: bytes, node: Node, *, recursive: bool = False) -> Iterator[Spot]:
    """Iterate over what is in `node`, at `path`, sorted by name; over itself if it holds nothing.

    Args:
        tree: the tree.
        path: where the node is.
        node: of the tree.
        recursive: whether to go down, and begin with the node itself.
    """
    if recursive or not isinstance(node, Directory):
        return ((at, _row(found)) for at, found in tree.walk(path, node))
    prefix = path + b"/" if path else b""
    return ((prefix + name, _row(child)) for name, child in node.sorted_children())


def hidden_spots(tree: Tree, path: bytes, *, recursive: bool = False) -> Iterator[Spot]:
    """Iterate over what upper layers hide at `path` and below, or directly in it, by name."""
    found: list[int] = []
    for number, changeset in enumerate(tree.layers):
        start = tree.starts[number]
        for row in range(start, tree.starts[number + 1]):
            fate = tree.fates[row]
            if fate not in (Fate.OVERWRITTEN, Fate.DELETED) or changeset is None:
                continue
            if _is_within(changeset.path(row - start), path, recursive=recursive):
                found.append(row)
    found.sort(key=lambda row: _order(tree.recorded_path(row)))
    return ((tree.recorded_path(row), row) for row in found)


def with_hidden(visible: Iterable[Spot], hidden: Iterable[Spot]) -> Iterator[Spot]:
    """Bring both together, sorted by name; of one path, the visible first."""
    return merge(visible, hidden, key=lambda spot: _order(spot[0]))


def layer_spots(tree: Tree, layer: int, path: bytes, *, recursive: bool = False) -> Iterator[Spot]:
    """Iterate over one layer's own entries at `path` and below, or directly in it, by name.

    Whiteouts are among them, under the path that they hide. Entries of one path come in the order
    of the tar.
    """
    changeset, start = tree.layers[layer], tree.starts[layer]
    if changeset is None:
        return iter(())
    rows = [
        row for row, at in enumerate(changeset.paths()) if _is_within(at, path, recursive=recursive)
    ]
    rows.sort(key=lambda row: _order(changeset.path(row)))
    return ((changeset.path(row), start + row) for row in rows)


def sort(tree: Tree, unsorted: Iterable[Spot], by: Sort) -> Iterable[Spot]:
    """Sort spots, which come by name; what is equal stays so."""
    if by is Sort.NAME:
        return unsorted
    text, ends, rows, keys = bytearray(), array("Q", [0]), array("q"), array("q")
    for path, row in unsorted:
        text += path
        ends.append(len(text))
        rows.append(row)
        keys.append(-_key(tree, row, by))
    order = sorted(range(len(rows)), key=keys.__getitem__)
    return ((bytes(text[ends[at] : ends[at + 1]]), rows[at]) for at in order)


def _key(tree: Tree, row: int, by: Sort) -> int:
    inode = tree.inode(row)
    if inode < 0:
        return 0
    changeset, local = tree.changeset(inode)
    column = changeset.sizes if by is Sort.SIZE else changeset.mtimes
    return max(column[local], -(1 << 62))


def _row(node: Node) -> int:
    return node.row if isinstance(node, Directory) else node


def _order(path: bytes) -> bytes:
    """Return what sorts as the parts of a path do, a directory before all that is in it."""
    return path.replace(b"/", b"\0")


def _is_within(at: bytes, path: bytes, *, recursive: bool) -> bool:
    if at == path:
        return recursive or path != b""
    prefix = path + b"/" if path else b""
    return at.startswith(prefix) and (recursive or b"/" not in at[len(prefix) :])
