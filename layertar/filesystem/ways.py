"""Ways: where paths lead in a tree that is being made, symbolic links followed within its root."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from layertar.errors import LimitError
from layertar.filesystem.tree import HOPS, Directory

if TYPE_CHECKING:
    from layertar.filesystem.tree import Tree
    from layertar.limits import Limits

__all__ = ["Way", "Ways"]

#: The names on a way without links, the root's first, each with its directory; `None` where none
#: is.
Way: TypeAlias = "list[tuple[bytes, Directory | None]]"


class Ways:
    """Follows paths; remembers where each led, until told that one may lead elsewhere."""

    def __init__(self, tree: Tree, limits: Limits) -> None:
        """Begin with nothing remembered."""
        self._tree = tree
        self._limits = limits
        self._steps = limits.path_steps
        self._known: dict[bytes, Directory] = {}

    def forget(self) -> None:
        """A directory or a link is gone, or may be."""
        self._known = {}

    def remember(self, path: bytes, directory: Directory) -> Directory:
        """Keep where a path leads, and return it."""
        self._known[path] = directory
        return directory

    def known(self, path: bytes) -> Directory | None:
        """Return where a path leads, if that is remembered."""
        return self._known.get(path)

    def existing(self, path: bytes) -> Directory | None:
        """Find the directory that a path leads to, if there is one."""
        known = self._known.get(path)
        if known is None:
            way, _ = self.trace(path)
            known = way[-1][1]
            if known is not None:
                self._known[path] = known
        return known

    def trace(self, path: bytes) -> tuple[Way, int]:
        """Return the way that a path takes, and its part that is the first link on it.

        What is missing is passed over as a directory would be, so dot-dot leads back out of it. Of
        a path on which links go round, none is followed. Parts count from 1; 0 is no link.

        Raises:
            LimitError: paths lead through more than `path_steps`.
        """
        way: Way = [(b"", self._tree.root)]
        unlinked: Way = []  # the way if the first link were missing
        due = path.split(b"/")[::-1]
        hops = link = 0
        while due:
            part = due.pop()
            self._steps -= 1
            if part in (b"", b"."):
                continue
            if part == b"..":
                del way[max(1, len(way) - 1) :]
                continue
            above = way[-1][1]
            node = None if above is None else above.children.get(part)
            if node is None or isinstance(node, Directory):
                way.append((part, node))
                continue
            target = self._tree.target(node)
            if target is None:
                way.append((part, None))
                continue
            if not hops:
                unlinked = [*way, (part, None), *((each, None) for each in due[::-1])]
                link = len(way)
            hops += 1
            if hops > HOPS:
                way = unlinked
                break
            way = way[:1] if target.startswith(b"/") else way
            due += target.split(b"/")[::-1]
        if self._steps < 0:
            raise LimitError("path_steps", self._limits.path_steps)
        return way, link
