"""Tar and compressed bytes from Python values, the same bytes on every machine.

The writer is our own, not `tarfile`: its bytes must not change with the Python version, and a
test may want headers that no honest writer makes. `tests/test_builders.py` reads them back
with `tarfile`.
"""

from __future__ import annotations

import bz2
import lzma
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "BLOCK",
    "CODECS",
    "END",
    "Codec",
    "Content",
    "Directory",
    "Hardlink",
    "Symlink",
    "compress",
    "gzip_member",
    "tar_entry",
    "tar_header",
    "tar_layer",
    "write_tar",
]

#: Bytes of a tar block.
BLOCK: Final = 512
#: The end of an archive: two zero blocks, as Go's writer leaves it, without further padding.
END: Final = bytes(2 * BLOCK)

Codec = Literal["none", "gzip", "zstd", "xz", "bzip2"]
CODECS: Final[tuple[Codec, ...]] = get_args(Codec)

_NAME_FIELD = 100


@dataclass(frozen=True, slots=True)
class Symlink:
    """A symbolic link; `target` as it stands in the tar."""

    target: str


@dataclass(frozen=True, slots=True)
class Hardlink:
    """A hard link; `target` is the name of an earlier member."""

    target: str


@dataclass(frozen=True, slots=True)
class Directory:
    """A directory; it has nothing but its name."""


Content = bytes | Symlink | Hardlink | Directory


def tar_header(
    name: bytes, *, size: int = 0, typeflag: bytes = b"0", link: bytes = b"", mode: int = 0o644
) -> bytes:
    """One ustar header block, checksum right, owner 0, time 0."""
    fields = struct.pack(
        "100s8s8s8s12s12s8s1s100s6s2s32s32s8s8s155s12x",
        name,
        b"%07o\0" % mode,
        b"0000000\0",
        b"0000000\0",
        b"%011o\0" % size,
        b"00000000000\0",
        b" " * 8,
        typeflag,
        link,
        b"ustar\0",
        b"00",
        b"",
        b"",
        b"0000000\0",
        b"0000000\0",
        b"",
    )
    return fields[:148] + b"%06o\0 " % sum(fields) + fields[156:]


def tar_entry(name: str, content: Content, *, mode: int | None = None) -> bytes:
    """One member: its header, preceded by a PAX header where a name is too long, and its data."""
    raw = name.encode("utf-8", "surrogateescape")
    link, data, typeflag, usual_mode = b"", b"", b"0", 0o644
    match content:
        case bytes():
            data = content
        case Symlink(target):
            link, typeflag, usual_mode = target.encode("utf-8", "surrogateescape"), b"2", 0o777
        case Hardlink(target):
            link, typeflag = target.encode("utf-8", "surrogateescape"), b"1"
        case Directory():
            raw, typeflag, usual_mode = raw.rstrip(b"/") + b"/", b"5", 0o755
    header = tar_header(
        raw[:_NAME_FIELD],
        size=len(data),
        typeflag=typeflag,
        link=link[:_NAME_FIELD],
        mode=usual_mode if mode is None else mode,
    )
    return _pax(raw, link) + header + _padded(data)


def write_tar(members: Iterable[tuple[str, Content]], *, prefix: str = "") -> bytes:
    """A whole tar of `members` in the order given, each name behind `prefix`."""
    return b"".join(tar_entry(prefix + name, content) for name, content in members) + END


def tar_layer(
    files: Mapping[str, Content], *, whiteouts: Iterable[str] = (), opaque: Iterable[str] = ()
) -> bytes:
    """A layer's tar: `files`, then a whiteout for each path, an opaque one for each directory.

    Spec: OCI image-spec, layer.md, Whiteouts.
    """
    members: list[tuple[str, Content]] = list(files.items())
    for path in whiteouts:
        parent, slash, name = path.rpartition("/")
        members.append((f"{parent}{slash}.wh.{name}", b""))
    members.extend((f"{path.rstrip('/')}/.wh..wh..opq", b"") for path in opaque)
    return write_tar(members)


def compress(data: bytes, codec: Codec) -> bytes:
    """Wrap `data` once; the bytes depend on the installed compressor's version, not on the day."""
    match codec:
        case "none":
            return data
        case "gzip":
            deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
            return gzip_member(data, deflate.compress(data) + deflate.flush())
        case "zstd":
            return zstandard.ZstdCompressor(level=3, write_checksum=True).compress(data)
        case "xz":
            return lzma.compress(data, preset=6)
        case "bzip2":
            return bz2.compress(data, 9)


def gzip_member(data: bytes, deflated: bytes) -> bytes:
    """The gzip member of `data` around its raw deflate stream: no name, no time, system unknown."""
    # Python's own `gzip.compress` changed the header's system byte between versions.
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    return header + deflated + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


def _pax(name: bytes, link: bytes) -> bytes:
    """A PAX extended header for what the header's fields cannot hold; empty where they can."""
    records = b"".join(
        _pax_record(key, value)
        for key, value in ((b"path", name), (b"linkpath", link))
        if len(value) > _NAME_FIELD
    )
    if not records:
        return b""
    header = tar_header(b"PaxHeaders.0/member", size=len(records), typeflag=b"x")
    return header + _padded(records)


def _pax_record(key: bytes, value: bytes) -> bytes:
    """`length key=value` and a newline, where the length counts its own digits too."""
    body = b" " + key + b"=" + value + b"\n"
    length = len(body)
    while length != len(body) + len(b"%d" % length):
        length = len(body) + len(b"%d" % length)
    return b"%d" % length + body


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % BLOCK)
