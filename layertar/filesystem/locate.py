"""Locate: the data of the file at a path, or why there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.filesystem.entry import FileKind
from layertar.filesystem.tree import Directory, Fate
from layertar.tar.paths import steps_of
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from layertar.filesystem.tree import Tree

__all__ = ["NO_DATA", "Located", "locate", "why_absent"]

#: Why what is no file has no bytes to read, by its kind.
NO_DATA = {
    FileKind.DIRECTORY: "it is a directory",
    FileKind.CHARACTER: "it is a character device",
    FileKind.BLOCK: "it is a block device",
    FileKind.FIFO: "it is a named pipe",
    FileKind.SYMLINK: "it is a symbolic link",
    FileKind.HARDLINK: "it is a hard link to what is not there",
}
_OTHER = "it is of a kind that has no bytes to read"
_SPARSE = "its layer stores it as the pieces of a sparse file, which are not put together here"


class Located(NamedTuple):
    """Where the data of a file are.

    Attributes:
        row: of the path itself, counted through all layers; -1 where there is none.
        inode: of the data: another one for a hard link.
        reason: why there are no data, as one clause; `None` where there are.
    """

    row: int
    inode: int
    reason: str | None


def locate(tree: Tree, path: bytes) -> Located:
    """Find the data of the file at `path`, symbolic links followed within the root."""
    found = tree.find(path)
    if found is None:
        return Located(-1, -1, why_absent(tree, path))
    node = found[1]
    if isinstance(node, Directory):
        return Located(node.row, node.row, NO_DATA[FileKind.DIRECTORY])
    inode = tree.inode(node)
    entry = tree.entry(node, found[0])
    reason = None
    if inode < 0:
        reason = NO_DATA[FileKind.HARDLINK]
    elif entry.kind is not FileKind.FILE:
        reason = NO_DATA.get(entry.kind, _OTHER)
    elif entry.is_sparse:
        reason = _SPARSE
    return Located(node, inode, reason)


def why_absent(tree: Tree, path: bytes) -> str:
    """Say why nothing is found at `path`, as one clause."""
    parts = steps_of(path)
    above: tuple[bytes, object] = (b"", tree.root)
    for end, name in enumerate(parts, 1):
        at = b"/".join(parts[:end])
        found = tree.find(at)
        if found is not None:
            above = found
            continue
        if not isinstance(above[1], Directory):
            return f"{_shown(parts[: end - 1])} is not a directory"
        link = tree.find(at, follow=False)
        if link is not None and not isinstance(link[1], Directory):
            target = (tree.target(link[1]) or b"").decode("utf-8", "surrogateescape")
            return f"{_shown(parts[:end])} is a symbolic link to {target}, where nothing is"
        layer = _deleted_by(tree, b"/".join(each for each in (above[0], name) if each))
        if layer is None:
            break
        what = "it" if end == len(parts) else _shown(parts[:end])
        return f"{what} is deleted by layer {layer}"
    return "the image has no such file"


def _shown(parts: list[bytes]) -> str:
    return "/" + b"/".join(parts).decode("utf-8", "surrogateescape")


def _deleted_by(tree: Tree, path: bytes) -> int | None:
    """Return the layer that deleted what was last at `path`, without links in it."""
    for layer, start in reversed(list(zip(tree.layers, tree.starts, strict=False))):
        rows = [row for row, each in enumerate(layer.paths()) if each == path] if layer else []
        for row in reversed(rows):
            if tree.fates[start + row] == Fate.DELETED:
                return tree.hidden_by[start + row]
    return None
