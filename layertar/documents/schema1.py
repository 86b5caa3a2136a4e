"""The payload of a signed Docker schema 1 manifest, which is what its digest covers."""

from __future__ import annotations

import base64
import json

__all__ = ["signed_payload"]

_WHITE_SPACE = b" \t\r\n"


def signed_payload(raw: bytes) -> bytes | None:
    """Return the bytes that the digest of a signed schema 1 manifest covers.

    The signature's `protected` header says how many of the document's first bytes they are, and
    how they end. The signature itself is not checked.

    Returns:
        The payload; `None` where the document is not signed, or not in this way: the rest of it
        must be the signatures and nothing else.

    Spec: distribution/distribution v2, manifest-v2-1.md, Signed Manifests; docker/libtrust,
    jsonsign.go.
    """
    try:
        value = json.loads(raw)
        text = value["signatures"][0]["protected"]
        header = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        length, tail = header["formatLength"], header["formatTail"]
        end = base64.urlsafe_b64decode(tail + "=" * (-len(tail) % 4))
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return None
    if not isinstance(length, int) or isinstance(length, bool) or not 0 < length < len(raw):
        return None
    rest = raw[length:].lstrip(_WHITE_SPACE + b",")
    if not rest.startswith(b'"signatures"') or end.strip(_WHITE_SPACE) != b"}":
        return None
    return raw[:length] + end
