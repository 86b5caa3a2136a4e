"""Header: one 512-byte block of a tar, read strictly, with every oddity named."""

from __future__ import annotations

import re
from enum import Enum
from zlib import adler32

from layertar.fault import Fault
from layertar.regex import regex
from layertar.value import NamedTuple

__all__ = [
    "BLOCK",
    "CHECKSUMS",
    "DATALESS",
    "MAX_OCTAL_SIZE",
    "MAX_SIZE",
    "PLAIN_HEADER",
    "Flavour",
    "Header",
    "ascii_checksum",
    "parse_header",
]

#: Bytes of a block; headers are one, data is padded to a multiple.
BLOCK = 512
#: The greatest size that the twelve octal digits of a header hold, in bytes: 8 GiB - 1.
MAX_OCTAL_SIZE = (8 << 30) - 1
#: The greatest size that any reader can hold, in bytes: a signed 64-bit number.
MAX_SIZE = (1 << 63) - 1

#: Type flags after which no data follow, whatever the size says (Go's reading): hard link,
#: symbolic link, character and block device, directory, FIFO.
DATALESS = frozenset({b"1", b"2", b"3", b"4", b"5", b"6"})

# `int()` also takes underscores, signs and other digits, so only what matches reaches it.
_OCTAL = regex(rb" *([0-7]+) *(?:\0.*)?", re.DOTALL)
_HIGH_BYTES = bytes(range(0x80, 0x100))
# Checksums that are remembered, a hundred bytes each.
_MOST_SUMS = 1 << 15
_SPARSE_EXTENDED = 482  # "isextended" of GNU's sparse header

#: A header of the kind that nearly every member of a real tar has, or its extended header: nothing
#: in it can be a fault but a wrong checksum. Groups: name, size, type flag, prefix of the name. It
#: saves `LayerWalker` the full parse; whatever does not match is no worse, only slower.
PLAIN_HEADER = regex(
    rb"""
    (?=([^\0]{1,100})) .{100}               # name, up to the first NUL
    [0-7]{6}[0-7\ ][\0\ ]                   # mode
    [0-7]{6}[0-7\ ][\0\ ]                   # uid
    [0-7]{6}[0-7\ ][\0\ ]                   # gid
    ([0-7]{11})[\0\ ]                       # size
    [0-7]{11}[\0\ ]                         # mtime
    [0-7]{6}[\0\ ][\0\ ]                    # checksum
    ([0125xLK])                             # type flag: file, links, directory, extensions
    .{100}                                  # link name
    ustar
    (?: # magic and version, owners, device numbers, and where ustar has the prefix
        \x0000 .{64}
        (?:[0-7]{6}[0-7\ ][\0\ ]|\0{8}) (?:[0-7]{6}[0-7\ ][\0\ ]|\0{8}) (?=([^\0]{0,155}))
    |   \ \ \0 .{64}
        (?:[0-7]{6}[0-7\ ][\0\ ]|\0{8}) (?:[0-7]{6}[0-7\ ][\0\ ]|\0{8}) \0
    )
    """,
    re.DOTALL | re.VERBOSE,
)


class Flavour(Enum):
    """Which of the header layouts a block has, by its magic."""

    V7 = "v7"
    USTAR = "ustar"
    GNU = "gnu"


class Header(NamedTuple):
    """One header block, as recorded.

    Attributes:
        name: the name, the ustar prefix joined to it.
        typeflag: one byte.
        size: in bytes; `None` where the field is no size.
        linkname: the target of a link.
        flavour: the layout of the block.
        checksum_ok: whether the recorded checksum is the unsigned or the signed sum.
        mode: permission bits; like the numbers below `None` where the field is no number.
        uid: the owner.
        gid: the group.
        mtime: seconds since the epoch.
        devmajor: of a device; `None` in v7 headers, which have no such field.
        devminor: as `devmajor`.
        extended: a GNU sparse header that goes on in the next block.
        faults: every oddity, without member and offset.
    """

    name: bytes
    typeflag: bytes
    size: int | None
    linkname: bytes
    flavour: Flavour
    checksum_ok: bool
    mode: int | None
    uid: int | None
    gid: int | None
    mtime: int | None
    devmajor: int | None
    devminor: int | None
    extended: bool
    faults: tuple[Fault, ...]


def parse_header(block: bytes) -> Header:
    """Read one block of `BLOCK` bytes; never fails, since every oddity is a fault.

    Spec: POSIX.1-2017, pax, ustar Interchange Format; GNU tar manual, Basic Tar Format.
    """
    faults: list[Fault] = []
    flavour = _flavour(block)
    typeflag = block[156:157]
    named = flavour is not Flavour.V7
    return Header(
        name=_name(block, flavour, typeflag, faults),
        typeflag=typeflag,
        size=_size(block[124:136], typeflag, faults),
        linkname=_text(block[157:257]),
        flavour=flavour,
        checksum_ok=_checksum_ok(block),
        mode=_number("mode", block[100:108], faults),
        uid=_number("uid", block[108:116], faults),
        gid=_number("gid", block[116:124], faults),
        mtime=_number("mtime", block[136:148], faults),
        devmajor=_number("devmajor", block[329:337], faults) if named else None,
        devminor=_number("devminor", block[337:345], faults) if named else None,
        extended=typeflag == b"S" and block[_SPARSE_EXTENDED] != 0,
        faults=tuple(faults),
    )


def _flavour(block: bytes) -> Flavour:
    if block[257:263] == b"ustar\0":
        return Flavour.USTAR
    return Flavour.GNU if block[257:265] == b"ustar  \0" else Flavour.V7


def _text(field: bytes) -> bytes:
    """Return what stands before the first NUL, as every reader does."""
    return field.partition(b"\0")[0]


def _name(block: bytes, flavour: Flavour, typeflag: bytes, faults: list[Fault]) -> bytes:
    name = _text(block[:100])
    prefix = _text(block[345:500])
    # GNU's sparse map lies where ustar has the prefix; every reader knows.
    if not prefix or typeflag == b"S":
        return name
    # Python joins the prefix whatever the magic, Go only after the exact one.
    if flavour is not Flavour.USTAR or block[263:265] != b"00":
        faults.append(_ambiguous("a name prefix in a header without the magic of ustar"))
    return prefix + b"/" + name if flavour is Flavour.USTAR else name


def _checksum_ok(block: bytes) -> bool:
    """Compare the recorded checksum with both sums: old writers added signed bytes."""
    match = _OCTAL.fullmatch(block[148:156].lstrip(b" \0"))
    if match is None:
        return False
    recorded = int(match[1], 8)
    if block.isascii():
        return recorded == ascii_checksum(block)
    summed = block[:148] + block[156:]
    unsigned = sum(summed) + 8 * ord(" ")
    high = len(summed) - len(summed.translate(None, _HIGH_BYTES))
    return recorded in {unsigned, unsigned - 256 * high}


class _Checksums(dict[bytes, int]):
    """What `adler32(block) & 0xFFFF` is of a block whose checksum field, the key, is right.

    For blocks of ASCII bytes that `PLAIN_HEADER` matches: the block's whole sum, the field's own
    eight bytes included, follows from the field alone, and layers have few different ones. So it
    takes one pass over the block and no arithmetic.
    """

    def __missing__(self, field: bytes) -> int:
        if len(self) >= _MOST_SUMS:
            self.clear()
        expected = self[field] = int(field[:6], 8) - 8 * 0x20 + sum(field) + 1
        return expected


CHECKSUMS = _Checksums()


def ascii_checksum(block: bytes) -> int:
    """Return the checksum that a block of ASCII bytes should have, at a tenth of `sum`'s cost.

    The low half of Adler-32 is 1 plus the sum of the bytes modulo 65521, which 504 bytes below
    128 cannot reach. The checksum's own eight bytes count as spaces.
    """
    return (adler32(block[156:], adler32(block[:148])) & 0xFFFF) - 1 + 8 * 0x20


def _size(field: bytes, typeflag: bytes, faults: list[Fault]) -> int | None:
    size, oddity = _decode(field)
    if size is not None and not 0 <= size <= MAX_SIZE:
        oddity = "is negative" if size < 0 else "passes 63 bits"
        size = None
    elif typeflag not in DATALESS and not field.strip(b" \0"):
        oddity = "is blank"  # Nothing to Go and Python, an error to GNU tar.
    if oddity is not None:
        rule = "tar-size-invalid" if size is None else "tar-header-ambiguous"
        faults.append(Fault(rule, f"the size field {oddity}"))
    return size


def _number(label: str, field: bytes, faults: list[Fault]) -> int | None:
    """Read a field that moves no boundary; Go and Python still refuse the header for it."""
    number, oddity = _decode(field)
    if oddity is not None:
        faults.append(_ambiguous(f"the {label} field {oddity}"))
    return number


def _decode(field: bytes) -> tuple[int | None, str | None]:
    """Return the number in `field`, and what is odd about it."""
    match = _OCTAL.fullmatch(field)
    if match is not None:
        return int(match[1], 8), None
    if field[0] & 0x80:
        bits = len(field) * 8 - 1
        number = int.from_bytes(field, "big") & ((1 << bits) - 1)
        # The top bit marks base-256, the one below it is the sign (two's complement).
        return number - (1 << bits) if field[0] & 0x40 else number, None
    padded = field.lstrip(b" \0")
    if not padded:
        return 0, None
    match = _OCTAL.fullmatch(padded)
    if match is None:
        return None, "is not a number"
    # Go skips leading NULs, Python reads nothing behind them.
    return int(match[1], 8), "begins with NUL"


def _ambiguous(detail: str) -> Fault:
    return Fault("tar-header-ambiguous", detail)
