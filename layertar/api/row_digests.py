"""The sha256 of single files in layers, read on their own, and no more of a layer than that."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

from layertar.digest import Digest
from layertar.errors import InputError
from layertar.measure import Range, read_ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from layertar.archive import Claim
    from layertar.filesystem import Tree
    from layertar.limits import Limits
    from layertar.members import Content

__all__ = ["row_digests"]


class _Hasher:
    """Takes the digest of each range; a `RangeTaker`."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.digests: list[Digest] = []

    def begin(self) -> None:
        """Begin."""
        self._hash = hashlib.sha256()

    def data(self, piece: memoryview) -> None:
        """Go on."""
        self._hash.update(piece)

    def end(self) -> None:
        """End."""
        self.digests.append(Digest("sha256", self._hash.hexdigest()))


def row_digests(
    content: Content, claims: Sequence[Claim], tree: Tree, rows: Iterable[int], limits: Limits
) -> dict[int, Digest]:
    """Measure the data of some files, none of them empty.

    Args:
        content: the archive, which can be sought.
        claims: what leads to each layer's bytes, base first.
        tree: the layers.
        rows: which rows of it.
        limits: the bounds.

    Returns:
        The sha256 by row; those that cannot be read to their end are missing.
    """
    by_layer: dict[int, list[int]] = {}
    for row in sorted(rows):
        by_layer.setdefault(tree.place(row)[0], []).append(row)
    found: dict[int, Digest] = {}
    for layer, wanted in by_layer.items():
        member = claims[layer].member
        if member is None:
            continue  # What a document embeds was measured when it was listed.
        ranges = [
            Range(columns.offsets[at], columns.sizes[at])
            for columns, at in map(tree.changeset, wanted)
        ]
        hasher = _Hasher()
        with suppress(InputError):  # Whoever listed the layer has told why.
            read_ranges(content, member, ranges, hasher, limits)
        # Rows of a layer are in the order of their data; the last may be missing.
        found |= dict(zip(wanted, hasher.digests, strict=False))
    return found
