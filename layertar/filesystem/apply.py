"""Layers applied, each on top of those below it: how a `Tree` comes about.

Spec: OCI image-spec, layer.md, Applying Changesets and Whiteouts. Where loaders differ, the tree is
what one sees who unpacks all layers, one after another, into one directory: a path that leads
through a symbolic link of a lower layer goes where the link goes, within the image's root. In a
layer whiteouts go first, wherever they stand, for they hide only what is below; then entries in
the order of the tar, the later of one path in place of the earlier. A directory that comes again
keeps what is in it; between anything else, the newer takes the older's place. A hard link is one
more name of what its target is at that moment, with the attributes of that, not its own; where
nothing is there yet, of what is there at the layer's end.

Linear in entries: hidden is each row once, and a path is followed once for all entries of one
directory. What goes through symbolic links is bounded (`Limits.link_steps`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.errors import LimitError
from layertar.filesystem.changeset import CODES
from layertar.filesystem.entry import FileKind
from layertar.filesystem.tree import HOPS, Directory, Fate, Tree
from layertar.tar.paths import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.filesystem.changeset import Changeset
    from layertar.filesystem.tree import Node
    from layertar.limits import Limits

__all__ = ["apply"]

_DIRECTORY, _HARDLINK = CODES[FileKind.DIRECTORY], CODES[FileKind.HARDLINK]
_OPAQUE, _IGNORED = CODES[FileKind.OPAQUE], CODES[FileKind.IGNORED]
_MARKERS = (CODES[FileKind.WHITEOUT], _OPAQUE, _IGNORED)
_AUFS = b".wh..wh."


def apply(layers: Sequence[Changeset | None], limits: Limits) -> Tree:
    """Apply `layers`, base first; `None` is one that could not be listed, and changes nothing.

    Raises:
        LimitError: symbolic links lead through more than `link_steps`.
    """
    tree = Tree(layers)
    applier = _Applier(tree, limits)
    for number, layer in enumerate(tree.layers):
        if layer is not None:
            applier.apply(number, layer)
    return tree


class _Applier:
    """What is remembered while layers are applied."""

    def __init__(self, tree: Tree, limits: Limits) -> None:
        self._tree = tree
        self._limits = limits
        self._steps = limits.link_steps
        # The directory that each path led to, within the layer that is applied.
        self._known: dict[bytes, Directory] = {}
        # What AUFS left in that layer, by path; `None` until a link leads there.
        self._ignored: dict[bytes, int] | None = None

    def apply(self, number: int, layer: Changeset) -> None:
        """Apply one layer, the next."""
        self._known, self._ignored = {}, None
        tree, fates = self._tree, self._tree.fates
        start = tree.starts[number]
        for row, code in enumerate(layer.kinds):
            if code in _MARKERS:
                self._tree.fates[start + row] = Fate.MARKER
                self._tree.hidden_by[start + row] = number
                if code != _IGNORED:
                    self._hide(layer.path(row), number, opaque=code == _OPAQUE)
        self._known = {}
        linked: list[int] = []
        kinds = layer.kinds
        for row, path in enumerate(layer.paths()):
            if fates[start + row] == Fate.MARKER:
                continue
            if kinds[row] == _HARDLINK and not self._link(layer, row, start):
                linked.append(row)
            self._put(path, kinds[row], start + row, number)
        for row in linked:
            # Its target comes later in the layer, or not at all.
            if not self._link(layer, row, start):
                self._tree.inodes[start + row] = -1

    def _put(self, path: bytes, code: int, row: int, number: int) -> None:
        """Put a row in its place."""
        head, _, name = path.rpartition(b"/")
        above = self._known.get(head)
        if above is None:
            above = self._follow(head, number) or self._tree.root
            self._known[head] = above
        if not name:
            if code == _DIRECTORY:  # The root itself; nothing else can be in its place.
                self._supersede(self._tree.root.row, number, Fate.MERGED)
                self._tree.root.row = row
            else:
                self._tree.fates[row] = Fate.MARKER
                self._tree.hidden_by[row] = number
            return
        before = above.children.get(name)
        if code != _DIRECTORY:
            if before is not None:
                self._replace(before, number)
            above.children[name] = row
        elif isinstance(before, Directory):
            self._supersede(before.row, number, Fate.MERGED)
            before.row = row
        else:
            if before is not None:
                self._replace(before, number)
            self._known[path] = above.children[name] = Directory(row)

    def _replace(self, before: Node, number: int) -> None:
        """Hide what another kind of thing takes the place of."""
        if isinstance(before, Directory):
            self._drop(before.children, number)
            self._supersede(before.row, number)
            self._known = {}
        else:
            self._supersede(before, number)
            if self._tree.target(before) is not None:
                self._known = {}

    def _supersede(self, row: int, number: int, fate: Fate = Fate.OVERWRITTEN) -> None:
        if row >= 0:
            self._tree.fates[row] = fate
            self._tree.hidden_by[row] = number

    def _hide(self, path: bytes, number: int, *, opaque: bool) -> None:
        """Hide what lower layers have at a path, or, of an opaque directory, in it."""
        head, _, name = path.rpartition(b"/")
        above = self._existing(head)
        if above is None:
            return
        if not name:
            if opaque:
                self._drop(self._tree.root.children, number)
            return
        node = above.children.get(name)
        if opaque:
            if isinstance(node, Directory):
                self._drop(node.children, number)
        elif node is not None:
            self._drop({name: above.children.pop(name)}, number)

    def _drop(self, children: dict[bytes, Node], number: int) -> None:
        """Hide nodes and all below them; leaves `children` empty."""
        due = list(children.values())
        children.clear()
        while due:
            node = due.pop()
            row = node
            if isinstance(node, Directory):
                due += node.children.values()
                row = node.row
            if isinstance(row, int) and row >= 0:
                self._tree.fates[row] = Fate.DELETED
                self._tree.hidden_by[row] = number

    def _link(self, layer: Changeset, row: int, start: int) -> bool:
        """Find what a hard link is one more name of."""
        target, leaves = clean(layer.target(row), self._limits.name_length)
        if leaves:
            return False
        head, _, name = target.rpartition(b"/")
        above = self._existing(head)
        node = above.children.get(name) if above is not None else None
        if isinstance(node, int):
            inode = self._tree.inode(node)
            if inode >= 0 and inode != start + row:
                self._tree.inodes[start + row] = inode
                return True
        elif node is None and target.startswith(_AUFS):
            return self._link_ignored(layer, target, row, start)
        return False

    def _link_ignored(self, layer: Changeset, target: bytes, row: int, start: int) -> bool:
        """Find the target of a hard link among what AUFS left in a layer (moby, pkg/archive)."""
        if self._ignored is None:
            codes = enumerate(layer.kinds)
            self._ignored = {layer.path(at): at for at, code in codes if code == _IGNORED}
        found = self._ignored.get(target)
        if found is not None:
            self._tree.inodes[start + row] = start + found
        return found is not None

    def _existing(self, path: bytes) -> Directory | None:
        """Find the directory that a path leads to, if there is one."""
        known = self._known.get(path)
        if known is None:
            known = self._follow(path, number=None)
            if known is not None:
                self._known[path] = known
        return known

    def _follow(self, path: bytes, number: int | None) -> Directory | None:
        """Go down a path.

        Args:
            path: the path, cleaned.
            number: the layer for which directories on the way are implied where they are
                missing; `None` for one that only asks.
        """
        stack = [self._tree.root]
        due = path.split(b"/")[::-1] if path else []
        hops = 0
        while due:
            part = due.pop()
            self._steps -= hops > 0
            if part == b"..":
                stack = stack[:-1] or stack
            elif part not in (b"", b"."):
                node = stack[-1].children.get(part)
                target = self._tree.target(node) if isinstance(node, int) and hops < HOPS else None
                if target is not None:
                    hops += 1
                    stack = [self._tree.root] if target.startswith(b"/") else stack
                    due += target.split(b"/")[::-1]
                    continue
                if not isinstance(node, Directory):
                    if number is None:
                        return None
                    node = self._imply(stack[-1], part, number)
                stack.append(node)
        if self._steps < 0:
            raise LimitError("link_steps", self._limits.link_steps)
        return stack[-1]

    def _imply(self, above: Directory, name: bytes, number: int) -> Directory:
        """Make a directory that no entry makes.

        What is no directory, or a link that goes round, must go: nothing can lie below it.
        """
        before = above.children.get(name)
        if before is not None:
            self._replace(before, number)
        implied = above.children[name] = Directory()
        return implied
