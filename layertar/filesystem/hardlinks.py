"""HardLinks: which row has the data and attributes of each hard link of one layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.filesystem.changeset import CODES
from layertar.filesystem.entry import FileKind
from layertar.tar.paths import clean, within

if TYPE_CHECKING:
    from layertar.filesystem.changeset import Changeset
    from layertar.filesystem.tree import Tree
    from layertar.filesystem.ways import Ways

__all__ = ["HardLinks"]

_HARDLINK, _IGNORED = CODES[FileKind.HARDLINK], CODES[FileKind.IGNORED]
_HIDING = (CODES[FileKind.WHITEOUT], CODES[FileKind.OPAQUE])
_AUFS = b".wh..wh."


class HardLinks:
    """Fills `Tree.inodes` with one layer's rows, while it is applied."""

    def __init__(self, tree: Tree, ways: Ways, layer: Changeset, start: int, longest: int) -> None:
        """Begin before anything of the layer is applied.

        Args:
            tree: the tree, as lower layers made it.
            ways: to follow paths in it.
            layer: the layer.
            start: the number of its first row.
            longest: bytes of a path.
        """
        self._tree = tree
        self._ways = ways
        self._layer = layer
        self._start = start
        self._longest = longest
        self._early: list[int] = []
        # What AUFS left in the layer, by path; `None` until a link leads there.
        self._ignored: dict[bytes, int] | None = None
        # What links lead to below, which the layer's whiteouts may hide.
        self._below: dict[int, int] = {}
        if any(code in layer.kinds for code in _HIDING):
            found = {row: self._target(row) for row in self._rows()}
            self._below = {row: inode for row, inode in found.items() if inode >= 0}

    def _rows(self) -> list[int]:
        return [row for row, code in enumerate(self._layer.kinds) if code == _HARDLINK]

    def link(self, row: int) -> None:
        """Link a row to what its target is at this moment, if anything is there."""
        inode = self._target(row)
        if inode < 0:
            self._early.append(row)
        else:
            self._tree.inodes[self._start + row] = inode

    def _target(self, row: int) -> int:
        """Return the row of what a hard link is one more name of; -1 where nothing is there."""
        target, leaves = clean(self._layer.target(row), self._longest)
        if leaves:
            target = within(target)
        head, _, name = target.rpartition(b"/")
        above = self._ways.existing(head)
        node = above.children.get(name) if above is not None else None
        if isinstance(node, int):
            return self._tree.inode(node)
        if node is None and target.startswith(_AUFS):
            return self._ignored_row(target)
        return -1

    def _ignored_row(self, target: bytes) -> int:
        """Find the target of a hard link among what AUFS left in a layer (moby, pkg/archive)."""
        if self._ignored is None:
            path, codes = self._layer.path, enumerate(self._layer.kinds)
            self._ignored = {path(at): at for at, code in codes if code == _IGNORED}
        found = self._ignored.get(target)
        return -1 if found is None else self._start + found

    def settle(self) -> None:
        """Link those whose targets came later in the layer, were hidden by it, or are nowhere.

        One may lead to the next, and they may go round.
        """
        if not self._early:
            return
        inodes = self._tree.inodes
        due: dict[int, int] = {}
        for row in self._early:
            inode = self._target(row)
            due[self._start + row] = self._below.get(row, -1) if inode < 0 else inode
        pending = frozenset(due)
        for first in list(due):
            trail, at = [], first
            while at in due:
                trail.append(at)
                at = due.pop(at)
            end = inodes.get(at, -1) if at in pending else at
            inodes.update(dict.fromkeys(trail, end))
        for local in self._rows():
            row = self._start + local
            if inodes.get(row) in pending:
                inodes[row] = inodes[inodes[row]]
