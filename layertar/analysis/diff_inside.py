"""What is in two layers that were paired: in what they differ, and how alike they are."""

from __future__ import annotations

from heapq import nsmallest
from typing import TYPE_CHECKING
from zlib import crc32

from layertar.analysis.diff_model import Aspect, in_order
from layertar.analysis.diff_rows import Row, column_aspects, row_aspects
from layertar.filesystem.changeset import CODES
from layertar.filesystem.entry import FileKind
from layertar.tar.paths import clean

if TYPE_CHECKING:
    from layertar.analysis.globs import Globs
    from layertar.filesystem import Changeset

    #: Numbers that stand for a layer's paths.
    Sketch = frozenset[int]

__all__ = ["inside_aspects", "likeness", "sketch"]

_HARDLINK = CODES[FileKind.HARDLINK]
#: What hides something has the path of that, and is another entry.
_HIDES = {CODES[FileKind.WHITEOUT]: b"\0w", CODES[FileKind.OPAQUE]: b"\0o"}
_HOPS = 8
_LONGEST = 4096
#: How many numbers stand for a layer's paths.
_SKETCH = 256


def inside_aspects(a: Changeset, b: Changeset, globs: Globs) -> tuple[Aspect, ...]:
    """Say in what two layers of other bytes differ.

    Args:
        a: the entries of the one.
        b: of the other.
        globs: the paths of entries that do not count.

    Returns:
        `FORMAT` where all entries are the same in the same order; nothing where what differs
        does not count.
    """
    if not globs and (a.kinds, a.ends, a.text) == (b.kinds, b.ends, b.text):
        return in_order(column_aspects(a, b) or {Aspect.FORMAT})
    rows, rows_b = _Rows(a), _Rows(b)
    found: set[Aspect] = set()
    ignored = False
    for key in rows.by_key.keys() | rows_b.by_key.keys():
        told = _entry_aspects(rows, rows_b, key)
        if told and globs and globs.match(key.partition(b"\0")[0]):
            ignored = True
        else:
            found |= told
    if rows.by_key.keys() == rows_b.by_key.keys() and list(rows.by_key) != list(rows_b.by_key):
        found.add(Aspect.ORDER)
    if not found and not ignored:
        found.add(Aspect.FORMAT)
    return in_order(found)


class _Rows:
    """A layer's entries by path; of equal paths the last counts."""

    def __init__(self, changeset: Changeset) -> None:
        self.changeset = changeset
        kinds = changeset.kinds
        self.by_key = {
            path + _HIDES.get(kinds[row], b""): row for row, path in enumerate(changeset.paths())
        }
        self._first: dict[int, bytes] = {}
        for row, code in enumerate(kinds):
            if code == _HARDLINK:
                self._join(row)

    def _join(self, row: int) -> None:
        """Note the first, by name, of the names that a file has in this layer."""
        target = self.resolved(row)
        names = (self.changeset.path(row), self.changeset.path(target))
        self._first[target] = min(self._first.get(target, names[0]), *names)

    def resolved(self, row: int) -> int:
        """Follow hard links within the layer; a row whose target is elsewhere is its own."""
        for _ in range(_HOPS):
            if self.changeset.kinds[row] != _HARDLINK:
                break
            target, _ = clean(self.changeset.target(row), _LONGEST)
            found = self.by_key.get(target)
            if found is None or found == row:
                break
            row = found
        return row

    def first(self, row: int) -> bytes | None:
        """Return the first name of a file that has several."""
        return self._first.get(row)


def _entry_aspects(rows: _Rows, rows_b: _Rows, key: bytes) -> set[Aspect]:
    row, row_b = rows.by_key.get(key), rows_b.by_key.get(key)
    if row is None or row_b is None:
        return {Aspect.CONTENT}
    one, other = rows.resolved(row), rows_b.resolved(row_b)
    found = row_aspects(Row(rows.changeset, one), Row(rows_b.changeset, other))
    if rows.first(one) != rows_b.first(other):
        found.add(Aspect.LINK)
    return found


def sketch(changeset: Changeset) -> Sketch:
    """Make a layer's paths few numbers, by which two layers can be likened.

    Those of the lowest checksums, which are as good as drawn by lot (Broder, On the resemblance
    and containment of documents, 1997).
    """
    return frozenset(nsmallest(_SKETCH, {crc32(path) for path in changeset.paths()}))


def likeness(one: Sketch, other: Sketch) -> float:
    """Estimate which part of all paths of two layers both have, from 0 to 1."""
    lowest = set(nsmallest(_SKETCH, {*one, *other}))
    if not lowest:
        return 1.0
    return len(lowest & one & other) / len(lowest)
