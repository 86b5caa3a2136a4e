"""Duplicates: files of one content that an image shows more than once."""

from __future__ import annotations

from array import array
from itertools import compress, pairwise
from typing import TYPE_CHECKING

from layertar.analysis.hidden import raw_digest
from layertar.analysis.ranked import ranked
from layertar.digest import Digest
from layertar.filesystem.changeset import DIGEST_SIZE
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertar.analysis.hidden import Living
    from layertar.analysis.ranked import Ranked
    from layertar.filesystem import Tree

__all__ = ["Duplicate", "duplicates"]

_WORDS = DIGEST_SIZE // 8


class Duplicate(NamedTuple):
    """Files of one content; hard links of one another are one file.

    Attributes:
        digest: the sha256 of the content.
        size: of each, in bytes.
        paths: of all of them, sorted, `surrogateescape`d, without a leading slash.
    """

    digest: Digest
    size: int
    paths: tuple[str, ...]

    @property
    def wasted(self) -> int:
        """Bytes of all but one of them."""
        return self.size * (len(self.paths) - 1)


class _Group(NamedTuple):
    """A `Duplicate` to be."""

    digest: bytes
    size: int
    rows: array[int]

    @property
    def wasted(self) -> int:
        return self.size * (len(self.rows) - 1)


def duplicates(tree: Tree, living: Living, *, top: int | None) -> Ranked[Duplicate]:
    """List what an image shows more than once, what wastes most first, `top` of it or all.

    The size of all is what all but one of each would not need.
    """

    def made(group: _Group) -> Duplicate:
        paths = (tree.recorded_path(living.name(row)) for row in group.rows)
        return Duplicate(
            Digest("sha256", group.digest.hex()),
            group.size,
            tuple(path.decode("utf-8", "surrogateescape") for path in sorted(paths)),
        )

    return ranked(
        _groups(tree, living),
        size=lambda group: group.wasted,
        order=lambda group: group.digest,
        make=made,
        top=top,
    )


def _groups(tree: Tree, living: Living) -> Iterator[_Group]:
    """Group what begins alike; few digests are looked at whole."""
    repeated = _repeated(tree, living)
    groups: dict[bytes, array[int]] = {}
    for row, word in _words(tree, living):
        if word in repeated and (raw := raw_digest(tree, row)):
            groups.setdefault(raw, array("Q")).append(row)
    for raw, rows in groups.items():
        if len(rows) > 1:
            changeset, local = tree.changeset(rows[0])
            yield _Group(raw, changeset.sizes[local], rows)


def _repeated(tree: Tree, living: Living) -> set[int]:
    words = sorted(array("Q", (word for _, word in _words(tree, living))))
    return {one for one, after in pairwise(words) if one == after}


def _words(tree: Tree, living: Living) -> Iterator[tuple[int, int]]:
    """Iterate over visible files with bytes: the row, and how its digest begins."""
    for layer, changeset in enumerate(tree.layers):
        if changeset is None or not changeset.digests:
            continue
        start, end = tree.starts[layer], tree.starts[layer + 1]
        flags = living.flags[start:end]
        wanted = [
            size and is_visible for size, is_visible in zip(changeset.sizes, flags, strict=True)
        ]
        words = memoryview(changeset.digests).cast("Q")[::_WORDS]
        yield from compress(zip(range(start, end), words, strict=True), wanted)
