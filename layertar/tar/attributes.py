"""Attributes: what headers and PAX records say of a member beside its name and data.

Spec: POSIX.1-2017, pax, ustar Interchange Format and pax Extended Header; extended attributes as
GNU tar, libarchive and Go's archive/tar write them.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from layertar.tar.pax import one_time, parse_pax, pax_integer, pax_nanoseconds
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.tar.entry import Entry

__all__ = ["Attributes", "Pax", "attributes_of", "pax_of", "plain_attributes"]

_BILLION = 10**9
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


def plain_attributes(block: bytes) -> tuple[int, int, int, int]:
    """Return mode, owner, group and mtime (in seconds) of a header that `PLAIN_HEADER` matches."""
    return (
        int(block[100:107], 8),
        int(block[108:115], 8),
        int(block[116:123], 8),
        int(block[136:147], 8),
    )


def attributes_of(entry: Entry) -> Attributes:
    """Return the attributes of an entry; a PAX time in full, and not as `Entry` rounds it."""
    recorded = entry.pax.get("mtime")
    mtime = pax_nanoseconds(recorded) if recorded else None
    if mtime is None and entry.mtime is not None:
        mtime = int(entry.mtime) * _BILLION
    return Attributes(entry.mode, entry.uid, entry.gid, mtime)


def pax_of(records: bytes | Mapping[str, bytes]) -> Pax:
    """Return what the records, or the body of an extended header, say."""
    if isinstance(records, bytes):
        time = one_time(records)
        if time is not None:
            return Pax(None, None, pax_nanoseconds(time), (), is_sparse=False)
        records = parse_pax(records).records
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
            found[unquote_to_bytes(key.removeprefix(_LIBARCHIVE))] = decoded
    for key, value in records.items():
        if key.startswith(_SCHILY):
            name = key.removeprefix(_SCHILY).encode("utf-8", "surrogateescape")
            found[name] = value
    return found
