"""Layers applied, each on top of those below it: how a `Tree` comes about.

Spec: OCI image-spec, layer.md, Applying Changesets and Whiteouts. Where loaders differ, the tree is
what one sees who unpacks all layers, one after another, into one directory: a path that leads
through a symbolic link of a lower layer goes where the link goes, within the image's root. In a
layer whiteouts go first, wherever they stand, for they hide only what is below; then entries in
the order of the tar, the later of one path in place of the earlier. A directory that comes again
keeps what is in it; between anything else, the newer takes the older's place. A hard link is one
more name of what its target is at that moment, with the attributes of that, not its own; where
nothing is there yet, of what is there at the layer's end. Its target lies within the root, too.

Linear in entries and what they are called: hidden is each row once, and a path is followed once
for all entries of one directory, again only when a directory or a link went. What goes through
symbolic links is bounded (`Limits.link_steps`), and so are the directories that only paths imply.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.errors import LimitError
from layertar.filesystem.changeset import CODES
from layertar.filesystem.entry import FileKind
from layertar.filesystem.tree import HOPS, Directory, Fate, Tree
from layertar.tar.paths import clean, within

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
        LimitError: symbolic links lead through more than `link_steps` or to a path longer than
            `name_length`, or paths imply more directories than `listed_entries`.
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
        self._implied = 0
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
        early: list[int] = []
        kinds = layer.kinds
        for row, path in enumerate(layer.paths()):
            if fates[start + row] == Fate.MARKER:
                continue
            if kinds[row] == _HARDLINK and path:
                inode = self._linked(layer, row, start)
                if inode >= 0:
                    tree.inodes[start + row] = inode
                else:
                    early.append(row)
            self._put(path, kinds[row], start + row, number)
        if early:
            self._link_early(layer, early, start)

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
            self._known[path] = above.children[name] = self._directory(above, name, row)

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
        if any(isinstance(node, Directory) or self._tree.target(node) is not None for node in due):
            self._known = {}
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

    def _linked(self, layer: Changeset, row: int, start: int) -> int:
        """Return the row of what a hard link is one more name of; -1 where nothing is there."""
        target, leaves = clean(layer.target(row), self._limits.name_length)
        if leaves:
            target = within(target)
        head, _, name = target.rpartition(b"/")
        above = self._existing(head)
        node = above.children.get(name) if above is not None else None
        if isinstance(node, int):
            return self._tree.inode(node)
        if node is None and target.startswith(_AUFS):
            return self._ignored_row(layer, target, start)
        return -1

    def _link_early(self, layer: Changeset, early: Sequence[int], start: int) -> None:
        """Link those whose targets come later in the layer, or not at all.

        One may lead to the next, and they may go round.
        """
        inodes = self._tree.inodes
        due = {start + row: self._linked(layer, row, start) for row in early}
        pending = frozenset(due)
        for first in list(due):
            trail, at = [], first
            while at in due:
                trail.append(at)
                at = due.pop(at)
            end = inodes.get(at, -1) if at in pending else at
            inodes.update(dict.fromkeys(trail, end))
        for row, code in enumerate(layer.kinds, start):
            if code == _HARDLINK and inodes.get(row) in pending:
                inodes[row] = inodes[inodes[row]]

    def _ignored_row(self, layer: Changeset, target: bytes, start: int) -> int:
        """Find the target of a hard link among what AUFS left in a layer (moby, pkg/archive)."""
        if self._ignored is None:
            codes = enumerate(layer.kinds)
            self._ignored = {layer.path(at): at for at, code in codes if code == _IGNORED}
        found = self._ignored.get(target)
        return -1 if found is None else start + found

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
        above = self._tree.root
        for name, directory in self._trace(path):
            if directory is not None:
                above = directory
            elif number is not None:
                above = self._imply(above, name, number)
            else:
                return None
        return above

    def _trace(self, path: bytes) -> list[tuple[bytes, Directory | None]]:
        """Return the way that a path takes, the root first; `None` where no directory is.

        What is missing is passed over as a directory would be, so dot-dot leads back out of it. Of
        a path on which links go round, none is followed.
        """
        way: list[tuple[bytes, Directory | None]] = [(b"", self._tree.root)]
        first: list[tuple[bytes, Directory | None]] = []  # as if the first link were missing
        due = path.split(b"/")[::-1]
        hops = 0
        while due:
            part = due.pop()
            self._steps -= hops > 0
            if part in (b"", b"."):
                continue
            if part == b"..":
                del way[max(1, len(way) - 1) :]
                continue
            above = way[-1][1]
            node = None if above is None else above.children.get(part)
            target = None if node is None else self._tree.target(node)
            if target is None:
                way.append((part, node if isinstance(node, Directory) else None))
                continue
            if not hops:
                first = [*way, (part, None), *((each, None) for each in due[::-1])]
            hops += 1
            if hops > HOPS:
                way = first
                break
            way = way[:1] if target.startswith(b"/") else way
            due += target.split(b"/")[::-1]
        if self._steps < 0:
            raise LimitError("link_steps", self._limits.link_steps)
        return way

    def _imply(self, above: Directory, name: bytes, number: int) -> Directory:
        """Make a directory that no entry makes.

        What is no directory, or a link that goes round, must go: nothing can lie below it.
        """
        self._implied += 1
        if self._implied > self._limits.listed_entries:
            raise LimitError("listed_entries", self._limits.listed_entries)
        before = above.children.get(name)
        if before is not None:
            self._replace(before, number)
        implied = above.children[name] = self._directory(above, name)
        return implied

    def _directory(self, above: Directory, name: bytes, row: int = -1) -> Directory:
        """Make a directory, as deep as a path can lead."""
        length = above.length + len(name) + 1
        if length > self._limits.name_length + 1:
            # Only links lead so deep: a name that long is not listed.
            raise LimitError("name_length", self._limits.name_length)
        return Directory(row, length)
