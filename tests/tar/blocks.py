"""Headers that no honest writer makes, and the ways to have a tar read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from layertar.limits import Limits
from layertar.tar import Data, Entry, LayerFacts, LayerWalker, TarParser
from tests.tarmaker import BLOCK, tar_header

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertar.fault import Fault

LIMITS = Limits(header_body=4096, faults=4)

#: Offset and length of a header's fields.
FIELDS = {
    "name": (0, 100),
    "mode": (100, 8),
    "uid": (108, 8),
    "size": (124, 12),
    "mtime": (136, 12),
    "magic": (257, 8),
    "devmajor": (329, 8),
    "devminor": (337, 8),
    "prefix": (345, 155),
    "sparse_extended": (482, 1),
}
GNU = b"ustar  \0"
V7 = bytes(8)


def checksummed(block: bytes) -> bytes:
    """Put the right checksum into a header."""
    bare = block[:148] + b" " * 8 + block[156:]
    return bare[:148] + b"%06o\0 " % sum(bare) + bare[156:]


def header(
    name: bytes = b"a", size: int = 0, typeflag: bytes = b"0", link: bytes = b"", **raw: bytes
) -> bytes:
    """One header block; `raw` overwrites fields (`FIELDS`), the checksum is right."""
    block = bytearray(tar_header(name, size=size, typeflag=typeflag, link=link))
    for field, value in raw.items():
        offset, length = FIELDS[field]
        block[offset : offset + length] = value.ljust(length, b"\0")
    return checksummed(bytes(block))


def padded(data: bytes, fill: bytes = b"\0") -> bytes:
    """Fill up the last block."""
    return data + fill * (-len(data) % BLOCK)


def file(name: bytes = b"a", data: bytes = b"data", **raw: bytes) -> bytes:
    """One regular file."""
    return header(name, len(data), **raw) + padded(data)


def record(key: bytes, value: bytes) -> bytes:
    """One PAX record."""
    body = b" " + key + b"=" + value + b"\n"
    length = len(body)
    while length != len(body) + len(b"%d" % length):
        length = len(body) + len(b"%d" % length)
    return b"%d" % length + body


def pax(*records: tuple[bytes, bytes], typeflag: bytes = b"x") -> bytes:
    """An extended header of `records`."""
    return extension(b"".join(record(key, value) for key, value in records), typeflag)


def extension(body: bytes, typeflag: bytes) -> bytes:
    """An extended header around any body."""
    return header(b"././@LongLink", len(body), typeflag) + padded(body)


class Reading(NamedTuple):
    """All that a parser says of a tar."""

    entries: tuple[Entry, ...]
    data: tuple[bytes, ...]
    faults: tuple[Fault, ...]
    parser: TarParser

    @property
    def names(self) -> list[str]:
        return [entry.name for entry in self.entries]

    @property
    def rules(self) -> list[str]:
        """The rules of all faults, those of entries first."""
        inner = [fault.rule for entry in self.entries for fault in entry.faults]
        return inner + [fault.rule for fault in self.faults]


def read(tar: bytes, limits: Limits = LIMITS) -> Reading:
    """Feed all at once."""
    return read_pieces([tar], limits)


def read_pieces(pieces: Iterable[bytes], limits: Limits = LIMITS) -> Reading:
    """Feed piece by piece."""
    parser = TarParser(limits)
    entries: list[Entry] = []
    data: list[bytes] = []
    for piece in pieces:
        for event in parser.feed(piece):
            match event:
                case Entry():
                    entries.append(event)
                    data.append(b"")
                case Data():
                    data[-1] += event.data
    parser.finish()
    return Reading(tuple(entries), tuple(data), parser.faults, parser)


def read_headers(tar: bytes, limits: Limits = LIMITS) -> Reading:
    """Read as a file that can be sought is read: no data at all."""
    parser = TarParser(limits)
    entries: list[Entry] = []
    while parser.needed and parser.offset < len(tar):
        piece = tar[parser.offset : parser.offset + parser.needed]
        for event in parser.feed(piece):
            assert isinstance(event, Entry)
            entries.append(event)
        parser.skip(min(parser.remaining, len(tar) - parser.offset))
    parser.finish()
    return Reading(tuple(entries), (), parser.faults, parser)


def walk(pieces: Iterable[bytes | memoryview], limits: Limits = LIMITS) -> LayerFacts:
    """Walk a layer piece by piece."""
    walker = LayerWalker(limits)
    for piece in pieces:
        walker.feed(piece)
    return walker.finish()


def cut(data: bytes, size: int) -> list[bytes]:
    """Cut into pieces of `size` bytes."""
    return [data[start : start + size] for start in range(0, len(data), size)]
