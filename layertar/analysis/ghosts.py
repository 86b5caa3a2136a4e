"""Ghosts: what a layer has and the file system has not, at the places where it would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.errors import LimitError
from layertar.filesystem.changeset import CODES
from layertar.filesystem.entry import FileKind
from layertar.filesystem.tree import HOPS, Directory, Fate

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
        self._links: dict[int, list[Directory] | None] = {}
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
        stack: list[Directory] | None = [self._tree.root]
        *above, name = path.split(b"/")
        for part in above:
            stack = self._down(stack, part) if stack else None
        nodes = self._in.get(stack[-1], {}).get(name, []) if stack else []
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
        known = self._known.get(path)
        if known is None:
            stack = [self._tree.root]
            for part in path.split(b"/"):
                further = self._down(stack, part)
                if further is None:
                    stack.append(self._make(stack[-1], part))
                else:
                    stack = further
            known = self._known[path] = stack[-1]
        return known

    def _make(self, above: Directory, name: bytes) -> Directory:
        made = self._made[above, name] = Directory()
        self._own.add(made)
        self._put(above, name, made)
        return made

    def _down(self, stack: list[Directory], name: bytes) -> list[Directory] | None:
        """Go down into a directory of the tree, or of these; the last of a stack is where one is.

        Returns:
            What is gone through from the root, which may be the same list; `None` where none is.
        """
        self._spend(1)
        node = stack[-1].children.get(name)
        if isinstance(node, int):
            led = self._led(node, stack)
            if led is not None:
                return led
        elif node is not None:
            stack.append(node)
            return stack
        made = self._made.get((stack[-1], name))
        if made is not None:
            stack.append(made)
        return stack if made is not None else None

    def _led(self, link: int, stack: list[Directory]) -> list[Directory] | None:
        """Return the directories down to that a symbolic link leads to; `None` if it is none."""
        if link not in self._links:
            self._links[link] = self._followed(link, stack)
        led = self._links[link]
        if led is None:
            return None
        self._spend(len(led))
        return [*led]

    def _followed(self, link: int, stack: list[Directory]) -> list[Directory] | None:
        target = self._tree.target(link)
        if target is None:
            return None
        led, due, hops = [*stack], target.split(b"/")[::-1], 1
        led = led[:1] if target.startswith(b"/") else led
        while due:
            part = due.pop()
            self._spend(1)
            if part == b"..":
                del led[max(1, len(led) - 1) :]
            elif part not in (b"", b"."):
                node = led[-1].children.get(part)
                if isinstance(node, Directory):
                    led.append(node)
                    continue
                target = None if node is None else self._tree.target(node)
                hops += 1
                if target is None or hops > HOPS:
                    return None
                led = led[:1] if target.startswith(b"/") else led
                due += target.split(b"/")[::-1]
        return led

    def _spend(self, steps: int) -> None:
        self._steps -= steps
        if self._steps < 0:
            raise LimitError("path_steps", self._limits.path_steps)


def hidden_ghosts(tree: Tree, limits: Limits) -> Ghosts:
    """Return what upper layers hide.

    Raises:
        LimitError: paths lead through more than `path_steps`.
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
