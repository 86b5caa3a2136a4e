"""What `tarfile` reads of a layer, in the columns of a changeset."""

from __future__ import annotations

import hashlib
import io
import tarfile
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tests.filesystem.naive import cleaned, marked
from tests.tar.blocks import padded
from tests.tarmaker import END

if TYPE_CHECKING:
    from layertar.filesystem import Changeset

__all__ = ["Row", "rows_by_tarfile", "rows_of"]

_KINDS = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"S": "file",
    b"1": "hardlink",
    b"2": "symlink",
    b"3": "character-device",
    b"4": "block-device",
    b"5": "directory",
    b"6": "fifo",
}
_MOST = 2**63 - 1


class Row(NamedTuple):
    """One entry, in values that have nothing of either reader."""

    path: bytes
    kind: str
    mode: int | None
    uid: int | None
    gid: int | None
    mtime: int | None
    size: int
    offset: int
    target: bytes
    device: tuple[int, int] | None
    xattrs: tuple[tuple[bytes, bytes], ...]
    digest: str | None


def rows_of(changeset: Changeset) -> list[Row]:
    """All rows of a changeset."""
    return [
        Row(
            entry.raw_path,
            entry.kind.value,
            entry.mode,
            entry.uid,
            entry.gid,
            entry.mtime_ns,
            entry.size,
            changeset.offsets[row],
            changeset.target(row),
            entry.device,
            entry.xattrs,
            entry.digest.encoded if entry.digest is not None else None,
        )
        for row, entry in enumerate(changeset.entries())
    ]


def rows_by_tarfile(tar: bytes) -> list[Row]:
    """All members of a tar, whose last padding may be missing."""
    whole = padded(tar) + END
    with tarfile.open(fileobj=io.BytesIO(whole), errors="surrogateescape") as archive:
        return [_row(archive, member) for member in archive]


def _row(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Row:
    path = cleaned(_raw(member.name))
    marker = marked(path)
    kind = _KINDS.get(member.type, "other")
    if marker is not None:
        kind = {"whiteout": "opaque" if path[-1] == b".wh..wh..opq" else "whiteout"}.get(
            marker, marker
        )
    if kind == "opaque":
        path = path[:-1]
    elif kind == "whiteout":
        path = (*path[:-1], path[-1].removeprefix(b".wh."))
    is_hashed = kind == "file" or (kind == "ignored" and member.size > 0 and member.isreg())
    data = archive.extractfile(member) if is_hashed else None
    is_link = member.type in (b"1", b"2")
    is_file = kind in ("file", "other") or (marker is not None and member.isreg())
    time = member.pax_headers.get("mtime")
    mtime = int(Decimal(time) * 10**9) if time else int(member.mtime) * 10**9
    return Row(
        b"/".join(path),
        kind,
        member.mode & 0o7777,
        member.uid,
        member.gid,
        max(-_MOST, min(mtime, _MOST)),
        member.size if is_file else 0,
        member.offset_data,
        _raw(member.linkname) if is_link else b"",
        (member.devmajor, member.devminor) if member.type in (b"3", b"4") else None,
        tuple(
            sorted(
                (_raw(key.removeprefix("SCHILY.xattr.")), _raw(value))
                for key, value in member.pax_headers.items()
                if key.startswith("SCHILY.xattr.")
            )
        ),
        hashlib.sha256(data.read()).hexdigest() if data is not None else None,
    )


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
