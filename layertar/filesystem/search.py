"""Search: those of listed entries that a query fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.filesystem.changeset import CODES
from layertar.filesystem.entry import FileKind
from layertar.filesystem.tree import Fate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertar.filesystem.listing import Spot
    from layertar.filesystem.query import Query
    from layertar.filesystem.tree import Tree

__all__ = ["search"]

_IGNORED = CODES[FileKind.IGNORED]


def search(
    tree: Tree, query: Query, spots: Iterable[Spot], *, as_stored: bool = False
) -> Iterator[Spot]:
    """Iterate over those of `spots` that fit, each as `file_row` shows it, in their order."""
    tests, implied = query.row_tests(), query.implied_fits()
    about_kinds = query.kinds or query.sizes or query.setuid
    for path, row in spots:
        if not query.names_fit(path):
            continue
        if row < 0:
            if implied:
                yield path, row
            continue
        is_marker = tree.fates[row] == Fate.MARKER
        inode = row if is_marker or as_stored else tree.inode(row)
        columns, local = tree.changeset(row if inode < 0 else inode)
        # What AUFS left is a file to those hard links that lead there, and nothing of itself.
        if is_marker and about_kinds and columns.kinds[local] == _IGNORED:
            continue
        if all(test(columns, local) for test in tests):
            yield path, row
