"""Ghosts: what a layer has and the file system has not, at the places where it would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.errors import LimitError
from layertar.filesystem.changeset import CODES
from layertar.filesystem.entry import FileKind
from layertar.filesystem.tree import Directory, Fate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.filesystem.tree import Node, Tree
    from layertar.limits import Limits

__all__ = ["Ghosts", "hidden_ghosts", "marker_ghosts"]

_DIRECTORY = CODES[FileKind.DIRECTORY]


class Ghosts:
    """Entries beside those of a tree, each in a directory of the tree, or one of their own.

    Attributes:
        are_hidden: whether they take room that the file system does not show.
    """

    def __init__(self, tree: Tree, limits: Limits, *, are_hidden: bool = False) -> None:
        """Begin with none."""
        self._limits = limits
        self._steps = limits.path_steps
        # Where links lead, and what was made where.
        self._links: dict[int, Directory | None] = {}
        self._made: dict[tuple[Directory, bytes], Directory] = {}
        self.are_hidden = are_hidden
        self._tree = tree
        self._in: dict[Directory, dict[bytes, list[Node]]] = {}
        self._own: set[Directory] = set()
        self._rows: set[int] = set()
        self._known: dict[bytes, Directory] = {b"": tree.root}

    def has(self, node: Node) -> bool:
        """Say whether a node is one of these."""
        return node in (self._own if isinstance(node, Directory) else self._rows)

    def of(self, directory: Directory) -> list[tuple[bytes, Node]]:
        """Return those in a directory, sorted by name, of one name in the order of the layers."""
        found = self._in.get(directory)
        if found is None:
            return []
        return [(name, node) for name in sorted(found) for node in found[name]]

    def find(self, path: bytes) -> Node | None:
        """Find the last of those at a path."""
        head, _, name = path.rpartition(b"/")
        above = self._known.get(head)
        nodes = self._in.get(above, {}).get(name, []) if above is not None else []
        return nodes[-1] if nodes else None

    def add(self, path: bytes, row: int) -> None:
        """Add a row at a path; a directory that the tree has is none."""
        columns, local = self._tree.changeset(row)
        if columns.kinds[local] == _DIRECTORY:
            directory = self._directory(path)
            if directory in self._own:
                directory.row = row
            return
        head, _, name = path.rpartition(b"/")
        self._put(self._directory(head), name, row)
        self._rows.add(row)

    def _put(self, above: Directory, name: bytes, node: Node) -> None:
        self._in.setdefault(above, {}).setdefault(name, []).append(node)

    def _directory(self, path: bytes) -> Directory:
        """Find the directory at a path, or make it one of these."""
        due: list[bytes] = []
        while (known := self._known.get(path)) is None:
            due.append(path)
            path = path.rpartition(b"/")[0]
        for at in reversed(due):
            known = self._known[at] = self._inner(known, at)
        return known

    def _inner(self, above: Directory, path: bytes) -> Directory:
        """Find or make a directory in another; `path` is one that leads there."""
        name = path.rpartition(b"/")[2]
        node = above.children.get(name)
        if isinstance(node, Directory):
            return node
        if node is not None and (led := self._led(node, path)) is not None:
            return led
        made = self._made.get((above, name))
        if made is None:
            made = self._made[above, name] = Directory()
            self._own.add(made)
            self._put(above, name, made)
        return made

    def _led(self, link: int, path: bytes) -> Directory | None:
        """Return the directory that a symbolic link leads to; `None` of anything else."""
        if link not in self._links:
            passed: list[tuple[bytes, int]] = []
            found = self._tree.find(path, links=passed)
            self._steps -= sum(len(self._tree.target(row) or b"") for _, row in passed)
            if self._steps < 0:
                raise LimitError("path_steps", self._limits.path_steps)
            node = None if found is None else found[1]
            self._links[link] = node if isinstance(node, Directory) else None
        return self._links[link]


def hidden_ghosts(tree: Tree, limits: Limits) -> Ghosts:
    """Return what upper layers hide.

    Raises:
        LimitError: symbolic links lead through more than `path_steps`.
    """
    ghosts = Ghosts(tree, limits, are_hidden=True)
    for path, row in _rows(tree, (Fate.OVERWRITTEN, Fate.DELETED)):
        ghosts.add(path, row)
    return ghosts


def marker_ghosts(tree: Tree, limits: Limits) -> Ghosts:
    """Return whiteouts, at what they hide.

    Raises:
        LimitError: as `hidden_ghosts`.
    """
    ghosts = Ghosts(tree, limits)
    for path, row in _rows(tree, (Fate.MARKER,)):
        ghosts.add(path, row)
    return ghosts


def _rows(tree: Tree, fates: tuple[Fate, ...]) -> Iterator[tuple[bytes, int]]:
    for number, columns in enumerate(tree.layers):
        start = tree.starts[number]
        for local, path in enumerate(() if columns is None else columns.paths()):
            if tree.fates[start + local] in fates:
                yield path, start + local
