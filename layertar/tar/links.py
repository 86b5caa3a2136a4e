"""The symbolic links of one layer, and where a path leads that goes through them.

Paths are clean: no leading slash, no empty part, no dot. Nothing is looked up on any machine: an
absolute target begins at the image's root, as it does in a container, and a target that would
climb out of that root is the fault looked for (CVE-2014-6407, CVE-2021-29136, CVE-2026-28406).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.tar.paths import parent_of
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from layertar.limits import Limits

__all__ = ["LinkTable"]

# What Linux follows before it says ELOOP.
_HOPS = 40
# Bytes of memory for links, and what each new part of a path costs beside its text. Real layers
# have up to some ten thousand links.
_MEMORY = 32 << 20
_EACH = 300
# Parts of paths that may be followed behind a link: at first, and more for each entry, so that the
# work is in proportion to what comes in.
_STEPS = 1 << 20
_STEPS_EACH = 32
# Directories deeper than this are not worth a place among those that a batch is asked about.
_DEEP = 64


class _Node:
    """One part of a path that some link has: what lies below, and where the link leads."""

    __slots__ = ("below", "target")

    def __init__(self) -> None:
        self.below: dict[bytes, _Node] | None = None
        self.target: bytes | None = None

    def get(self, part: bytes) -> _Node | None:
        return self.below.get(part) if self.below is not None else None


class _Exit(NamedTuple):
    """A link through which a path leaves the root.

    Attributes:
        path: the link's own.
        target: what it leads to, as recorded.
    """

    path: bytes
    target: bytes


class LinkTable:
    """Remembers the links met so far, as a tree of their paths."""

    def __init__(self, limits: Limits) -> None:
        """Begin without a link."""
        self._longest = limits.name_length
        self._root = _Node()
        self._memory = _MEMORY
        self._steps = _STEPS

    def __bool__(self) -> bool:
        """Whether a link was met."""
        return self._root.below is not None

    def is_spent(self) -> bool:
        """Whether so much was followed that nothing more is."""
        return self._steps < 0

    def allow(self, entries: int) -> None:
        """Learn of so many more entries."""
        if self._steps >= 0:
            self._steps += _STEPS_EACH * entries

    def add(self, path: bytes, target: bytes) -> bool:
        """Remember a link; `path` itself may lead through others.

        Returns:
            False for the first that there is no room for; later ones are not asked about.
        """
        if self._memory < 0:
            return True
        within, _ = self._follow(parent_of(path))
        self._insert([*within, path.rpartition(b"/")[2]], target)
        return self._memory >= 0

    def extend(self, links: Mapping[bytes, bytes]) -> bool:
        """Remember links whose paths lead through no others, if there is surely room for all."""
        if self._memory < 0:
            return True
        most = sum(_cost(path, target, path.count(b"/") + 1) for path, target in links.items())
        if most > self._memory:
            return False
        for path, target in links.items():
            self._insert(path.split(b"/"), target)
        return True

    def _insert(self, parts: list[bytes], target: bytes) -> None:
        path = b"/".join(parts)
        if max(len(path), len(target)) > self._longest:
            return  # Nobody can create it.
        node, new = self._root, 0
        for part in parts:
            if node.below is None:
                node.below = {}
            following = node.below.get(part)
            if following is None:
                following = node.below[part] = _Node()
                new += 1
            node = following
        node.target = target
        self._memory -= _cost(path, target, new)

    def are_clear(self, directories: Iterable[bytes], new: Mapping[bytes, bytes]) -> bool:
        """Whether none of these directories is or lies below a link, `new` ones included."""
        above: set[bytes] = set()
        for directory in directories:
            if directory.count(b"/") > _DEEP or self._is_through(directory):
                return False
            path = directory if new else b""
            while path and path not in above:
                above.add(path)
                path = parent_of(path)
        return above.isdisjoint(new)

    def _is_through(self, directory: bytes) -> bool:
        node = self._root
        for part in directory.split(b"/"):
            following = node.below.get(part) if node.below is not None else None
            if following is None:
                return False
            if following.target is not None:
                return True
            node = following
        return False

    def exit_of(self, path: bytes) -> _Exit | None:
        """Return the link through which `path` leaves the root, or `None` if it stays within.

        Its last part is not followed: an entry that is written takes the place of a link.
        """
        directory = parent_of(path)
        if not self._is_through(directory) and b".." not in directory:
            return None  # Nearly every path, and its whole length need not be followed.
        return self._follow(directory)[1]

    def _follow(self, directory: bytes) -> tuple[list[bytes], _Exit | None]:
        """Return the parts of where a path leads, and the link by which it leaves the root."""
        parts: list[bytes] = []
        nodes: list[_Node | None] = [self._root]  # Of the root, and of each of `parts`.
        left = None
        hops = 0
        due = directory.split(b"/")[::-1]
        while due:
            part = due.pop()
            self._steps -= hops > 0
            if part in (b"", b"."):
                continue
            if part == b"..":
                if not parts:
                    return parts, left
                parts.pop()
                nodes.pop()
                continue
            above = nodes[-1]
            node = above.get(part) if above is not None else None
            if node is None or node.target is None:
                parts.append(part)
                nodes.append(node)
                continue
            hops += 1
            if hops > _HOPS:
                break
            left = _Exit(b"/".join([*parts, part]), node.target)
            if node.target.startswith(b"/"):
                parts.clear()
                del nodes[1:]
            due += node.target.split(b"/")[::-1]
        return parts, None


def _cost(path: bytes, target: bytes, new: int) -> int:
    return len(path) + len(target) + _EACH * new
