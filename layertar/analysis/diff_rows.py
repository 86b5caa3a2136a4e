"""Rows of changesets compared, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.analysis.diff_model import Aspect
from layertar.filesystem.changeset import CODES, DIGEST_SIZE, NO_DIGEST, UNKNOWN, UNKNOWN_MODE
from layertar.filesystem.entry import FileKind
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from layertar.filesystem import Changeset

__all__ = ["Row", "column_aspects", "implied_aspects", "is_unread", "lacks_digest", "row_aspects"]

_FILE = CODES[FileKind.FILE]
_SYMLINK = CODES[FileKind.SYMLINK]
_LINKS = (_SYMLINK, CODES[FileKind.HARDLINK])
_IMPLIED_MODE = 0o755
_IGNORED = CODES[FileKind.IGNORED]


class Row(NamedTuple):
    """A row of a changeset."""

    changeset: Changeset
    row: int


def row_aspects(one: Row, other: Row) -> set[Aspect]:
    """Say in what two rows differ, whatever they are called."""
    (a, i), (b, j) = one, other
    found = _inner_aspects(one, other)
    # No system keeps a mode for a symbolic link (POSIX.1-2017, fstatat), and writers differ.
    if a.modes[i] != b.modes[j] and not a.kinds[i] == b.kinds[j] == _SYMLINK:
        found.add(Aspect.MODE)
    if a.uids[i] != b.uids[j] or a.gids[i] != b.gids[j]:
        found.add(Aspect.OWNER)
    if a.mtimes[i] != b.mtimes[j]:
        found.add(Aspect.TIMES)
    if i in a.extras or j in b.extras:
        found |= _extra_aspects(one, other)
    return found


def column_aspects(a: Changeset, b: Changeset) -> set[Aspect]:
    """Say in what the rows of two layers differ that are called the same, one by one."""
    found: set[Aspect] = set()
    if (a.sizes, a.digests) != (b.sizes, b.digests):
        found.add(Aspect.CONTENT)
    if a.modes != b.modes and any(
        mode != other and kind != _SYMLINK
        for mode, other, kind in zip(a.modes, b.modes, a.kinds, strict=True)
    ):
        found.add(Aspect.MODE)
    if (a.uids, a.gids) != (b.uids, b.gids):
        found.add(Aspect.OWNER)
    if a.mtimes != b.mtimes:
        found.add(Aspect.TIMES)
    for row in a.extras.keys() | b.extras.keys():
        found |= _extra_aspects(Row(a, row), Row(b, row))
    return found


def _extra_aspects(one: Row, other: Row) -> set[Aspect]:
    extra, extra_b = one.changeset.extra_of(one.row), other.changeset.extra_of(other.row)
    found = set()
    if extra.xattrs != extra_b.xattrs:
        found.add(Aspect.XATTRS)
    if extra.device != extra_b.device:
        found.add(Aspect.LINK)
    return found


def _inner_aspects(one: Row, other: Row) -> set[Aspect]:
    """Say whether two rows differ in what they are, hold or lead to."""
    (a, i), (b, j) = one, other
    kind = _kind(a, i)
    if kind != _kind(b, j):
        return {Aspect.KIND}
    if kind in _LINKS:
        return {Aspect.LINK} if a.target(i) != b.target(j) else set()
    if kind != _FILE:
        return set()
    same = a.sizes[i] == b.sizes[j] and _raw_digest(one) == _raw_digest(other)
    return set() if same else {Aspect.CONTENT}


def _raw_digest(place: Row) -> bytes:
    changeset, row = place
    return bytes(changeset.digests[row * DIGEST_SIZE : (row + 1) * DIGEST_SIZE])


def _kind(changeset: Changeset, row: int) -> int:
    # What AUFS left is listed as that, and is a file to whom a link leads there.
    code = changeset.kinds[row]
    return _FILE if code == _IGNORED else code


def lacks_digest(place: Row) -> bool:
    """Whether it is a file of which nobody took the digest."""
    return _kind(*place) == _FILE and _raw_digest(place) in (NO_DIGEST, b"")


def is_unread(one: Row, other: Row) -> bool:
    """Whether two files are of one size, and of one of them nobody took the digest."""
    if not _kind(*one) == _kind(*other) == _FILE or _size(one) != _size(other):
        return False
    return lacks_digest(one) or lacks_digest(other)


def _size(place: Row) -> int:
    return place.changeset.sizes[place.row]


def implied_aspects(known: Row | None) -> set[Aspect]:
    """Say in what something differs from a directory that only paths imply.

    Loaders make such a one for root, with a mode of 0755 (moby, pkg/archive, ImpliedDirectoryMode);
    of its time nobody says anything, so that is not compared.
    """
    found = set()
    if known is not None:
        changeset, row = known
        if changeset.modes[row] not in (_IMPLIED_MODE, UNKNOWN_MODE):
            found.add(Aspect.MODE)
        if not {changeset.uids[row], changeset.gids[row]} <= {0, UNKNOWN}:
            found.add(Aspect.OWNER)
        if changeset.extra_of(row).xattrs:
            found.add(Aspect.XATTRS)
    return found
