"""Manifest: an image's config and layers, or an artifact's blobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertar import mediatype
from layertar.documents._document import Document
from layertar.documents._head import read_head, tell_schema_version
from layertar.documents._object import read_root
from layertar.documents.descriptor import read_descriptor, read_descriptors
from layertar.documents.schema1_layers import read_schema1_layers
from layertar.fault import Severity
from layertar.value import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertar.documents._head import Head
    from layertar.documents._object import JsonObject
    from layertar.documents.descriptor import Descriptor
    from layertar.fault import Fault
    from layertar.limits import Limits

__all__ = ["Manifest", "parse_manifest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest, OCI's or Docker's schema 2, as recorded.

    Attributes:
        raw: the document's bytes, which its digest covers.
        media_type: as the document itself says; `None` where it does not.
        schema_version: 2, by the specification.
        artifact_type: as recorded; where it is `None`, the config's media type stands for it.
        config: `None` where the document has none.
        layers: base first. Of the withdrawn artifact manifest, its blobs.
        subject: what the manifest is attached to.
        annotations: keys exactly as recorded.
        faults: what was met while reading.
    """

    raw: bytes
    media_type: str | None
    schema_version: int | None
    artifact_type: str | None
    config: Descriptor | None
    layers: tuple[Descriptor, ...]
    subject: Descriptor | None
    annotations: Mapping[str, str]
    faults: tuple[Fault, ...]


def parse_manifest(
    raw: bytes, *, member: str, limits: Limits, media_type: str | None = None
) -> Manifest:
    """Read a manifest.

    Args:
        raw: the document.
        member: where it lies, for its faults.
        limits: bounds.
        media_type: what its descriptor says it is; else the document's own word counts.

    Raises:
        DocumentError: nothing could be read.

    Spec: OCI image-spec, manifest.md; for the artifact manifest, 1.1.0-rc2, artifact.md.
    """
    document = Document(raw, member=member, limits=limits)
    root = read_root(document)
    head = read_head(document, root)
    kind = media_type or head.media_type or ""
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    if kind == mediatype.OCI_ARTIFACT_MANIFEST:
        document.log.add("oci-artifact-manifest", "a type withdrawn before OCI 1.1")
        layers = _read_layers(document, root, "blobs")
    elif mediatype.is_schema1(kind):
        document.log.add("manifest-schema1", "Docker schema 1")
        layers = read_schema1_layers(document, root, member=member, limits=limits)
    else:
        tell_schema_version(document, root, head.schema_version)
        config = _read_config(document, root, head)
        layers = _read_layers(document, root, "layers")
    return Manifest(
        raw=raw,
        media_type=head.media_type,
        schema_version=head.schema_version,
        artifact_type=head.artifact_type,
        config=config,
        layers=layers,
        subject=head.subject,
        annotations=head.annotations,
        faults=document.faults(),
    )


def _read_layers(document: Document, root: JsonObject, key: str) -> tuple[Descriptor, ...]:
    root.tell_no_array(key)
    return read_descriptors(document, root, key) or ()


def _read_config(document: Document, root: JsonObject, head: Head) -> Descriptor | None:
    config = root.object("config")
    if config is not None:
        return read_descriptor(document, config)
    if root.is_empty("config"):
        # After 1.1.1 the specification makes the config of an artifact optional.
        severity = Severity.NOTE if head.artifact_type else None
        detail = "config is missing"
        place = root.place("config")
        document.log.add("descriptor-invalid", detail, pointer=place, severity=severity)
    return None
