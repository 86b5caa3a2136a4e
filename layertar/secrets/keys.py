"""Keys: whether a private key's frame has a key within, in PEM, OpenSSH's and PGP's form.

The words alone are everywhere: in every TLS library, in documentation, in tests that want a bad
key. So the frame's body must be there, as long as its own header says.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from layertar.regex import regex
from layertar.secrets.values import decode_base64

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["KEY_REACH", "LABEL", "find_keys", "is_key"]

#: Bytes behind the label within which a key is judged.
KEY_REACH = 3072

#: What each frame has in its first line.
LABEL = b"PRIVATE KEY"

_BEGIN = regex(rb"-----BEGIN (?:[A-Z0-9]{2,12} ){0,2}\Z")
_OPEN = regex(rb"PRIVATE KEY(?: BLOCK)?-----")
_BACK = 40  # bytes from the label back to the line's begin
_SERVICE_ACCOUNT = b'"private_key_id"'
_AROUND = 400  # bytes around a label in which a service account names its key

# Within a string of a program or of JSON, lines end in a backslash and an n; and with quotes.
_JOINTS = regex(rb"\\+r|\\+n|[\"'`]\s*[+.]?\s*[\"'`]")
_BLANKS = regex(rb"[\s\"'`\\,;]+")
_HEADERS = regex(
    rb"\s*(?:(?:Proc-Type|DEK-Info|Version|Comment|Hash|Charset|MessageID)[^\r\n]{0,200}\r?\n)*"
)
_BODY = regex(rb"[A-Za-z0-9+/]+")

_OPENSSH_MAGIC = b"openssh-key-v1\0"
_OPENSSH_LEAST = 150  # bytes; an Ed25519 key has some 240
_ENCRYPTED_LEAST = 48  # bytes; of an old encrypted EC key
_PGP_LEAST = 150
_DER_SEQUENCE = 0x30
_DER_LEAST = 40  # bytes; an Ed25519 key has 48
# The keys that GnuTLS tests itself with (lib/crypto-selftests-pk.c), which are in the library on
# every Debian: sha256 of their first bytes. What everybody has is no secret.
_PUBLISHED = (
    "0294b4406902e33b 09416ba3e0782523 0ed38bfcec76ded5 3a9685592c1c71d8 458022ddcb5598b3 "
    "7e38af7715bbb425 87e288dc7dbc29a2 995b8d5b08ac126a 9bedbccd262d294c d245e52c341a7664"
)
_PUBLISHED_PART = 200  # bytes
_VARIETY = 12  # different characters in the first line; random ones have 40


def find_keys(data: bytes) -> Iterator[tuple[int, str]]:
    """Find each private key in `data`, by where its first line begins, and the name of its kind."""
    at = data.find(LABEL)
    while at >= 0:
        opened = _OPEN.match(data, at)
        begun = _BEGIN.search(data, max(0, at - _BACK), at)
        if opened is not None and begun is not None and is_key(data, opened.end()):
            around = data[max(0, at - _AROUND) : at]
            is_account = _SERVICE_ACCOUNT in around
            yield begun.start(), "gcp-service-account-key" if is_account else "private-key"
        at = data.find(LABEL, at + len(LABEL))


def is_key(data: bytes, start: int) -> bool:
    """Whether the body of a key stands at `start`, behind its first line."""
    # Up to the next frame or the end of this one, so that no byte is looked at twice.
    end = data.find(b"-----", start, start + KEY_REACH)
    end = end if end >= 0 else start + KEY_REACH
    if end - start < _DER_LEAST:
        return False
    text = _JOINTS.sub(b"\n", data[start:end])
    headers = _HEADERS.match(text)
    encrypted = b"DEK-Info" in text[:300]
    text = _BLANKS.sub(b"", text[headers.end() :] if headers is not None else text)
    body = _BODY.match(text)
    if body is None or len(set(body[0][:64])) < _VARIETY:
        return False
    key = decode_base64(body[0])
    if key.startswith(_OPENSSH_MAGIC):
        return len(key) >= _OPENSSH_LEAST
    if encrypted:
        return len(key) >= _ENCRYPTED_LEAST
    if key[:1] and key[0] & 0x80:
        return _is_packet(key)
    return _is_sequence(key)


def _is_packet(key: bytes) -> bool:
    """Whether an OpenPGP secret key begins, of either packet format (RFC 4880, 4.2 and 4.3)."""
    return len(key) >= _PGP_LEAST and (key[0] & 0xFC == 0x94 or key[0] == 0xC5)  # noqa: PLR2004


def _is_sequence(key: bytes) -> bool:
    """Whether as much of a DER sequence is there as its length says, or as was looked at."""
    if len(key) < _DER_LEAST or key[0] != _DER_SEQUENCE:
        return False
    length, begin = key[1], 2
    if length & 0x80:
        count = length & 0x7F
        length, begin = int.from_bytes(key[2 : 2 + count]), 2 + count
        if count not in (1, 2):
            return False
    if len(key) < min(begin + length, KEY_REACH // 2) or key[begin] not in (0x02, 0x30):
        return False
    return hashlib.sha256(key[:_PUBLISHED_PART]).hexdigest()[:16] not in _PUBLISHED
