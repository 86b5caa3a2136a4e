"""Query: which entries are looked for, asked of columns, lest an object be made of each.

Conditions of different kinds must all hold; of several of one kind, any: but sizes are bounds, and
must all hold, too. What nothing records fits nothing: a directory that only paths imply has no
mode and no owner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.filesystem.changeset import CODES, UNKNOWN, UNKNOWN_MODE
from layertar.filesystem.entry import FileKind
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from layertar.filesystem.changeset import Changeset
    from layertar.filesystem.glob import Glob

__all__ = ["ModeTest", "OwnerTest", "Query", "SizeTest", "Test"]

#: Says whether a row of a changeset fits.
Test: TypeAlias = "Callable[[Changeset, int], bool]"

_FILE, _IGNORED = CODES[FileKind.FILE], CODES[FileKind.IGNORED]
_SETUID = 0o6000


class SizeTest(NamedTuple):
    """A bound on the bytes of a file.

    Attributes:
        sign: `+` for more than that, `-` for fewer, and nothing for exactly as many.
        size: in bytes.
    """

    sign: str
    size: int

    def holds(self, size: int) -> bool:
        """Say whether a file of this size fits."""
        if self.sign == "+":
            return size > self.size
        return size < self.size if self.sign == "-" else size == self.size


class ModeTest(NamedTuple):
    """Permission bits, as find(1) has them.

    Attributes:
        sign: `-` for all of them, `/` for any of them, and nothing for exactly these.
        bits: with set-user-ID, set-group-ID and sticky.
    """

    sign: str
    bits: int

    def holds(self, mode: int) -> bool:
        """Say whether a mode fits."""
        if self.sign == "-":
            return mode & self.bits == self.bits
        # As in find(1), any of no bits is any mode.
        return mode == self.bits if not self.sign else not self.bits or mode & self.bits != 0


class OwnerTest(NamedTuple):
    """An owner, a group or both, by number; `None` for any."""

    uid: int | None
    gid: int | None

    def holds(self, uid: int, gid: int) -> bool:
        """Say whether these fit."""
        return self.uid in (None, uid) and self.gid in (None, gid)


class Query(NamedTuple):
    """What must hold of an entry; without any condition every entry does.

    Attributes:
        names: patterns of the last part of the path.
        paths: patterns of the whole path.
        kinds: what it is.
        sizes: bounds on its size, if it is a file.
        modes: its permission bits.
        owners: who owns it.
        newer: nanoseconds since the epoch that it was changed after.
        digests: hexadecimal digits that the sha256 of its data begins with.
        setuid: that it is a file with set-user-ID or set-group-ID.
        xattrs: patterns of the name of an extended attribute.
    """

    names: tuple[Glob, ...] = ()
    paths: tuple[Glob, ...] = ()
    kinds: frozenset[FileKind] = frozenset()
    sizes: tuple[SizeTest, ...] = ()
    modes: tuple[ModeTest, ...] = ()
    owners: tuple[OwnerTest, ...] = ()
    newer: int | None = None
    digests: tuple[str, ...] = ()
    setuid: bool = False
    xattrs: tuple[Glob, ...] = ()

    def names_fit(self, path: bytes) -> bool:
        """Say whether name and path of an entry fit, the path being without a leading slash."""
        return (
            not self.names or any(each.matches(path.rpartition(b"/")[2]) for each in self.names)
        ) and (not self.paths or any(each.matches(b"/" + path) for each in self.paths))

    def implied_fits(self) -> bool:
        """Say whether what is not about the name fits a directory that only paths imply."""
        unasked = self._replace(names=(), paths=(), kinds=frozenset()) == _ANYTHING
        return unasked and (not self.kinds or FileKind.DIRECTORY in self.kinds)

    def row_tests(self) -> tuple[Test, ...]:
        """Return what is not about the name, the cheapest first."""
        return tuple(_tests(self))


_ANYTHING = Query()


def _tests(query: Query) -> Iterator[Test]:
    if query.kinds:
        codes = frozenset(CODES[kind] for kind in query.kinds)
        yield lambda columns, row: _code(columns, row) in codes
    if query.modes:
        yield (
            lambda columns, row: (
                any(each.holds(columns.modes[row]) for each in query.modes)
                and columns.modes[row] != UNKNOWN_MODE
            )
        )
    if query.setuid:
        yield (
            lambda columns, row: (
                columns.modes[row] & _SETUID != 0
                and columns.modes[row] != UNKNOWN_MODE
                and _code(columns, row) == _FILE
            )
        )
    if query.sizes:
        yield (
            lambda columns, row: (
                all(each.holds(columns.sizes[row]) for each in query.sizes)
                and _code(columns, row) == _FILE
            )
        )
    if query.owners:
        yield lambda columns, row: any(
            UNKNOWN not in (columns.uids[row], columns.gids[row])
            and each.holds(columns.uids[row], columns.gids[row])
            for each in query.owners
        )
    if query.newer is not None:
        newer = query.newer
        yield lambda columns, row: columns.mtimes[row] > max(newer, UNKNOWN)
    if query.xattrs:
        yield lambda columns, row: any(
            each.matches(name) for name, _ in columns.extra_of(row).xattrs for each in query.xattrs
        )
    if query.digests:
        yield lambda columns, row: _digest_fits(columns, row, query.digests)


def _code(columns: Changeset, row: int) -> int:
    """Return what a row is: what AUFS left is a file to those hard links that lead there."""
    code = columns.kinds[row]
    return _FILE if code == _IGNORED else code


def _digest_fits(columns: Changeset, row: int, starts: tuple[str, ...]) -> bool:
    digest = columns.digest(row)
    return digest is not None and digest.encoded.startswith(starts)
