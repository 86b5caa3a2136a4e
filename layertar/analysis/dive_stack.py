"""What dive makes of layers on top of one another, as far as some whiteout hides it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from layertar.errors import LimitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from layertar.limits import Limits

__all__ = ["Stack", "targets_of"]

_WHITEOUT = b".wh."


def targets_of(parts: Sequence[bytes]) -> Iterator[bytes]:
    """Iterate over the paths that the parts of one hide, NUL between their parts."""
    for at, part in enumerate(parts):
        if part.startswith(_WHITEOUT):
            hidden = part.removeprefix(_WHITEOUT)
            yield b"\0".join([*parts[:at], hidden] if hidden else parts[:at])


class _Node:
    """A name: what is in it, its size, and whether its entry is a directory's."""

    __slots__ = ("children", "is_directory", "size")

    def __init__(self) -> None:
        self.children: dict[bytes, _Node] = {}
        self.size = 0
        self.is_directory = False


class Stack:
    """The nodes at and below the paths that whiteouts hide.

    Attributes:
        is_used: whether there is any whiteout.
    """

    def __init__(self, targets: Iterable[bytes], limits: Limits) -> None:
        """Begin empty.

        Args:
            targets: what whiteouts hide, NUL between the parts of each.
            limits: the bounds.
        """
        found = sorted(set(targets))
        self.is_used = bool(found)
        # Those that are below no other.
        self._tops: list[bytes] = []
        for target in found:
            if target and not (self._tops and _is_at(target, self._tops[-1])):
                self._tops.append(target)
        self._nodes: dict[bytes, _Node] = {}
        # Bytes of a node and all below it, until something changes.
        self._weights: dict[_Node, int] = {}
        self._limits = limits
        self._steps = 0
        self._count = 0

    def below(self, keys: Sequence[bytes]) -> Iterator[int]:
        """Iterate over the places of those of the sorted `keys` that are kept here."""
        tops = self._tops
        at = place = 0
        while at < len(keys) and place < len(tops):
            first = bisect_left(keys, tops[place], at)
            at = bisect_left(keys, tops[place] + b"\1", first)
            yield from range(first, at)
            if at < len(keys):
                # The last one that does not come behind the next key may be above that.
                place = max(place + 1, bisect_right(tops, keys[at]) - 1)

    def weigh(self, path: bytes) -> int | None:
        """Return the bytes of a directory and all below it: 0 of all else, `None` of nothing."""
        parts = [part for part in path.split(b"\0") if part]
        node = self._find(parts)
        if node is None:
            return None if parts else 0
        return self._weight(node) if node.is_directory else 0

    def add(self, parts: list[bytes], size: int, *, is_directory: bool) -> None:
        """Let an entry be what is at a path; what is below stays.

        Raises:
            LimitError: there is too much of it.
        """
        top = self._top(parts)
        if top is None:
            return
        self._weights.clear()
        node = self._nodes.get(top)
        if node is None:
            node = self._nodes[top] = self._new()
        for part in parts[top.count(b"\0") + 1 :]:
            child = node.children.get(part)
            if child is None:
                child = node.children[part] = self._new()
            node = child
        node.size, node.is_directory = size, is_directory

    def remove(self, parts: list[bytes]) -> None:
        """Hide what is at a path."""
        parts = [part for part in parts if part]
        top = self._top(parts)
        if top is None:
            return
        self._weights.clear()
        if len(parts) == top.count(b"\0") + 1:
            self._nodes.pop(top, None)
        elif (above := self._find(parts[:-1])) is not None:
            above.children.pop(parts[-1], None)

    def _top(self, parts: Sequence[bytes]) -> bytes | None:
        """Return which of the kept paths this one is at or below."""
        self._steps += len(parts)
        if self._steps > self._limits.path_steps:
            raise LimitError("path_steps", self._limits.path_steps)
        path = b"\0".join(parts)
        place = bisect_right(self._tops, path) - 1
        return self._tops[place] if place >= 0 and _is_at(path, self._tops[place]) else None

    def _find(self, parts: Sequence[bytes]) -> _Node | None:
        top = self._top(parts)
        node = None if top is None else self._nodes.get(top)
        for part in parts[0 if top is None else top.count(b"\0") + 1 :]:
            if node is None:
                break
            node = node.children.get(part)
        return node

    def _new(self) -> _Node:
        self._count += 1
        if self._count > self._limits.listed_entries:
            raise LimitError("listed_entries", self._limits.listed_entries)
        return _Node()

    def _weight(self, top: _Node) -> int:
        """Add up a node and all below it, each but once until the stack changes."""
        weights = self._weights
        due = [top]
        while due:
            node = due[-1]
            missing = [child for child in node.children.values() if child not in weights]
            if missing:
                due += missing
                continue
            weights[node] = node.size + sum(weights[child] for child in node.children.values())
            due.pop()
        return weights[top]


def _is_at(path: bytes, top: bytes) -> bool:
    """Say whether a path is another one or below it."""
    return path.startswith(top) and path[len(top) : len(top) + 1] in (b"", b"\0")
