"""Tars as an attacker writes them: fields, extended headers, members moved, archives spliced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from tests.tarmaker import BLOCK, tar_header

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

__all__ = ["Piece", "join", "mutate_tar", "pax_header", "split", "with_data"]

# Offset and length of each field of a header.
_FIELDS: Final = {
    "name": (0, 100),
    "mode": (100, 8),
    "uid": (108, 8),
    "gid": (116, 8),
    "size": (124, 12),
    "mtime": (136, 12),
    "checksum": (148, 8),
    "typeflag": (156, 1),
    "link": (157, 100),
    "magic": (257, 8),
    "devmajor": (329, 8),
    "prefix": (345, 155),
    "tail": (482, 30),
}
_VALUES: Final = (
    b"",
    b"0",
    b"1",
    b"-1",
    b"777",
    b"00000001000\0",
    b"77777777777\0",
    b" 1000 \0",
    b"9",
    b"\x80" + bytes(10) + b"\x10",
    b"\x80\x7f" + b"\xff" * 9,
    b"\xff" * 12,
    b"x\0y",
    b"index.json",
    b"manifest.json",
    b"oci-layout",
    b"../index.json",
    b"/etc/passwd",
    b"blobs/sha256/",
    b"\xff\xfe",
    b"ustar\0" + b"00",
    b"ustar  \0",
)
_TYPES: Final = b"0123456789xgLKSMVDNAZ\0 "
_KEYS: Final = (
    b"path",
    b"linkpath",
    b"size",
    b"mtime",
    b"uid",
    b"gname",
    b"hdrcharset",
    b"GNU.sparse.major",
    b"GNU.sparse.minor",
    b"GNU.sparse.map",
    b"GNU.sparse.name",
    b"GNU.sparse.realsize",
    b"SCHILY.xattr.user.x",
    b"",
)
_PAX_VALUES: Final = (
    *_VALUES,
    b"0",
    b"512",
    b"1.5",
    b"1e3",
    b"18446744073709551616",
    b"\xd9\xa1",
    b"\n",
    b"a" * 5000,
)


class Piece(NamedTuple):
    """One header block and its data as they stand; what is no member is a piece without header."""

    header: bytes
    data: bytes


def split(tar: bytes) -> list[Piece]:
    """Cut a tar into its pieces; whatever cannot be read is the last of them."""
    pieces: list[Piece] = []
    position = 0
    while position + BLOCK <= len(tar):
        block = tar[position : position + BLOCK]
        try:
            size = int(block[124:136].strip(b"\0 ") or b"0", 8)
            stated = int(block[148:156].strip(b"\0 ") or b"0", 8)
        except ValueError:
            break
        if size < 0 or sum(block) - sum(block[148:156]) + 8 * 32 != stated:
            break
        following = position + BLOCK + size
        pieces.append(Piece(block, tar[position + BLOCK : following]))
        position = following + -size % BLOCK
    pieces.append(Piece(b"", tar[position:]))
    return pieces


def join(pieces: Sequence[Piece]) -> bytes:
    """Put pieces together, each padded to whole blocks."""
    return b"".join(
        piece.header + piece.data + (bytes(-len(piece.data) % BLOCK) if piece.header else b"")
        for piece in pieces
    )


def with_data(piece: Piece, data: bytes) -> Piece:
    """Give a member other data, its size right."""
    return Piece(_put(piece.header, "size", b"%011o\0" % len(data)), data)


def pax_header(records: Sequence[tuple[bytes, bytes]], typeflag: bytes = b"x") -> Piece:
    """An extended header of these records."""
    body = b"".join(_record(key, value) for key, value in records)
    return Piece(tar_header(b"PaxHeaders.0/x", size=len(body), typeflag=typeflag), body)


def mutate_tar(rng: Random, tar: bytes, other: bytes) -> bytes:
    """Change one thing of a tar, or splice it with another."""
    pieces = split(tar)
    if len(pieces) < 2:
        return tar
    change = rng.choice(_CHANGES)
    return change(rng, pieces, other)


def _change_field(rng: Random, pieces: list[Piece], _: bytes) -> bytes:
    place = rng.randrange(len(pieces) - 1)
    header, data = pieces[place]
    field = rng.choice(tuple(_FIELDS))
    if field == "typeflag":
        value = bytes([rng.choice(_TYPES)])
    elif field == "size" and rng.random() < 0.5:
        value = b"%011o\0" % max(0, len(data) + rng.choice((-512, -1, 1, 511, 512, 1024)))
    else:
        value = rng.choice(_VALUES)
    pieces[place] = Piece(_put(header, field, value), data)
    return join(pieces)


def _add_pax(rng: Random, pieces: list[Piece], _: bytes) -> bytes:
    records = [
        (rng.choice(_KEYS), rng.choice(_PAX_VALUES)) for _ in range(rng.choice((1, 1, 2, 3)))
    ]
    piece = pax_header(records, rng.choice((b"x", b"x", b"x", b"g", b"X")))
    if rng.random() < 0.2:
        body = bytearray(piece.data)
        body[rng.randrange(len(body))] = rng.randrange(256)
        piece = Piece(piece.header, bytes(body))
    pieces.insert(rng.randrange(len(pieces)), piece)
    return join(pieces)


def _add_long_name(rng: Random, pieces: list[Piece], _: bytes) -> bytes:
    body = rng.choice(_PAX_VALUES) + rng.choice((b"", b"\0"))
    header = tar_header(b"././@LongLink", size=len(body), typeflag=rng.choice((b"L", b"K")))
    pieces.insert(rng.randrange(len(pieces)), Piece(header, body))
    return join(pieces)


def _repeat(rng: Random, pieces: list[Piece], _: bytes) -> bytes:
    pieces.insert(rng.randrange(len(pieces)), rng.choice(pieces[:-1]))
    return join(pieces)


def _remove(rng: Random, pieces: list[Piece], _: bytes) -> bytes:
    del pieces[rng.randrange(len(pieces))]
    return join(pieces)


def _swap_headers(rng: Random, pieces: list[Piece], _: bytes) -> bytes:
    one, other = rng.randrange(len(pieces) - 1), rng.randrange(len(pieces) - 1)
    first, second = pieces[one], pieces[other]
    pieces[one], pieces[other] = Piece(second.header, first.data), Piece(first.header, second.data)
    return join(pieces)


def _add_zeros(rng: Random, pieces: list[Piece], _: bytes) -> bytes:
    pieces.insert(rng.randrange(len(pieces)), Piece(b"", bytes(BLOCK * rng.choice((1, 2, 3)))))
    return join(pieces)


def _splice(rng: Random, pieces: list[Piece], other: bytes) -> bytes:
    theirs = split(other)
    match rng.randrange(3):
        case 0:
            return join(pieces) + other
        case 1:
            return join(pieces[: rng.randrange(len(pieces))] + theirs[rng.randrange(len(theirs)) :])
        case _:
            pieces.insert(rng.randrange(len(pieces)), rng.choice(theirs))
            return join(pieces)


def _cut(rng: Random, pieces: list[Piece], _: bytes) -> bytes:
    tar = join(pieces)
    return tar[: rng.randrange(len(tar) // BLOCK + 1) * BLOCK + rng.choice((0, 0, 1, 511))]


_CHANGES: Final[tuple[Callable[[Random, list[Piece], bytes], bytes], ...]] = (
    _change_field,
    _change_field,
    _change_field,
    _add_pax,
    _add_pax,
    _add_long_name,
    _repeat,
    _remove,
    _swap_headers,
    _add_zeros,
    _splice,
    _cut,
)


def _put(header: bytes, field: str, value: bytes) -> bytes:
    """Set a field, and the checksum right unless that is the field."""
    offset, length = _FIELDS[field]
    block = bytearray(header)
    block[offset : offset + length] = value[:length].ljust(length, b"\0")
    if field != "checksum":
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def _record(key: bytes, value: bytes) -> bytes:
    body = b" " + key + b"=" + value + b"\n"
    length = len(body)
    while length != len(body) + len(b"%d" % length):
        length = len(body) + len(b"%d" % length)
    return b"%d" % length + body
