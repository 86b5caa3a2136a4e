"""ChangesetBuilder: rides on the reading of a layer, and fills a changeset's columns."""

from __future__ import annotations

import hashlib
from itertools import accumulate
from typing import TYPE_CHECKING

from layertar.filesystem.changeset import (
    CODES,
    NO_DIGEST,
    UNKNOWN,
    UNKNOWN_MODE,
    Changeset,
    Extra,
)
from layertar.filesystem.entry import FileKind
from layertar.tar import EntryKind
from layertar.tar.attributes import (
    attributes_of,
    pax_of,
    pax_of_body,
    plain_mtimes,
    plain_owners,
)
from layertar.tar.paths import clean, clean_all, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertar.limits import Limits
    from layertar.tar import Batch, Entry
    from layertar.tar.attributes import Pax

__all__ = ["ChangesetBuilder", "Room"]

_WHITEOUT = b".wh."
_OPAQUE = b".wh..wh..opq"
_AUFS = b".wh..wh."  # what AUFS' own begin with

_FILE, _IGNORED = CODES[FileKind.FILE], CODES[FileKind.IGNORED]
_OTHER = CODES[FileKind.OTHER]
# Type flags that are a kind's own; those of files are `FILE_FLAGS`.
_FLAGS = frozenset(b"123456")
_FILE_FLAGS = frozenset({b"0", b"\0", b"7", b"S"})
_DATALESS = frozenset(b"123456")

_MOST = (1 << 63) - 1
# Bytes that an extended attribute takes beside its name and value, or what else few rows have.
_OVERHEAD = 160
_MODE = 0o7777


class Room:
    """How much more may be listed of one image: entries, and bytes of what they are called.

    Shared by the layers, which several threads may be at: what they take beyond is one piece's.
    """

    def __init__(self, limits: Limits) -> None:
        """Begin with all of it."""
        self.entries = limits.listed_entries
        self.text = limits.listed_text

    def take(self, entries: int, text: int) -> bool:
        """Take some, if there was any left."""
        if self.entries < 0 or self.text < 0:
            return False
        self.entries -= entries
        self.text -= text
        return True


class ChangesetBuilder:
    """A `LayerRider` that keeps every entry, and of files, if wanted, the sha256.

    Attributes:
        changeset: what was met so far; whole when the reading is.
    """

    def __init__(self, limits: Limits, room: Room, *, digests: bool = False) -> None:
        """Begin before the first entry.

        Args:
            limits: the bounds.
            room: what is left of those that are all layers' together.
            digests: whether to take the sha256 of each file's data.
        """
        self._longest = limits.name_length
        self._room = room
        self._digests = digests
        self.changeset = Changeset()
        # The file whose data come piece by piece.
        self._hash = hashlib.sha256()
        self._missing = 0

    def take_batch(self, batch: Batch) -> None:
        """Take plain members; see `LayerRider`."""
        self._missing = 0
        kinds = bytearray(b"0") * len(batch.names)
        targets = [b""] * len(batch.names)
        for at, typeflag, target in batch.others:
            kinds[at], targets[at] = typeflag[0], target
        paths = clean_all(batch.names)
        longest = max((len(target) for _, _, target in batch.others), default=0)
        if paths is None or max(longest, len(max(paths, key=len))) > self._longest:
            self._take_odd(batch, kinds, targets)
        else:
            self._extend(batch, range(len(paths)), paths, kinds, targets)

    def _take_odd(self, batch: Batch, kinds: bytearray, targets: list[bytes]) -> None:
        """Take members of which some are whiteouts, or are to be cleaned one by one."""
        kept: list[int] = []
        paths: list[bytes] = []
        for at, name in enumerate(batch.names):
            found = self._classify(name, kinds[at])
            if found is not None and len(targets[at]) > self._longest:
                self.changeset.omitted += 1
            elif found is not None:
                path, kinds[at] = found
                kept.append(at)
                paths.append(path)
        if len(kept) < len(batch.names):
            targets = [targets[at] for at in kept]
            kinds = bytearray(kinds[at] for at in kept)
        self._extend(batch, kept, paths, kinds, targets)

    def _extend(
        self,
        batch: Batch,
        kept: Sequence[int],
        paths: list[bytes],
        kinds: bytearray,
        targets: list[bytes],
    ) -> None:
        """Add rows for those members of a batch that are kept."""
        if not paths or batch.details is None:
            return
        texts: list[bytes] = [b""] * (2 * len(paths))
        texts[::2], texts[1::2] = paths, targets
        text = b"".join(texts)
        columns = self.changeset
        if not self._room.take(len(paths), len(text)):
            columns.is_full = True
            return
        first = len(columns)
        ends = accumulate(map(len, texts), initial=len(columns.text))
        next(ends)
        columns.ends.extend(ends)
        columns.text += text
        columns.kinds += kinds
        details = batch.details
        if len(kept) < len(details):
            details = [details[at] for at in kept]
        blocks, sizes, begins, bodies = zip(*details, strict=True)
        modes, uids, gids = zip(*plain_owners(blocks), strict=True)
        columns.modes.extend([mode & _MODE for mode in modes])
        columns.uids.extend(uids)
        columns.gids.extend(gids)
        columns.mtimes.extend(plain_mtimes(blocks))
        columns.sizes.extend(sizes)
        columns.offsets.extend([batch.base + begin for begin in begins])
        if any(bodies):
            for row, body in enumerate(bodies, first):
                if body:
                    self._amend(row, pax_of_body(body))
        if self._digests:
            self._digest_batch(batch, kept, kinds)

    def _amend(self, row: int, pax: Pax) -> None:
        """Let PAX records go before the header."""
        columns = self.changeset
        if pax.mtime is not None:
            columns.mtimes[row] = _bounded(pax.mtime)
        if pax.uid is not None:
            columns.uids[row] = pax.uid
        if pax.gid is not None:
            columns.gids[row] = pax.gid
        if pax.xattrs or pax.is_sparse:
            self._add_extra(row, Extra(xattrs=pax.xattrs, is_sparse=pax.is_sparse))

    def _add_extra(self, row: int, extra: Extra) -> None:
        text = sum(len(name) + len(value) + _OVERHEAD for name, value in extra.xattrs)
        if self._room.take(0, _OVERHEAD + text):
            self.changeset.extras[row] = extra
        else:
            self.changeset.is_full = True

    def _digest_batch(self, batch: Batch, kept: Sequence[int], kinds: bytearray) -> None:
        details, view, sha256 = batch.details or [], batch.view, hashlib.sha256
        last, is_last_open = len(details) - 1, batch.is_open
        digests: list[bytes] = []
        for at, kind in zip(kept, kinds, strict=True):
            _, size, begin, _ = details[at]
            if not _is_hashed(kind, size):
                digests.append(NO_DIGEST)
            elif is_last_open and at == last:
                digests.append(NO_DIGEST)
                self._begin(size)
            else:
                digests.append(sha256(view[begin : begin + size]).digest())
        self.changeset.digests += b"".join(digests)

    def take(self, entry: Entry) -> None:
        """Take one member; see `LayerRider`."""
        self._missing = 0
        code = _OTHER
        if entry.typeflag in _FILE_FLAGS:
            is_directory = entry.kind is EntryKind.DIRECTORY  # as v7 has them
            code = CODES[FileKind.DIRECTORY] if is_directory else _FILE
        elif entry.typeflag[0] in _FLAGS:
            code = entry.typeflag[0]
        found = self._classify(entry.name.encode("utf-8", "surrogateescape"), code)
        target = (entry.link_target or "").encode("utf-8", "surrogateescape")
        if found is None or len(target) > self._longest:
            self.changeset.omitted += found is not None
            return
        path, code = found
        columns = self.changeset
        if not self._room.take(1, len(path) + len(target)):
            columns.is_full = True
            return
        self._append(entry, path, target, code)

    def _append(self, entry: Entry, path: bytes, target: bytes, code: int) -> None:
        columns, row = self.changeset, len(self.changeset)
        start = len(columns.text)
        columns.text += path + target
        columns.ends.extend((start + len(path), start + len(path) + len(target)))
        columns.kinds.append(code)
        found = attributes_of(entry)
        columns.modes.append(UNKNOWN_MODE if found.mode is None else found.mode & _MODE)
        columns.uids.append(UNKNOWN if found.uid is None else _bounded(found.uid))
        columns.gids.append(UNKNOWN if found.gid is None else _bounded(found.gid))
        columns.mtimes.append(UNKNOWN if found.mtime is None else _bounded(found.mtime))
        size = 0 if code in _DATALESS else entry.size
        columns.sizes.append(size)
        columns.offsets.append(entry.data_offset)
        pax = pax_of(entry.pax)
        is_sparse = pax.is_sparse or entry.typeflag == b"S"
        is_device = entry.typeflag in (b"3", b"4")
        device = (entry.devmajor or 0, entry.devminor or 0) if is_device else None
        if pax.xattrs or is_sparse or device:
            self._add_extra(row, Extra(pax.xattrs, device, is_sparse))
        if self._digests:
            columns.digests += NO_DIGEST
            if _is_hashed(code, size):
                self._begin(size)

    def _begin(self, size: int) -> None:
        """Expect the data of the row that comes last."""
        self._hash = hashlib.sha256()
        self._missing = size
        if not size:
            self._settle()

    def data(self, piece: memoryview) -> None:
        """Take bytes of the last file; see `LayerRider`."""
        if self._missing:
            piece = piece[: self._missing]
            self._hash.update(piece)
            self._missing -= len(piece)
            if not self._missing:
                self._settle()

    def _settle(self) -> None:
        """Keep the digest of the last row, now that its data are whole."""
        digests = self.changeset.digests
        digests[-len(NO_DIGEST) :] = self._hash.digest()

    def _classify(self, name: bytes, code: int) -> tuple[bytes, int] | None:
        """Return the path and the kind of a member; `None` where it is left out."""
        path, leaves = clean(name, self._longest)
        if leaves:
            # Loaders refuse it or stop at the root; here it does the latter.
            path = within(name)
        if len(path) > self._longest:
            self.changeset.omitted += 1
            return None
        return (path, code) if _WHITEOUT not in path else _whiteout(path, code)


def _whiteout(path: bytes, code: int) -> tuple[bytes, int]:
    """Return what a path hides, and how; as it is where it is no whiteout."""
    directory, slash, last = path.rpartition(b"/")
    if path.startswith(_AUFS) and path != _OPAQUE:
        return path, _IGNORED
    if last == _OPAQUE:
        return directory, CODES[FileKind.OPAQUE]
    if not last.startswith(_WHITEOUT):
        return path, code
    hidden = last.removeprefix(_WHITEOUT)
    if hidden in (b"", b".", b".."):
        return path, _IGNORED
    return directory + slash + hidden, CODES[FileKind.WHITEOUT]


def _is_hashed(kind: int, size: int) -> bool:
    """Whether data are a file's; hard links may lead to those of what AUFS left."""
    return kind == _FILE or (kind == _IGNORED and size > 0)


def _bounded(number: int) -> int:
    return max(UNKNOWN + 1, min(number, _MOST))
