"""JSON documents as an attacker writes them: one token changed, doubled, or gone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

__all__ = ["is_text", "mutate_text"]

_TOKEN: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|-?[0-9.eE+]+|true|false|null|[\[\]{}:,]')
_STRINGS: Final = (
    b"mediaType",
    b"digest",
    b"size",
    b"manifests",
    b"layers",
    b"config",
    b"Config",
    b"RepoTags",
    b"Layers",
    b"layerS",
    b"annotations",
    b"platform",
    b"data",
    b"urls",
    b"subject",
    b"artifactType",
    b"rootfs",
    b"diff_ids",
    b"history",
    b"empty_layer",
    b"schemaVersion",
    b"e30=",
    b"",
    b"sha256:" + b"ab" * 32,
    b"sha256:" + b"AB" * 32,
    b"sha512:" + b"ab" * 64,
    b"blake3:" + b"ab" * 32,
    b"sha256:../../etc/passwd",
    b"sha256",
    b"application/vnd.oci.image.index.v1+json",
    b"application/vnd.oci.image.manifest.v1+json",
    b"application/vnd.oci.image.config.v1+json",
    b"application/vnd.oci.image.layer.v1.tar+gzip",
    b"application/vnd.oci.image.layer.nondistributable.v1.tar",
    b"application/vnd.docker.distribution.manifest.v1+prettyjws",
    b"application/vnd.oci.empty.v1+json",
    b"application/x",
    b"\\ud800",
    b"\\u001b[31m",
    b"\\u0000",
    b"../index.json",
    b"index.json",
    b"manifest.json",
    b"\xff",
    b"a" * 5000,
)
_OTHERS: Final = (
    b"null",
    b"true",
    b"0",
    b"-1",
    b"2",
    b"1.5",
    b"1e400",
    b"2e0",
    b"9007199254740993",
    b"9" * 5000,
    b"NaN",
    b"-Infinity",
    b"[]",
    b"{}",
    b"[null]",
    b"[{}]",
    b'{"a":1,"a":2}',
    b"[" * 100,
    b"{",
    b"]",
    b"\xef\xbb\xbf",
    b"\0",
)


def is_text(data: bytes) -> bool:
    """Whether this looks like a JSON document."""
    return data.lstrip()[:1] in (b"{", b"[")


def mutate_text(rng: Random, text: bytes) -> bytes:
    """Change one token of a document."""
    tokens = list(_TOKEN.finditer(text))
    if not tokens:
        return rng.choice(_OTHERS)
    token = rng.choice(tokens)
    head, middle, tail = text[: token.start()], token[0], text[token.end() :]
    match rng.randrange(8):
        case 0 | 1:
            middle = b'"' + rng.choice(_STRINGS) + b'"'
        case 2:
            middle = rng.choice(_OTHERS)
        case 3:
            middle = b""
        case 4:
            middle += middle
        case 5:
            middle = rng.choice(tokens)[0]
        case 6:
            # Some pairs of an object once more: duplicate keys, entries twice.
            start, end = sorted((token.start(), rng.choice(tokens).end()))
            head, middle, tail = text[:start], text[start:end], text[start:]
        case _:
            tail += rng.choice((b"{}", b"x", b"\n\n", text))
    return head + middle + tail
