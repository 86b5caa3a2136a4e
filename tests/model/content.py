"""Digests of bytes, what is within compressed ones, and what a layer's tar is like.

Spec: formats.md 5.
"""

from __future__ import annotations

import bz2
import hashlib
import lzma
import zlib
from typing import Final, NamedTuple, Protocol

import zstandard

from tests.model.facts import OutOfScopeError

__all__ = ["Within", "digest_of", "inflate", "is_supported", "tar_flaw"]

_BLOCK: Final = 512
#: More is no honest layer, and no zstd window that peers take (formats.md 5.4).
_WINDOW: Final = 128 << 20
_MOST: Final = 256 << 20
_ALGORITHMS: Final = ("sha256", "sha512")
_TYPES: Final = b"0\x00123456xLK"
_WITHOUT_DATA: Final = b"123456"


class _Decoder(Protocol):
    """What the decoders of every library have in common."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, /) -> bytes: ...


class Within(NamedTuple):
    """The bytes within stored ones; those themselves where they are not compressed.

    Attributes:
        broken: the stream ends early, or is damaged; `data` is what came out before.
        trailing: there are bytes behind it.
    """

    data: bytes
    broken: bool = False
    trailing: bool = False


def is_supported(digest: str) -> bool:
    """Whether the digest can be computed; those that cannot are legal and prove nothing."""
    return digest.partition(":")[0] in _ALGORITHMS


def digest_of(data: bytes, like: str | None = None) -> str:
    """The digest of `data` by the algorithm of `like`, where that is supported, else by sha256."""
    algorithm = like.partition(":")[0] if like is not None and is_supported(like) else "sha256"
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


def inflate(stored: bytes) -> Within:
    """Uncompress once, all members and frames of it."""
    out: list[bytes] = []
    rest, kind = stored, _kind(stored)
    if not kind:
        return Within(stored)
    while rest:
        if _kind(rest) != kind:
            is_padding = kind == "xz" and not any(rest) and not len(rest) % 4
            return Within(b"".join(out), trailing=not is_padding)
        if rest[1:4] == b"\x2a\x4d\x18" and rest[0] >> 4 == 5 and len(rest) >= 8:
            # A skippable frame: no content.
            length = 8 + int.from_bytes(rest[4:8], "little")
            if len(rest) < length:
                return Within(b"".join(out), broken=True)
            rest = rest[length:]
            continue
        decoder = _decoder(rest, kind)
        try:
            out.append(decoder.decompress(rest))
        except (zlib.error, zstandard.ZstdError, lzma.LZMAError, OSError, EOFError):
            return Within(b"".join(out), broken=True)
        if not decoder.eof:
            return Within(b"".join(out), broken=True)
        rest = decoder.unused_data
        if sum(map(len, out)) > _MOST:
            raise OutOfScopeError("too large")
    return Within(b"".join(out) if stored else stored)


def _kind(data: bytes) -> str:
    """The compression that the first bytes tell (formats.md 4.7); empty where they tell none."""
    if data[:3] == b"\x1f\x8b\x08":
        return "gzip"
    if data[:3] == b"BZh" and data[3:4] in b"123456789":
        return "bzip2"
    if data[:6] == b"\xfd7zXZ\0":
        return "xz"
    is_skippable = data[1:4] == b"\x2a\x4d\x18" and data[0] >> 4 == 5
    return "zstd" if data[:4] == b"\x28\xb5\x2f\xfd" or is_skippable else ""


def _decoder(data: bytes, kind: str) -> _Decoder:
    match kind:
        case "gzip":
            return zlib.decompressobj(31)
        case "bzip2":
            return bz2.BZ2Decompressor()
        case "xz":
            return lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=_WINDOW)
    try:
        window = zstandard.get_frame_parameters(data).window_size
    except zstandard.ZstdError:
        window = 0  # What is wrong with the frame, its decoder tells.
    if window > _WINDOW:
        raise OutOfScopeError("a giant window")
    return zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()


def tar_flaw(tar: bytes) -> bool:
    """Whether a layer's content is no tar, or one that ends inside a header or a member.

    Raises:
        OutOfScopeError: it has headers that readers part over.
    """
    if not tar:
        return False  # A placeholder, told as such (formats.md 5.7).
    position = 0
    while position < len(tar):
        block = tar[position : position + _BLOCK]
        if not any(block):
            if not any(tar[position : position + 2 * _BLOCK]):
                return False
            position += _BLOCK
            continue
        if len(block) < _BLOCK or not _is_header(block):
            # Behind a member it is a defect of the tar, but no loader's end.
            return position == 0 or len(block) < _BLOCK
        size = _size(block)
        if position + _BLOCK + size > len(tar):
            return True
        position += _BLOCK + size + -size % _BLOCK
    return False


def begins_as_tar(data: bytes) -> bool:
    """Whether a layer's content begins as a tar does, however it goes on."""
    if not any(data):
        return len(data) >= _BLOCK
    while not any(data[:_BLOCK]):
        data = data[_BLOCK:]
    return len(data) >= _BLOCK and _is_header(data[:_BLOCK])


def _is_header(block: bytes) -> bool:
    """Whether this is a header; a wrong sum alone is a defect (formats.md 8.4)."""
    if block[257:262] == b"ustar":
        return True
    total = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    try:
        return int(block[148:156].strip(b"\0 "), 8) == total
    except ValueError:
        return False


def _size(block: bytes) -> int:
    if block[124] & 0x80 or block[156] not in _TYPES:
        raise OutOfScopeError("an odd header in a layer")
    try:
        size = int(block[124:136].strip(b"\0 ") or b"0", 8)
    except ValueError:
        raise OutOfScopeError("an odd size in a layer") from None
    if size and block[156] in _WITHOUT_DATA:
        raise OutOfScopeError("a link with data in a layer")
    return size
