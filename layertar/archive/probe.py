"""Descriptors for what nothing describes, and digests that are all of a file."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from layertar.digest import Digest
from layertar.documents import Descriptor, probe_media_type
from layertar.errors import DigestError
from layertar.fault import Fault

if TYPE_CHECKING:
    from layertar.archive.reader import DocumentReader
    from layertar.members import Member

__all__ = ["bare_descriptor", "probe_media_type", "read_digest"]

_DIGEST_SIZE = 256


def bare_descriptor(media_type: str, digest: Digest | None = None) -> Descriptor:
    """Return a descriptor for what nothing describes, of a digest where something records it."""
    return Descriptor(
        media_type=media_type,
        digest=digest,
        recorded_digest=str(digest) if digest is not None else "",
        size=None,
        urls=(),
        annotations=MappingProxyType({}),
        data=None,
        platform=None,
        artifact_type=None,
        pointer="",
    )


def read_digest(
    reader: DocumentReader, member: Member, faults: list[Fault], *, algorithm: str = ""
) -> Digest | None:
    """Return the digest that a file holds and nothing else; what is none is told.

    Args:
        reader: reads the file.
        member: the file.
        faults: takes what is wrong with it.
        algorithm: what the file leaves out, where it has the digits only.
    """
    raw = reader.bytes_of(member)
    if raw is None:
        return None
    text = raw[:_DIGEST_SIZE].decode("ascii", "replace").strip()
    if len(raw) > _DIGEST_SIZE:
        text += "..."
    try:
        return Digest.parse(f"{algorithm}:{text}" if algorithm else text)
    except DigestError as error:
        faults.append(Fault("digest-malformed", error.reason, member=member.name, recorded=text))
        return None
