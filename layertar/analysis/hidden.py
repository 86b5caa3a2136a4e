"""Hidden bytes: what layers store and no file system of the image shows, by path and by layer.

Data belong to the entry that brought them, and live as long as one name of them is visible: a
hard link keeps them when the first name is gone. What is hidden is told where its last name was.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from enum import Enum
from itertools import compress
from typing import TYPE_CHECKING

from layertar.analysis.ranked import ranked
from layertar.filesystem.changeset import CODES, DIGEST_SIZE, NO_DIGEST
from layertar.filesystem.entry import FileKind
from layertar.filesystem.tree import Fate
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.analysis.ranked import Ranked
    from layertar.filesystem import Tree

__all__ = [
    "HiddenCause",
    "HiddenPath",
    "LayerBytes",
    "Living",
    "hidden_paths",
    "layer_bytes",
    "raw_digest",
]

_WHITEOUTS = (CODES[FileKind.WHITEOUT], CODES[FileKind.OPAQUE])
_MARKERS = (*_WHITEOUTS, CODES[FileKind.IGNORED])
# Parts of a path that are looked at for the one that a whiteout hides; real ones have ten.
_DEPTH = 64


class HiddenCause(Enum):
    """Why bytes are hidden.

    DELETED: a whiteout, an opaque directory or what took a directory's place hides them.
    REPLACED: the path came again with other content. ATTRIBUTES: it came again with the same
    content, and another owner, mode, time or extended attribute. REPEATED: it came again, and
    nothing is different. UNUSED: nobody applies it, as what AUFS left in layers.
    """

    DELETED = "deleted"
    REPLACED = "replaced"
    ATTRIBUTES = "attributes"
    REPEATED = "repeated"
    UNUSED = "unused"


class HiddenPath(NamedTuple):
    """What of one layer is hidden by one cause.

    Attributes:
        path: the file's, or that of the directory above which a whiteout hides with all in it;
            `surrogateescape`d, without a leading slash, empty for the root.
        cause: why.
        layer: the layer that stores the bytes.
        hidden_by: the layer that hides them; the same one where the layer itself has another.
        size: in bytes.
        files: how many files they are of.
    """

    path: str
    cause: HiddenCause
    layer: int
    hidden_by: int
    size: int
    files: int


class LayerBytes(NamedTuple):
    """Bytes of one layer's files.

    Attributes:
        position: 0 for the base.
        stored: of all that it stores.
        visible: of those that the image shows.
        hides: of what it hides, in the layers below and in itself.
        files: how many entries have bytes.
    """

    position: int
    stored: int
    visible: int
    hides: int
    files: int

    @property
    def hidden(self) -> int:
        """Bytes of what it stores that the image does not show."""
        return self.stored - self.visible


class Living:
    """Which data the image shows.

    Attributes:
        flags: a byte for each row of the tree: 1 where its data, if it has any, are visible.
        names: for data that are visible by another entry's name alone, that entry's row.
    """

    def __init__(self, tree: Tree) -> None:
        """Look through the names of a tree."""
        fates, hidden_by = tree.fates, tree.hidden_by
        self.flags = fates.translate(bytes(fate == Fate.VISIBLE for fate in range(256)))
        self.names: dict[int, int] = {}
        # For data that are hidden, the row of the name that was the last to go.
        self._last: dict[int, int] = {}
        links = {row: inode for row, inode in tree.inodes.items() if inode >= 0}
        for row, inode in links.items():
            if fates[row] == Fate.VISIBLE and fates[inode] != Fate.VISIBLE:
                self.flags[inode] = 1
                self.names[inode] = row
        for row, inode in links.items():
            if self.flags[inode] or fates[row] == Fate.MARKER:
                continue
            last = self._last.get(inode, inode)
            if fates[last] == Fate.MARKER or hidden_by[row] > hidden_by[last]:
                self._last[inode] = row

    def name(self, row: int) -> int:
        """Return the row by whose name data are visible, or were the last to be."""
        return self.names.get(row, self._last.get(row, row))


def layer_bytes(tree: Tree, living: Living) -> tuple[LayerBytes, ...]:
    """Count the bytes of each layer, base first; of one that could not be listed, none."""
    hides = [0] * len(tree.layers)
    for layer, local in _hidden_rows(tree, living):
        by = tree.hidden_by[living.name(tree.starts[layer] + local)]
        changeset = tree.layers[layer]
        hides[by] += changeset.sizes[local] if changeset is not None else 0
    found: list[LayerBytes] = []
    for position, changeset in enumerate(tree.layers):
        sizes = array("q") if changeset is None else changeset.sizes
        flags = living.flags[tree.starts[position] : tree.starts[position + 1]]
        visible = sum(compress(sizes, flags))
        files = len(sizes) - sizes.count(0)
        found.append(LayerBytes(position, sum(sizes), visible, hides[position], files))
    return tuple(found)


def _hidden_rows(tree: Tree, living: Living) -> Iterator[tuple[int, int]]:
    """Iterate over the entries whose bytes are hidden: layer, and row in it."""
    for layer, changeset in enumerate(tree.layers):
        if changeset is None:
            continue
        flags = living.flags[tree.starts[layer] : tree.starts[layer + 1]]
        if sum(compress(changeset.sizes, flags)) == sum(changeset.sizes):
            continue
        for local, (size, is_visible) in enumerate(zip(changeset.sizes, flags, strict=True)):
            if size and not is_visible:
                yield layer, local


class _Raw(NamedTuple):
    """A `HiddenPath` to be."""

    path: bytes
    cause: HiddenCause
    layer: int
    hidden_by: int
    size: int
    files: int


def hidden_paths(tree: Tree, living: Living, *, top: int | None) -> Ranked[HiddenPath]:
    """List what is hidden, the largest first, `top` of it or all."""
    return ranked(
        _all(tree, living),
        size=lambda raw: raw.size,
        order=lambda raw: (raw.path, raw.layer, raw.hidden_by, raw.cause.value),
        make=lambda raw: HiddenPath(raw.path.decode("utf-8", "surrogateescape"), *raw[1:]),
        top=top,
    )


def _all(tree: Tree, living: Living) -> Iterator[_Raw]:
    hidden: dict[int, array[int]] = {}
    for layer, local in _hidden_rows(tree, living):
        row = tree.starts[layer] + local
        hidden.setdefault(tree.hidden_by[living.name(row)], array("Q")).append(row)
    for number in sorted(hidden):
        yield from _Hider(tree, living, number).all(hidden.pop(number))


class _Hider:
    """One layer, and what it hides."""

    def __init__(self, tree: Tree, living: Living, number: int) -> None:
        self._tree = tree
        self._living = living
        self._number = number
        self._start = tree.starts[number]
        changeset = tree.layers[number]
        if changeset is None:
            raise IndexError(f"layer {number} hides nothing")
        self._changeset = changeset
        kinds = changeset.kinds
        self._whiteouts = {
            changeset.path(row) for row, code in enumerate(kinds) if code in _WHITEOUTS
        }
        # The directory asked for last, and what is hidden at or above it.
        self._head: bytes | None = None
        self._hidden_above: bytes | None = None

    def all(self, rows: array[int]) -> Iterator[_Raw]:
        """Tell of each of `rows`, whose data this layer hides."""
        fates = self._tree.fates
        replaced: dict[bytes, list[int]] = {}
        deleted: dict[tuple[bytes, int], tuple[int, int]] = {}
        for row in rows:
            name = self._living.name(row)
            fate, path = fates[name], self._tree.recorded_path(name)
            if fate == Fate.OVERWRITTEN:
                replaced.setdefault(path, []).append(row)
            elif fate == Fate.MARKER:
                yield self._raw(row, path, HiddenCause.UNUSED)
            else:
                changeset, local = self._tree.changeset(row)
                key = self._deleted_at(path), self._tree.place(row)[0]
                size, files = deleted.get(key, (0, 0))
                deleted[key] = size + changeset.sizes[local], files + 1
        for (path, layer), (size, files) in deleted.items():
            yield _Raw(path, HiddenCause.DELETED, layer, self._number, size, files)
        yield from self._replaced(replaced)

    def _raw(self, row: int, path: bytes, cause: HiddenCause) -> _Raw:
        layer, _ = self._tree.place(row)
        changeset, local = self._tree.changeset(row)
        return _Raw(path, cause, layer, self._number, changeset.sizes[local], 1)

    def _deleted_at(self, path: bytes) -> bytes:
        """Return the topmost path that this layer's whiteouts hide, at or above one."""
        head = path.rpartition(b"/")[0]
        if head != self._head:
            self._head, self._hidden_above = head, self._above(head)
        return path if self._hidden_above is None else self._hidden_above

    def _above(self, head: bytes) -> bytes | None:
        if b"" in self._whiteouts:
            return b""
        parts = head.split(b"/", _DEPTH)[:_DEPTH]
        for end in range(1, len(parts) + 1):
            above = b"/".join(parts[:end])
            if above in self._whiteouts:
                return above
        return None

    def _replaced(self, replaced: dict[bytes, list[int]]) -> Iterator[_Raw]:
        """Tell of paths that this layer has again."""
        places: dict[bytes, list[int]] = {}
        if replaced:
            kinds = self._changeset.kinds
            for row, path in enumerate(self._changeset.paths()):
                if path in replaced and kinds[row] not in _MARKERS:
                    places.setdefault(path, []).append(self._start + row)
        for path, rows in replaced.items():
            found = places.get(path, [])
            for row in rows:
                name = self._living.name(row)
                at = bisect_right(found, name)
                # A path that leads through a symbolic link is in no such list.
                cause = self._compare(row, found[at]) if at < len(found) else HiddenCause.REPLACED
                yield self._raw(row, path, cause)

    def _compare(self, row: int, successor: int) -> HiddenCause:
        """Say how the data of `row` and what has taken their place differ."""
        inode = self._tree.inode(successor)
        if inode < 0 or row == inode:
            return HiddenCause.REPLACED
        old, local = self._tree.changeset(row)
        new, other = self._tree.changeset(inode)
        if old.sizes[local] != new.sizes[other] or not raw_digest(self._tree, row):
            return HiddenCause.REPLACED
        if raw_digest(self._tree, row) != raw_digest(self._tree, inode):
            return HiddenCause.REPLACED
        is_same = old.entry(local, path=b"") == new.entry(other, path=b"")
        return HiddenCause.REPEATED if is_same else HiddenCause.ATTRIBUTES


def raw_digest(tree: Tree, row: int) -> bytes:
    """Return the sha256 of a file's bytes; empty where it was not taken, or not of the whole."""
    changeset, local = tree.changeset(row)
    raw = bytes(changeset.digests[local * DIGEST_SIZE : (local + 1) * DIGEST_SIZE])
    return b"" if raw == NO_DIGEST or changeset.extra_of(local).is_sparse else raw
