"""ChangesetStore: listings of layers, kept from one run to the next by the digest of the layer.

One SQLite database in a directory that the user names. It is never the word of an archive that
leads to a listing: the digest is measured, or was measured when the very same bytes were read
before, as their file's device, inode, size and times of change tell. A listing has a checksum of
its own and is read with care, so a damaged database costs time, and answers nothing wrong;
whoever can write to the directory can of course write what they like.
"""

from __future__ import annotations

import hashlib
import sqlite3
import struct
import sys
import time
from array import array
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from layertar.errors import ArgumentError, system_reason
from layertar.filesystem.changeset import DIGEST_SIZE, Changeset, Extra

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from layertar.digest import Digest
    from layertar.limits import Limits

__all__ = ["ChangesetStore", "opened_store"]

_NAME = "layertar.sqlite3"
# What is kept is thrown away by any other version of it, and on machines of other byte order.
_VERSION = f"1 {sys.byteorder}"
_TABLES = """
CREATE TABLE IF NOT EXISTS listings (
    digest TEXT, is_deep INTEGER, data BLOB, sum BLOB, used INTEGER, PRIMARY KEY (digest, is_deep)
);
CREATE TABLE IF NOT EXISTS seen (identity TEXT PRIMARY KEY, digest TEXT, used INTEGER);
CREATE TABLE IF NOT EXISTS about (version TEXT);
"""
_SECOND = 10**9
# A file that changes twice within a tick of the clock shows only one time: what was changed that
# short ago is not known by its times.
_SETTLED = 2 * _SECOND
_MOST_SEEN = 100_000
_HEAD = struct.Struct("<QQQQ")  # rows, and bytes of text, digests and extras
_EXTRA = struct.Struct("<QBqqQ")  # row, sparse or device, the device's numbers, texts that follow
_LENGTH = struct.Struct("<Q")
# Columns with the code of their numbers, and how many of these a row has.
_COLUMNS = (
    ("ends", "Q", 2),
    ("modes", "H", 1),
    ("uids", "q", 1),
    ("gids", "q", 1),
    ("mtimes", "q", 1),
    ("sizes", "q", 1),
    ("offsets", "q", 1),
)


class ChangesetStore:
    """Listings by the sha256 of the stored layer."""

    def __init__(self, directory: Path, limits: Limits) -> None:
        """Open the store in `directory`, which is made where it is not there.

        Raises:
            ArgumentError: it cannot be used.
        """
        self._limits = limits
        self._used: list[str] = []
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._database = sqlite3.connect(directory / _NAME, timeout=30)
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            reason = system_reason(error) if isinstance(error, OSError) else str(error)
            raise ArgumentError(f"the cache {directory} cannot be used: {reason}") from error

    def _prepare(self) -> None:
        with self._database as database:
            # What a crash may damage is found by its checksum.
            database.execute("PRAGMA synchronous = OFF")
            database.executescript(_TABLES)
            if database.execute("SELECT version FROM about").fetchall() != [(_VERSION,)]:
                database.execute("DELETE FROM listings")
                database.execute("DELETE FROM seen")
                database.execute("DELETE FROM about")
                database.execute("INSERT INTO about VALUES (?)", (_VERSION,))

    def close(self) -> None:
        """Write down what was used, and let go of the database."""
        now = time.time_ns()
        with suppress(sqlite3.Error), self._database as database:
            query = "UPDATE listings SET used = ? WHERE digest = ?"
            database.executemany(query, [(now, digest) for digest in self._used])
        self._database.close()

    def digest_of(self, identity: tuple[int, ...] | None) -> str | None:
        """Return the digest that was measured of the bytes that `identity` tells."""
        if identity is None:
            return None
        row = self._one("SELECT digest FROM seen WHERE identity = ?", _spelt(identity))
        return row[0] if row is not None and isinstance(row[0], str) else None

    def has(self, digest: Digest | None, *, digests: bool) -> bool:
        """Say whether there is a listing for a digest, with those of files if wanted."""
        query = "SELECT 1 FROM listings WHERE digest = ? AND is_deep >= ?"
        return digest is not None and self._one(query, str(digest), int(digests)) is not None

    def get(self, digest: str, *, digests: bool) -> Changeset | None:
        """Return the listing for a measured digest, if there is one and it is whole."""
        query = "SELECT data, sum FROM listings WHERE digest = ? AND is_deep >= ? ORDER BY is_deep"
        row = self._one(query, digest, int(digests))
        if row is None:
            return None
        data, recorded = row
        if not isinstance(data, bytes) or _sum(digest, data) != recorded:
            self._run("DELETE FROM listings WHERE digest = ?", digest)
            return None
        self._used.append(digest)
        return _decoded(data)

    def put(self, digest: str, changeset: Changeset, *, digests: bool) -> None:
        """Keep the whole listing of a layer of that measured digest; throw out the longest unused.

        What cannot be written is not kept. `digests` says that it has those of files.
        """
        data = _encoded(changeset)
        self._run(
            "INSERT OR REPLACE INTO listings VALUES (?, ?, ?, ?, ?)",
            *(digest, int(digests), data, _sum(digest, data), time.time_ns()),
        )
        self._run(
            "DELETE FROM listings WHERE rowid IN (SELECT rowid FROM (SELECT rowid, "
            "SUM(LENGTH(data)) OVER (ORDER BY used DESC) AS total FROM listings) WHERE total > ?)",
            self._limits.cache_size,
        )

    def remember(self, identity: tuple[int, ...] | None, digest: str) -> None:
        """Remember which digest was measured of the bytes that `identity` tells."""
        now = time.time_ns()
        if identity is None or max(identity[3:5]) > now - _SETTLED:
            return
        self._run("INSERT OR REPLACE INTO seen VALUES (?, ?, ?)", _spelt(identity), digest, now)
        self._run(
            "DELETE FROM seen WHERE rowid IN "
            "(SELECT rowid FROM seen ORDER BY used DESC LIMIT -1 OFFSET ?)",
            _MOST_SEEN,
        )

    def _one(self, query: str, *values: str | int | bytes) -> tuple[object, ...] | None:
        with suppress(sqlite3.Error), closing(self._database.execute(query, values)) as cursor:
            row: tuple[object, ...] | None = cursor.fetchone()
            return row
        return None

    def _run(self, query: str, *values: str | int | bytes) -> None:
        # A full disk or somebody else's long transaction is no reason to answer nothing.
        with suppress(sqlite3.Error), self._database:
            self._database.execute(query, values)


@contextmanager
def opened_store(
    directory: str | os.PathLike[str] | None, limits: Limits
) -> Iterator[ChangesetStore | None]:
    """Open the store in `directory`, and let go of it; `None` where none is named.

    Raises:
        ArgumentError: it cannot be used.
    """
    if directory is None:
        yield None
        return
    with closing(ChangesetStore(Path(directory), limits)) as store:
        yield store


def _spelt(identity: tuple[int, ...]) -> str:
    return " ".join(map(str, identity))


def _sum(digest: str, data: bytes) -> bytes:
    return hashlib.sha256(digest.encode() + b"\0" + data).digest()


def _encoded(changeset: Changeset) -> bytes:
    extras = b"".join(_encoded_extra(row, extra) for row, extra in changeset.extras.items())
    head = _HEAD.pack(len(changeset), len(changeset.text), len(changeset.digests), len(extras))
    columns = [getattr(changeset, name).tobytes() for name, _, _ in _COLUMNS]
    parts = (head, changeset.text, changeset.kinds, *columns, changeset.digests, extras)
    return b"".join(parts)


def _encoded_extra(row: int, extra: Extra) -> bytes:
    texts = [text for pair in extra.xattrs for text in pair]
    flags = extra.is_sparse | (extra.device is not None) << 1
    head = _EXTRA.pack(row, flags, *(extra.device or (0, 0)), len(texts))
    return head + b"".join(_LENGTH.pack(len(text)) + text for text in texts)


def _decoded(data: bytes) -> Changeset | None:
    """Read what `_encoded` wrote; `None` where the lengths do not fit one another."""
    changeset, at = Changeset(), _HEAD.size
    rows, text, digests, extras = _HEAD.unpack_from(data)
    sizes = [text, rows]
    sizes += [rows * each * array(code).itemsize for _, code, each in _COLUMNS]
    sizes += [digests, extras]
    if at + sum(sizes) != len(data) or digests not in (0, rows * DIGEST_SIZE):
        return None
    parts: list[bytes] = []
    for size in sizes:
        parts.append(data[at : at + size])
        at += size
    changeset.text, changeset.kinds = parts[0], bytearray(parts[1])
    for (name, _, _), part in zip(_COLUMNS, parts[2:-2], strict=True):
        getattr(changeset, name).frombytes(part)
    changeset.digests = bytearray(parts[-2])
    changeset.extras = _decoded_extras(parts[-1])
    return changeset


def _decoded_extras(data: bytes) -> dict[int, Extra]:
    extras: dict[int, Extra] = {}
    at = 0
    while at < len(data):
        row, flags, major, minor, count = _EXTRA.unpack_from(data, at)
        at += _EXTRA.size
        texts: list[bytes] = []
        for _ in range(count):
            (length,) = _LENGTH.unpack_from(data, at)
            at += _LENGTH.size + length
            texts.append(data[at - length : at])
        pairs = tuple(zip(texts[::2], texts[1::2], strict=True))
        extras[row] = Extra(pairs, (major, minor) if flags & 2 else None, bool(flags & 1))
    return extras
