"""Descriptor: a document's word for a blob, its type, digest and size."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from layertar.digest import Digest
from layertar.documents._document import NO_TEXTS
from layertar.errors import DigestError
from layertar.platform import Platform
from layertar.value import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.documents._document import Document
    from layertar.documents._object import JsonObject

__all__ = [
    "NAME_ANNOTATIONS",
    "Descriptor",
    "read_annotations",
    "read_descriptor",
    "read_descriptors",
    "read_digest",
    "read_platform",
]

#: Annotations that name an image, the fullest first.
NAME_ANNOTATIONS = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
# Annotations that tie a descriptor to another by its digest. containerd crashed on a malformed
# one (CVE-2026-95839).
_DIGEST_ANNOTATIONS = ("io.containerd.manifest.subject", "vnd.docker.reference.digest")


class Descriptor(NamedTuple):
    """A descriptor as recorded (OCI image-spec, descriptor.md, Properties).

    Attributes:
        media_type: of the blob; empty where the document does not say.
        digest: of the blob; `None` where absent or malformed.
        recorded_digest: the digest as spelt, empty where absent.
        size: of the blob, in bytes; `None` where absent or no size.
        urls: where else the blob may be had. layertar never follows one.
        annotations: keys exactly as recorded.
        data: the blob itself, embedded; whoever uses it checks digest and size.
        platform: what the image runs on, in an index.
        artifact_type: as recorded.
        pointer: the descriptor's place in its document (RFC 6901).
    """

    media_type: str
    digest: Digest | None
    recorded_digest: str
    size: int | None
    urls: tuple[str, ...]
    annotations: Mapping[str, str]
    data: bytes | None
    platform: Platform | None
    artifact_type: str | None
    pointer: str


def read_descriptors(
    document: Document, parent: JsonObject, key: str
) -> tuple[Descriptor, ...] | None:
    """Read an array of descriptors in its order; `None` where it is absent or null.

    An entry that is no object gives a descriptor that says nothing, so that the positions of
    the others stay what they are.
    """
    entries = parent.objects(key)
    if entries is None:
        return None
    place = parent.place(key)
    return tuple(
        Descriptor("", None, "", None, (), NO_TEXTS, None, None, None, f"{place}/{position}")
        if entry is None
        else read_descriptor(document, entry)
        for position, entry in enumerate(entries)
    )


def read_descriptor(document: Document, entry: JsonObject) -> Descriptor:
    """Read one descriptor; what of it is wrong is told, and the rest kept.

    Spec: OCI image-spec, descriptor.md, Properties.
    """
    media_type = entry.string("mediaType")
    recorded = entry.string("digest")
    size = entry.integer("size")
    if not (media_type and recorded) or size is None:
        _tell_missing(document, entry)
    if size is not None and size < 0:
        document.log.add(
            "descriptor-size-negative",
            "the size is negative",
            pointer=entry.place("size"),
            recorded=str(size),
        )
        size = None
    urls = entry.strings("urls")
    return Descriptor(
        media_type=document.share(media_type or ""),
        digest=read_digest(document, recorded, entry, "digest") if recorded else None,
        recorded_digest=recorded or "",
        size=size,
        urls=tuple(url for url in urls if url is not None) if urls else (),
        annotations=_checked_annotations(document, entry),
        data=_read_data(document, entry),
        platform=_read_platform(entry),
        artifact_type=entry.string("artifactType") or None,
        pointer=entry.pointer,
    )


def read_digest(
    document: Document, text: str, holder: JsonObject, key: str, *positions: int
) -> Digest | None:
    """Read a digest, `text` of `holder`; a malformed one is told.

    Spec: OCI image-spec, descriptor.md, Digests.
    """
    try:
        return Digest.parse(text)
    except DigestError as error:
        pointer = "/".join([holder.place(key), *map(str, positions)])
        document.log.add("digest-malformed", error.reason, pointer=pointer, recorded=text)
        return None


def _tell_missing(document: Document, entry: JsonObject) -> None:
    for key in ("mediaType", "digest", "size"):
        if entry.is_empty(key):
            detail = f"{key} is {'empty' if entry.has(key) else 'missing'}"
            document.log.add("descriptor-invalid", detail, pointer=entry.place(key))


def read_annotations(entry: JsonObject) -> Mapping[str, str]:
    """Read annotations, their keys exactly as recorded (OCI image-spec, annotations.md)."""
    return entry.texts("annotations", "annotation", names=NAME_ANNOTATIONS)


def _checked_annotations(document: Document, entry: JsonObject) -> Mapping[str, str]:
    annotations = read_annotations(entry)
    for key in _DIGEST_ANNOTATIONS:
        text = annotations.get(key)
        if text is None:
            continue
        try:
            Digest.parse(text)
        except DigestError as error:
            document.log.add(
                "annotation-digest-malformed",
                error.reason,
                pointer=f"{entry.place('annotations')}/{key}",
                recorded=text,
            )
    return annotations


def _read_data(document: Document, entry: JsonObject) -> bytes | None:
    text = entry.string("data")
    if text is None:
        return None
    try:
        # Go's decoder passes over line breaks, and over nothing else.
        return base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except ValueError:
        place = entry.place("data")
        document.log.add("descriptor-data-mismatch", "the data is not base64", pointer=place)
        return None


def _read_platform(entry: JsonObject) -> Platform | None:
    platform = entry.object("platform")
    return None if platform is None else read_platform(platform)


def read_platform(entry: JsonObject) -> Platform:
    """Read a platform, of an index's entry or of a config, which spell it alike.

    Spec: OCI image-spec, image-index.md, platform; config.md, Properties.
    """
    features = entry.strings("os.features")
    return Platform(
        os=entry.string("os") or None,
        architecture=entry.string("architecture") or None,
        variant=entry.string("variant") or None,
        os_version=entry.string("os.version") or None,
        os_features=tuple(feature for feature in features or () if feature is not None),
    )
