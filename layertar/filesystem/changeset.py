"""Changeset: one layer's entries in the order of its tar, in columns.

An object for each entry would take a kilobyte; here one takes some 60 bytes beside its name, so
that the layers of an image of half a million files can all be held at once. A row is a number;
what is asked of it is read out of the columns, or all at once as a `FileEntry`.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from layertar.digest import Digest
from layertar.filesystem.entry import FileEntry, FileKind
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CODES", "DIGEST_SIZE", "NO_DIGEST", "UNKNOWN", "UNKNOWN_MODE", "Changeset", "Extra"]

#: What a column of numbers has where the number is not to be read.
UNKNOWN = -(1 << 63)
UNKNOWN_MODE = 0xFFFF
#: Bytes of a sha256, and what stands where none was taken.
DIGEST_SIZE = 32
NO_DIGEST = bytes(DIGEST_SIZE)

#: Each kind as one byte of the column `kinds`: tar's type flags, where it has one.
CODES: dict[FileKind, int] = {
    FileKind.FILE: ord("0"),
    FileKind.HARDLINK: ord("1"),
    FileKind.SYMLINK: ord("2"),
    FileKind.CHARACTER: ord("3"),
    FileKind.BLOCK: ord("4"),
    FileKind.DIRECTORY: ord("5"),
    FileKind.FIFO: ord("6"),
    FileKind.OTHER: ord("?"),
    FileKind.WHITEOUT: ord("w"),
    FileKind.OPAQUE: ord("o"),
    FileKind.IGNORED: ord("i"),
}
_KINDS = {code: kind for kind, code in CODES.items()}
_LINKS = frozenset({CODES[FileKind.HARDLINK], CODES[FileKind.SYMLINK]})
_HASHED = frozenset({CODES[FileKind.FILE], CODES[FileKind.IGNORED]})


class Extra(NamedTuple):
    """What few entries have.

    Attributes:
        xattrs: extended attributes by name, sorted.
        device: major and minor number of a device.
        is_sparse: whether the data are the pieces of a sparse file.
    """

    xattrs: tuple[tuple[bytes, bytes], ...] = ()
    device: tuple[int, int] | None = None
    is_sparse: bool = False


_NO_EXTRA = Extra()


class Changeset:
    """One layer's entries.

    Attributes:
        text: every entry's path and link target, one after another.
        ends: where each of these ends in `text`: two numbers a row.
        kinds: one byte a row, of `CODES`.
        modes: permission bits; `UNKNOWN_MODE` where not to be read.
        uids: owners; like the next two `UNKNOWN` where not to be read.
        gids: groups.
        mtimes: nanoseconds since the epoch, those beyond 64 bits at the bound.
        sizes: bytes of data.
        offsets: where the data begin, in bytes of the layer's tar.
        digests: the sha256 of each file's data; empty where nobody asked.
        extras: what few rows have.
        omitted: entries left out: no system can create a name of that length.
        is_full: whether a bound ended the listing: later entries are missing.
    """

    __slots__ = (
        "digests",
        "ends",
        "extras",
        "gids",
        "is_full",
        "kinds",
        "modes",
        "mtimes",
        "offsets",
        "omitted",
        "sizes",
        "text",
        "uids",
    )

    def __init__(self) -> None:
        """Begin without a row."""
        self.text: bytes | bytearray = bytearray()
        self.ends = array("Q")
        self.kinds = bytearray()
        self.modes = array("H")
        self.uids = array("q")
        self.gids = array("q")
        self.mtimes = array("q")
        self.sizes = array("q")
        self.offsets = array("q")
        self.digests = bytearray()
        self.extras: dict[int, Extra] = {}
        self.omitted = 0
        self.is_full = False

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.kinds)

    def path(self, row: int) -> bytes:
        """Return the path of a row, cleaned; of a whiteout that of what it hides."""
        start = self.ends[2 * row - 1] if row else 0
        return bytes(self.text[start : self.ends[2 * row]])

    def target(self, row: int) -> bytes:
        """Return the link target of a row, as recorded; empty of all but links."""
        return bytes(self.text[self.ends[2 * row] : self.ends[2 * row + 1]])

    def paths(self) -> Iterator[bytes]:
        """Iterate over the paths of all rows."""
        text, ends, start = self.text, self.ends, 0
        for at in range(0, len(ends), 2):
            yield bytes(text[start : ends[at]])
            start = ends[at + 1]

    def kind(self, row: int) -> FileKind:
        """Return what a row is."""
        return _KINDS[self.kinds[row]]

    def extra_of(self, row: int) -> Extra:
        """Return what few rows have."""
        return self.extras.get(row, _NO_EXTRA)

    def digest(self, row: int) -> Digest | None:
        """Return the sha256 of a file's data, if it was taken."""
        if not self.digests or self.kinds[row] not in _HASHED:
            return None
        raw = bytes(self.digests[row * DIGEST_SIZE : (row + 1) * DIGEST_SIZE])
        return None if raw == NO_DIGEST else Digest("sha256", raw.hex())

    def entry(self, row: int, *, layer: int | None = None, path: bytes | None = None) -> FileEntry:
        """Return a row as an object, under another path where one is given."""
        mode, extra = self.modes[row], self.extra_of(row)
        link = self.kinds[row] in _LINKS
        return FileEntry(
            path=(self.path(row) if path is None else path).decode("utf-8", "surrogateescape"),
            kind=self.kind(row),
            size=self.sizes[row],
            mode=None if mode == UNKNOWN_MODE else mode,
            uid=_known(self.uids[row]),
            gid=_known(self.gids[row]),
            mtime_ns=_known(self.mtimes[row]),
            link_target=self.target(row).decode("utf-8", "surrogateescape") if link else None,
            digest=self.digest(row),
            device=extra.device,
            xattrs=extra.xattrs,
            layer=layer,
            is_sparse=extra.is_sparse,
        )

    def entries(self, *, layer: int | None = None) -> Iterator[FileEntry]:
        """Iterate over all rows as objects, in the order of the tar."""
        return (self.entry(row, layer=layer) for row in range(len(self)))


def _known(number: int) -> int | None:
    return None if number == UNKNOWN else number
