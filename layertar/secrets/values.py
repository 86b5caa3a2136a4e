"""Values: what tells a secret from its placeholder. Nothing here keeps what it is shown."""

from __future__ import annotations

import binascii
import zlib

from layertar.regex import regex

__all__ = ["decode_base64", "has_checksum", "is_placeholder", "is_varied"]

_BASE62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM = 6  # characters, in base 62 with leading zeros

# What stands where a secret would: a reference, or a word that is none. Whole values only.
_REFERENCE = regex(rb"\$|%[A-Za-z_(%]|\{\{|<[^<>]*>|\[[^\[\]]*\]|\*+\Z|\.\.\.\Z|@[A-Za-z_]+@\Z")
_NOT_SECRET = frozenset(
    b"true false yes no on off none null nil undefined empty example changeit dummy fake foo bar "
    b"baz hidden hunter2 mypass mypassword pass passwd password passwort pwd redacted "
    b"s3cret secret test testing token user username value your-password your_password "
    b"yourpassword xxx".split()
)


def has_checksum(token: bytes) -> bool:
    """Whether a token's last six characters are the CRC-32 of those before, in base 62.

    Args:
        token: without its prefix.

    Spec: github.blog, Behind GitHub's new authentication token formats, Checksum.
    """
    body, told = token[:-_CHECKSUM], token[-_CHECKSUM:]
    rest, digits = zlib.crc32(body), bytearray()
    while rest:
        rest, digit = divmod(rest, len(_BASE62))
        digits.append(_BASE62[digit])
    return bytes(reversed(digits)).rjust(_CHECKSUM, b"0") == told


def is_varied(token: bytes, least: int = 8) -> bool:
    """Whether a token has as many different characters as random ones of 16 and more have.

    `xxxxxxxxxxxxxxxx` and `0000-0000-0000` have not.
    """
    return len(set(token)) >= least and b"EXAMPLE" not in token.upper()


def is_placeholder(value: bytes) -> bool:
    """Whether a value is empty, a word that stands for one, or leads to it elsewhere."""
    text = value.strip().strip(b"\"'")
    return (
        len(set(text)) < 2  # noqa: PLR2004 - all of its characters are the same
        or text.lower() in _NOT_SECRET
        or _REFERENCE.match(text) is not None
    )


def decode_base64(text: bytes) -> bytes:
    """Decode what can be of base64 text, padded or not; nothing where it is none."""
    whole = text.rstrip(b"=")
    whole = whole[: len(whole) - (len(whole) % 4 == 1)]
    try:
        return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
    except binascii.Error:
        return b""
