"""Attributes: what headers and PAX records say of a member beside its name and data.

Spec: POSIX.1-2017, pax, ustar Interchange Format and pax Extended Header; extended attributes as
GNU tar, libarchive and Go's archive/tar write them.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from layertar.tar.pax import one_time, parse_pax, pax_integer, pax_nanoseconds
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from layertar.tar.entry import Entry

__all__ = [
    "Attributes",
    "Pax",
    "attributes_of",
    "pax_of",
    "pax_of_body",
    "plain_mtimes",
    "plain_owners",
]

_BILLION = 10**9
# Bodies whose meaning is remembered: what is written at one time is often the same.
_MEMO = 64
_SCHILY = "SCHILY.xattr."
_LIBARCHIVE = "LIBARCHIVE.xattr."
_SPARSE = "GNU.sparse."


class Attributes(NamedTuple):
    """The numbers of a member; `None` where they are not to be read.

    Attributes:
        mode: permission bits, set-user-ID, set-group-ID and sticky included.
        uid: the owner.
        gid: the group.
        mtime: nanoseconds since the epoch.
    """

    mode: int | None
    uid: int | None
    gid: int | None
    mtime: int | None


class Pax(NamedTuple):
    """What PAX records say beside the name; `None` where they do not.

    Attributes:
        uid: the owner.
        gid: the group.
        mtime: nanoseconds since the epoch.
        xattrs: extended attributes by their whole names, such as `security.capability`.
        is_sparse: whether the data are a sparse file's pieces.
    """

    uid: int | None
    gid: int | None
    mtime: int | None
    xattrs: tuple[tuple[bytes, bytes], ...]
    is_sparse: bool


def plain_owners(blocks: Sequence[bytes]) -> Iterator[tuple[int, int, int]]:
    """Iterate over mode, owner and group of headers that `PLAIN_HEADER` matches."""
    return map(_owner, [block[100:124] for block in blocks])


@lru_cache(maxsize=_MEMO)
def _owner(fields: bytes) -> tuple[int, int, int]:
    return int(fields[:7], 8), int(fields[8:15], 8), int(fields[16:23], 8)


def plain_mtimes(blocks: Sequence[bytes]) -> list[int]:
    """Return the mtimes, in nanoseconds, of headers that `PLAIN_HEADER` matches."""
    return [int(block[136:147], 8) * _BILLION for block in blocks]


def attributes_of(entry: Entry) -> Attributes:
    """Return the attributes of an entry; a PAX time in full, and not as `Entry` rounds it."""
    recorded = entry.pax.get("mtime")
    mtime = pax_nanoseconds(recorded) if recorded else None
    if mtime is None and entry.mtime is not None:
        mtime = int(entry.mtime) * _BILLION
    return Attributes(entry.mode, entry.uid, entry.gid, mtime)


@lru_cache(maxsize=_MEMO)
def pax_of_body(body: bytes) -> Pax:
    """Return what the body of an extended header says."""
    time = one_time(body)
    if time is not None:
        return Pax(None, None, pax_nanoseconds(time), (), is_sparse=False)
    return pax_of(parse_pax(body).records)


def pax_of(records: Mapping[str, bytes]) -> Pax:
    """Return what PAX records say."""
    mtime = records.get("mtime")
    return Pax(
        uid=pax_integer(records.get("uid", b"")),
        gid=pax_integer(records.get("gid", b"")),
        mtime=pax_nanoseconds(mtime) if mtime else None,
        xattrs=tuple(sorted(_xattrs(records).items())),
        is_sparse=any(key.startswith(_SPARSE) for key in records),
    )


def _xattrs(records: Mapping[str, bytes]) -> dict[bytes, bytes]:
    """Collect extended attributes; what GNU tar and Go write goes before what libarchive does."""
    found: dict[bytes, bytes] = {}
    for key, value in records.items():
        if key.startswith(_LIBARCHIVE):
            try:
                # libarchive leaves the padding out.
                decoded = b64decode(value + b"=" * (-len(value) % 4), validate=True)
            except Base64Error:
                continue
            name = key.removeprefix(_LIBARCHIVE).encode("utf-8", "surrogateescape")
            found[unquote_to_bytes(name)] = decoded
    for key, value in records.items():
        if key.startswith(_SCHILY):
            name = key.removeprefix(_SCHILY).encode("utf-8", "surrogateescape")
            found[name] = value
    return found
