"""Compressed streams as an attacker writes them: members, frames, headers, ends."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Final

from tests.tarmaker import CODECS, compress, gzip_member

if TYPE_CHECKING:
    from random import Random

__all__ = ["MAGICS", "mutate_stream"]

MAGICS: Final = (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"BZh")

_GZIP_FLAGS: Final = (0, 1, 2, 4, 8, 16, 2 | 4 | 8 | 16, 32, 128)


def mutate_stream(rng: Random, stream: bytes) -> bytes:
    """Change one thing of a compressed stream."""
    cut = rng.randint(0, len(stream))
    match rng.randrange(8):
        case 0:
            stream += stream
        case 1:
            stream += _frame(rng)
        case 2:
            stream = _frame(rng) + stream
        case 3:
            stream += bytes(rng.choice((1, 4, 7, 512)))
        case 4:
            stream = stream[:cut]
        case 5 if len(stream) > 12:
            # The last bytes are sums and sizes, the first ones flags and windows.
            place = rng.choice((rng.randrange(12), len(stream) - 1 - rng.randrange(12)))
            other = rng.choice((0, 0xFF, 0x7F, rng.randrange(256)))
            stream = stream[:place] + bytes([other]) + stream[place + 1 :]
        case 6:
            stream = compress(stream, rng.choice(CODECS))
        case _:
            stream = stream[:cut] + _frame(rng) + stream[cut:]
    return stream


def _frame(rng: Random) -> bytes:
    """A member or frame of its own: empty, skippable, of a giant window, with odd fields."""
    content = rng.choice((b"", b"x", bytes(1024), b'{"a":1}'))
    match rng.randrange(6):
        case 0:
            return compress(content, rng.choice(CODECS[1:]))
        case 1:
            length = rng.choice((0, 3, 3, 0xFFFFFFFF))
            return struct.pack("<II", 0x184D2A50 + rng.randrange(16), length) + b"abc"
        case 2:
            return _odd_gzip(rng, content)
        case 3:
            # A zstd frame without content whose window is 2^(10 + n / 8) bytes.
            return b"\x28\xb5\x2f\xfd\x00" + bytes([rng.randrange(256)]) + b"\x01\x00\x00"
        case 4:
            return b"\x28\xb5\x2f\xfd" + rng.randbytes(6) + b"\x01\x00\x00"
        case _:
            return rng.choice(MAGICS) + rng.randbytes(rng.randrange(20))


def _odd_gzip(rng: Random, content: bytes) -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    member = gzip_member(content, deflate.compress(content) + deflate.flush())
    flags = rng.choice(_GZIP_FLAGS)
    fields = b""
    if flags & 4:
        fields += struct.pack("<H", 4) + b"SG\0\0"
    if flags & 8:
        fields += rng.choice((b"name\0", b"\x1b[31m\0", b"unended"))
    if flags & 16:
        fields += b"comment\0"
    if flags & 2:
        fields += rng.randbytes(2)
    return member[:3] + bytes([flags]) + member[4:10] + fields + member[10:]
