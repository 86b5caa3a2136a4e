"""Outline: a tree line by line, with what lies below each directory summed up.

A directory's size is that of the files in it and below, each once however many names it has there;
so two directories that share a file both hold it, and the one above them holds it once. Nothing
here recurses: an archive may nest directories as deep as a path is long.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING

from layertar.filesystem.changeset import CODES
from layertar.filesystem.entry import FileKind
from layertar.filesystem.tree import Directory, Fate
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertar.analysis.ghosts import Ghosts
    from layertar.filesystem.tree import Node, Tree

__all__ = ["Outline", "OutlineRow", "Totals"]

_FILE, _IGNORED = CODES[FileKind.FILE], CODES[FileKind.IGNORED]


class Totals(NamedTuple):
    """What lies below a directory; of anything else, the thing itself.

    Attributes:
        size: bytes of files, each counted once.
        files: names of what is no directory.
        directories: directories.
    """

    size: int
    files: int
    directories: int


class OutlineRow(NamedTuple):
    """One line.

    Attributes:
        path: where it is, without links; of a line that sums up the rest, the directory of that.
        depth: 0 for what the outline begins with.
        row: of the tree; -1 for a directory that only paths imply, and for the rest.
        totals: what lies below, or of the rest all together.
        is_directory: whether something can lie below.
        is_ghost: whether the file system does not have it, but a layer does.
        is_repeat: whether it is one more name of a file that an earlier line counts.
        is_last: whether nothing follows in its directory.
        omitted: how many entries of the directory one line sums up; 0 for a line of its own.
    """

    path: bytes
    depth: int
    row: int
    totals: Totals
    is_directory: bool
    is_ghost: bool = False
    is_repeat: bool = False
    is_last: bool = True
    omitted: int = 0


class _Child(NamedTuple):
    """One entry of a directory; `place` is that of a directory's sums."""

    name: bytes
    node: Node
    is_ghost: bool
    place: int


class Outline:
    """A node of a tree and all below it.

    Attributes:
        tree: the tree.
        totals: of all that the file system has there.
        hidden: of what upper layers hide; bytes of files that no visible name has.
    """

    def __init__(self, tree: Tree, path: bytes, node: Node, ghosts: Ghosts) -> None:
        """Sum up.

        Args:
            tree: the tree.
            path: where the outline begins.
            node: what is there.
            ghosts: what is shown beside what the file system has.
        """
        self.tree = tree
        self._path, self._node, self._ghosts = path, node, ghosts
        self._is_ghost = ghosts.has(node)
        # Of each directory, in the order in which they are met.
        self._sizes, self._files = array("q"), array("q")
        self._directories, self._below = array("q"), array("q")
        self._repeats: set[int] = set()
        self._links = set(tree.inodes.values()) - {-1}
        self._shown = {inode for row, inode in tree.inodes.items() if not tree.fates[row]}
        self._hidden = [0, 0, 0]
        if isinstance(node, Directory):
            self._sum_up(node)
            self.totals = self._of_directory(0)
            if self._is_ghost:
                self.totals = Totals(0, 0, 0)
        elif self._is_ghost:
            self.totals = Totals(0, 0, 0)
            self._hide(node)
        else:
            self.totals = Totals(self._size(node), 1, 0)
        self.hidden = Totals(*self._hidden) if ghosts.are_hidden else Totals(0, 0, 0)

    def rows(self, *, depth: int | None = None, largest: int | None = None) -> Iterator[OutlineRow]:
        """Iterate over the lines.

        Args:
            depth: how deep to go; `None` for all the way.
            largest: how many of each directory have a line of their own, the largest first, the
                rest together one more; `None` for all, by name.
        """
        yield self._row(self._path, 0, _Child(b"", self._node, self._is_ghost, 0), is_last=True)
        if depth == 0:
            return
        due = [self._opened(self._path, 1, _Child(b"", self._node, self._is_ghost, 0), largest)]
        while due:
            for row, child in due[-1]:
                yield row
                if row.is_directory and row.depth != depth:
                    due.append(self._opened(row.path, row.depth + 1, child, largest))
                    break
            else:
                due.pop()

    def _opened(
        self, path: bytes, depth: int, opened: _Child, largest: int | None
    ) -> Iterator[tuple[OutlineRow, _Child]]:
        """Iterate over the lines of what is in a directory; anything else holds nothing."""
        if not isinstance(opened.node, Directory):
            return
        children = list(self._children(opened.node, opened.place))
        rest: list[_Child] = []
        if largest is not None:
            children.sort(key=lambda child: -self._totals(child).size)
            children, rest = children[:largest], children[largest:]
            if len(rest) == 1:  # A line is a line: it may say which.
                children, rest = children + rest, []
        prefix = path + b"/" if path else b""
        last = len(children) - (not rest)
        for number, child in enumerate(children):
            yield self._row(prefix + child.name, depth, child, is_last=number == last), child
        if rest:
            is_ghost = all(child.is_ghost for child in rest)
            totals = self._together(child for child in rest if child.is_ghost == is_ghost)
            row = OutlineRow(path, depth, -1, totals, is_directory=False, omitted=len(rest))
            yield row._replace(is_ghost=is_ghost), rest[0]

    def _together(self, children: Iterable[_Child]) -> Totals:
        size = files = directories = 0
        for child in children:
            totals = self._totals(child)
            size += totals.size
            files += totals.files
            directories += totals.directories + isinstance(child.node, Directory)
        return Totals(size, files, directories)

    def _row(self, path: bytes, depth: int, child: _Child, *, is_last: bool) -> OutlineRow:
        is_directory = isinstance(child.node, Directory)
        row = child.node.row if isinstance(child.node, Directory) else child.node
        is_repeat = not is_directory and row in self._repeats
        totals = self._totals(child)
        return OutlineRow(
            path, depth, row, totals, is_directory, child.is_ghost, is_repeat, is_last
        )

    def _totals(self, child: _Child) -> Totals:
        """Return what a line says; one more name of a file has no bytes of its own."""
        if isinstance(child.node, Directory):
            return self._of_directory(child.place)
        if child.is_ghost:
            return Totals(self._own_size(child.node), 1, 0)
        return Totals(0 if child.node in self._repeats else self._size(child.node), 1, 0)

    def _of_directory(self, index: int) -> Totals:
        return Totals(self._sizes[index], self._files[index], self._directories[index])

    def _children(self, directory: Directory, index: int) -> Iterator[_Child]:
        """Iterate over what is in a directory by name; `index` is the place of its own sums."""
        index += 1
        for name, node, is_ghost in self._merged(directory):
            yield _Child(name, node, is_ghost, index)
            if isinstance(node, Directory):
                index += 1 + self._below[index]

    def _merged(self, directory: Directory) -> Iterable[tuple[bytes, Node, bool]]:
        ghosts = self._ghosts.of(directory)
        is_ghost = self._ghosts.has(directory)
        visible = [(name, node, is_ghost) for name, node in directory.sorted_children()]
        if not ghosts:
            return visible
        both = visible + [(name, node, True) for name, node in ghosts]
        return sorted(both, key=lambda each: each[0])

    def _sum_up(self, top: Directory) -> None:
        """Fill the sums, each directory's when all below it has been met."""
        open_indexes: list[int] = []
        seen: dict[int, int] = {}
        due = [self._begin(top, is_ghost=self._is_ghost, open_indexes=open_indexes)]
        while due:
            index, is_ghost, children = due[-1]
            for _, node, hidden in children:
                if isinstance(node, Directory):
                    due.append(self._begin(node, is_ghost=hidden, open_indexes=open_indexes))
                    break
                if hidden:
                    size = self._hide(node)
                    if is_ghost:
                        self._sizes[index] += size
                        self._files[index] += 1
                    continue
                self._files[index] += 1
                size = self._size(node)
                self._sizes[index] += size
                inode = self.tree.inode(node)
                if inode not in self._links:
                    continue
                before = seen.get(inode)
                seen[inode] = index
                if before is not None:
                    # The innermost directory that holds both names counted it twice.
                    self._repeats.add(node)
                    self._sizes[open_indexes[bisect_right(open_indexes, before) - 1]] -= size
            else:
                due.pop()
                open_indexes.pop()
                if due:
                    self._end(index, due[-1][0], counts=is_ghost == due[-1][1])

    def _begin(
        self, directory: Directory, *, is_ghost: bool, open_indexes: list[int]
    ) -> tuple[int, bool, Iterator[tuple[bytes, Node, bool]]]:
        index = len(self._sizes)
        for column in (self._sizes, self._files, self._directories, self._below):
            column.append(0)
        open_indexes.append(index)
        if is_ghost:
            self._hidden[2] += 1
        return index, is_ghost, iter(self._merged(directory))

    def _end(self, index: int, above: int, *, counts: bool) -> None:
        """Add a directory's sums to those of the one above, unless only a layer has it."""
        self._below[above] += self._below[index] + 1
        if counts:
            self._sizes[above] += self._sizes[index]
            self._files[above] += self._files[index]
            self._directories[above] += self._directories[index] + 1

    def _size(self, row: int) -> int:
        """Return the bytes of what a name leads to."""
        inode = self.tree.inode(row)
        if inode < 0:
            return 0
        columns, local = self.tree.changeset(inode)
        return columns.sizes[local] if columns.kinds[local] in (_FILE, _IGNORED) else 0

    def _own_size(self, row: int) -> int:
        """Return the bytes that are hidden with a name: none if another one still has them."""
        if self.tree.fates[row] == Fate.MARKER or row in self._shown or row in self.tree.inodes:
            return 0
        return self._size(row)

    def _hide(self, row: int) -> int:
        size = self._own_size(row)
        self._hidden[0] += size
        self._hidden[1] += 1
        return size
