"""Statement: what an attestation or a signature says that it is about."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from layertar.digest import Digest
from layertar.documents._document import Document
from layertar.documents._object import read_root
from layertar.errors import DigestError
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from layertar.documents._object import JsonObject
    from layertar.limits import Limits

__all__ = ["Statement", "parse_statement"]


class Statement(NamedTuple):
    """What a document beside an image is about, as recorded.

    What else is wrong with it is not told: to the archive it is opaque content.

    Attributes:
        subjects: the digests of what it is about; malformed ones are left out.
        is_signature: whether it is what cosign signs, and no attestation.
    """

    subjects: tuple[Digest, ...]
    is_signature: bool


_IN_TOTO = "application/vnd.in-toto+json"


def parse_statement(raw: bytes, *, member: str, limits: Limits) -> Statement | None:
    """Read an in-toto statement, in an envelope or not, or a simple signing payload.

    The envelope's signatures are not looked at. `None` where it is none of these.

    Raises:
        DocumentError: it is no JSON object, or beyond the bounds.

    Spec: in-toto attestation spec, Statement; containers/image, docs/atomic-signature.md;
    secure-systems-lab/dsse, envelope.md.
    """
    root = read_root(Document(raw, member=member, limits=limits))
    if root.has("payloadType"):
        # An envelope in an envelope is no statement; the payload is shorter than what has it.
        payload = _payload(root)
        if payload is None:
            return None
        root = read_root(Document(payload, member=member, limits=limits))
        return None if root.has("critical") else _read(root)
    return _read(root)


def _payload(envelope: JsonObject) -> bytes | None:
    """Decode what an envelope holds, in either alphabet of base64 (dsse, envelope.md)."""
    text = envelope.string("payload")
    if not text or envelope.string("payloadType") != _IN_TOTO:
        return None
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except ValueError:
        return None


def _read(root: JsonObject) -> Statement | None:
    critical = root.object("critical")
    image = critical.object("image") if critical is not None else None
    if image is not None:
        digest = _digest(image.string("docker-manifest-digest") or "")
        return Statement((digest,) if digest is not None else (), is_signature=True)
    subjects = root.objects("subject")
    if subjects is None:
        return None
    found = (_subject(subject) for subject in subjects if subject is not None)
    return Statement(tuple(each for each in found if each is not None), is_signature=False)


def _subject(subject: JsonObject) -> Digest | None:
    encoded = subject.texts("digest", "digest").get("sha256")
    return _digest(f"sha256:{encoded}") if encoded else None


def _digest(text: str) -> Digest | None:
    try:
        return Digest.parse(text)
    except DigestError:
        return None
