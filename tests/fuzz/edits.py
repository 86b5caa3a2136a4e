"""Any bytes, changed anywhere, without a thought for what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

__all__ = ["MOST", "edit_bytes"]

#: No mutant is longer, in bytes: what is slow should be slow by its structure.
MOST: Final = 300_000

_NOISE: Final = (
    b"\0",
    b"\xff",
    b"\x80",
    bytes(512),
    bytes(1024),
    b"ustar\0" + b"00",
    b"ustar  \0",
    b"\x1f\x8b\x08",
    b"\x28\xb5\x2f\xfd",
    b"\x50\x2a\x4d\x18",
    b"\xfd7zXZ\0",
    b"BZh9",
    b"PaxHeader",
    b"{}",
    b"[]",
    b"null",
    b"\xef\xbb\xbf",
    b"sha256:",
    b"../",
    b"-1",
    b"99999999999999999999",
)


def edit_bytes(rng: Random, data: bytes) -> bytes:
    """Change one place of `data`."""
    start = rng.randint(0, len(data))
    end = min(len(data), start + rng.choice((1, 2, 4, 16, 100, 512, 2000)))
    head, part, tail = data[:start], data[start:end], data[end:]
    match rng.randrange(9):
        case 0 if part:
            part = bytes([part[0] ^ (1 << rng.randrange(8))]) + part[1:]
        case 1:
            part = b""
        case 2:
            part += part
        case 3:
            part = rng.choice(_NOISE) + part
        case 4:
            part = rng.choice(_NOISE)
            tail = data[start + len(part) :]
        case 5:
            part = tail = b""
        case 6:
            part = rng.randbytes(len(part))
        case 7:
            other = rng.randint(0, len(data))
            head, tail = data[:other], data[other:]
        case _:
            part = bytes(len(part))
    return head + part + tail
