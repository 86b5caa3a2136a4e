"""Private keys: the frames that hold one, wherever they are written down, and those that do not."""

from __future__ import annotations

import base64

import pytest

from layertar.secrets import scan
from tests.secrets.samples import der_key, filler, pem

_OPENSSH = b"openssh-key-v1\0" + filler(260).encode()
_OLD_HEADERS = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,000102030405060708090A0B0C0D0E0F\n\n"
_ED25519 = bytes.fromhex("302e020100300506032b657004220420") + filler(32).encode()

FRAMES = {
    "PKCS #1": pem("RSA PRIVATE KEY", der_key()),
    "SEC 1": pem("EC PRIVATE KEY", b"\x30\x77\x02\x01\x01\x04\x20" + filler(114).encode()),
    "DSA": pem("DSA PRIVATE KEY", der_key(440)),
    "PKCS #8": pem("PRIVATE KEY", der_key(1200)),
    "PKCS #8 of Ed25519": pem("PRIVATE KEY", _ED25519),
    "PKCS #8, encrypted": pem("ENCRYPTED PRIVATE KEY", der_key(1300)),
    "PKCS #1, encrypted": pem("RSA PRIVATE KEY", filler(600).encode(), headers=_OLD_HEADERS),
    "OpenSSH": pem("OPENSSH PRIVATE KEY", _OPENSSH),
    "OpenPGP, old packets": pem("PGP PRIVATE KEY BLOCK", b"\x95" + filler(600).encode(),
                                headers="Version: GnuPG v2\n\n"),
    "OpenPGP, new packets": pem("PGP PRIVATE KEY BLOCK", b"\xc5" + filler(600).encode()),
    "larger than what is looked at": pem("RSA PRIVATE KEY", der_key(9000)),
    "DOS": pem("RSA PRIVATE KEY", der_key(), "\r\n"),
    "JSON": pem("PRIVATE KEY", der_key(), "\\n"),
    "JSON in JSON": pem("PRIVATE KEY", der_key(), "\\\\n"),
    "YAML": pem("PRIVATE KEY", der_key(), "\n    "),
    "a program's string": pem("PRIVATE KEY", der_key(), '\\n" +\n  "'),
    "one line": pem("PRIVATE KEY", der_key(), " "),
}  # fmt: skip

_TEXT = base64.b64encode(der_key())
NO_KEYS = {
    "a public key": pem("PUBLIC KEY", der_key()),
    "a certificate": pem("CERTIFICATE", der_key()),
    "the words alone": b"-----BEGIN RSA PRIVATE KEY-----",
    "an ellipsis": b"-----BEGIN PRIVATE KEY-----\n%b...\n-----END PRIVATE KEY-----" % _TEXT[:120],
    "one that ends early": pem("RSA PRIVATE KEY", der_key()[:300]),
    "one character again and again": pem("RSA PRIVATE KEY", b"\x30\x82\x02\x00\x02" + bytes(600)),
    "no sequence": pem("PRIVATE KEY", b"\x04" + der_key()),
    "words": b"-----BEGIN PRIVATE KEY-----\n%b" % (b"This is no key at all, but a text. " * 20),
    "no begin": der_key() + b"RSA PRIVATE KEY-----\n" + _TEXT,
}


@pytest.mark.parametrize("content", FRAMES.values(), ids=FRAMES.keys())
def test_a_frame_with_a_key_is_one(content: bytes) -> None:
    (sighting,) = scan(b"some text\n" + content + b"more text")
    assert (sighting.kind, sighting.offset, sighting.times) == ("private-key", 10, 1)


@pytest.mark.parametrize("content", FRAMES.values(), ids=FRAMES.keys())
def test_a_frame_in_base64_is_one(content: bytes) -> None:
    (sighting,) = scan(b"data: " + base64.b64encode(content))
    assert (sighting.kind, sighting.offset) == ("private-key", 6)


@pytest.mark.parametrize("content", NO_KEYS.values(), ids=NO_KEYS.keys())
def test_a_frame_without_a_key_is_none(content: bytes) -> None:
    assert scan(content) == ()


def test_several_keys_are_counted() -> None:
    keys = b"".join(pem("EC PRIVATE KEY", der_key(200, seed=str(n))) for n in range(5))
    (sighting,) = scan(keys)
    assert (sighting.offset, sighting.times) == (0, 5)
