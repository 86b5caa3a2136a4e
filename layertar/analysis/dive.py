"""dive's score: what wagoodman/dive says of an image, number for number.

From the source of dive at d6c691947f8f, which counts as 0.13.1 does: dive/filetree/efficiency.go,
file_tree.go and file_node.go. Each layer is a tree of names. A leaf of it, whatever it is, weighs
its size; a path that is a leaf in two layers or more is wasted, with all of its bytes, those in
the final file system among them. The efficiency is the smallest size of each path, added up, by
all sizes of each. What is odd in that, and kept here:

- A whiteout weighs what lies below the directory that it hides in the layers so far, and nothing
  where that is a file or a directory that its layer only implies.
- In those layers an entry takes the place of another and leaves what is below it; an implied
  directory forgets that the entry was one; an opaque whiteout hides nothing.
- A whiteout that hides nothing ends the look at its layer: what comes later by name does not
  count. If its path was never seen before, the smallest size of that is -1.
- A file and a whiteout of it in one layer are the same path twice.

dive holds a node for each name of each layer, and stacks all layers anew for each whiteout. Here
layers are stacked once, and of them only what some whiteout hides; paths are compared only where
hashes say that they may be there twice.
"""

from __future__ import annotations

from array import array
from itertools import pairwise
from typing import TYPE_CHECKING

from layertar.analysis.dive_stack import Stack, targets_of
from layertar.analysis.ranked import ranked
from layertar.errors import LimitError
from layertar.filesystem.changeset import CODES
from layertar.filesystem.entry import FileKind
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertar.analysis.ranked import Ranked
    from layertar.filesystem import Changeset
    from layertar.limits import Limits

__all__ = ["DivePath", "DiveScore", "dive_score"]

_WHITEOUT, _NEVER_ADDED = b".wh.", b".wh..wh.."
_DIRECTORY = CODES[FileKind.DIRECTORY]
_HIDES, _OPAQUE = CODES[FileKind.WHITEOUT], CODES[FileKind.OPAQUE]
_MARKERS = (_HIDES, _OPAQUE, CODES[FileKind.IGNORED])
_IMPLIED = -1


class DivePath(NamedTuple):
    """A path that dive calls inefficient.

    Attributes:
        path: `surrogateescape`d, with a leading slash.
        times: how often it is there.
        size: bytes of all of them together.
    """

    path: str
    times: int
    size: int


class DiveScore(NamedTuple):
    """What dive says of an image.

    Attributes:
        efficiency: from 0 to 1, as a rule.
        size_bytes: of all entries of all layers.
        user_bytes: of those above the first layer.
        paths: the inefficient paths; their size is what dive calls wasted bytes.
    """

    efficiency: float
    size_bytes: int
    user_bytes: int
    paths: Ranked[DivePath]

    @property
    def wasted_bytes(self) -> int:
        """Bytes of all inefficient paths together."""
        return self.paths.size

    @property
    def wasted_user_ratio(self) -> float | None:
        """Wasted bytes by user bytes; `None` where there are no user bytes."""
        return self.paths.size / self.user_bytes if self.user_bytes else None


class _Nodes(NamedTuple):
    """What dive makes of one layer.

    Attributes:
        keys: each node's path once, in the order of names; NUL is between the parts of one, so
            that what is in a directory comes right behind it.
        rows: the row that each is, or `_IMPLIED`.
        size: bytes of all entries, but for the root's own.
    """

    keys: list[bytes]
    rows: array[int]
    size: int


def dive_score(
    layers: Sequence[Changeset | None], limits: Limits, *, top: int | None = None
) -> DiveScore:
    """Compute what dive would say of these layers, base first; `top` of the paths, or all.

    Raises:
        LimitError: paths below what whiteouts hide have more than `path_steps` parts, or more
            than `listed_entries` names, or what is hidden has more than `listed_text` bytes of
            names.
    """
    known = [layer for layer in layers if layer is not None]
    sums = _Sums(known, limits)
    stack = Stack(sums.targets, limits)
    sizes: list[int] = []
    is_base = True
    for layer in layers:
        if layer is None:
            sizes.append(0)
            continue
        nodes = _nodes(layer)
        if stack.is_used and is_base:
            _add_all(stack, nodes, layer)
        is_base = False
        sums.take_layer(layer, nodes, _weigh(stack, nodes))
        if stack.is_used:
            _stack(stack, nodes, layer)
        sizes.append(nodes.size)
    return sums.score(sizes, top)


def _odd(layer: Changeset) -> Iterator[tuple[int, list[bytes], bool]]:
    """Iterate over the rows that have to do with whiteouts: row, parts, and whether it is a node.

    Of one that is none, the parts are those of the directory that it implies.
    """
    if _WHITEOUT not in layer.text and not any(code in layer.kinds for code in _MARKERS):
        return
    for row, path in enumerate(layer.paths()):
        code = layer.kinds[row]
        if code not in _MARKERS and _WHITEOUT not in path:
            continue
        parts = path.split(b"/") if path else []
        if code == _OPAQUE:
            parts.append(_NEVER_ADDED + b"opq")
        elif code == _HIDES:
            parts[-1] = _WHITEOUT + parts[-1]
        end = next((at for at, part in enumerate(parts) if part.startswith(_NEVER_ADDED)), None)
        yield row, parts[:end], end is None


def _nodes(layer: Changeset) -> _Nodes:
    odd: dict[int, bytes] = {}
    keys: list[bytes] = []
    for row, parts, is_node in _odd(layer):
        odd[row] = b"\0".join(parts) if is_node else b""
        if parts and not is_node:
            keys.append(b"\0".join(parts))
    rows, size = array("q", [_IMPLIED] * len(keys)), sum(layer.sizes)
    for row, path in enumerate(layer.paths()):
        key = odd[row] if row in odd else path.replace(b"/", b"\0")
        if key:
            keys.append(key)
            rows.append(row)
        elif row not in odd:
            size -= layer.sizes[row]
    # Of one path the last entry counts, and an implied directory only where there is none.
    order = sorted(range(len(keys)), key=keys.__getitem__)
    last = [at for at, after in pairwise(order) if keys[at] != keys[after]] + order[-1:]
    return _Nodes([keys[at] for at in last], array("q", (rows[at] for at in last)), size)


def _leaves(nodes: _Nodes) -> Iterator[tuple[bytes, int]]:
    """Iterate over the nodes below which nothing is."""
    for at, (key, after) in enumerate(pairwise([*nodes.keys, b""])):
        if not after.startswith(key) or after[len(key)] != 0:
            yield key, nodes.rows[at]


def _is_whiteout(key: bytes) -> bool:
    return key.rpartition(b"\0")[2].startswith(_WHITEOUT)


def _seen_as(key: bytes) -> bytes:
    """Return the path of a node as dive tells it: a whiteout's is that of what it hides."""
    head, separator, name = key.rpartition(b"\0")
    return head + separator + name.removeprefix(_WHITEOUT)


def _weigh(stack: Stack, nodes: _Nodes) -> dict[bytes, int | None]:
    """Weigh a layer's whiteouts; `None` is one that hides nothing."""
    if not stack.is_used:
        return {}
    return {
        key: stack.weigh(_seen_as(key))
        for key, _ in _leaves(nodes)
        if _WHITEOUT in key and _is_whiteout(key)
    }


def _facts(layer: Changeset, row: int) -> tuple[int, bool]:
    """Return the size of a row, and whether it is a directory."""
    return (0, False) if row < 0 else (layer.sizes[row], layer.kinds[row] == _DIRECTORY)


def _add_all(stack: Stack, nodes: _Nodes, layer: Changeset) -> None:
    """Begin a stack with the base, as dive does: whiteouts are names like others."""
    for at in stack.below(nodes.keys):
        size, is_directory = _facts(layer, nodes.rows[at])
        stack.add(nodes.keys[at].split(b"\0"), size, is_directory=is_directory)


def _stack(stack: Stack, nodes: _Nodes, layer: Changeset) -> None:
    """Put a layer on the stack, in dive's order: what is in a directory before it."""
    due = {at for at, key in enumerate(nodes.keys) if _WHITEOUT in key}
    due.update(stack.below(nodes.keys))
    way: list[tuple[bytes, int]] = []
    for at in sorted(due):
        parts = nodes.keys[at].split(b"\0")
        shared = 0
        for (name, _), part in zip(way, parts, strict=False):
            if name != part:
                break
            shared += 1
        _leave(stack, way, shared, layer)
        way += [(part, _IMPLIED) for part in parts[shared:-1]]
        way.append((parts[-1], nodes.rows[at]))
    _leave(stack, way, 0, layer)


def _leave(stack: Stack, way: list[tuple[bytes, int]], length: int, layer: Changeset) -> None:
    """Put the nodes on the way beyond a length on the stack, the innermost first."""
    while len(way) > length:
        parts = [name for name, _ in way]
        _, row = way.pop()
        if parts[-1].startswith(_WHITEOUT):
            parts[-1] = parts[-1].removeprefix(_WHITEOUT)
            stack.remove(parts)
        else:
            size, is_directory = _facts(layer, row)
            stack.add(parts, size, is_directory=is_directory)


class _Sums:
    """The sizes of paths, as they are met."""

    def __init__(self, layers: Sequence[Changeset], limits: Limits) -> None:
        self.targets: list[bytes] = []
        text = 0
        hashes = array("q")
        for layer in layers:
            hashes.extend(map(hash, layer.paths()))
            for _, parts, _ in _odd(layer):
                for target in targets_of(parts):
                    # A name within which each part is a whiteout hides as many.
                    text += len(target)
                    if text > limits.listed_text:
                        raise LimitError("listed_text", limits.listed_text)
                    self.targets.append(target)
                name = b"/".join(parts[:-1] + [part.removeprefix(_WHITEOUT) for part in parts[-1:]])
                hashes.extend((hash(name), hash(name)))
        ordered = sorted(hashes)
        self._repeated = {one for one, after in pairwise(ordered) if one == after}
        self._places: dict[bytes, int] = {}
        self._smallest, self._totals, self._counts = array("q"), array("q"), array("Q")
        self._alone = 0

    def take_layer(self, layer: Changeset, nodes: _Nodes, weights: dict[bytes, int | None]) -> None:
        """Take the leaves of a layer, in the order of names, until one ends it."""
        for key, row in _leaves(nodes):
            if key in weights:
                size = weights[key]
                self._take(self._place(_seen_as(key)), size)
                if size is None:
                    return
                continue
            size, _ = _facts(layer, row)
            if hash(key.replace(b"\0", b"/")) in self._repeated:
                self._take(self._place(key), size)
            else:
                self._alone += size

    def _place(self, path: bytes) -> int:
        place = self._places.setdefault(path, len(self._places))
        if place == len(self._counts):
            self._smallest.append(-1)
            self._totals.append(0)
            self._counts.append(0)
        return place

    def _take(self, place: int, size: int | None) -> None:
        if size is None:
            return
        smallest = self._smallest[place]
        self._smallest[place] = size if smallest < 0 else min(smallest, size)
        self._totals[place] += size
        self._counts[place] += 1

    def score(self, sizes: Sequence[int], top: int | None) -> DiveScore:
        """Return the score; `sizes` are the bytes of each layer."""
        smallest, total = self._alone + sum(self._smallest), self._alone + sum(self._totals)
        totals, counts = self._totals, self._counts
        return DiveScore(
            efficiency=smallest / total if total else 1.0,
            size_bytes=sum(sizes),
            user_bytes=sum(sizes[1:]),
            paths=ranked(
                (item for item in self._places.items() if counts[item[1]] > 1),
                size=lambda item: totals[item[1]],
                order=lambda item: item[0],
                make=lambda item: DivePath(_shown(item[0]), counts[item[1]], totals[item[1]]),
                top=top,
            ),
        )


def _shown(path: bytes) -> str:
    return path.replace(b"\0", b"/").decode("utf-8", "surrogateescape")
