"""Writer: the header of one member, the same bytes for the same member always.

Plain ustar where all of a member fits, and PAX records for what does not: long names, numbers
beyond the octal fields, times before the epoch or finer than a second, extended attributes.

Spec: POSIX.1-2017, pax, ustar Interchange Format and pax Extended Header; extended attributes as
GNU tar, libarchive and Go's archive/tar read them (`SCHILY.xattr.`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar.tar.header import BLOCK, MAX_OCTAL_SIZE
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["END", "Outgoing", "padding", "write_header"]

#: What ends an archive: two blocks of zeros.
END = bytes(2 * BLOCK)

_NAME, _PREFIX = 100, 155  # bytes of the fields
_MAX_ID = (1 << 21) - 1  # in seven octal digits
_MAX_TIME = (1 << 33) - 1  # in eleven
_BILLION = 10**9
# Of the extended header itself: nobody reads them.
_PAX_NAME = b"PaxHeaders.0/"
_PAX_MODE = 0o644


class Outgoing(NamedTuple):
    """One member to write.

    Attributes:
        name: without a leading slash, with one at the end for a directory.
        typeflag: one byte: `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices,
            `5` directory, `6` FIFO.
        mode: permission bits.
        uid: the owner.
        gid: the group.
        mtime: nanoseconds since the epoch.
        size: bytes of data that will follow.
        target: of a link.
        device: major and minor number, of a device; each below 2^21.
        xattrs: extended attributes; no name has an equals sign or a NUL in it.
    """

    name: bytes
    typeflag: bytes
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    size: int = 0
    target: bytes = b""
    device: tuple[int, int] = (0, 0)
    xattrs: tuple[tuple[bytes, bytes], ...] = ()


def write_header(member: Outgoing) -> bytes:
    """Return the header of a member, behind its extended header where it needs one."""
    records = b"".join(_record(key, value) for key, value in _records(member))
    if not records:
        return _block(member)
    last = member.name.rstrip(b"/").rpartition(b"/")[2]
    name = (_PAX_NAME + last)[:_NAME]
    extended = Outgoing(name, b"x", mode=_PAX_MODE, size=len(records))
    return _block(extended) + records + padding(len(records)) + _block(member)


def padding(size: int) -> bytes:
    """Return what fills the last block of `size` bytes of data."""
    return bytes(-size % BLOCK)


def _records(member: Outgoing) -> Iterator[tuple[bytes, bytes]]:
    """Yield what the fields cannot hold."""
    names = [
        (key, value)
        for key, value, fits in (
            (b"path", member.name, _split(member.name) is not None),
            (b"linkpath", member.target, len(member.target) <= _NAME),
        )
        if not fits
    ]
    if any(not _is_text(value) for _, value in names):
        yield b"hdrcharset", b"BINARY"
    yield from names
    if not 0 <= member.size <= MAX_OCTAL_SIZE:
        yield b"size", b"%d" % member.size
    for key, number in ((b"uid", member.uid), (b"gid", member.gid)):
        if not 0 <= number <= _MAX_ID:
            yield key, b"%d" % number
    seconds, fine = divmod(member.mtime, _BILLION)
    if fine or not 0 <= seconds <= _MAX_TIME:
        yield b"mtime", _decimal(member.mtime)
    for name, value in sorted(member.xattrs):
        yield b"SCHILY.xattr." + name, value


def _decimal(nanoseconds: int) -> bytes:
    """Write nanoseconds as seconds, with no more digits than it takes."""
    seconds, fine = divmod(abs(nanoseconds), _BILLION)
    sign = b"-" if nanoseconds < 0 else b""
    fraction = b".%09d" % fine if fine else b""
    return sign + b"%d" % seconds + fraction.rstrip(b"0")


def _record(key: bytes, value: bytes) -> bytes:
    """Write `length key=value`, where the length counts its own digits, too."""
    body = b" " + key + b"=" + value + b"\n"
    length = len(body) + len(b"%d" % len(body))
    length = len(body) + len(b"%d" % length)
    return b"%d" % length + body


def _is_text(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _split(name: bytes) -> tuple[bytes, bytes] | None:
    """Return what goes to the prefix and the name fields, if the name fits."""
    if len(name) <= _NAME:
        return b"", name
    # The last slash whose left side fits: the rest is the shortest.
    at = name.rfind(b"/", 0, min(_PREFIX + 1, len(name) - 1))
    return (name[:at], name[at + 1 :]) if at > 0 and len(name) - at - 1 <= _NAME else None


def _block(member: Outgoing) -> bytes:
    prefix, name = _split(member.name) or (b"", member.name[:_NAME])
    seconds = member.mtime // _BILLION
    fields = b"".join(
        (
            name.ljust(_NAME, b"\0"),
            b"%07o\0" % (member.mode & 0o7777),
            _octal(member.uid, 7, _MAX_ID),
            _octal(member.gid, 7, _MAX_ID),
            _octal(member.size, 11, MAX_OCTAL_SIZE),
            _octal(seconds, 11, _MAX_TIME),
            b" " * 8,
            member.typeflag,
            member.target[:_NAME].ljust(_NAME, b"\0"),
            b"ustar\x0000".ljust(72, b"\0"),
            _octal(member.device[0], 7, _MAX_ID),
            _octal(member.device[1], 7, _MAX_ID),
            prefix.ljust(_PREFIX, b"\0"),
            bytes(12),
        )
    )
    return fields[:148] + b"%06o\0 " % sum(fields) + fields[156:]


def _octal(number: int, digits: int, most: int) -> bytes:
    """Write a number; zero where a record says what the field cannot hold."""
    return b"%0*o\0" % (digits, number if 0 <= number <= most else 0)
