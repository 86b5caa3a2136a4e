"""Search: the entries of a tree, or of one layer, that a query fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.filesystem.changeset import CODES
from layertar.filesystem.entry import FileKind
from layertar.filesystem.tree import Directory, Fate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.filesystem.changeset import Changeset
    from layertar.filesystem.query import Query
    from layertar.filesystem.tree import Node, Tree

__all__ = ["search_hidden", "search_layer", "search_tree"]

_IGNORED = CODES[FileKind.IGNORED]
_HIDDEN = (Fate.OVERWRITTEN, Fate.DELETED)


def search_tree(
    tree: Tree, query: Query, path: bytes = b"", node: Node | None = None
) -> Iterator[tuple[bytes, int]]:
    """Iterate over what fits, of `node` (the root by default), at `path`, and all below.

    A hard link fits as what it is a name of.

    Yields:
        Path and row, by name; the row is -1 for a directory that only paths imply.
    """
    tests, implied = query.row_tests(), query.implied_fits()
    for at, found in tree.walk(path, node):
        if not query.names_fit(at):
            continue
        row = found.row if isinstance(found, Directory) else found
        if row < 0:
            if implied:
                yield at, row
            continue
        inode = tree.inode(row)
        columns, local = tree.changeset(row if inode < 0 else inode)
        if all(test(columns, local) for test in tests):
            yield at, row


def search_hidden(tree: Tree, query: Query) -> Iterator[tuple[bytes, int]]:
    """Iterate over what fits of what upper layers hide.

    Yields:
        Recorded path and row, in the order of layers and tars.
    """
    tests = query.row_tests()
    for layer, columns in enumerate(tree.layers):
        start = tree.starts[layer]
        for local, path in enumerate(() if columns is None else columns.paths()):
            row = start + local
            if tree.fates[row] not in _HIDDEN or not query.names_fit(path):
                continue
            inode = tree.inode(row)
            at, place = tree.changeset(row if inode < 0 else inode)
            if all(test(at, place) for test in tests):
                yield path, row


def search_layer(columns: Changeset, query: Query) -> Iterator[int]:
    """Iterate over the rows of one layer that fit, as they are recorded, in the tar's order."""
    tests = query.row_tests()
    for row, path in enumerate(columns.paths()):
        if not query.names_fit(path) or (query.kinds and columns.kinds[row] == _IGNORED):
            continue
        if all(test(columns, row) for test in tests):
            yield row
