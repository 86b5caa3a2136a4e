"""Layers applied, each on top of those below it: how a `Tree` comes about.

Spec: OCI image-spec, layer.md, Applying Changesets and Whiteouts. Where loaders differ, the tree is
what one sees who unpacks all layers, one after another, into one directory: a path that leads
through a symbolic link of a lower layer goes where the link goes, within the image's root. In a
layer whiteouts go first, wherever they stand, for they hide only what is below; then entries in
the order of the tar, the later of one path in place of the earlier. A directory that comes again
keeps what is in it; between anything else, the newer takes the older's place. A whiteout hides
nothing through a link in whose place its own layer has a directory; where no directory is to hide
anything in, it implies one, as entries do.

A hard link is one more name of what its target is at that moment, with the attributes of that, not
its own; where nothing is there yet, of what is there at the layer's end, or of what the layer's own
whiteouts hid. Its target lies within the root, too.

Linear in entries and what they are called: hidden is each row once, and a path is followed once
for all entries of one directory, again only when a directory or a link went. Symbolic links could
make of a short path a long one, and any path implies directories: both are bounded (`Limits`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.errors import LimitError
from layertar.filesystem.changeset import CODES
from layertar.filesystem.entry import FileKind
from layertar.filesystem.hardlinks import HardLinks
from layertar.filesystem.tree import Directory, Fate, Tree
from layertar.filesystem.ways import Ways
from layertar.tar.paths import parent_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertar.filesystem.changeset import Changeset
    from layertar.filesystem.tree import Node
    from layertar.limits import Limits

__all__ = ["apply", "apply_to"]

_DIRECTORY, _HARDLINK = CODES[FileKind.DIRECTORY], CODES[FileKind.HARDLINK]
_OPAQUE, _IGNORED = CODES[FileKind.OPAQUE], CODES[FileKind.IGNORED]
_MARKERS = (CODES[FileKind.WHITEOUT], _OPAQUE, _IGNORED)


def apply(layers: Sequence[Changeset | None], limits: Limits) -> Tree:
    """Apply `layers`, base first; `None` is one that could not be listed, and changes nothing.

    Raises:
        LimitError: paths lead through more than `path_steps`, through links to where they are
            longer than `name_length`, or imply more directories than `listed_entries`.
    """
    tree = Tree(layers)
    for _ in apply_to(tree, limits):
        pass
    return tree


def apply_to(tree: Tree, limits: Limits) -> Iterator[int]:
    """Apply the layers of a tree that is empty as yet, one at a time.

    Yields:
        The position of each, base first, when it has been applied, and none above it.

    Raises:
        LimitError: as `apply`.
    """
    applier = _Applier(tree, limits)
    for number, layer in enumerate(tree.layers):
        if layer is not None:
            applier.apply(number, layer)
        yield number


class _Applier:
    """What is remembered while layers are applied."""

    def __init__(self, tree: Tree, limits: Limits) -> None:
        self._tree = tree
        self._limits = limits
        self._ways = Ways(tree, limits)
        self._implied = 0
        # Of the layer that is applied: its whiteouts where no directory is, and its directories;
        # `None` until a whiteout's path leads through a link.
        self._orphans: set[int] = set()
        self._directories: frozenset[bytes] | None = None

    def apply(self, number: int, layer: Changeset) -> None:
        """Apply one layer, the next."""
        tree, fates, kinds = self._tree, self._tree.fates, layer.kinds
        start = tree.starts[number]
        self._ways.forget()
        links = HardLinks(tree, self._ways, layer, start, self._limits.name_length)
        self._orphans, self._directories = set(), None
        self._ways.forget()  # A whiteout may go another way than a hard link.
        for row, code in enumerate(kinds):
            if code in _MARKERS:
                fates[start + row] = Fate.MARKER
                tree.hidden_by[start + row] = number
                if code != _IGNORED:
                    self._hide(layer, row, number)
        self._ways.forget()
        for row, path in enumerate(layer.paths()):
            if fates[start + row] == Fate.MARKER:
                if row in self._orphans:
                    self._make_room(path if kinds[row] == _OPAQUE else parent_of(path), number)
                continue
            if kinds[row] == _HARDLINK and path:
                links.link(row)
            self._put(path, kinds[row], start + row, number)
        links.settle()

    def _put(self, path: bytes, code: int, row: int, number: int) -> None:
        """Put a row in its place."""
        head, _, name = path.rpartition(b"/")
        above = self._ways.known(head)
        if above is None:
            above = self._ways.remember(head, self._make(head, number))
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
            made = above.children[name] = self._directory(above, name, row)
            self._ways.remember(path, made)

    def _replace(self, before: Node, number: int) -> None:
        """Hide what another kind of thing takes the place of."""
        if isinstance(before, Directory):
            self._drop(before.children, number)
            self._supersede(before.row, number)
            self._ways.forget()
        else:
            self._supersede(before, number)
            if self._tree.target(before) is not None:
                self._ways.forget()

    def _supersede(self, row: int, number: int, fate: Fate = Fate.OVERWRITTEN) -> None:
        if row >= 0:
            self._tree.fates[row] = fate
            self._tree.hidden_by[row] = number

    def _hide(self, layer: Changeset, row: int, number: int) -> None:
        """Hide what lower layers have at a path, or, of an opaque directory, in it."""
        path, opaque = layer.path(row), layer.kinds[row] == _OPAQUE
        if opaque and not path:
            self._drop(self._tree.root.children, number)
            return
        head, _, name = path.rpartition(b"/")
        above = self._ways.known(head)
        if above is None:
            way, link = self._ways.trace(head)
            above = way[-1][1]
            if link and self._has_directory(layer, head.split(b"/")[:link]):
                return
            if above is None:
                self._orphans.add(row)
                return
            self._ways.remember(head, above)
        node = above.children.get(name)
        if not opaque:
            if node is not None:
                self._drop({name: above.children.pop(name)}, number)
        elif isinstance(node, Directory):
            self._drop(node.children, number)
        elif node is None:
            self._orphans.add(row)

    def _has_directory(self, layer: Changeset, parts: list[bytes]) -> bool:
        """Whether the layer has a directory at a path."""
        if self._directories is None:
            codes = enumerate(layer.kinds)
            found = (layer.path(row) for row, code in codes if code == _DIRECTORY)
            self._directories = frozenset(found)
        return b"/".join(parts) in self._directories

    def _drop(self, children: dict[bytes, Node], number: int) -> None:
        """Hide nodes and all below them; leaves `children` empty."""
        due = list(children.values())
        if any(isinstance(node, Directory) or self._tree.target(node) is not None for node in due):
            self._ways.forget()
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

    def _make(self, path: bytes, number: int) -> Directory:
        """Go down a path; what is missing is implied."""
        above = self._tree.root
        way, _ = self._ways.trace(path)
        for name, directory in way:
            above = self._imply(above, name, number) if directory is None else directory
        return above

    def _make_room(self, path: bytes, number: int) -> None:
        """Imply the directory of a whiteout, unless something else is in its place."""
        above = self._tree.root
        way, _ = self._ways.trace(path)
        for name, directory in way:
            if directory is None:
                if name not in above.children:
                    self._make(path, number)
                return
            above = directory

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
